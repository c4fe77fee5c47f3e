/** The network of a client, as far as one sender usually has it: /24 of IPv4, /48 of IPv6. Pure. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
  if (plain.includes(":")) {
    const [head = ""] = plain.split("::");
    return [...head.split(":"), "0", "0", "0"].slice(0, 3).join(":");
  }
  return plain.split(".").slice(0, 3).join(".");
}
