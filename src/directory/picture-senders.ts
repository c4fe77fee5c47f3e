/**
 * Senders whose pictures a user wants to see: what their mail names on other servers is fetched without asking again. Called by webmail
 * and the administration.
 */
import { and, asc, count, eq, sql } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold } from "./address.ts";
import { pictureSenders } from "./tables.ts";

/** Senders that one user may name. */
const MOST_SENDERS = 5_000;

export class PictureSenders {
  readonly #named;

  constructor(private readonly store: Store) {
    this.#named = store.db
      .select({ userId: pictureSenders.userId })
      .from(pictureSenders)
      .where(
        and(
          eq(pictureSenders.userId, sql.placeholder("user")),
          eq(pictureSenders.addressKey, sql.placeholder("address")),
        ),
      )
      .prepare();
  }

  has(userId: number, address: string): boolean {
    return this.#named.get({ user: userId, address: keyOf(address) }) !== undefined;
  }

  /** One page, by address, and how many there are. */
  list(
    userId: number,
    { page = 1, pageSize = 100 }: { readonly page?: number; readonly pageSize?: number } = {},
  ): { addresses: string[]; total: number } {
    const own = eq(pictureSenders.userId, userId);
    const total = this.store.db.select({ n: count() }).from(pictureSenders).where(own).get()?.n ?? 0;
    const rows = this.store.db
      .select({ address: pictureSenders.addressKey })
      .from(pictureSenders)
      .where(own)
      .orderBy(asc(pictureSenders.addressKey))
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .all();
    return { addresses: rows.map(({ address }) => address), total };
  }

  /** @throws Refusal "tooMany" */
  addWithin(tx: Tx, userId: number, address: string): void {
    const own = eq(pictureSenders.userId, userId);
    if ((tx.db.select({ n: count() }).from(pictureSenders).where(own).get()?.n ?? 0) >= MOST_SENDERS)
      throw new Refusal("tooMany", `There are ${MOST_SENDERS} senders already. Remove some first.`);
    tx.db
      .insert(pictureSenders)
      .values({ userId, addressKey: keyOf(address) })
      .onConflictDoNothing()
      .run();
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, userId: number, address: string): void {
    const one = and(eq(pictureSenders.userId, userId), eq(pictureSenders.addressKey, keyOf(address)));
    const gone = tx.db.delete(pictureSenders).where(one).returning({ userId: pictureSenders.userId }).all();
    if (gone.length === 0) throw new Refusal("notFound", "This sender's pictures are not shown without asking.");
  }
}

const keyOf = (address: string): string => fold(address.trim());
