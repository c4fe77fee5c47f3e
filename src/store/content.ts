/**
 * The content store: sequences of octets (messages, later files), stored once each under their SHA-256, in compressed
 * chunks, with a count of references. They are streamed in and out: memory does not grow with their size.
 *
 * Receiving: `writer()` collects chunks; beyond a few megabytes it parks them in the file under a row without a hash.
 * `adopt` inside the commit of what refers to the content gives it its hash and one reference.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import { CHUNK_SIZE, type Chunk, ContentWriter, giveBack, octetsOf, type Staged } from "./content-writer.ts";
import type { Store, Tx } from "./store.ts";

/** Chunk numbers take the low 16 bits of a chunk's key: at most 8 GiB a content. */
const CHUNKS_PER_CONTENT = 65_536;
/** When dropping is tried again after a full disk kept it from working, in milliseconds. */
const DROP_AGAIN_MS = 5_000;

/** Called inside the commit that drops the last reference of a content. */
export type FreeListener = (tx: Tx, id: number) => void;

function keyOf(id: number, chunk: number): number {
  return id * CHUNKS_PER_CONTENT + chunk;
}

/** How the octets of a content lie in its chunks. */
interface Extent {
  /** Octets. */
  readonly size: number;
  /** Octets in the first chunk, where others follow it; these have CHUNK_SIZE each. */
  readonly lead: number;
}

function prepare(store: Store) {
  const client = store.client;
  return {
    byHash: client.prepare<{ id: number }, [Uint8Array]>("SELECT id FROM contents WHERE hash = ?"),
    isParked: client.prepare<{ id: number }, [number]>("SELECT id FROM contents WHERE id = ? AND hash IS NULL"),
    insert: client.prepare("INSERT INTO contents (id, hash, size, lead, refs) VALUES (?, ?, ?, ?, ?)"),
    insertChunk: client.prepare("INSERT INTO chunks (id, compressed, data) VALUES (?, ?, ?)"),
    give: client.prepare("UPDATE contents SET hash = ?, size = ?, lead = ?, refs = 1 WHERE id = ?"),
    retain: client.prepare("UPDATE contents SET refs = refs + 1 WHERE id = ?"),
    release: client.prepare<{ refs: number }, [number]>(
      "UPDATE contents SET refs = refs - 1 WHERE id = ? RETURNING refs",
    ),
    remove: client.prepare("DELETE FROM contents WHERE id = ?"),
    removeChunks: client.prepare("DELETE FROM chunks WHERE id >= ? AND id < ?"),
    hash: client.prepare<{ hash: Uint8Array }, [number]>("SELECT hash FROM contents WHERE id = ?"),
    extent: client.prepare<Extent, [number]>("SELECT size, lead FROM contents WHERE id = ?"),
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
    const { hash, size, lead } = staged;
    const id = staged.parked?.id ?? this.newId();
    if (staged.parked !== undefined) sql.give.run(hash, size, lead, id);
    else sql.insert.run(id, hash, size, lead, 1);
    this.putChunks(id, staged.chunks);
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
    return this.#extent(id).size;
  }

  /** Octets `start` to `end` (exclusive) of a content. Reads only the chunks they lie in; for ranges up to a few MB. */
  read(id: number, start = 0, end = Number.POSITIVE_INFINITY): Uint8Array {
    const { size, lead } = this.#extent(id);
    const stop = Math.min(end, size);
    const parts: Uint8Array[] = [];
    for (let at = Math.max(0, start); at < stop; ) {
      const part = this.#slice(id, lead, at, stop);
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** The same a chunk at a time; others have their turns in between. */
  async *stream(id: number, start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    const { size, lead } = this.#extent(id);
    const stop = Math.min(end, size);
    for (let at = Math.max(0, start); at < stop; ) {
      const part = this.#slice(id, lead, at, stop);
      yield part;
      at += part.length;
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  /** Octets `start` to `end` (exclusive) of a content that was received and that nothing has adopted yet. */
  async *streamStaged(staged: Staged, start = 0, end = staged.size): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const { number, base } = placeOf(at, staged.lead);
      const part = this.#stagedChunk(staged, number).subarray(at - base, end - base);
      yield part;
      at += part.length;
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  #stagedChunk({ parked, chunks }: Staged, number: number): Uint8Array {
    const chunk = chunks.find((one) => one.number === number);
    return chunk === undefined ? this.readChunk(parked?.id ?? 0, number) : octetsOf(chunk);
  }

  /** An id that was not used before in the life of this process. */
  newId(): number {
    this.#next ??= Number(this.store.client.query("SELECT coalesce(max(id), 0) FROM contents").values()[0]?.[0] ?? 0);
    return ++this.#next;
  }

  putChunks(id: number, chunks: readonly Chunk[]): void {
    for (const { number, compressed, data } of chunks) {
      this.#statements.insertChunk.run(keyOf(id, number), compressed ? 1 : 0, data);
    }
  }

  /** Begins a parked content. */
  park(id: number): void {
    this.#statements.insert.run(id, null, 0, CHUNK_SIZE, 0);
  }

  /** Forgets a parked content. */
  discardParked(_tx: Tx, id: number): void {
    this.#remove(id);
  }

  /** Forgets what was received, if nobody adopted it. */
  discardUnused(tx: Tx, { parked }: Staged): void {
    if (parked !== undefined && this.#statements.isParked.get(parked.id) !== null) this.discardParked(tx, parked.id);
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

  #extent(id: number): Extent {
    const row = this.#statements.extent.get(id);
    if (row === null) throw new Refusal("notFound", "This content is no longer stored.");
    return row;
  }

  #slice(id: number, lead: number, at: number, stop: number): Uint8Array {
    const { number, base } = placeOf(at, lead);
    const part = this.readChunk(id, number).subarray(at - base, stop - base);
    if (part.length === 0) throw new Error(`content ${id} ends inside chunk ${number}`);
    return part;
  }

  /** The octets of one chunk, which may be parked. */
  readChunk(id: number, number: number): Uint8Array {
    const row = this.#statements.chunk.get(keyOf(id, number));
    if (row === null) throw new Error(`content ${id} lacks chunk ${number}`);
    const octets = octetsOf({ compressed: row.compressed === 1, data: row.data });
    if (octets !== row.data) giveBack(row.data);
    return octets;
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

/** The chunk in which an octet lies, and the place of that chunk's first octet. */
function placeOf(at: number, lead: number): { readonly number: number; readonly base: number } {
  if (at < lead) return { number: 0, base: 0 };
  const after = Math.floor((at - lead) / CHUNK_SIZE);
  return { number: after + 1, base: lead + after * CHUNK_SIZE };
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Refusal && error.kind === "noSpace";
}
