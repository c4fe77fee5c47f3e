/**
 * What the cache keeps in the data folder. `cache/index.db` is a small SQLite file of its own with the heads; each content is a file of
 * its own under `cache/objects/`, named by random digits alone, so that nothing in a request or a response has a say in where something
 * is written. Everything here may be deleted at any time.
 *
 * - A content is written to `cache/new/` and moved into place; only then its row is written. A file without a row is swept away, a row
 *   without its file, or with one of another length, is a miss.
 * - Nothing is synced: after a power cut the disk may hold less than the index says. So the index remembers the system's boot, and what
 *   another boot left without closing is thrown away as a whole.
 * - An index that cannot be read is thrown away, too.
 */
import { Database, type Statement } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BoundedMap } from "../../../directory/cache.ts";
import type { Fields } from "../../../net/http/fields.ts";
import { type Expected, FileBody } from "./body.ts";
import { type Entry, packEntry, unpackEntry } from "./entry.ts";
import { KnownUrls } from "./known.ts";
import { chosen } from "./memory.ts";

const VERSION = "1";
/** What a file takes beyond its octets, on average: half a block, its name, its row. */
const OVERHEAD = 3_000;
/** Uses that are noted in one go. */
const USES = 64;
/** Rows whose addresses are read in one go after the start. */
const ROWS = 500;
/** Rows that are taken away in one go. */
const VICTIMS = 32;
/** Share of the room for what was asked for again. */
const PROTECTED_SHARE = 0.8;
/** When there is no room any more, this share is made free beyond what is needed, so that it is not looked for with every response. */
const SPARE_SHARE = 0.05;
const MOST_VARIANTS = 16;
/** Contents that are remembered for being right. */
const MOST_SOUND = 16_384;

/** A response on disk. */
export interface Filed {
  readonly id: number;
  readonly entry: Entry;
  readonly file: string;
  readonly expected: Expected;
}

/** A file that is being written, not yet part of the cache. */
export interface Draft {
  readonly name: string;
  readonly path: string;
  readonly handle: FileHandle;
}

interface Row {
  id: number;
  entry: string;
  file: string;
  length: number;
  checksum: number;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;
  CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS responses (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, host TEXT NOT NULL, entry TEXT NOT NULL, file TEXT NOT NULL,
    head INTEGER NOT NULL, length INTEGER NOT NULL, checksum INTEGER NOT NULL, used INTEGER NOT NULL, again INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX IF NOT EXISTS responses_url ON responses (url);
  CREATE INDEX IF NOT EXISTS responses_host ON responses (host, length, head);
  CREATE UNIQUE INDEX IF NOT EXISTS responses_file ON responses (file);
  CREATE INDEX IF NOT EXISTS responses_use ON responses (again, used, length, head);`;

function prepare(db: Database) {
  return {
    byUrl: db.prepare<Row, [string]>(
      "SELECT id, entry, file, length, checksum FROM responses WHERE url = ? ORDER BY id",
    ),
    byHost: db.prepare<Row, [string]>("SELECT id, entry, file, length, checksum FROM responses WHERE host = ?"),
    byFile: db.prepare<{ id: number }, [string]>("SELECT id FROM responses WHERE file = ?"),
    insert: db.prepare<{ id: number }, [string, string, string, string, number, number, number, number]>(
      "INSERT INTO responses (url, host, entry, file, head, length, checksum, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    ),
    head: db.prepare<{ head: number }, [number]>("SELECT head FROM responses WHERE id = ?"),
    update: db.prepare("UPDATE responses SET entry = ?, head = ? WHERE id = ?"),
    use: db.prepare("UPDATE responses SET used = ?, again = 1 WHERE id = ?"),
    remove: db.prepare<{ url: string; file: string; length: number; head: number }, [number]>(
      "DELETE FROM responses WHERE id = ? RETURNING url, file, length, head",
    ),
    urls: db.prepare<{ id: number; url: string }, [number, number]>(
      "SELECT id, url FROM responses WHERE id > ? ORDER BY id LIMIT ?",
    ),
    oldest: db.prepare<{ id: number }, [number, number]>(
      "SELECT id FROM responses WHERE again = ? ORDER BY used LIMIT ?",
    ),
    demote: db.prepare("UPDATE responses SET again = 0 WHERE id = ?"),
    sums: db.prepare<{ rows: number; octets: number | null; heads: number | null }, []>(
      "SELECT count(*) AS rows, sum(length) AS octets, sum(head) AS heads FROM responses",
    ),
    protectedSum: db.prepare<{ octets: number | null }, [number]>(
      "SELECT sum(length + head + ?) AS octets FROM responses WHERE again = 1",
    ),
    hosts: db.prepare<{ host: string; entries: number; octets: number }, [number]>(
      "SELECT host, count(*) AS entries, sum(length) AS octets FROM responses GROUP BY host ORDER BY octets DESC LIMIT ?",
    ),
    setState: db.prepare("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)"),
  } satisfies Record<string, Statement>;
}

/** The system's boot, where it can be told; another text each time where not. */
function thisBoot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return randomBytes(16).toString("hex");
  }
}

export class DiskShelf {
  /** Responses there. */
  entries = 0;
  /** Octets of their contents. */
  octets = 0;
  /** Octets of their heads, which count as well: an origin may write long ones. */
  #heads = 0;
  readonly #db: Database;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #known = new KnownUrls();
  /** Rows up to this id are in `#known`; infinite when all are. */
  #read = 0;
  /** Uses that are not noted yet. */
  readonly #uses = new Map<number, number>();
  /** Contents that were written, or read to their end and found to be right, since the start: the kernel may send them by itself. */
  readonly #sound = new BoundedMap<number, true>(MOST_SOUND);
  /** File work that goes on beside. */
  readonly #working = new Set<Promise<unknown>>();
  /** Names given out while the folder is being swept: their rows may come after their files. */
  #ownNames: Set<string> | undefined = new Set();
  #trimming = false;
  #closed = false;

  /** @param folder the cache's own; made where it is missing. @throws where nothing can be written there */
  constructor(
    private readonly folder: string,
    private readonly fault: (text: string, error: unknown) => void,
  ) {
    mkdirSync(join(folder, "objects"), { recursive: true, mode: 0o700 });
    this.#db = openIndex(folder);
    this.#sql = prepare(this.#db);
    const sums = this.#sql.sums.get();
    this.entries = sums?.rows ?? 0;
    this.octets = sums?.octets ?? 0;
    this.#heads = sums?.heads ?? 0;
    // Files of a run that broke off.
    rmSync(join(folder, "new"), { recursive: true, force: true });
    mkdirSync(join(folder, "new"), { mode: 0o700 });
    this.#beside(this.#readUrls());
    this.#beside(this.#sweep());
  }

  /** Learns which addresses there are, some at a time; until then each is asked about. */
  async #readUrls(): Promise<void> {
    while (!this.#closed) {
      const rows = this.#sql.urls.all(this.#read, ROWS);
      for (const { url } of rows) this.#known.add(url);
      this.#read = rows.length < ROWS ? Number.POSITIVE_INFINITY : (rows.at(-1)?.id ?? 0);
      if (rows.length < ROWS) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The stored response that fits a request. */
  find(url: string, request: Fields): Filed | undefined {
    return chosen(this.variants(url), request);
  }

  /** Whether anything is kept of a URL. */
  variants(url: string): Filed[] {
    if (this.#read === Number.POSITIVE_INFINITY && !this.#known.mayHave(url)) return [];
    return this.#filed(this.#sql.byUrl.all(url));
  }

  #filed(rows: readonly Row[]): Filed[] {
    const found: Filed[] = [];
    for (const { id, entry, file, length, checksum } of rows) {
      try {
        found.push({ id, entry: unpackEntry(entry), file, expected: { length, checksum } });
      } catch {
        this.remove(id);
      }
    }
    return found;
  }

  /** Opens the content; where that cannot be, it is forgotten. */
  async open(filed: Filed): Promise<FileBody | undefined> {
    const { id } = filed;
    const body = await FileBody.open(this.#path(filed.file), filed.expected, {
      sound: () => this.#sound.get(id) === true,
      verified: () => this.#sound.set(id, true),
      damaged: () => void this.remove(id),
    });
    if (body === undefined) this.remove(id);
    return body;
  }

  #path(file: string): string {
    return join(this.folder, "objects", file.slice(0, 2), file);
  }

  /** Notes that it was used. */
  use(filed: Filed, at: number): void {
    this.#uses.set(filed.id, at);
    if (this.#uses.size >= USES) this.#noteUses();
  }

  #noteUses(): void {
    if (this.#uses.size === 0 || this.#closed) return;
    const uses = [...this.#uses];
    this.#uses.clear();
    this.#db.transaction(() => {
      for (const [id, at] of uses) this.#sql.use.run(at, id);
    })();
  }

  /** Begins a file. */
  async draft(): Promise<Draft> {
    const name = randomBytes(16).toString("hex");
    const path = join(this.folder, "new", name);
    this.#ownNames?.add(name);
    return { name, path, handle: await open(path, "wx", 0o600) };
  }

  /** Throws a file away that did not become anything. */
  async discard({ path, handle }: Draft): Promise<void> {
    await handle.close().catch(() => {});
    await unlink(path).catch(() => {});
  }

  /**
   * Makes a written file part of the cache, in place of what had the same variant.
   * @param wanted asked at the last moment: false where it was purged or made invalid meanwhile
   */
  async file(draft: Draft, entry: Entry, expected: Expected, wanted: () => boolean): Promise<void> {
    try {
      await draft.handle.close();
      const path = this.#path(draft.name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await rename(draft.path, path);
      if (wanted() && !this.#closed) this.#insert(draft.name, entry, expected);
      else await unlink(path);
    } catch (error) {
      await this.discard(draft);
      this.fault("a response could not be kept on disk", error);
    }
  }

  #insert(file: string, entry: Entry, { length, checksum }: Expected): void {
    const now = Date.now();
    const before = this.variants(entry.url);
    for (const other of before) {
      if (other.entry.variant === entry.variant && other.entry.vary.join() === entry.vary.join()) this.remove(other.id);
    }
    const oldest = before.length >= MOST_VARIANTS ? before[0] : undefined;
    if (oldest !== undefined) this.remove(oldest.id);
    const head = packEntry(entry);
    const row = this.#sql.insert.get(entry.url, entry.host, head, file, head.length, length, checksum, now);
    if (row !== null) {
      this.#sound.set(row.id, true);
      if (row.id <= this.#read) this.#known.add(entry.url);
    }
    this.entries++;
    this.octets += length;
    this.#heads += head.length;
  }

  /** Replaces the head. */
  update(filed: Filed, entry: Entry): void {
    const before = this.#closed ? null : this.#sql.head.get(filed.id);
    if (before === null) return;
    const head = packEntry(entry);
    this.#sql.update.run(head, head.length, filed.id);
    this.#heads += head.length - before.head;
  }

  /** Forgets a response; true where it was there. Who is reading it reads to the end. */
  remove(id: number): boolean {
    if (this.#closed) return false;
    this.#uses.delete(id);
    this.#sound.delete(id);
    const gone = this.#sql.remove.get(id);
    if (gone === null) return false;
    if (id <= this.#read) this.#known.remove(gone.url);
    this.entries--;
    this.octets -= gone.length;
    this.#heads -= gone.head;
    this.#beside(unlink(this.#path(gone.file)).catch(() => {}));
    return true;
  }

  /** Forgets what is kept of a URL; answers how many responses. */
  removeUrl(url: string): number {
    return this.#sql.byUrl.all(url).filter(({ id }) => this.remove(id)).length;
  }

  /** Forgets what is kept of a host, a piece at a time; answers how many responses. */
  async removeHost(host: string): Promise<number> {
    return await this.#removeSlowly(this.#sql.byHost.all(host).map(({ id }) => id));
  }

  /** Forgets everything, a piece at a time; answers how many responses. */
  async removeAll(): Promise<number> {
    let removed = 0;
    for (;;) {
      const some = [...this.#sql.oldest.all(0, VICTIMS), ...this.#sql.oldest.all(1, VICTIMS)];
      const gone = await this.#removeSlowly(some.map(({ id }) => id));
      if (gone === 0) return removed;
      removed += gone;
    }
  }

  async #removeSlowly(ids: readonly number[]): Promise<number> {
    let removed = 0;
    for (let at = 0; at < ids.length && !this.#closed; at += VICTIMS) {
      const some = ids.slice(at, at + VICTIMS);
      this.#db.transaction(() => {
        for (const id of some) if (this.remove(id)) removed++;
      })();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return removed;
  }

  /** Takes away what does not fit into `room` octets any more, beside everything else. */
  trim(room: number): void {
    if (this.#trimming || this.#weight <= room) return;
    this.#trimming = true;
    this.#beside(
      this.#trim(room).finally(() => {
        this.#trimming = false;
      }),
    );
  }

  get #weight(): number {
    return this.octets + this.#heads + this.entries * OVERHEAD;
  }

  async #trim(most: number): Promise<void> {
    const room = most * (1 - SPARE_SHARE);
    this.#noteUses();
    this.#demote(room);
    while (this.#weight > room && !this.#closed) {
      const once = this.#sql.oldest.all(0, VICTIMS);
      const victims = once.length > 0 ? once : this.#sql.oldest.all(1, VICTIMS);
      if (victims.length === 0) return;
      for (const { id } of victims) if (this.#weight > room) this.remove(id);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What was asked for again but not lately gives up its better place when there are too many of its kind. */
  #demote(room: number): void {
    const octets = this.#sql.protectedSum.get(OVERHEAD)?.octets ?? 0;
    if (octets <= room * PROTECTED_SHARE) return;
    const last = this.#sql.oldest.all(1, 4 * VICTIMS);
    this.#db.transaction(() => {
      for (const { id } of last) this.#sql.demote.run(id);
    })();
  }

  /** The hosts of which most is kept. */
  hosts(most: number): { host: string; entries: number; octets: number }[] {
    return this.#sql.hosts.all(most);
  }

  /** Removes files that no row names, which a run that broke off left behind. */
  async #sweep(): Promise<void> {
    const objects = join(this.folder, "objects");
    for (const part of await readdir(objects).catch(() => [])) {
      for (const file of await readdir(join(objects, part)).catch(() => [])) {
        if (this.#closed) return;
        if (this.#ownNames?.has(file) === true || this.#sql.byFile.get(file) !== null) continue;
        await rm(join(objects, part, file), { recursive: true, force: true }).catch(() => {});
      }
    }
    this.#ownNames = undefined;
  }

  #beside(work: Promise<unknown>): void {
    const watched = work.catch((error: unknown) => this.fault("the cache on disk", error));
    this.#working.add(watched);
    void watched.finally(() => this.#working.delete(watched));
  }

  /** Resolves when the file work that was begun is done. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Notes what was used, and closes the index. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#noteUses();
    this.#sql.setState.run("boot", "closed");
    this.#closed = true;
    await this.settled();
    // With its statements gone it closes at once, and the log is written back.
    for (const statement of Object.values(this.#sql)) statement.finalize();
    this.#db.close();
  }
}

/** Opens the index, or begins a new one where the old one cannot be relied on. */
function openIndex(folder: string): Database {
  const boot = thisBoot();
  try {
    const db = tryIndex(folder);
    const rows = db.prepare<{ name: string; value: string }, []>("SELECT name, value FROM state");
    const states = new Map(rows.all().map(({ name, value }) => [name, value]));
    rows.finalize();
    const before = states.get("boot");
    const usable = before === undefined || before === "closed" || before === boot;
    if (usable && (states.get("version") ?? VERSION) === VERSION) return begun(db, boot);
    db.close();
  } catch {
    // Not a database, or not ours: a new one.
  }
  throwAway(folder);
  return begun(tryIndex(folder), boot);
}

function tryIndex(folder: string): Database {
  const db = new Database(join(folder, "index.db"), { create: true, readwrite: true });
  try {
    db.exec(SCHEMA);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function begun(db: Database, boot: string): Database {
  const put = db.prepare("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)");
  put.run("version", VERSION);
  put.run("boot", boot);
  put.finalize();
  return db;
}

/** The index goes at once; the contents are moved aside and go beside everything else. */
function throwAway(folder: string): void {
  for (const name of ["index.db", "index.db-wal", "index.db-shm"]) rmSync(join(folder, name), { force: true });
  const old = join(folder, `old-${randomBytes(8).toString("hex")}`);
  renameSync(join(folder, "objects"), old);
  mkdirSync(join(folder, "objects"), { mode: 0o700 });
  void rm(old, { recursive: true, force: true }).catch(() => {});
}
