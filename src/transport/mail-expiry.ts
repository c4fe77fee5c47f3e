/**
 * Lets mail expire by the rules of its mailbox, or of the mailbox's mail group: the hourly round, and on demand. What a rule does is the
 * mail store's (archive.ts); which rules hold is the directory's.
 */
import type { Expired } from "../mailstore/archive.ts";
import type { Parts } from "./parts.ts";

/** Mailboxes read at a time. */
const SLICE = 100;

export class MailExpiry {
  #running: Promise<Expired> | undefined;
  #stopping = false;

  constructor(private readonly parts: Parts) {}

  /** Goes through all mailboxes that have rules. A round that is under way is joined. */
  sweep(): Promise<Expired> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Goes through one mailbox now. @throws Refusal "notFound" */
  async sweepMailbox(id: number): Promise<Expired> {
    const { directory, mailstore, store, now } = this.parts;
    const { rules } = directory.mailboxes.expiry(directory.mailboxes.require(id));
    const expired = await mailstore.archive.expire(id, rules, now());
    if (expired.archived + expired.deleted > 0) {
      const text = `${expired.archived} old messages went to the archive, ${expired.deleted} were deleted.`;
      store.events.log({ room: "transport", name: "mail.expired", text, data: { mailbox: id, ...expired } });
    }
    return expired;
  }

  /** Ends a round between two mailboxes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running?.catch(() => undefined);
  }

  async #all(): Promise<Expired> {
    const { directory, store } = this.parts;
    let [archived, deleted] = [0, 0];
    for (let after = 0; ; ) {
      const list = directory.mailboxes.expiring(after, SLICE);
      for (const { id } of list) {
        if (this.#stopping) return { archived, deleted };
        after = id;
        // It may have been removed since; then there is nothing to do.
        if (directory.mailboxes.byId(id) === undefined) continue;
        const expired = await this.sweepMailbox(id);
        archived += expired.archived;
        deleted += expired.deleted;
      }
      if (list.length < SLICE) return { archived, deleted };
      await store.turns.next();
    }
  }
}
