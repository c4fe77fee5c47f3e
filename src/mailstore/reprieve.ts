/**
 * Messages that are deleted for good, and yet can be called back for a moment: they leave their folder at once, and their contents stay
 * until whoever deleted them lets them go. What a stop of the program left is let go at the next start.
 */
import type { Store, Tx } from "../store/store.ts";
import { keyOf } from "./keys.ts";
import type { Messages } from "./messages.ts";
import type { Summaries } from "./summaries.ts";

/** Messages handled in one commit: a few milliseconds. */
const SLICE = 200;

interface Row {
  id: number;
  content: number;
  flags: number;
  keywords: string;
  internalDate: number;
}

export class Reprieve {
  /** The greatest number that was given. */
  #last = 0;

  constructor(
    private readonly store: Store,
    private readonly stock: { readonly messages: Messages; readonly summaries: Summaries },
  ) {}

  /** A number for messages that are deleted together. */
  batch(): number {
    const last = this.store.client.query<{ last: number }, []>("SELECT coalesce(max(batch), 0) AS last FROM reprieved");
    this.#last = Math.max(this.#last, last.get()?.last ?? 0) + 1;
    return this.#last;
  }

  /** Takes messages out of their folder, and keeps them under a batch's number; gives the UIDs that were there. */
  async expunge(folder: number, uids: readonly number[], batch: number): Promise<number[]> {
    const gone: number[] = [];
    for (let at = 0; at < uids.length; at += SLICE) {
      const slice = uids.slice(at, at + SLICE);
      gone.push(...(await this.store.commit((tx) => this.#expungeWithin(tx, folder, slice, batch))));
    }
    return gone;
  }

  #expungeWithin(tx: Tx, folder: number, uids: readonly number[], batch: number): number[] {
    const keep = tx.client.query<{ content: number }, [number, number]>(
      `INSERT INTO reprieved (batch, content, flags, keywords, internal_date)
       SELECT ?, content, flags, keywords, internal_date FROM messages WHERE id = ? RETURNING content`,
    );
    for (const uid of new Set(uids)) {
      const kept = keep.get(batch, keyOf(folder, uid));
      if (kept !== null) this.store.content.retain(tx, kept.content);
    }
    return this.stock.messages.expungeWithin(tx, folder, uids);
  }

  /** Puts messages back into a folder with their flags and dates; gives how many. */
  async restore(batch: number, folder: number): Promise<number> {
    return await this.#each(batch, (tx, { content, flags, keywords, internalDate }) => {
      this.stock.messages.append(tx, {
        ...{ folder, content, internalDate, structure: this.stock.summaries.structure(content) },
        flags: { system: flags, keywords: keywords === "" ? [] : keywords.split(" ") },
        beyondQuota: true,
      });
    });
  }

  /** Lets messages go that were deleted together. */
  async release(batch: number): Promise<void> {
    await this.#each(batch, () => {});
  }

  /** Lets all go that an earlier run left. */
  async sweep(): Promise<void> {
    const batches = this.store.client.query<{ batch: number }, []>("SELECT DISTINCT batch FROM reprieved").all();
    for (const { batch } of batches) await this.release(batch);
  }

  /** Handles the messages of a batch, each of which then holds its content no longer. */
  async #each(batch: number, handle: (tx: Tx, row: Row) => void): Promise<number> {
    for (let count = 0; ; ) {
      const rows = await this.store.commit((tx) => {
        const next = tx.client.query<Row, [number, number]>(
          "SELECT id, content, flags, keywords, internal_date AS internalDate FROM reprieved WHERE batch = ? LIMIT ?",
        );
        const slice = next.all(batch, SLICE);
        for (const row of slice) {
          handle(tx, row);
          tx.client.query("DELETE FROM reprieved WHERE id = ?").run(row.id);
          this.store.content.release(tx, row.content);
        }
        return slice.length;
      });
      count += rows;
      if (rows < SLICE) return count;
    }
  }
}
