/**
 * Receives one content, piece by piece: compresses it a chunk at a time, and parks the chunks in the file where they become many. The
 * first chunk waits for the end, since a head may be set in front of it there: the trace fields of a message, some of which are known
 * only when all of it was seen (RFC 5321 §4.4, RFC 8601 §5).
 */
import type { ContentStore } from "./content.ts";
import type { Store } from "./store.ts";

/** Octets in a chunk before compression. */
export const CHUNK_SIZE = 131_072;
/** Chunks held in memory by one writer before they are parked in the file. */
const PARK_CHUNKS = 16;
/** Compressed on another thread from this size on; below, the hop costs more than the work. */
const OFFLOAD_SIZE = 32_768;
/** Octets from which giving memory back at once saves more than the microsecond it takes. */
const WORTH_GIVING_BACK = 16_384;
/** Bodies are mostly text or base64: the fastest levels already find what there is to find. */
const LEVEL = { level: 1 } as const;

export interface Chunk {
  /** Its place in the content; the first is 0. */
  readonly number: number;
  readonly compressed: boolean;
  readonly data: Uint8Array;
}

/** A content that was received and waits for `adopt`. It may be adopted several times in one commit. */
export interface Staged {
  readonly hash: Uint8Array;
  /** Octets. */
  readonly size: number;
  /** Octets in the first chunk, where others follow it. */
  readonly lead: number;
  readonly chunks: readonly Chunk[];
  /** The row under which the other chunks are parked, for large contents. */
  readonly parked: { readonly id: number } | undefined;
}

/** What a chunk was made of. */
export function octetsOf({ compressed, data }: Pick<Chunk, "compressed" | "data">): Uint8Array {
  return compressed ? Bun.zstdDecompressSync(data) : data;
}

/**
 * Gives the memory of octets back now: where many megabytes pass through, what waits for the collector adds up. Nobody may hold them any
 * more.
 */
export function giveBack(octets: Uint8Array): void {
  if (octets.length < WORTH_GIVING_BACK) return;
  const { buffer } = octets;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === octets.length) buffer.transfer(0);
}

/** Receives one content. Not to be used after `finish` or `abort`. */
export class ContentWriter {
  readonly #hasher = new Bun.CryptoHasher("sha256");
  /** The chunk that is being filled. */
  #buffer = new Uint8Array(8_192);
  #filled = 0;
  #size = 0;
  /** The first chunk, once others follow it. */
  #first: Uint8Array | undefined;
  #chunks: Chunk[] = [];
  /** How many chunks were made, the first not counted. */
  #made = 0;
  #parked: { readonly id: number } | undefined;

  constructor(
    private readonly content: ContentStore,
    private readonly store: Store,
  ) {}

  /** Octets written so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the octets; they may be reused by the caller once this resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hasher.update(bytes);
    this.#size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, CHUNK_SIZE - this.#filled);
      this.#room(taken);
      this.#buffer.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === CHUNK_SIZE) await this.#close();
    }
  }

  /** What was written so far, a chunk at a time. */
  async *octets(): AsyncGenerator<Uint8Array> {
    if (this.#first !== undefined) yield this.#first;
    for (let number = 1; number <= this.#made; number++) {
      const chunk = this.#chunks.find((one) => one.number === number);
      yield chunk === undefined ? this.content.readChunk(this.#parked?.id ?? 0, number) : octetsOf(chunk);
      if (this.store.turns.over) await this.store.turns.next();
    }
    if (this.#filled > 0) yield this.#buffer.subarray(0, this.#filled);
  }

  /**
   * Ends the content.
   * @param options.head octets that stand in front of all that was written; with a head the content has a hash of its own kind
   * @param options.park keep nothing of it in memory: for many contents that go into one commit
   */
  async finish(options: { readonly head?: Uint8Array; readonly park?: boolean } = {}): Promise<Staged> {
    const { head } = options;
    const last = this.#buffer.subarray(0, this.#filled);
    const first = this.#first ?? last;
    if (this.#first !== undefined && last.length > 0) await this.#add(last);
    const lead = head === undefined ? first : Buffer.concat([head, first]);
    if (lead.length > 0) this.#chunks.push({ number: 0, ...(await squeezed(lead)) });
    this.#first = undefined;
    this.#buffer = new Uint8Array(0);
    this.#filled = 0;
    if (options.park && this.#chunks.length > 0) await this.#park();
    const digest = this.#hasher.digest();
    return {
      // Another function than that of contents without a head: nothing that somebody writes can be taken for such a pair.
      hash: head === undefined ? digest : new Bun.CryptoHasher("sha512-256").update(digest).update(head).digest(),
      size: this.#size + (head?.length ?? 0),
      lead: Math.max(CHUNK_SIZE, lead.length),
      chunks: this.#chunks,
      parked: this.#parked,
    };
  }

  /** Drops what was written, be it finished or not, as long as nothing adopted it. */
  async abort(): Promise<void> {
    this.#chunks = [];
    const parked = this.#parked;
    this.#parked = undefined;
    if (parked !== undefined) await this.content.drop(parked.id);
  }

  #room(more: number): void {
    if (this.#filled + more <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.min(CHUNK_SIZE, Math.max(this.#buffer.length * 4, this.#filled + more)));
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
  }

  async #close(): Promise<void> {
    this.#filled = 0;
    if (this.#first === undefined) {
      this.#first = this.#buffer;
      this.#buffer = new Uint8Array(8_192);
      return;
    }
    await this.#add(this.#buffer);
    if (this.#chunks.length >= PARK_CHUNKS) await this.#park();
  }

  async #add(octets: Uint8Array): Promise<void> {
    this.#chunks.push({ number: ++this.#made, ...(await squeezed(octets)) });
  }

  async #park(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    const known = this.#parked;
    const parked = known ?? { id: this.content.newId() };
    await this.store.commit(() => {
      if (known === undefined) this.content.park(parked.id);
      this.content.putChunks(parked.id, chunks);
    });
    this.#parked = parked;
    for (const { data } of chunks) giveBack(data);
  }
}

async function squeezed(raw: Uint8Array): Promise<Omit<Chunk, "number">> {
  const small = raw.length < OFFLOAD_SIZE;
  const data = small ? Bun.zstdCompressSync(raw, LEVEL) : await Bun.zstdCompress(raw, LEVEL);
  return data.length < raw.length ? { compressed: true, data } : { compressed: false, data: raw.slice() };
}
