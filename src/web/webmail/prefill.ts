/** What stands in a new message at first: a reply's recipients and quotation, a forwarded message's text, what a mailto: link asks for. */

import type { Draft } from "../../../views/webmail/compose.tsx";
import { type Address, flatten, parseAddressList } from "../../mime/addresses.ts";
import { formatAddressList, formatSpec } from "../../mime/write.ts";
import type { StoredMessage } from "./message.ts";
import { oneLine } from "./names.ts";

/** The fields of the form, as text. */
export type Fields = Pick<Draft, "from" | "to" | "cc" | "bcc" | "subject" | "text">;

/** What a message is about another. */
export type About = "reply" | "all" | "forward";

const LONGEST_QUOTE = 200_000;
const LONGEST_SUBJECT = 900;
const MOST_RECIPIENTS = 500;

/** An empty message. */
export const emptyFields = (from: string): Fields => ({ from, to: "", cc: "", bcc: "", subject: "", text: "" });

const dateWords = (at: number) => new Date(at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });

const key = (address: Address) => formatSpec(address).toLowerCase();

/** The addresses of a list, each once, without those in `but`. */
function once(list: readonly Address[], but: ReadonlySet<string>): Address[] {
  const seen = new Set(but);
  return list
    .filter((address) => {
      const known = address.local === "" || seen.has(key(address));
      seen.add(key(address));
      return !known;
    })
    .slice(0, MOST_RECIPIENTS);
}

/**
 * An answer or a forwarded message.
 * @param text the message's text, for the quotation
 * @param own the user's addresses, the default one first
 */
export function prefilled(about: About, message: StoredMessage, text: string, own: readonly string[]): Fields {
  const { envelope } = message;
  const mine = new Set(own.map((address) => address.toLowerCase()));
  const reached = flatten([...envelope.to, ...envelope.cc]).find((address) => mine.has(key(address)));
  const authors = flatten(envelope.from);
  // To one's own message, the answer goes to whom it went.
  const isMine = authors.some((address) => mine.has(key(address)));
  const from =
    (isMine ? authors.map(key).find((address) => mine.has(address)) : reached && key(reached)) ?? own[0] ?? "";
  if (about === "forward") {
    const subject = withPrefix("Fwd: ", /^\s*(?:fwd?|wg)\s*:/i, envelope.subject);
    return { ...emptyFields(from), subject, text: forwarded(message, text) };
  }
  const answered = isMine
    ? flatten(envelope.to)
    : flatten(envelope.replyTo.length > 0 ? envelope.replyTo : envelope.from);
  const to = once(answered, new Set());
  const others = about === "all" ? [...flatten(envelope.to), ...flatten(envelope.cc)] : [];
  const cc = once(others, new Set([...mine, ...to.map(key)]));
  return {
    ...emptyFields(from),
    to: formatAddressList(to),
    cc: formatAddressList(cc),
    subject: withPrefix("Re: ", /^\s*(?:re|aw|antw|sv)(?:\[\d+\])?\s*:/i, envelope.subject),
    text: quoted(message, text),
  };
}

function withPrefix(prefix: string, present: RegExp, subject: string): string {
  const line = oneLine(subject, LONGEST_SUBJECT);
  return present.test(line) ? line : `${prefix}${line}`;
}

function quoted(message: StoredMessage, text: string): string {
  const author = flatten(message.envelope.from)[0];
  const name = author === undefined ? "somebody" : oneLine(author.name || formatSpec(author), 200);
  const at = message.envelope.date?.time ?? message.internalDate;
  const lines = withoutSignature(text.slice(0, LONGEST_QUOTE))
    .split("\n")
    .map((line) => (line === "" || line.startsWith(">") ? `>${line}` : `> ${line}`));
  return `\n\nOn ${dateWords(at)}, ${name} wrote:\n${lines.join("\n")}\n`;
}

/** Without the sender's signature and without empty lines at the end: nobody answers those. */
function withoutSignature(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n");
  const signature = lines.search(/(?:^|\n)-- ?\n/);
  return (signature > 0 ? lines.slice(0, signature) : lines).trimEnd();
}

function forwarded(message: StoredMessage, text: string): string {
  const { envelope } = message;
  const people = (list: typeof envelope.to) => formatAddressList(list.slice(0, MOST_RECIPIENTS));
  const lines = [
    `From: ${people(envelope.from)}`,
    `Date: ${dateWords(envelope.date?.time ?? message.internalDate)}`,
    `Subject: ${oneLine(envelope.subject, LONGEST_SUBJECT)}`,
    `To: ${people(envelope.to)}`,
    ...(envelope.cc.length > 0 ? [`Cc: ${people(envelope.cc)}`] : []),
  ];
  const body = text.slice(0, LONGEST_QUOTE).replace(/\r\n?/g, "\n").trimEnd();
  return `\n\n---------- Forwarded message ----------\n${lines.map((line) => oneLine(line, 20_000)).join("\n")}\n\n${body}\n`;
}

/** What a mailto: URL asks for (RFC 6068): recipients, subject and text; every other field is left out. */
export function fromMailto(url: string, from: string): Fields {
  const match = /^mailto:([^?]*)(?:\?(.*))?$/is.exec(url.slice(0, 20_000));
  const fields: Record<string, string> = { to: decoded(match?.[1] ?? "") };
  for (const pair of (match?.[2] ?? "").split("&")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const field = decoded(name).toLowerCase();
    if (!/^(?:to|cc|subject|body)$/.test(field)) continue;
    const before = fields[field];
    fields[field] = before && field !== "subject" && field !== "body" ? `${before}, ${decoded(value)}` : decoded(value);
  }
  const addresses = (text: string | undefined) =>
    formatAddressList(once(flatten(parseAddressList(text ?? "")), new Set()));
  return {
    ...emptyFields(from),
    to: addresses(fields.to),
    cc: addresses(fields.cc),
    subject: oneLine(fields.subject ?? "", LONGEST_SUBJECT),
    text: (fields.body ?? "").replace(/\r\n?/g, "\n").slice(0, 50_000),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The References of an answer (RFC 5322 §3.6.4), the oldest and the latest where there are many. */
export function referencesFor(message: StoredMessage): { inReplyTo: string | undefined; references: string[] } {
  const { messageId, references, inReplyTo } = message.envelope;
  const before = references.length > 0 ? references : inReplyTo.slice(0, 1);
  const all = [...new Set([...before, ...(messageId === undefined ? [] : [messageId])])].filter(
    (id) => id.length <= 250,
  );
  return { inReplyTo: messageId, references: all.length > 30 ? [all[0] ?? "", ...all.slice(-29)] : all };
}
