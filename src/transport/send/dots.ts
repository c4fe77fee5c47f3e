/**
 * A message as DATA sends it (RFC 5321 §4.5.2): a dot is doubled at the front of a line, and every line ends with CRLF. Works on
 * whole chunks with native searches; a chunk without dots or bare line ends goes through untouched.
 */

const CR = 13;
const LF = 10;
const DOT = 46;
const END = new TextEncoder().encode(".\r\n");
const NEW_LINE_END = new TextEncoder().encode("\r\n.\r\n");

/** Stuffs one message. Lone CR and LF become CRLF: sent as they are, they could smuggle a second message to a careless server. */
export class DotStuffer {
  /** The last octet so far; a message begins at the front of a line. */
  #last = LF;

  /** The chunk as it is sent; may be `chunk` itself. Call once per chunk, in order. */
  stuff(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const cuts = this.#cuts(chunk);
    this.#last = chunk[chunk.length - 1] ?? LF;
    if (cuts.length === 0) return chunk;
    return splice(chunk, cuts);
  }

  /** What ends the message: a line end where the last line lacks it, and the dot. */
  end(): Uint8Array {
    if (this.#last === LF) return END;
    if (this.#last === CR) return Uint8Array.of(LF, DOT, CR, LF);
    return NEW_LINE_END;
  }

  /** Where an octet has to be put in: position × 256 + octet, ascending. */
  #cuts(chunk: Uint8Array): number[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const cuts: number[] = [];
    // A CR that ended the chunk before was bare unless this one begins with LF.
    if (this.#last === CR && chunk[0] !== LF) cuts.push(LF);
    if (chunk[0] === DOT && (this.#last === LF || this.#last === CR)) cuts.push(DOT);
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
      const before = at === 0 ? this.#last : bytes[at - 1];
      if (before !== CR) cuts.push(at * 256 + CR);
      if (bytes[at + 1] === DOT) cuts.push((at + 1) * 256 + DOT);
    }
    let bare = false;
    for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) {
      if (at + 1 === bytes.length || bytes[at + 1] === LF) continue;
      cuts.push((at + 1) * 256 + LF);
      if (bytes[at + 1] === DOT) cuts.push((at + 1) * 256 + DOT);
      bare = true;
    }
    // Same position: LF (10) has to come before a dot (46), as the octets' order has it.
    return bare ? cuts.sort((a, b) => a - b) : cuts;
  }
}

function splice(chunk: Uint8Array, cuts: readonly number[]): Uint8Array {
  const out = new Uint8Array(chunk.length + cuts.length);
  let from = 0;
  let to = 0;
  for (const cut of cuts) {
    const at = Math.floor(cut / 256);
    out.set(chunk.subarray(from, at), to);
    to += at - from;
    out[to++] = cut % 256;
    from = at;
  }
  out.set(chunk.subarray(from), to);
  return out;
}
