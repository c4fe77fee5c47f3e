/** One thing that can be seen of a message, and what it is worth. */
import type { Finding } from "../judgement.ts";
import type { Reading } from "../words/reading.ts";

/** A message with when it came in, in milliseconds since the epoch. */
export interface Seen {
  readonly reading: Reading;
  readonly at: number;
}

/**
 * Looks at a message for one thing. Says nothing where it is not so; points are what it adds to the score, of which a message of
 * usual settings may have 5 before it goes to Junk.
 */
export interface Look {
  /** What the finding is called in the verdict. */
  readonly result: string;
  readonly points: number;
  /** One plain sentence; `detail` of what was found stands for the mark "…". */
  readonly sentence: string;
  /** Whether it is so, or of what it is so. */
  readonly is: (seen: Seen) => boolean | string;
}

/** What a stranger wrote is shown at most so long. */
const LONGEST_DETAIL = 80;

/** What is to be seen. @param test the name the findings go by */
export function look(test: string, looks: readonly Look[], seen: Seen): Finding[] {
  return looks.flatMap(({ result, points, sentence, is }) => {
    const found = is(seen);
    if (found === false || found === "") return [];
    const detail = found === true ? "" : found.slice(0, LONGEST_DETAIL).replace(/\p{Cc}/gu, " ");
    return [{ test, result, points, sentence: sentence.replace("…", () => detail) }];
  });
}
