/**
 * Sequence sets (RFC 9051 §9 `sequence-set`): what FETCH, STORE, COPY, SEARCH and the UID commands name messages with,
 * and the compact form in which UIDs and numbers are told to clients (COPYUID, ESEARCH).
 */

/** "*" in a sequence set: the largest number in use. Larger than any message number or UID. */
export const STAR = 0x1_0000_0000;

/** One range, as written; the ends may be in either order (RFC 9051 §9 `seq-range`). */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** A parsed sequence set; `"saved"` is "$", the result of the last SEARCH RETURN (SAVE) (RFC 9051 §6.4.4.1). */
export type SequenceSet = readonly SequenceRange[] | "saved";

/** Resolves "*" to `largest`, orders each range and the list, and joins what overlaps or touches. */
export function normaliseRanges(ranges: readonly SequenceRange[], largest: number): SequenceRange[] {
  const ordered = ranges
    .map(({ first, last }) => {
      const a = first === STAR ? largest : first;
      const b = last === STAR ? largest : last;
      return a <= b ? { first: a, last: b } : { first: b, last: a };
    })
    .sort((a, b) => a.first - b.first);
  const joined: SequenceRange[] = [];
  for (const range of ordered) {
    const previous = joined.at(-1);
    if (previous && range.first <= previous.last + 1) {
      joined[joined.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
    } else joined.push(range);
  }
  return joined;
}

/** Whether any range names "*". */
export function usesStar(ranges: readonly SequenceRange[]): boolean {
  return ranges.some((range) => range.first === STAR || range.last === STAR);
}

/** The largest plain number named (0 where only "*" is). */
export function largestNamed(ranges: readonly SequenceRange[]): number {
  let largest = 0;
  for (const { first, last } of ranges) {
    if (first !== STAR && first > largest) largest = first;
    if (last !== STAR && last > largest) largest = last;
  }
  return largest;
}

/** Index of the first element not below `value` in ascending numbers. */
export function lowerBound(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Numbers as a sequence set in the order given, runs that count up by one joined: "1:3,7". COPYUID pairs two such sets
 * position by position (RFC 4315 §3), so the order stays. Empty for no numbers (callers leave the item out then).
 */
export function formatSet(numbers: ArrayLike<number>): string {
  return formatRanges(rangesOf(numbers));
}

/** Ranges as a sequence set. */
export function formatRanges(ranges: readonly SequenceRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}:${last}`)).join(",");
}

/** Numbers in the order given, with runs that count up by one joined. */
export function rangesOf(numbers: ArrayLike<number>): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  for (let i = 0; i < numbers.length; ) {
    const first = numbers[i] as number;
    let last = first;
    while (++i < numbers.length && numbers[i] === last + 1) last++;
    ranges.push({ first, last });
  }
  return ranges;
}

/** Whether ascending ranges hold a number. */
export function holds(ranges: readonly SequenceRange[], number: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as SequenceRange).last < number) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && range.first <= number;
}

/** Ascending union of two ascending lists without repeats. */
export function mergeAscending(a: Uint32Array, b: Uint32Array): Uint32Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged = new Uint32Array(a.length + b.length);
  let used = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = i < a.length ? (a[i] as number) : STAR;
    const y = j < b.length ? (b[j] as number) : STAR;
    merged[used++] = Math.min(x, y);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return merged.subarray(0, used);
}

/** Members of ascending `a` that ascending `b` holds too (`keep` true) or does not hold (`keep` false). */
export function selectAscending(a: Uint32Array, b: Uint32Array, keep: boolean): Uint32Array {
  const selected = new Uint32Array(a.length);
  let used = 0;
  let j = 0;
  for (const value of a) {
    while (j < b.length && (b[j] as number) < value) j++;
    if ((b[j] === value) === keep) selected[used++] = value;
  }
  return selected.subarray(0, used);
}
