/**
 * Networks that are not the public Internet: RFC 6890 and the IANA IPv4 and IPv6 Special-Purpose Address Registries. Whoever connects
 * somewhere on behalf of others asks here first.
 */
import { AddressSet } from "./access.ts";

/** The special networks, and what to call them. */
export const SPECIAL_NETWORKS: readonly (readonly [network: string, what: string])[] = [
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "a private network"],
  ["100.64.0.0/10", "a provider's shared network"],
  ["127.0.0.0/8", "this machine itself"],
  ["169.254.0.0/16", "a link-local network"],
  ["172.16.0.0/12", "a private network"],
  ["192.0.0.0/24", "a network for protocols"],
  ["192.0.2.0/24", "a network for documentation"],
  ["192.31.196.0/24", "a network for protocols"],
  ["192.52.193.0/24", "a network for protocols"],
  ["192.88.99.0/24", "a network of relays"],
  ["192.168.0.0/16", "a private network"],
  ["192.175.48.0/24", "a network for protocols"],
  ["198.18.0.0/15", "a network for measurements"],
  ["198.51.100.0/24", "a network for documentation"],
  ["203.0.113.0/24", "a network for documentation"],
  ["224.0.0.0/4", "a multicast network"],
  ["240.0.0.0/4", "a reserved network"],
  ["255.255.255.255/32", "the broadcast address"],
  // Only 2000::/3 is the public Internet (RFC 4291 §2.4); what is named within it is special all the same.
  ["::/3", "a reserved network"],
  ["4000::/2", "a reserved network"],
  ["8000::/1", "a reserved network"],
  ["::/128", "no address"],
  ["::1/128", "this machine itself"],
  ["64:ff9b:1::/48", "a private translation network"],
  ["100::/64", "a network that discards"],
  ["2001::/23", "a network for protocols"],
  ["2001:db8::/32", "a network for documentation"],
  ["2620:4f:8000::/48", "a network for protocols"],
  ["3fff::/20", "a network for documentation"],
  ["5f00::/16", "a network for segment routing"],
  ["fc00::/7", "a private network"],
  ["fe80::/10", "a link-local network"],
  ["fec0::/10", "a private network"],
  ["ff00::/8", "a multicast network"],
];

/** A function that says whether an address belongs to the public Internet; reads the list once. */
export function publicAddresses(): (address: string) => boolean {
  const special = new AddressSet(SPECIAL_NETWORKS.map(([network]) => network));
  return (address) => !special.has(address);
}
