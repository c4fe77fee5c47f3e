/** A message in the words of the list of messages. */
import { messageIdsOf } from "../../mime/message-ids.ts";
import { firstOctets } from "../../mime/octets.ts";
import type { Structure } from "../../mime/structure.ts";
import { decodeOctetWords } from "../../mime/words.ts";
import type { Envelope } from "../envelope.ts";
import type { Passing } from "./traces.ts";

/** Octets of a subject that are read: those that are listed, however they are written. */
const LONGEST_SUBJECT = 4_000;

/** What the list of messages says of it. */
export function passing(
  { origin, reversePath, recipients }: Envelope,
  structure: Structure | undefined,
  at = Date.now(),
): Passing {
  const header = structure?.root.header;
  return {
    ...{
      at,
      trace: origin.trace,
      origin: origin.kind,
      remote: origin.remote ?? null,
      login: origin.user?.login ?? null,
    },
    ...{ sender: reversePath, recipients: recipients.map((one) => one.address), size: structure?.size ?? 0 },
    subject: decodeOctetWords(firstOctets(header?.raw("subject") ?? "", LONGEST_SUBJECT)),
    messageId: messageIdsOf(header?.raw("message-id") ?? "", 1)[0] ?? "",
  };
}
