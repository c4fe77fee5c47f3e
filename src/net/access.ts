/**
 * Who may use a port: addresses, ranges in CIDR notation (RFC 4632, RFC 4291 §2.3) and access rules over them.
 * Pure. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) is the IPv4 address, here and everywhere.
 */

/** "any", the LAN list, or a list of addresses and CIDR ranges of its own. */
export type AccessRule = "any" | "lan" | readonly string[];

/** An address as a number: 32 bits in family 4, 128 bits in family 6. */
export interface Address {
  readonly family: 4 | 6;
  /** 32-bit words, most significant first: one in family 4, four in family 6. */
  readonly words: readonly number[];
}

/** A range of addresses: all that share the first `prefix` bits. */
export interface Range extends Address {
  readonly prefix: number;
}

/** Whether an address is this machine's way to itself; without IPv4-mapped form (`normaliseAddress`). */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^127\./.test(address);
}

function parse4(text: string): number | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!octets) return undefined;
  let word = 0;
  for (let i = 1; i <= 4; i++) {
    const digits = octets[i] as string;
    const octet = Number(digits);
    // A leading zero is octal to some readers and decimal to others: neither here.
    if (octet > 255 || (digits.length > 1 && digits.startsWith("0"))) return undefined;
    word = word * 256 + octet;
  }
  return word;
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      // RFC 4291 §2.2: only the last 32 bits may be written like IPv4.
      const word = last && i === parts.length - 1 ? parse4(part) : undefined;
      if (word === undefined) return undefined;
      groups.push(word >>> 16, word & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function parse6(text: string): number[] | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string, true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const words: number[] = [];
  for (let i = 0; i < 8; i += 2) words.push((((groups[i] as number) << 16) | (groups[i + 1] as number)) >>> 0);
  return words;
}

function isMapped(words: readonly number[]): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/** Reads an address in its usual text form, a zone ("%eth0") left aside; undefined when it is not one. */
export function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/%[\w.-]{1,32}$/, "");
  if (!bare.includes(":")) {
    const word = bare === text ? parse4(bare) : undefined;
    return word === undefined ? undefined : { family: 4, words: [word] };
  }
  const words = parse6(bare);
  if (!words) return undefined;
  return isMapped(words) ? { family: 4, words: [words[3] as number] } : { family: 6, words };
}

/** Reads "192.0.2.0/24", "2001:db8::/32" or a single address; undefined when it is neither. Host bits are ignored. */
export function parseRange(text: string): Range | undefined {
  const slash = text.indexOf("/");
  const written = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(written);
  if (!address || (slash >= 0 && written.includes("%"))) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  if (slash < 0) return { ...address, prefix: bits };
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  // A range over mapped addresses counts its prefix in 128 bits; below 96 it would mean more than IPv4.
  const prefix = Number(digits) - (address.family === 4 && written.includes(":") ? 96 : 0);
  return prefix >= 0 && prefix <= bits ? { ...address, prefix } : undefined;
}

/** True when the address lies in the range; a range of one family has no address of the other. */
export function rangeHas(range: Range, address: Address): boolean {
  if (range.family !== address.family) return false;
  for (let i = 0, left = range.prefix; left > 0; i++, left -= 32) {
    const differing = ((range.words[i] as number) ^ (address.words[i] as number)) >>> 0;
    if (left >= 32 ? differing !== 0 : differing >>> (32 - left) !== 0) return false;
  }
  return true;
}

/** Writes an address in its canonical form (RFC 5952). */
export function formatAddress(address: Address): string {
  const [first = 0, ...others] = address.words;
  if (address.family === 4) return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}`;
  const groups = [first, ...others].flatMap((word) => [word >>> 16, word & 0xffff]);
  const text = groups.map((group) => group.toString(16)).join(":");
  const zeros = [...text.matchAll(/\b0(:0)+\b/g)];
  const longest = zeros.reduce((best, run) => (run[0].length > best.length ? run[0] : best), "");
  if (longest === "") return text;
  const at = zeros.find((run) => run[0] === longest)?.index ?? 0;
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}

/** The usual form of an address from anywhere: canonical, IPv4-mapped as IPv4, no zone; unreadable text as it is. */
export function normaliseAddress(text: string): string {
  if (!text.includes(":")) return text;
  const address = parseAddress(text);
  return address ? formatAddress(address) : text;
}

/** What counts as one peer for caps and strikes: an IPv4 address, or the /64 a site is given in IPv6. */
export function peerNetwork(text: string): string {
  const address = parseAddress(text);
  if (address?.family !== 6) return text;
  return `${formatAddress({ family: 6, words: [address.words[0] as number, address.words[1] as number, 0, 0] })}/64`;
}

/** A list of ranges, read once. Entries that are not ranges hold nothing. */
export class AddressSet {
  readonly #ranges: readonly Range[];
  /** The address that was asked about last: many ask about the same one over and over. */
  #last: string | undefined;
  #lastHas = false;

  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map(parseRange).filter((range) => range !== undefined);
  }

  /** True when one of the ranges has the address; an unreadable address is in none. */
  has(text: string): boolean {
    if (this.#ranges.length === 0) return false;
    if (text !== this.#last) {
      const address = parseAddress(text);
      this.#lastHas = address !== undefined && this.#ranges.some((range) => rangeHas(range, address));
      this.#last = text;
    }
    return this.#lastHas;
  }
}

/** The set of addresses a rule lets in, read once; undefined lets everyone in. */
export function accessSet(rule: AccessRule, lanList: readonly string[]): AddressSet | undefined {
  return rule === "any" ? undefined : new AddressSet(rule === "lan" ? lanList : rule);
}

/** True when the rule lets the address in. */
export function accessPermits(rule: AccessRule, lanList: readonly string[], address: string): boolean {
  return accessSet(rule, lanList)?.has(address) ?? true;
}

/** Answers for a rule that is asked for often: the sets are read anew when the lists are others, as they are after a change. */
export class KeptAccess {
  #rule: AccessRule | undefined;
  #lan: readonly string[] | undefined;
  #set: AddressSet | undefined;

  /** As `accessPermits`. */
  permits(rule: AccessRule, lanList: readonly string[], address: string): boolean {
    if (rule !== this.#rule || lanList !== this.#lan) {
      [this.#rule, this.#lan, this.#set] = [rule, lanList, accessSet(rule, lanList)];
    }
    return this.#set?.has(address) ?? true;
  }
}
