/** A message as a script sees it: header, parts and text, each read when it is first asked for. */

import { Header } from "../mime/header.ts";
import { htmlToText } from "../mime/html.ts";
import { bytesOf, octetsOf } from "../mime/octets.ts";
import { type Part, walk } from "../mime/structure.ts";
import { decodeText, isHtml } from "../mime/text.ts";
import { decodeBody } from "../mime/transfer.ts";
import { Value } from "./comparators.ts";
import { Fields } from "./fields.ts";
import type { Piece, Rewritten } from "./outcome.ts";
import type { SieveMessage } from "./surroundings.ts";

const NOTHING = new Uint8Array(0);
const CRLF = "\r\n";

/** Octets of the message that others stand for. */
interface Replaced {
  readonly start: number;
  readonly end: number;
  readonly octets: Uint8Array;
}

export class MessageView {
  readonly fields: Fields;
  /** The first octets of the message, once a script that looks into the body runs. */
  #octets: Uint8Array | undefined;
  readonly #parts = new Map<Part, Fields>();
  readonly #texts = new Map<Part, string>();
  readonly #bodies = new Map<string, Value>();
  #raw: string | undefined;
  /** What stands for octets of the body (RFC 5703 §5), in their order. */
  #replaced: readonly Replaced[] = [];
  /** The body that encloses the message (RFC 5703 §6). */
  #enclosed: readonly Piece[] | undefined;
  #rewritten: { readonly version: number; readonly value: Rewritten } | undefined;

  constructor(private readonly message: SieveMessage) {
    this.fields = new Fields(message.structure.root.header ?? new Header(message.structure.headerBytes));
  }

  get root(): Part {
    return this.message.structure.root;
  }

  /** Octets of the message as it came (RFC 5228 §5.9). */
  get size(): number {
    return this.message.structure.size;
  }

  /** Whether all of the header is known: of one that is longer than the parser keeps, the rest would be lost. */
  get isHeaderWhole(): boolean {
    const { header, headerStart, bodyStart } = this.root;
    return header !== undefined && header.octets.length >= bodyStart - headerStart;
  }

  get isLoaded(): boolean {
    return this.#octets !== undefined;
  }

  /** Reads the first octets of the message, `most` of them. */
  async load(most: number): Promise<void> {
    this.#octets ??= await this.message.read(0, Math.min(this.size, most));
  }

  /** The fields of a part; those of the whole message are the ones that may be changed. */
  fieldsOf(part: Part): Fields {
    if (part === this.root) return this.fields;
    let fields = this.#parts.get(part);
    if (fields === undefined) {
      fields = new Fields(new Header(this.#slice(part.headerStart, part.bodyStart)));
      this.#parts.set(part, fields);
    }
    return fields;
  }

  /** The body as it came, transfer encoding and all (RFC 5173 §5.1). */
  get raw(): string {
    this.#raw ??= Buffer.from(this.#slice(this.root.bodyStart, this.size)).toString("utf8");
    return this.#raw;
  }

  /** The decoded text of a part that is no multipart; HTML stays as it is. */
  contentOf(part: Part): string {
    let text = this.#texts.get(part);
    if (text === undefined) {
      const octets = this.#slice(part.bodyStart, part.bodyEnd);
      text =
        part.type === "text"
          ? decodeText(part, octets)
          : Buffer.from(decodeBody(octets, part.encoding)).toString("utf8");
      this.#texts.set(part, text);
    }
    return text;
  }

  /** The text that a person reads in a text part: HTML without its markup. */
  textOf(part: Part): string {
    const text = this.contentOf(part);
    return isHtml(part) ? htmlToText(text, text.length) : text;
  }

  /** A text of a part as a value, made once. @param form tells one text of the same part from another */
  value(part: Part, form: string, text: () => string): Value {
    const key = `${form} ${part.headerStart}`;
    let value = this.#bodies.get(key);
    if (value === undefined) {
      value = new Value(text(), "The text");
      this.#bodies.set(key, value);
    }
    return value;
  }

  /** What stands before the first and behind the last part of a multipart, or in the header of an inner message (RFC 5173 §5.2). */
  around(part: Part): string[] {
    if (part.message) return [this.#text(part.message.headerStart, part.message.bodyStart)];
    const [first] = part.children;
    const last = part.children.at(-1);
    if (first === undefined || last === undefined) return [];
    // The delimiter lines belong to neither.
    const prologue = this.#text(part.bodyStart, first.headerStart).replace(/(?:\r?\n|^)--[^\n]*\n$/, "");
    const epilogue = this.#text(last.bodyEnd, part.bodyEnd).replace(/^\r?\n--[^\n]*(?:\n|$)/, "");
    return [prologue, epilogue];
  }

  /** All parts, the message itself first. */
  parts(from: Part = this.root): Part[] {
    const parts: Part[] = [];
    walk(from, (part) => parts.push(part));
    return parts;
  }

  /** Puts other octets in the place of some of the body. What is inside of octets that are already gone is gone too. */
  replace(start: number, end: number, octets: Uint8Array): void {
    if (this.#enclosed || this.#replaced.some((one) => one.start <= start && one.end >= end)) return;
    const others = this.#replaced.filter((one) => one.end <= start || one.start >= end);
    this.#replaced = [...others, { start, end, octets }].sort((a, b) => a.start - b.start);
    this.fields.version++;
  }

  /** Makes another body of the whole message as it is now; the header is to be changed to suit by `fields`. */
  enclose(before: Uint8Array, after: Uint8Array): void {
    this.#enclosed = [before, this.#head(), ...this.#body(), after];
    this.fields.version++;
  }

  /** The body as it is now. */
  #body(): readonly Piece[] {
    if (this.#enclosed) return this.#enclosed;
    const pieces: Piece[] = [];
    let at = this.root.bodyStart;
    for (const { start, end, octets } of this.#replaced) {
      if (start > at) pieces.push({ start: at, end: start });
      pieces.push(octets);
      at = end;
    }
    if (at < this.size) pieces.push({ start: at, end: this.size });
    return pieces;
  }

  #head(): Uint8Array {
    const fields = this.fields.all().map(({ octets }) => (octets.endsWith("\n") ? octets : octets + CRLF));
    return bytesOf(fields.join("") + CRLF);
  }

  /** The message as it was changed up to now; undefined if it was not. */
  get rewritten(): Rewritten | undefined {
    const { version } = this.fields;
    if (version === 0) return undefined;
    if (this.#rewritten?.version !== version) {
      this.#rewritten = { version, value: { pieces: [this.#head(), ...this.#body()] } };
    }
    return this.#rewritten?.value;
  }

  #slice(start: number, end: number): Uint8Array {
    return this.#octets?.subarray(start, end) ?? NOTHING;
  }

  #text(start: number, end: number): string {
    return octetsOf(this.#slice(start, end));
  }
}
