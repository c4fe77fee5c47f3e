/** Rows in an order that people decide. */
import { eq, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Tx } from "./store.ts";

/** A table of which each row has its place. */
export type OrderedTable = SQLiteTable & { readonly id: SQLiteColumn; readonly position: SQLiteColumn };

/**
 * Puts one row into its place among the others, and numbers all of them anew from 1.
 * @param order all ids as they stand now
 * @param position from 1; what is beyond the end is the end
 */
export function placeWithin(tx: Tx, table: OrderedTable, order: readonly number[], id: number, position: number): void {
  const placed = order.filter((one) => one !== id);
  placed.splice(Math.max(0, position - 1), 0, id);
  const update = tx.db
    .update(table)
    .set({ position: sql`${sql.placeholder("position")}` } as object)
    .where(eq(table.id, sql.placeholder("id")))
    .prepare();
  for (const [at, one] of placed.entries()) update.run({ id: one, position: at + 1 });
}
