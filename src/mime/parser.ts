/**
 * Finds the parts of a message while its octets arrive, in one pass and in linear time, keeping nothing but headers.
 * The way in for every message: transport feeds it what it receives, mailstore what is appended. RFC 2045, RFC 2046,
 * RFC 5322; lines may end in CRLF or LF.
 *
 * Lines are found with `indexOf` on bytes. In a header every line matters (a blank one ends it, a delimiter cuts it
 * short); in a body only those that begin with "--", and only while a multipart is open. What a line means depends on
 * its first few octets alone; only these are held over from one piece to the next.
 */

import { Boundaries, DELIMITER_OCTETS } from "./boundaries.ts";
import { HeadBuffer } from "./head-buffer.ts";
import { plainView } from "./octets.ts";
import { finishStructure, OpenPart } from "./open-part.ts";
import { DEFAULT_LIMITS, type Structure, type StructureLimits } from "./structure.ts";

const LF = 10;
const CR = 13;
const DASH = 45;
const NOTHING = new Uint8Array(0);

/** Instead of a length: inside a line of a body that is no delimiter. */
const NO_CANDIDATE = -1;

/** Parses one message: `write` its octets in pieces of any size, then `end`. No input makes it throw. */
export class StructureParser {
  readonly #limits: StructureLimits;
  readonly #boundaries = new Boundaries();
  /** The parts around the current position, outermost first. */
  readonly #path: OpenPart[] = [new OpenPart(0, true)];
  readonly #root = this.#path[0] as OpenPart;
  readonly #head: HeadBuffer;
  #parts = 1;
  #state: "header" | "body" | "delimiter" = "header";
  /** After the delimiter line: whether another part begins. */
  #partFollows = false;
  /** Octets before the current piece. */
  #offset = 0;
  /** Line ends up to the place reached. */
  #lines = 0;
  /** The two octets before the current piece. */
  #last = 0;
  #secondLast = 0;
  /** Octets of the line under way that came in earlier pieces, or NO_CANDIDATE. */
  #lineLength = 0;
  /** Its first octets, and the length of the line end before it. */
  readonly #held = new Uint8Array(DELIMITER_OCTETS);
  #heldEol = 0;

  constructor(limits: Partial<StructureLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#head = new HeadBuffer(this.#limits);
  }

  /** Takes the next octets of the message. The piece is not kept. */
  write(bytes: Uint8Array): void {
    const piece = plainView(bytes);
    const length = piece.length;
    if (length === 0) return;
    let at = 0;
    while (at < length) {
      if (this.#state === "header") at = this.#header(piece, at);
      else if (this.#state === "body") at = this.#body(piece, at);
      else at = this.#delimiterRest(piece, at);
    }
    this.#offset += length;
    this.#secondLast = length > 1 ? (piece[length - 2] as number) : this.#last;
    this.#last = piece[length - 1] as number;
  }

  /** The message is complete: gives its structure. */
  end(): Structure {
    if (this.#state !== "delimiter" && this.#lineLength > 0) this.#lastLine();
    while (this.#state === "header") this.#endHeader(this.#head.take(NOTHING, 0, 0), this.#offset);
    this.#close(0, this.#offset, this.#offset, this.#lines);
    return finishStructure(this.#root, this.#offset);
  }

  /** A last line without a line end may be a delimiter too. */
  #lastLine(): void {
    const level = this.#boundaries.match(this.#held, 0, this.#heldLength());
    if (!this.#accepts(level)) return;
    const lineStart = this.#offset - this.#lineLength;
    if (this.#state === "header") {
      this.#head.backToMark();
      this.#endHeader(this.#head.take(NOTHING, 0, 0), lineStart);
    }
    this.#delimiter(level, lineStart, this.#heldEol);
  }

  /** Reads header lines from `start`; gives the place it reached. */
  #header(piece: Uint8Array, start: number): number {
    let at = start;
    for (let lf = piece.indexOf(LF, at); lf >= 0; lf = piece.indexOf(LF, at)) {
      const begunEarlier = this.#lineLength > 0;
      if (begunEarlier) this.#hold(piece, at, lf);
      const line = begunEarlier ? this.#held : piece;
      const from = begunEarlier ? 0 : at;
      const length = begunEarlier ? this.#lineLength : lf - at;
      const lineStart = this.#offset + lf - length;
      this.#lineLength = 0;
      if (length === 0 || (length === 1 && line[from] === CR)) {
        this.#lines++;
        this.#endHeader(this.#head.take(piece, start, lf + 1), this.#offset + lf + 1);
        return lf + 1;
      }
      if (line[from] === DASH && this.#boundaries.size > 0) {
        const level = this.#boundaries.match(line, from, from + Math.min(length, DELIMITER_OCTETS));
        if (this.#accepts(level)) {
          const eol = begunEarlier ? this.#heldEol : this.#eolBefore(piece, at);
          if (begunEarlier) this.#head.backToMark();
          this.#endHeader(this.#head.take(piece, start, begunEarlier ? start : at), lineStart);
          this.#delimiter(level, lineStart, eol);
          return lf;
        }
      }
      this.#lines++;
      at = lf + 1;
    }
    this.#keepHeader(piece, start, at);
    return piece.length;
  }

  /** The piece ends inside a header: keeps what belongs to it; `lineAt` is where the last line (or its rest) begins. */
  #keepHeader(piece: Uint8Array, start: number, lineAt: number): void {
    this.#head.append(piece, start, lineAt);
    if (this.#lineLength === 0) {
      this.#head.mark();
      this.#heldEol = this.#eolBefore(piece, lineAt);
    }
    this.#head.append(piece, lineAt, piece.length);
    this.#hold(piece, lineAt, piece.length);
  }

  /** A header is complete; `at` is where its body begins. */
  #endHeader(header: Uint8Array, at: number): void {
    const part = this.#path[this.#path.length - 1] as OpenPart;
    const mayOpen = this.#path.length <= this.#limits.depth && this.#parts < this.#limits.parts;
    const inside = part.beginBody(header, at, this.#lines, mayOpen);
    this.#state = "body";
    if (inside === "message") {
      part.message = new OpenPart(at, true);
      this.#open(part.message);
    } else if (inside) {
      part.level = this.#boundaries.size;
      this.#boundaries.push(inside);
    }
  }

  #open(part: OpenPart): void {
    this.#path.push(part);
    this.#parts++;
    this.#state = "header";
    this.#lineLength = 0;
  }

  /** Passes over a body from `start` to a delimiter or the end of the piece; gives the place it reached. */
  #body(piece: Uint8Array, start: number): number {
    const watching = this.#boundaries.size > 0;
    if (watching && this.#lineLength >= 0 && this.#candidate(piece, start)) return this.#afterCandidate(piece, start);
    let lines = this.#lines;
    for (let lf = piece.indexOf(LF, start); lf >= 0; lf = piece.indexOf(LF, lf + 1)) {
      lines++;
      if (!watching) continue;
      const next = piece[lf + 1];
      if (next !== DASH && next !== undefined) continue;
      this.#lines = lines;
      this.#lineLength = 0;
      if (this.#candidate(piece, lf + 1)) return this.#afterCandidate(piece, lf + 1);
    }
    this.#lines = lines;
    return piece.length;
  }

  #afterCandidate(piece: Uint8Array, at: number): number {
    return this.#state === "delimiter" ? at : piece.length;
  }

  /**
   * Looks at a line of a body that may be a delimiter; `at` is where it begins, or where its rest does if the start is
   * held. True if it is one, or if that cannot be told before the next piece.
   */
  #candidate(piece: Uint8Array, at: number): boolean {
    const before = this.#lineLength;
    if (before === 0) this.#heldEol = this.#eolBefore(piece, at);
    const most = Math.min(piece.length, at + DELIMITER_OCTETS - before);
    const stop = endOfLine(piece, at, most);
    const complete = stop < most || before + (stop - at) >= DELIMITER_OCTETS;
    let level: number;
    if (before === 0 && complete) level = this.#boundaries.match(piece, at, stop);
    else {
      this.#hold(piece, at, stop);
      if (!complete && this.#mayBeDelimiter()) return true;
      level = this.#boundaries.match(this.#held, 0, this.#lineLength);
    }
    this.#lineLength = NO_CANDIDATE;
    if (!this.#accepts(level)) return false;
    this.#delimiter(level, this.#offset + at - before, this.#heldEol);
    return true;
  }

  #mayBeDelimiter(): boolean {
    const length = this.#lineLength;
    return length === 0 || (this.#held[0] === DASH && (length === 1 || this.#held[1] === DASH));
  }

  /**
   * Whether a delimiter of that level counts. When the number of parts is used up none does any more, and the part
   * under way takes the rest of the message.
   */
  #accepts(level: number): boolean {
    if (level < 0) return false;
    if (this.#boundaries.closing || this.#parts < this.#limits.parts) return true;
    this.#boundaries.truncate(0);
    const part = this.#path[this.#path.length - 1] as OpenPart;
    if (part.children.length === 0) part.opaque = true;
    return false;
  }

  /** A delimiter line begins at `lineStart`: ends what is open inside its multipart. */
  #delimiter(level: number, lineStart: number, eol: number): void {
    const closing = this.#boundaries.closing;
    const depth = this.#path.findIndex((part) => part.level === level);
    const multipart = this.#path[depth] as OpenPart;
    this.#close(depth + 1, lineStart - eol, lineStart, this.#lines - 1);
    this.#boundaries.truncate(closing ? level : level + 1);
    if (closing) multipart.level = -1;
    this.#partFollows = !closing;
    this.#state = "delimiter";
  }

  #close(depth: number, end: number, limit: number, lines: number): void {
    let bound = limit;
    for (let i = depth; i < this.#path.length; i++) {
      const part = this.#path[i] as OpenPart;
      part.close(end, bound, lines);
      bound = part.bodyEnd;
    }
    this.#path.length = depth;
  }

  /** Passes over the rest of a delimiter line, white space or anything else. */
  #delimiterRest(piece: Uint8Array, at: number): number {
    const lf = piece.indexOf(LF, at);
    if (lf < 0) return piece.length;
    this.#lines++;
    this.#lineLength = 0;
    this.#state = "body";
    if (this.#partFollows) {
      const multipart = this.#path[this.#path.length - 1] as OpenPart;
      const part = new OpenPart(this.#offset + lf + 1, false, multipart.content.subtype === "digest");
      multipart.children.push(part);
      this.#open(part);
    }
    return lf + 1;
  }

  /** Adds octets to the line that goes on in the next piece. */
  #hold(piece: Uint8Array, from: number, to: number): void {
    const held = this.#heldLength();
    const count = Math.min(to - from, DELIMITER_OCTETS - held);
    for (let i = 0; i < count; i++) this.#held[held + i] = piece[from + i] as number;
    this.#lineLength += to - from;
  }

  #heldLength(): number {
    return Math.min(this.#lineLength, DELIMITER_OCTETS);
  }

  /** The length of the line end before the line that begins at `at`. */
  #eolBefore(piece: Uint8Array, at: number): number {
    const octet = at > 1 ? piece[at - 2] : at === 1 ? this.#last : this.#secondLast;
    return octet === CR ? 2 : 1;
  }
}

/** Where the line ends, or `limit` if it goes on. */
function endOfLine(piece: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit && piece[at] !== LF) at++;
  return at;
}

/** The structure of a message that is at hand as a whole. Never throws. */
export function parseStructure(bytes: Uint8Array, limits?: Partial<StructureLimits>): Structure {
  const parser = new StructureParser(limits);
  parser.write(bytes);
  return parser.end();
}
