/**
 * The write-ahead log and its way to the disk. SQLite's syncs would stop the event loop, so it makes only one itself (NORMAL): that of
 * the log's header when the log begins anew, without which a power cut could revive old frames behind it. The others are made here
 * in the same order, on another thread:
 *
 * - the log after each commit, before anybody is told of it;
 * - then, when the log is long, its pages go into the file (a checkpoint), and the file is synced before anything is written over them
 *   in the log. So at every moment the disk holds the log of all that was promised, or the file does.
 *
 * https://www.sqlite.org/wal.html, docs/decisions/commit.md.
 */
import type { Database, Statement } from "bun:sqlite";
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** Pages in the log from which they are moved into the file. */
const LONG = 1_000;
/** A disk that is slower than this on average keeps nobody waiting in place, in milliseconds. */
const QUICK_MS = 2;

export class Log {
  readonly #log: number;
  readonly #file: number;
  readonly #measure: Statement;
  readonly #move: Statement;
  /** What a sync took lately, in milliseconds. */
  #usual = 0;
  /** Pages from which the next move is tried. */
  #longAt = LONG;
  /** The file was written to and not synced: nothing may be written to the log. */
  #pending = false;
  /** Transactions that were begun, and how many of them are on the disk. */
  #begun = 0;
  #durable = 0;

  constructor(
    private readonly client: Database,
    file: string,
  ) {
    this.#log = openSync(`${file}-wal`, "r");
    this.#file = openSync(file, "r");
    client.run("PRAGMA wal_autocheckpoint = 0");
    client.run("PRAGMA synchronous = NORMAL");
    this.#measure = client.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#move = client.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /** Must be called before each transaction. @throws the system's error if the file cannot be synced */
  makeReady(): void {
    if (this.#pending) fdatasyncSync(this.#file);
    this.#pending = false;
    this.#begun++;
  }

  /** Whether the disk is so quick that waiting for it costs less than the way to another thread and back. */
  get isQuick(): boolean {
    return this.#usual < QUICK_MS;
  }

  /** Brings what was committed to the disk; gives the system's error if that fails. */
  syncNow(): unknown {
    const since = performance.now();
    try {
      fdatasyncSync(this.#log);
      this.#durable = this.#begun;
      return undefined;
    } catch (error) {
      return error;
    } finally {
      this.#note(performance.now() - since);
    }
  }

  /** The same on another thread. */
  sync(done: (error: unknown) => void): void {
    const since = performance.now();
    const begun = this.#begun;
    fdatasync(this.#log, (error) => {
      this.#note(performance.now() - since);
      if (error === null) this.#durable = Math.max(this.#durable, begun);
      done(error ?? undefined);
    });
  }

  /** Whether it is time to move pages into the file: the log is long, and all of it is on the disk. */
  get isLong(): boolean {
    if (this.#durable !== this.#begun) return false;
    const [, pages = 0] = this.#pages(this.#measure);
    return pages >= this.#longAt;
  }

  /** Moves the log's pages into the file and brings that to the disk. Nothing may be committed until `done` is called. */
  move(done: () => void): void {
    try {
      // Only for this call, and outside of any transaction: both of its syncs are made here.
      this.client.run("PRAGMA synchronous = OFF");
      const [, pages = 0, moved = 0] = this.#pages(this.#move);
      this.#longAt = moved === pages ? LONG : pages + LONG;
    } catch {
      // The file cannot grow: the log does, as far as the disk lets it.
      this.#longAt += LONG;
      done();
      return;
    } finally {
      this.client.run("PRAGMA synchronous = NORMAL");
    }
    this.#pending = true;
    fdatasync(this.#file, (error) => {
      if (error === null) this.#pending = false;
      done();
    });
  }

  /** Moves everything into the file and makes the log empty. SQLite syncs again from here on. */
  end(): void {
    for (const statement of [this.#measure, this.#move]) statement.finalize();
    this.makeReady();
    this.client.run("PRAGMA synchronous = FULL");
    this.client.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Only after the database was closed: closing any descriptor of a file gives up SQLite's locks on it (fcntl(2)). */
  close(): void {
    closeSync(this.#log);
    closeSync(this.#file);
  }

  #note(ms: number): void {
    this.#usual += (ms - this.#usual) / 4;
  }

  #pages(statement: Statement): number[] {
    return statement.values()[0] as number[];
  }
}
