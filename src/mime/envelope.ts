/** The envelope of a message: the fields that lists of messages, searches and replies go by (RFC 5322 §3.6). */

import { type AddressOrGroup, MAX_ADDRESSES, mapNames, scanAddressList } from "./addresses.ts";
import { decodeCharset } from "./charset.ts";
import { type MailDate, parseDate } from "./dates.ts";
import type { Header } from "./header.ts";
import { textOfOctets } from "./octets.ts";
import { rawParameter } from "./parameters.ts";
import type { Part } from "./structure.ts";
import { decodeOctetWords } from "./words.ts";

/** An envelope as text, encoded words and 8-bit octets decoded. */
export interface Envelope {
  readonly date: MailDate | undefined;
  readonly subject: string;
  readonly from: readonly AddressOrGroup[];
  /** Empty where the message has no such field; then From stands for it. */
  readonly sender: readonly AddressOrGroup[];
  /** Empty where the message has no such field; then From stands for it. */
  readonly replyTo: readonly AddressOrGroup[];
  readonly to: readonly AddressOrGroup[];
  readonly cc: readonly AddressOrGroup[];
  readonly bcc: readonly AddressOrGroup[];
  /** Message identifiers with their angle brackets. */
  readonly inReplyTo: readonly string[];
  readonly messageId: string | undefined;
  readonly references: readonly string[];
}

/** Fields an envelope is made from; the stored structure keeps them of inner messages. */
export const ENVELOPE_FIELDS: ReadonlySet<string> = new Set([
  "date",
  "subject",
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "bcc",
  "in-reply-to",
  "message-id",
]);

/**
 * The envelope of a whole message. Throws if the part is none, or is the root of a structure that was decoded without
 * its header.
 */
export function envelopeOf(part: Part): Envelope {
  return envelopeOfHeader(headerOf(part), rawParameter(part.params, "charset"));
}

/** The header of a part that is a whole message; throws if the part is none. */
export function headerOf(part: Part): Header {
  if (!part.header) throw new Error(`part ${part.partNumber} is no message, or was decoded without its header`);
  return part.header;
}

/** The envelope in a header. @param charset of 8-bit octets that are not UTF-8, where the message names one */
export function envelopeOfHeader(header: Header, charset?: string): Envelope {
  const fallback = charset ? (bytes: Uint8Array) => decodeCharset(bytes, charset) : undefined;
  const text = (octets: string) => decodeOctetWords(octets, fallback);
  const plain = (octets: string) => textOfOctets(octets, fallback);
  const addresses = (key: string) => mapNames(scanAddressField(header, key), text, plain);
  const date = header.raw("date");
  return {
    date: date === undefined ? undefined : parseDate(date),
    subject: text(header.raw("subject") ?? ""),
    from: addresses("from"),
    sender: addresses("sender"),
    replyTo: addresses("reply-to"),
    to: addresses("to"),
    cc: addresses("cc"),
    bcc: addresses("bcc"),
    inReplyTo: messageIds(header.raw("in-reply-to")),
    messageId: messageIds(header.raw("message-id"))[0],
    references: messageIds(header.raw("references")),
  };
}

/** Fields that name who wrote: a handful of people at most, so no more are read. */
const AUTHORS: ReadonlySet<string> = new Set(["from", "sender", "reply-to"]);
const MAX_AUTHORS = 500;

/** The addresses of all fields of that name as octets; a message should have one, but nothing is hidden if it has more. */
export function scanAddressField(header: Header, key: string): AddressOrGroup[] {
  const most = AUTHORS.has(key) ? MAX_AUTHORS : MAX_ADDRESSES;
  const [first, ...others] = header.rawAll(key);
  if (first === undefined) return [];
  const list = scanAddressList(first, most);
  for (const value of others) {
    if (list.length >= most) break;
    list.push(...scanAddressList(value, most - list.length));
  }
  return list;
}

/** The message identifiers in a value, with their angle brackets; a lone word without brackets counts as one. */
function messageIds(value: string | undefined): string[] {
  if (!value) return [];
  const bracketed = value.match(/<[^<>\s]+>/g);
  if (bracketed) return bracketed;
  return value.includes("@") && /^[^<>\s]+$/.test(value) ? [`<${value}>`] : [];
}
