/**
 * A token bucket: how fast octets may pass, for all who share it. One user's tunnels share one, whichever thread passes their octets, so
 * its state is two 32-bit numbers that may lie in memory shared by threads.
 *
 * It is kept as the time at which the bucket will be even again (the virtual scheduling algorithm, ITU-T I.371): whoever spends moves that
 * time on, and may spend while it is not in the future. A spender may overdraw once; then all wait.
 */

/** Cells of a bucket: octets a second, and the time in microseconds, modulo 2^32, when it is even. */
const RATE = 0;
const EVEN = 1;

/** What an unused bucket saves up, in microseconds of its rate. */
const BURST = 100_000;
/** A debt beyond this is none but a time that has been round once: the bucket has not been used for half an hour. */
const LONGEST_DEBT = 600_000_000;
/** The rate may be raised while somebody waits: he looks again after this time (milliseconds). */
const NAP_MS = 1_000;
/** The highest rate a bucket tells from none (octets a second). */
export const HIGHEST_RATE = 0x7fffffff;

/** Microseconds on a clock that all threads share, modulo 2^32. */
export function microseconds(): number {
  return ((performance.timeOrigin + performance.now()) * 1000) | 0;
}

/** Microseconds to wait until a bucket lets octets pass; 0 for now. */
export function waitOf(cells: Int32Array, at: number, now: number): number {
  const debt = ((cells[at + EVEN] as number) - now) | 0;
  return debt > 0 && debt <= LONGEST_DEBT ? debt : 0;
}

/** How many octets are let through at a time: a fiftieth of a second's worth, within what is worth a system call. */
export function portionOf(cells: Int32Array, at: number): number {
  return Math.min(Math.max(((cells[at + RATE] as number) / 50) | 0, 1024), 262_144);
}

/** Takes octets from a bucket. */
export function spendFrom(cells: Int32Array, at: number, octets: number, now: number): void {
  const even = Atomics.load(cells, at + EVEN);
  const debt = (even - now) | 0;
  const cost = Math.min((octets * 1_000_000) / (cells[at + RATE] as number), LONGEST_DEBT / 4) | 0;
  if (debt < -BURST || debt > LONGEST_DEBT) Atomics.store(cells, at + EVEN, (now - BURST + cost) | 0);
  else Atomics.add(cells, at + EVEN, cost);
}

/** A bandwidth that is shared. Make one for each user (or whatever is to be limited) and give it to all tunnels of it. */
export class Bucket {
  #cells: Int32Array;
  /** Resolves when the last of those who wait goes on. */
  #line: Promise<void> = Promise.resolve();

  /** @param rate octets a second, both directions together; at least 1 */
  constructor(rate: number) {
    this.#cells = new Int32Array(2);
    this.rate = rate;
    this.#cells[EVEN] = microseconds();
  }

  /** Octets a second. May be changed at any time, and holds at once. */
  get rate(): number {
    return this.#cells[RATE] as number;
  }

  set rate(rate: number) {
    this.#cells[RATE] = Math.max(1, Math.min(Math.floor(rate), HIGHEST_RATE));
  }

  /** Milliseconds to wait before octets may pass; 0 for now. */
  get wait(): number {
    return Math.ceil(waitOf(this.#cells, 0, microseconds()) / 1000);
  }

  /** Octets that should pass at a time. */
  get portion(): number {
    return portionOf(this.#cells, 0);
  }

  /** Takes octets that have passed. */
  spend(octets: number): void {
    spendFrom(this.#cells, 0, octets, microseconds());
  }

  /**
   * Takes octets that have passed, and waits for one's turn to pass more: those who wait go on in the order in which they came.
   * @param wanted says whether it is still worth waiting; asked about once a second
   */
  pay(octets: number, wanted: () => boolean): Promise<void> {
    this.spend(octets);
    this.#line = this.#line.then(async () => {
      for (let { wait } = this; wait > 0 && wanted(); wait = this.wait) await Bun.sleep(Math.min(wait, NAP_MS));
    });
    return this.#line;
  }

  /** @internal Moves the state into other memory, which another thread may share. */
  move(cells: Int32Array): void {
    cells.set(this.#cells);
    this.#cells = cells;
  }
}
