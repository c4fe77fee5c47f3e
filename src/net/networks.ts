/**
 * What is noted about networks, found by an address: one look for each length of prefix that occurs, however many networks there are.
 * Pure. Used at accept, so it allocates next to nothing. RFC 4632 (CIDR), RFC 4291 §2.3 (its form in IPv6).
 */
import { type Address, formatAddress, parseAddress, parseRange, type Range } from "./access.ts";

/** Networks with a value each. The narrowest network that has an address speaks for it. */
export class NetworkMap<V> {
  readonly #families: Record<4 | 6, Map<number, Map<number | string, V>>> = { 4: new Map(), 6: new Map() };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set(range: Range, value: V): void {
    const byPrefix = this.#families[range.family];
    let networks = byPrefix.get(range.prefix);
    if (networks === undefined) {
      networks = new Map();
      byPrefix.set(range.prefix, networks);
    }
    const key = keyOf(range, range.prefix);
    if (!networks.has(key)) this.#size++;
    networks.set(key, value);
  }

  /** The value of exactly this network. */
  get(range: Range): V | undefined {
    return this.#families[range.family].get(range.prefix)?.get(keyOf(range, range.prefix));
  }

  delete(range: Range): boolean {
    const byPrefix = this.#families[range.family];
    const networks = byPrefix.get(range.prefix);
    if (networks?.delete(keyOf(range, range.prefix)) !== true) return false;
    if (networks.size === 0) byPrefix.delete(range.prefix);
    this.#size--;
    return true;
  }

  /** The value of the narrowest network that has an address. */
  find(text: string): V | undefined {
    if (this.#size === 0) return undefined;
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    let narrowest = -1;
    let found: V | undefined;
    for (const [prefix, networks] of this.#families[address.family]) {
      if (prefix <= narrowest) continue;
      const value = networks.get(keyOf(address, prefix));
      if (value === undefined) continue;
      narrowest = prefix;
      found = value;
    }
    return found;
  }
}

/** A network in its canonical form, host bits cleared; a single address without its prefix. Undefined for what is no network. */
export function normaliseRange(text: string): string | undefined {
  const range = parseRange(text.trim());
  if (range === undefined) return undefined;
  const words = range.words.map((word, at) => masked(word, range.prefix - 32 * at));
  const address = formatAddress({ family: range.family, words });
  return range.prefix === (range.family === 4 ? 32 : 128) ? address : `${address}/${range.prefix}`;
}

/** Whether two networks have an address in common: then one lies in the other. */
export function overlap(left: Range, right: Range): boolean {
  if (left.family !== right.family) return false;
  const prefix = Math.min(left.prefix, right.prefix);
  return keyOf(left, prefix) === keyOf(right, prefix);
}

function masked(word: number, bits: number): number {
  return bits >= 32 ? word : bits <= 0 ? 0 : (word & (0xffff_ffff << (32 - bits))) >>> 0;
}

function keyOf({ family, words }: Address, prefix: number): number | string {
  if (family === 4) return masked(words[0] as number, prefix);
  let key = "";
  for (let at = 0; at * 32 < prefix; at++) key += `${masked(words[at] as number, prefix - 32 * at).toString(36)}.`;
  return key;
}
