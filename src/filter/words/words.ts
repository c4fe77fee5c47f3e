/** The test of what a message says, by the words of mail that people called junk, or not. */
import type { Finding, Mail, Test, Tester } from "../judgement.ts";
import { SHARED_PROFILE } from "../spam-settings.ts";
import type { Counts } from "./chances.ts";
import { logOddsOf, type Opinion } from "./opinion.ts";
import type { Readings } from "./readings.ts";
import type { Statistics } from "./statistics.ts";
import { tokensOf } from "./tokens.ts";

/** Points of a message that is surely junk; as many below 0 of one that surely is not. */
const MOST_POINTS = 10;
/** Points for each unit of the logarithm of the odds. */
const POINTS_A_UNIT = 1.5;
/** So many messages of the rarer kind must be known until words count in full. */
const KNOWN_WELL = 30;
/** Fewer than so many of either kind say nothing. */
const KNOWN_ENOUGH = 5;
/** Points that are not worth a word. */
const LEAST_POINTS = 0.1;
const NONE: Opinion = { chance: 0.5, margin: 0 };

export class WordsTester implements Tester {
  readonly name = "words";

  constructor(
    private readonly statistics: Statistics,
    private readonly readings: Readings,
    private readonly enabled: () => boolean,
  ) {}

  begin(): Test {
    return { end: (mail) => this.#judge(mail) };
  }

  async #judge(mail: Mail): Promise<Finding[]> {
    const shared = this.statistics.shared();
    const trust = this.enabled() ? trustIn(shared) : 0;
    if (trust === 0) return [];
    const tokens = tokensOf(await this.readings.of(mail));
    const mailboxes = [...new Set(mail.visit.recipients.flatMap((one) => one.mailboxes))];
    const opinions = await this.statistics.opinions(tokens, mailboxes);
    const common = opinions.get(SHARED_PROFILE) ?? NONE;
    const findings: Finding[] = [finding(common, trust)];
    for (const mailbox of mailboxes) {
      const own = opinions.get(mailbox);
      // What is one's own stands on the ground of everybody's: only the difference is added.
      if (own === undefined) continue;
      const difference = pointsOf(own, trust) - pointsOf(common, trust);
      if (Math.abs(difference) >= LEAST_POINTS) findings.push({ ...finding(own, trust), points: difference, mailbox });
    }
    return findings.filter(({ points }) => Math.abs(points) >= LEAST_POINTS);
  }
}

/** How far counts are believed, 0 to 1. */
export function trustIn({ ham, spam }: Counts): number {
  const rarer = Math.min(ham, spam);
  return rarer < KNOWN_ENOUGH ? 0 : Math.min(1, rarer / KNOWN_WELL);
}

/** What an opinion is worth. */
export function pointsOf(opinion: Opinion, trust: number): number {
  const points = Math.max(-MOST_POINTS, Math.min(MOST_POINTS, logOddsOf(opinion) * POINTS_A_UNIT));
  return Math.round(points * trust * 100) / 100;
}

function finding(opinion: Opinion, trust: number): Finding {
  const odds = logOddsOf(opinion);
  const percent = Math.round(100 / (1 + Math.exp(-odds)));
  const like = odds >= 0 ? "like mail that people put into Junk" : "like mail that people keep";
  return {
    ...{ test: "words", result: `${percent}%`, points: pointsOf(opinion, trust) },
    sentence: `Its words are ${like} (${percent} of 100).`,
  };
}
