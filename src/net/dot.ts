/**
 * The end of an SMTP message and the dots in it (RFC 5321 §4.5.2), as a pure decoder over chunks.
 * Only CRLF "." CRLF ends a message, however the octets are cut into chunks; "\n.\n", "\r.\r", "\n.\r\n" and
 * "\r\n.\n" do not (SMTP smuggling), and a bare CR or LF is noted so that the session can refuse the message.
 */
import { join } from "./input.ts";

const LF = 10;
const CR = 13;
const DOT = 46;
const EMPTY = new Uint8Array(0);

/** What one chunk came to. */
export interface Decoded {
  /** Octets of the message, dots taken out; mostly shares the chunk's memory. */
  readonly bytes: Uint8Array;
  /** Index in the chunk after the end of the message, or -1 while the message goes on. */
  readonly end: number;
}

/** Takes the dots out of one message and finds its end. */
export class DotDecoder {
  /** True when a CR without LF or an LF without CR has been seen in the message. */
  bareNewline = false;
  #lineStart = true;
  /** Octets at the end of the last chunk whose meaning hangs on what follows: CR, or "." or ". CR" in front of a line. */
  #held: Uint8Array = EMPTY;

  /** Decodes the next chunk, whose memory may be overwritten: dots are closed up in place. */
  decode(chunk: Uint8Array): Decoded {
    const held = this.#held.length;
    const octets = held > 0 ? join(this.#held, chunk) : chunk;
    this.#held = EMPTY;
    const size = octets.length;
    let lineStart = this.#lineStart;
    // octets[0, kept) is the result so far, octets[from, at) has been read and may still have to move down to it.
    let kept = 0;
    let from = 0;
    let at = 0;
    let cr = -1;
    let lf = -1;
    let end = -1;
    const keepTo = (to: number) => {
      if (kept !== from) octets.copyWithin(kept, from, to);
      kept += to - from;
      from = to;
    };
    while (at < size) {
      if (lineStart && octets[at] === DOT) {
        const next = octets[at + 1];
        if (next === undefined || (next === CR && at + 2 === size)) break;
        keepTo(at);
        if (next === CR && octets[at + 2] === LF) {
          end = at + 3;
          break;
        }
        from = ++at;
      }
      lineStart = false;
      // Each index is looked for again only once it has been passed: linear, whatever the mixture.
      if (cr < at && cr !== size) cr = indexOr(octets, CR, at, size);
      if (lf < at && lf !== size) lf = indexOr(octets, LF, at, size);
      if (lf === cr + 1 && lf < size) {
        at = lf + 1;
        lineStart = true;
      } else if (lf < cr) {
        this.bareNewline = true;
        at = lf + 1;
      } else if (cr === size) {
        at = size;
      } else if (cr + 1 === size) {
        at = cr;
        break;
      } else {
        this.bareNewline = true;
        at = cr + 1;
      }
    }
    this.#lineStart = lineStart;
    if (end < 0) {
      keepTo(at);
      if (at < size) this.#held = octets.slice(at);
    }
    return { bytes: octets.subarray(0, kept), end: end < 0 ? -1 : end - held };
  }
}

/** What a DotReader reads from: a Connection. */
export interface DotSource {
  /** At least one octet; throws when the connection ends. */
  readSome(max: number): Promise<Uint8Array>;
  /** Takes back what was read too far. */
  unread(rest: Uint8Array): void;
}

/** One SMTP message on its way in; `for await` gives its octets, chunk by chunk as they come. */
export class DotReader implements AsyncIterable<Uint8Array> {
  /** Octets of the message so far, dots taken out. */
  size = 0;
  /** True once CRLF.CRLF has been read. */
  ended = false;
  readonly #source: DotSource;
  readonly #decoder = new DotDecoder();

  constructor(source: DotSource) {
    this.#source = source;
  }

  /** True when a CR without LF or an LF without CR has been seen in the message. */
  get bareNewline(): boolean {
    return this.#decoder.bareNewline;
  }

  /**
   * The next octets of the message, undefined after its end.
   * @throws ConnectionClosed or DeadlineExceeded when the message does not come to its end
   */
  async read(): Promise<Uint8Array | undefined> {
    while (!this.ended) {
      const chunk = await this.#source.readSome(Number.MAX_SAFE_INTEGER);
      const { bytes, end } = this.#decoder.decode(chunk);
      if (end >= 0) {
        this.ended = true;
        this.#source.unread(chunk.subarray(end));
      }
      this.size += bytes.length;
      if (bytes.length > 0) return bytes;
    }
    return undefined;
  }

  /** Reads to the end of the message and throws it away; what a session does with a message it refuses. */
  async drain(): Promise<void> {
    while ((await this.read()) !== undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let bytes = await this.read(); bytes; bytes = await this.read()) yield bytes;
  }
}

function indexOr(octets: Uint8Array, value: number, from: number, otherwise: number): number {
  const index = octets.indexOf(value, from);
  return index < 0 ? otherwise : index;
}
