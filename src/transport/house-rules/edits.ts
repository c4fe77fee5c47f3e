/**
 * Changes to a message on its way in: a mark in front of its subject, files renamed or replaced by a text, a warning in front of it.
 * They are replacements of octets by others, in order, so that a message of any size streams through. What is signed or encrypted is
 * never touched: whoever checks it must find it as it was. Pure.
 *
 * RFC 2045 §5, RFC 2046 §5.1 (parts), RFC 2183 (names), RFC 1847 and RFC 8551 (what is signed or encrypted).
 */
import type { FileFinding } from "../../filter/attachments/look.ts";
import { Header } from "../../mime/header.ts";
import { bytesOf, octetsOf } from "../../mime/octets.ts";
import { encodeBody } from "../../mime/quoted.ts";
import { type Part, type Structure, walk } from "../../mime/structure.ts";
import { decodeWords } from "../../mime/words.ts";
import { parameterField, textField } from "../../mime/write.ts";

/** Octets of a message that others take the place of. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly octets: Uint8Array;
}

/** What is to be changed. */
export interface Wishes {
  /** What stands in front of the subject. */
  readonly mark: string;
  /** Files that get another ending. */
  readonly rename: ReadonlySet<FileFinding>;
  /** Files in whose place a text stands, and the text. */
  readonly remove: ReadonlyMap<FileFinding, string>;
  /** What is said in front of the message; "" for nothing. */
  readonly warning: string;
}

/** A header longer than this is left as it is, and the part with it. */
const LONGEST_HEADER = 262_144;

/** Whether a message is signed or encrypted, in all or in part. */
export function isSealed({ root }: Structure): boolean {
  let sealed = false;
  walk(root, ({ type, subtype }) => {
    sealed ||= type === "multipart" && (subtype === "signed" || subtype === "encrypted");
    sealed ||= type === "application" && /^(?:x-)?pkcs7-mime$/.test(subtype);
  });
  return sealed;
}

/**
 * The replacements that do it, in order and none within another.
 * @param octets of the message, from the start; read once
 * @param id makes the boundary; unique
 */
export async function editsFor(
  structure: Structure,
  wishes: Wishes,
  octets: AsyncIterable<Uint8Array>,
  id: string,
): Promise<Edit[]> {
  const { root } = structure;
  const changed = new Set([...wishes.rename, ...wishes.remove.keys()].map(({ part }) => part));
  if (wishes.mark !== "" || wishes.warning !== "") changed.add(root);
  const original = await headersOf(changed, octets);
  const headers = new Map<Part, string>();
  const bodies = new Map<Part, Uint8Array>();
  const headerOf = (part: Part) => headers.get(part) ?? original.get(part);
  for (const { part, name } of wishes.rename) {
    const header = headerOf(part);
    if (header !== undefined) headers.set(part, renamed(header, name));
  }
  for (const [{ part }, text] of wishes.remove) {
    const header = headerOf(part);
    if (header === undefined) continue;
    const { encoding, body } = encodeBody(text);
    headers.set(part, replaced(header, encoding));
    bodies.set(part, bytesOf(part === root ? `${body}\r\n` : body));
  }
  if (wishes.mark !== "") {
    const header = headerOf(root);
    if (header !== undefined) headers.set(root, marked(header, wishes.mark));
  }
  const edits = [...headers].map(([part, text]) => ({ ...headerPlace(part), octets: bytesOf(text) }));
  for (const [part, octets] of bodies) edits.push({ start: part.bodyStart, end: part.bodyEnd, octets });
  if (wishes.warning !== "") wrap(structure, edits, wishes.warning, { header: headerOf(root), id });
  let end = 0;
  // What lies in a part that is gone is gone with it.
  return edits
    .sort((left, right) => left.start - right.start || left.end - right.end)
    .filter((edit) => {
      if (edit.start < end) return false;
      end = edit.end;
      return true;
    });
}

/** The octets of a message with edits made. */
export async function* edited(octets: AsyncIterable<Uint8Array>, edits: readonly Edit[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  let next = 0;
  for await (const chunk of octets) {
    const end = at + chunk.length;
    let from = at;
    for (let edit = edits[next]; edit !== undefined && edit.start < end; edit = edits[next]) {
      if (edit.start > from) yield chunk.subarray(from - at, edit.start - at);
      // What is put in goes once, when its place is reached.
      if (edit.start >= at) yield edit.octets;
      from = Math.min(end, Math.max(from, edit.end));
      if (edit.end > end) break;
      next++;
    }
    if (from < end) yield chunk.subarray(from - at);
    at = end;
  }
  for (const edit of edits.slice(next)) if (edit.start >= at) yield edit.octets;
}

function headerPlace({ headerStart, bodyStart }: Part): { start: number; end: number } {
  return { start: headerStart, end: bodyStart };
}

/** The headers of parts with their blank lines, as octet strings; without those that are too long. */
async function headersOf(parts: ReadonlySet<Part>, octets: AsyncIterable<Uint8Array>): Promise<Map<Part, string>> {
  const wanted = [...parts]
    .filter(({ headerStart, bodyStart }) => bodyStart - headerStart <= LONGEST_HEADER)
    .sort((left, right) => left.headerStart - right.headerStart);
  const headers = new Map(wanted.map((part) => [part, ""]));
  let at = 0;
  let next = 0;
  for await (const chunk of octets) {
    const end = at + chunk.length;
    for (let part = wanted[next]; part !== undefined && part.headerStart < end; part = wanted[next]) {
      const piece = chunk.subarray(Math.max(0, part.headerStart - at), part.bodyStart - at);
      headers.set(part, `${headers.get(part)}${octetsOf(piece)}`);
      if (part.bodyStart > end) break;
      next++;
    }
    at = end;
    if (next === wanted.length) break;
  }
  return headers;
}

/** A header taken apart: its fields that `isGone` does not name, and the others. */
function parted(text: string, isGone: (key: string) => boolean): { readonly kept: string; readonly gone: string } {
  let kept = "";
  let gone = "";
  for (const { key, start, end } of new Header(text).fields) {
    const field = text.slice(start, end);
    const whole = field.endsWith("\n") ? field : `${field}\r\n`;
    if (isGone(key)) gone += whole;
    else kept += whole;
  }
  return { kept, gone };
}

/** The same file under a name that nothing opens by itself. */
function renamed(header: string, name: string): string {
  const { kept } = parted(header, (key) => key === "content-type" || key === "content-disposition");
  const safe = `${name || "attachment"}.txt`;
  return `${kept}${parameterField("Content-Type", "application/octet-stream", { name: safe })}${parameterField("Content-Disposition", "attachment", { filename: safe })}\r\n`;
}

/** The header of a text that stands where a file was. */
function replaced(header: string, encoding: string): string {
  const { kept } = parted(header, (key) => key.startsWith("content-"));
  return `${kept}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\nContent-Disposition: inline\r\n\r\n`;
}

/** The subject with a mark in front of it, once however often the message comes through. */
function marked(header: string, mark: string): string {
  const all = new Header(header);
  const subject = decodeWords(all.get("subject") ?? "");
  if (subject.includes(mark.trim())) return header;
  const { kept } = parted(header, (key) => key === "subject");
  return `${kept}${textField("Subject", `${mark.trimEnd()} ${subject}`.trimEnd())}\r\n`;
}

/**
 * Puts the message behind a text, as the second part of a multipart: what it was made of stays as it is, whatever that is.
 * The header's own edit, if there is one, is taken up.
 */
function wrap(
  { root, size }: Structure,
  edits: { start: number; end: number; octets: Uint8Array }[],
  warning: string,
  { header, id }: { readonly header: string | undefined; readonly id: string },
): void {
  if (header === undefined) return;
  const at = edits.findIndex((edit) => edit.start === root.headerStart && edit.end === root.bodyStart);
  const text = at === -1 ? header : octetsOf(edits.splice(at, 1)[0]?.octets ?? new Uint8Array(0));
  const { kept, gone } = parted(text, (key) => key.startsWith("content-"));
  const version = new Header(kept).field("mime-version") === undefined ? "MIME-Version: 1.0\r\n" : "";
  const boundary = `=_warning-${id}`;
  const { encoding, body } = encodeBody(warning);
  // RFC 2045 §6.4: what holds such octets says so itself.
  const [transfer = ""] = /^content-transfer-encoding:\s*(?:8bit|binary)\s*$/im.exec(gone) ?? [];
  const front = [
    `${kept}${version}${transfer === "" ? "" : `${transfer.trim()}\r\n`}Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Transfer-Encoding: ${encoding}`,
    "Content-Disposition: inline",
    "",
    body,
    `--${boundary}`,
    `${gone}\r\n`,
  ].join("\r\n");
  edits.push({ ...headerPlace(root), octets: bytesOf(front) });
  edits.push({ start: size, end: size, octets: bytesOf(`\r\n--${boundary}--\r\n`) });
}
