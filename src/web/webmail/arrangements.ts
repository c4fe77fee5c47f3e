/** Folders arranged for lists (see mailstore/arrangement.ts), kept while somebody looks at them and let go soon after. */
import type { Arrangement } from "../../mailstore/arrangement.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";

/** Kept so long after the last look. */
const LINGER_MS = 5 * 60_000;
/** Octets of memory that all of them may take; the latest is kept in any case. */
const MOST_OCTETS = 24_000_000;

interface Kept {
  readonly made: Promise<Arrangement>;
  /** Known when it is made. */
  arrangement?: Arrangement;
  timer?: ReturnType<typeof setTimeout>;
}

export class Arrangements {
  /** In order of last use. */
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly mailstore: Mailstore) {}

  /**
   * A folder arranged. Good until the caller waits for something else.
   * @param beside see `Mailstore.arranged`
   */
  async of(folder: number, beside: readonly number[] | undefined): Promise<Arrangement> {
    const key = `${folder} ${beside?.join() ?? "alone"}`;
    if (this.#kept.get(key)?.arrangement?.stale) this.#drop(key);
    const kept: Kept = this.#kept.get(key) ?? { made: this.mailstore.arranged(folder, beside) };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => this.#drop(key), LINGER_MS);
    kept.timer.unref();
    try {
      kept.arrangement = await kept.made;
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#drop(key);
      throw error;
    }
    this.#letGo();
    return kept.arrangement;
  }

  /** Lets go what does not fit, the longest unused first. */
  #letGo(): void {
    let octets = 0;
    const [, ...others] = [...this.#kept].reverse().map(([key, kept], at) => {
      octets += kept.arrangement?.weight ?? 0;
      return { key, fits: at === 0 || octets <= MOST_OCTETS };
    });
    for (const { key, fits } of others) if (!fits) this.#drop(key);
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    clearTimeout(kept?.timer);
    kept?.made.then(
      (arrangement) => arrangement.close(),
      () => {},
    );
  }
}
