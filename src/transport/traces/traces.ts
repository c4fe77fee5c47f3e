/**
 * Which messages came by, and what became of each: a row for every message that was accepted, written in the commit that accepts it, and one
 * for each that was refused, written soon after. They are searched by the pages of messages; what happened on a message's way stands
 * in the events of its trace, and both are kept equally long (`events.retentionDays`).
 *
 * A client that was not heard of again after its message was accepted may not know it, and send the message once more (RFC 5321 §4.5.4.1,
 * RFC 1047). So the message's digest stays with the row until the client goes on, or for a day, and the same message to the
 * same people is not put into their mailboxes twice.
 */
import type { Statement } from "bun:sqlite";
import { topic } from "../../store/changes.ts";
import { type Event, eventSettings } from "../../store/events.ts";
import type { Store, Tx } from "../../store/store.ts";
import { holding, stretches } from "../../store/stretches.ts";
import { printable } from "../send/reply.ts";
import type { TraceResult } from "../tables.ts";

export type { TraceResult } from "../tables.ts";

/** A message that came by. Times are milliseconds since the epoch. */
export interface Traced {
  readonly id: number;
  readonly at: number;
  readonly trace: string;
  /** Where it came from: smtp, submission, web, system, … */
  readonly origin: string;
  /** The client's address. */
  readonly remote: string | null;
  /** Who had logged in. */
  readonly login: string | null;
  /** "" for reports. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  /** Without angle brackets; "" where there is none. */
  readonly messageId: string;
  /** Octets. */
  readonly size: number;
  readonly result: TraceResult;
  /** Why it was refused or returned, or what the last server said. */
  readonly reply: string | null;
}

/** What is known of a message before its fate is. */
export type Passing = Omit<Traced, "id" | "result" | "reply">;

export interface TraceQuery {
  /** Part of the sender, a recipient, the subject, the Message-ID or the trace. */
  readonly search?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly subject?: string;
  readonly messageId?: string;
  readonly result?: TraceResult;
  /** Not before, and not after. */
  readonly since?: number;
  readonly until?: number;
  /** Rows with smaller ids: the next page. */
  readonly before?: number;
  readonly limit?: number;
}

/** Something was added to the list, or has another result. */
export const tracesChanged = topic<Record<never, never>>("transport.traces");
/** It is written which clients know of the acceptance of their messages. */
const heardWritten = topic<{ readonly traces: readonly string[] }>("transport.traces.heard");

const MOST_LISTED = 500;
/** Characters of the recipients, the subject, the Message-ID and a reply that are kept. */
const MOST_RECIPIENTS = 4_000;
const LONGEST = 300;
/** Refused messages that wait to be written: a flood of them must not eat the memory. */
const MOST_WAITING = 5_000;
const FLUSH_MS = 1_000;
const PRUNE_ROWS = 2_000;
const DAY_MS = 86_400_000;

type Row = Omit<Traced, "recipients"> & { recipients: string };
type Values = (string | number | Uint8Array | null)[];

const COLUMNS = `id, at, trace, origin, remote, login, sender, recipients, subject, message_id AS messageId, size, result, reply`;

export class Traces {
  readonly #insert: Statement;
  readonly #settle: Statement;
  readonly #hear: Statement;
  readonly #unheard: Statement<{ trace: string; recipients: string }, [Uint8Array, number]>;
  /** Refused messages that are to be written, by trace. */
  readonly #refused = new Map<string, Omit<Traced, "id">>();
  /** Traces whose clients went on after they were told of the acceptance, until that is on the disk. */
  readonly #heard = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    const { client } = store;
    this.#insert = client.prepare(
      `INSERT INTO traced_messages (at, trace, origin, remote, login, sender, recipients, subject, message_id, size, result, reply, unheard)
       VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`,
    );
    // What came back is never covered by what else became of the message; while something of it waits, it waits.
    this.#settle = client.prepare(
      `UPDATE traced_messages SET reply = ?3, result = CASE
         WHEN result = 'returned' OR ?2 = 'returned' THEN 'returned'
         WHEN EXISTS (SELECT 1 FROM queue_messages WHERE trace = ?1) THEN 'waiting' ELSE ?2 END
       WHERE trace = ?1 AND result IN ('waiting', 'sent', 'delivered', 'junk', 'deleted', 'returned')`,
    );
    this.#hear = client.prepare("UPDATE traced_messages SET unheard = NULL WHERE trace = ? AND unheard IS NOT NULL");
    this.#unheard = client.prepare("SELECT trace, recipients FROM traced_messages WHERE unheard = ? AND at > ?");
    store.events.subscribe((event) => this.#note(event));
    store.changes.on(heardWritten, ({ traces }) => {
      for (const trace of traces) this.#heard.delete(trace);
    });
  }

  /** Notes a message in the commit that accepts it. @param unheard its digest, where its client may come again with it */
  noteWithin(tx: Tx, message: Passing, result: TraceResult, unheard: Uint8Array | null = null): void {
    this.#hearWithin(tx);
    this.#write(message, result, null, unheard);
    tx.emit(tracesChanged, {});
  }

  /** What became of a message after it had waited, inside the commit that ends it. */
  settleWithin(tx: Tx, trace: string, result: TraceResult, reply: string | null): void {
    this.#settle.run(trace, result, reply === null ? null : reply.slice(0, LONGEST * 2));
    tx.emit(tracesChanged, {});
  }

  /** A message was refused; it is written within a second. */
  refused(message: Passing, reply: string): void {
    this.#wait({ ...message, result: "refused", reply });
  }

  /** The client of this message went on: it knows of the acceptance. Written with the next commit. */
  heard(trace: string): void {
    this.#heard.add(trace);
    this.#arm();
  }

  /**
   * The trace of the same message to the same people whose client may not know that it was accepted; undefined if there is none. To be
   * asked in the commit that would accept it again.
   */
  unheardWithin(digest: Uint8Array, recipients: readonly string[]): string | undefined {
    for (const row of this.#unheard.all(digest, this.now() - DAY_MS)) {
      if (this.#heard.has(row.trace)) continue;
      const known = new Set(row.recipients.split("\n"));
      if (recipients.every((one) => known.has(one))) return row.trace;
    }
    return undefined;
  }

  /**
   * Messages that fit, the latest first. Looks through all of them if it has to, in turns with others.
   * `more` says whether there may be further ones behind the last.
   */
  async search(query: TraceQuery = {}): Promise<{ messages: Traced[]; more: boolean }> {
    this.#flush();
    const limit = Math.min(query.limit ?? 50, MOST_LISTED);
    const { sql, values } = conditions(query);
    const fitting = this.store.client.query<Row, Values>(
      `SELECT ${COLUMNS} FROM traced_messages WHERE id >= ? AND id < ? ${sql} ORDER BY id DESC LIMIT ?`,
    );
    const found: Traced[] = [];
    for await (const { from, before } of stretches(this.store, "traced_messages", query.before)) {
      found.push(...fitting.all(from, before, ...values, limit + 1 - found.length).map(tracedOf));
      if (found.length > limit || this.#isBefore(from, query.since)) break;
    }
    return { messages: found.slice(0, limit), more: found.length > limit };
  }

  /** The messages of a trace: one, and another where some recipients were refused. */
  of(trace: string): Traced[] {
    this.#flush();
    return this.store.client
      .query<Row, [string]>(`SELECT ${COLUMNS} FROM traced_messages WHERE trace = ? ORDER BY id`)
      .all(trace)
      .map(tracedOf);
  }

  /** Forgets what is older than the log, and which clients have not been heard of for a day; in slices. */
  async prune(now = this.now()): Promise<void> {
    const oldest = now - this.store.settings.get(eventSettings).retentionDays * DAY_MS;
    const forget = "UPDATE traced_messages SET unheard = NULL WHERE unheard IS NOT NULL AND at < ?";
    await this.store.commit((tx) => tx.client.query(forget).run(now - DAY_MS));
    const remove =
      "DELETE FROM traced_messages WHERE id IN (SELECT id FROM traced_messages ORDER BY id LIMIT ?) AND at < ?";
    while ((await this.store.commit((tx) => tx.client.query(remove).run(PRUNE_ROWS, oldest).changes)) === PRUNE_ROWS);
  }

  /** Writes what waits; what comes after that is not kept. */
  stop(): void {
    if (!this.#stopped) this.#flush();
    this.#stopped = true;
  }

  /** Whether a row came before a time, so that all behind it did; rows stand in the order in which they came. */
  #isBefore(id: number, since: number | undefined): boolean {
    if (since === undefined) return false;
    const at = this.store.client
      .query<{ at: number }, [number]>("SELECT at FROM traced_messages WHERE id = ?")
      .get(id)?.at;
    return at !== undefined && at < since;
  }

  /** What a service refused before the message was there. */
  #note({ name, room, trace, remote, user, text = "", at, data = {} }: Event): void {
    if (room !== "smtp" || trace === undefined) return;
    if (name !== "recipient.refused" && name !== "message.refused") return;
    const { sender, recipient, recipients } = data;
    const to = Array.isArray(recipients) ? recipients.map(String) : recipient === undefined ? [] : [String(recipient)];
    const known = this.#refused.get(trace);
    if (known !== undefined) {
      const more = to.filter((one) => !known.recipients.includes(one)).slice(0, 100);
      this.#refused.set(trace, { ...known, recipients: [...known.recipients, ...more] });
      return;
    }
    this.#wait({
      ...{ at, trace, origin: user === undefined ? "smtp" : "submission", remote: remote ?? null, login: user ?? null },
      ...{ sender: String(sender ?? ""), recipients: to, subject: "", messageId: "", size: 0 },
      ...{ result: "refused", reply: text },
    });
  }

  #wait(message: Omit<Traced, "id">): void {
    if (this.#stopped || this.#refused.size >= MOST_WAITING) return;
    this.#refused.set(message.trace, message);
    this.#arm();
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => this.#flushSoon(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Writes what waits together with what others commit. On a full disk it is lost: a list of messages is worth less than staying up. */
  #flushSoon(): void {
    const work = this.#flushing();
    if (work !== undefined) this.store.commit(work).catch(() => {});
  }

  /** Writes what waits at once, for who wants to read it. */
  #flush(): void {
    const work = this.store.client.inTransaction ? undefined : this.#flushing();
    if (work === undefined) return;
    try {
      this.store.commitNow(work);
    } catch {
      // As above.
    }
  }

  /** What writes all that waits when it runs; it may run again. Undefined where nothing waits. */
  #flushing(): ((tx: Tx) => void) | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#refused.size === 0 && this.#heard.size === 0) return undefined;
    let waiting: Omit<Traced, "id">[] | undefined;
    return (tx) => {
      waiting ??= this.#takeRefused();
      this.#hearWithin(tx);
      for (const one of waiting) this.#write(one, one.result, one.reply, null);
      if (waiting.length > 0) tx.emit(tracesChanged, {});
    };
  }

  #takeRefused(): Omit<Traced, "id">[] {
    const refused = [...this.#refused.values()];
    this.#refused.clear();
    return refused;
  }

  #hearWithin(tx: Tx): void {
    if (this.#heard.size === 0) return;
    const traces = [...this.#heard];
    for (const trace of traces) this.#hear.run(trace);
    tx.emit(heardWritten, { traces });
  }

  #write(message: Passing, result: TraceResult, reply: string | null, unheard: Uint8Array | null): void {
    const { at, trace, origin, remote, login, sender, recipients, subject, messageId, size } = message;
    const to = printableLines(recipients);
    this.#insert.run(
      ...[at, trace, origin, remote, login, printable(sender).slice(0, LONGEST), to.text],
      ...[printable(subject).slice(0, LONGEST), printable(messageId).slice(0, LONGEST), size, result],
      ...[reply === null ? null : printable(reply).slice(0, LONGEST * 2), to.whole ? unheard : null],
    );
  }
}

/** Addresses, one a line, as far as there is room. */
function printableLines(addresses: readonly string[]): { text: string; whole: boolean } {
  let text = "";
  for (const [at, address] of addresses.entries()) {
    const line = at === 0 ? printable(address) : `\n${printable(address)}`;
    if (text.length + line.length > MOST_RECIPIENTS) return { text, whole: false };
    text += line;
  }
  return { text, whole: true };
}

function tracedOf(row: Row): Traced {
  return { ...row, recipients: row.recipients === "" ? [] : row.recipients.split("\n") };
}

function conditions(query: TraceQuery): { sql: string; values: Values } {
  const parts: string[] = [];
  const values: Values = [];
  const wanted = (sql: string, ...given: Values) => {
    parts.push(`AND ${sql}`);
    values.push(...given);
  };
  const holds = (column: string, text: string | undefined) => {
    if (text !== undefined && text !== "") wanted(`${column} LIKE ? ESCAPE '\\'`, holding(text));
  };
  const search = query.search?.trim().replace(/^<(.*)>$/, "$1") ?? "";
  if (search !== "") {
    const like = ["sender", "recipients", "subject", "message_id"].map((column) => `${column} LIKE ? ESCAPE '\\'`);
    wanted(`(trace = ? OR ${like.join(" OR ")})`, search, ...like.map(() => holding(search)));
  }
  holds("sender", query.sender);
  holds("recipients", query.recipient);
  holds("subject", query.subject);
  holds("message_id", query.messageId?.replace(/^<(.*)>$/, "$1"));
  if (query.result !== undefined) wanted("result = ?", query.result);
  if (query.since !== undefined) wanted("at >= ?", query.since);
  if (query.until !== undefined) wanted("at <= ?", query.until);
  return { sql: parts.join(" "), values };
}
