/**
 * The queue as pages and commands see it: what waits for other servers, why, and what can be done about it. The scheduler
 * (scheduler.ts) does the sending; both meet in the rows, and whoever changes them tells the change feed.
 */
import type { SQLQueryBindings } from "bun:sqlite";
import { Header } from "../../mime/header.ts";
import { decodeWords } from "../../mime/words.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { destinationText } from "../route.ts";
import { printable } from "../send/reply.ts";
import type { RecipientState } from "../tables.ts";
import { type Attempt, type QueuedMessage, type QueuedRecipient, QueueRows, queueChanged } from "./rows.ts";

export type { QueuedRecipient } from "./rows.ts";

/** A message in a list. Times are milliseconds since the epoch. */
export interface QueueEntry {
  readonly id: number;
  readonly trace: string;
  /** "" for reports. */
  readonly reversePath: string;
  /** Decoded, at most 200 characters. */
  readonly subject: string;
  /** Octets. */
  readonly size: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Recipients by state. */
  readonly counts: Readonly<Record<RecipientState, number>>;
  /** The first recipient that is not done, for the list. */
  readonly recipient: string;
  /** When the next attempt is due; undefined where none waits. */
  readonly nextAttempt: number | undefined;
  /** What the last attempt heard, in plain words. */
  readonly lastReply: string | undefined;
}

/** A message with everything known about it. */
export interface QueueDetail extends QueueEntry {
  readonly message: QueuedMessage;
  readonly recipients: readonly QueuedRecipient[];
  /** Attempts that failed, latest first; the last 50. */
  readonly attempts: readonly Attempt[];
}

/** What stands in the queue for one destination. */
export interface DestinationCount {
  /** The key to filter by. */
  readonly destination: string;
  /** The same in words. */
  readonly text: string;
  readonly waiting: number;
  readonly sending: number;
  readonly held: number;
  readonly nextAttempt: number | undefined;
  readonly lastReply: string | undefined;
}

export interface QueueQuery {
  /** Only messages with a recipient in this state. */
  readonly state?: Exclude<RecipientState, "done">;
  readonly destination?: string;
  /** Part of the sender's or a recipient's address, or a trace. */
  readonly search?: string;
  readonly limit?: number;
  readonly offset?: number;
}

const MOST_LISTED = 500;
/** Recipients changed in one commit when all of them are meant. */
const SLICE = 1_000;
/** Octets of a message read for its subject. */
const HEADER_READ = 16_384;

export class Queue {
  readonly rows: QueueRows;

  constructor(
    private readonly store: Store,
    private readonly now: () => number = Date.now,
  ) {
    this.rows = new QueueRows(store.client);
  }

  /** Messages that wait, the latest first, a page at a time, and how many there are in all. */
  list(query: QueueQuery = {}): { total: number; entries: QueueEntry[] } {
    const { sql, values } = conditions(query);
    const client = this.store.client;
    const total = Number(
      client.query(`SELECT count(*) FROM queue_messages m WHERE ${sql}`).values(...values)[0]?.[0] ?? 0,
    );
    const limit = Math.min(query.limit ?? 50, MOST_LISTED);
    const ids = client
      .query<{ id: number }, SQLQueryBindings[]>(
        `SELECT m.id FROM queue_messages m WHERE ${sql} ORDER BY m.id DESC LIMIT ? OFFSET ?`,
      )
      .all(...values, limit, query.offset ?? 0);
    return { total, entries: ids.flatMap(({ id }) => this.#entry(id) ?? []) };
  }

  /** Everything about one message. @throws Refusal "notFound" */
  show(id: number): QueueDetail {
    const message = this.rows.message(id);
    const entry = this.#entry(id);
    if (message === undefined || entry === undefined) throw gone();
    const attempts = this.store.client
      .query<Attempt, [number]>(
        `SELECT at, destination, remote, recipients, code, enhanced, reply FROM queue_attempts
         WHERE message_id = ? ORDER BY id DESC`,
      )
      .all(id);
    return { ...entry, message, recipients: this.rows.recipients(id), attempts };
  }

  /** What stands where, the fullest destinations first. */
  counts(limit = 100): DestinationCount[] {
    const client = this.store.client;
    // Answered by the index alone, whatever the length of the queue.
    const rows = client
      .query<{ destination: string; state: RecipientState; count: number; due: number }, []>(
        `SELECT destination, state, count(*) AS count, min(next_attempt) AS due FROM queue_recipients
         GROUP BY destination, state`,
      )
      .all();
    const counted = new Map<string, { waiting: number; sending: number; held: number; due: number | undefined }>();
    for (const { destination, state, count, due } of rows) {
      if (state === "done") continue;
      const one = counted.get(destination) ?? { waiting: 0, sending: 0, held: 0, due: undefined };
      one[state] = count;
      if (state === "waiting") one.due = due;
      counted.set(destination, one);
    }
    const total = (one: { waiting: number; sending: number; held: number }) => one.waiting + one.sending + one.held;
    return [...counted]
      .sort(([a, one], [b, other]) => total(other) - total(one) || (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([destination, { due, ...numbers }]) => ({
        destination,
        text: destinationText(destination),
        ...numbers,
        nextAttempt: due,
        lastReply: this.rows.lastReplyAt(destination),
      }));
  }

  /**
   * Tries again at once; held recipients stay held. Resolves with the number of recipients.
   * @throws Refusal "notFound"
   */
  retry(id: number | "all"): Promise<number> {
    return this.#change(id, "state = 'waiting' AND next_attempt > ?1", (ids) => [
      `UPDATE queue_recipients SET next_attempt = ? WHERE id IN (${ids})`,
      this.now(),
    ]);
  }

  /** Keeps from being sent until released; held mail does not expire. Resolves as `retry`. */
  hold(id: number | "all"): Promise<number> {
    return this.#change(id, "state IN ('waiting', 'sending')", (ids) => [
      `UPDATE queue_recipients SET state = 'held' WHERE id IN (${ids})`,
    ]);
  }

  /** Lets held recipients be sent again, at once. Resolves as `retry`. */
  release(id: number | "all"): Promise<number> {
    return this.#change(id, "state = 'held'", (ids) => [
      `UPDATE queue_recipients SET state = 'waiting', next_attempt = ? WHERE id IN (${ids})`,
      this.now(),
    ]);
  }

  /** Takes a message out of the queue without a word to its sender. @throws Refusal "notFound" */
  async delete(id: number): Promise<void> {
    const message = this.rows.message(id);
    if (message === undefined) throw gone();
    await this.store.commit((tx) => {
      this.#require(id);
      for (const one of this.rows.recipients(id)) this.rows.finish(one.id, "deleted", this.now(), "Deleted here.");
      this.settled(tx, id);
    });
    this.store.events.log({
      room: "transport",
      name: "message.deleted",
      trace: message.trace,
      text: "The message was deleted from the queue.",
    });
  }

  /** Ends a message all of whose recipients are done, and says what changed; inside a commit. */
  settled(tx: Tx, id: number): void {
    const content = this.rows.removeIfDone(id);
    if (content !== undefined) this.store.content.release(tx, content);
    tx.emit(queueChanged, { message: id, destinations: [] });
  }

  /** Changes the recipients of one message, or slice by slice those of all. */
  async #change(
    id: number | "all",
    which: string,
    statement: (ids: string) => [sql: string, ...values: number[]],
  ): Promise<number> {
    let changed = 0;
    for (let after = 0; ; ) {
      const slice = await this.store.commit((tx) => {
        if (id !== "all") this.#require(id);
        const chosen = this.#choose(id, which, after);
        const [sql, ...values] = statement(chosen.map((row) => row.id).join(","));
        if (chosen.length > 0) tx.client.run(sql, values);
        const destinations = [...new Set(chosen.map((row) => row.destination))];
        const messages = new Set(chosen.map((row) => row.messageId));
        for (const message of messages) tx.emit(queueChanged, { message, destinations });
        return chosen;
      });
      changed += slice.length;
      after = slice.at(-1)?.id ?? after;
      if (slice.length < SLICE) return changed;
    }
  }

  #choose(id: number | "all", which: string, after: number): { id: number; messageId: number; destination: string }[] {
    const one = id === "all" ? "" : "AND message_id = ?4";
    const values = [this.now(), after, SLICE, ...(id === "all" ? [] : [id])];
    return this.store.client
      .query<{ id: number; messageId: number; destination: string }, number[]>(
        `SELECT id, message_id AS messageId, destination FROM queue_recipients
         WHERE ${which} AND id > ?2 ${one} ORDER BY id LIMIT ?3`,
      )
      .all(...values);
  }

  #require(id: number): void {
    if (this.rows.message(id) === undefined) throw gone();
  }

  #entry(id: number): QueueEntry | undefined {
    const message = this.rows.message(id);
    if (message === undefined) return undefined;
    const summary = this.store.client
      .query<Summary, [number]>(
        `SELECT sum(state = 'waiting') AS waiting, sum(state = 'sending') AS sending, sum(state = 'held') AS held,
           sum(state = 'done') AS done, min(CASE state WHEN 'waiting' THEN next_attempt END) AS due,
           (SELECT address FROM queue_recipients WHERE message_id = ?1 ORDER BY state = 'done', id LIMIT 1) AS recipient,
           (SELECT last_reply FROM queue_recipients WHERE message_id = ?1 AND last_reply IS NOT NULL
            ORDER BY last_attempt DESC LIMIT 1) AS reply
         FROM queue_recipients WHERE message_id = ?1`,
      )
      .get(id);
    if (summary === null) return undefined;
    const { due, recipient, reply, ...counts } = summary;
    const { trace, reversePath, size, createdAt, expiresAt } = message;
    return {
      ...{ id, trace, reversePath, size, createdAt, expiresAt, counts },
      subject: this.#subject(message),
      recipient: recipient ?? "",
      nextAttempt: due ?? undefined,
      lastReply: reply ?? undefined,
    };
  }

  #subject(message: QueuedMessage): string {
    try {
      const start = this.store.content.read(message.content, message.skip, message.skip + HEADER_READ);
      return printable(decodeWords(new Header(start).get("subject") ?? "")).slice(0, 200);
    } catch (error) {
      if (error instanceof Refusal) return "";
      throw error;
    }
  }
}

interface Summary extends Record<RecipientState, number> {
  due: number | null;
  recipient: string | null;
  reply: string | null;
}

function conditions(query: QueueQuery): { sql: string; values: SQLQueryBindings[] } {
  const parts: string[] = [];
  const values: SQLQueryBindings[] = [];
  if (query.destination !== undefined || query.state !== undefined) {
    const states = query.state === undefined ? "'waiting', 'sending', 'held'" : "?";
    const where = query.destination === undefined ? "" : "destination = ? AND ";
    parts.push(`m.id IN (SELECT message_id FROM queue_recipients WHERE ${where}state IN (${states}))`);
    if (query.destination !== undefined) values.push(query.destination);
    if (query.state !== undefined) values.push(query.state);
  }
  const search = query.search?.trim() ?? "";
  if (search !== "") {
    const like = `%${search.replace(/[\\%_]/g, "\\$&")}%`;
    parts.push(
      `m.id IN (SELECT id FROM queue_messages WHERE trace = ? OR reverse_path LIKE ? ESCAPE '\\'
       UNION SELECT message_id FROM queue_recipients WHERE address LIKE ? ESCAPE '\\')`,
    );
    values.push(search, like, like);
  }
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values };
}

function gone(): Refusal {
  return new Refusal("notFound", "This message is no longer in the queue.");
}
