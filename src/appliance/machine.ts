/** What this machine is called and where it can be reached. */
import { existsSync, readFileSync } from "node:fs";
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

/** How many files this process may have open; sockets are among them. Infinity where the system does not say. */
export function fileLimit(): number {
  const limits = "/proc/self/limits";
  if (!existsSync(limits)) return Number.POSITIVE_INFINITY;
  const most = /^Max open files\s+(\d+)/m.exec(readFileSync(limits, "utf8"))?.[1];
  return most === undefined ? Number.POSITIVE_INFINITY : Number(most);
}
