/** Which addresses are this machine's own. */
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/** Whether an address belongs to this machine: loopback, unspecified, or on one of its interfaces. */
export function isOwnAddress(address: string): boolean {
  if (isIPv4(address) && (address.startsWith("127.") || address === "0.0.0.0")) return true;
  if (address === "::1" || address === "::") return true;
  for (const list of Object.values(networkInterfaces())) {
    if (list?.some((one) => one.address === address) === true) return true;
  }
  return false;
}
