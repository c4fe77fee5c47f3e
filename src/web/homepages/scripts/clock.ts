/**
 * How long a page has computed. What counts is the processor's time and not the wall clock's, so that a busy machine does not take a page's
 * time away; but not for ever.
 */

/** How many times its own time a page may take by the wall clock, where the machine gives it too little of itself. */
export const PATIENCE = 10;

export class Clock {
  #limit: number;
  #from = 0;
  #cpuFrom = 0;
  /** When, by the wall clock, it is worth a look. */
  #look = 0;

  constructor(milliseconds: number) {
    this.#limit = milliseconds;
    this.give(milliseconds);
  }

  /** Begins anew with so many milliseconds. */
  give(milliseconds: number): void {
    this.#limit = milliseconds;
    this.#from = performance.now();
    this.#cpuFrom = computed();
    this.#look = this.#from + milliseconds;
  }

  /** Does what does not count. */
  pause<T>(work: () => T): T {
    const began = performance.now();
    const cpuBegan = computed();
    try {
      return work();
    } finally {
      const waited = performance.now() - began;
      this.#from += waited;
      this.#look += waited;
      this.#cpuFrom += computed() - cpuBegan;
    }
  }

  /** Whether the time is up. Cheap until it might be. */
  isOver(): boolean {
    const now = performance.now();
    if (now < this.#look) return false;
    const left = this.#limit - (computed() - this.#cpuFrom);
    if (left <= 0 || now - this.#from > this.#limit * PATIENCE) return true;
    this.#look = now + left;
    return false;
  }
}

/** Milliseconds that this process has computed. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
