/**
 * The quarantine: messages that were accepted and go to nobody until somebody releases them. Who holds, releases or lists is elsewhere
 * (transport, administration); here is what lies there. Read when the first message is held or somebody looks.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import type { Finding, HoldReason } from "../judgement.ts";
import { quarantineSettings } from "./settings.ts";

/** A message to be held. Its content was adopted for it already. */
export interface NewHeld {
  readonly trace: string;
  readonly content: number;
  /** Octets at the front of the content that stay here. */
  readonly skip: number;
  readonly size: number;
  readonly reason: HoldReason;
  readonly sentence: string;
  readonly sender: string;
  readonly subject: string;
  readonly findings: readonly Finding[];
  readonly envelope: Record<string, unknown>;
  readonly recipients: readonly Omit<HeldRecipient, "id" | "told">[];
}

export interface HeldRecipient {
  readonly id: number;
  /** 0 for a recipient elsewhere. */
  readonly mailbox: number;
  readonly address: string;
  readonly notify: string;
  readonly orcpt: string | null;
  readonly told: boolean;
}

/** A message that is held. Times are milliseconds since the epoch. */
export interface Held extends Omit<NewHeld, "recipients"> {
  readonly id: number;
  readonly at: number;
  readonly expiresAt: number;
  /** As far as whoever asks may know of them. */
  readonly recipients: readonly HeldRecipient[];
}

/** What is looked for. */
export interface HeldQuery {
  /** Only what is held for one of these. */
  readonly mailboxes?: readonly number[] | undefined;
  /** A part of the author, the subject, a recipient, or the trace. */
  readonly search?: string;
  readonly limit: number;
  readonly offset?: number;
}

type Row = Omit<Held, "recipients" | "findings" | "envelope"> & { findings: string; envelope: string };
type RecipientRow = Omit<HeldRecipient, "told"> & { told: number };

const DAY_MS = 86_400_000;
/** Messages that are held for one mailbox. */
const MOST_HELD = 10_000;
/** Messages deleted in one commit. */
const SLICE = 200;
const COLUMNS =
  "id, trace, content, skip, size, reason, sentence, sender, subject, findings, envelope, at, expires_at AS expiresAt";

export class Quarantine {
  readonly #row: Statement<Row, [number]>;
  readonly #recipients: Statement<RecipientRow, [number]>;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    const { client } = store;
    this.#row = client.prepare(`SELECT ${COLUMNS} FROM held_messages WHERE id = ?`);
    this.#recipients = client.prepare(
      "SELECT id, mailbox, address, notify, orcpt, told FROM held_recipients WHERE message = ? ORDER BY id",
    );
  }

  /** Holds a message; gives its number. Of more than a mailbox holds the oldest goes. */
  holdWithin(tx: Tx, held: NewHeld): number {
    const { client } = tx;
    const { days } = this.store.settings.get(quarantineSettings);
    const at = this.now();
    const id = client
      .query<{ id: number }, (string | number)[]>(
        `INSERT INTO held_messages (trace, content, skip, size, reason, sentence, sender, subject, findings, envelope, at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      )
      .get(
        ...[held.trace, held.content, held.skip, held.size, held.reason, held.sentence, held.sender, held.subject],
        ...[JSON.stringify(held.findings), JSON.stringify(held.envelope), at, at + days * DAY_MS],
      )?.id;
    if (id === undefined) throw new Error("a message could not be held");
    const insert = client.query(
      "INSERT INTO held_recipients (message, mailbox, address, notify, orcpt) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { mailbox, address, notify, orcpt } of held.recipients) insert.run(id, mailbox, address, notify, orcpt);
    for (const mailbox of new Set(held.recipients.map((one) => one.mailbox))) this.#makeRoom(tx, mailbox);
    return id;
  }

  /** What is held, the latest first, and how many messages that are in all. */
  list({ mailboxes, search = "", limit, offset = 0 }: HeldQuery): { readonly held: Held[]; readonly total: number } {
    const [where, values] = conditions(mailboxes, search);
    const { client } = this.store;
    const total = client
      .query<{ count: number }, (string | number)[]>(`SELECT count(*) AS count FROM held_messages m ${where}`)
      .get(...values)?.count;
    const rows = client
      .query<Row, (string | number)[]>(
        `SELECT ${COLUMNS} FROM held_messages m ${where} ORDER BY id DESC LIMIT ? OFFSET ?`,
      )
      .all(...values, limit, offset);
    return { held: rows.map((row) => this.#heldOf(row, mailboxes)), total: total ?? 0 };
  }

  /** One message, with those of its recipients that are asked about. @throws Refusal "notFound" */
  show(id: number, mailboxes?: readonly number[]): Held {
    const row = this.#row.get(id);
    const held = row === null ? undefined : this.#heldOf(row, mailboxes);
    if (held === undefined || held.recipients.length === 0) throw gone();
    return held;
  }

  /** Lets go of recipients of a message; with the last one it goes itself. @throws Refusal "notFound" where one is gone already */
  takeWithin(tx: Tx, id: number, recipients: readonly number[]): void {
    const remove = tx.client.query("DELETE FROM held_recipients WHERE id = ? AND message = ?");
    for (const recipient of recipients) if (remove.run(recipient, id).changes === 0) throw gone();
    const row = this.#row.get(id);
    if (row === null || this.#recipients.all(id).length > 0) return;
    tx.client.query("DELETE FROM held_messages WHERE id = ?").run(id);
    this.store.content.release(tx, row.content);
  }

  /** The number of the message that was held last; 0 where there is none. */
  latest(): number {
    const { client } = this.store;
    return client.query<{ id: number | null }, []>("SELECT max(id) AS id FROM held_messages").get()?.id ?? 0;
  }

  /** What a mailbox's owner, or anybody, was not told of yet, up to a message, the earliest first. */
  untold(mailbox: number | undefined, upTo: number, limit: number): Held[] {
    const rows = this.store.client
      .query<Row, [number | null, number, number]>(
        `SELECT ${COLUMNS} FROM held_messages WHERE id <= ?2 AND id IN
         (SELECT message FROM held_recipients WHERE mailbox = coalesce(?1, mailbox) AND NOT told) ORDER BY id LIMIT ?3`,
      )
      .all(mailbox ?? null, upTo, limit);
    return rows.map((row) => this.#heldOf(row, mailbox === undefined ? undefined : [mailbox]));
  }

  /**
   * Mailboxes with something that came before a time and of which their owners were not told; 0 among them where it is for somebody elsewhere.
   */
  untoldMailboxes(before: number): number[] {
    const rows = this.store.client
      .query<{ mailbox: number }, [number]>(
        `SELECT DISTINCT r.mailbox FROM held_recipients r JOIN held_messages m ON m.id = r.message
         WHERE NOT r.told AND m.at < ? ORDER BY r.mailbox`,
      )
      .all(before);
    return rows.map(({ mailbox }) => mailbox);
  }

  /** Notes that an owner was told of what there is, up to a message. */
  noteToldWithin({ client }: Tx, mailbox: number, upTo: number): void {
    client
      .query("UPDATE held_recipients SET told = 1 WHERE mailbox = ? AND message <= ? AND NOT told")
      .run(mailbox, upTo);
  }

  /** Deletes what was held for its time. */
  async expire(): Promise<number> {
    let count = 0;
    for (;;) {
      const due = this.store.client
        .query<{ id: number }, [number, number]>("SELECT id FROM held_messages WHERE expires_at <= ? LIMIT ?")
        .all(this.now(), SLICE);
      if (due.length === 0) return count;
      count += due.length;
      await this.store.commit((tx) => {
        for (const { id } of due)
          this.takeWithin(
            tx,
            id,
            this.#recipients.all(id).map((one) => one.id),
          );
      });
    }
  }

  /** Lets go of all that is held for a mailbox. */
  async forget(mailbox: number): Promise<void> {
    const some = this.store.client.query<{ id: number; message: number }, [number, number]>(
      "SELECT id, message FROM held_recipients WHERE mailbox = ? LIMIT ?",
    );
    for (;;) {
      const rows = some.all(mailbox, SLICE);
      if (rows.length === 0) return;
      await this.store.commit((tx) => {
        for (const { id, message } of rows) this.takeWithin(tx, message, [id]);
      });
    }
  }

  /** Nobody fills the disk with what goes to nobody. */
  #makeRoom(tx: Tx, mailbox: number): void {
    const beyond = tx.client
      .query<{ id: number; message: number }, [number, number]>(
        "SELECT id, message FROM held_recipients WHERE mailbox = ? ORDER BY id DESC LIMIT -1 OFFSET ?",
      )
      .all(mailbox, MOST_HELD);
    for (const { id, message } of beyond) this.takeWithin(tx, message, [id]);
  }

  #heldOf(row: Row, mailboxes: readonly number[] | undefined): Held {
    const recipients = this.#recipients
      .all(row.id)
      .filter(({ mailbox }) => mailboxes === undefined || mailboxes.includes(mailbox))
      .map(({ told, ...one }) => ({ ...one, told: told === 1 }));
    return { ...row, findings: JSON.parse(row.findings), envelope: JSON.parse(row.envelope), recipients };
  }
}

function conditions(mailboxes: readonly number[] | undefined, search: string): [string, (string | number)[]] {
  const clauses: string[] = [];
  const values: (string | number)[] = [];
  if (mailboxes !== undefined) {
    const marks = mailboxes.map(() => "?").join(",");
    clauses.push(`m.id IN (SELECT message FROM held_recipients WHERE mailbox IN (${marks}))`);
    values.push(...mailboxes);
  }
  if (search !== "") {
    const pattern = `%${search.replace(/[\\%_]/g, "\\$&")}%`;
    const others =
      mailboxes === undefined
        ? " OR m.id IN (SELECT message FROM held_recipients WHERE address LIKE ? ESCAPE '\\')"
        : "";
    clauses.push(`(m.sender LIKE ? ESCAPE '\\' OR m.subject LIKE ? ESCAPE '\\' OR m.trace = ?${others})`);
    values.push(pattern, pattern, search, ...(others === "" ? [] : [pattern]));
  }
  return [clauses.length === 0 ? "" : `WHERE ${clauses.join(" AND ")}`, values];
}

function gone(): Refusal {
  return new Refusal("notFound", "This message is not held any more.");
}
