/** Which messages a mailbox has taught as what: none counts twice, and each can be taken back. */
import type { Store, Tx } from "../../store/store.ts";
import type { Step } from "./opinion.ts";

/** What a message was taught as, and what that did; undefined where it was taught before there was a regression. */
export interface TaughtLesson {
  readonly kind: "ham" | "spam";
  readonly step: Step | undefined;
}

/** Octets of a content's hash that name it here. */
const HASH_OCTETS = 16;
const DAY_MS = 86_400_000;

interface Row {
  readonly spam: number;
  readonly marks: number | null;
  readonly shared: number;
  readonly own: number;
}

export class Taught {
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** What the message taught; undefined where it did not. */
  lessonOf(mailbox: number, hash: Uint8Array): TaughtLesson | undefined {
    const row = this.store.client
      .query<Row, [number, Uint8Array]>(
        "SELECT spam, marks, step AS shared, own_step AS own FROM spam_taught WHERE mailbox = ? AND hash = ?",
      )
      .get(mailbox, hash.subarray(0, HASH_OCTETS));
    if (row === null) return undefined;
    const { spam, marks, shared, own } = row;
    return { kind: spam === 1 ? "spam" : "ham", step: marks === null ? undefined : { marks, shared, own } };
  }

  noteWithin(_tx: Tx, mailbox: number, hash: Uint8Array, kind: "ham" | "spam", step: Step): void {
    const day = Math.floor(this.now() / DAY_MS);
    this.store.client
      .query(
        "INSERT OR REPLACE INTO spam_taught (mailbox, hash, spam, day, marks, step, own_step) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(mailbox, hash.subarray(0, HASH_OCTETS), kind === "spam" ? 1 : 0, day, step.marks, step.shared, step.own);
  }

  forgetWithin(_tx: Tx, mailbox: number, hash: Uint8Array): void {
    this.store.client
      .query("DELETE FROM spam_taught WHERE mailbox = ? AND hash = ?")
      .run(mailbox, hash.subarray(0, HASH_OCTETS));
  }

  /** Forgets which messages a mailbox taught. */
  forgetAllWithin(_tx: Tx, mailbox: number): void {
    this.store.client.query("DELETE FROM spam_taught WHERE mailbox = ?").run(mailbox);
  }
}
