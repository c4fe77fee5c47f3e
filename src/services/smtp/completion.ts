/**
 * The header of submitted mail: adds Date, Message-ID and From where they are missing (RFC 6409 §8.1 to §8.3, RFC 5322 §3.6),
 * leaves out what must not travel (Bcc, RFC 5322 §3.6.3, and Return-Path, RFC 5321 §4.4), and refuses a From or Sender of
 * somebody else (RFC 6409 §6.1). Only the header is held back, within a limit; the rest of the message passes through untouched.
 */
import { flatten, parseAddressList } from "../../mime/addresses.ts";
import { formatDate } from "../../mime/dates.ts";
import { Header, type HeaderField } from "../../mime/header.ts";
import { Refusal } from "../../refusal.ts";

/** What takes the completed message. */
export interface Sink {
  write(octets: Uint8Array): Promise<void>;
}

/** What the completion has to know about the message's sender. */
export interface Sender {
  /** The envelope's reverse-path; "" adds no From. */
  readonly reversePath: string;
  /** Unique among all messages: the left side of a Message-ID that is missing. */
  readonly trace: string;
  readonly hostname: string;
  /** Whether an address of the From or Sender field is the sender's own; absent where any may stand. */
  mayBeFrom?(address: string): boolean;
}

/** A header with the addresses of two thousand recipients has some 150,000 octets. */
const HEADER_LIMIT = 1_048_576;
/** The fields that say who wrote a message, and who sent it for him. */
const AUTHORS = [
  ["from", "From"],
  ["sender", "Sender"],
] as const;
const NOT_SENT = new Set(["bcc", "resent-bcc", "return-path"]);
const EMPTY = Buffer.alloc(0);
const CR = 13;
const LF = 10;

export class HeaderCompletion {
  #room: Buffer = EMPTY;
  #length = 0;
  #passing = false;

  constructor(
    private readonly sender: Sender,
    private readonly sink: Sink,
  ) {}

  /** Takes octets of the message. Throws the Refusal of its header. */
  async write(octets: Uint8Array): Promise<void> {
    if (this.#passing) return await this.sink.write(octets);
    const from = Math.max(0, this.#length - 3);
    this.#hold(octets);
    const end = endOfHeader(this.#room.subarray(0, this.#length), from);
    if (end !== undefined || this.#length > HEADER_LIMIT) await this.#pass(end ?? this.#length);
  }

  /** Keeps octets until the header is complete; the room doubles, so that a slow sender's single octets cost little. */
  #hold(octets: Uint8Array): void {
    const needed = this.#length + octets.length;
    if (needed > this.#room.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#room.length * 2));
      larger.set(this.#room.subarray(0, this.#length));
      this.#room = larger;
    }
    this.#room.set(octets, this.#length);
    this.#length = needed;
  }

  /** The message is complete: what is still held back was all header. */
  async end(): Promise<void> {
    if (!this.#passing) await this.#pass(this.#length);
  }

  /** Sends the completed header, then what is held back of the body. */
  async #pass(end: number): Promise<void> {
    this.#passing = true;
    const held = this.#room.subarray(0, this.#length);
    this.#room = EMPTY;
    const { fieldsEnd, separated } = fieldsOf(held.subarray(0, end));
    if (fieldsEnd >= HEADER_LIMIT) throw new Refusal("tooLarge", "The header of the message is too large.");
    const header = new Header(held.subarray(0, fieldsEnd));
    this.#checkAuthors(header);
    const additions = this.#missing(header);
    const unwanted = header.fields.filter((field) => NOT_SENT.has(field.key));
    if (additions === "" && unwanted.length === 0 && separated) return await this.sink.write(held);
    for (const part of without(held.subarray(0, fieldsEnd), unwanted)) await this.sink.write(part);
    const separator = separated ? "" : "\r\n";
    if (additions + separator !== "") await this.sink.write(Buffer.from(additions + separator, "utf8"));
    if (fieldsEnd < held.length) await this.sink.write(held.subarray(fieldsEnd));
  }

  #checkAuthors(header: Header): void {
    const { mayBeFrom } = this.sender;
    if (!mayBeFrom) return;
    for (const [key, name] of AUTHORS) {
      for (const value of header.getAll(key)) {
        const authors = flatten(parseAddressList(value)).map(({ local, domain }) => `${local}@${domain}`);
        const stranger = authors.find((address) => !mayBeFrom.call(this.sender, address));
        if (stranger === undefined && authors.length > 0) continue;
        throw new Refusal("senderRefused", `You may not send with ${name}: ${stranger ?? "nobody"}.`);
      }
    }
  }

  /** The fields to add, with their line ends. */
  #missing(header: Header): string {
    const { reversePath, trace, hostname } = this.sender;
    let fields = "";
    if (!header.field("date")) fields += `Date: ${formatDate(Date.now(), -new Date().getTimezoneOffset())}\r\n`;
    if (!header.field("from") && reversePath !== "") fields += `From: <${reversePath}>\r\n`;
    if (!header.field("message-id")) fields += `Message-ID: <${trace}@${hostname}>\r\n`;
    return fields;
  }
}

/** Where the header ends, after its blank line; undefined if that has not come. A blank line may be the first. */
function endOfHeader(octets: Buffer, from: number): number | undefined {
  if (octets[0] === CR && octets[1] === LF) return 2;
  const blank = octets.indexOf("\r\n\r\n", from, "latin1");
  return blank < 0 ? undefined : blank + 4;
}

/**
 * Where the fields end, and whether a blank line follows them. A message may begin with text that is no field, or run
 * from fields into text without a blank line: then the fields end there, and the blank line is missing.
 */
function fieldsOf(head: Buffer): { fieldsEnd: number; separated: boolean } {
  let at = 0;
  while (at < head.length) {
    if (head[at] === CR && head[at + 1] === LF) return { fieldsEnd: at, separated: true };
    const lineEnd = head.indexOf(LF, at);
    const end = lineEnd < 0 ? head.length : lineEnd + 1;
    const folded = at > 0 && (head[at] === 32 || head[at] === 9);
    if (!folded && !isField(head, at, end)) break;
    at = end;
  }
  return { fieldsEnd: at, separated: false };
}

/** Whether a line begins with a field name and a colon (RFC 5322 §2.2; blanks before the colon are obsolete, §4.5). */
function isField(head: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && (head[at] as number) > 32 && (head[at] as number) < 127 && head[at] !== 58) at++;
  if (at === start) return false;
  while (at < end && (head[at] === 32 || head[at] === 9)) at++;
  return head[at] === 58;
}

/** The header without some of its fields. */
function* without(header: Buffer, fields: readonly HeaderField[]): Generator<Buffer> {
  let at = 0;
  for (const { start, end } of fields) {
    if (start > at) yield header.subarray(at, start);
    at = end;
  }
  if (at < header.length) yield header.subarray(at);
}
