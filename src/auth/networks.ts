/** Addresses as the lockout counts them. Pure. */
import { BlockList, isIP } from "node:net";
import { Refusal } from "../refusal.ts";

/**
 * What one attacker easily owns: an IPv4 address, or the /64 of an IPv6 address, written as its first four groups. IPv4
 * addresses mapped into IPv6 count as IPv4. Anything else counts as itself.
 */
export function blockOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = "", tail] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  // A dotted IPv4 tail stands for two groups; they are beyond the /64 in any case.
  const length = (list: string[]) => list.length + (list.at(-1)?.includes(".") ? 1 : 0);
  const zeros = Math.max(0, 8 - first.length - length(last));
  const all = [...first, ...Array<string>(zeros).fill("0"), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

function groups(part: string): string[] {
  return part === "" ? [] : part.split(":");
}

/** Whether an address is of this machine itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || /^::ffff:127\./i.test(address);
}

/** A list of networks in CIDR notation. */
export class Networks {
  readonly #list = new BlockList();

  /** @throws Refusal "invalid" for what is no network */
  constructor(networks: readonly string[]) {
    for (const network of networks) this.#add(network.trim());
  }

  /** Whether an address lies in one of the networks. */
  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 4 ? "ipv4" : "ipv6");
  }

  #add(network: string): void {
    const parsed = parseNetwork(network);
    if (parsed === undefined)
      throw new Refusal("invalid", `"${network.slice(0, 100)}" is not a network like 192.168.0.0/16.`);
    this.#list.addSubnet(parsed.address, parsed.prefix, parsed.family);
  }
}

/** Whether a text is a network in CIDR notation, or an address. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text.trim()) !== undefined;
}

function parseNetwork(network: string): { address: string; prefix: number; family: "ipv4" | "ipv6" } | undefined {
  const match = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(network);
  const address = match?.[1] ?? "";
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const most = family === "ipv4" ? 32 : 128;
  const prefix = match?.[2] === undefined ? most : Number(match[2]);
  return isIP(address) === 0 || prefix > most ? undefined : { address, prefix, family };
}
