/**
 * Where a domain wants its reports: the addresses of its record (RFC 7489 §6.2, RFC 8460 §3), and whether somebody else who is named there has
 * agreed to get them (RFC 7489 §7.1): otherwise anybody could have a stranger flooded with reports.
 */
import { splitAddress } from "../../directory/address.ts";
import { isDmarcRecord } from "../../filter/authentication/dmarc-record.ts";
import { aligned } from "../../filter/authentication/organization.ts";
import { DnsError, type Resolver } from "../../net/dns.ts";

/** Where a report goes. */
export type Destination =
  | { readonly kind: "mail"; readonly address: string; readonly domain: string; readonly most: number }
  | { readonly kind: "web"; readonly url: URL };

type Txt = Pick<Resolver, "txt">;

/** Destinations of one domain that are served; at least two must be (RFC 7489 §6.2). */
const MOST_DESTINATIONS = 3;
const LONGEST_URI = 1_000;
const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** The URIs of a list that can be used, in their order. Commas and exclamation marks stand in a URI only encoded. */
export function destinationsIn(list: string): Destination[] {
  const found = list.split(",").flatMap((uri) => destinationOf(uri.trim()) ?? []);
  return found.slice(0, MOST_DESTINATIONS);
}

function destinationOf(uri: string): Destination | undefined {
  if (uri.length > LONGEST_URI) return undefined;
  if (/^https:/i.test(uri)) {
    const url = URL.parse(uri);
    return url === null || url.username !== "" || url.password !== "" ? undefined : { kind: "web", url };
  }
  const [, encoded = "", size = "", unit = ""] =
    /^mailto:([^!?]+)(?:\?[^!]*)?(?:!(\d{1,15})([kmgt]?))?$/i.exec(uri) ?? [];
  const address = decoded(encoded);
  const parts = /^[!-~]+$/.test(address) ? splitAddress(address) : undefined;
  if (parts === undefined || parts.domain.startsWith("[")) return undefined;
  const most = size === "" ? Number.POSITIVE_INFINITY : Number(size) * (UNITS[unit.toLowerCase()] ?? 1);
  return { kind: "mail", address, domain: parts.domain, most };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/**
 * The destinations that want to hear about a domain: its own, and others who say so. One who agrees may name another address of his (§7.1).
 * @throws DnsError where nobody could say now
 */
export async function agreed(domain: string, destinations: readonly Destination[], dns: Txt): Promise<Destination[]> {
  const all: Destination[] = [];
  for (const one of destinations) {
    if (one.kind !== "mail") continue;
    if (aligned(one.domain, domain, "relaxed")) {
      all.push(one);
      continue;
    }
    const record = (await textsOf(`${domain}._report._dmarc.${one.domain}`, dns)).find(isDmarcRecord);
    if (record === undefined) continue;
    const other = /(?:^|;)\s*rua\s*=([^;]*)/i.exec(record)?.[1];
    const renamed = other === undefined ? [] : destinationsIn(other);
    const theirs = renamed.find((named) => named.kind === "mail" && named.domain === one.domain);
    all.push(theirs ?? one);
  }
  return all;
}

/** Where a domain wants reports about TLS; empty where it wants none. @throws DnsError where nobody could say now */
export async function tlsDestinations(domain: string, dns: Txt): Promise<Destination[]> {
  // RFC 8460 §3: more than one record is none.
  const records = (await textsOf(`_smtp._tls.${domain}`, dns)).filter((text) => /^v=TLSRPTv1\s*;/.test(text));
  if (records.length !== 1) return [];
  return destinationsIn(/;\s*rua\s*=([^;]*)/.exec(records[0] as string)?.[1] ?? "");
}

/** The text records of a name; none where there is no such name. @throws DnsError temporary */
export async function textsOf(name: string, dns: Txt): Promise<string[]> {
  try {
    return await dns.txt(name);
  } catch (error) {
    if (error instanceof DnsError && error.kind === "notFound") return [];
    throw error;
  }
}
