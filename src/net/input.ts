/**
 * Octets received and not yet read: a list of chunks as they came from the socket, and the ways to take from it.
 * Pure: Connection fills it and asks it; every search is a native indexOf.
 */
import { LineTooLong } from "./errors.ts";

/** One line without its line end. */
export interface Line {
  readonly bytes: Uint8Array;
  /** How the line ended; a protocol that wants CRLF only can refuse "lf". */
  readonly ending: "crlf" | "lf";
}

const EMPTY = new Uint8Array(0);
const LF = 10;
const CR = 13;

/** Chunks up to this size are joined, so that a peer sending single octets does not cost an object for each. */
const JOIN_BELOW = 4096;

/** Lines up to this length are copied, so that a kept line does not keep the whole received chunk. */
const COPY_BELOW = 1024;

/** How much of an over-long line is told (octets). */
const START = 128;
const TAIL = 64;

/** A line longer than its limit by more than this is not swallowed any further. */
const SWALLOW = 16 << 20;

/** Joins two pieces into a new array. */
export function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function withoutCr(octets: Uint8Array): Uint8Array {
  return octets.at(-1) === CR ? octets.subarray(0, -1) : octets;
}

/** The received octets of one connection. */
export class Input {
  /** Octets waiting. */
  length = 0;
  #current: Uint8Array = EMPTY;
  #at = 0;
  #queue: Uint8Array[] | undefined;
  /** Octets from the read position on that are known to hold no LF. */
  #scanned = 0;
  #swallowing: { limit: number; start: Uint8Array; tail: Uint8Array; size: number } | undefined;
  /** True once a peer has sent an endless line: nothing after it can be made sense of. */
  spoilt = false;

  /** Adds a chunk, which belongs to the input from now on. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.length === 0) {
      this.#current = chunk;
      this.#at = 0;
    } else if (!this.#queue?.length && this.length + chunk.length <= JOIN_BELOW) {
      this.#current = join(this.#current.subarray(this.#at), chunk);
      this.#at = 0;
    } else {
      this.#queue ??= [];
      const queue = this.#queue;
      const last = queue.at(-1);
      if (last && last.length + chunk.length <= JOIN_BELOW) queue[queue.length - 1] = join(last, chunk);
      else queue.push(chunk);
    }
    this.length += chunk.length;
  }

  /** Forgets everything received: RFC 3207 §4.2 and its kin, before TLS starts. */
  clear(): void {
    this.length = 0;
    this.#current = EMPTY;
    this.#at = 0;
    this.#queue = undefined;
    this.#scanned = 0;
    this.#swallowing = undefined;
  }

  /** Takes everything received so far. */
  takeAll(): Uint8Array {
    const all = this.take(this.length) ?? EMPTY;
    this.clear();
    return all;
  }

  /**
   * The next line, or undefined until more has come.
   * @param limit octets the line may have, its line end not counted
   * @throws LineTooLong once the over-long line has passed by
   */
  takeLine(limit: number): Line | undefined {
    if (this.#swallowing) {
      this.#swallow();
      return undefined;
    }
    for (;;) {
      const end = this.length === 0 ? -1 : this.#current.indexOf(LF, this.#at + this.#scanned);
      if (end >= 0) return this.#lineTo(end, limit);
      this.#scanned = this.#current.length - this.#at;
      if (this.#scanned > limit + 1) {
        const start = withoutCr(this.#current.slice(this.#at, this.#at + START));
        this.#swallowing = { limit, start, tail: EMPTY, size: 0 };
        this.#swallow();
        return undefined;
      }
      if (!this.#mergeNext()) return undefined;
    }
  }

  #lineTo(end: number, limit: number): Line {
    const start = this.#at;
    const crlf = end > start && this.#current[end - 1] === CR;
    const stop = crlf ? end - 1 : end;
    const size = stop - start;
    const chunk = this.#current;
    this.#advance(end + 1 - start);
    if (size > limit) {
      throw new LineTooLong(
        limit,
        chunk.slice(start, Math.min(stop, start + START)),
        chunk.slice(stop - Math.min(size, TAIL), stop),
      );
    }
    const bytes = size < COPY_BELOW ? chunk.slice(start, stop) : chunk.subarray(start, stop);
    return { bytes, ending: crlf ? "crlf" : "lf" };
  }

  /** Throws away what belongs to an over-long line; throws LineTooLong when its end is reached. */
  #swallow(): void {
    const line = this.#swallowing;
    if (!line) return;
    while (this.length > 0) {
      const end = this.#current.indexOf(LF, this.#at);
      const stop = end < 0 ? this.#current.length : end;
      const piece = this.#current.subarray(Math.max(this.#at, stop - TAIL - 1), stop);
      line.tail = join(line.tail, piece).slice(-TAIL - 1);
      line.size += stop - this.#at;
      this.#advance((end < 0 ? stop : stop + 1) - this.#at);
      if (end >= 0) {
        this.#swallowing = undefined;
        throw new LineTooLong(line.limit, line.start, withoutCr(line.tail).slice(-TAIL));
      }
      if (line.size > SWALLOW) {
        this.clear();
        this.spoilt = true;
        throw new LineTooLong(line.limit, line.start, line.tail.slice(-TAIL));
      }
    }
  }

  /** All that has come and was not taken, in one piece; it stays there. */
  look(): Uint8Array {
    while (this.#mergeNext());
    return this.#at === 0 ? this.#current : this.#current.subarray(this.#at);
  }

  /** Exactly n octets, or undefined until that many have come. */
  take(n: number): Uint8Array | undefined {
    if (n > this.length) return undefined;
    if (n === 0) return EMPTY;
    const first = this.takeSome(n);
    if (first.length === n) return first;
    const all = new Uint8Array(n);
    all.set(first);
    for (let filled = first.length; filled < n; ) {
      const piece = this.takeSome(n - filled);
      all.set(piece, filled);
      filled += piece.length;
    }
    return all;
  }

  /** Passes over octets that `look` has shown. */
  skip(n: number): void {
    this.#advance(n);
  }

  /** Between one and max octets, without copying; empty when nothing has come. */
  takeSome(max: number): Uint8Array {
    const available = this.#current.length - this.#at;
    const n = Math.min(max, available);
    if (n <= 0) return EMPTY;
    const piece = n === this.#current.length ? this.#current : this.#current.subarray(this.#at, this.#at + n);
    this.#advance(n);
    return piece;
  }

  /** Puts octets back in front: what a streaming reader was given beyond its end. */
  unread(rest: Uint8Array): void {
    if (rest.length === 0) return;
    if (this.length > 0) {
      this.#queue ??= [];
      this.#queue.unshift(this.#current.subarray(this.#at));
    }
    this.#current = rest;
    this.#at = 0;
    this.#scanned = 0;
    this.length += rest.length;
  }

  #advance(n: number): void {
    this.length -= n;
    this.#at += n;
    this.#scanned = 0;
    if (this.#at < this.#current.length) return;
    this.#at = 0;
    this.#current = this.#queue?.shift() ?? EMPTY;
    if (this.#queue?.length === 0) this.#queue = undefined;
  }

  /** Joins the next chunk to the current one; false if there is none. */
  #mergeNext(): boolean {
    const next = this.#queue?.shift();
    if (!next) return false;
    if (this.#queue?.length === 0) this.#queue = undefined;
    this.#current = join(this.#current.subarray(this.#at), next);
    this.#at = 0;
    return true;
  }
}
