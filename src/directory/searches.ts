/**
 * What somebody looks for in his mail: searches that he keeps under a name, and the last ones he made, which are offered again. Called by
 * webmail and the administration.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";

/** A search that is kept. */
export interface KeptSearch {
  readonly id: number;
  readonly name: string;
  /** As it is typed. */
  readonly query: string;
}

/** Searches that one user may keep, and earlier ones that are remembered of him. */
const MOST_KEPT = 100;
const MOST_EARLIER = 30;

export class SavedSearches {
  readonly #kept: Statement;
  readonly #earlier: Statement;
  readonly #keep: Statement;
  readonly #rename: Statement;
  readonly #remove: Statement;
  readonly #forget: Statement;
  readonly #note: Statement;
  readonly #prune: Statement;

  constructor(store: Store) {
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#kept = prepare(
      "SELECT id, name, query FROM searches WHERE user_id = ? AND name <> '' ORDER BY lower(name), id",
    );
    this.#earlier = prepare("SELECT query FROM searches WHERE user_id = ? AND name = '' ORDER BY at DESC LIMIT ?");
    this.#keep = prepare("INSERT INTO searches (user_id, name, query, at) VALUES (?, ?, ?, ?) RETURNING id");
    this.#rename = prepare("UPDATE searches SET name = ? WHERE id = ? AND user_id = ?");
    this.#remove = prepare("DELETE FROM searches WHERE id = ? AND user_id = ? AND name <> ''");
    this.#forget = prepare("DELETE FROM searches WHERE user_id = ? AND name = '' AND (?2 IS NULL OR query = ?2)");
    this.#note = prepare("INSERT INTO searches (user_id, name, query, at) VALUES (?, '', ?, ?)");
    this.#prune = prepare(
      `DELETE FROM searches WHERE user_id = ?1 AND name = '' AND id NOT IN
         (SELECT id FROM searches WHERE user_id = ?1 AND name = '' ORDER BY at DESC, id DESC LIMIT ${MOST_EARLIER})`,
    );
  }

  /** Those a user keeps, by name. */
  kept(user: number): KeptSearch[] {
    return this.#kept.all(user) as KeptSearch[];
  }

  /** What he looked for before, the latest first. */
  earlier(user: number, most = MOST_EARLIER): string[] {
    return this.#earlier.values(user, most).map(([query]) => String(query));
  }

  /** Keeps a search under a name; one that is kept already gets the new name. @throws Refusal "tooMany" */
  keepWithin(_tx: Tx, user: number, { name, query }: Omit<KeptSearch, "id">, now: number): KeptSearch {
    const kept = this.kept(user);
    const same = kept.find((one) => one.query === query);
    if (same !== undefined) {
      this.#rename.run(name, same.id, user);
      return { ...same, name };
    }
    if (kept.length >= MOST_KEPT)
      throw new Refusal("tooMany", `At most ${MOST_KEPT} searches are kept. Take one away first.`);
    return { id: Number(this.#keep.values(user, name, query, now)[0]?.[0]), name, query };
  }

  /** Takes a kept search away. @throws Refusal "notFound" */
  removeWithin(_tx: Tx, user: number, id: number): void {
    if (this.#remove.run(id, user).changes === 0) throw new Refusal("notFound", "There is no such search.");
  }

  /** Remembers what was looked for. */
  noteWithin(_tx: Tx, user: number, query: string, now: number): void {
    this.#forget.run(user, query);
    this.#note.run(user, query, now);
    this.#prune.run(user);
  }

  /** Forgets what was looked for before; kept searches stay. */
  forgetWithin(_tx: Tx, user: number): void {
    this.#forget.run(user, null);
  }
}
