/**
 * Rights given on single folders (RFC 4314), kept beside the folders so that they go and come with them. What they amount to
 * for somebody, together with what he may in the whole mailbox, is worked out in src/auth/folder-rights.ts.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { grantsChanged } from "./changes.ts";

/** Whom a right is given to, or (negative) taken from: RFC 4314 §2. */
export interface Grantee {
  /** The id of a user, or of the entry that stands for anyone. */
  readonly user: number;
  readonly negative: boolean;
}

/** One entry of a folder's own list. */
export interface Grant extends Grantee {
  readonly folder: number;
  /** Letters; none where what holds in the whole mailbox does not hold here. */
  readonly rights: string;
}

/** The most entries that a folder may have of its own. */
const MOST_GRANTS = 500;

interface Row {
  readonly folder: number;
  readonly user: number;
  readonly negative: number;
  readonly rights: string;
}

const grantOf = (row: Row): Grant => ({ ...row, negative: row.negative === 1 });

/** The lists of all folders. */
export class Grants {
  readonly #of: Statement;
  readonly #ofMailbox: Statement;
  readonly #set: Statement;
  readonly #unset: Statement;
  readonly #copy: Statement;
  readonly #forget: Statement;
  readonly #places: Statement;

  constructor(store: Store) {
    const prepare = (sql: string) => store.client.prepare(sql);
    const columns = `folder, "user", negative, rights`;
    this.#of = prepare(`SELECT ${columns} FROM folder_grants WHERE folder = ? ORDER BY rowid`);
    this.#ofMailbox = prepare(
      `SELECT ${columns} FROM folder_grants WHERE folder IN (SELECT id FROM folders WHERE mailbox = ?) ORDER BY rowid`,
    );
    this.#set = prepare(
      `INSERT INTO folder_grants (${columns}) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (folder, "user", negative) DO UPDATE SET rights = ?4`,
    );
    this.#unset = prepare(`DELETE FROM folder_grants WHERE folder = ? AND "user" = ? AND negative = ?`);
    this.#copy = prepare(
      `INSERT INTO folder_grants (${columns}) SELECT ?2, "user", negative, rights FROM folder_grants WHERE folder = ?1`,
    );
    this.#forget = prepare("DELETE FROM folder_grants WHERE folder = ?");
    this.#places = prepare(
      `SELECT DISTINCT mailbox FROM folders WHERE id IN
         (SELECT folder FROM folder_grants WHERE "user" = ? AND negative = 0 AND rights <> '') ORDER BY mailbox`,
    );
  }

  /** The entries of a folder in the order in which they were made. */
  of(folder: number): Grant[] {
    return (this.#of.all(folder) as Row[]).map(grantOf);
  }

  /** The entries of all folders of a mailbox. */
  ofMailbox(mailbox: number): Map<number, Grant[]> {
    const found = new Map<number, Grant[]>();
    for (const row of this.#ofMailbox.all(mailbox) as Row[]) {
      const grants = found.get(row.folder) ?? [];
      found.set(row.folder, grants);
      grants.push(grantOf(row));
    }
    return found;
  }

  /** The mailboxes in which some folder gives this user a right. */
  mailboxesFor(user: number): number[] {
    return (this.#places.all(user) as { mailbox: number }[]).map(({ mailbox }) => mailbox);
  }

  /** Sets an entry; undefined takes it away. @throws Refusal "tooMany" */
  setWithin(tx: Tx, place: { mailbox: number; folder: number }, grantee: Grantee, rights: string | undefined): void {
    const { mailbox, folder } = place;
    const { user, negative } = grantee;
    if (rights === undefined) this.#unset.run(folder, user, Number(negative));
    else {
      const present = this.of(folder);
      const isNew = !present.some((grant) => grant.user === user && grant.negative === negative);
      if (isNew && present.length >= MOST_GRANTS) {
        throw new Refusal("tooMany", `A folder has rights of its own for at most ${MOST_GRANTS} names.`);
      }
      this.#set.run(folder, user, Number(negative), rights);
    }
    tx.emit(grantsChanged, { mailbox, folder });
  }

  /** A new folder takes the rights of the one above it (RFC 4314 §4, CREATE). */
  inheritWithin(_tx: Tx, from: number, to: number): void {
    this.#copy.run(from, to);
  }

  /** A folder that is gone leaves no rights to one that is made anew (RFC 4314 §4, DELETE). */
  forgetWithin(_tx: Tx, folder: number): void {
    this.#forget.run(folder);
  }

  /** Takes all entries for a user away who is gone. */
  forgetUserWithin(tx: Tx, user: number): void {
    tx.client.query(`DELETE FROM folder_grants WHERE "user" = ?`).run(user);
  }
}
