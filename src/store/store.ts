/**
 * The store: one SQLite file that holds everything. It opens and migrates the file, commits in groups, and carries the
 * content store, the settings and the events. It knows no account and no message; rooms above own their tables.
 *
 * Durability: `commit` resolves after the log of the transaction was synced to the disk, and that is the only thing a
 * service may answer 250 or OK upon. The disk is waited for on another thread (log.ts), so that sessions go on meanwhile
 * and the next batch gathers. See docs/decisions/commit.md.
 */
import type { Database, Statement } from "bun:sqlite";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { Refusal } from "../refusal.ts";
import { Turns } from "../turns.ts";
import { ChangeFeed, type Topic } from "./changes.ts";
import { ContentStore } from "./content.ts";
import { Events } from "./events.ts";
import { Log } from "./log.ts";
import { DATABASE_NAME, openDatabase } from "./open.ts";
import { Settings } from "./settings.ts";

export type Drizzle = ReturnType<typeof drizzle<Record<string, never>>>;

/** What the work of one commit writes with. */
export interface Tx {
  readonly db: Drizzle;
  readonly client: Database;
  /** Tells the change feed after the commit; forgotten if this work or the commit fails. */
  emit<T>(topic: Topic<T>, change: T): void;
}

interface Job {
  readonly work: (tx: Tx) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** The longest a batch of commits may hold the event loop before it is closed, in milliseconds. */
const BATCH_MS = 12;
/** After so long without a refusal a disk that was full has room again, in milliseconds. */
const ROOM_AGAIN_MS = 30_000;

type Outcome = { job: Job; value?: unknown; error?: unknown; failed: boolean; changes: [Topic<unknown>, unknown][] };

export class Store {
  readonly db: Drizzle;
  readonly content: ContentStore;
  readonly settings: Settings;
  readonly events: Events;
  readonly changes: ChangeFeed;
  /** Shared by all who read or write much. */
  readonly turns = new Turns();
  #jobs: Job[] = [];
  #scheduled = false;
  #syncing = false;
  /** Something was written that is not on the disk yet. */
  #unsettled = false;
  #whenSettled: (() => void)[] = [];
  /** When the disk last took no more; undefined while it has room. */
  #fullAt: number | undefined;
  readonly #log: Log;
  #closed = false;
  readonly #begin: Statement;
  readonly #end: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;

  private constructor(
    /** The folder that holds the file. */
    readonly folder: string,
    readonly client: Database,
  ) {
    this.db = drizzle(client);
    this.#log = new Log(client, join(folder, DATABASE_NAME));
    this.#begin = client.prepare("BEGIN IMMEDIATE");
    this.#end = client.prepare("COMMIT");
    this.#savepoint = client.prepare("SAVEPOINT work");
    this.#release = client.prepare("RELEASE work");
    this.#undo = client.prepare("ROLLBACK TO work");
    this.events = new Events(this);
    this.changes = new ChangeFeed((fault, name) => this.events.fault("store", `listener of ${name}`, fault));
    this.content = new ContentStore(this);
    this.settings = new Settings(this);
  }

  /**
   * Opens the store in a folder, making both where they are missing, and brings the file up to date.
   * @throws Refusal "newerFile" if a later version of the program wrote it, "noSpace" if the disk is too full to open it.
   */
  static open(folder: string): Store {
    try {
      return new Store(folder, openDatabase(folder));
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** Whether the disk took no more when something was last written. */
  get isFull(): boolean {
    return this.#fullAt !== undefined;
  }

  /**
   * Runs `work` soon, together with the other work of this turn of the event loop, in one transaction, and resolves with
   * its result once that is on disk. `work` runs synchronously and in the order of the calls; if it throws, only its own
   * writes are undone and the promise rejects with what it threw.
   * @throws Refusal "noSpace" if the disk is full.
   */
  commit<T>(work: (tx: Tx) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new Refusal("temporary", "The server is stopping."));
      this.#jobs.push({ work, resolve, reject });
      this.#schedule();
    });
  }

  /** Runs `work` at once in a transaction of its own: for start-up and the command line, where nobody else waits. */
  commitNow<T>(work: (tx: Tx) => T): T {
    let result: { value: T } | { error: unknown } | undefined;
    this.#runNow([
      {
        work,
        resolve: (value) => {
          result = { value };
        },
        reject: (error) => {
          result = { error };
        },
      },
    ]);
    if (result === undefined) throw new Error("a commit ended without a result");
    if ("error" in result) throw result.error;
    return result.value;
  }

  /**
   * Resolves when all that has been written up to now is on disk and was told to the change feed: what is read from the file may be
   * ahead of both.
   */
  async settled(): Promise<void> {
    if (this.#unsettled) await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
  }

  /** Writes what is waiting, ends the file's log and closes it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#jobs.length > 0) this.#runNow(this.#jobs);
    this.content.stop();
    // Every commit may write events: they end after the last one.
    this.events.stop();
    for (const statement of [this.#begin, this.#end, this.#savepoint, this.#release, this.#undo]) statement.finalize();
    this.#tidy();
    this.client.close();
    this.#log.close();
  }

  #tidy(): void {
    try {
      this.client.run("PRAGMA optimize");
      this.#log.end();
    } catch (error) {
      // On a full disk the log stays as it is; the next start reads it.
      if (!(refusalOf(error) instanceof Refusal)) throw error;
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#syncing) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Commits what has gathered. While the disk is at it the next batch gathers. */
  #pump(): void {
    if (this.#closed || this.#syncing || this.#jobs.length === 0) return;
    const outcomes = this.#run(this.#jobs);
    if (outcomes === undefined) {
      this.#pump();
      return;
    }
    // Somebody who is alone is served sooner without the way to another thread and back.
    if (outcomes.length === 1 && this.#jobs.length === 0 && this.#log.isQuick) {
      this.#finish(outcomes, this.#log.syncNow());
      return;
    }
    this.#syncing = true;
    this.#unsettled = true;
    this.#log.sync((error) => this.#finish(outcomes, error));
  }

  /** Tells what is on the disk now, and goes on with what has gathered. */
  #finish(outcomes: readonly Outcome[], unsynced: unknown): void {
    const goOn = () => {
      this.#syncing = false;
      this.#pump();
    };
    // Settling may lead to a commit at once, and the log may be moved only while all of it is on the disk.
    this.#syncing = true;
    const long = unsynced === undefined && !this.#closed && this.#log.isLong;
    if (long) this.#log.move(goOn);
    this.#settle(outcomes, unsynced);
    this.#unsettled = false;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
    if (!long) goOn();
  }

  #runNow(jobs: Job[]): void {
    const outcomes = this.#run(jobs);
    if (outcomes !== undefined) this.#settle(outcomes, this.#log.syncNow());
  }

  /** Takes jobs from the front of `jobs` as far as the time allows, in one transaction; undefined if that failed. */
  #run(jobs: Job[]): Outcome[] | undefined {
    const outcomes: Outcome[] = [];
    try {
      this.#log.makeReady();
      this.#begin.run();
      const until = performance.now() + BATCH_MS;
      for (const job of jobs) {
        outcomes.push(this.#attempt(job));
        if (performance.now() > until) break;
      }
      this.events.flushWithin();
      this.#end.run();
    } catch (fault) {
      this.events.takeBack();
      this.#abandon(jobs.splice(0, outcomes.length + 1), fault);
      return undefined;
    }
    jobs.splice(0, outcomes.length);
    return outcomes;
  }

  /** Tells what was committed. What could not be synced is refused: it may be there later, but was promised to nobody. */
  #settle(outcomes: readonly Outcome[], unsynced: unknown): void {
    if (unsynced !== undefined) this.events.fault("store", "sync the log", unsynced);
    else if (this.#fullAt !== undefined) this.#noteRoom(this.#fullAt);
    for (const outcome of outcomes) for (const [name, change] of outcome.changes) this.changes.publish(name, change);
    for (const { job, failed, error, value } of outcomes) {
      if (failed) job.reject(error);
      else if (unsynced !== undefined) job.reject(this.#refused(unsynced));
      else job.resolve(value as never);
    }
  }

  /** The whole batch failed: each job gets another chance alone, so that a large one does not take small ones along. */
  #abandon(jobs: Job[], fault: unknown): void {
    if (this.client.inTransaction) this.client.run("ROLLBACK");
    if (jobs.length === 1) jobs[0]?.reject(this.#refused(fault));
    else for (const job of jobs) this.#runNow([job]);
  }

  #attempt(job: Job): Outcome {
    const changes: Outcome["changes"] = [];
    this.#savepoint.run();
    try {
      const value = job.work({
        db: this.db,
        client: this.client,
        emit: (name, change) => changes.push([name as Topic<unknown>, change]),
      });
      this.#release.run();
      return { job, value, failed: false, changes };
    } catch (error) {
      // A full disk ends the whole transaction, not only the savepoint: then the batch is lost, and says so.
      if (!this.client.inTransaction) throw error;
      this.#undo.run();
      this.#release.run();
      return { job, error: this.#refused(error), failed: true, changes: [] };
    }
  }

  /** What a failed commit is refused with. A full disk is said once here, not by everybody who meets it. */
  #refused(error: unknown): unknown {
    const refusal = refusalOf(error);
    if (!(refusal instanceof Refusal) || refusal.kind !== "noSpace") return refusal;
    if (this.#fullAt === undefined) {
      const cause = error instanceof Error ? error.message : String(error);
      const text = `The disk takes no more (${cause}). Nothing new is accepted until there is room; reading goes on.`;
      this.events.log({ room: "store", name: "disk.full", level: "error", text });
    }
    this.#fullAt = performance.now();
    return refusal;
  }

  #noteRoom(fullAt: number): void {
    if (performance.now() - fullAt < ROOM_AGAIN_MS) return;
    this.#fullAt = undefined;
    this.events.log({ room: "store", name: "disk.room", text: "The disk has room again." });
  }
}

/** Codes of SQLite and of the system for a disk that takes no more. */
const NO_SPACE = /^(SQLITE_FULL|SQLITE_IOERR|ENOSPC|EDQUOT|EFBIG|EIO)/;

/** The words for a full disk and a busy file, as refusals; anything else unchanged. */
function refusalOf(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (NO_SPACE.test(code)) {
    return new Refusal("noSpace", "The disk is full; try again when there is room.", {
      cause: error,
      smtp: { code: 452, enhanced: "4.3.1" },
    });
  }
  if (code.startsWith("SQLITE_BUSY"))
    return new Refusal("temporary", "The store is busy; try again.", { cause: error });
  return error;
}
