/**
 * Mail in the queue for mailboxes of this server: a mailbox was full when its mail was accepted together with that of others, or sent on
 * what then came to nothing. The queue tries a full mailbox again as it does a server that cannot be reached; what is put into a
 * mailbox and what is written about it are one commit.
 */
import type { Structure } from "../../mime/structure.ts";
import type { Tx } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import type { Home } from "../route.ts";
import { type Failure, failed } from "../send/failure.ts";
import type { Letter, Outcome } from "../send/transaction.ts";
import { structureOf } from "./octets.ts";
import type { QueuedMessage } from "./rows.ts";

/** What becomes of a letter for a mailbox. */
export async function deliverHere(parts: Parts, letter: Letter, home: Home): Promise<Map<number, Outcome>> {
  const outcome = await outcomeOf(parts, letter.message, home);
  return new Map(letter.recipients.map(({ id }): [number, Outcome] => [id, outcome]));
}

async function outcomeOf(parts: Parts, message: QueuedMessage, home: Home): Promise<Outcome> {
  const { mailbox } = home;
  const { mailstore, directory, store } = parts;
  if (directory.mailboxes.byId(mailbox) === undefined) {
    return { kind: "failed", failure: failed("recipient", "5.1.1", "The mailbox was removed.") };
  }
  const structure = await structureOf(store.content, message.content);
  if (!mailstore.room.fits(mailbox, 1, structure.size)) return { kind: "failed", failure: fullFailure(parts, mailbox) };
  return {
    kind: "here",
    place: (tx) => {
      // It may have filled up, or gone, since.
      if (!directory.mailboxes.has(mailbox) || !mailstore.room.fits(mailbox, 1, structure.size)) return false;
      append(parts, tx, message, home, structure);
      return true;
    },
  };
}

function fullFailure({ directory }: Parts, mailbox: number): Failure {
  return directory.limits.of(mailbox)?.whenFull === "refuse"
    ? failed("recipient", "5.2.2", "The mailbox is full.")
    : failed("recipient", "4.2.2", "The mailbox is full.");
}

/**
 * The way home for a message that a mailbox sent on without keeping it, and whose failure nobody is to hear of: it is put into that
 * mailbox, full or not. Undefined where the mailbox is gone.
 */
export async function wayHome(parts: Parts, message: QueuedMessage): Promise<((tx: Tx) => void) | undefined> {
  const { mailbox } = message;
  if (mailbox === null || parts.directory.mailboxes.byId(mailbox) === undefined) return undefined;
  const structure = await structureOf(parts.store.content, message.content);
  return (tx) => {
    if (parts.directory.mailboxes.has(mailbox)) append(parts, tx, message, { mailbox, junk: false }, structure);
    parts.queue.rows.broughtHome(message.id);
  };
}

function append(parts: Parts, tx: Tx, message: QueuedMessage, { mailbox, junk }: Home, structure: Structure): void {
  const { mailstore, now } = parts;
  const folder = junk ? mailstore.specialFolder(tx, mailbox, "Junk") : mailstore.inbox(tx, mailbox);
  const { content } = message;
  mailstore.append(tx, { folder, content, structure, internalDate: now(), beyondQuota: true });
}
