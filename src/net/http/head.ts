/**
 * Heads of messages, from octets to values (RFC 9112 §2 to §5). Pure but for Sections, which takes them from a connection.
 * Strict where two readers could understand two things: a line ends with CRLF and nothing else, a name is followed by its colon at once,
 * a value is on one line. What is let through here is written anew when it is sent, never passed on as it came.
 */
import type { Connection } from "../connection.ts";
import type { Input } from "../input.ts";
import { Fields } from "./fields.ts";
import { Malformed } from "./malformed.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const CRLF = 2;

/** How large a head may be. */
export interface HeadLimits {
  /** Octets of one line, the first included. */
  readonly line: number;
  /** Octets of the whole section. */
  readonly section: number;
  /** Field lines. */
  readonly fields: number;
}

/** The first line of a request (RFC 9112 §3). */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** The minor version of HTTP/1: 0, or 1 for that and everything later. */
  readonly minor: 0 | 1;
}

/** The first line of a response (RFC 9112 §4). */
export interface StatusLine {
  readonly minor: 0 | 1;
  readonly status: number;
  readonly reason: string;
}

// Lines are tested and then cut: what `exec` gives would be as much garbage as what is wanted of it.
const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} [\x21-\x7e]+ HTTP\/\d\.\d$/;
const VERSION = "HTTP/1.1";
const MAJOR = "HTTP/".length;
const MINOR = "HTTP/1.".length;
const STATUS_LINE = /^HTTP\/1\.\d [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const STATUS_AT = "HTTP/1.1 ".length;
const REASON_AT = "HTTP/1.1 200 ".length;
const FIELD_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
/** The same within a section. */
const NEXT_FIELD = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n/y;

/** Reads a request line. @throws Malformed */
export function parseRequestLine(text: string): RequestLine {
  if (!REQUEST_LINE.test(text)) {
    throw new Malformed("The request does not begin with a method, a target and the version of HTTP.");
  }
  const space = text.indexOf(" ");
  const version = text.length - VERSION.length;
  if (text[version + MAJOR] !== "1") throw new Malformed("This server speaks HTTP/1.1.", 505);
  const minor = text[version + MINOR] === "0" ? 0 : 1;
  return { method: text.slice(0, space), target: text.slice(space + 1, version - 1), minor };
}

/** Reads a status line; a missing reason and the space before it are forgiven, as everywhere. @throws Malformed */
export function parseStatusLine(text: string): StatusLine {
  if (!STATUS_LINE.test(text)) throw new Malformed("The response does not begin with a status line of HTTP/1.");
  const minor = text[MINOR] === "0" ? 0 : 1;
  return { minor, status: Number(text.slice(STATUS_AT, STATUS_AT + 3)), reason: text.slice(REASON_AT) };
}

/** Reads one field line. @throws Malformed */
export function parseFieldLine(text: string, fields: Fields): void {
  if (!FIELD_LINE.test(text)) throw new Malformed(whatIsWrong(text));
  const colon = text.indexOf(":");
  fields.addParsed(text.slice(0, colon), trimmed(text, colon + 1, text.length));
}

/** A part of a text without the spaces and tabs around it: `trim` would take other octets, too. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(octet: number): boolean {
  return octet === SPACE || octet === TAB;
}

function whatIsWrong(line: string): string {
  // RFC 9112 §5.2: a proxy refuses folded lines, or would have to unfold them.
  if (line.startsWith(" ") || line.startsWith("\t")) return "A field is continued on a second line.";
  // RFC 9112 §5.1: readers have differed over this, with consequences.
  const colon = line.indexOf(":");
  if (colon > 0 && isBlank(line.charCodeAt(colon - 1))) return "There is a space between a field's name and its colon.";
  if (line.includes("\r")) return "A line holds a CR that does not end it.";
  if (colon < 0) return "A field has no colon.";
  return "A field's name or value holds characters that may not stand there.";
}

/**
 * Finds the end of a section of lines while its octets come, and refuses line ends that are not CRLF as soon as they do. A section
 * ends with an empty line.
 */
export class SectionScanner {
  /** Octets looked at. */
  #at = 0;
  #lineStart = 0;
  #lines = 0;

  constructor(private limits: HeadLimits) {}

  /** Looks at another section from here on. */
  begin(limits: HeadLimits): void {
    this.limits = limits;
    this.#at = 0;
    this.#lineStart = 0;
    this.#lines = 0;
  }

  /** Lines that are complete. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * Looks on in the octets of a section, which have grown since the last call.
   * @returns the octets of the section, its empty line included; undefined while it has not ended
   * @throws Malformed
   */
  scan(octets: Uint8Array): number | undefined {
    for (;;) {
      const end = octets.indexOf(LF, this.#at);
      this.#at = end < 0 ? octets.length : end + 1;
      if (this.#at - this.#lineStart > this.limits.line + 2) throw new Malformed("A line is too long.", 431);
      if (this.#at > this.limits.section) throw new Malformed("The header section is too large.", 431);
      if (end < 0) return undefined;
      // RFC 9112 §2.2 allows to take a bare LF for a line end; those who do not and those who do would see two messages.
      if (end === 0 || octets[end - 1] !== CR) throw new Malformed("A line ends with LF alone.");
      if (end - this.#lineStart === 1) return this.#at;
      this.#lineStart = this.#at;
      if (++this.#lines > this.limits.fields + 1) throw new Malformed("There are too many fields.", 431);
    }
  }
}

/** Octets as Latin-1 text. */
export function latin1(octets: Uint8Array, length = octets.length): string {
  return Buffer.prototype.latin1Slice.call(octets, 0, length);
}

/** The first line of a section, as far as it is there. */
export function firstLine(section: string): string {
  return section.slice(0, section.indexOf("\r\n"));
}

/** The fields of a section that ends with its empty line. @param at where they begin @throws Malformed */
export function parseFields(section: string, at = 0): Fields {
  const fields = new Fields();
  const lower = section.toLowerCase();
  for (let from = at; from < section.length - CRLF; from = NEXT_FIELD.lastIndex) {
    NEXT_FIELD.lastIndex = from;
    if (!NEXT_FIELD.test(section)) throw new Malformed(whatIsWrong(section.slice(from, section.indexOf("\r\n", from))));
    const colon = section.indexOf(":", from);
    const end = NEXT_FIELD.lastIndex;
    if (isAsSent(section, colon, end)) fields.addLine(lower.slice(from, colon), section.slice(from, end));
    else fields.addParsed(section.slice(from, colon), trimmed(section, colon + 1, end - CRLF));
  }
  return fields;
}

/** Whether a line is already what would be written for it: one space behind the colon, and no other blanks around the value. */
function isAsSent(section: string, colon: number, end: number): boolean {
  const first = colon + 2;
  const last = end - CRLF - 1;
  if (section.charCodeAt(colon + 1) !== SPACE) return false;
  return first > last || !(isBlank(section.charCodeAt(first)) || isBlank(section.charCodeAt(last)));
}

/** How a section is read. */
export interface SectionReading {
  readonly limits: HeadLimits;
  /** Longest time from its first octets to its end, in milliseconds. */
  readonly ms: number;
}

/**
 * The sections that come one after the other on a connection: what `Connection.readBy` is given. What is received behind one stays with the
 * connection. The time is for the whole of it, so that it cannot be fed by single octets.
 */
export class Sections {
  readonly #scanner: SectionScanner;
  #reading: SectionReading;
  #due = 0;

  constructor(
    private readonly connection: Connection,
    reading: SectionReading,
  ) {
    this.#reading = reading;
    this.#scanner = new SectionScanner(reading.limits);
  }

  /** The next section is read like this. */
  begin(reading: SectionReading): void {
    this.#reading = reading;
    this.#due = 0;
    this.#scanner.begin(reading.limits);
  }

  /** True once some of it has come. */
  get begun(): boolean {
    return this.#due > 0;
  }

  /** Lines that are complete. */
  get lines(): number {
    return this.#scanner.lines;
  }

  /** The section as text, its empty line included; undefined while it has not ended. @throws Malformed */
  take(input: Input): string | undefined {
    if (input.length === 0) return undefined;
    const octets = input.look();
    const length = this.#scanner.scan(octets);
    if (length === undefined) {
      const now = performance.now();
      if (this.#due === 0) this.#due = now + this.#reading.ms;
      this.connection.deadline(Math.max(1, this.#due - now));
      return undefined;
    }
    const text = latin1(octets, length);
    input.skip(length);
    this.#scanner.begin(this.#reading.limits);
    return text;
  }
}
