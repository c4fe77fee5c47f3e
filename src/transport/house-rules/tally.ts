/** Counts how often entries of a table were met, in as few commits as it takes: what comes while one is under way waits for the next. */
import type { Statement } from "bun:sqlite";
import type { Store } from "../../store/store.ts";

/** Tables whose rows have `hits` and `last_hit_at`. */
type Counted = "barred" | "house_rules";

export class Tally {
  #met = new Map<number, number>();
  #writing: Promise<void> | undefined;
  #update: Statement | undefined;

  constructor(
    private readonly store: Store,
    private readonly table: Counted,
    private readonly now: () => number,
  ) {}

  /** An entry was met. */
  count(id: number): void {
    this.#met.set(id, (this.#met.get(id) ?? 0) + 1);
    this.#begin();
  }

  /** Resolves when everything counted so far is on disk. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #begin(): void {
    this.#writing ??= this.#write()
      .catch((fault: unknown) => this.store.events.fault("transport", "count what was met", fault))
      .finally(() => {
        this.#writing = undefined;
        // Met after the last look for more, and before this.
        if (this.#met.size > 0) this.#begin();
      });
  }

  async #write(): Promise<void> {
    while (this.#met.size > 0) {
      const met = this.#met;
      this.#met = new Map();
      this.#update ??= this.store.client.prepare(
        `UPDATE ${this.table} SET hits = hits + ?, last_hit_at = ? WHERE id = ?`,
      );
      const update = this.#update;
      await this.store.commit(() => {
        for (const [id, times] of met) update.run(times, this.now(), id);
      });
    }
  }
}
