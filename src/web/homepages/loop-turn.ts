/** Tells looks at the network apart. */

/**
 * Counts the event loop's looks at the network, as far as anybody asks. Whatever request is read between two of them had come before the
 * first began: so what was asked of the system since then is as new to it as if it were asked again. This is what lets fifty requests
 * that came together share one question whether a file is still the same, and no request be answered with what was changed before it
 * was sent.
 */
export class LoopTurn {
  #number = 0;
  #asked = false;

  /** The number of this turn. */
  get number(): number {
    if (!this.#asked) {
      this.#asked = true;
      // Runs before the loop looks at the network again.
      setImmediate(() => {
        this.#asked = false;
        this.#number++;
      });
    }
    return this.#number;
  }
}
