/** What a judge of junk elsewhere says, as findings of ours. Pure; nothing in it is believed to be well formed. */
import type { Finding } from "../judgement.ts";

export interface OuterVerdict {
  readonly score: number;
  /** The score from which it is junk, or refused, to whoever judged. */
  readonly required: number;
  readonly tests: readonly { readonly name: string; readonly points: number; readonly about: string }[];
}

/** Judges elsewhere, and what people call them. */
export const OUTER_JUDGES = { rspamd: "rspamd", spamassassin: "SpamAssassin" } as const;
export type OuterJudge = keyof typeof OUTER_JUDGES;

/** Said where a judge gave its verdict. */
const JUDGED = "score";
const MOST_TESTS = 100;
/** A score beyond this says nothing more. */
const MOST_POINTS = 100;

/** One finding for each test that counts, and one that says what they come to. */
export function findingsOf(judge: OuterJudge, { score, required, tests }: OuterVerdict, factor: number): Finding[] {
  const name = OUTER_JUDGES[judge];
  const counted = tests
    .map((test) => ({ ...test, points: scaled(test.points, factor) }))
    .filter(({ points }) => points !== 0)
    .sort((one, other) => Math.abs(other.points) - Math.abs(one.points))
    .slice(0, MOST_TESTS)
    .map(({ name: test, points, about }) => ({
      test: judge,
      result: word(test, 80).replace(/[^\w.-]/g, "_"),
      points,
      sentence: `${name}: ${word(about, 200)}.`.replace(/\.\.$/, "."),
    }));
  const total = scaled(score, factor);
  const sum = counted.reduce((all, { points }) => all + points, 0);
  // What belongs together counts only in part with some of them, and the rest of the tests stands here.
  const rest = Math.round((total - sum) * 100) / 100 || 0;
  return [
    {
      test: judge,
      result: JUDGED,
      points: rest,
      sentence: `${name} gives it ${shown(score)} of ${shown(required)} points.`,
    },
    ...counted,
  ];
}

/** Text of somebody else in one line. */
export function word(text: string, most: number): string {
  return text
    .replace(/[\s\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, " ")
    .trim()
    .slice(0, most);
}

function scaled(points: number, factor: number): number {
  const bounded = Number.isFinite(points) ? Math.max(-MOST_POINTS, Math.min(MOST_POINTS, points * factor)) : 0;
  return Math.round(bounded * 100) / 100;
}

const shown = (score: number) => String(Math.round(score * 100) / 100);
