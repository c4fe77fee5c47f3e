/** The copies of a message for mailboxes here. */
import { Refusal } from "../refusal.ts";
import type { Tx } from "../store/store.ts";
import type { Accepted } from "./envelope.ts";
import type { Kept } from "./forwarding.ts";
import type { Parts } from "./parts.ts";
import { fullRefusal } from "./room.ts";
import { placingsOf } from "./sorting/placing.ts";
import { stagedOf, type Whole } from "./whole.ts";

/**
 * Puts the message into the mailboxes that have room. Where nobody gets it because they are full, it is refused, and its sender keeps
 * it; otherwise it waits in the queue for those who are.
 */
export function deliverWithin(
  parts: Parts,
  tx: Tx,
  whole: Whole,
): { delivered: Accepted["delivered"]; full: readonly Kept[] } {
  const { envelope, plan, structure, spread } = whole;
  const { mailstore, directory, now } = parts;
  const system = envelope.origin.kind === "system";
  const full: Kept[] = [];
  const delivered: Accepted["delivered"][number][] = [];
  for (const kept of spread.kept) {
    const { mailbox } = kept;
    if (!directory.mailboxes.has(mailbox)) throw new Refusal("temporary", "A mailbox was just removed; try again.");
    const copies = kept.placings?.length ?? 1;
    if (!system && !mailstore.room.fits(mailbox, copies, copies * structure.size)) {
      full.push(kept);
      continue;
    }
    const muted = mailstore.mutes.coversWithin(tx, mailbox, structure, now());
    for (const { folder, flags, changed } of placingsOf(parts, tx, kept, whole.junk, muted)) {
      const copy = { content: stagedOf(whole, changed), structure: changed?.structure ?? structure };
      const { uid } = mailstore.append(tx, { folder, flags, ...copy, internalDate: now(), beyondQuota: true });
      delivered.push({ mailbox, folder, uid });
    }
  }
  const [first] = full;
  const alone = delivered.length === 0 && spread.sendings.length === 0 && plan.returned.length === 0;
  if (first !== undefined && alone && full.every((kept) => kept.direct)) {
    const mailboxes = full.map((kept) => kept.mailbox);
    throw fullRefusal(parts, first.recipient.address, mailboxes);
  }
  return { delivered, full };
}
