/** The list of barred addresses, as administrators see and change it. */
import { and, count, eq, sql } from "drizzle-orm";
import { likePattern } from "../../directory/address.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { type Stretch, stretches } from "../../store/stretches.ts";
import { houseChanged } from "./changes.ts";
import { ANYWHERE, patternOf } from "./pattern.ts";
import { barred } from "./tables.ts";

export type BarredEntry = Omit<typeof barred.$inferSelect, "bucket">;
export type BarredValues = Pick<BarredEntry, "side" | "direction" | "action" | "text" | "note">;

export interface BarredWishes {
  readonly search: string;
  readonly action?: BarredEntry["action"] | undefined;
  readonly page: number;
  readonly pageSize: number;
}

const MOST_ENTRIES = 2_000_000;
/** Patterns that are all looked at for each address. */
const MOST_ANYWHERE = 2_000;

/** What a row has beside what was asked for. */
interface Row {
  readonly id: number;
  readonly hits: number;
  readonly last_hit_at: number | null;
  readonly created_at: number;
}

export class BarredList {
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** One page of them: exceptions first, then the newest. A long list is looked through in turns with others. */
  async list({ search, action, page, pageSize }: BarredWishes): Promise<{ entries: BarredEntry[]; total: number }> {
    const ids: number[] = [];
    let total = 0;
    for (const one of action === undefined ? (["allow", "bar"] as const) : [action]) {
      const found = this.#fitting(one, search);
      for await (const stretch of stretches(this.store, "barred")) {
        const fitting = found.count(stretch);
        const passed = (page - 1) * pageSize - total;
        total += fitting;
        if (ids.length < pageSize && fitting > passed)
          ids.push(...found.ids(stretch, pageSize - ids.length, Math.max(0, passed)));
      }
    }
    return { entries: ids.flatMap((id) => this.#entry(id) ?? []), total };
  }

  /** How many entries of a stretch fit, and which, the latest first. */
  #fitting(action: BarredEntry["action"], search: string) {
    const { client } = this.store;
    const text = search === "" ? [] : [likePattern(search)];
    const fits = `action = ? AND id >= ? AND id < ?${search === "" ? "" : " AND (pattern || ' ' || lower(note)) LIKE ? ESCAPE '\\'"}`;
    type Stretched = [string, number, number, ...(string | number)[]];
    const count = client.query<{ all: number }, Stretched>(`SELECT count(*) AS "all" FROM barred WHERE ${fits}`);
    const ids = client.query<{ id: number }, Stretched>(
      `SELECT id FROM barred WHERE ${fits} ORDER BY id DESC LIMIT ? OFFSET ?`,
    );
    return {
      count: ({ from, before }: Stretch) => count.get(action, from, before, ...text)?.all ?? 0,
      ids: ({ from, before }: Stretch, limit: number, offset: number) =>
        ids.all(action, from, before, ...text, limit, offset).map(({ id }) => id),
    };
  }

  /** @throws Refusal "notFound" */
  require(id: number): BarredEntry {
    const found = this.#entry(id);
    if (found === undefined) throw new Refusal("notFound", "There is no such entry.");
    return found;
  }

  /**
   * Whether all of these can be added, before the first one is: for many, which take several commits.
   * @throws Refusal "invalid" for a pattern that cannot be read, "tooMany"
   */
  async check(patterns: readonly string[]): Promise<void> {
    await this.#refuseTooMany(patterns.length);
    let anywhere = 0;
    for (const pattern of patterns) {
      if (patternOf(pattern).bucket === ANYWHERE) anywhere++;
      if (this.store.turns.over) await this.store.turns.next();
    }
    this.#refuseTooWide(anywhere);
  }

  /**
   * Adds patterns that all say the same; those that are there already are changed to say it.
   * @throws Refusal "invalid" for a pattern that cannot be read, "tooMany" for one with stars behind the @
   */
  addWithin(tx: Tx, patterns: readonly string[], values: BarredValues): BarredEntry[] {
    const read = patterns.map(patternOf);
    const { side, direction, action, text, note } = values;
    // Kept by the client: lists of many thousands are brought in.
    const insert = this.store.client.query<Row, [string, string, string, string, string, string, string, number]>(
      `INSERT INTO barred (pattern, bucket, side, direction, action, text, note, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (pattern, side, direction) DO UPDATE SET action = excluded.action, text = excluded.text, note = excluded.note
       RETURNING id, hits, last_hit_at, created_at`,
    );
    const found = read.flatMap(({ pattern, bucket }) => {
      const row = insert.get(pattern, bucket, side, direction, action, text, note, this.now());
      if (row === null) return [];
      const { id, hits, last_hit_at: lastHitAt, created_at: createdAt } = row;
      return [{ id, pattern, ...values, hits, lastHitAt, createdAt }];
    });
    if (read.some(({ bucket }) => bucket === ANYWHERE)) this.#refuseTooWide(0);
    tx.emit(houseChanged, { what: "barred" });
    return found;
  }

  /** Changes what is given. @throws Refusal "notFound", "invalid", "exists" */
  updateWithin(tx: Tx, id: number, change: Partial<BarredValues & { pattern: string }>): BarredEntry {
    const before = this.require(id);
    const { pattern: typed, ...values } = change;
    const place = typed === undefined ? undefined : patternOf(typed);
    const after = { ...before, ...values, ...place };
    const same = tx.db
      .select({ id: barred.id })
      .from(barred)
      .where(
        and(
          eq(barred.pattern, after.pattern),
          eq(barred.side, after.side),
          eq(barred.direction, after.direction),
          sql`${barred.id} <> ${id}`,
        ),
      )
      .get();
    if (same !== undefined) throw new Refusal("exists", `There is an entry for “${after.pattern}” already.`);
    tx.db
      .update(barred)
      .set({ ...values, ...place })
      .where(eq(barred.id, id))
      .run();
    if (place?.bucket === ANYWHERE) this.#refuseTooWide(0);
    tx.emit(houseChanged, { what: "barred" });
    return this.require(id);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number): BarredEntry {
    const before = this.require(id);
    tx.db.delete(barred).where(eq(barred.id, id)).run();
    tx.emit(houseChanged, { what: "barred" });
    return before;
  }

  /** @param more entries that are to come @throws Refusal "tooMany" */
  async #refuseTooMany(more: number): Promise<void> {
    const { client } = this.store;
    // Ids only rise: where there were never so many, nobody has to count.
    const last = client.query<{ id: number | null }, []>("SELECT max(id) AS id FROM barred").get()?.id ?? 0;
    if (last + more <= MOST_ENTRIES) return;
    const part = client.query<{ all: number }, [number, number]>(
      'SELECT count(*) AS "all" FROM barred WHERE id >= ? AND id < ?',
    );
    let all = more;
    for await (const { from, before } of stretches(this.store, "barred")) all += part.get(from, before)?.all ?? 0;
    if (all <= MOST_ENTRIES) return;
    throw new Refusal("tooMany", `There are at most ${MOST_ENTRIES} entries.`, { field: "patterns" });
  }

  /** @param more patterns with stars behind the @ that are to come @throws Refusal "tooMany" */
  #refuseTooWide(more: number): void {
    const all = this.store.db.select({ all: count() }).from(barred).where(eq(barred.bucket, ANYWHERE)).get()?.all ?? 0;
    if (all + more <= MOST_ANYWHERE) return;
    const sentence = `At most ${MOST_ANYWHERE} patterns have stars behind the @. Name domains instead: .example.com is one with all below it.`;
    throw new Refusal("tooMany", sentence, { field: "patterns" });
  }

  #entry(id: number): BarredEntry | undefined {
    const row = this.store.db.select().from(barred).where(eq(barred.id, id)).get();
    return row && entryOf(row);
  }
}

function entryOf({ bucket: _, ...entry }: typeof barred.$inferSelect): BarredEntry {
  return entry;
}
