/**
 * What sorting, threading and searching want to know of a message's header, in the form in which it is compared. Pure.
 * RFC 5256 §3, §5, RFC 5957, RFC 5051, RFC 9051 §6.4.4.
 */
import { type Address, type AddressOrGroup, isGroup } from "../mime/addresses.ts";
import { casemap } from "../mime/casemap.ts";
import { decodeCharset } from "../mime/charset.ts";
import { type Envelope, envelopeOfHeader } from "../mime/envelope.ts";
import type { Header } from "../mime/header.ts";
import { messageIdsOf } from "../mime/message-ids.ts";
import { baseSubject } from "../mime/subject.ts";
import { decodeOctetWords } from "../mime/words.ts";

/** Texts to sort by: mapped for the comparator, so that their octets in UTF-8 order them. */
export interface SortTexts {
  /** The base subject (RFC 5256 §2.1). */
  readonly subject: string;
  /** addr-mailbox of the first From, To and Cc (RFC 5256 §5). */
  readonly sender: string;
  readonly recipient: string;
  readonly copy: string;
  /** What is shown of the first From and To (RFC 5957 §3). */
  readonly senderName: string;
  readonly recipientName: string;
}

/** Texts to search in, mapped for the comparator: all fields of a name, each on a line; undefined where that is too long. */
export interface SearchTexts {
  readonly subject: string | undefined;
  readonly sender: string | undefined;
  readonly recipient: string | undefined;
  readonly copy: string | undefined;
  readonly blind: string | undefined;
}

/** What is kept of a header. */
export interface Head {
  readonly sort: SortTexts;
  readonly search: SearchTexts;
  /** Dates, and what threading needs: see `LINK`. */
  readonly links: Float64Array;
}

/** Places in `Head.links`. */
export const LINK = {
  /** How many references follow; −1 for a message of which nothing is known yet. */
  count: 0,
  /** The Date field in milliseconds since the epoch; NaN where it cannot be read. */
  sentAt: 1,
  /** Days since the epoch of the Date field, on the clock of its zone. */
  sentDay: 2,
  /** The hash of the base subject, negative for replies and forwards; 0 where nothing is left of it. */
  subject: 3,
  /** The hash of the Message-ID; 0 without one. */
  id: 4,
  /** The hashes of the references, oldest first. */
  references: 5,
} as const;

/** Characters of a text to sort by. */
const LONGEST_KEY = 500;
/** Characters of a text to search in. */
const LONGEST_TEXT = 16_384;
/** References that are kept: the first, and the last ones. */
const MOST_REFERENCES = 100;
/** References that are read. */
const MOST_READ = 5_000;
const DAY_MS = 86_400_000;

/** What is kept of a header. @param charset of octets that are not UTF-8, where the message names one */
export function headOf(header: Header, charset?: string, envelope = envelopeOfHeader(header, charset)): Head {
  const fallback = charset ? (bytes: Uint8Array) => decodeCharset(bytes, charset) : undefined;
  const field = (key: string, list: readonly AddressOrGroup[] = []) => searchText(header, key, list, fallback);
  const base = baseSubject(envelope.subject);
  return {
    sort: {
      subject: sortText(base.base),
      sender: sortText(mailboxOf(envelope.from)),
      recipient: sortText(mailboxOf(envelope.to)),
      copy: sortText(mailboxOf(envelope.cc)),
      senderName: sortText(displayOf(envelope.from)),
      recipientName: sortText(displayOf(envelope.to)),
    },
    search: {
      subject: field("subject"),
      sender: field("from", envelope.from),
      recipient: field("to", envelope.to),
      copy: field("cc", envelope.cc),
      blind: field("bcc", envelope.bcc),
    },
    links: linksOf(header, envelope, base),
  };
}

function sortText(text: string): string {
  return clean(casemap(text.slice(0, LONGEST_KEY)));
}

/** Texts are kept with NUL between them. */
function clean(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text;
}

/** A group counts by its name, as it does in ENVELOPE. */
function mailboxOf([first]: readonly AddressOrGroup[]): string {
  if (first === undefined) return "";
  return isGroup(first) ? first.group : first.local;
}

function displayOf([first]: readonly AddressOrGroup[]): string {
  if (first === undefined) return "";
  if (isGroup(first)) return first.group;
  return first.name || addressText(first);
}

function addressText({ local, domain }: Address): string {
  return domain === "" ? local : `${local}@${domain}`;
}

/**
 * The fields as they are written, decoded, and addresses once more in plain form where that is another one: "Ann" <ann@…>
 * is found by `Ann <ann@` too.
 */
function searchText(
  header: Header,
  key: string,
  list: readonly AddressOrGroup[],
  fallback?: (bytes: Uint8Array) => string,
): string | undefined {
  const raws = header.rawAll(key);
  if (raws.length === 0) return "";
  let text = "";
  for (const raw of raws) {
    if (text.length + raw.length > LONGEST_TEXT) return undefined;
    text += `${decodeOctetWords(raw, fallback)}\n`;
  }
  const written = text;
  for (const entry of list) {
    const plain = isGroup(entry) ? `${entry.group}: ${entry.members.map(plainForm).join(", ")};` : plainForm(entry);
    if (!written.includes(plain)) text += `${plain}\n`;
    if (text.length > LONGEST_TEXT) return undefined;
  }
  return clean(casemap(text));
}

function plainForm(address: Address): string {
  return address.name === "" ? addressText(address) : `${address.name} <${addressText(address)}>`;
}

/** The same without a limit, for what was too long to be kept. */
export function wholeSearchText(header: Header, key: string): string {
  return casemap(
    header
      .rawAll(key)
      .map((raw) => `${decodeOctetWords(raw)}\n`)
      .join(""),
  );
}

function linksOf(
  header: Header,
  { date }: Envelope,
  { base, replied }: { base: string; replied: boolean },
): Float64Array {
  const references = referencesOf(header);
  const links = new Float64Array(LINK.references + references.length);
  links[LINK.count] = references.length;
  links[LINK.sentAt] = date?.time ?? Number.NaN;
  links[LINK.sentDay] = date === undefined ? Number.NaN : Math.floor((date.time + date.offset * 60_000) / DAY_MS);
  links[LINK.subject] = base === "" ? 0 : hash53(casemap(base)) * (replied ? -1 : 1);
  const [id] = messageIdsOf(header.raw("message-id") ?? "", 1);
  links[LINK.id] = id === undefined ? 0 : hash53(id);
  for (const [at, reference] of references.entries()) links[LINK.references + at] = hash53(reference);
  return links;
}

/** RFC 5256 §3: References; where it names none, the first of In-Reply-To. */
function referencesOf(header: Header): string[] {
  const all = messageIdsOf(header.raw("references") ?? "", MOST_READ);
  if (all.length === 0) return messageIdsOf(header.raw("in-reply-to") ?? "", 1);
  return all.length > MOST_REFERENCES ? [all[0] as string, ...all.slice(1 - MOST_REFERENCES)] : all;
}

/**
 * A hash of 53 bits, never 0. It is kept in the file, so it stays as it is; of ten million texts no two are likely to share one,
 * and who makes two that do gains what a copied Message-ID gives him anyway.
 */
export function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return 0x1_0000_0000 * (b & 0x1fffff) + (a >>> 0) + 1;
}
