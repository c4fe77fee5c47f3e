/**
 * Multi-line responses (RFC 1939 §3): dots at the start of a line are doubled, and a line of one dot ends it. Whole blocks
 * are searched for the rare line that needs it; a block without one passes as it is.
 */

const CR = 13;
const LF = 10;
const DOT = 46;

/** Doubles leading dots across blocks. */
export class DotStuffer {
  /** The two octets before the next block; a message begins as if after CR LF. */
  #before = CR;
  #last = LF;

  /** The block as it is sent; the same block where no line begins with a dot. Lines that end in a bare LF count too. */
  stuff(block: Uint8Array): Uint8Array {
    if (block.length === 0) return block;
    const octets = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    const leading = this.#last === LF && octets[0] === DOT;
    this.#remember(octets);
    const first = octets.indexOf("\n.", 0, "latin1");
    if (!leading && first < 0) return block;
    const parts: Uint8Array[] = leading ? [Buffer.of(DOT)] : [];
    let from = 0;
    for (let at = first; at >= 0; at = octets.indexOf("\n.", from, "latin1")) {
      parts.push(octets.subarray(from, at + 1), Buffer.of(DOT));
      from = at + 1;
    }
    parts.push(octets.subarray(from));
    return Buffer.concat(parts);
  }

  /** What ends the response: a line of one dot, on a line of its own. */
  end(): string {
    return this.#before === CR && this.#last === LF ? ".\r\n" : "\r\n.\r\n";
  }

  #remember(octets: Uint8Array): void {
    this.#before = octets.length > 1 ? (octets[octets.length - 2] as number) : this.#last;
    this.#last = octets[octets.length - 1] as number;
  }
}

/** Cuts a message after its header, the blank line, and a number of lines of its body (RFC 1939 §7, TOP). */
export class Top {
  #inHeader = true;
  /** Octets of the header's current line so far, a CR at its end not counted. */
  #lineLength = 0;

  constructor(private lines: number) {}

  /** The part of the block that belongs to the top; `done` once nothing more does. */
  take(block: Uint8Array): { part: Uint8Array; done: boolean } {
    let at = 0;
    while (this.#inHeader || this.lines > 0) {
      const end = block.indexOf(LF, at);
      if (end < 0) {
        if (this.#inHeader) this.#lineLength += lengthWithoutCr(block, at, block.length);
        return { part: block, done: false };
      }
      if (!this.#inHeader) this.lines--;
      else if (this.#lineLength + lengthWithoutCr(block, at, end) === 0) this.#inHeader = false;
      this.#lineLength = 0;
      at = end + 1;
    }
    return { part: block.subarray(0, at), done: true };
  }
}

function lengthWithoutCr(block: Uint8Array, from: number, to: number): number {
  return to > from && block[to - 1] === CR ? to - from - 1 : to - from;
}
