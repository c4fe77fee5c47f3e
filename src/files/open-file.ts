/** A file opened for reading. */
import * as fs from "node:fs";
import { promisify } from "node:util";
import type { AtOnce } from "./at-once.ts";
import type { Entry } from "./entry.ts";
import { drop } from "./handles.ts";
import { inWords } from "./trouble.ts";

const read = promisify(fs.read) as unknown as (
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ bytesRead: number } | number>;

/** Octets of one piece of `pieces`. */
const PIECE = 256 * 1024;

export class OpenFile {
  #closed = false;

  constructor(
    /** For `Tunnels.sendFile`; closed by `close`. */
    readonly fd: number,
    readonly entry: Entry,
    private readonly atOnce?: AtOnce,
  ) {}

  /** Octets when it was opened. */
  get size(): number {
    return this.entry.size;
  }

  /** Fills a buffer from a position on; gives how many octets there were, 0 at the end. */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    const here = this.atOnce?.read(this.fd, buffer, position);
    if (here !== undefined) return here;
    const got = await inWords(read(this.fd, buffer, 0, buffer.length, position));
    return typeof got === "number" ? got : got.bytesRead;
  }

  /** The octets from `start` up to `end` (not included), in pieces; a file that became shorter meanwhile ends sooner. */
  async *pieces(start = 0, end = this.size): AsyncGenerator<Uint8Array> {
    for (let position = start; position < end; ) {
      const buffer = new Uint8Array(Math.min(PIECE, end - position));
      const octets = await this.read(buffer, position);
      if (octets === 0) return;
      position += octets;
      yield buffer.subarray(0, octets);
    }
  }

  /** Lets go of the file; may be called again. */
  close(): Promise<void> {
    if (!this.#closed) drop(this.fd);
    this.#closed = true;
    return Promise.resolve();
  }
}
