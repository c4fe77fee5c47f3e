/**
 * The deflate coding of a connection (RFC 1951, as RFC 4978 wants it): what a peer sends is inflated as far as somebody reads it,
 * and what is written leaves in whole blocks, so that nothing waits for more.
 *
 * Memory is small while a connection idles: there is no deflating stream, only what was written last, which the next blocks may
 * refer to. Whatever expands beyond measure waits compressed: the inflater stops while nobody reads.
 */
import { constants, createInflateRaw, deflateRawSync } from "node:zlib";
import type { Coding, CodingHost } from "./connection-parts.ts";

/** Octets that are compressed in one go: half a millisecond. */
const PIECE = 65_536;
/** How much of what was written is remembered (octets). */
const REMEMBERED = 8_192;
/** Of the levels that cost little, the one that finds most. */
const LEVEL = 3;
const NOTHING = new Uint8Array(0);
/** Octets that are kept of what comes behind the peer's stream, until the coding ends. */
const MOST_REST = 65_536;

/** One connection's coding. */
export class Deflate implements Coding {
  /** Octets that came and are not inflated yet. */
  waiting = 0;
  readonly #inflater = createInflateRaw();
  #written: Uint8Array = NOTHING;
  #received = 0;
  /** What came after the peer closed its deflated stream. */
  rest: Uint8Array | undefined;

  constructor(private readonly host: CodingHost) {
    this.#inflater.on("data", (octets: Uint8Array) => host.decoded(octets));
    this.#inflater.on("error", () => host.undecodable("This is not deflated as RFC 1951 says"));
  }

  receive(octets: Uint8Array): void {
    const start = this.#received;
    this.#received += octets.length;
    this.waiting += octets.length;
    this.#inflater.write(octets, () => {
      this.waiting -= octets.length;
      const used = Math.max(this.#inflater.bytesWritten - start, 0);
      if (used < octets.length) this.#keep(octets.subarray(used));
      // Blocks may hold nothing; whoever waits for these octets to be done with hears of it all the same.
      this.host.decoded(NOTHING);
    });
  }

  #keep(octets: Uint8Array): void {
    const rest = Buffer.concat([this.rest ?? NOTHING, octets]);
    if (rest.length > MOST_REST) this.host.undecodable("The encoded stream has ended");
    else this.rest = rest;
  }

  encode(octets: Uint8Array): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < octets.length; at += PIECE) pieces.push(this.#deflate(octets.subarray(at, at + PIECE)));
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  #deflate(piece: Uint8Array): Uint8Array {
    const finishFlush = constants.Z_SYNC_FLUSH;
    const dictionary = this.#written;
    const deflated = deflateRawSync(piece, {
      ...{ level: LEVEL, finishFlush },
      ...(dictionary.length > 0 && { dictionary }),
    });
    const kept = piece.length >= REMEMBERED ? piece.slice(-REMEMBERED) : Buffer.concat([dictionary, piece]);
    this.#written = kept.length > REMEMBERED ? kept.slice(-REMEMBERED) : kept;
    return deflated;
  }

  pause(): void {
    this.#inflater.pause();
  }

  resume(): void {
    if (this.#inflater.isPaused()) this.#inflater.resume();
  }

  close(): void {
    this.waiting = 0;
    this.#written = NOTHING;
    this.#inflater.removeAllListeners("data");
    this.#inflater.destroy();
  }
}
