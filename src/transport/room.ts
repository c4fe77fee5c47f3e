/**
 * Whether a mailbox takes another message: its quota, judged at RCPT as far as it is known, and when the message is there. What the
 * server itself reports is always taken, so that nobody misses why something failed because his mailbox is full.
 *
 * RFC 5321 §4.2.3 (452 and 552), RFC 3463 §3.3 (X.2.2), RFC 1870 §6.1 (a size known beforehand).
 */
import { Refusal } from "../refusal.ts";
import type { Origin } from "./envelope.ts";
import { forwards } from "./forwarding.ts";
import type { Parts } from "./parts.ts";

type RoomParts = Pick<Parts, "directory" | "mailstore">;

/**
 * Refuses an address all of whose mailboxes are full. Of several one with room is enough: the others are dealt with when the
 * message is there.
 *
 * @param size octets of the message, where they are known
 * @throws Refusal overQuota (452 4.2.2, 552 5.2.2)
 */
export function checkRoom(
  parts: RoomParts,
  recipient: { readonly address: string; readonly mailboxes: readonly number[] },
  origin: Pick<Origin, "kind">,
  size = 1,
): void {
  const { address, mailboxes } = recipient;
  // The reports that the server reads itself need no mailbox.
  if (origin.kind === "system" || mailboxes.length === 0) return;
  for (const mailbox of mailboxes) if (hasRoom(parts, mailbox, size)) return;
  throw fullRefusal(parts, address, mailboxes);
}

function hasRoom({ directory, mailstore }: RoomParts, mailbox: number, size: number): boolean {
  if (mailstore.room.fits(mailbox, 1, size)) return true;
  const found = directory.mailboxes.byId(mailbox);
  // What only passes through needs no room.
  return found !== undefined && forwards(found) && !found.forwarding.keepCopy;
}

/** The refusal of mail for full mailboxes: for good only if each of them says so. */
export function fullRefusal({ directory }: RoomParts, address: string, mailboxes: readonly number[]): Refusal {
  const later = mailboxes.some((mailbox) => directory.limits.of(mailbox)?.whenFull !== "refuse");
  return later
    ? new Refusal("overQuota", `The mailbox ${address} is full; try again later.`, {
        temporary: true,
        smtp: { code: 452, enhanced: "4.2.2" },
      })
    : new Refusal("overQuota", `The mailbox ${address} is full.`, { smtp: { code: 552, enhanced: "5.2.2" } });
}
