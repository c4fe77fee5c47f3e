/** A part while the parser is inside it, and its conversion to the finished Part. */

import { MAX_BOUNDARY } from "./boundaries.ts";
import { Header } from "./header.ts";
import { bytesOf, trimEndOctets } from "./octets.ts";
import { rawParameter } from "./parameters.ts";
import { type Content, defaultContent, readContent } from "./part-header.ts";
import type { Part, Structure } from "./structure.ts";

/** Encodings under which the octets of a container cannot be read as parts (RFC 2045 §6.4 forbids them there). */
const TRANSFORMED: ReadonlySet<string> = new Set(["base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue"]);

export class OpenPart {
  headerStart: number;
  bodyStart: number;
  bodyEnd = 0;
  lines = 0;
  content: Content;
  children: OpenPart[] = [];
  message: OpenPart | undefined;
  header: Header | undefined;
  opaque = false;
  /** Level of the boundary that this multipart waits for, or -1. */
  level = -1;
  /** Line ends of the whole message before this part's body. */
  #linesBefore = 0;
  readonly #isMessage: boolean;
  readonly #inDigest: boolean;

  constructor(headerStart: number, isMessage: boolean, inDigest = false) {
    this.headerStart = headerStart;
    this.bodyStart = headerStart;
    this.#isMessage = isMessage;
    this.#inDigest = inDigest;
    this.content = defaultContent(inDigest);
  }

  get isMultipart(): boolean {
    return this.content.type === "multipart";
  }

  get holdsMessage(): boolean {
    return this.content.type === "message" && (this.content.subtype === "rfc822" || this.content.subtype === "global");
  }

  /**
   * Reads the header and begins the body.
   *
   * @param mayOpen whether the limits allow to look into a container
   * @returns the boundary to wait for, "message" if a message begins, or undefined for a body without parts
   */
  beginBody(
    headerBytes: Uint8Array,
    at: number,
    linesBefore: number,
    mayOpen: boolean,
  ): Uint8Array | "message" | undefined {
    const header = new Header(headerBytes);
    this.content = readContent(header, this.#inDigest);
    if (this.#isMessage) this.header = header;
    this.bodyStart = at;
    this.#linesBefore = linesBefore;
    if (this.isMultipart) return this.#boundary(mayOpen);
    if (!this.holdsMessage) return undefined;
    this.opaque = !mayOpen || TRANSFORMED.has(this.content.encoding);
    return this.opaque ? undefined : "message";
  }

  #boundary(mayOpen: boolean): Uint8Array | undefined {
    const boundary = trimEndOctets(rawParameter(this.content.params, "boundary") ?? "");
    if (boundary === "" || boundary.length > MAX_BOUNDARY) this.#becomeText();
    else if (mayOpen) return bytesOf(boundary);
    else this.opaque = true;
    return undefined;
  }

  /** A multipart in which no part can be found is shown as the text it is (RFC 2045 §5.2), so that nothing is lost. */
  #becomeText(): void {
    this.content = { ...this.content, type: "text", subtype: "plain", params: [] };
  }

  /**
   * The body ends at `end`, or the part is empty. No offset may lie beyond `limit`, the end of what contains it: a
   * delimiter takes the line end before it even from a header.
   */
  close(end: number, limit: number, lines: number): void {
    this.headerStart = Math.min(this.headerStart, limit);
    this.bodyStart = Math.min(this.bodyStart, limit);
    this.bodyEnd = Math.max(end, this.bodyStart);
    this.lines = this.bodyEnd > this.bodyStart ? Math.max(0, lines - this.#linesBefore) : 0;
    if (this.#isMessage) this.header ??= new Header("");
    if (this.isMultipart && this.children.length === 0 && !this.opaque) this.#becomeText();
  }

  /** The finished part and all it contains. */
  finish(partNumber: string, messageNumber: string): Part {
    const prefix = this.#isMessage ? messageNumber : partNumber;
    const number = this.#isMessage ? join(messageNumber, this.children.length > 0 ? "TEXT" : "1") : partNumber;
    return {
      partNumber: number,
      headerStart: this.headerStart,
      bodyStart: this.bodyStart,
      bodyEnd: this.bodyEnd,
      lines: this.lines,
      ...this.content,
      children: this.children.map((child, index) => {
        const childNumber = join(prefix, String(index + 1));
        return child.finish(childNumber, childNumber);
      }),
      message: this.message?.finish("", number),
      header: this.header,
      opaque: this.opaque,
    };
  }
}

function join(prefix: string, number: string): string {
  return prefix === "" ? number : `${prefix}.${number}`;
}

/** The structure of a message that is complete. */
export function finishStructure(root: OpenPart, size: number): Structure {
  return { root: root.finish("", ""), size, headerBytes: bytesOf(root.header?.octets ?? "") };
}
