/** The queue's rows: every statement that the sending of a message needs, prepared once. Pages and commands ask through queue.ts. */
import type { Database, Statement } from "bun:sqlite";
import { topic } from "../../store/changes.ts";
import type { Tx } from "../../store/store.ts";
import { mailboxOf } from "../route.ts";
import type { Place } from "../sorting/sorted.ts";
import type { RecipientState } from "../tables.ts";

/** A message in the queue. Times are milliseconds since the epoch. */
export interface QueuedMessage {
  readonly id: number;
  readonly trace: string;
  readonly content: number;
  /** Octets at the front of the content that are not sent. */
  readonly skip: number;
  /** Trace fields in front of what is sent. */
  readonly prefix: string;
  /** The mailbox that sends it on without keeping it; null for mail that its sender addressed himself. */
  readonly mailbox: number | null;
  /** Octets that are sent. */
  readonly size: number;
  readonly reversePath: string;
  readonly ret: "FULL" | "HDRS" | null;
  readonly envid: string | null;
  readonly smtputf8: boolean;
  readonly body: "7BIT" | "8BITMIME" | "BINARYMIME";
  readonly requireTls: boolean;
  /** It goes even where the policy of its domain cannot be kept to (RFC 8460 §3). */
  readonly tlsOptional: boolean;
  readonly userId: number | null;
  readonly helo: string | null;
  /** Its sender hears nothing: nobody knows whether he is who he says. */
  readonly untold: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** One of its recipients. */
export interface QueuedRecipient {
  readonly id: number;
  readonly messageId: number;
  readonly address: string;
  readonly domain: string;
  readonly destination: string;
  readonly state: RecipientState;
  readonly result: "sent" | "failed" | "expired" | "deleted" | null;
  readonly attempts: number;
  readonly nextAttempt: number;
  readonly lastAttempt: number | null;
  readonly lastReply: string | null;
  readonly notify: string;
  readonly orcpt: string | null;
  readonly delayTold: boolean;
  /** Of a mailbox here: where its scripts want the message; null: where mail goes without scripts. */
  readonly placings: readonly Place[] | null;
}

/** What a message needs to stand in the queue. */
export type NewMessage = Omit<QueuedMessage, "id">;
export type NewRecipient = Pick<QueuedRecipient, "address" | "domain" | "destination" | "notify" | "orcpt"> &
  Partial<Pick<QueuedRecipient, "placings">>;

/** A recipient, with what decides the way to him. */
export interface Departing {
  readonly id: number;
  readonly domain: string;
  readonly destination: string;
  readonly sender: string;
  readonly user: number | null;
}

/** An attempt that did not succeed. */
export interface Attempt {
  readonly at: number;
  readonly destination: string;
  readonly remote: string | null;
  readonly recipients: number;
  readonly code: number | null;
  readonly enhanced: string;
  readonly reply: string;
}

/** What became of a message. */
export interface Fate {
  readonly trace: string;
  readonly result: NonNullable<QueuedRecipient["result"]>;
  readonly reply: string | null;
}

/** Something in the queue changed; the destinations are those that may have mail due now. */
export const queueChanged = topic<{ readonly message: number; readonly destinations: readonly string[] }>(
  "transport.queue",
);

/** What users send is counted in slots of this length (milliseconds). */
export const SENT_SLOT_MS = 600_000;

/** Attempts remembered of one message: days of hourly attempts at thousands of messages must not fill the disk. */
const MOST_ATTEMPTS = 50;

const MESSAGE_COLUMNS = `id, trace, content, skip, prefix, mailbox, size, reverse_path AS reversePath, ret, envid, smtputf8, body,
  require_tls AS requireTls, tls_optional AS tlsOptional, user_id AS userId, helo, untold, created_at AS createdAt, expires_at AS expiresAt`;
const RECIPIENT_COLUMNS = `id, message_id AS messageId, address, domain, destination, state, result, attempts,
  next_attempt AS nextAttempt, last_attempt AS lastAttempt, last_reply AS lastReply, notify, orcpt,
  delay_told AS delayTold, placings`;

type MessageFlag = "smtputf8" | "requireTls" | "tlsOptional" | "untold";
type MessageRow = Omit<QueuedMessage, MessageFlag> & Record<MessageFlag, number>;
type RecipientRow = Omit<QueuedRecipient, "delayTold" | "placings"> & { delayTold: number; placings: string | null };

export class QueueRows {
  readonly #insertMessage: Statement;
  readonly #insertRecipient: Statement;
  readonly #countSent: Statement;
  readonly #message: Statement<MessageRow, [number]>;
  readonly #recipients: Statement<RecipientRow, [number]>;
  readonly #claimable: Statement<RecipientRow, [number, string, number, number]>;
  readonly #dueMessages: Statement<{ messageId: number }, [string, number, number]>;
  readonly #nextDue: Statement<{ due: number | null }, [string]>;
  readonly #sending: Statement;
  readonly #wait: Statement;
  readonly #done: Statement;
  readonly #again: Statement;
  readonly #insertAttempt: Statement;
  readonly #forgetAttempts: Statement;
  readonly #open: Statement<{ open: number }, [number]>;
  readonly #broughtHome: Statement;
  readonly #fate: Statement<Omit<Fate, "result"> & { result: Fate["result"] | null; open: number }, [number]>;
  readonly #remove: Statement<{ content: number }, [number]>;

  constructor(private readonly client: Database) {
    this.#insertMessage = client.prepare(
      `INSERT INTO queue_messages (trace, content, skip, prefix, mailbox, size, reverse_path, ret, envid, smtputf8, body,
       require_tls, tls_optional, user_id, helo, untold, created_at, expires_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
    );
    this.#insertRecipient = client.prepare(
      `INSERT INTO queue_recipients (message_id, address, domain, destination, state, next_attempt, notify, orcpt, placings)
       VALUES (?,?,?,?,'waiting',?,?,?,?)`,
    );
    this.#countSent = client.prepare(
      `INSERT INTO sent_counts (user_id, slot, recipients) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients`,
    );
    this.#message = client.prepare(`SELECT ${MESSAGE_COLUMNS} FROM queue_messages WHERE id = ?`);
    this.#recipients = client.prepare(
      `SELECT ${RECIPIENT_COLUMNS} FROM queue_recipients WHERE message_id = ? ORDER BY id`,
    );
    // By the few recipients of the message, never by the many that are due at the destination.
    this.#claimable = client.prepare(
      `SELECT ${RECIPIENT_COLUMNS} FROM queue_recipients INDEXED BY queue_recipients_message
       WHERE message_id = ? AND destination = ? AND state = 'waiting' AND next_attempt <= ? ORDER BY id LIMIT ?`,
    );
    this.#dueMessages = client.prepare(
      `SELECT message_id AS messageId FROM queue_recipients
       WHERE destination = ? AND state = 'waiting' AND next_attempt <= ? ORDER BY next_attempt LIMIT ?`,
    );
    this.#nextDue = client.prepare(
      "SELECT min(next_attempt) AS due FROM queue_recipients WHERE destination = ? AND state = 'waiting'",
    );
    this.#sending = client.prepare("UPDATE queue_recipients SET state = 'sending' WHERE id = ? AND state = 'waiting'");
    // What was held or deleted while it was being sent stays so.
    this.#wait = client.prepare(
      `UPDATE queue_recipients SET state = CASE state WHEN 'held' THEN 'held' ELSE 'waiting' END, attempts = attempts + 1,
       next_attempt = ?, last_attempt = ?, last_reply = ?, delay_told = ? WHERE id = ? AND state <> 'done'`,
    );
    this.#done = client.prepare(
      `UPDATE queue_recipients SET state = 'done', result = ?, attempts = attempts + 1, last_attempt = ?, last_reply = ?
       WHERE id = ? AND state <> 'done'`,
    );
    this.#again = client.prepare("UPDATE queue_recipients SET state = 'waiting' WHERE id = ? AND state = 'sending'");
    this.#insertAttempt = client.prepare(
      `INSERT INTO queue_attempts (message_id, at, destination, remote, recipients, code, enhanced, reply)
       VALUES (?,?,?,?,?,?,?,?)`,
    );
    this.#forgetAttempts = client.prepare(
      `DELETE FROM queue_attempts WHERE message_id = ?1 AND id <=
       (SELECT id FROM queue_attempts WHERE message_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${MOST_ATTEMPTS})`,
    );
    this.#open = client.prepare(
      "SELECT EXISTS (SELECT 1 FROM queue_recipients WHERE message_id = ? AND state <> 'done') AS open",
    );
    this.#fate = client.prepare(
      `SELECT m.trace, r.result, r.last_reply AS reply, r.state <> 'done' AS open
       FROM queue_recipients r JOIN queue_messages m ON m.id = r.message_id WHERE r.message_id = ?
       ORDER BY open DESC, CASE r.result WHEN 'failed' THEN 0 WHEN 'expired' THEN 1 WHEN 'sent' THEN 2 ELSE 3 END LIMIT 1`,
    );
    this.#broughtHome = client.prepare("UPDATE queue_messages SET mailbox = NULL WHERE id = ?");
    this.#remove = client.prepare("DELETE FROM queue_messages WHERE id = ? RETURNING content");
  }

  /** Puts a message into the queue, inside a commit; its content has to be adopted already. */
  insert(tx: Tx, message: NewMessage, recipients: readonly NewRecipient[]): number {
    const id = Number(
      this.#insertMessage.run(
        message.trace,
        message.content,
        message.skip,
        message.prefix,
        message.mailbox,
        message.size,
        message.reversePath,
        message.ret,
        message.envid,
        message.smtputf8,
        message.body,
        message.requireTls,
        message.tlsOptional,
        message.userId,
        message.helo,
        message.untold,
        message.createdAt,
        message.expiresAt,
      ).lastInsertRowid,
    );
    for (const one of recipients) {
      const { address, domain, destination, notify, orcpt } = one;
      const placings = one.placings == null ? null : JSON.stringify(one.placings);
      this.#insertRecipient.run(id, address, domain, destination, message.createdAt, notify, orcpt, placings);
    }
    const elsewhere = recipients.filter((one) => mailboxOf(one.destination) === undefined).length;
    if (message.userId !== null && elsewhere > 0) {
      this.#countSent.run(message.userId, Math.floor(message.createdAt / SENT_SLOT_MS), elsewhere);
    }
    const destinations = [...new Set(recipients.map((one) => one.destination))];
    tx.emit(queueChanged, { message: id, destinations });
    return id;
  }

  message(id: number): QueuedMessage | undefined {
    const row = this.#message.get(id);
    if (row === null) return undefined;
    const { smtputf8, requireTls, tlsOptional, untold } = row;
    return {
      ...row,
      ...{
        smtputf8: smtputf8 === 1,
        requireTls: requireTls === 1,
        tlsOptional: tlsOptional === 1,
        untold: untold === 1,
      },
    };
  }

  recipients(messageId: number): QueuedRecipient[] {
    return this.#recipients.all(messageId).map(recipientOf);
  }

  /** A message's recipients at one destination that are due. */
  claimable(messageId: number, destination: string, now: number, most: number): QueuedRecipient[] {
    return this.#claimable.all(messageId, destination, now, most).map(recipientOf);
  }

  /** Messages with recipients due at a destination, longest due first; one may stand there several times. */
  dueMessages(destination: string, now: number, most: number): number[] {
    return this.#dueMessages.all(destination, now, most).map((row) => row.messageId);
  }

  /** When the next recipient of a destination is due; undefined if none waits. */
  nextDue(destination: string): number | undefined {
    return this.#nextDue.get(destination)?.due ?? undefined;
  }

  /** Every destination with waiting recipients, and when the first is due. */
  waitingDestinations(): { destination: string; due: number }[] {
    return this.client
      .query<{ destination: string; due: number }, []>(
        `SELECT destination, min(next_attempt) AS due FROM queue_recipients WHERE state = 'waiting' GROUP BY destination`,
      )
      .all();
  }

  /** What a destination answered last: the recipient whose next attempt is furthest away was tried most lately. */
  lastReplyAt(destination: string): string | undefined {
    const last = this.client.query<{ reply: string | null }, [string, string]>(
      `SELECT last_reply AS reply FROM queue_recipients WHERE destination = ? AND state = ?
       ORDER BY next_attempt DESC LIMIT 1`,
    );
    return last.get(destination, "waiting")?.reply ?? last.get(destination, "held")?.reply ?? undefined;
  }

  /** Recipients elsewhere that wait or are held, by their numbers, with what decides their way; not those that were sent a way of their own. */
  onTheirWay(after: number, most: number): Departing[] {
    return this.client
      .query<Departing, [number, number]>(
        `SELECT r.id, r.domain, r.destination, m.reverse_path AS sender, m.user_id AS user
         FROM queue_recipients r JOIN queue_messages m ON m.id = r.message_id
         WHERE r.id > ? AND r.state IN ('waiting', 'held') AND r.destination NOT LIKE 'mailbox:%' AND r.destination NOT LIKE 'via:%'
         ORDER BY r.id LIMIT ?`,
      )
      .all(after, most);
  }

  /** Moves a recipient to another queue, if he still waits in that one. */
  reroute({ id, destination }: Departing, to: string): void {
    this.client
      .query(
        "UPDATE queue_recipients SET destination = ? WHERE id = ? AND destination = ? AND state IN ('waiting', 'held')",
      )
      .run(to, id, destination);
  }

  /** After a start: what was being sent was not confirmed, so it waits again. */
  resetSending(): number {
    return this.client.query("UPDATE queue_recipients SET state = 'waiting' WHERE state = 'sending'").run().changes;
  }

  markSending(recipients: readonly QueuedRecipient[]): void {
    for (const { id } of recipients) this.#sending.run(id);
  }

  /** Puts a claim back that led to no attempt. */
  markWaiting(recipients: readonly QueuedRecipient[]): void {
    for (const { id } of recipients) this.#again.run(id);
  }

  /** An attempt failed for now. */
  defer(id: number, next: { at: number; now: number; reply: string; delayTold: boolean }): void {
    this.#wait.run(next.at, next.now, next.reply, next.delayTold, id);
  }

  /** A recipient is through, one way or the other; false if it was already. */
  finish(id: number, result: NonNullable<QueuedRecipient["result"]>, now: number, reply: string): boolean {
    return this.#done.run(result, now, reply, id).changes > 0;
  }

  /** Remembers an attempt; of many only the last ones. */
  logAttempt(messageId: number, attempt: Attempt): void {
    const { at, destination, remote, recipients, code, enhanced, reply } = attempt;
    this.#insertAttempt.run(messageId, at, destination, remote, recipients, code, enhanced, reply);
    this.#forgetAttempts.run(messageId);
  }

  /** The message is in the mailbox that sent it on: it need not go there again. */
  broughtHome(messageId: number): void {
    this.#broughtHome.run(messageId);
  }

  /** What became of a message, where nobody waits for it any more: of several fates the worst. */
  fate(messageId: number): Fate | undefined {
    const fate = this.#fate.get(messageId);
    return fate === null || fate.open > 0 || fate.result === null ? undefined : { ...fate, result: fate.result };
  }

  /** Takes a message out of the queue if nobody waits for it any more; gives the content to be released. */
  removeIfDone(messageId: number): number | undefined {
    if (this.#open.get(messageId)?.open !== 0) return undefined;
    return this.#remove.get(messageId)?.content;
  }
}

function recipientOf(row: RecipientRow): QueuedRecipient {
  const placings = row.placings === null ? null : (JSON.parse(row.placings) as Place[]);
  return { ...row, delayTold: row.delayTold === 1, placings };
}
