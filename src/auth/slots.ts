import { Refusal } from "../refusal.ts";

/** Lets so many works run at a time and so many wait; for works that each need much memory. */
export class Slots {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param tooMany what is said to whom there is no room for */
  constructor(
    private readonly limits: () => { readonly running: number; readonly waiting: number },
    private readonly tooMany = "Too many logins at once; try again in a moment.",
  ) {}

  /** Works under way. */
  get running(): number {
    return this.#running;
  }

  /**
   * Runs a work as soon as there is room, in the order of the calls.
   * @throws Refusal "temporary" where too many wait already
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { running, waiting } = this.limits();
    if (this.#running >= running) {
      if (this.#waiting.length >= waiting) throw new Refusal("temporary", this.tooMany);
      await new Promise<void>((enter) => this.#waiting.push(enter));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      // The place is handed over, so that nobody who comes just now can take it from who waited.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
