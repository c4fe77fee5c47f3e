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
import { placingsOf } from "../sorting/placing.ts";
import { structureOf } from "./octets.ts";
import type { QueuedMessage, QueuedRecipient } from "./rows.ts";

/** What becomes of a letter for a mailbox. */
export async function deliverHere(parts: Parts, letter: Letter, home: Home): Promise<Map<number, Outcome>> {
  const outcomes = new Map<number, Outcome>();
  for (const { id, placings } of letter.recipients) {
    outcomes.set(id, await outcomeOf(parts, letter.message, home, placings));
  }
  return outcomes;
}

async function outcomeOf(
  parts: Parts,
  message: QueuedMessage,
  home: Home,
  placings: QueuedRecipient["placings"],
): Promise<Outcome> {
  const { mailbox } = home;
  const { mailstore, directory, store } = parts;
  if (directory.mailboxes.byId(mailbox) === undefined) {
    return { kind: "failed", failure: failed("recipient", "5.1.1", "The mailbox was removed.") };
  }
  const structure = await structureOf(store.content, message.content);
  const copies = placings?.length ?? 1;
  const fits = () => mailstore.room.fits(mailbox, copies, copies * structure.size);
  if (!fits()) return { kind: "failed", failure: fullFailure(parts, mailbox) };
  return {
    kind: "here",
    place: (tx) => {
      // It may have filled up, or gone, since.
      if (!directory.mailboxes.has(mailbox) || !fits()) return false;
      append(parts, tx, message, home, { structure, placings });
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
    if (parts.directory.mailboxes.has(mailbox)) {
      append(parts, tx, message, { mailbox, junk: false }, { structure, placings: null });
    }
    parts.queue.rows.broughtHome(message.id);
  };
}

/** Puts a message where the scripts of its mailbox wanted it when it came: they are not asked again, so nothing is done twice. */
function append(
  parts: Parts,
  tx: Tx,
  { content }: QueuedMessage,
  { mailbox, junk }: Home,
  { structure, placings }: { readonly structure: Structure; readonly placings: QueuedRecipient["placings"] },
): void {
  const { mailstore, now } = parts;
  const wanted = { mailbox, placings: placings?.map((place) => ({ filing: undefined, ...place, changed: undefined })) };
  for (const { folder, flags } of placingsOf(parts, tx, wanted, new Set(junk ? [mailbox] : []))) {
    mailstore.append(tx, { folder, flags, content, structure, internalDate: now(), beyondQuota: true });
  }
}
