/** What this machine is called and where it can be reached. */
import { hostname, networkInterfaces } from "node:os";

/** The machine's own name. */
export function machineName(): string {
  return hostname().toLowerCase();
}

/** Its addresses on the network, IPv4 first; loopback and link-local ones left out. */
export function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address);
}

/** Names and addresses that a certificate for this machine should be valid for. */
export function machineNames(): string[] {
  const name = machineName();
  const names = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)
    ? [name, ...(name.includes(".") ? [] : [`${name}.local`])]
    : [];
  return [...new Set([...names, "localhost", ...machineAddresses(), "127.0.0.1", "::1"])];
}
