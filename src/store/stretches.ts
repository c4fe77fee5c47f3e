/** Looking through a long table without holding the event loop. */
import type { Store } from "./store.ts";

/** Rows looked at in one go: a few milliseconds. */
const ROWS = 4_000;

/** Rows with `from` ≤ id < `before`. */
export interface Stretch {
  readonly from: number;
  readonly before: number;
}

/**
 * A table in stretches, the latest rows first; between two of them others have their turn, so rows may have come and gone.
 * @param before only rows with smaller ids
 */
export async function* stretches(
  store: Store,
  table: "queue_messages" | "traced_messages" | "barred",
  before = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Stretch> {
  const first = store.client.query<{ id: number }, [number]>(
    `SELECT id FROM ${table} WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ${ROWS - 1}`,
  );
  for (let end = before; ; ) {
    const from = first.get(end)?.id ?? 0;
    yield { from, before: end };
    if (from === 0) return;
    end = from;
    if (store.turns.over) await store.turns.next();
  }
}

/** A LIKE pattern (with ESCAPE '\') for texts that hold this one. */
export function holding(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
