/** Which messages a mailbox has taught as what: none counts twice, and each can be taken back. */
import type { Store, Tx } from "../../store/store.ts";

/** Octets of a content's hash that name it here. */
const HASH_OCTETS = 16;
const DAY_MS = 86_400_000;

export class Taught {
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** What the message was taught as; undefined where it was not. */
  kindOf(mailbox: number, hash: Uint8Array): "ham" | "spam" | undefined {
    const row = this.store.client
      .query<{ spam: number }, [number, Uint8Array]>("SELECT spam FROM spam_taught WHERE mailbox = ? AND hash = ?")
      .get(mailbox, hash.subarray(0, HASH_OCTETS));
    return row === null ? undefined : row.spam === 1 ? "spam" : "ham";
  }

  noteWithin(_tx: Tx, mailbox: number, hash: Uint8Array, kind: "ham" | "spam"): void {
    this.store.client
      .query("INSERT OR REPLACE INTO spam_taught (mailbox, hash, spam, day) VALUES (?, ?, ?, ?)")
      .run(mailbox, hash.subarray(0, HASH_OCTETS), kind === "spam" ? 1 : 0, Math.floor(this.now() / DAY_MS));
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
