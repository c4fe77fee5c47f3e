/** The content of messages on its way: read as its framing says, written in the framing of the other side (RFC 9112 §6 and §7). */
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import type { Fields } from "../../net/http/fields.ts";
import type { HeadLimits } from "../../net/http/head.ts";
import { ChunkedDecoder, chunk, lastChunk } from "./chunked.ts";
import type { Framing } from "./framing.ts";

/** Octets read at a time. */
const PIECE = 64 * 1024;

/** Where content comes from. */
export interface Source {
  readonly connection: Connection;
  readonly framing: Framing;
  /** For trailers. */
  readonly limits: HeadLimits;
}

/**
 * Reads a content to its end; each piece is waited for, so that the sender is not read faster than the receiver takes. What comes behind
 * the content stays with the connection.
 * @returns the trailers of a chunked content
 * @throws ConnectionClosed where it is cut off; DeadlineExceeded; Malformed; what `take` throws
 */
export async function readContent(
  { connection, framing, limits }: Source,
  take: (piece: Uint8Array) => Promise<void> | undefined,
): Promise<Fields | undefined> {
  if (framing.kind === "length") await readLength(connection, framing.octets, take);
  else if (framing.kind === "chunked") return await readChunked(connection, limits, take);
  else if (framing.kind === "close") await readToEnd(connection, take);
  return undefined;
}

type Take = Parameters<typeof readContent>[1];

async function readLength(connection: Connection, octets: number, take: Take): Promise<void> {
  for (let missing = octets; missing > 0; ) {
    const piece = await connection.readSome(Math.min(PIECE, missing));
    missing -= piece.length;
    const taken = take(piece);
    if (taken) await taken;
  }
}

async function readToEnd(connection: Connection, take: Take): Promise<void> {
  for (;;) {
    let piece: Uint8Array;
    try {
      piece = await connection.readSome(PIECE);
    } catch (error) {
      // An end in order is the end of the content; a reset cuts it off (RFC 9112 §8).
      if (error instanceof ConnectionClosed && error.cause === undefined) return;
      throw error;
    }
    const taken = take(piece);
    if (taken) await taken;
  }
}

async function readChunked(connection: Connection, limits: HeadLimits, take: Take): Promise<Fields> {
  const decoder = new ChunkedDecoder(limits);
  while (!decoder.done) {
    const octets = await connection.readSome(PIECE);
    const pieces: Uint8Array[] = [];
    const used = decoder.push(octets, (piece) => pieces.push(piece));
    if (used < octets.length) connection.unread(octets.subarray(used));
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
