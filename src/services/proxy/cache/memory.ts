/** What the cache keeps in memory: small responses, in two segments so that much that is asked for once does not drive out what is asked for often. */
import type { Fields } from "../../../net/http/fields.ts";
import type { Filed } from "./disk.ts";
import type { Entry } from "./entry.ts";
import { variantOf } from "./vary.ts";

/** A response in memory. */
export interface Kept {
  entry: Entry;
  readonly octets: Uint8Array;
  /** The same on disk, where it came from there. */
  readonly filed?: Filed | undefined;
}

/** Octets that an entry takes beside its content, roughly: objects, strings, places in maps. */
const OVERHEAD = 700;
/** Share of the room that is for what was asked for again. */
const PROTECTED_SHARE = 0.8;
/** Variants of one URL; the oldest goes first. */
const MOST_VARIANTS = 16;

function weigh({ entry, octets }: Kept): number {
  let head = OVERHEAD + 2 * entry.url.length;
  for (const [name, value] of entry.fields) head += name.length + value.length + 64;
  return head + octets.length;
}

/** Finds the stored response that was chosen by what a request says (RFC 9111 §4.1); of several the one that came last. */
export function chosen<T extends { readonly entry: Entry }>(variants: readonly T[], request: Fields): T | undefined {
  let found: T | undefined;
  for (const one of variants) {
    if (variantOf(one.entry.vary, request) !== one.entry.variant) continue;
    if (found === undefined || one.entry.receivedAt >= found.entry.receivedAt) found = one;
  }
  return found;
}

/** A segmented LRU of responses. */
export class MemoryShelf {
  /** Octets in use. */
  octets = 0;
  readonly #byUrl = new Map<string, Kept[]>();
  /** In the order of last use; the weight of each. */
  readonly #probation = new Map<Kept, number>();
  readonly #protected = new Map<Kept, number>();
  #protectedOctets = 0;

  /** @param evicted what had to make room */
  constructor(private readonly evicted: (kept: Kept) => void) {}

  get size(): number {
    return this.#probation.size + this.#protected.size;
  }

  variants(url: string): readonly Kept[] {
    return this.#byUrl.get(url) ?? [];
  }

  /** Puts a response there in place of the one with the same variant. @param room octets there may be in all */
  put(kept: Kept, room: number): void {
    for (const other of this.variants(kept.entry.url)) if (sameKey(other.entry, kept.entry)) this.remove(other);
    const weight = weigh(kept);
    if (weight > room) return;
    const variants = this.#byUrl.get(kept.entry.url) ?? [];
    const oldest = variants.length >= MOST_VARIANTS ? variants[0] : undefined;
    if (oldest !== undefined) this.remove(oldest);
    this.#byUrl.set(kept.entry.url, [...this.variants(kept.entry.url), kept]);
    this.#probation.set(kept, weight);
    this.octets += weight;
    this.shrink(room);
  }

  /** Notes that it was used. */
  use(kept: Kept, room: number): void {
    const weight = this.#protected.get(kept) ?? this.#probation.get(kept);
    if (weight === undefined) return;
    if (this.#probation.delete(kept)) this.#protectedOctets += weight;
    else this.#protected.delete(kept);
    this.#protected.set(kept, weight);
    this.#demote(room * PROTECTED_SHARE);
  }

  /** Replaces the head, which may weigh more. */
  update(kept: Kept, entry: Entry, room: number): void {
    const segment = this.#protected.has(kept) ? this.#protected : this.#probation;
    const before = segment.get(kept);
    if (before === undefined) return;
    kept.entry = entry;
    const weight = weigh(kept);
    segment.set(kept, weight);
    this.octets += weight - before;
    if (segment === this.#protected) this.#protectedOctets += weight - before;
    this.shrink(room);
  }

  /** Takes away what does not fit into `room` octets. */
  shrink(room: number): void {
    this.#demote(room * PROTECTED_SHARE);
    while (this.octets > room) {
      const last = first(this.#probation) ?? first(this.#protected);
      if (last === undefined) return;
      this.remove(last);
      this.evicted(last);
    }
  }

  #demote(most: number): void {
    while (this.#protectedOctets > most) {
      const last = first(this.#protected);
      if (last === undefined) return;
      const weight = this.#protected.get(last) ?? 0;
      this.#protected.delete(last);
      this.#protectedOctets -= weight;
      this.#probation.set(last, weight);
    }
  }

  remove(kept: Kept): void {
    const safe = this.#protected.get(kept);
    const weight = safe ?? this.#probation.get(kept);
    if (weight === undefined) return;
    if (safe !== undefined) this.#protectedOctets -= safe;
    this.#protected.delete(kept);
    this.#probation.delete(kept);
    this.octets -= weight;
    const rest = this.variants(kept.entry.url).filter((other) => other !== kept);
    if (rest.length > 0) this.#byUrl.set(kept.entry.url, rest);
    else this.#byUrl.delete(kept.entry.url);
  }

  clear(): void {
    for (const kept of [...this]) this.remove(kept);
  }

  *[Symbol.iterator](): IterableIterator<Kept> {
    yield* this.#probation.keys();
    yield* this.#protected.keys();
  }
}

function first(segment: Map<Kept, number>): Kept | undefined {
  for (const kept of segment.keys()) return kept;
  return undefined;
}

/** Whether two entries cannot be there at the same time. */
export function sameKey(a: Entry, b: Entry): boolean {
  return a.url === b.url && a.variant === b.variant && a.vary.join() === b.vary.join();
}
