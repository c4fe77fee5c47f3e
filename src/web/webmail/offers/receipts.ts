/**
 * Receipts that a sender asks for (RFC 8098): the reader is asked each time, whatever the sender wishes (§2.1), unless he chose never to be. That
 * he answered, or does not want to, is the keyword $MDNSent (RFC 3503 §3.1), which every mail program knows.
 */
import type { Offer } from "../../../../views/webmail/offers.tsx";
import { t } from "../../../../views/words/words.ts";
import { flatten, parseAddressList } from "../../../mime/addresses.ts";
import { formatSpec } from "../../../mime/write.ts";
import { Refusal } from "../../../refusal.ts";
import type { Origin } from "../../../transport/envelope.ts";
import { dispositionEntity } from "../../../transport/sorting/disposition.ts";
import { oneLine } from "../names.ts";
import { hereOf, type Opened } from "./opened.ts";
import { answeringAs, newMessageId, smallLetter } from "./posting.ts";

const SENT = "$MDNSent";

/** Asks the reader, where nobody answered yet. */
export function receiptOffers(opened: Opened): Offer[] {
  const { access, user, folder, message, deps } = opened;
  const address = askedAt(opened);
  if (address === undefined || deps.directory.preferences.of(user.id).receipts === "never") return [];
  if (hasAnswered(opened) || !access.permits(user, folder, "w") || answeringAs(opened) === undefined) return [];
  // A list passes on what its members ask for; nobody answers them all.
  if (message.header.raw("list-id") !== undefined) return [];
  return [{ kind: "receipt", address: oneLine(address, 320), href: `${hereOf(opened)}/receipt` }];
}

/** Sends the receipt, or keeps that it is not wanted. @throws Refusal */
export async function answerReceipt(opened: Opened, answer: "send" | "refuse", origin: Origin): Promise<string> {
  const { deps, folder, message } = opened;
  const to = askedAt(opened);
  if (to === undefined || hasAnswered(opened)) throw new Refusal("notFound", t("No receipt is asked for any more."));
  opened.access.folder(opened.user, folder.id, "w");
  if (answer === "send") await send(opened, to, origin);
  const change = { mode: "add", flags: { system: 0, keywords: [SENT] } } as const;
  await deps.mailstore.setFlags(folder.id, [message.uid], change, { reader: folder.reader });
  return answer === "send"
    ? t("{address} was told that you read this.", { address: oneLine(to, 320) })
    : t("Nobody is told that you read this.");
}

const hasAnswered = ({ message }: Opened): boolean =>
  message.flags.keywords.some((keyword) => keyword.toLowerCase() === SENT.toLowerCase());

/** Who wants to hear: one address (RFC 8098 §2.1 allows several, which only serve to spread mail). */
function askedAt({ message }: Opened): string | undefined {
  const all = flatten(parseAddressList(message.header.get("Disposition-Notification-To") ?? ""));
  const [only] = all;
  return all.length === 1 && only !== undefined && only.domain !== "" ? formatSpec(only) : undefined;
}

async function send(opened: Opened, to: string, origin: Origin): Promise<void> {
  const { deps, message } = opened;
  const as = answeringAs(opened);
  if (as === undefined) throw new Refusal("invalid", t("You have no address to answer from."));
  const subject = oneLine(message.envelope.subject, 200);
  const messageId = newMessageId(opened);
  const entity = dispositionEntity({
    ...{ hostname: deps.transport.hostname(), recipient: as.address, messageId: message.envelope.messageId ?? "" },
    id: messageId.slice(0, 36),
    reason: t("Your message “{subject}” was shown to its reader. That does not say that it was understood.", {
      subject,
    }),
    disposition: "manual-action/MDN-sent-manually; displayed",
  });
  const letter = { as, to, subject: t("Read: {subject}", { subject }), entity };
  // Notifications have no return path, so that none can be answered by another (RFC 8098 §3).
  const envelope = { reversePath: "", recipients: [{ address: to }], body: "8BITMIME", origin } as const;
  await deps.transport.accept(envelope, smallLetter(opened, letter, messageId));
}
