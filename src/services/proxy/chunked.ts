/**
 * The chunked transfer coding (RFC 9112 §7.1), decoded from octets however they are cut, and written anew. Pure.
 * Chunk extensions are read and left out (§7.1.1: a recipient ignores those it does not know); their length is limited, since they
 * have been used to hold servers busy. Sizes are hexadecimal digits and nothing else, lines end with CRLF and nothing else.
 */
import { Fields } from "../../net/http/fields.ts";
import { type HeadLimits, parseFieldLine } from "../../net/http/head.ts";
import { Malformed } from "../../net/http/malformed.ts";

const LF = 10;
const CR = 13;
/** Octets of a line with a chunk's size and its extensions. */
const SIZE_LINE = 256;
/** Octets of extensions that one content may have in all. */
const EXTENSIONS = 16 * 1024;
/** RFC 9112 §7.1: a size, and perhaps extensions, which hold no control characters; whitespace before ";" is not let through. */
const SIZE = /^([0-9A-Fa-f]{1,13})(;[\t\x20-\x7e\x80-\xff]*)?$/;

/** Reads the line before a chunk. @throws Malformed */
export function parseChunkSize(line: string): number {
  const parts = SIZE.exec(line);
  if (!parts) throw new Malformed("The size of a chunk is malformed.");
  return Number.parseInt(parts[1] as string, 16);
}

/** Decodes a content in the chunked coding. */
export class ChunkedDecoder {
  /** The trailer section, there once all was read. */
  readonly trailers = new Fields();
  #state: "size" | "data" | "cr" | "lf" | "trailer" | "done" = "size";
  /** Octets of the chunk still to come. */
  #missing = 0;
  #line = "";
  #extensions = 0;
  #trailerOctets = 0;

  constructor(private readonly limits: HeadLimits) {}

  /** True once the last chunk and the trailers were read. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes octets; those of the content are given to `content`.
   * @returns how many were taken: fewer than there are only when the content has ended
   * @throws Malformed
   */
  push(octets: Uint8Array, content: (piece: Uint8Array) => void): number {
    let at = 0;
    while (at < octets.length && this.#state !== "done") {
      if (this.#state === "data") {
        const piece = octets.subarray(at, at + this.#missing);
        at += piece.length;
        this.#missing -= piece.length;
        content(piece);
        if (this.#missing === 0) this.#state = "cr";
      } else if (this.#state === "cr" || this.#state === "lf") at = this.#chunkEnd(octets, at);
      else at = this.#readLine(octets, at);
    }
    return at;
  }

  #chunkEnd(octets: Uint8Array, at: number): number {
    if (octets[at] !== (this.#state === "cr" ? CR : LF)) throw new Malformed("A chunk is longer than its size says.");
    this.#state = this.#state === "cr" ? "lf" : "size";
    return at + 1;
  }

  #readLine(octets: Uint8Array, at: number): number {
    const end = octets.indexOf(LF, at);
    const stop = end < 0 ? octets.length : end + 1;
    const limit = this.#state === "size" ? SIZE_LINE : this.limits.line;
    if (this.#line.length + stop - at > limit + 2) throw new Malformed("A line of a chunked content is too long.");
    this.#line += Buffer.from(octets.buffer, octets.byteOffset + at, stop - at).toString("latin1");
    if (end < 0) return stop;
    if (!this.#line.endsWith("\r\n")) throw new Malformed("A line of a chunked content ends with LF alone.");
    const line = this.#line.slice(0, -2);
    this.#line = "";
    if (this.#state === "size") this.#sizeLine(line);
    else this.#trailerLine(line);
    return stop;
  }

  #sizeLine(line: string): void {
    this.#missing = parseChunkSize(line);
    const semicolon = line.indexOf(";");
    if (semicolon >= 0) this.#extensions += line.length - semicolon;
    if (this.#extensions > EXTENSIONS) throw new Malformed("There are too many chunk extensions.");
    this.#state = this.#missing > 0 ? "data" : "trailer";
  }

  #trailerLine(line: string): void {
    if (line === "") {
      this.#state = "done";
      return;
    }
    this.#trailerOctets += line.length + 2;
    if (this.#trailerOctets > this.limits.section || this.trailers.size >= this.limits.fields) {
      throw new Malformed("The trailer section is too large.", 431);
    }
    parseFieldLine(line, this.trailers);
  }
}

const END = Buffer.from("0\r\n\r\n");
const CRLF = Buffer.from("\r\n");

/** One chunk, as three pieces that leave together. */
export function chunk(piece: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  return [Buffer.from(`${piece.length.toString(16)}\r\n`, "latin1"), piece, CRLF];
}

/** The end of a chunked content with its trailers. */
export function lastChunk(trailers: Fields | undefined): Uint8Array {
  if (trailers === undefined || trailers.size === 0) return END;
  return Buffer.from(`0\r\n${trailers}\r\n`, "latin1");
}
