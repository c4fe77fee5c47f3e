/**
 * What was seen at accounts elsewhere, by UID (RFC 3501 §2.3.1.1) or UIDL (RFC 1939 §7): a message is collected once because its line is
 * written in the commit that accepts it. Lines of messages that are gone there are kept for a while, for servers that name messages anew.
 */
import type { Statement } from "bun:sqlite";
import type { Store, Tx } from "../../store/store.ts";

const DAY_MS = 86_400_000;
/** How long a message that is gone there is known again. */
export const KNOWN_DAYS = 30;
/** Lines looked at between two turns, and those written in one commit: a few milliseconds each. */
const SLICE = 1_000;
const AT_ONCE = 250;

/** A folder of an account, as it is now. */
export interface Place {
  readonly account: number;
  readonly folder: string;
  readonly validity: number;
}

export interface JournalLine {
  readonly folder: string;
  readonly uid: string;
  readonly outcome: "taken" | "duplicate" | "skipped" | "left";
  readonly reason: string;
  readonly trace: string;
  readonly at: number;
  readonly removeAt: number | null;
  readonly goneAt: number | null;
}

export interface NewLine {
  readonly uid: string;
  readonly mailbox: number;
  readonly digest: string;
  readonly outcome: JournalLine["outcome"];
  readonly reason?: string;
  readonly trace?: string;
}

const HERE = "account = ?1 AND folder = ?2 AND validity = ?3";
/** What may be removed there; word for word the condition of an index. */
const THERE = "gone_at IS NULL AND outcome IN ('taken', 'duplicate')";

export class Journal {
  readonly #find: Statement<{ outcome: string }, [number, string, number, string]>;
  readonly #put: Statement;
  readonly #same: Statement<{ uid: string }, [number, string]>;
  readonly #begun: Statement<{ at: number }, [number, string]>;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    const { client } = store;
    this.#find = client.prepare(`SELECT outcome FROM collect_journal WHERE ${HERE} AND uid = ?4`);
    // What an account had that is no more is forgotten, though its lines may still be there.
    this.#same = client.prepare(
      `SELECT uid FROM collect_journal AS line WHERE mailbox = ? AND digest = ?
         AND EXISTS (SELECT 1 FROM collect_accounts WHERE id = line.account) LIMIT 1`,
    );
    this.#begun = client.prepare(
      "SELECT at FROM collect_journal WHERE account = ? AND folder = ? AND validity = 0 AND uid = ''",
    );
    this.#put = client.prepare(
      `INSERT OR REPLACE INTO collect_journal
         (account, folder, validity, uid, mailbox, digest, outcome, reason, trace, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** What became of a message; undefined where it was never seen. */
  outcome({ account, folder, validity }: Place, uid: string): string | undefined {
    return this.#find.get(account, folder, validity, uid)?.outcome;
  }

  /** Whether the mailbox has had what has this digest, by whichever account. */
  hasHad(mailbox: number, digest: string): boolean {
    return this.#same.get(mailbox, digest) !== null;
  }

  putWithin(_tx: Tx, { account, folder, validity }: Place, line: NewLine): void {
    const { uid, mailbox, digest, outcome, reason = "", trace = "" } = line;
    this.#put.run(account, folder, validity, uid, mailbox, digest, outcome, reason, trace, this.now());
  }

  /** When a folder was first looked at, under whatever UIDVALIDITY; undefined: never. */
  begunAt({ account, folder }: Place): number | undefined {
    return this.#begun.get(account, folder)?.at;
  }

  /** Whether everything that lay in a folder when it got its UIDVALIDITY has been dealt with. */
  isSettled({ account, folder, validity }: Place): boolean {
    return this.#find.get(account, folder, validity, "") !== null;
  }

  /** Notes that a folder is looked at. */
  noteBegunWithin(tx: Tx, place: Place, mailbox: number): void {
    if (this.begunAt(place) === undefined) this.noteSettledWithin(tx, { ...place, validity: 0 }, mailbox);
  }

  /** Notes that what lay in a folder has been dealt with. */
  noteSettledWithin(tx: Tx, place: Place, mailbox: number): void {
    this.putWithin(tx, place, { uid: "", mailbox, digest: "", outcome: "skipped" });
  }

  /** The first UID of a folder that has to be looked at: UIDs only rise, and what lies below the last one is in the journal. */
  firstOpen({ account, folder, validity }: Place): number {
    const { client } = this.store;
    const query = (what: string) =>
      client
        .query<{ uid: string | null }, [number, string, number]>(
          `SELECT ${what} AS uid FROM collect_journal WHERE ${HERE}`,
        )
        .get(account, folder, validity)?.uid;
    return Number(query("max(uid)") ?? 0) + 1;
  }

  /** What has been in a folder for so many days since it was collected, the oldest first. */
  due({ account, folder, validity }: Place, keepDays: number, most: number): string[] {
    const rows = this.store.client
      .query<{ uid: string }, [number, string, number, number, number]>(
        `SELECT uid FROM collect_journal INDEXED BY collect_journal_there
         WHERE ${HERE} AND ${THERE} AND at <= ?4 ORDER BY at LIMIT ?5`,
      )
      .all(account, folder, validity, this.now() - keepDays * DAY_MS, most);
    return rows.map(({ uid }) => uid);
  }

  /** Notes what is not there any more. */
  async noteGone(place: Place, uids: readonly string[]): Promise<void> {
    await this.#noteGoneAt(place, uids, this.now());
  }

  /** Of a listing that has everything: notes what it lacks, and what is there again. */
  async compare(place: Place, listed: ReadonlySet<string>): Promise<void> {
    const { account, folder, validity } = place;
    const slice = this.store.client.query<{ uid: string; gone: number | null }, [number, string, number, string]>(
      `SELECT uid, gone_at AS gone FROM collect_journal WHERE ${HERE} AND uid > ?4 ORDER BY uid LIMIT ${SLICE}`,
    );
    for (let after = ""; ; ) {
      const known = slice.all(account, folder, validity, after);
      const back = known.flatMap(({ uid, gone }) => (gone !== null && listed.has(uid) ? [uid] : []));
      const gone = known.flatMap(({ uid, gone }) => (gone === null && !listed.has(uid) ? [uid] : []));
      await this.#noteGoneAt(place, back, null);
      await this.noteGone(place, gone);
      if (known.length < SLICE) return;
      after = known.at(-1)?.uid ?? "";
      await this.store.turns.next();
    }
  }

  async #noteGoneAt({ account, folder, validity }: Place, uids: readonly string[], at: number | null): Promise<void> {
    for (let from = 0; from < uids.length; from += AT_ONCE) {
      await this.store.commit(({ client }) => {
        const note = client.query(`UPDATE collect_journal SET gone_at = ?5 WHERE ${HERE} AND uid = ?4`);
        for (const uid of uids.slice(from, from + AT_ONCE)) note.run(account, folder, validity, uid, at);
      });
    }
  }

  /** Forgets what has been gone for long, and what is left of accounts that are no more. @param signal ends it early */
  async prune(signal: AbortSignal): Promise<void> {
    const before = this.now() - KNOWN_DAYS * DAY_MS;
    // The line with the highest UID says where to go on.
    await this.#deleteWhere(
      `gone_at < ? AND (folder = '' OR uid < (SELECT max(uid) FROM collect_journal AS other
         WHERE other.account = line.account AND other.folder = line.folder AND other.validity = line.validity))`,
      before,
      signal,
    );
    const next = this.store.client.query<{ account: number | null }, [number]>(
      "SELECT min(account) AS account FROM collect_journal WHERE account > ?",
    );
    const isThere = this.store.client.query("SELECT 1 FROM collect_accounts WHERE id = ?");
    for (let account = 0; !signal.aborted; ) {
      const found = next.get(account)?.account ?? null;
      if (found === null) return;
      account = found;
      if (isThere.get(account) === null) await this.#deleteWhere("account = ?", account, signal);
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  async #deleteWhere(condition: string, value: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { changes } = await this.store.commit(({ client }) =>
        client
          .query(
            `DELETE FROM collect_journal WHERE rowid IN
               (SELECT rowid FROM collect_journal AS line WHERE ${condition} LIMIT ${AT_ONCE})`,
          )
          .run(value),
      );
      if (changes < AT_ONCE) return;
      await this.store.turns.next();
    }
  }

  /** The latest lines of an account. @param keepDays as the account has it: for how long what was collected stays there */
  lines(
    account: number,
    { keepDays, after = 0, most }: { readonly keepDays: number | null; readonly after?: number; readonly most: number },
  ): JournalLine[] {
    return this.store.client
      .query<JournalLine, [number | null, number, number, number]>(
        `SELECT folder, uid, outcome, reason, trace, at, gone_at AS goneAt, CASE WHEN ${THERE} THEN at + ?1 END AS removeAt
         FROM collect_journal WHERE account = ?2 AND uid <> '' ORDER BY at DESC, uid DESC LIMIT ?3 OFFSET ?4`,
      )
      .all(keepDays === null ? null : keepDays * DAY_MS, account, most, after);
  }
}
