/**
 * Long work in turns. All sessions share one event loop, so whoever has much to do works in slices of a few milliseconds; and however
 * many have much to do, only one slice runs between two looks at the network. Asked by everything that reads, searches or sends more
 * than a little at a time.
 */

/** How long the event loop may be held between two looks at the network, in milliseconds. */
const HOLD_MS = 8;

export class Turns {
  /** Those who want to go on, in the order in which they stopped. */
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;
  /** Since when the event loop is held, as far as anybody asked. */
  #since: number | undefined;
  /** The one whose turn it is has not stopped yet. */
  #running = false;

  /** Whether the event loop has been held for long, by whomever; then `next` is due. Cheap enough for every message of a list. */
  get over(): boolean {
    const now = performance.now();
    if (this.#since === undefined) {
      this.#since = now;
      this.#schedule();
    }
    return now - this.#since > HOLD_MS;
  }

  /** Resolves when it is the caller's turn again. */
  next(): Promise<void> {
    if (this.#running) {
      // Others that the network woke in the meantime begin afresh.
      this.#running = false;
      this.#since = undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#since = undefined;
      this.#running = false;
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#since = performance.now();
      this.#running = true;
      this.#schedule();
      next();
    });
  }
}
