/** Where the sections of a message are that IMAP names (RFC 9051 §6.4.5.1): BODY[…], BINARY[…]. */

import { Header } from "./header.ts";
import { bytesOf } from "./octets.ts";
import { findPart, type Part, type Structure } from "./structure.ts";

/** What of a part is meant; without it, its body. */
export type SectionText = "HEADER" | "HEADER.FIELDS" | "HEADER.FIELDS.NOT" | "TEXT" | "MIME";

/** A section: `[2.1.MIME]` is `{ path: [2, 1], text: "MIME" }`, `[]` is `{ path: [] }`. */
export interface Section {
  readonly path: readonly number[];
  readonly text?: SectionText;
  /** The names of HEADER.FIELDS and HEADER.FIELDS.NOT, in any case. */
  readonly fields?: readonly string[];
}

/** Octets of a message, from `start` (inclusive) to `end` (exclusive). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The octets of a section, or undefined if the message has no such section. For HEADER.FIELDS and HEADER.FIELDS.NOT
 * it is the header to select from with `selectFields`.
 */
export function locateSection(structure: Structure, section: Section): Range | undefined {
  const { path, text } = section;
  if (path.length === 0 && text === undefined) return { start: 0, end: structure.size };
  const part = path.length === 0 ? structure.root : findPart(structure.root, path);
  if (!part) return undefined;
  if (text === undefined) return bodyRange(part);
  if (text === "MIME") return path.length === 0 ? undefined : headerRange(part);
  // HEADER and TEXT are of a whole message: the outermost, or the one inside a message/rfc822 part.
  const message = path.length === 0 ? part : part.message;
  if (!message) return undefined;
  return text === "TEXT" ? bodyRange(message) : headerRange(message);
}

/**
 * The fields of a header with one of these names (or, with `others`, those with none of them) as they stand, in their
 * order, and the blank line, unless the header has none itself (RFC 9051 §6.4.5.1).
 */
export function selectFields(headerBytes: Uint8Array, names: readonly string[], others: boolean): Uint8Array {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const header = new Header(headerBytes);
  let selected = "";
  for (const field of header.fields) {
    if (wanted.has(field.key) !== others) selected += header.octets.slice(field.start, field.end);
  }
  return bytesOf(BLANK_LINE_AT_END.test(header.octets) ? `${selected}\r\n` : selected);
}

const BLANK_LINE_AT_END = /(?:^|\n)\r?\n$/;

function bodyRange(part: Part): Range {
  return { start: part.bodyStart, end: part.bodyEnd };
}

function headerRange(part: Part): Range {
  return { start: part.headerStart, end: part.bodyStart };
}
