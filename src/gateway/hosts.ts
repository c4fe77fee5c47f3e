/**
 * Host names of targets: one form in which rules, lists and the guard compare them, and the patterns that people write. Pure.
 * RFC 5890 (A-labels), RFC 5952 (addresses), inet_aton (what C libraries take for an IPv4 address).
 */
import { normaliseDomain } from "../directory/address.ts";
import { AddressSet, formatAddress, parseAddress, parseRange } from "../net/access.ts";

const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
/** An IPv4 address in the form that is compared already. */
const PLAIN = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The host of a target in the form that is compared: lower-case A-labels without the last dot, or an address in its canonical form
 * without brackets (an IPv4-mapped one as IPv4). Numbers that C libraries take for an address ("127.1", "0x7f000001", "017700000001")
 * become that address, so that nothing slips by under another spelling. Undefined for what is no host.
 */
export function targetHost(text: string): string | undefined {
  if (text.length > 255) return undefined;
  if (PLAIN.test(text)) return text;
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (bare.includes(":")) {
    // A zone would choose an interface of this machine (RFC 4007 §11).
    const address = bare.includes("%") ? undefined : parseAddress(bare);
    return address && formatAddress(address);
  }
  if (bare !== text) return undefined;
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (/^(?:\d+|0x[\da-f]*)$/i.test(last)) return fromNumbers(name);
  const domain = normaliseDomain(name);
  // Full-width digits become plain ones only here.
  return domain !== undefined && /(?:^|\.)(?:\d+|0x[\da-f]*)$/.test(domain) ? fromNumbers(domain) : domain;
}

/** Whether a host, as `targetHost` gives it, is an address. */
export function isAddress(host: string): boolean {
  return host.includes(":") || IPV4.test(host);
}

/** An IPv4 address from one to four numbers in decimal, octal or hexadecimal (inet_aton(3), the URL standard's IPv4 parser). */
function fromNumbers(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const numbers: number[] = [];
  for (const part of parts) {
    const number = readNumber(part);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  const last = numbers.pop() as number;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const word = numbers.reduce((sum, number, at) => sum + number * 256 ** (3 - at), last);
  return formatAddress({ family: 4, words: [word] });
}

function readNumber(part: string): number | undefined {
  if (/^0x[\da-f]{0,16}$/i.test(part)) return Number.parseInt(part.slice(2) || "0", 16);
  if (/^0[0-7]{0,20}$/.test(part)) return Number.parseInt(part, 8);
  return /^[1-9]\d{0,15}$/.test(part) ? Number(part) : undefined;
}

/** What a pattern of a host means. */
export type HostPattern =
  | { readonly kind: "any" }
  | { readonly kind: "exact"; readonly host: string }
  /** All names below; with `itself` also the name alone. */
  | { readonly kind: "below"; readonly host: string; readonly itself: boolean }
  | { readonly kind: "range"; readonly range: string }
  | { readonly kind: "list"; readonly name: string };

/**
 * Reads a pattern: "example.com" (that name), ".example.com" (it and everything below), "*.example.com" (everything below), "*" (every
 * host), "192.0.2.0/24" or an address, "list:NAME". Undefined for what is none.
 */
export function parseHostPattern(text: string): HostPattern | undefined {
  const pattern = text.trim();
  if (pattern === "*") return { kind: "any" };
  if (/^list:/i.test(pattern)) {
    const name = pattern.slice(5).trim();
    return name === "" ? undefined : { kind: "list", name };
  }
  const below = /^(\*?)\.(.+)$/.exec(pattern);
  if (below) {
    const host = targetHost(below[2] as string);
    return host === undefined || isAddress(host) ? undefined : { kind: "below", host, itself: below[1] === "" };
  }
  if (pattern.includes("/")) return parseRange(pattern) && { kind: "range", range: pattern };
  const host = targetHost(pattern);
  if (host === undefined) return undefined;
  return isAddress(host) ? { kind: "range", range: host } : { kind: "exact", host };
}

/** Calls back with a name and each name above it, the whole one first, until one is taken. Gives whether one was. */
export function someParent(host: string, taken: (name: string, whole: boolean) => boolean): boolean {
  if (taken(host, true)) return true;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    if (taken(host.slice(dot + 1), false)) return true;
  }
  return false;
}

/** Patterns made ready: names in sets, so that a thousand cost what one does. Lists are the caller's. */
export class HostSet {
  readonly #exact = new Set<string>();
  readonly #below = new Set<string>();
  readonly #withItself = new Set<string>();
  readonly #ranges: AddressSet;
  readonly hasRanges: boolean;
  readonly #any: boolean;
  /** The names of the lists that are named. */
  readonly lists: readonly string[];

  constructor(patterns: readonly string[]) {
    const read = patterns.flatMap((text) => parseHostPattern(text) ?? []);
    for (const pattern of read) {
      if (pattern.kind === "exact") this.#exact.add(pattern.host);
      if (pattern.kind === "below") (pattern.itself ? this.#withItself : this.#below).add(pattern.host);
    }
    const ranges = read.flatMap((pattern) => (pattern.kind === "range" ? [pattern.range] : []));
    this.#ranges = new AddressSet(ranges);
    this.hasRanges = ranges.length > 0;
    this.#any = read.some(({ kind }) => kind === "any");
    this.lists = read.flatMap((pattern) => (pattern.kind === "list" ? [pattern.name] : []));
  }

  /** Whether a host, as `targetHost` gives it, fits a pattern. */
  has(host: string): boolean {
    if (this.#any || this.#exact.has(host)) return true;
    if (isAddress(host)) return this.hasRanges && this.#ranges.has(host);
    if (this.#below.size + this.#withItself.size === 0) return false;
    return someParent(host, (name, whole) => this.#withItself.has(name) || (!whole && this.#below.has(name)));
  }

  /** Whether an address lies in one of the ranges. */
  hasAddress(address: string): boolean {
    return this.hasRanges && this.#ranges.has(address);
  }
}
