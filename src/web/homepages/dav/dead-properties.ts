/** Properties that clients gave to files and folders: kept as they came, moved, copied and removed with what they belong to. */
import { and, count, eq, gte, lt, not, or, sql } from "drizzle-orm";
import { Refusal } from "../../../refusal.ts";
import type { Store, Tx } from "../../../store/store.ts";
import { davProperties } from "../tables.ts";

/** One property as it is kept. */
export interface DeadProperty {
  readonly namespace: string;
  readonly name: string;
  /** The whole element in XML. */
  readonly element: string;
}

/** Octets of one property. */
const LONGEST = 16_384;
/** Properties that one user may keep, and their octets: they are in the server's own file, and no quota counts them. */
const MOST = 20_000;
const MOST_OCTETS = 8_388_608;
/** Those of one file or folder: they are answered together. */
const MOST_OF_ONE = 100;

const { userId: userColumn, path: pathColumn } = davProperties;

/** What lies at a path and below it: "/" comes right before "0". */
const within = (userId: number, path: string) =>
  path === "/"
    ? eq(userColumn, userId)
    : and(
        eq(userColumn, userId),
        or(eq(pathColumn, path), and(gte(pathColumn, `${path}/`), lt(pathColumn, `${path}0`))),
      );

export class DeadProperties {
  readonly #of;

  constructor(private readonly store: Store) {
    const { namespace, name, element } = davProperties;
    this.#of = store.db
      .select({ namespace, name, element })
      .from(davProperties)
      .where(and(eq(userColumn, sql.placeholder("user")), eq(pathColumn, sql.placeholder("path"))))
      .prepare();
  }

  /** Those of one file or folder. */
  of(user: number, path: string): readonly DeadProperty[] {
    return this.#of.all({ user, path });
  }

  /** Sets and removes, all or nothing. @throws Refusal "noSpace" */
  async change(
    userId: number,
    path: string,
    changes: readonly (DeadProperty & { readonly remove: boolean })[],
  ): Promise<void> {
    const set = changes.filter(({ remove }) => !remove);
    if (set.some(({ element }) => element.length > LONGEST))
      throw new Refusal("noSpace", `A property has at most ${LONGEST} characters.`);
    await this.store.commit((tx) => {
      const { db } = tx;
      this.#requireRoom(tx, userId, set);
      // In the order in which they were asked for (RFC 4918 §9.2).
      for (const { namespace, name, element, remove } of changes) {
        const key = and(
          eq(userColumn, userId),
          eq(pathColumn, path),
          eq(davProperties.namespace, namespace),
          eq(davProperties.name, name),
        );
        db.delete(davProperties).where(key).run();
        if (!remove) db.insert(davProperties).values({ userId, path, namespace, name, element }).run();
      }
      const here = and(eq(userColumn, userId), eq(pathColumn, path));
      const own = db.select({ n: count() }).from(davProperties).where(here).get()?.n ?? 0;
      if (own > MOST_OF_ONE) throw new Refusal("noSpace", `One file has at most ${MOST_OF_ONE} properties.`);
    });
  }

  /** Forgets those of what is gone, and of all below it. */
  async drop(userId: number, path: string): Promise<void> {
    if (!this.#any(userId, path)) return;
    await this.store.commit((tx) => this.#dropWithin(tx, userId, path));
  }

  /** Takes them to another path, where others were forgotten. */
  async move(userId: number, from: string, to: string): Promise<void> {
    if (!this.#any(userId, from) && !this.#any(userId, to)) return;
    await this.store.commit((tx) => {
      this.#dropWithin(tx, userId, to);
      tx.db
        .update(davProperties)
        .set({ path: renamed(from, to) })
        .where(within(userId, from))
        .run();
    });
  }

  /** Asks beforehand whether `copy` would be refused. @throws Refusal "noSpace" */
  requireCopy(userId: number, from: string, to: string, deep: boolean): void {
    const held = this.#copied(this.store, userId, from, deep);
    if (held.length > 0) this.#requireRoom(this.store, userId, held, to);
  }

  /** Gives a copy the same ones; `deep` also to what is below it. */
  async copy(userId: number, from: string, to: string, deep: boolean): Promise<void> {
    if (!this.#any(userId, from) && !this.#any(userId, to)) return;
    await this.store.commit((tx) => {
      this.#dropWithin(tx, userId, to);
      const held = this.#copied(tx, userId, from, deep);
      this.#requireRoom(tx, userId, held);
      for (const row of held) {
        tx.db
          .insert(davProperties)
          .values({ ...row, path: `${to}${row.path.slice(from.length)}` })
          .run();
      }
    });
  }

  #copied({ db }: Pick<Tx, "db">, userId: number, from: string, deep: boolean) {
    const which = deep ? within(userId, from) : and(eq(userColumn, userId), eq(pathColumn, from));
    return db.select().from(davProperties).where(which).limit(MOST).all();
  }

  /**
   * @param instead a path whose properties, and those below it, leave their room
   * @throws Refusal "noSpace" where more properties are more than are kept
   */
  #requireRoom({ db }: Pick<Tx, "db">, userId: number, more: readonly DeadProperty[], instead?: string): void {
    const leaving = instead === undefined ? undefined : within(userId, instead);
    const [held] = db
      .select({ n: count(), octets: sql<number>`coalesce(sum(octet_length(${davProperties.element})), 0)` })
      .from(davProperties)
      .where(and(eq(userColumn, userId), leaving && not(leaving)))
      .all();
    const octets = more.reduce((sum, { element }) => sum + Buffer.byteLength(element), held?.octets ?? 0);
    if ((held?.n ?? 0) + more.length > MOST || octets > MOST_OCTETS)
      throw new Refusal("noSpace", "There are as many properties as are kept; remove some first.");
  }

  #any(userId: number, path: string): boolean {
    return (
      this.store.db.select({ path: pathColumn }).from(davProperties).where(within(userId, path)).limit(1).get() !==
      undefined
    );
  }

  #dropWithin(tx: Tx, userId: number, path: string): void {
    tx.db.delete(davProperties).where(within(userId, path)).run();
  }
}

const renamed = (from: string, to: string) => sql`${to} || substr(${pathColumn}, ${from.length + 1})`;
