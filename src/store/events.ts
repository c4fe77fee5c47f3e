/**
 * Events: the log of what happened, one row each, with a trace id for every message and every session. They are collected
 * and written with the next commit (or within a second), because a log line is not worth an fsync of its own.
 */
import type { Statement } from "bun:sqlite";
import { and, desc, eq, lt, type SQL } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import { defineSettings } from "./settings.ts";
import type { Store } from "./store.ts";
import { events } from "./tables.ts";

export type Level = "debug" | "info" | "warn" | "error";

/** What a room reports. */
export interface Report {
  readonly room: string;
  /** What happened, as a dotted name: "message.accepted". */
  readonly name: string;
  readonly level?: Level;
  /** The message this is about. */
  readonly trace?: string;
  /** The session in which it happened. */
  readonly session?: string;
  readonly user?: string;
  readonly remote?: string;
  /** A sentence for a person. */
  readonly text?: string;
  readonly data?: Record<string, unknown>;
}

/** A report as it was logged. */
export interface Event extends Report {
  readonly level: Level;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export const eventSettings = defineSettings("events", () =>
  z.object({
    retentionDays: z
      .number()
      .int()
      .min(1)
      .max(3650)
      .default(30)
      .describe("How long the log, and what is known of messages, is kept, in days."),
    keepDebug: z.boolean().default(false).describe("Keep events of level debug too; they are many."),
  }),
);

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Controls, line separators, and what turns the direction of writing: they forge lines, and command terminals. */
const MISLEADING = /[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu;

/** The words of a report in one line each: login names and replies in them are whatever a stranger sent. */
function words({ user, text }: Report): Pick<Report, "user" | "text"> {
  return {
    ...(user !== undefined && { user: user.replace(MISLEADING, "?") }),
    ...(text !== undefined && { text: text.replace(MISLEADING, "?") }),
  };
}

/** A new id for a message's or a session's trace: 16 characters, later ones sort after earlier ones. */
export function newTrace(): string {
  let time = Date.now();
  let id = "";
  for (let i = 0; i < 9; i++) {
    id = ALPHABET[time % 32] + id;
    time = Math.floor(time / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(7))) id += ALPHABET[byte & 31];
  return id;
}

/** More waiting events than this are not kept: a flood must not eat the memory. */
const MOST_WAITING = 20_000;
const FLUSH_MS = 1_000;
/** Events kept for another attempt when a commit failed: they must not make every further commit large. */
const MOST_TAKEN_BACK = 100;
const PRUNE_MS = 3_600_000;
const PRUNE_ROWS = 2_000;

export class Events {
  #waiting: Event[] = [];
  /** What the last commit holds. */
  #written: Event[] = [];
  #dropped = 0;
  /** The file is closed; what is still reported reaches the subscribers only. */
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #pruning: ReturnType<typeof setInterval>;
  readonly #subscribers = new Set<(event: Event) => void>();
  #insert: Statement | undefined;

  constructor(private readonly store: Store) {
    this.#pruning = setInterval(
      () => void this.prune().catch((fault) => this.fault("store", "prune events", fault)),
      PRUNE_MS,
    );
    this.#pruning.unref();
  }

  /** Logs a report. Never throws, never waits. */
  log(report: Report): void {
    const event: Event = { ...report, ...words(report), level: report.level ?? "info", at: Date.now() };
    for (const subscriber of this.#subscribers) subscriber(event);
    if (this.#stopped) return;
    if (event.level === "debug" && !this.store.settings.get(eventSettings).keepDebug) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** Logs something that should not have happened, with its stack. That the disk is full the store says itself, once. */
  fault(room: string, doing: string, fault: unknown, about: Partial<Report> = {}): void {
    if (fault instanceof Refusal && fault.kind === "noSpace") {
      this.log({ ...about, room, name: "fault", level: "debug", text: `${doing}: ${fault.sentence}` });
      return;
    }
    const error = fault instanceof Error ? fault : new Error(String(fault));
    this.log({
      ...about,
      room,
      name: "fault",
      level: "error",
      text: `${doing}: ${error.message}`,
      data: { stack: error.stack ?? "" },
    });
  }

  /** Calls `subscriber` with every event as it happens; returns the function that ends it. */
  subscribe(subscriber: (event: Event) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Logged events, latest first. `before` is an id from an earlier page. */
  recent(
    query: {
      limit?: number;
      before?: number;
      room?: string;
      level?: Level;
      trace?: string;
      session?: string;
      user?: string;
    } = {},
  ): (Event & { id: number })[] {
    this.#flush();
    const wanted: SQL[] = [];
    if (query.before !== undefined) wanted.push(lt(events.id, query.before));
    if (query.room !== undefined) wanted.push(eq(events.room, query.room));
    if (query.level !== undefined) wanted.push(eq(events.level, query.level));
    if (query.trace !== undefined) wanted.push(eq(events.trace, query.trace));
    if (query.session !== undefined) wanted.push(eq(events.session, query.session));
    if (query.user !== undefined) wanted.push(eq(events.user, query.user));
    const rows = this.store.db
      .select()
      .from(events)
      .where(and(...wanted))
      .orderBy(desc(events.id))
      .limit(Math.min(query.limit ?? 100, 1000))
      .all();
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      level: row.level,
      room: row.room,
      name: row.name,
      ...(row.trace !== null && { trace: row.trace }),
      ...(row.session !== null && { session: row.session }),
      ...(row.user !== null && { user: row.user }),
      ...(row.remote !== null && { remote: row.remote }),
      ...(row.text !== null && { text: row.text }),
      ...(row.data !== null && { data: row.data }),
    }));
  }

  /** Deletes what is older than the retention, in slices; resolves with the number of rows deleted. */
  async prune(now = Date.now()): Promise<number> {
    const oldest = now - this.store.settings.get(eventSettings).retentionDays * 86_400_000;
    let deleted = 0;
    for (;;) {
      const count = await this.store.commit(
        (tx) =>
          tx.client
            .query("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT ?)")
            .run(oldest, PRUNE_ROWS).changes,
      );
      deleted += count;
      if (count < PRUNE_ROWS) return deleted;
    }
  }

  /** Writes what is waiting, inside the transaction that is open. Called by the store before it commits. */
  flushWithin(): void {
    this.#written = [];
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#written = waiting;
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#insert ??= this.store.client.prepare(
      "INSERT INTO events (at, level, room, name, trace, session, user, remote, text, data) VALUES (?,?,?,?,?,?,?,?,?,?)",
    );
    for (const event of waiting) {
      this.#insert.run(
        event.at,
        event.level,
        event.room,
        event.name,
        event.trace ?? null,
        event.session ?? null,
        event.user ?? null,
        event.remote ?? null,
        event.text ?? null,
        event.data === undefined ? null : JSON.stringify(event.data),
      );
    }
    if (this.#dropped > 0) {
      const text = `${this.#dropped} events were not kept because too many came at once.`;
      this.#dropped = 0;
      this.#insert.run(Date.now(), "warn", "store", "events.dropped", null, null, null, null, text, null);
    }
  }

  /** The commit that was to hold the events failed: the first of them wait for another. Called by the store. */
  takeBack(): void {
    const lost = this.#written;
    this.#written = [];
    if (lost.length === 0) return;
    this.#waiting.unshift(...lost.slice(0, MOST_TAKEN_BACK));
    this.#dropped += Math.max(0, lost.length - MOST_TAKEN_BACK);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** Writes what is waiting and ends the timers. */
  stop(): void {
    clearInterval(this.#pruning);
    this.#flush();
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#insert?.finalize();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0 || this.store.client.inTransaction) return;
    try {
      this.store.commitNow(() => undefined);
    } catch {
      // The disk is full: what a log line says is worth less than staying up.
    }
  }
}
