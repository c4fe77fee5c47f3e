/** Chance that can be repeated: the same seed gives the same choices. */
export class Chance {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** From ROBUSTNESS_SEED where that is set, else from the clock. */
  static fromEnvironment(): Chance {
    return new Chance(Number(process.env.ROBUSTNESS_SEED ?? Date.now() % 1_000_000_000));
  }

  /** 0 ≤ x < 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)] as T;
  }

  /** True this often. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** An independent source, for one of several who act at the same time. */
  fork(): Chance {
    return new Chance(Math.floor(this.next() * 4_294_967_296));
  }
}
