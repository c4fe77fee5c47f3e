/**
 * A body in the form in which it is hashed, as it streams through (RFC 6376 §3.4.3, §3.4.4). Keeps counts of what may turn out to be
 * the end, never the octets: a body of nothing but empty lines takes no memory.
 */
import type { Canonicalization } from "./canonical-header.ts";

/** Takes octets of the form; they may be reused after the call. */
export type Sink = (octets: Uint8Array) => void;

export interface BodyForm {
  write(octets: Uint8Array): void;
  /** The body is complete. */
  end(): void;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const CRLF = Uint8Array.of(CR, LF);
const LINES = 1_024;
/** Octets of relaxed form that are gathered before they are handed on. */
const GATHERED = 16_384;

export function bodyForm(form: Canonicalization, sink: Sink): BodyForm {
  return form === "simple" ? new SimpleBody(sink) : new RelaxedBody(sink);
}

/** Line ends at the end become one (§3.4.3); everything else passes as it is. */
class SimpleBody implements BodyForm {
  /** Line ends that may be the last ones. */
  #ends = 0;
  /** A CR ended the octets before. */
  #cr = false;
  readonly #blank = emptyLines();

  constructor(private readonly sink: Sink) {}

  write(octets: Uint8Array): void {
    let from = 0;
    if (this.#cr && octets.length > 0) {
      this.#cr = false;
      if (octets[0] === LF) {
        this.#ends++;
        from = 1;
      } else {
        this.#flush();
        this.sink(CRLF.subarray(0, 1));
      }
    }
    let to = octets.length;
    if (to > from && octets[to - 1] === CR) {
      this.#cr = true;
      to--;
    }
    let ends = 0;
    while (to - from >= 2 && octets[to - 1] === LF && octets[to - 2] === CR) {
      ends++;
      to -= 2;
    }
    if (to > from) {
      this.#flush();
      this.sink(octets.subarray(from, to));
    }
    this.#ends += ends;
  }

  end(): void {
    if (this.#cr) {
      this.#flush();
      this.sink(CRLF.subarray(0, 1));
    }
    this.sink(CRLF);
  }

  #flush(): void {
    this.#blank(this.sink, this.#ends);
    this.#ends = 0;
  }
}

/** White space runs are one space, none at the end of a line, and no empty lines at the end (§3.4.4). */
class RelaxedBody implements BodyForm {
  #ends = 0;
  #cr = false;
  /** White space that stands before something, or before the line's end. */
  #space = false;
  /** There was something besides white space and line ends. */
  #content = false;
  readonly #out = new Uint8Array(GATHERED);
  #length = 0;
  readonly #blank = emptyLines();

  constructor(private readonly sink: Sink) {}

  write(octets: Uint8Array): void {
    const { length } = octets;
    let at = 0;
    while (at < length) {
      const octet = octets[at] as number;
      if (this.#cr) {
        this.#cr = false;
        if (octet === LF) {
          this.#space = false;
          this.#ends++;
          at++;
          continue;
        }
        this.#before();
        this.#put(CR);
      }
      if (octet === CR) {
        this.#cr = true;
        at++;
      } else if (octet === SPACE || octet === TAB) {
        this.#space = true;
        at++;
      } else {
        this.#before();
        at = this.#run(octets, at);
      }
    }
  }

  end(): void {
    if (this.#cr) {
      this.#before();
      this.#put(CR);
    }
    this.#handOn();
    if (this.#content) this.sink(CRLF);
  }

  /** Takes what is neither white space nor CR; answers where it ends. */
  #run(octets: Uint8Array, start: number): number {
    const out = this.#out;
    let length = this.#length;
    let at = start;
    for (; at < octets.length; at++) {
      const octet = octets[at] as number;
      if (octet === SPACE || octet === TAB || octet === CR) break;
      if (length === GATHERED) {
        this.#length = length;
        this.#handOn();
        length = 0;
      }
      out[length++] = octet;
    }
    this.#length = length;
    return at;
  }

  /** What stands before something that counts: line ends, then one space. */
  #before(): void {
    this.#content = true;
    if (this.#ends === 1) {
      this.#put(CR);
      this.#put(LF);
    } else if (this.#ends > 0) {
      this.#handOn();
      this.#blank(this.sink, this.#ends);
    }
    this.#ends = 0;
    if (this.#space) this.#put(SPACE);
    this.#space = false;
  }

  #put(octet: number): void {
    if (this.#length === GATHERED) this.#handOn();
    this.#out[this.#length++] = octet;
  }

  #handOn(): void {
    if (this.#length > 0) this.sink(this.#out.subarray(0, this.#length));
    this.#length = 0;
  }
}

/** Writes empty lines; their octets are made when there are many. */
function emptyLines(): (sink: Sink, count: number) => void {
  let many: Uint8Array | undefined;
  return (sink, count) => {
    if (count === 1) return sink(CRLF);
    let left = count;
    while (left > 0) {
      many ??= new Uint8Array(LINES * 2).map((_, at) => (at % 2 === 0 ? CR : LF));
      const now = Math.min(left, LINES);
      sink(many.subarray(0, now * 2));
      left -= now;
    }
  };
}
