/** Small letters that a click sends: receipts, and answers to invitations. From which of the reader's addresses, and whether it was to him. */
import type { Identity } from "../../../directory/identities.ts";
import { flatten } from "../../../mime/addresses.ts";
import { formatSpec } from "../../../mime/write.ts";
import { addressOf, composeLetter } from "../../../transport/letter.ts";
import type { Opened } from "./opened.ts";

/** As whom somebody answers: the identity that the message was for; undefined for whoever has no address. */
export function answeringAs({ deps, user, message }: Opened): Identity | undefined {
  const identities = deps.directory.identities.of(user.id);
  const named = flatten([...message.envelope.to, ...message.envelope.cc]).map((one) => formatSpec(one).toLowerCase());
  return identities.find(({ address }) => named.includes(address.toLowerCase())) ?? identities[0];
}

/** The octets of such a letter. */
export function smallLetter(
  { deps, message }: Opened,
  letter: { readonly as: Identity; readonly to: string; readonly subject: string; readonly entity: string },
  messageId: string,
): Uint8Array {
  const { as, to, subject, entity } = letter;
  const answered = message.envelope.messageId;
  return composeLetter({
    ...{ from: addressOf(as.address, as.name), to, subject, text: "", entity, messageId, date: deps.now() },
    // Somebody clicked: RFC 3834 §5 knows that as what no machine sent.
    submitted: "no",
    ...(answered ? { inReplyTo: answered, references: [answered] } : {}),
  });
}

/** A Message-ID without brackets. */
export const newMessageId = ({ deps }: Opened): string => `${crypto.randomUUID()}@${deps.transport.hostname()}`;
