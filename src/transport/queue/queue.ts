/**
 * The queue as pages and commands see it: what waits for other servers, why, and what can be done about it. The scheduler
 * (scheduler.ts) does the sending; both meet in the rows, and whoever changes them tells the change feed.
 */
import type { SQLQueryBindings } from "bun:sqlite";
import { Header } from "../../mime/header.ts";
import { decodeWords } from "../../mime/words.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { holding, stretches } from "../../store/stretches.ts";
import { destinationText, type Via, viaKey } from "../route.ts";
import type { Routes } from "../routes/routes.ts";
import { printable } from "../send/reply.ts";
import type { RecipientState } from "../tables.ts";
import type { Traces } from "../traces/traces.ts";
import type { ReadMessage } from "./reading.ts";
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
  /** What the last attempt heard about a recipient that still waits, in plain words. */
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

/** A page of a list. */
export interface QueuePage {
  readonly limit?: number;
  readonly offset?: number;
}

export interface QueueQuery extends QueuePage {
  /** Only messages with a recipient in this state. */
  readonly state?: Exclude<RecipientState, "done">;
  readonly destination?: string;
  /** Part of the sender's or a recipient's address, or a trace. */
  readonly search?: string;
}

/** What of the queue is meant. Whatever is left out does not matter; without anything, all of it. */
export interface Selection {
  /** Messages by their numbers. */
  readonly ids?: readonly number[];
  /** The key of a destination: only the recipients that wait for it. */
  readonly destination?: string;
  /** The recipients' domain. */
  readonly domain?: string;
}

/** What the list of messages calls it. */
const RESULTS = { sent: "sent", failed: "returned", expired: "returned", deleted: "deleted" } as const;

const MOST_LISTED = 500;
/** Recipients changed in one commit when all of them are meant, and those looked at in one go to find who is meant. */
const SLICE = 500;
const LOOKED_AT = 4_000;
/** Octets of a message read for its subject. */
const HEADER_READ = 16_384;

export class Queue {
  readonly rows: QueueRows;

  constructor(
    private readonly store: Store,
    private readonly routes: Pick<Routes, "for" | "onFrom">,
    private readonly traces: Traces,
    private readonly now: () => number = Date.now,
  ) {
    this.rows = new QueueRows(store.client);
  }

  /** How many messages there are. */
  get size(): number {
    return (
      this.store.client.query<{ size: number }, []>("SELECT count(*) AS size FROM queue_messages").get()?.size ?? 0
    );
  }

  /** Messages, the latest first, a page at a time, and how many there are in all. */
  list({ limit = 50, offset = 0 }: QueuePage = {}): { total: number; entries: QueueEntry[] } {
    const ids = this.store.client
      .query<{ id: number }, [number, number]>("SELECT id FROM queue_messages ORDER BY id DESC LIMIT ? OFFSET ?")
      .all(Math.min(limit, MOST_LISTED), offset);
    return { total: this.size, entries: ids.flatMap(({ id }) => this.#entry(id) ?? []) };
  }

  /** The same of those that fit. Looks through all of the queue, in turns with others. */
  async search({ limit = 50, offset = 0, ...query }: QueueQuery): Promise<{ total: number; entries: QueueEntry[] }> {
    const { sql, values } = conditions(query);
    if (values.length === 0) return this.list({ limit, offset });
    const fitting = this.store.client.query<{ id: number }, SQLQueryBindings[]>(
      `SELECT m.id FROM queue_messages m WHERE m.id >= ? AND m.id < ? AND ${sql} ORDER BY m.id DESC`,
    );
    const ids: number[] = [];
    for await (const { from, before } of stretches(this.store, "queue_messages")) {
      for (const { id } of fitting.all(from, before, ...values)) ids.push(id);
    }
    const shown = ids.slice(offset, offset + Math.min(limit, MOST_LISTED));
    return { total: ids.length, entries: shown.flatMap((id) => this.#entry(id) ?? []) };
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

  /** The number of a message, by its trace; undefined where it does not wait. */
  numberOf(trace: string): number | undefined {
    const found = this.store.client.query<{ id: number }, [string]>("SELECT id FROM queue_messages WHERE trace = ?");
    return found.get(trace)?.id;
  }

  /** What a message says, as far as its beginning. @throws Refusal "notFound" */
  async read(id: number): Promise<ReadMessage> {
    const message = this.rows.message(id);
    if (message === undefined) throw gone();
    // Read when somebody looks.
    const { readMessage } = await import("./reading.ts");
    return readMessage(this.store.content, message);
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
   * @throws Refusal "notFound" where a message that is named is not there
   */
  retry(selection: Selection): Promise<number> {
    const due = this.now();
    return this.#change(selection, "state = 'waiting' AND next_attempt > ?1", (ids) => [
      `UPDATE queue_recipients SET next_attempt = ? WHERE id IN (${ids})`,
      due,
    ]);
  }

  /** Keeps from being sent until released; held mail does not expire. Resolves as `retry`. */
  hold(selection: Selection): Promise<number> {
    return this.#change(selection, "state IN ('waiting', 'sending')", (ids) => [
      `UPDATE queue_recipients SET state = 'held' WHERE id IN (${ids})`,
    ]);
  }

  /** Lets held recipients be sent again, at once. Resolves as `retry`. */
  release(selection: Selection): Promise<number> {
    return this.#change(selection, "state = 'held'", (ids) => [
      `UPDATE queue_recipients SET state = 'waiting', next_attempt = ? WHERE id IN (${ids})`,
      this.now(),
    ]);
  }

  /**
   * Sends another way, at once: what waits goes to this server and no other until it is sent back to its usual way. What is being sent
   * now, and what waits for mailboxes here, stays. Resolves as `retry`.
   * @param via undefined: the usual way, which the routes that are set say
   */
  async reroute(selection: Selection, via: Via | undefined): Promise<number> {
    const now = this.now();
    const keyOf = ({ domain, messageId }: Chosen) => {
      if (via !== undefined) return viaKey(via);
      const { reversePath: sender = "", userId: user } = this.rows.message(messageId) ?? {};
      return this.routes.for({ domain, sender, user }).key;
    };
    return await this.#each(
      selection,
      `state IN ('waiting', 'held') AND destination NOT LIKE 'mailbox:%'`,
      (tx, chosen) => {
        const elsewhere = chosen
          .map((one) => ({ ...one, from: one.destination, destination: keyOf(one) }))
          .filter(({ from, destination }) => from !== destination);
        for (const { id, destination } of elsewhere) {
          tx.client
            .query("UPDATE queue_recipients SET destination = ?, next_attempt = ? WHERE id = ?")
            .run(destination, now, id);
        }
        return elsewhere;
      },
    );
  }

  /** Puts what waits into the queues of the routes that hold now, a slice at a time, as long as `goesOn`. */
  async followRoutes(goesOn: () => boolean): Promise<void> {
    for (let after = 0; goesOn(); ) {
      const slice = this.rows.onTheirWay(after, SLICE);
      const moved = slice.flatMap((one) => {
        const { key } = this.routes.onFrom(one.destination, one);
        return key === one.destination ? [] : [{ one, key }];
      });
      if (moved.length > 0) {
        await this.store.commit((tx) => {
          for (const { one, key } of moved) this.rows.reroute(one, key);
          tx.emit(queueChanged, { message: 0, destinations: [...new Set(moved.map(({ key }) => key))] });
        });
      }
      if (slice.length < SLICE) return;
      after = slice.at(-1)?.id ?? after;
      await this.store.turns.next();
    }
  }

  /** Takes mail out of the queue without a word to its sender. Resolves as `retry`. */
  async delete(selection: Selection): Promise<number> {
    const gone = new Map<number, string>();
    const deleted = await this.#each(selection, "state <> 'done'", (tx, chosen) => {
      for (const { id } of chosen) this.rows.finish(id, "deleted", this.now(), "Deleted here.");
      for (const id of new Set(chosen.map((one) => one.messageId))) {
        gone.set(id, this.rows.message(id)?.trace ?? "");
        this.settled(tx, id);
      }
      return chosen;
    });
    for (const trace of gone.values()) {
      const text = "The message was deleted from the queue.";
      this.store.events.log({ room: "transport", name: "message.deleted", trace, text });
    }
    return deleted;
  }

  /** The messages of a selection with recipients that wait or are held, a slice at a time. @throws Refusal as `retry` */
  async *waiting(selection: Selection): AsyncGenerator<number[]> {
    for (const id of selection.ids ?? []) this.#require(id);
    for (let after: number | undefined = 0; after !== undefined; ) {
      const { chosen, next } = this.#choose(selection, "state IN ('waiting', 'held')", after);
      if (chosen.length > 0) yield [...new Set(chosen.map((one) => one.messageId))];
      after = next;
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  /** Ends a message all of whose recipients are done, and says what changed; inside a commit. */
  settled(tx: Tx, id: number): void {
    const fate = this.rows.fate(id);
    const content = this.rows.removeIfDone(id);
    if (content !== undefined) this.store.content.release(tx, content);
    if (fate !== undefined) this.traces.settleWithin(tx, fate.trace, RESULTS[fate.result], fate.reply);
    tx.emit(queueChanged, { message: id, destinations: [] });
  }

  /** Changes chosen recipients by one statement for each slice. */
  async #change(
    selection: Selection,
    which: string,
    statement: (ids: string) => [sql: string, ...values: number[]],
  ): Promise<number> {
    return await this.#each(selection, which, (tx, chosen) => {
      const [sql, ...values] = statement(chosen.map((row) => row.id).join(","));
      tx.client.run(sql, values);
      return chosen;
    });
  }

  /** Has chosen recipients changed, slice by slice, each a commit; resolves with how many were. */
  async #each(
    selection: Selection,
    which: string,
    change: (tx: Tx, chosen: readonly Chosen[]) => readonly Chosen[],
  ): Promise<number> {
    for (const id of selection.ids ?? []) this.#require(id);
    let changed = 0;
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after;
      let slice = this.#choose(selection, which, from);
      if (slice.chosen.length > 0) {
        changed += await this.store.commit((tx) => {
          // What is meant may have changed in the meantime.
          slice = this.#choose(selection, which, from);
          const done = slice.chosen.length > 0 ? change(tx, slice.chosen) : [];
          const destinations = [...new Set(done.map((row) => row.destination))];
          if (done.length > 0) tx.emit(queueChanged, { message: done[0]?.messageId ?? 0, destinations });
          return done.length;
        });
      }
      after = slice.next;
      if (this.store.turns.over) await this.store.turns.next();
    }
    return changed;
  }

  /** Whoever is meant among the recipients behind one, and behind whom to go on; undefined at the end. */
  #choose({ ids, destination, domain }: Selection, which: string, after: number) {
    const { client } = this.store;
    const bound = client.query<{ id: number }, [number, number]>(
      "SELECT id FROM queue_recipients WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?",
    );
    // Of messages that are named the index leads to the recipients; any others are looked for in the order of their ids.
    const last = ids === undefined ? bound.get(after, LOOKED_AT - 1)?.id : undefined;
    const among = ids === undefined ? "" : "AND message_id IN (SELECT value FROM json_each(?6))";
    const chosen = client
      .query<Chosen, SQLQueryBindings[]>(
        `SELECT id, message_id AS messageId, domain, destination FROM queue_recipients
         WHERE ${which} AND id > ?2 AND id <= ?3 AND (?4 IS NULL OR +destination = ?4) AND (?5 IS NULL OR domain = ?5) ${among}
         ORDER BY id LIMIT ${SLICE}`,
      )
      .all(
        ...[this.now(), after, last ?? Number.MAX_SAFE_INTEGER, destination ?? null, domain ?? null],
        ...(ids === undefined ? [] : [JSON.stringify(ids)]),
      );
    return { chosen, next: chosen.length === SLICE ? chosen.at(-1)?.id : last };
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
           (SELECT last_reply FROM queue_recipients WHERE message_id = ?1 AND state <> 'done' AND last_reply IS NOT NULL
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

/** A recipient that something is done to. */
interface Chosen {
  readonly id: number;
  readonly messageId: number;
  readonly domain: string;
  readonly destination: string;
}

interface Summary extends Record<RecipientState, number> {
  due: number | null;
  recipient: string | null;
  reply: string | null;
}

/** What a search asks of a message `m`; without values, nothing. */
function conditions(query: QueueQuery): { sql: string; values: SQLQueryBindings[] } {
  const parts: string[] = [];
  const values: SQLQueryBindings[] = [];
  if (query.destination !== undefined || query.state !== undefined) {
    const wanted = [
      query.destination === undefined ? "" : "AND r.destination = ?",
      query.state === undefined ? "AND r.state <> 'done'" : "AND r.state = ?",
    ].join(" ");
    parts.push(`EXISTS (SELECT 1 FROM queue_recipients r WHERE r.message_id = m.id ${wanted})`);
    if (query.destination !== undefined) values.push(query.destination);
    if (query.state !== undefined) values.push(query.state);
  }
  const search = query.search?.trim() ?? "";
  if (search !== "") {
    parts.push(
      `(m.trace = ? OR m.reverse_path LIKE ? ESCAPE '\\' OR EXISTS
       (SELECT 1 FROM queue_recipients r WHERE r.message_id = m.id AND r.address LIKE ? ESCAPE '\\'))`,
    );
    values.push(search, holding(search), holding(search));
  }
  return { sql: parts.join(" AND "), values };
}

function gone(): Refusal {
  return new Refusal("notFound", "This message is no longer in the queue.");
}
