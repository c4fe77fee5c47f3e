/** The text in a message: what a search looks through. */

import { fileNameOf } from "./attachments.ts";
import { decodeCharset } from "./charset.ts";
import { Header } from "./header.ts";
import { htmlToText } from "./html.ts";
import { rawParameter } from "./parameters.ts";
import type { Part, Structure } from "./structure.ts";
import { decodeBody } from "./transfer.ts";
import { decodeOctetWords } from "./words.ts";

/** Gives octets `start` (inclusive) to `end` (exclusive) of the message. */
export type ReadOctets = (start: number, end: number) => Uint8Array;

/** How many octets of a part are read for each character that is wanted: encoding, charset and markup make it longer. */
const OCTETS_PER_CHARACTER = 6;

/**
 * All text of a message's body to search in: every text part with HTML as text, all alternatives, attached text, inner
 * messages with their headers, and the names of attachments. One part after the other, each on lines of its own.
 *
 * @param limit characters at most; no more octets are read than that calls for
 */
export function textOf(structure: Structure, read: ReadOctets, limit: number): string {
  const gatherer = new Gatherer(read, limit);
  gatherer.everything(structure.root);
  return gatherer.text;
}

/** The decoded text of a text part, HTML as text, at most `limit` characters. */
function partText(part: Part, read: ReadOctets, limit: number): string {
  const end = Math.min(part.bodyEnd, part.bodyStart + limit * OCTETS_PER_CHARACTER);
  const text = decodeText(part, read(part.bodyStart, end));
  return isHtml(part) ? htmlToText(text, limit) : text.slice(0, limit);
}

/** The octets of a text part's body as text: transfer encoding and charset undone. */
export function decodeText(part: Part, bytes: Uint8Array): string {
  return decodeCharset(decodeBody(bytes, part.encoding), rawParameter(part.params, "charset"));
}

/** A header to search in: every field on a line, unfolded and decoded. */
export function headerText(headerBytes: Uint8Array | Header): string {
  const header = headerBytes instanceof Header ? headerBytes : new Header(headerBytes);
  let text = "";
  for (const field of header.fields) {
    const name = header.octets.slice(field.start, field.valueStart);
    text += `${name} ${decodeOctetWords(header.octetsOf(field))}\n`;
  }
  return text;
}

/** Whether a text part is HTML. */
export function isHtml(part: Part): boolean {
  return part.subtype === "html" || part.subtype === "xhtml+xml";
}

class Gatherer {
  text = "";
  readonly #read: ReadOctets;
  readonly #limit: number;

  constructor(read: ReadOctets, limit: number) {
    this.#read = read;
    this.#limit = limit;
  }

  get #room(): number {
    return this.#limit - this.text.length;
  }

  everything(part: Part): void {
    if (this.#room <= 0) return;
    for (const child of part.children) this.everything(child);
    if (part.message) {
      this.#add(headerText(part.message.header ?? new Header("")));
      this.everything(part.message);
    } else if (part.children.length === 0) {
      this.#add(fileNameOf(part));
      if (part.type === "text") this.part(part);
    }
  }

  part(part: Part): void {
    if (this.#room > 0) this.#add(partText(part, this.#read, this.#room));
  }

  #add(text: string): void {
    if (text === "" || this.#room <= 0) return;
    this.text += (this.text === "" || this.text.endsWith("\n") ? text : `\n${text}`).slice(0, this.#room);
  }
}
