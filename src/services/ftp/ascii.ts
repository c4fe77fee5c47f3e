/**
 * TYPE A (RFC 959 §3.1.1.1): on the way lines end in CR LF, on disk in LF. A line on disk that ends in CR LF already is sent as it is, so
 * that what a client once uploaded in TYPE I comes back the same. Pure, piece by piece.
 */

const CR = 13;
const LF = 10;

/** Disk to network. */
export class ToNetwork {
  #last = 0;

  convert(piece: Uint8Array): Uint8Array {
    if (piece.length === 0) return piece;
    const octets = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const added = this.#bare(octets);
    const converted = added === 0 ? octets : this.#filled(octets, added);
    this.#last = octets[octets.length - 1] as number;
    return converted;
  }

  /** Ends of lines that have no CR. */
  #bare(octets: Buffer): number {
    let count = 0;
    let last = this.#last;
    for (let at = 0; at < octets.length; at++) {
      const octet = octets[at] as number;
      if (octet === LF && last !== CR) count++;
      last = octet;
    }
    return count;
  }

  /** Octet by octet, into one buffer: a piece for each line would take long where lines are short. */
  #filled(octets: Buffer, added: number): Buffer {
    const filled = Buffer.allocUnsafe(octets.length + added);
    let last = this.#last;
    let to = 0;
    for (let at = 0; at < octets.length; at++) {
      const octet = octets[at] as number;
      if (octet === LF && last !== CR) filled[to++] = CR;
      filled[to++] = octet;
      last = octet;
    }
    return filled;
  }
}

/** Network to disk. */
export class FromNetwork {
  /** The last piece ended in a CR that is still to be judged. */
  #held = false;

  convert(piece: Uint8Array): Uint8Array {
    const octets = this.#held ? Buffer.concat([Buffer.of(CR), piece]) : Buffer.from(piece);
    if (octets.length === 0) return octets;
    this.#held = octets[octets.length - 1] === CR;
    const end = this.#held ? octets.length - 1 : octets.length;
    let to = 0;
    for (let at = 0; at < end; at++) {
      const octet = octets[at] as number;
      if (octet === CR && octets[at + 1] === LF) continue;
      octets[to++] = octet;
    }
    return octets.subarray(0, to);
  }

  /** What is left at the end. */
  end(): Uint8Array {
    return this.#held ? Buffer.of(CR) : Buffer.alloc(0);
  }
}
