/**
 * Learns from messages that people call junk, or not: reads each, takes it apart into tokens, and counts these. A message
 * teaches a mailbox once, and what it taught can be taken back exactly, since its tokens are found again.
 */
import { parseStructure } from "../../mime/parser.ts";
import type { Store, Tx } from "../../store/store.ts";
import { READ_OCTETS, readMessage } from "./reading.ts";
import type { Statistics } from "./statistics.ts";
import type { Taught } from "./taught.ts";
import { type Tokens, tokensOf } from "./tokens.ts";

export type Kind = "ham" | "spam";

/** A message to learn from. */
export interface Lesson {
  readonly mailbox: number;
  readonly content: number;
  /** undefined: what it taught is taken back. */
  readonly kind: Kind | undefined;
  /** Counts only if the message taught nothing yet. */
  readonly quiet?: boolean;
}

/** A lesson read: what is to be counted. */
interface Read {
  readonly lesson: Lesson;
  readonly hash: Uint8Array;
  readonly tokens: Tokens;
}

export class School {
  constructor(
    private readonly store: Store,
    private readonly statistics: Statistics,
    private readonly taught: Taught,
  ) {}

  /** Learns, a message a commit, since each holds the event loop for some milliseconds; resolves with how many changed anything. */
  async learn(lessons: readonly Lesson[]): Promise<number> {
    let learned = 0;
    for (const lesson of lessons) {
      const read = this.#read(lesson);
      if (read !== undefined && (await this.store.commit((tx) => this.#countWithin(tx, read)))) learned++;
      if (this.store.turns.over) await this.store.turns.next();
    }
    return learned;
  }

  /** undefined where there is nothing to learn: known already, or gone. */
  #read(lesson: Lesson): Read | undefined {
    const { content } = this.store;
    const hash = content.hashOf(lesson.content);
    if (hash === undefined) return undefined;
    const before = this.taught.lessonOf(lesson.mailbox, hash);
    if (before?.kind === lesson.kind || (before !== undefined && lesson.quiet)) return undefined;
    const octets = content.read(lesson.content, 0, READ_OCTETS);
    return { lesson, hash, tokens: tokensOf(readMessage(parseStructure(octets), octets)) };
  }

  #countWithin(tx: Tx, { lesson: { mailbox, kind }, hash, tokens }: Read): boolean {
    // Another may have taught it since it was read.
    const before = this.taught.lessonOf(mailbox, hash);
    if (before?.kind === kind) return false;
    if (before !== undefined) this.statistics.unlearnWithin(tx, mailbox, tokens, before);
    if (kind === undefined) this.taught.forgetWithin(tx, mailbox, hash);
    else this.taught.noteWithin(tx, mailbox, hash, kind, this.statistics.learnWithin(tx, mailbox, tokens, kind));
    return true;
  }
}
