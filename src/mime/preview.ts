/** The first words of a message, for lists of messages (RFC 8970). */

import { htmlToText } from "./html.ts";
import type { Part, Structure } from "./structure.ts";
import { decodeText, isHtml, type ReadOctets } from "./text.ts";

/** RFC 8970 §3.1: at most 200 characters. */
const LONGEST = 200;
/** What is read of a part, in octets: 200 characters in any encoding; before those of HTML much may stand that nobody sees. */
const READ = 4_096;
const READ_HTML = 65_536;
/** How many octets of a part are read for each character of text: encoding and charset make it longer. */
const OCTETS_PER_CHARACTER = 6;
/** Texts that are written for programs. */
const FOR_PROGRAMS: ReadonlySet<string> = new Set([
  "calendar",
  "vcard",
  "x-vcard",
  "directory",
  "rfc822-headers",
  "css",
]);
/** Text parts that are looked at until one says something. */
const MOST_PARTS = 8;

/** The first words of what a reader would be shown, on one line; empty where a message says nothing. */
export function previewOf(structure: Structure, read: ReadOctets): string {
  let looked = 0;
  for (const part of shown(structure.root)) {
    if (++looked > MOST_PARTS) break;
    const words = wordsOf(part, read);
    if (words !== "") return words;
  }
  return "";
}

/** The first text of what a reader would be shown, with its lines; HTML as text. At most `limit` characters. */
export function shownText(structure: Structure, read: ReadOctets, limit: number): string {
  for (const part of shown(structure.root)) {
    const html = isHtml(part);
    const end = Math.min(part.bodyEnd, part.bodyStart + Math.max(limit * OCTETS_PER_CHARACTER, READ_HTML));
    const text = decodeText(part, read(part.bodyStart, end));
    return (html ? htmlToText(text, limit) : text.slice(0, limit)).toWellFormed();
  }
  return "";
}

/** Text parts in the order in which they are worth being shown: what is attached is not, plain text before HTML. */
function* shown(part: Part): Generator<Part> {
  if (part.disposition?.type === "attachment") return;
  if (part.message !== undefined) yield* shown(part.message);
  else if (part.type === "text" && !FOR_PROGRAMS.has(part.subtype)) yield part;
  const { children } = part;
  const rank = (child: Part) => (child.type === "text" ? Number(isHtml(child)) : 2);
  const ordered = part.subtype === "alternative" ? [...children].sort((a, b) => rank(a) - rank(b)) : children;
  for (const child of ordered) yield* shown(child);
}

function wordsOf(part: Part, read: ReadOctets): string {
  const html = isHtml(part);
  const end = Math.min(part.bodyEnd, part.bodyStart + (html ? READ_HTML : READ));
  const text = decodeText(part, read(part.bodyStart, end));
  return oneLine(html ? htmlToText(text, 2 * LONGEST) : own(text));
}

/** What the author wrote himself: no quotes and no signature, unless there is nothing else. */
function own(text: string): string {
  const [body = ""] = text.split(/^-- \r?$/m, 1);
  const unquoted = body.replace(/^>.*$/gm, "");
  return /\S/.test(unquoted) ? unquoted : text;
}

function oneLine(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length <= LONGEST
    ? line
    : Array.from(line.slice(0, 2 * LONGEST))
        .slice(0, LONGEST)
        .join("")
        .trimEnd();
}
