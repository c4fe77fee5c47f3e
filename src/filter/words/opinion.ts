/**
 * What is thought of a message by its tokens, and what a lesson changes: counts and their chance (chances.ts) beside a logistic regression
 * that is taught online (Goodman and Yih, "Online Discriminative Spam Filter Training", CEAS 2006). Counts know what was; the regression
 * knows what tells junk from the rest, and learns most where it was wrong. The two err on different mail, so their mean errs half as often.
 * Pure.
 */
import { type Counts, chanceOfBoth, combined } from "./chances.ts";
import { marksOf, markTokens } from "./marks.ts";
import type { Tokens } from "./tokens.ts";

/** What is known of a token: counts, and its weight in the regression. */
export interface Entry extends Counts {
  /** Above 0 speaks for junk. */
  readonly weight: number;
}

/** What somebody knows. */
export interface Memory {
  /** Messages learned. */
  readonly all: Counts;
  of(token: number): Entry | undefined;
}

export interface Opinion {
  /** By counts: 0 surely no junk, 1 surely. */
  readonly chance: number;
  /** By the regression: natural logarithm of the odds. */
  readonly margin: number;
}

/** What a lesson did to the regression, so that it can be taken back: marks, and how far everybody's and one's own weights went. */
export interface Step {
  readonly marks: number;
  readonly shared: number;
  readonly own: number;
}

/** How fast the regression learns. */
const RATE = 6;
/** What a mark weighs beside a message's other tokens, which share 1 among them. */
const MARK_WEIGHT = 0.6;
/** Chances are believed no further than this. */
const SUREST = 1e-4;
const NOTHING: Entry = { ham: 0, spam: 0, weight: 0 };

/** What is thought of a message. @param own what its reader knows beside everybody */
export function opinionOf(tokens: Tokens, shared: Memory, own?: Memory): Opinion {
  const marks = markTokens(marksOf(tokens, shared));
  const chances = tokens.all.map((token) =>
    chanceOfBoth(own?.of(token) ?? NOTHING, own?.all ?? NOTHING, shared.of(token) ?? NOTHING, shared.all),
  );
  return {
    chance: combined(chances),
    margin: marginOf(tokens, marks, shared) + (own === undefined ? 0 : marginOf(tokens, marks, own)),
  };
}

/** Both in one, as the natural logarithm of the odds. */
export function logOddsOf({ chance, margin }: Opinion): number {
  return margin + Math.log((chance + SUREST) / (1 - chance + SUREST)) / 2;
}

/**
 * What learning a message is to change. One's own weights learn as if everybody's had learned half of it: not all twice, and yet enough
 * that people who disagree each have their way.
 */
export function stepFor(tokens: Tokens, spam: boolean, shared: Memory, own: Memory | undefined): Step {
  const marks = marksOf(tokens, shared);
  const marked = markTokens(marks);
  const before = marginOf(tokens, marked, shared);
  const step = errorOf(before, spam);
  if (own === undefined) return { marks, shared: step, own: 0 };
  const moved = step * (RATE + marked.length * MARK_WEIGHT ** 2);
  return { marks, shared: step, own: errorOf(before + moved / 2 + marginOf(tokens, marked, own), spam) };
}

/** What a step adds to the weight of each token of a message, and to that of each of its marks. */
export function changeBy(step: number, tokens: Tokens): { readonly token: number; readonly mark: number } {
  return { token: (step * RATE) / Math.sqrt(Math.max(1, tokens.all.length)), mark: step * MARK_WEIGHT };
}

function errorOf(margin: number, spam: boolean): number {
  return (spam ? 1 : 0) - 1 / (1 + Math.exp(-margin));
}

function marginOf(tokens: Tokens, marks: readonly number[], memory: Memory): number {
  const sum = (some: readonly number[]) => some.reduce((total, token) => total + (memory.of(token)?.weight ?? 0), 0);
  return sum(tokens.all) / Math.sqrt(Math.max(1, tokens.all.length)) + sum(marks) * MARK_WEIGHT;
}
