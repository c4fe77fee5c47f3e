/**
 * Annotations (RFC 5464): small values under names like paths, which clients keep with a folder or with the account as a whole.
 * Those under /private belong to one user, those under /shared to all who may read the folder. They go with their folder.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { annotationsChanged } from "./changes.ts";

/** Where annotations stand. */
export interface AnnotationPlace {
  /** 0 for the account as a whole. */
  readonly folder: number;
  /** Whose they are; 0 for those that are shared. */
  readonly user: number;
}

/** One annotation. */
export interface Annotation {
  /** In small letters, beginning with /private/ or /shared/. */
  readonly entry: string;
  readonly value: Uint8Array;
}

/** Octets that a value may have. */
export const LONGEST_ANNOTATION = 65_536;
/** Annotations in one place, and those of one user or one mailbox altogether. */
const MOST_IN_PLACE = 256;
const MOST_ALTOGETHER = 4_096;

/** All annotations. */
export class Annotations {
  readonly #value: Statement;
  readonly #below: Statement;
  readonly #set: Statement;
  readonly #unset: Statement;
  readonly #inPlace: Statement;
  readonly #ofUser: Statement;
  readonly #ofMailbox: Statement;
  readonly #copy: Statement;
  readonly #forget: Statement;

  constructor(store: Store) {
    const prepare = (sql: string) => store.client.prepare(sql);
    const place = `folder = ?1 AND "user" = ?2`;
    this.#value = prepare(`SELECT value FROM annotations WHERE ${place} AND entry = ?3`);
    this.#below = prepare(
      `SELECT entry, value FROM annotations WHERE ${place} AND entry > ?3 || '/' AND entry < ?3 || '0' ORDER BY entry`,
    );
    this.#set = prepare(
      `INSERT INTO annotations (folder, "user", entry, value) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (folder, "user", entry) DO UPDATE SET value = ?4`,
    );
    this.#unset = prepare(`DELETE FROM annotations WHERE ${place} AND entry = ?3`);
    this.#inPlace = prepare(`SELECT count(*) FROM annotations WHERE ${place}`);
    this.#ofUser = prepare(`SELECT count(*) FROM annotations WHERE "user" = ?`);
    this.#ofMailbox = prepare(
      `SELECT count(*) FROM annotations WHERE "user" = 0 AND folder IN (SELECT id FROM folders WHERE mailbox =
         (SELECT mailbox FROM folders WHERE id = ?))`,
    );
    this.#copy = prepare(
      `INSERT INTO annotations (folder, "user", entry, value) SELECT ?2, "user", entry, value FROM annotations WHERE folder = ?1`,
    );
    this.#forget = prepare("DELETE FROM annotations WHERE folder = ?");
  }

  /** A value; undefined where there is none. */
  value({ folder, user }: AnnotationPlace, entry: string): Uint8Array | undefined {
    return this.#value.values(folder, user, entry)[0]?.[0] as Uint8Array | undefined;
  }

  /** Annotations whose names begin with this one and go on, in the order of their names. */
  below({ folder, user }: AnnotationPlace, entry: string): Annotation[] {
    return this.#below.all(folder, user, entry) as Annotation[];
  }

  /** Sets a value; undefined takes it away. @throws Refusal "tooMany" */
  setWithin(tx: Tx, place: AnnotationPlace, entry: string, value: Uint8Array | undefined, origin?: object): void {
    const { folder, user } = place;
    if (value === undefined) this.#unset.run(folder, user, entry);
    else {
      if (this.value(place, entry) === undefined) this.#requireRoom(place);
      this.#set.run(folder, user, entry, value);
    }
    tx.emit(annotationsChanged, { folder, user, entry, ...(origin && { origin }) });
  }

  #requireRoom({ folder, user }: AnnotationPlace): void {
    const count = (statement: Statement, ...of: number[]) => Number(statement.values(...of)[0]?.[0]);
    const altogether = user === 0 ? count(this.#ofMailbox, folder) : count(this.#ofUser, user);
    if (count(this.#inPlace, folder, user) < MOST_IN_PLACE && altogether < MOST_ALTOGETHER) return;
    throw new Refusal("tooMany", "There is no room for more annotations; delete some that you no longer need.");
  }

  /** Gives a folder the annotations of another one, too. */
  copyWithin(_tx: Tx, from: number, to: number): void {
    this.#copy.run(from, to);
  }

  /** A folder that is gone leaves nothing to one that is made anew. */
  forgetWithin(_tx: Tx, folder: number): void {
    this.#forget.run(folder);
  }

  /** Takes away what a user kept who is gone. */
  forgetUserWithin(tx: Tx, user: number): void {
    tx.client.query(`DELETE FROM annotations WHERE "user" = ?`).run(user);
  }
}
