/** Long work in slices: nothing holds the event loop, which all sessions share, for more than a few milliseconds. */

const SLICE_MS = 8;

/** Lets the event loop go round once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Watches how long a piece of work has held the loop. */
export class Slice {
  #since = performance.now();

  /** Lets the loop go round if this slice has lasted long enough. */
  async rest(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await turn();
    this.#since = performance.now();
  }

  /** Whether `rest` would wait: lets tight loops avoid a promise each. */
  get over(): boolean {
    return performance.now() - this.#since >= SLICE_MS;
  }
}
