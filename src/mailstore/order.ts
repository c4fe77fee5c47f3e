/**
 * Messages in order (RFC 5256 §3 SORT, RFC 5957). Each criterion gives every message of a folder a rank; ranks are put together
 * by counting, which takes a few milliseconds for 100,000 messages. Ranks of whole folders are kept for a while, a bounded
 * number of octets of them: they stay good until messages are added.
 *
 * All of it works in slices of the event loop.
 */
import type { Store } from "../store/store.ts";
import type { Turns } from "../turns.ts";
import { type Heads, SCAN, type SortColumn, type Texts, textAt } from "./heads.ts";
import type { View } from "./view.ts";

/** What messages are ordered by. */
export type SortKey = "arrival" | "cc" | "date" | "from" | "size" | "subject" | "to" | "displayFrom" | "displayTo";

/** One criterion; the first decides, the next where it does not. */
export interface Criterion {
  readonly key: SortKey;
  readonly reverse: boolean;
}

const COLUMNS: Partial<Readonly<Record<SortKey, SortColumn>>> = {
  cc: "copy",
  from: "sender",
  subject: "subject",
  to: "recipient",
  displayFrom: "sender_name",
  displayTo: "recipient_name",
};

/** Octets of ranks kept for later, in all. */
const MOST_KEPT = 8_000_000;
/** A part of a folder that is smaller than this is ranked alone, and not kept. */
const WORTH_KEEPING = 1 / 4;
/** Elements merged between two looks at the clock. */
const STRIDE = 8_192;
/** Elements that are sorted in one go. */
const RUN = 2_048;
const FIRST_OCTETS = 6;

/** Ranks of messages by one criterion: equal where they do not differ. */
interface Ranks {
  /** Ascending. */
  readonly uids: Uint32Array;
  readonly ranks: Uint32Array;
  readonly most: number;
}

export class Orders {
  /** Of whole folders; in order of last use. */
  readonly #kept = new Map<string, Ranks>();

  constructor(
    private readonly store: Store,
    private readonly heads: Heads,
  ) {}

  /**
   * Those ascending UIDs in the order of the criteria, and by number where they do not decide.
   * @param first how they are ordered before, instead of by number
   */
  async sorted(
    view: View,
    uids: Uint32Array,
    criteria: readonly Criterion[],
    first?: (uid: number) => number,
  ): Promise<Uint32Array> {
    const order = await this.places(view, uids, criteria, first);
    return order.map((at) => uids[at] as number);
  }

  /** The same as places in `uids`. */
  async places(
    view: View,
    uids: Uint32Array,
    criteria: readonly Criterion[],
    first?: (uid: number) => number,
  ): Promise<Uint32Array> {
    const { turns } = this.store;
    const places = (at: number) => first?.(uids[at] as number) ?? 0;
    let order = first ? await inOrder(turns, uids.length, (a, b) => places(a) - places(b)) : ascending(uids.length);
    for (const { key, reverse } of [...criteria].reverse()) {
      const ranks = await this.#ranks(view, uids, key);
      order = await byRank(turns, order, await placed(turns, uids, ranks), { most: ranks.most, reverse });
    }
    return order;
  }

  /** Lets all ranks go that are kept. */
  forget(): void {
    this.#kept.clear();
  }

  /** Places in ascending UIDs by the Date field, and by number (RFC 5256 §2.2). */
  async bySentDate(view: View, uids: Uint32Array): Promise<Uint32Array> {
    return await this.places(view, uids, [{ key: "date", reverse: false }]);
  }

  async #ranks(view: View, uids: Uint32Array, key: SortKey): Promise<Ranks> {
    const name = `${view.folderId} ${view.uidValidity} ${key}`;
    const kept = this.#kept.get(name);
    // UIDs only grow: whoever has the last one has all.
    if (kept !== undefined && (uids.at(-1) ?? 0) <= (kept.uids.at(-1) ?? 0)) {
      this.#keep(name, kept);
      return kept;
    }
    if (uids.length < view.count * WORTH_KEEPING) return await this.#rank(view, uids, key);
    const ranks = await this.#rank(view, view.uids.slice(), key);
    this.#keep(name, ranks);
    return ranks;
  }

  /** Keeps ranks as those used last, and lets go what does not fit. */
  #keep(name: string, ranks: Ranks): void {
    this.#kept.delete(name);
    this.#kept.set(name, ranks);
    let octets = 0;
    for (const [each, { uids }] of [...this.#kept].reverse()) {
      octets += uids.length * 8;
      if (octets > MOST_KEPT) this.#kept.delete(each);
    }
  }

  async #rank(view: View, uids: Uint32Array, key: SortKey): Promise<Ranks> {
    const { turns } = this.store;
    const column = COLUMNS[key];
    if (column !== undefined) {
      const texts = await this.#texts(view, uids, column);
      return await rank(turns, uids, await comparingTexts(turns, texts));
    }
    const numbers = key === "date" ? await this.#dates(view, uids) : await numbersOf(turns, view, uids, key);
    return await rank(turns, uids, (a, b) => (numbers[a] as number) - (numbers[b] as number));
  }

  async #texts(view: View, uids: Uint32Array, column: SortColumn): Promise<Texts> {
    const parts: Uint8Array[] = [];
    const ends = new Uint32Array(uids.length);
    let length = 0;
    const add = (at: number, octets: Uint8Array) => {
      parts.push(octets);
      length += octets.length;
      ends[at] = length++;
    };
    await inSpans(this.store, view, uids, (span) => {
      if (!span.dense) {
        for (const { at, index } of span.messages())
          add(at, index < 0 ? new Uint8Array() : this.heads.sortText(column, view.contentAt(index)));
        return;
      }
      const texts = this.heads.sortTexts(column, view, span.from, span.to);
      for (const { at, index } of span.messages())
        add(at, index < 0 ? new Uint8Array() : textAt(texts, index - span.from));
    });
    const octets = new Uint8Array(length);
    await inStrides(this.store.turns, parts.length, (at) => {
      octets.set(parts[at] as Uint8Array, at === 0 ? 0 : (ends[at - 1] as number) + 1);
    });
    return { octets, ends };
  }

  /** RFC 5256 §2.2: the Date field, or where it cannot be read the internal date. */
  async #dates(view: View, uids: Uint32Array): Promise<Float64Array> {
    const dates = new Float64Array(uids.length);
    await inSpans(this.store, view, uids, (span) => {
      const sent = span.dense ? this.heads.dates(view, span.from, span.to) : undefined;
      for (const { at, index } of span.messages()) {
        if (index < 0) continue;
        const date = sent ? sent[(index - span.from) * 2] : this.heads.linksOf(view.contentAt(index))[1];
        dates[at] = Number.isNaN(date) ? view.internalDateAt(index) : (date as number);
      }
    });
    return dates;
  }
}

/** Some of a list of UIDs, and where they lie in a view. */
export interface Span {
  /** Indexes of the view, the second exclusive. */
  readonly from: number;
  readonly to: number;
  /** Reading all between costs less than reading each. */
  readonly dense: boolean;
  /** Place in the list and index in the view, −1 for a message that is gone. The object is the same each time. */
  messages(): Generator<{ at: number; index: number }>;
}

/** Goes through ascending UIDs, a few thousand messages of the view at a time, in slices of the event loop. */
export async function inSpans(store: Store, view: View, uids: Uint32Array, visit: (span: Span) => void): Promise<void> {
  for (let at = 0; at < uids.length; ) {
    const from = view.lowerBound(uids[at] as number);
    const limit = view.uidAt(from + SCAN) || Number.POSITIVE_INFINITY;
    let end = at + 1;
    while (end < uids.length && end - at < SCAN && (uids[end] as number) < limit) end++;
    const to = Math.min(view.lowerBound((uids[end - 1] as number) + 1), view.count);
    const first = at;
    visit({
      from,
      to,
      dense: to - from <= (end - first) * 6 && to > from,
      *messages() {
        const message = { at: 0, index: from };
        for (let place = first, index = from; place < end; place++) {
          const uid = uids[place] as number;
          while (index < to && view.uidAt(index) < uid) index++;
          message.at = place;
          message.index = index < to && view.uidAt(index) === uid ? index : -1;
          yield message;
        }
      },
    });
    at = end;
    if (store.turns.over) await store.turns.next();
  }
}

/** Calls `visit` with the numbers from 0 to `count` (exclusive), in slices of the event loop. */
async function inStrides(turns: Turns, count: number, visit: (at: number) => void): Promise<void> {
  for (let from = 0; from < count; from += STRIDE) {
    if (turns.over) await turns.next();
    const to = Math.min(count, from + STRIDE);
    for (let at = from; at < to; at++) visit(at);
  }
}

async function numbersOf(turns: Turns, view: View, uids: Uint32Array, key: SortKey): Promise<Float64Array> {
  const numbers = new Float64Array(uids.length);
  let index = view.lowerBound(uids[0] ?? 0);
  await inStrides(turns, uids.length, (at) => {
    while (index < view.count && view.uidAt(index) < (uids[at] as number)) index++;
    if (view.uidAt(index) === uids[at]) numbers[at] = key === "size" ? view.sizeAt(index) : view.internalDateAt(index);
  });
  return numbers;
}

/** Compares texts by their octets; the first of each are compared as two numbers, which is much faster. */
async function comparingTexts(turns: Turns, { octets, ends }: Texts): Promise<(a: number, b: number) => number> {
  const starts = new Uint32Array(ends.length);
  const heads = new Float64Array(ends.length);
  const seconds = new Float64Array(ends.length);
  await inStrides(turns, ends.length, (at) => {
    const start = at === 0 ? 0 : (ends[at - 1] as number) + 1;
    starts[at] = start;
    const length = (ends[at] as number) - start;
    heads[at] = numberAt(octets, start, length);
    seconds[at] = numberAt(octets, start + FIRST_OCTETS, length - FIRST_OCTETS);
  });
  return (a, b) => {
    const difference = (heads[a] as number) - (heads[b] as number);
    if (difference !== 0) return difference;
    const second = (seconds[a] as number) - (seconds[b] as number);
    if (second !== 0) return second;
    let i = (starts[a] as number) + 2 * FIRST_OCTETS;
    let j = (starts[b] as number) + 2 * FIRST_OCTETS;
    const [endA, endB] = [ends[a] as number, ends[b] as number];
    while (i < endA && j < endB) {
      const octet = (octets[i++] as number) - (octets[j++] as number);
      if (octet !== 0) return octet;
    }
    return Math.max(endA - i, 0) - Math.max(endB - j, 0);
  };
}

/** A few octets as one number; those beyond the end count as 0, as which none is kept. */
function numberAt(octets: Uint8Array, start: number, length: number): number {
  let number = 0;
  for (let k = 0; k < FIRST_OCTETS; k++) number = number * 256 + (k < length ? (octets[start + k] as number) : 0);
  return number;
}

async function rank(turns: Turns, uids: Uint32Array, compare: (a: number, b: number) => number): Promise<Ranks> {
  const order = await inOrder(turns, uids.length, compare);
  const ranks = new Uint32Array(uids.length);
  let most = 0;
  await inStrides(turns, order.length, (at) => {
    if (at > 0 && compare(order[at - 1] as number, order[at] as number) !== 0) most++;
    ranks[order[at] as number] = most;
  });
  return { uids, ranks, most };
}

/** The numbers from 0 to `count` (exclusive) in order, equal ones ascending; sorted by merging, in slices of the event loop. */
export async function inOrder(
  turns: Turns,
  count: number,
  compare: (a: number, b: number) => number,
): Promise<Uint32Array<ArrayBuffer>> {
  let from = ascending(count);
  let to = new Uint32Array(count);
  for (let at = 0; at < count; at += RUN) {
    from.subarray(at, at + RUN).sort((a, b) => compare(a, b) || a - b);
    if (turns.over) await turns.next();
  }
  for (let width = RUN; width < count; width *= 2) {
    for (let low = 0; low < count; low += 2 * width) {
      const [middle, high] = [Math.min(low + width, count), Math.min(low + 2 * width, count)];
      let [i, j] = [low, middle];
      for (let k = low; k < high; k++) {
        const left = j >= high || (i < middle && compare(from[i] as number, from[j] as number) <= 0);
        to[k] = from[left ? i++ : j++] as number;
        if (k % STRIDE === 0 && turns.over) await turns.next();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

function ascending(count: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(count);
  for (let at = 0; at < count; at++) numbers[at] = at;
  return numbers;
}

/** The ranks of ascending UIDs. */
async function placed(turns: Turns, uids: Uint32Array, ranks: Ranks): Promise<Uint32Array> {
  if (ranks.uids === uids) return ranks.ranks;
  const placed = new Uint32Array(uids.length);
  let j = 0;
  await inStrides(turns, uids.length, (at) => {
    while (j < ranks.uids.length && (ranks.uids[j] as number) < (uids[at] as number)) j++;
    placed[at] = ranks.ranks[j] as number;
  });
  return placed;
}

/** Places stably ordered by rank: counting sort. */
async function byRank(
  turns: Turns,
  order: Uint32Array,
  ranks: Uint32Array,
  { most, reverse }: { readonly most: number; readonly reverse: boolean },
): Promise<Uint32Array<ArrayBuffer>> {
  const starts = new Uint32Array(most + 2);
  const slot = (at: number) => (reverse ? most - (ranks[at] as number) : (ranks[at] as number));
  await inStrides(turns, order.length, (place) => {
    const next = slot(order[place] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  });
  for (let k = 1; k < starts.length; k++) starts[k] = (starts[k] as number) + (starts[k - 1] as number);
  const sorted = new Uint32Array(order.length);
  await inStrides(turns, order.length, (place) => {
    const at = order[place] as number;
    const k = slot(at);
    sorted[starts[k] as number] = at;
    starts[k] = (starts[k] as number) + 1;
  });
  return sorted;
}
