/**
 * What scripts remember from one message to the next (RFC 5230 §4.2: whom a vacation answered; RFC 7352 §3: what was there before). Each
 * entry ends by itself.
 */
import type { Statement } from "bun:sqlite";
import type { Store, Tx } from "../store/store.ts";
import type { MemoryKind } from "./tables.ts";

/** Rows deleted in one commit. */
const PRUNE_ROWS = 2_000;

/** Something to be remembered of a mailbox. */
export interface Remembered {
  readonly mailbox: number;
  readonly kind: MemoryKind;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly until: number;
}

export class Memory {
  readonly #until: Statement<{ until: number }, [number, string, string]>;
  readonly #since: Statement<{ count: number }, [number, string, number]>;
  readonly #note: Statement;
  readonly #forget: Statement;
  readonly #prune: Statement;

  constructor(private readonly store: Store) {
    const { client } = store;
    this.#until = client.prepare("SELECT until FROM sieve_memory WHERE mailbox = ? AND kind = ? AND key = ?");
    this.#since = client.prepare(
      "SELECT count(*) AS count FROM sieve_memory WHERE mailbox = ? AND kind = ? AND at > ?",
    );
    this.#note = client.prepare(
      "INSERT OR REPLACE INTO sieve_memory (mailbox, kind, key, at, until) VALUES (?, ?, ?, ?, ?)",
    );
    this.#forget = client.prepare("DELETE FROM sieve_memory WHERE mailbox = ?");
    this.#prune = client.prepare(
      `DELETE FROM sieve_memory WHERE rowid IN (SELECT rowid FROM sieve_memory WHERE until <= ? LIMIT ${PRUNE_ROWS})`,
    );
  }

  /** Whether something is remembered at a time. */
  knows(mailbox: number, kind: MemoryKind, key: string, now: number): boolean {
    const until = this.#until.get(mailbox, kind, key)?.until;
    return until !== undefined && until !== null && until > now;
  }

  /** How many entries of a kind were made after a time. */
  countSince(mailbox: number, kind: MemoryKind, time: number): number {
    return this.#since.get(mailbox, kind, time)?.count ?? 0;
  }

  /** Remembers something, in the commit of what it is about. */
  noteWithin(_tx: Tx, { mailbox, kind, key, at, until }: Remembered): void {
    this.#note.run(mailbox, kind, key, at, until);
  }

  /** Forgets everything of a mailbox that is removed. */
  forgetWithin(_tx: Tx, mailbox: number): void {
    this.#forget.run(mailbox);
  }

  /** Forgets what has ended. */
  async prune(now: number): Promise<void> {
    while ((await this.store.commit(() => this.#prune.run(now).changes)) === PRUNE_ROWS);
  }
}
