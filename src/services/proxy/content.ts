/** The content of messages on its way: read as its framing says, written in the framing of the other side (RFC 9112 §6 and §7). */
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import type { Fields } from "../../net/http/fields.ts";
import type { HeadLimits } from "../../net/http/head.ts";
import { ChunkedDecoder, chunk, lastChunk } from "./chunked.ts";
import type { Framing } from "./framing.ts";

const EMPTY = new Uint8Array(0);
/** Octets read at a time. */
const PIECE = 64 * 1024;

/** How a content must keep coming. */
export interface Haste {
  /** Longest wait for more, in milliseconds. */
  readonly idleMs: number;
  /** Octets that must have come after so much waiting; 0 for any. */
  readonly least: number;
}

/** Where content comes from. */
export interface Source {
  readonly connection: Connection;
  readonly framing: Framing;
  readonly haste: Haste;
  /** For trailers. */
  readonly limits: HeadLimits;
}

/**
 * Reads a content to its end; each piece is waited for, so that the sender is not read faster than the receiver takes. What comes behind
 * the content stays with the connection.
 * @returns the trailers of a chunked content
 * @throws ConnectionClosed where it is cut off; DeadlineExceeded, also where it trickles; Malformed; what `take` throws
 */
export async function readContent(
  { connection, framing, limits, haste }: Source,
  take: (piece: Uint8Array) => Promise<void> | undefined,
): Promise<Fields | undefined> {
  const spring = new Spring(connection, haste);
  if (framing.kind === "length") await readLength(spring, framing.octets, take);
  else if (framing.kind === "chunked") return await readChunked(spring, limits, take);
  else if (framing.kind === "close") await readToEnd(spring, take);
  return undefined;
}

type Take = Parameters<typeof readContent>[1];

/** All of a short content, where it has come already: with its head, mostly. Undefined where it is to be waited for. */
export function contentAtHand({ connection, framing }: Source): Uint8Array | undefined {
  if (framing.kind === "none") return EMPTY;
  return framing.kind === "length" && framing.octets <= PIECE ? connection.takeNow(framing.octets) : undefined;
}

/** Octets as they come, as long as they come fast enough: the time that their receiver takes does not count. */
class Spring {
  /** Octets and milliseconds of waiting since enough had come the last time. */
  #octets = 0;
  #waited = 0;

  constructor(
    readonly connection: Connection,
    private readonly haste: Haste,
  ) {
    connection.deadline(haste.idleMs);
  }

  async next(most: number): Promise<Uint8Array> {
    const { idleMs, least } = this.haste;
    const began = performance.now();
    const piece = await this.connection.readSome(most);
    this.#octets += piece.length;
    this.#waited += performance.now() - began;
    if (this.#octets >= least) {
      this.#octets = 0;
      this.#waited = 0;
    } else if (this.#waited >= idleMs) throw new DeadlineExceeded(idleMs);
    return piece;
  }
}

async function readLength(spring: Spring, octets: number, take: Take): Promise<void> {
  for (let missing = octets; missing > 0; ) {
    const piece = await spring.next(Math.min(PIECE, missing));
    missing -= piece.length;
    const taken = take(piece);
    if (taken) await taken;
  }
}

async function readToEnd(spring: Spring, take: Take): Promise<void> {
  for (;;) {
    let piece: Uint8Array;
    try {
      piece = await spring.next(PIECE);
    } catch (error) {
      // An end in order is the end of the content; a reset cuts it off (RFC 9112 §8).
      if (error instanceof ConnectionClosed && error.cause === undefined) return;
      throw error;
    }
    const taken = take(piece);
    if (taken) await taken;
  }
}

async function readChunked(spring: Spring, limits: HeadLimits, take: Take): Promise<Fields> {
  const decoder = new ChunkedDecoder(limits);
  while (!decoder.done) {
    const octets = await spring.next(PIECE);
    const pieces: Uint8Array[] = [];
    const used = decoder.push(octets, (piece) => pieces.push(piece));
    if (used < octets.length) spring.connection.unread(octets.subarray(used));
    const [only] = pieces;
    if (only === undefined) continue;
    // A sender of tiny chunks makes one write here, not thousands.
    const taken = take(pieces.length === 1 ? only : Buffer.concat(pieces));
    if (taken) await taken;
  }
  return decoder.trailers;
}

/** Writes a content: as it is, or in chunks where its length is not known. */
export class ContentWriter {
  constructor(
    private readonly connection: Connection,
    private readonly chunked: boolean,
  ) {}

  /** Resolves when more is welcome; rejects with ConnectionClosed. */
  write(piece: Uint8Array): Promise<void> {
    if (!this.chunked) return this.connection.write(piece);
    if (piece.length === 0) return Promise.resolve();
    const [size, octets, end] = chunk(piece);
    void this.connection.write(size);
    void this.connection.write(octets);
    return this.connection.write(end);
  }

  /** The content is complete. */
  end(trailers?: Fields): Promise<void> {
    return this.chunked ? this.connection.write(lastChunk(trailers)) : Promise.resolve();
  }
}
