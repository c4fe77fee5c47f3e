/**
 * Senders whom people put on their lists. Whoever is wanted passes only where it is proven that the mail is from his domain: anybody can write
 * a name into From, and junk writes the names that people trust. Whoever is not wanted needs no proof.
 */
import type { Turns } from "../../turns.ts";
import { mailboxesOf, soleAuthor } from "../author.ts";
import type { Finding, Mail, Test, Tester } from "../judgement.ts";
import type { Readings } from "../words/readings.ts";
import { patternsFor, type Wishes } from "./wishes.ts";

/** More than all other tests come to. */
const WANTED_POINTS = -50;
const UNWANTED_POINTS = 50;

/** Who wrote a message and who sends it, as lists are asked for them. */
interface Asked {
  readonly author: readonly string[];
  readonly reversePath: readonly string[];
  /** What excepts the author from the bars of the house. */
  readonly excepted: string | undefined;
  readonly proven: boolean;
}

export class WishesTester implements Tester {
  readonly name = "sender";

  constructor(
    private readonly wishes: Wishes,
    private readonly readings: Readings,
    private readonly turns: Turns,
  ) {}

  begin(): Test {
    return { end: (mail) => this.#ask(mail) };
  }

  async #ask(mail: Mail): Promise<Finding[]> {
    const author = soleAuthor(mail, (await this.readings.of(mail)).from);
    const excepted = author && mail.visit.excepted?.(author.address);
    if (excepted === undefined && !this.wishes.some) return [];
    const asked: Asked = {
      author: author === undefined ? [] : patternsFor(author.address),
      reversePath: patternsFor(mail.visit.reversePath),
      ...{ excepted, proven: author?.proof === "proven" },
    };
    const findings: Finding[] = [];
    for (const mailbox of mailboxesOf(mail)) {
      if (this.turns.over) await this.turns.next();
      const found = this.#decide(mailbox, asked);
      if (found !== undefined) findings.push({ test: "sender", ...found, mailbox });
    }
    return findings;
  }

  #decide(
    mailbox: number,
    { author, excepted, reversePath, proven }: Asked,
  ): Pick<Finding, "result" | "points" | "sentence"> | undefined {
    const house = excepted === undefined ? undefined : { pattern: excepted, wanted: true };
    const wish = this.wishes.decide(mailbox, author) ?? house;
    if (wish?.wanted === true) {
      if (proven) {
        const sentence = `Mail of ${wish.pattern} is always wanted here, and it is proven to be from there.`;
        return { result: "wanted", points: WANTED_POINTS, sentence };
      }
      const sentence = `Mail of ${wish.pattern} is always wanted here, but nothing proves that it is from there: anybody can write that. It does not count.`;
      return { result: "claimed", points: 0, sentence };
    }
    // A bar holds for whoever sends it, too.
    const bar = wish ?? this.wishes.decide(mailbox, reversePath);
    if (bar === undefined || bar.wanted) return undefined;
    return { result: "unwanted", points: UNWANTED_POINTS, sentence: `Mail of ${bar.pattern} is never wanted here.` };
  }
}
