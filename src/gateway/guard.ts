/**
 * The guard: which addresses the proxies reach at all. Nothing that is not an address of the public Internet, nothing of this machine,
 * unless the setting `gateway.reachable` opens its network. Asked about the address that is connected to, never about a name, so that a
 * name that changes its mind (DNS rebinding) gains nothing.
 *
 * RFC 6890 and the IANA IPv4 and IPv6 Special-Purpose Address Registries; addresses that hold an IPv4 address in them (RFC 4291 §2.5.5,
 * RFC 6052, RFC 3056, RFC 4380, RFC 5214) are judged by that one as well.
 */
import { networkInterfaces } from "node:os";
import { type Address, AddressSet, formatAddress, normaliseAddress, parseAddress, parseRange } from "../net/access.ts";
import { NetworkMap } from "../net/networks.ts";
import { SPECIAL_NETWORKS } from "../net/special-networks.ts";

/** How long the addresses of the interfaces are taken to be what they were, in milliseconds. */
const INTERFACES_MS = 2_000;

export interface GuardOptions {
  /** Networks that may be reached all the same. */
  readonly reachable: () => readonly string[];
  /** Whether an address and port are one of this server's own proxies. */
  readonly isOwnProxy: (address: string, port: number) => boolean;
  readonly now?: () => number;
  /** The addresses of this machine's interfaces. */
  readonly own?: () => readonly string[];
}

export class Guard {
  readonly #special = new NetworkMap<string>();
  readonly #now: () => number;
  #own: { readonly until: number; readonly addresses: ReadonlySet<string> } | undefined;
  /** The list that `#opened` was made from. */
  #reachable: readonly string[] = [];
  #opened = new AddressSet([]);

  constructor(private readonly options: GuardOptions) {
    this.#now = options.now ?? Date.now;
    for (const [network, what] of SPECIAL_NETWORKS) {
      const range = parseRange(network);
      if (range !== undefined) this.#special.set(range, what);
    }
  }

  /**
   * Why an address may not be connected to, as the end of a sentence ("192.168.1.1 is …"); undefined if it may.
   * @param port where it is known, also asked whether it leads back here
   */
  problem(text: string, port?: number): string | undefined {
    // A zone names an interface of this machine (RFC 4007 §11): never an address of the Internet.
    const address = text.includes("%") ? undefined : parseAddress(text);
    if (address === undefined) return "no address";
    const canonical = formatAddress(address);
    if (port !== undefined && this.options.isOwnProxy(canonical, port)) return "this proxy itself";
    // What is opened is opened by the address that is connected to: ::ffff:a.b.c.d is a.b.c.d, but 6to4 of it is another way there.
    if (this.#isOpened(canonical)) return undefined;
    if (this.#isOwn(canonical)) return "this machine itself";
    for (const inner of embedded(address)) {
      const problem = this.#isOwn(inner) ? "this machine itself" : this.#special.find(inner);
      if (problem !== undefined) return `a way to ${inner}, ${problem}`;
    }
    // The well-known prefix leads wherever the address in it does (RFC 6052 §2.1), which was looked at.
    if (isTranslated(address)) return undefined;
    return this.#special.find(canonical);
  }

  #isOpened(address: string): boolean {
    const reachable = this.options.reachable();
    if (reachable !== this.#reachable) {
      this.#reachable = reachable;
      this.#opened = new AddressSet(reachable);
    }
    return this.#opened.has(address);
  }

  #isOwn(address: string): boolean {
    const now = this.#now();
    if (this.#own === undefined || now >= this.#own.until || now < this.#own.until - INTERFACES_MS) {
      const addresses = (this.options.own ?? interfaceAddresses)().map(normaliseAddress);
      this.#own = { until: now + INTERFACES_MS, addresses: new Set(addresses) };
    }
    return this.#own.addresses.has(address);
  }
}

/** The addresses of this machine's interfaces as they are now. */
export function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

const v4 = (word: number): string => formatAddress({ family: 4, words: [word >>> 0] });

function isTranslated({ family, words }: Address): boolean {
  return family === 6 && words[0] === 0x0064ff9b && words[1] === 0 && words[2] === 0;
}

/** The IPv4 addresses that an IPv6 address holds, and leads to. */
function embedded(address: Address): string[] {
  if (address.family === 4) return [];
  const [first = 0, second = 0, third = 0, fourth = 0] = address.words;
  const found: string[] = [];
  // IPv4-compatible (RFC 4291 §2.5.5.1) and, as stateless translators had them before RFC 6052, ::ffff:0:a.b.c.d.
  if (first === 0 && second === 0 && (third === 0 || third === 0xffff0000) && fourth > 1) found.push(v4(fourth));
  if (isTranslated(address)) found.push(v4(fourth));
  // 6to4 (RFC 3056 §2).
  if (first >>> 16 === 0x2002) found.push(v4((first << 16) | (second >>> 16)));
  // Teredo (RFC 4380 §4): the server, and the client with its bits turned over.
  if (first === 0x20010000) found.push(v4(second), v4(~fourth));
  // ISATAP (RFC 5214 §6.1).
  if ((third & 0xfdffffff) >>> 0 === 0x00005efe) found.push(v4(fourth));
  return found;
}
