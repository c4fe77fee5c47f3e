/**
 * Compression of what is sent (RFC 9110 §8.4, §12.5.3): which encoding a browser takes, and a shelf on which what was compressed waits
 * for the next who asks. Compressing itself happens on the runtime's other threads.
 */
import { promisify } from "node:util";
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  zstdCompress,
} from "node:zlib";

export type Encoding = "br" | "zstd" | "gzip";

/** In the order in which they are taken where a browser likes them alike. */
const KNOWN: readonly Encoding[] = ["br", "zstd", "gzip"];

/** The encoding to answer with; undefined for none. */
export const encodingFor = (accepted: string | null): Encoding | undefined => {
  if (accepted === null || accepted.length > 1_000) return undefined;
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name === "x-gzip" ? "gzip" : name, q === undefined ? 1 : Number(q) || 0);
  }
  const weight = (encoding: Encoding): number => weights.get(encoding) ?? weights.get("*") ?? 0;
  const best = Math.max(...KNOWN.map(weight));
  // Identity is as good as what has no weight of its own, unless something is liked better.
  return best > 0 && best >= (weights.get("identity") ?? 0)
    ? KNOWN.find((encoding) => weight(encoding) === best)
    : undefined;
};

/** Good enough, and quick: a page of 100 KB takes some milliseconds of another thread. */
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
};

const compressBrotli = promisify(brotliCompress) as (octets: Uint8Array, options: typeof BROTLI) => Promise<Buffer>;
const compressZstd = promisify(zstdCompress) as (octets: Uint8Array) => Promise<Buffer>;
const compressGzip = promisify(gzip) as (octets: Uint8Array) => Promise<Buffer>;

/** Compresses a piece that is in memory. */
const compressed = (octets: Uint8Array, encoding: Encoding): Promise<Uint8Array> => {
  if (encoding === "br") return compressBrotli(octets, BROTLI);
  return encoding === "zstd" ? compressZstd(octets) : compressGzip(octets);
};

/** Compresses what does not fit into memory, as it goes. */
export const compressor = (encoding: Encoding): NodeJS.ReadWriteStream => {
  if (encoding === "br") return createBrotliCompress(BROTLI);
  return encoding === "zstd" ? createZstdCompress() : createGzip();
};

/** Octets that the shelf holds in all. */
const SHELF_OCTETS = 2_097_152;
/** Large files that are compressed as they go, at the same time: each holds some 10 MB for as long as its reader takes. */
const MOST_STREAMS = 4;

/** What was compressed lately, by the tag of what it came from; what was not asked for the longest goes first. */
export class Shelf {
  readonly #held = new Map<string, Uint8Array>();
  readonly #coming = new Map<string, Promise<Uint8Array>>();
  #octets = 0;
  #streams = 0;

  /** Whether one more large file may be compressed as it goes; others are sent as they are. */
  get hasStream(): boolean {
    return this.#streams < MOST_STREAMS;
  }

  /** Takes one of these places; gives what gives it back, once however often it is called. */
  takeStream(): () => void {
    this.#streams++;
    let taken = true;
    return () => {
      if (taken) this.#streams--;
      taken = false;
    };
  }

  /** A file's octets compressed; `key` names that content and no other. Those who ask at once share the work. */
  async compressed(key: string, encoding: Encoding, octets: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const name = `${encoding} ${key}`;
    const held = this.#held.get(name);
    if (held !== undefined) {
      this.#held.delete(name);
      this.#held.set(name, held);
      return held;
    }
    const coming = this.#coming.get(name) ?? this.#make(name, encoding, octets);
    this.#coming.set(name, coming);
    try {
      return await coming;
    } finally {
      this.#coming.delete(name);
    }
  }

  async #make(name: string, encoding: Encoding, octets: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const made = await compressed(await octets(), encoding);
    if (made.length > SHELF_OCTETS / 8) return made;
    this.#held.set(name, made);
    this.#octets += made.length;
    for (const [oldest, { length }] of this.#held) {
      if (this.#octets <= SHELF_OCTETS) break;
      this.#held.delete(oldest);
      this.#octets -= length;
    }
    return made;
  }
}
