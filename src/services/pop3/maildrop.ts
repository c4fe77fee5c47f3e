/**
 * The maildrop: the INBOX of the mailbox one logged in to, as it was at login (RFC 1939 §4). Message numbers stay what they
 * are while other sessions go on; deletions wait for QUIT. A maildrop is open in one session at a time.
 */
import { SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { View } from "../../mailstore/view.ts";
import { Refusal } from "../../refusal.ts";

/** Which maildrops are open, so that each is open once. One for all sessions of the server. */
export class Maildrops {
  readonly #open = new Set<number>();

  /** Opens the maildrop of a mailbox. Throws a Refusal "inUse" while another session has it. */
  async open(mailstore: Mailstore, mailbox: number): Promise<Maildrop> {
    if (this.#open.has(mailbox)) throw new Refusal("inUse", "The maildrop is open in another session.");
    this.#open.add(mailbox);
    try {
      const inbox = mailstore.folder(mailbox, "INBOX");
      if (!inbox) throw new Refusal("notFound", "The mailbox has no INBOX.");
      const view = await mailstore.open(inbox.id);
      return new Maildrop(mailstore, view, () => this.#open.delete(mailbox));
    } catch (error) {
      this.#open.delete(mailbox);
      throw error;
    }
  }
}

/** An open maildrop. Message numbers count from 1. */
export class Maildrop {
  /** Messages not deleted. */
  remaining: number;
  /** Their octets. */
  octets: number;
  readonly #uids: Uint32Array;
  readonly #sizes: Float64Array;
  readonly #deleted: Uint8Array;
  readonly #fetched = new Set<number>();

  constructor(
    private readonly mailstore: Mailstore,
    private readonly view: View,
    private readonly onClose: () => void,
  ) {
    this.#uids = view.uids.slice();
    this.#sizes = Float64Array.from({ length: view.count }, (_, index) => view.sizeAt(index));
    this.#deleted = new Uint8Array(view.count);
    this.remaining = view.count;
    this.octets = this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Messages at login. */
  get count(): number {
    return this.#uids.length;
  }

  /** Says whether a number stands for a message that is not deleted. */
  has(number: number): boolean {
    return number >= 1 && number <= this.count && this.#deleted[number - 1] === 0;
  }

  /** Octets of a message. */
  size(number: number): number {
    return this.#sizes[number - 1] ?? 0;
  }

  /** RFC 1939 §7: 1 to 70 printable characters that no other message of this maildrop ever has. */
  uniqueId(number: number): string {
    return `${this.view.uidValidity}.${this.#uids[number - 1]}`;
  }

  /** The stored content of a message; undefined where another session has expunged it since. */
  content(number: number): number | undefined {
    const index = this.view.indexOfUid(this.#uids[number - 1] ?? 0);
    return index < 0 ? undefined : this.view.contentAt(index);
  }

  /** The message was fetched in whole. */
  fetched(number: number): void {
    this.#fetched.add(number);
  }

  delete(number: number): void {
    this.#deleted[number - 1] = 1;
    this.remaining--;
    this.octets -= this.size(number);
  }

  /** Takes all deletions back. */
  undelete(): void {
    this.#deleted.fill(0);
    this.remaining = this.count;
    this.octets = this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /** The UPDATE state: removes what was deleted and, where wanted, marks what was fetched. Resolves once it is on disk. */
  async update(markSeen: boolean): Promise<void> {
    const gone: number[] = [];
    const seen: number[] = [];
    for (const [index, uid] of this.#uids.entries()) {
      if (this.#deleted[index] === 1) gone.push(uid);
      else if (markSeen && this.#fetched.has(index + 1) && this.#isUnseen(uid)) seen.push(uid);
    }
    const { folderId } = this.view;
    if (gone.length > 0) await this.mailstore.expunge(folderId, gone);
    if (seen.length > 0) await this.#markSeen(folderId, seen);
  }

  /** On a full disk mail can be fetched all the same; it stays unseen. */
  async #markSeen(folder: number, uids: readonly number[]): Promise<void> {
    try {
      await this.mailstore.setFlags(folder, uids, { mode: "add", flags: { system: SEEN } });
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== "noSpace") throw error;
    }
  }

  #isUnseen(uid: number): boolean {
    const index = this.view.indexOfUid(uid);
    return index >= 0 && (this.view.systemAt(index) & SEEN) === 0;
  }

  /** Lets go of the maildrop; others may open it now. */
  close(): void {
    this.view.close();
    this.onClose();
  }
}
