/**
 * Delivery status notifications: what a sender is told about his message (RFC 3464, in the frame of RFC 6522). A report has a part
 * for people, one for programs, and the message or its header. Pure: gives what stands before and after the message, so that
 * a large one never has to be in memory.
 *
 * RFC 3461 §6 (what goes into which field), RFC 3834 §5 (Auto-Submitted), RFC 6533 (addresses beyond ASCII).
 */
import { Header } from "../mime/header.ts";
import { decodeWords } from "../mime/words.ts";
import { mailDate } from "./received.ts";
import { printable } from "./send/reply.ts";

/**
 * What happened (RFC 3464 §2.3.3); `relayed`: handed to a server that sends no reports itself; `expanded`: sent on to several others
 * (RFC 3461 §5.2.7.3).
 */
export type ReportKind = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

/** One recipient's part of a report. */
export interface ReportedRecipient {
  readonly address: string;
  /** `type;address`, decoded. */
  readonly orcpt?: string | undefined;
  /** Enhanced status code: "5.1.1". */
  readonly status: string;
  /** The server that answered. */
  readonly remote?: string | undefined;
  /** Its reply as it was: "550 5.1.1 No such user". */
  readonly reply?: string | undefined;
  /** What happened, for a person. */
  readonly sentence: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly lastAttempt?: number | undefined;
  readonly retryUntil?: number | undefined;
}

/** The message that a report is about. */
export interface ReportedMessage {
  readonly reversePath: string;
  readonly envid?: string | undefined;
  readonly arrivedAt: number;
  readonly helo?: string | undefined;
  /** Its header with the blank line. */
  readonly header: Uint8Array;
  /** The whole message stands in the report; otherwise its header alone. */
  readonly full: boolean;
}

export interface ReportInput {
  readonly kind: ReportKind;
  /** This server's name. */
  readonly hostname: string;
  /** Who the report is from. */
  readonly from: string;
  readonly now: number;
  /** Unique within this host; makes the Message-ID and the boundary. */
  readonly id: string;
  readonly recipients: readonly ReportedRecipient[];
  readonly message: ReportedMessage;
}

/** A report: `head`, then the octets of the message if it is to be returned in full, then `tail`. */
export interface Report {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** Octets of a returned header; more helps nobody. */
const MOST_HEADER = 32_768;

const SUBJECTS: Record<ReportKind, string> = {
  failed: "Your message could not be delivered",
  delayed: "Your message is delayed",
  delivered: "Your message was delivered",
  relayed: "Your message was passed on",
  expanded: "Your message was passed on",
};

const OPENINGS: Record<ReportKind, string> = {
  failed: "Your message could not be delivered to:",
  delayed: "Your message could not be delivered yet to:",
  delivered: "Your message was put into the mailbox of:",
  relayed: "Your message was passed on to another server, which will not report its delivery, for:",
  expanded: "Your message was sent on to those who get the mail of:",
};

const CLOSINGS: Record<ReportKind, string> = {
  failed: "No further attempt will be made for these addresses.",
  delayed: "You need not send it again: further attempts will be made by themselves.",
  delivered: "",
  relayed: "",
  expanded: "",
};

/** Composes a report. */
export function composeReport(input: ReportInput): Report {
  const { message } = input;
  const boundary = `report-${input.id}`;
  const eightBit = message.full || hasHighOctet(message.header);
  const header = message.full ? undefined : cutHeader(message.header);
  const lines = [
    `From: Mail delivery <${input.from}>`,
    `To: <${message.reversePath}>`,
    `Subject: ${SUBJECTS[input.kind]}`,
    `Date: ${mailDate(input.now)}`,
    `Message-ID: <${input.id}@${input.hostname}>`,
    ...inReplyTo(message.header),
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    ...textPart(input),
    `--${boundary}`,
    "Content-Type: message/delivery-status",
    "",
    statusPart(input),
    `--${boundary}`,
    `Content-Type: ${returnedType(message)}`,
    ...(eightBit ? ["Content-Transfer-Encoding: 8bit"] : []),
    "",
    "",
  ];
  const head = Buffer.from(lines.join("\r\n"), "utf8");
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return { head: header === undefined ? head : Buffer.concat([head, header]), tail };
}

/** RFC 6533 §4: a header with UTF-8 may only stand in the types made for it. */
function returnedType(message: ReportedMessage): string {
  const international = hasHighOctet(message.header);
  if (message.full) return international ? "message/global" : "message/rfc822";
  return international ? "message/global-headers" : "text/rfc822-headers";
}

function textPart(input: ReportInput): string[] {
  const text = humanText(input);
  if (!/[^\x00-\x7f]/.test(text)) return ["Content-Type: text/plain; charset=us-ascii", "", text];
  const base64 = Buffer.from(text, "utf8").toString("base64");
  return [
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    base64.replace(/.{76}/g, "$&\r\n"),
  ];
}

function humanText({ kind, hostname, message, recipients }: ReportInput): string {
  const paragraphs = [`This is the mail server ${hostname}.`, OPENINGS[kind]];
  for (const one of recipients) paragraphs.push(`    ${one.address}\r\n${wrap(printable(one.sentence), "        ")}`);
  const subject = subjectOf(message.header);
  const about = [`Sent: ${mailDate(message.arrivedAt)}`, ...(subject === "" ? [] : [`Subject: ${subject}`])];
  paragraphs.push(about.join("\r\n"));
  const until = recipients.find((one) => one.retryUntil !== undefined)?.retryUntil;
  if (kind === "delayed" && until !== undefined) {
    paragraphs.push(
      `${CLOSINGS.delayed}\r\nIf it cannot be delivered by ${mailDate(until)}, it will come back to you.`,
    );
  } else if (CLOSINGS[kind] !== "") paragraphs.push(CLOSINGS[kind]);
  paragraphs.push(message.full ? "The message is attached." : "The header of the message is attached.");
  return `${paragraphs.join("\r\n\r\n")}\r\n`;
}

/** The fields of RFC 3464 §2.2 and §2.3. */
function statusPart(input: ReportInput): string {
  const { message } = input;
  const fields = [
    field("Reporting-MTA", `dns; ${input.hostname}`),
    ...(message.envid === undefined ? [] : [field("Original-Envelope-Id", ascii(message.envid))]),
    ...(message.helo === undefined ? [] : [field("Received-From-MTA", `dns; ${ascii(message.helo)}`)]),
    field("Arrival-Date", mailDate(message.arrivedAt)),
    "",
  ];
  for (const recipient of input.recipients) fields.push(...recipientFields(input.kind, recipient), "");
  return fields.join("\r\n");
}

function recipientFields(kind: ReportKind, recipient: ReportedRecipient): string[] {
  const { orcpt, remote, reply, lastAttempt, retryUntil } = recipient;
  const fields: string[] = [];
  if (orcpt !== undefined) {
    const cut = orcpt.indexOf(";");
    fields.push(field("Original-Recipient", `${ascii(orcpt.slice(0, cut))}; ${ascii(orcpt.slice(cut + 1))}`));
  }
  fields.push(field("Final-Recipient", addressField(recipient.address)));
  fields.push(field("Action", kind), field("Status", recipient.status));
  if (remote !== undefined) fields.push(field("Remote-MTA", `dns; ${ascii(remote)}`));
  if (reply !== undefined) fields.push(field("Diagnostic-Code", `smtp; ${ascii(reply)}`));
  if (lastAttempt !== undefined) fields.push(field("Last-Attempt-Date", mailDate(lastAttempt)));
  if (kind === "delayed" && retryUntil !== undefined) fields.push(field("Will-Retry-Until", mailDate(retryUntil)));
  return fields;
}

/** RFC 6533 §3: beyond ASCII the type is utf-8, in the form that may stand in an ASCII part. */
function addressField(address: string): string {
  if (!/[^\x00-\x7f]/.test(address)) return `rfc822; ${ascii(address)}`;
  const escaped = address.replace(
    /[\\+=]|[^\x21-\x7e]/gu,
    (one) => `\\x{${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
  return `utf-8; ${escaped}`;
}

/** A field, folded at blanks (RFC 5322 §2.2.3). */
function field(name: string, value: string): string {
  return wrap(`${name}: ${value}`, "", " ");
}

/** One line, whatever was in it, and ASCII. */
function ascii(text: string): string {
  return printable(text).replace(/[^\x20-\x7e]/gu, "?");
}

function wrap(text: string, indent: string, further = indent): string {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > 78) {
      lines.push(line);
      line = further + word;
    } else line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join("\r\n");
}

function hasHighOctet(bytes: Uint8Array): boolean {
  for (const octet of bytes) if (octet > 127) return true;
  return false;
}

/** The header without its blank line, cut at a line end where it is very long. */
function cutHeader(header: Uint8Array): Uint8Array {
  let end = Math.min(header.length, MOST_HEADER);
  if (end < header.length) end = Buffer.from(header.buffer, header.byteOffset, end).lastIndexOf(10) + 1;
  while (end > 0 && (header[end - 1] === 10 || header[end - 1] === 13)) end--;
  return Buffer.concat([header.subarray(0, end), Buffer.from("\r\n")]);
}

function subjectOf(header: Uint8Array): string {
  const subject = printable(decodeWords(new Header(header).get("subject") ?? ""));
  return subject.length > 200 ? `${subject.slice(0, 199)}…` : subject;
}

function inReplyTo(header: Uint8Array): string[] {
  const id = new Header(header).get("message-id") ?? "";
  return /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/.test(id) ? [`In-Reply-To: ${id}`, `References: ${id}`] : [];
}
