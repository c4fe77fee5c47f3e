/**
 * Heads of messages, from octets to values (RFC 9112 §2 to §5). Pure but for readSection, which takes them from a connection.
 * Strict where two readers could understand two things: a line ends with CRLF and nothing else, a name is followed by its colon at once,
 * a value is on one line. What is let through here is written anew when it is sent, never passed on as it came.
 */
import type { Connection } from "../../net/connection.ts";
import { join } from "../../net/input.ts";
import { Fields } from "./fields.ts";
import { Malformed } from "./problem.ts";

const LF = 10;
const CR = 13;
const READ = 64 * 1024;

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

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/** Reads a request line. @throws Malformed */
export function parseRequestLine(text: string): RequestLine {
  const parts = REQUEST_LINE.exec(text);
  if (!parts) throw new Malformed("The request does not begin with a method, a target and the version of HTTP.");
  const [, method = "", target = "", major, minor] = parts;
  if (major !== "1") throw new Malformed("This proxy speaks HTTP/1.1.", 505);
  return { method, target, minor: minor === "0" ? 0 : 1 };
}

/** Reads a status line; a missing reason and the space before it are forgiven, as everywhere. @throws Malformed */
export function parseStatusLine(text: string): StatusLine {
  const parts = STATUS_LINE.exec(text);
  if (!parts) throw new Malformed("The response does not begin with a status line of HTTP/1.");
  const [, minor, status, reason = ""] = parts;
  return { minor: minor === "0" ? 0 : 1, status: Number(status), reason };
}

/** Reads one field line. @throws Malformed */
export function parseFieldLine(text: string, fields: Fields): void {
  const parts = FIELD_LINE.exec(text);
  if (!parts) throw new Malformed(whatIsWrong(text));
  fields.addParsed(parts[1] as string, trimEnd(parts[2] as string));
}

/** Spaces and tabs only: `trim` would take other octets, too. */
function trimEnd(value: string): string {
  let end = value.length;
  while (end > 0 && (value.charCodeAt(end - 1) === 32 || value.charCodeAt(end - 1) === 9)) end--;
  return end === value.length ? value : value.slice(0, end);
}

function whatIsWrong(line: string): string {
  // RFC 9112 §5.2: a proxy refuses folded lines, or would have to unfold them.
  if (line.startsWith(" ") || line.startsWith("\t")) return "A field is continued on a second line.";
  // RFC 9112 §5.1: readers have differed over this, with consequences.
  if (/^[^:]*[ \t]+:/.test(line)) return "There is a space between a field's name and its colon.";
  if (line.includes("\r")) return "A line holds a CR that does not end it.";
  if (!line.includes(":")) return "A field has no colon.";
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

  constructor(private readonly limits: HeadLimits) {}

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

/** The lines of a section as text, without its empty line. */
export function linesOf(section: Uint8Array): string[] {
  if (section.length <= 2) return [];
  // CRLF of the last line and the empty line are left out; a CR elsewhere fails the grammar of its line.
  const end = section.length - 4;
  return Buffer.from(section.buffer, section.byteOffset, end).toString("latin1").split("\r\n");
}

/** The fields in lines of a section. @throws Malformed */
export function parseFields(lines: readonly string[], from = 0): Fields {
  const fields = new Fields();
  for (let at = from; at < lines.length; at++) parseFieldLine(lines[at] as string, fields);
  return fields;
}

/** How a section is read. */
export interface SectionReading {
  readonly limits: HeadLimits;
  /** Longest wait for its first octets, in milliseconds. */
  readonly firstMs: number;
  /** Longest time from there to its end, in milliseconds. */
  readonly ms: number;
  /** The octets that come first, where somebody is reading them already. */
  readonly first?: Promise<Uint8Array> | undefined;
}

/**
 * Reads lines up to an empty one; what was received behind it stays with the connection. The time is for the whole of it, so
 * that it cannot be fed by single octets.
 * @throws Malformed, ConnectionClosed, DeadlineExceeded
 */
export async function readSection(connection: Connection, reading: SectionReading): Promise<string[]> {
  const { limits, firstMs, ms, first } = reading;
  const scanner = new SectionScanner(limits);
  connection.deadline(firstMs);
  let octets = await (first ?? connection.readSome(READ));
  const due = performance.now() + ms;
  for (;;) {
    const length = scanner.scan(octets);
    if (length !== undefined) {
      connection.unread(octets.subarray(length));
      return linesOf(octets.subarray(0, length));
    }
    connection.deadline(Math.max(1, due - performance.now()));
    octets = join(octets, await connection.readSome(READ));
  }
}
