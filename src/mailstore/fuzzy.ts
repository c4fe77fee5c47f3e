/**
 * Searching for what is meant rather than for what was typed (RFC 6203): words in any order, without accents, with a slip of the
 * finger in longer ones. Pure.
 */

/** Letters of a word from which on one slip, and two, are forgiven. */
const ONE_SLIP = 4;
const TWO_SLIPS = 9;
/** Words of a text that are looked at. */
const MOST_WORDS = 20_000;

/** The words of a text that was mapped by `casemap`. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize("NFKD")
      .replace(/\p{M}+/gu, "")
      .toUpperCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/**
 * How well a text fits some words: 0 where one of them is missing, up to 100 where all stand there as they are.
 *
 * @param words of `wordsOf`
 */
export function fuzzyScore(text: string, words: readonly string[]): number {
  if (words.length === 0) return 100;
  const there = new Set<string>();
  for (const word of wordsOf(text)) {
    there.add(word);
    if (there.size >= MOST_WORDS) break;
  }
  let sum = 0;
  for (const word of words) {
    const best = closest(word, there);
    if (best === 0) return 0;
    sum += best;
  }
  return Math.max(1, Math.round(sum / words.length));
}

/** How well the closest of many words fits one, from 0 to 100. */
function closest(word: string, there: ReadonlySet<string>): number {
  if (there.has(word)) return 100;
  const slips = word.length >= TWO_SLIPS ? 2 : word.length >= ONE_SLIP ? 1 : 0;
  let best = 0;
  for (const other of there) {
    if (other.startsWith(word)) best = Math.max(best, 85);
    else if (other.includes(word)) best = Math.max(best, 70);
    else if (word.length >= ONE_SLIP && other.length >= ONE_SLIP && word.startsWith(other)) best = Math.max(best, 60);
    else if (best < 50 && slips > 0 && Math.abs(other.length - word.length) <= slips) {
      const distance = slipsBetween(word, other, slips);
      if (distance <= slips) best = Math.max(best, distance === 1 ? 50 : 35);
    }
  }
  return best;
}

/** Letters put in, left out, mistaken or swapped between two words; more than `most` where there are more. */
function slipsBetween(a: string, b: string, most: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      row.push(slips);
      least = Math.min(least, slips);
    }
    if (least > most) return least;
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The halves of a word, of which one stands unharmed in whatever is one slip away; the word where it must stand as it is. */
export function piecesOf(word: string): string[] {
  const pieces = word.length >= TWO_SLIPS ? 3 : word.length >= ONE_SLIP ? 2 : 1;
  return Array.from({ length: pieces }, (_, n) =>
    word.slice(Math.floor((n * word.length) / pieces), Math.floor(((n + 1) * word.length) / pieces)),
  );
}
