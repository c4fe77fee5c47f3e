/** Which addresses are this machine's own. */
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/** Whether an address belongs to this machine: loopback, unspecified, or on one of its interfaces. */
export function isOwnAddress(address: string): boolean {
  if (isIPv4(address) && (address.startsWith("127.") || address === "0.0.0.0")) return true;
  return address === "::1" || address === "::" || machineAddresses().includes(address);
}

/** The addresses of this machine's network interfaces. */
export function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
