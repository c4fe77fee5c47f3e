/**
 * Warns the owner of a mailbox that it is getting full: by a mail in it, once in a period, however often it crosses the mark. Looked at
 * whenever something was added to a mailbox with limits, and in the hourly round for limits that were lowered.
 *
 * RFC 9208 §1 (soft limits are the server's own matter), RFC 3834 §5 (Auto-Submitted).
 */
import type { Statement } from "bun:sqlite";
import { DAY_MS } from "../directory/expiry.ts";
import type { Quota } from "../directory/mailbox.ts";
import { folderChanged } from "../mailstore/changes.ts";
import { noticeTo } from "./notice.ts";
import type { Parts } from "./parts.ts";
import type { Sealed } from "./sealed.ts";

/** Mailboxes looked at between two turns. */
const SLICE = 500;
/** No period is longer; what was noted before is forgotten. */
const LONGEST_PERIOD_MS = 365 * DAY_MS;

export class QuotaWarnings {
  readonly #last: Statement<{ at: number }, [number]>;
  readonly #note: Statement;
  readonly #forget: Statement;
  /** Mailboxes whose warning is being written. */
  readonly #running = new Map<number, Promise<void>>();
  #end: (() => void) | undefined;

  constructor(private readonly parts: Parts) {
    const { client } = parts.store;
    this.#last = client.prepare("SELECT at FROM quota_warnings WHERE mailbox = ?");
    this.#note = client.prepare("INSERT OR REPLACE INTO quota_warnings (mailbox, at) VALUES (?, ?)");
    this.#forget = client.prepare("DELETE FROM quota_warnings WHERE at < ?");
  }

  /** Begins to look at what is added to mailboxes. */
  start(): void {
    this.#end ??= this.parts.store.changes.on(folderChanged, ({ mailbox, change }) => {
      if (change.kind === "append") this.#consider(mailbox);
    });
  }

  /** Resolves when the warnings that were begun are on disk. */
  async stop(): Promise<void> {
    this.#end?.();
    this.#end = undefined;
    await this.settled();
  }

  /** Resolves when no warning is being written. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Looks at all mailboxes. */
  async sweep(): Promise<void> {
    const { mailstore, store, now } = this.parts;
    for (
      let list = mailstore.room.after(0, SLICE);
      list.length > 0;
      list = mailstore.room.after(list.at(-1) ?? 0, SLICE)
    ) {
      for (const mailbox of list) this.#consider(mailbox);
      await this.settled();
      await store.turns.next();
    }
    await store.commit(() => this.#forget.run(now() - LONGEST_PERIOD_MS));
  }

  #consider(mailbox: number): void {
    const quota = this.parts.directory.limits.of(mailbox);
    if (quota === undefined || this.#running.has(mailbox) || !this.#isDue(mailbox, quota)) return;
    const running = this.#warn(mailbox, quota)
      .catch((fault: unknown) => this.parts.store.events.fault("transport", "warn of a full mailbox", fault))
      .finally(() => this.#running.delete(mailbox));
    this.#running.set(mailbox, running);
  }

  #isDue(mailbox: number, quota: Quota): boolean {
    if (this.parts.mailstore.room.fill(mailbox) * 100 < quota.warnPercent) return false;
    const last = this.#last.get(mailbox)?.at;
    return last === undefined || this.parts.now() - last >= quota.warnDays * DAY_MS;
  }

  async #warn(mailbox: number, quota: Quota): Promise<void> {
    const { store, directory, mailstore, now } = this.parts;
    const notice = await noticeTo(this.parts, mailbox, wordsFor(mailstore.room, mailbox, quota));
    const placed = await store.commit((tx) => {
      if (!directory.mailboxes.has(mailbox) || !this.#isDue(mailbox, quota)) return undefined;
      this.#note.run(mailbox, now());
      return notice.place(tx);
    });
    if (placed === undefined) await notice.discard();
    else log(this.parts, notice, placed, mailbox);
  }
}

function log(parts: Parts, notice: Sealed, placed: ReturnType<Sealed["place"]>, mailbox: number): void {
  notice.report(placed);
  const text = `The owner of a mailbox was warned: it holds ${parts.mailstore.room.text(mailbox)}.`;
  parts.store.events.log({ room: "transport", name: "quota.warned", trace: placed.trace, text, data: { mailbox } });
}

function wordsFor(room: Parts["mailstore"]["room"], mailbox: number, quota: Quota) {
  const percent = Math.floor(room.fill(mailbox) * 100);
  const isFull = percent >= 100;
  const then =
    quota.whenFull === "refuse"
      ? "mail to you is refused, and its senders are told so"
      : "mail to you waits with its senders, and goes back to them after some days";
  return {
    subject: isFull ? "Your mailbox is full" : `Your mailbox is ${percent} percent full`,
    text: [
      `Your mailbox holds ${room.text(mailbox)}${isFull ? "." : `: it is ${percent} percent full.`}`,
      `${isFull ? "It is full" : "When it is full"}${isFull ? ": until there is room again," : ","} ${then}.`,
      "What you can do: delete messages you no longer need, those with large attachments first, and empty Trash and Junk; what lies there counts too. Or ask your administrator for more room.",
      `You will not be warned again for ${quota.warnDays === 1 ? "a day" : `${quota.warnDays} days`}.`,
    ].join("\n\n"),
  };
}
