/** A work that waits for its turn. */
interface Waiting {
  readonly owner: number;
  readonly enter: () => void;
}

/** Lets so many works run at once, and fewer of one owner; the others wait in a line, which those leave that are called off. */
export class AtOnce {
  readonly #line: Waiting[] = [];
  readonly #running = new Map<number, number>();
  #all = 0;

  constructor(
    private readonly most: number,
    private readonly mostOfOne: number,
  ) {}

  /** Runs a work when it is its turn. @throws the reason of the signal, where it is aborted before that */
  async run<T>(owner: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(owner, signal);
    try {
      return await work();
    } finally {
      this.#count(owner, -1);
      // One place was left, so that one may follow: the first of those whose owner has no more than he may.
      const at = this.#line.findIndex((one) => this.#hasRoom(one.owner));
      if (at !== -1) for (const next of this.#line.splice(at, 1)) next.enter();
    }
  }

  async #turn(owner: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#hasRoom(owner)) {
      this.#count(owner, 1);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        this.#count(owner, 1);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { owner, enter };
      const leave = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(signal.reason);
      };
      this.#line.push(waiting);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #hasRoom(owner: number): boolean {
    return this.#all < this.most && (this.#running.get(owner) ?? 0) < this.mostOfOne;
  }

  #count(owner: number, change: 1 | -1): void {
    this.#all += change;
    const running = (this.#running.get(owner) ?? 0) + change;
    if (running === 0) this.#running.delete(owner);
    else this.#running.set(owner, running);
  }
}
