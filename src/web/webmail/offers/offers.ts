/**
 * What a message offers to do beside being read: found from its header fields and the few small parts that matter, in which its sender may
 * write what he likes. Each kind has a file of its own beside this one, read when a message has something of the kind.
 */
import type { Offer } from "../../../../views/webmail/offers.tsx";
import { type Part, walk } from "../../../mime/structure.ts";
import type { Author } from "../author.ts";
import type { StoredMessage } from "../message.ts";
import { type Opened, partsNamed } from "./opened.ts";

/** Finds them, in the order in which they are shown. */
export async function offersOf(opened: Opened, author: Author): Promise<Offer[]> {
  const { message, folder } = opened;
  const offers: Offer[] = [];
  const sealed = sealingPart(message);
  if (sealed !== undefined) offers.push((await import("./seals.ts")).sealOffer(opened, sealed));
  const calendars = partsNamed(message, /^text\/calendar$|^application\/ics$/);
  if (calendars.length > 0) offers.push(...(await import("./invitations.ts")).invitationOffers(opened, calendars));
  const cards = partsNamed(message, /^text\/(?:x-)?vcard$|^text\/directory$/);
  if (cards.length > 0) offers.push(...(await (await import("./cards.ts")).cardOffers(opened, cards)));
  // What one wrote oneself, and what is junk, is not answered by a click.
  if (folder.role === "Sent" || folder.role === "Drafts" || folder.role === "Junk") return offers;
  if (message.header.raw("disposition-notification-to") !== undefined)
    offers.push(...(await import("./receipts.ts")).receiptOffers(opened));
  if (message.header.raw("list-unsubscribe") !== undefined && author.kind !== "danger")
    offers.push(...(await import("./subscriptions.ts")).subscriptionOffers(opened));
  return offers;
}

/** The part that is signed or encrypted as a whole (RFC 1847, RFC 3156, RFC 8551). */
function sealingPart({ structure }: StoredMessage): Part | undefined {
  let found: Part | undefined;
  walk(structure.root, (part) => {
    const type = `${part.type}/${part.subtype}`;
    if (/^multipart\/(?:signed|encrypted)$|^application\/(?:x-)?pkcs7-mime$/.test(type)) found ??= part;
  });
  return found;
}
