/**
 * The compact form in which the mail store keeps a structure: every offset, and all that BODYSTRUCTURE needs. Of inner
 * messages it keeps the envelope fields; the outermost header is not in it (it is the start of the message).
 *
 * Version 1: numbers are LEB128, offsets count from the previous one, a string is its length plus the size of the
 * table of common words, or the index of such a word.
 */

import { ENVELOPE_FIELDS } from "./envelope.ts";
import { Header } from "./header.ts";
import { bytesOf, octetsOf } from "./octets.ts";
import type { Parameter } from "./parameters.ts";
import type { Disposition, Part, Structure } from "./structure.ts";

const VERSION = 1;

/** Part of the format: entries may be added only with a new version. */
const COMMON = [
  "",
  "text",
  "plain",
  "html",
  "multipart",
  "alternative",
  "mixed",
  "related",
  "signed",
  "report",
  "application",
  "octet-stream",
  "pdf",
  "pgp-signature",
  "image",
  "jpeg",
  "png",
  "gif",
  "message",
  "rfc822",
  "delivery-status",
  "7bit",
  "8bit",
  "binary",
  "base64",
  "quoted-printable",
  "charset",
  "utf-8",
  "UTF-8",
  "us-ascii",
  "US-ASCII",
  "iso-8859-1",
  "ISO-8859-1",
  "windows-1252",
  "boundary",
  "format",
  "flowed",
  "delsp",
  "yes",
  "no",
  "name",
  "name*",
  "filename",
  "filename*",
  "attachment",
  "inline",
  "type",
  "text/html",
  "text/plain",
  "size",
  "micalg",
  "protocol",
  "report-type",
  "calendar",
  "method",
  "REQUEST",
];
const COMMON_INDEX: ReadonlyMap<string, number> = new Map(COMMON.map((word, index) => [word, index]));

/** Which optional members of a part follow. */
const HAS = {
  params: 1,
  disposition: 2,
  id: 4,
  description: 8,
  md5: 16,
  language: 32,
  location: 64,
  opaque: 128,
  message: 256,
};

/** A stored structure that cannot be read: the store is damaged, or written by a newer version. */
export class StoredStructureError extends Error {
  override readonly name = "StoredStructureError";
}

/** The stored form of a structure. */
export function encodeStructure(structure: Structure): Uint8Array {
  const writer = new Writer();
  writer.number(VERSION);
  writer.number(structure.size);
  encodePart(writer, structure.root, 0);
  return writer.bytes();
}

/**
 * Reads the stored form.
 *
 * @param headerBytes the outermost header, from offset 0 to `root.bodyStart`, if the envelope of the message is wanted
 * @throws StoredStructureError if the bytes are not a stored structure
 */
export function decodeStructure(bytes: Uint8Array, headerBytes?: Uint8Array): Structure {
  const reader = new Reader(bytes);
  const version = reader.number();
  if (version !== VERSION) throw new StoredStructureError(`stored structure has version ${version}, not ${VERSION}`);
  const size = reader.number();
  const header = headerBytes && new Header(headerBytes);
  const root = decodePart(reader, { from: 0, limit: size, number: "", isMessage: true, header });
  reader.end();
  return { root, size, headerBytes: headerBytes ?? new Uint8Array(0) };
}

function encodePart(writer: Writer, part: Part, from: number): void {
  const has =
    (part.params.length > 0 ? HAS.params : 0) |
    (part.disposition ? HAS.disposition : 0) |
    (part.id !== undefined ? HAS.id : 0) |
    (part.description !== undefined ? HAS.description : 0) |
    (part.md5 !== undefined ? HAS.md5 : 0) |
    (part.language ? HAS.language : 0) |
    (part.location !== undefined ? HAS.location : 0) |
    (part.opaque ? HAS.opaque : 0) |
    (part.message ? HAS.message : 0);
  writer.number(has);
  writer.number(part.headerStart - from);
  writer.number(part.bodyStart - part.headerStart);
  writer.number(part.bodyEnd - part.bodyStart);
  writer.number(part.lines);
  writer.string(part.type);
  writer.string(part.subtype);
  writer.string(part.encoding);
  if (part.params.length > 0) encodeParams(writer, part.params);
  if (part.disposition) {
    writer.string(part.disposition.type);
    encodeParams(writer, part.disposition.params);
  }
  if (part.id !== undefined) writer.string(part.id);
  if (part.description !== undefined) writer.string(part.description);
  if (part.md5 !== undefined) writer.string(part.md5);
  if (part.language) {
    writer.number(part.language.length);
    for (const tag of part.language) writer.string(tag);
  }
  if (part.location !== undefined) writer.string(part.location);
  writer.number(part.children.length);
  let at = part.bodyStart;
  for (const child of part.children) {
    encodePart(writer, child, at);
    at = child.bodyEnd;
  }
  if (part.message) {
    writer.string(envelopeFields(part.message));
    encodePart(writer, part.message, part.bodyStart);
  }
}

function encodeParams(writer: Writer, params: readonly Parameter[]): void {
  writer.number(params.length);
  for (const { name, value } of params) {
    writer.string(name);
    writer.string(value);
  }
}

/** The fields of an inner message that its ENVELOPE is made from. */
function envelopeFields({ header }: Part): string {
  let octets = "";
  for (const field of header?.fields ?? []) {
    if (!ENVELOPE_FIELDS.has(field.key)) continue;
    octets += (header as Header).octets.slice(field.start, field.end);
    if (!octets.endsWith("\n")) octets += "\r\n";
  }
  return octets;
}

interface Place {
  /** Offsets count from here … */
  readonly from: number;
  /** … and end here. */
  readonly limit: number;
  /** Number of the part, or of the part that holds this message. */
  readonly number: string;
  readonly isMessage: boolean;
  readonly header: Header | undefined;
}

function decodePart(reader: Reader, place: Place): Part {
  const has = reader.number();
  const headerStart = reader.offset(place.from, place.limit);
  const bodyStart = reader.offset(headerStart, place.limit);
  const bodyEnd = reader.offset(bodyStart, place.limit);
  const lines = reader.offset(0, bodyEnd - bodyStart);
  const type = reader.string();
  const subtype = reader.string();
  const encoding = reader.string();
  const params = has & HAS.params ? decodeParams(reader) : [];
  const disposition: Disposition | undefined =
    has & HAS.disposition ? { type: reader.string(), params: decodeParams(reader) } : undefined;
  const id = has & HAS.id ? reader.string() : undefined;
  const description = has & HAS.description ? reader.string() : undefined;
  const md5 = has & HAS.md5 ? reader.string() : undefined;
  const language = has & HAS.language ? reader.list(() => reader.string()) : undefined;
  const location = has & HAS.location ? reader.string() : undefined;
  let at = bodyStart;
  let index = 0;
  const children = reader.list(() => {
    index++;
    const number = place.number === "" ? String(index) : `${place.number}.${index}`;
    const child = decodePart(reader, { from: at, limit: bodyEnd, number, isMessage: false, header: undefined });
    at = child.bodyEnd;
    return child;
  });
  const own = children.length > 0 ? "TEXT" : "1";
  const partNumber = !place.isMessage ? place.number : place.number === "" ? own : `${place.number}.${own}`;
  const message =
    has & HAS.message ? decodeMessage(reader, { from: bodyStart, limit: bodyEnd, number: partNumber }) : undefined;
  return {
    partNumber,
    headerStart,
    bodyStart,
    bodyEnd,
    lines,
    type,
    subtype,
    params,
    encoding,
    disposition,
    id,
    description,
    md5,
    language,
    location,
    children,
    message,
    header: place.header,
    opaque: (has & HAS.opaque) !== 0,
  };
}

function decodeMessage(reader: Reader, place: Pick<Place, "from" | "limit" | "number">): Part {
  const header = new Header(reader.string());
  return decodePart(reader, { ...place, isMessage: true, header });
}

function decodeParams(reader: Reader): Parameter[] {
  return reader.list(() => ({ name: reader.string(), value: reader.string() }));
}

class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  string(octets: string): void {
    const common = COMMON_INDEX.get(octets);
    if (common !== undefined) {
      this.number(common);
      return;
    }
    this.number(octets.length + COMMON.length);
    this.#reserve(octets.length);
    this.#bytes.set(bytesOf(octets), this.#length);
    this.#length += octets.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}

/** Containers nest no deeper than the parser's limit; more means damage. */
const MAX_DEPTH = 1000;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const octet = this.#bytes[this.#at++];
      if (octet === undefined) throw new StoredStructureError("stored structure ends too soon");
      value += (octet & 127) * scale;
      if (octet < 128) return value;
      scale *= 128;
    }
    throw new StoredStructureError("stored structure has a number that is too large");
  }

  offset(from: number, limit: number): number {
    const offset = from + this.number();
    if (offset > limit) throw new StoredStructureError(`stored structure has offset ${offset} beyond ${limit}`);
    return offset;
  }

  string(): string {
    const code = this.number();
    if (code < COMMON.length) return COMMON[code] as string;
    const end = this.#at + code - COMMON.length;
    if (end > this.#bytes.length) throw new StoredStructureError("stored structure has a string beyond its end");
    const octets = octetsOf(this.#bytes, this.#at, end);
    this.#at = end;
    return octets;
  }

  list<T>(item: () => T): T[] {
    const count = this.number();
    if (count > this.#bytes.length - this.#at)
      throw new StoredStructureError("stored structure has a list beyond its end");
    if (++this.#depth > MAX_DEPTH) throw new StoredStructureError("stored structure is nested too deeply");
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item());
    this.#depth--;
    return items;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new StoredStructureError("stored structure has something after its end");
  }
}
