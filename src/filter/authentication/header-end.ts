/** Gathers the header of a message that comes in pieces, and says where its body begins (RFC 5322 §2.1). */

const CR = 13;
const LF = 10;
const NOTHING = new Uint8Array(0);

export class HeaderEnd {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  /** What the line that has begun is so far: nothing, a CR alone, or more. */
  #line: "empty" | "cr" | "more" = "empty";
  #overflown = false;

  /** @param most octets that are kept */
  constructor(private readonly most: number) {}

  /** The header has more octets than are kept. */
  get overflown(): boolean {
    return this.#overflown;
  }

  /** Takes the next octets. @returns what of them belongs to the body, once that has begun */
  write(octets: Uint8Array): Uint8Array | undefined {
    for (let at = 0; at < octets.length; ) {
      const octet = octets[at] as number;
      if (octet === LF) {
        if (this.#line !== "more") return this.#end(octets, at + 1);
        this.#line = "empty";
        at++;
      } else if (octet === CR && this.#line === "empty") {
        this.#line = "cr";
        at++;
      } else {
        this.#line = "more";
        const end = octets.indexOf(LF, at);
        at = end < 0 ? octets.length : end;
      }
    }
    this.#keep(octets);
    return undefined;
  }

  /** The header with the blank line, or as much as there was. */
  octets(): Uint8Array {
    return this.#pieces.length === 1 ? (this.#pieces[0] ?? NOTHING) : Buffer.concat(this.#pieces);
  }

  #end(octets: Uint8Array, at: number): Uint8Array {
    this.#keep(octets.subarray(0, at));
    return octets.subarray(at);
  }

  #keep(octets: Uint8Array): void {
    const room = this.most - this.#length;
    if (octets.length > room) this.#overflown = true;
    if (octets.length === 0 || room <= 0) return;
    // The caller may reuse what he handed in.
    const kept = Uint8Array.from(octets.subarray(0, room));
    this.#pieces.push(kept);
    this.#length += kept.length;
  }
}
