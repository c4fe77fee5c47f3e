/**
 * What keywords are called and how they look, in a mailbox. A keyword is an atom of ASCII (RFC 9051 §2.3.2); people name their labels in
 * their own language. One that a mail program set, and that has no name here, goes by its own.
 */
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";

export interface Label {
  readonly keyword: string;
  readonly name: string;
  /** One of eight colours. */
  readonly tone: number;
}

export const TONES = 8;

/** Labels of a mailbox: every page that shows its messages offers them all. */
const MOST = 300;

export class Labels {
  constructor(private readonly store: Store) {}

  /** The labels of a mailbox, by name. */
  of(mailbox: number): Label[] {
    return this.store.client
      .query<Label, [number]>("SELECT keyword, name, tone FROM labels WHERE mailbox = ? ORDER BY name")
      .all(mailbox);
  }

  /** Keeps a label, or changes how it is called and looks; the keyword stays as it was first written. @throws Refusal "tooMany" */
  setWithin(tx: Tx, mailbox: number, { keyword, name, tone }: Label): void {
    const there = this.of(mailbox);
    const known = there.find((label) => label.keyword.toLowerCase() === keyword.toLowerCase());
    if (known === undefined && there.length >= MOST)
      throw new Refusal("tooMany", `There are ${MOST} labels already. Use one of them.`);
    tx.client
      .query("INSERT OR REPLACE INTO labels (mailbox, keyword, name, tone) VALUES (?, ?, ?, ?)")
      .run(mailbox, known?.keyword ?? keyword, name, tone);
  }

  /** Forgets a mailbox that is gone. */
  forgetWithin(tx: Tx, mailbox: number): void {
    tx.client.query("DELETE FROM labels WHERE mailbox = ?").run(mailbox);
  }
}
