/** How much lies in somebody's folders, and how much may. One for each user and each shared folder, shared by all who write there. */
import { Refusal } from "../refusal.ts";

/** The most that may lie there; null for no limit. */
export interface Limits {
  readonly octets: number | null;
  /** Files and folders. */
  readonly files: number | null;
}

/** How much lies there. */
export interface Usage {
  readonly octets: number;
  /** Files and folders. */
  readonly files: number;
}

/** Work of which each piece begins when those before it have ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does something after all that was begun before. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

export class Account {
  #octets: number;
  #files: number;
  readonly #turns = new Turns();

  constructor(
    usage: Usage,
    private readonly limitsNow: () => Limits,
    /** Told before anything is counted that is not written down. */
    private readonly onChange: () => void,
  ) {
    this.#octets = usage.octets;
    this.#files = usage.files;
  }

  get usage(): Usage {
    return { octets: this.#octets, files: this.#files };
  }

  get limits(): Limits {
    return this.limitsNow();
  }

  /** Octets that may be added. */
  get room(): number {
    const { octets } = this.limits;
    return octets === null ? Number.POSITIVE_INFINITY : Math.max(0, octets - this.#octets);
  }

  /** @throws Refusal "overQuota" where one more file or folder is too many */
  requireEntry(): void {
    const { files } = this.limits;
    if (files !== null && this.#files >= files) {
      throw new Refusal("overQuota", `There are ${this.#files} files and folders already, as many as there may be.`);
    }
  }

  /** @throws Refusal "overQuota" where so many octets do not fit */
  requireRoom(octets: number): void {
    if (octets > this.room) {
      throw new Refusal("overQuota", `The limit of ${this.limits.octets} octets is reached; remove something first.`);
    }
  }

  /**
   * Does something that looks at a file and then takes it away, after all such that were begun before: were two at it together, both would
   * look at the same file, and each would count it as gone.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  /** Counts a change. */
  add(octets: number, files: number): void {
    if (octets === 0 && files === 0) return;
    this.onChange();
    this.#octets = Math.max(0, this.#octets + octets);
    this.#files = Math.max(0, this.#files + files);
  }

  /** Takes the numbers of a count. */
  set(usage: Usage): void {
    this.#octets = usage.octets;
    this.#files = usage.files;
  }
}
