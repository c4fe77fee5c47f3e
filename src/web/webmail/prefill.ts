/** What stands in a new message at first: a reply's recipients and quotation, a forwarded message's text, what a mailto: link asks for. */

import type { Draft } from "../../../views/webmail/compose.tsx";
import { formats, t } from "../../../views/words/words.ts";
import type { Identity } from "../../directory/identities.ts";
import { type Address, flatten, parseAddressList } from "../../mime/addresses.ts";
import { formatAddressList, formatSpec } from "../../mime/write.ts";
import { linesAsHtml, plainText, quotation, textAsHtml } from "./letter-text.ts";
import type { StoredMessage } from "./message.ts";
import { oneLine } from "./names.ts";

/** The fields of the form. `html` is a letter's (tidy.ts), and empty where the format is plain. */
export type Fields = Pick<
  Draft,
  "from" | "to" | "cc" | "bcc" | "subject" | "format" | "text" | "html" | "priority" | "receipt"
>;

/** What a message is about another. */
export type About = "reply" | "all" | "forward" | "enclose";

/** Who writes, and how. */
export interface Writer {
  /** As whom he may write, the default first. */
  readonly identities: readonly Identity[];
  readonly format: Draft["format"];
}

/** What a message says, to be quoted. */
export interface Said {
  readonly text: string;
  /** With its formatting, tidied; undefined where it has none. */
  readonly html: string | undefined;
}

const LONGEST_QUOTE = 200_000;
const LONGEST_SUBJECT = 900;
const MOST_RECIPIENTS = 500;

/** A letter with these words, and the signature of the address it is sent from. */
export function begun({ identities, format }: Writer, from: string, words: Words = NO_WORDS): Fields {
  const signature = signatureOf(identities.find(({ address }) => address === from));
  const html = format === "rich" ? words.html + signature.html + words.htmlBelow : "";
  return {
    ...{ from, to: "", cc: "", bcc: "", subject: "", priority: "", receipt: false, format, html },
    text: format === "rich" ? plainText(html) : words.text + signature.text + words.textBelow,
  };
}

/** What stands above a signature and below it, in both forms. */
interface Words {
  readonly text: string;
  readonly html: string;
  readonly textBelow: string;
  readonly htmlBelow: string;
}

const NO_WORDS: Words = { text: "", html: "<div><br></div>", textBelow: "", htmlBelow: "" };

/** A signature as it stands in a letter, behind the line of two dashes and a blank (RFC 3676 §4.3); "" where there is none. */
export function signatureOf(identity: Pick<Identity, "signature" | "signatureHtml"> | undefined): {
  readonly text: string;
  readonly html: string;
} {
  const { signature = "", signatureHtml = "" } = identity ?? {};
  const text = signature || plainText(signatureHtml);
  if (text.trim() === "") return { text: "", html: "" };
  const formatted = signatureHtml || linesAsHtml(signature.split("\n"));
  return { text: `\n\n-- \n${text}\n`, html: `<div><br></div><div data-signature="">--&nbsp;<br>${formatted}</div>` };
}

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

/** An answer or a forwarded message. */
export function prefilled(about: About, message: StoredMessage, said: Said, writer: Writer): Fields {
  const { envelope } = message;
  const own = writer.identities.map(({ address }) => address);
  const mine = new Map(own.map((address) => [address.toLowerCase(), address]));
  const reached = flatten([...envelope.to, ...envelope.cc]).find((address) => mine.has(key(address)));
  const authors = flatten(envelope.from);
  // To one's own message, the answer goes to whom it went.
  const isMine = authors.some((address) => mine.has(key(address)));
  const named = isMine ? authors.map(key).find((address) => mine.has(address)) : reached && key(reached);
  const from = mine.get(named ?? "") ?? own[0] ?? "";
  if (about === "forward" || about === "enclose") {
    const subject = withPrefix("Fwd: ", /^\s*(?:fwd?|wg)\s*:/i, envelope.subject);
    return { ...begun(writer, from, about === "forward" ? forwarded(message, said) : NO_WORDS), subject };
  }
  const answered = isMine
    ? flatten(envelope.to)
    : flatten(envelope.replyTo.length > 0 ? envelope.replyTo : envelope.from);
  const to = once(answered, new Set());
  const others = about === "all" ? [...flatten(envelope.to), ...flatten(envelope.cc)] : [];
  const cc = once(others, new Set([...mine.keys(), ...to.map(key)]));
  return {
    ...begun(writer, from, quoted(message, said)),
    to: formatAddressList(to),
    cc: formatAddressList(cc),
    subject: withPrefix("Re: ", /^\s*(?:re|aw|antw|sv)(?:\[\d+\])?\s*:/i, envelope.subject),
  };
}

function withPrefix(prefix: string, present: RegExp, subject: string): string {
  const line = oneLine(subject, LONGEST_SUBJECT);
  return present.test(line) ? line : `${prefix}${line}`;
}

function quoted(message: StoredMessage, said: Said): Words {
  const author = flatten(message.envelope.from)[0];
  const name = author === undefined ? t("somebody") : oneLine(author.name || formatSpec(author), 200);
  const at = message.envelope.date?.time ?? message.internalDate;
  const intro = t("On {date}, {name} wrote:", { date: dateWords(at), name });
  const text = withoutSignature(said.text.slice(0, LONGEST_QUOTE));
  const lines = text.split("\n").map((line) => (line === "" || line.startsWith(">") ? `>${line}` : `> ${line}`));
  return {
    ...NO_WORDS,
    textBelow: `\n\n${intro}\n${lines.join("\n")}\n`,
    htmlBelow: `<div><br></div>${linesAsHtml([intro])}${quotation(said.html ?? textAsHtml(text))}<div><br></div>`,
  };
}

const dateWords = (at: number): string => `${formats().dateAndYear(at)}, ${formats().clock(at)}`;

/** Without the sender's signature and without empty lines at the end: nobody answers those. */
function withoutSignature(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n");
  const signature = lines.search(/(?:^|\n)-- ?\n/);
  return (signature > 0 ? lines.slice(0, signature) : lines).trimEnd();
}

function forwarded(message: StoredMessage, said: Said): Words {
  const { envelope } = message;
  const people = (list: typeof envelope.to) => formatAddressList(list.slice(0, MOST_RECIPIENTS));
  const lines = [
    `---------- ${t("Forwarded message")} ----------`,
    `${t("From")}: ${people(envelope.from)}`,
    `${t("Date")}: ${dateWords(envelope.date?.time ?? message.internalDate)}`,
    `${t("Subject")}: ${oneLine(envelope.subject, LONGEST_SUBJECT)}`,
    `${t("To")}: ${people(envelope.to)}`,
    ...(envelope.cc.length > 0 ? [`Cc: ${people(envelope.cc)}`] : []),
  ].map((line) => oneLine(line, 20_000));
  const body = said.text.slice(0, LONGEST_QUOTE).replace(/\r\n?/g, "\n").trimEnd();
  return {
    ...NO_WORDS,
    textBelow: `\n\n${lines.join("\n")}\n\n${body}\n`,
    htmlBelow: linesAsHtml(["", ...lines, ""]) + (said.html ?? textAsHtml(body)),
  };
}

/** What a mailto: URL asks for (RFC 6068): recipients, subject and text; every other field is left out. */
export function fromMailto(url: string, writer: Writer): Fields {
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
  const text = (fields.body ?? "").replace(/\r\n?/g, "\n").slice(0, 50_000);
  const words = text === "" ? NO_WORDS : { ...NO_WORDS, text, html: textAsHtml(text) };
  return {
    ...begun(writer, writer.identities[0]?.address ?? "", words),
    to: addresses(fields.to),
    cc: addresses(fields.cc),
    subject: oneLine(fields.subject ?? "", LONGEST_SUBJECT),
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
