/**
 * When an account or a credential was last used. A mail program or a proxy client may log in hundreds of times a second: uses are kept in
 * memory, at most one a minute and subject, and written together every half minute and when the program stops. Used by last-logins.ts
 * and by src/auth for app passwords.
 */

import type { Store, Tx } from "../store/store.ts";
import { BoundedMap } from "./cache.ts";

/** One use. */
export interface Use {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly service: string;
  readonly remote: string;
}

/** Uses within this time of the one noted are not noted again. */
const GRAIN_MS = 60_000;
const FLUSH_MS = 30_000;
/** Rows written in one commit, so that it stays short. */
const FLUSH_ROWS = 500;
const NOTED = 20_000;

export class LastUses {
  readonly #noted = new BoundedMap<number, Use>(NOTED);
  readonly #waiting = new Map<number, Use>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store,
    /** Whose uses these are, for what goes wrong. */
    private readonly whose: { readonly room: string; readonly doing: string },
    /** Writes the last use into its row, if that is still there. */
    private readonly write: (tx: Tx, id: number, use: Use) => void,
  ) {}

  /** Notes a use. Costs nothing where one was noted within the minute; gives whether this was the first for so long. */
  note(id: number, use: Use): boolean {
    const before = this.#noted.get(id);
    if (before !== undefined && use.at - before.at < GRAIN_MS) return false;
    this.#noted.set(id, use);
    this.#waiting.set(id, use);
    this.#timer ??= this.#schedule();
    return true;
  }

  /** The last use that was noted since the start. */
  get(id: number): Use | undefined {
    return this.#noted.get(id);
  }

  /** Forgets what was noted, and does not write it. */
  forget(id: number): void {
    this.#noted.delete(id);
    this.#waiting.delete(id);
  }

  /** Writes what waits, a slice a commit. */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) {
      const slice = [...this.#waiting].slice(0, FLUSH_ROWS);
      for (const [id] of slice) this.#waiting.delete(id);
      await this.store.commit((tx) => {
        for (const [id, use] of slice) this.write(tx, id, use);
      });
    }
  }

  /** Writes what waits at once and ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const rest = [...this.#waiting];
    this.#waiting.clear();
    try {
      this.store.commitNow((tx) => {
        for (const [id, use] of rest) this.write(tx, id, use);
      });
    } catch (fault) {
      // On a full disk the program must still be able to end.
      this.#failed(fault);
    }
  }

  #failed(fault: unknown): void {
    this.store.events.fault(this.whose.room, this.whose.doing, fault);
  }

  #schedule(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((fault) => this.#failed(fault));
    }, FLUSH_MS);
    timer.unref();
    return timer;
  }
}
