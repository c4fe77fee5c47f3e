/**
 * From counts of tokens to how likely a message is junk: Robinson's estimate for each token, the most telling of them combined
 * by Fisher's method (chi-square), as SpamBayes found best among what it tried. Pure.
 */

/** In how many messages of either kind something was. */
export interface Counts {
  readonly ham: number;
  readonly spam: number;
}

/** How much is put on a token that was never seen, in messages. */
const UNKNOWN_WEIGHT = 0.45;
/** What is known of everybody's mail counts as so many messages of one's own. */
const SHARED_WEIGHT = 3;
/** A token that says less than this away from even is left out. */
const LEAST_TELLING = 0.1;
/** The most telling tokens that count. */
export const MOST_TELLING = 400;

/** How likely a message with this token is junk, by counts and by what is supposed before them. */
export function chanceOf(counts: Counts, all: Counts, supposed = 0.5, weight = UNKNOWN_WEIGHT): number {
  const seen = counts.ham + counts.spam;
  if (seen === 0) return supposed;
  const ham = all.ham === 0 ? 0 : counts.ham / all.ham;
  const spam = all.spam === 0 ? 0 : counts.spam / all.spam;
  const raw = ham + spam === 0 ? 0.5 : spam / (ham + spam);
  return (weight * supposed + seen * raw) / (weight + seen);
}

/** The same over both: one's own counts, on the ground of everybody's. */
export function chanceOfBoth(own: Counts, ownAll: Counts, shared: Counts, sharedAll: Counts): number {
  const ground = chanceOf(shared, sharedAll);
  return chanceOf(own, ownAll, ground, SHARED_WEIGHT);
}

/** How likely a message is junk by those of its tokens: 0 surely not, 1 surely, 0.5 nobody knows. */
export function combined(chances: readonly number[]): number {
  const telling = chances
    .filter((chance) => Math.abs(chance - 0.5) >= LEAST_TELLING)
    .sort((a, b) => Math.abs(b - 0.5) - Math.abs(a - 0.5))
    .slice(0, MOST_TELLING);
  if (telling.length === 0) return 0.5;
  let forJunk = 0;
  let against = 0;
  for (const chance of telling) {
    forJunk += Math.log(1 - chance);
    against += Math.log(chance);
  }
  const junk = 1 - chiSquare(-2 * forJunk, telling.length);
  const ham = 1 - chiSquare(-2 * against, telling.length);
  return (junk - ham + 1) / 2;
}

/** The chance that a chi-square of `2 × pairs` degrees of freedom is at least so large. */
function chiSquare(value: number, pairs: number): number {
  const half = value / 2;
  // In logarithms, since e^-half is nothing long before the sum is.
  let term = -half;
  let sum = Math.exp(term);
  for (let at = 1; at < pairs; at++) {
    term += Math.log(half / at);
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}
