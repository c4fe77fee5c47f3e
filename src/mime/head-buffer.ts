/** Gathers the octets of one header after another, within the limits. */

import type { StructureLimits } from "./structure.ts";

const NOTHING = new Uint8Array(0);

export class HeadBuffer {
  readonly #limits: StructureLimits;
  #bytes = NOTHING;
  #length = 0;
  #mark = 0;
  /** Octets that headers may still take. */
  #left: number;

  constructor(limits: StructureLimits) {
    this.#limits = limits;
    this.#left = limits.totalHeaderOctets;
  }

  /** Adds octets; what goes beyond the limits is dropped. */
  append(piece: Uint8Array, from: number, to: number): void {
    const count = Math.min(to - from, this.#room() - this.#length);
    if (count <= 0) return;
    if (this.#length + count > this.#bytes.length) this.#grow(this.#length + count);
    this.#bytes.set(piece.subarray(from, from + count), this.#length);
    this.#length += count;
  }

  /** Remembers this place as the start of a line … */
  mark(): void {
    this.#mark = this.#length;
  }

  /** … so that the line can be taken back when it turns out to be a delimiter. */
  backToMark(): void {
    this.#length = this.#mark;
  }

  /**
   * The header that ends with the octets `from` to `to` of this piece. The result is a view, good until the next
   * call; where the whole header lies in the piece nothing is copied.
   */
  take(piece: Uint8Array, from: number, to: number): Uint8Array {
    let header: Uint8Array;
    if (this.#length === 0) header = piece.subarray(from, Math.min(to, from + this.#room()));
    else {
      this.append(piece, from, to);
      header = this.#bytes.subarray(0, this.#length);
    }
    this.#left -= header.length;
    this.#length = 0;
    this.#mark = 0;
    return header;
  }

  #room(): number {
    return Math.min(this.#limits.headerOctets, this.#left);
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 1024));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
