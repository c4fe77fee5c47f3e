/**
 * The content store: sequences of octets (messages, later files), stored once each under their SHA-256, in compressed
 * chunks, with a count of references. They are streamed in and out: memory does not grow with their size.
 *
 * Receiving: `writer()` collects chunks; beyond a few megabytes it parks them in the file under a row without a hash.
 * `adopt` inside the commit of what refers to the content gives it its hash and one reference.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "./store.ts";

/** Octets in a chunk before compression. */
export const CHUNK_SIZE = 131_072;
/** Chunk numbers take the low 16 bits of a chunk's key: at most 8 GiB a content. */
const CHUNKS_PER_CONTENT = 65_536;
/** Chunks held in memory by one writer before they are parked in the file. */
const PARK_CHUNKS = 16;
/** When dropping is tried again after a full disk kept it from working, in milliseconds. */
const DROP_AGAIN_MS = 5_000;
/** Compressed on another thread from this size on; below, the hop costs more than the work. */
const OFFLOAD_SIZE = 32_768;
/** Bodies are mostly text or base64: the fastest levels already find what there is to find. */
const LEVEL = { level: 1 } as const;

interface Chunk {
  readonly compressed: boolean;
  readonly data: Uint8Array;
}

/** A content that was received and waits for `adopt`. It may be adopted several times in one commit. */
export interface Staged {
  readonly hash: Uint8Array;
  /** Octets. */
  readonly size: number;
  readonly chunks: readonly Chunk[];
  /** The row under which the first chunks are parked, for large contents. */
  readonly parked: { readonly id: number; readonly chunks: number } | undefined;
}

/** Called inside the commit that drops the last reference of a content. */
export type FreeListener = (tx: Tx, id: number) => void;

function keyOf(id: number, chunk: number): number {
  return id * CHUNKS_PER_CONTENT + chunk;
}

function prepare(store: Store) {
  const client = store.client;
  return {
    byHash: client.prepare<{ id: number }, [Uint8Array]>("SELECT id FROM contents WHERE hash = ?"),
    insert: client.prepare("INSERT INTO contents (id, hash, size, refs) VALUES (?, ?, ?, ?)"),
    insertChunk: client.prepare("INSERT INTO chunks (id, compressed, data) VALUES (?, ?, ?)"),
    give: client.prepare("UPDATE contents SET hash = ?, size = ?, refs = 1 WHERE id = ?"),
    retain: client.prepare("UPDATE contents SET refs = refs + 1 WHERE id = ?"),
    release: client.prepare<{ refs: number }, [number]>(
      "UPDATE contents SET refs = refs - 1 WHERE id = ? RETURNING refs",
    ),
    remove: client.prepare("DELETE FROM contents WHERE id = ?"),
    removeChunks: client.prepare("DELETE FROM chunks WHERE id >= ? AND id < ?"),
    hash: client.prepare<{ hash: Uint8Array }, [number]>("SELECT hash FROM contents WHERE id = ?"),
    size: client.prepare<{ size: number }, [number]>("SELECT size FROM contents WHERE id = ?"),
    chunk: client.prepare<{ compressed: number; data: Uint8Array }, [number]>(
      "SELECT compressed, data FROM chunks WHERE id = ?",
    ),
  } satisfies Record<string, Statement>;
}

export class ContentStore {
  #sql: ReturnType<typeof prepare> | undefined;
  #next: number | undefined;
  /** Parked contents that could not be dropped yet. */
  readonly #unwanted = new Set<number>();
  #dropping: ReturnType<typeof setTimeout> | undefined;
  readonly #onFree: FreeListener[] = [];

  constructor(private readonly store: Store) {
    this.#sweep();
  }

  /** Prepared when first used, because the tables exist only after the migration. */
  get #statements(): ReturnType<typeof prepare> {
    this.#sql ??= prepare(this.store);
    return this.#sql;
  }

  /** A writer for one content. */
  writer(): ContentWriter {
    return new ContentWriter(this, this.store);
  }

  /** Calls `listener` whenever a content loses its last reference, inside that commit: for rows that hang on contents. */
  onFree(listener: FreeListener): void {
    this.#onFree.push(listener);
  }

  /** Makes a received content part of the store and takes one reference to it; equal octets are stored once. */
  adopt(tx: Tx, staged: Staged): number {
    const sql = this.#statements;
    const known = sql.byHash.get(staged.hash);
    if (known !== null) {
      sql.retain.run(known.id);
      if (staged.parked !== undefined && staged.parked.id !== known.id) this.discardParked(tx, staged.parked.id);
      return known.id;
    }
    let id: number;
    let first = 0;
    if (staged.parked !== undefined) {
      ({ id, chunks: first } = staged.parked);
      sql.give.run(staged.hash, staged.size, id);
    } else {
      id = this.newId();
      sql.insert.run(id, staged.hash, staged.size, 1);
    }
    this.putChunks(id, first, staged.chunks);
    return id;
  }

  /** Takes one more reference. */
  retain(_tx: Tx, id: number): void {
    this.#statements.retain.run(id);
  }

  /** Gives a reference back; the last one frees the octets. */
  release(tx: Tx, id: number): void {
    const row = this.#statements.release.get(id);
    if (row === null || row.refs > 0) return;
    for (const listener of this.#onFree) listener(tx, id);
    this.#remove(id);
  }

  /** The SHA-256 of a content; undefined where it is gone. */
  hashOf(id: number): Uint8Array | undefined {
    return this.#statements.hash.get(id)?.hash;
  }

  /** The content with this SHA-256. */
  withHash(hash: Uint8Array): number | undefined {
    return this.#statements.byHash.get(hash)?.id;
  }

  /** Octets in a content. @throws Refusal "notFound" */
  size(id: number): number {
    const row = this.#statements.size.get(id);
    if (row === null) throw new Refusal("notFound", "This content is no longer stored.");
    return row.size;
  }

  /** Octets `start` to `end` (exclusive) of a content. Reads only the chunks they lie in; for ranges up to a few MB. */
  read(id: number, start = 0, end = Number.POSITIVE_INFINITY): Uint8Array {
    const stop = Math.min(end, this.size(id));
    const parts: Uint8Array[] = [];
    for (let at = Math.max(0, start); at < stop; ) {
      const part = this.#slice(id, at, stop);
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** The same a chunk at a time; others have their turns in between. */
  async *stream(id: number, start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    const stop = Math.min(end, this.size(id));
    for (let at = Math.max(0, start); at < stop; ) {
      const part = this.#slice(id, at, stop);
      yield part;
      at += part.length;
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  /** Octets `start` to `end` (exclusive) of a content that was received and that nothing has adopted yet. */
  async *streamStaged(staged: Staged, start = 0, end = staged.size): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const number = Math.floor(at / CHUNK_SIZE);
      const base = number * CHUNK_SIZE;
      const part = this.#stagedChunk(staged, number).subarray(at - base, end - base);
      yield part;
      at += part.length;
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  #stagedChunk({ parked, chunks }: Staged, number: number): Uint8Array {
    const before = parked?.chunks ?? 0;
    const chunk = chunks[number - before];
    if (chunk !== undefined) return chunk.compressed ? Bun.zstdDecompressSync(chunk.data) : chunk.data;
    return this.#chunk(parked?.id ?? 0, number);
  }

  /** An id that was not used before in the life of this process. */
  newId(): number {
    this.#next ??= Number(this.store.client.query("SELECT coalesce(max(id), 0) FROM contents").values()[0]?.[0] ?? 0);
    return ++this.#next;
  }

  /** Writes chunks from chunk number `first` on. */
  putChunks(id: number, first: number, chunks: readonly Chunk[]): void {
    for (const [index, chunk] of chunks.entries()) {
      this.#statements.insertChunk.run(keyOf(id, first + index), chunk.compressed ? 1 : 0, chunk.data);
    }
  }

  /** Begins a parked content. */
  park(id: number): void {
    this.#statements.insert.run(id, null, 0, 0);
  }

  /** Forgets a parked content. */
  discardParked(_tx: Tx, id: number): void {
    this.#remove(id);
  }

  /**
   * Forgets a parked content that comes to nothing, in a commit of its own. Where the disk is too full even for that, it is
   * tried again until it works.
   */
  async drop(id: number): Promise<void> {
    this.#unwanted.add(id);
    await this.#dropUnwanted();
  }

  async #dropUnwanted(): Promise<void> {
    const ids = [...this.#unwanted];
    try {
      await this.store.commit((tx) => {
        for (const id of ids) this.discardParked(tx, id);
      });
      for (const id of ids) this.#unwanted.delete(id);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      this.#dropLater();
    }
  }

  #dropLater(): void {
    this.#dropping ??= setTimeout(() => {
      this.#dropping = undefined;
      this.#dropUnwanted().catch((fault: unknown) => this.store.events.fault("store", "drop a content", fault));
    }, DROP_AGAIN_MS);
  }

  /** Drops what could not be dropped before, if there is room now, and frees the prepared statements. */
  stop(): void {
    this.#dropNow([...this.#unwanted]);
    clearTimeout(this.#dropping);
    if (this.#sql === undefined) return;
    for (const statement of Object.values(this.#sql)) statement.finalize();
  }

  #remove(id: number): void {
    this.#statements.removeChunks.run(keyOf(id, 0), keyOf(id + 1, 0));
    this.#statements.remove.run(id);
  }

  #slice(id: number, at: number, stop: number): Uint8Array {
    const number = Math.floor(at / CHUNK_SIZE);
    const base = number * CHUNK_SIZE;
    const part = this.#chunk(id, number).subarray(at - base, stop - base);
    if (part.length === 0) throw new Error(`content ${id} ends inside chunk ${number}`);
    return part;
  }

  #chunk(id: number, number: number): Uint8Array {
    const row = this.#statements.chunk.get(keyOf(id, number));
    if (row === null) throw new Error(`content ${id} lacks chunk ${number}`);
    return row.compressed === 1 ? Bun.zstdDecompressSync(row.data) : row.data;
  }

  /** What was being received when the process ended was never promised to anybody. */
  #sweep(): void {
    const left = this.store.client.query<{ id: number }, []>("SELECT id FROM contents WHERE hash IS NULL").all();
    this.#dropNow(left.map(({ id }) => id));
  }

  #dropNow(ids: readonly number[]): void {
    if (ids.length === 0) return;
    try {
      this.store.commitNow(() => {
        for (const id of ids) this.#remove(id);
      });
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      for (const id of ids) this.#unwanted.add(id);
      this.#dropLater();
    }
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Refusal && error.kind === "noSpace";
}

/** Receives one content. Not to be used after `finish` or `abort`. */
export class ContentWriter {
  readonly #hasher = new Bun.CryptoHasher("sha256");
  #buffer = new Uint8Array(8_192);
  #filled = 0;
  #size = 0;
  #chunks: Chunk[] = [];
  #parked: { id: number; chunks: number } | undefined;

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

  /**
   * Ends the content.
   * @param options.park keep nothing of it in memory: for many contents that go into one commit
   */
  async finish(options: { readonly park?: boolean } = {}): Promise<Staged> {
    if (this.#filled > 0) await this.#close();
    this.#buffer = new Uint8Array(0);
    if (options.park && this.#chunks.length > 0) await this.#park();
    return { hash: this.#hasher.digest(), size: this.#size, chunks: this.#chunks, parked: this.#parked };
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
    const raw = this.#buffer.subarray(0, this.#filled);
    const squeezed = raw.length < OFFLOAD_SIZE ? Bun.zstdCompressSync(raw, LEVEL) : await Bun.zstdCompress(raw, LEVEL);
    const compressed = squeezed.length < raw.length;
    this.#chunks.push({ compressed, data: compressed ? squeezed : raw.slice() });
    this.#filled = 0;
    if (this.#chunks.length >= PARK_CHUNKS) await this.#park();
  }

  async #park(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    const parked = this.#parked ?? { id: this.content.newId(), chunks: 0 };
    await this.store.commit(() => {
      if (this.#parked === undefined) this.content.park(parked.id);
      this.content.putChunks(parked.id, parked.chunks, chunks);
    });
    this.#parked = { id: parked.id, chunks: parked.chunks + chunks.length };
  }
}
