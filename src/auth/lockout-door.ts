/**
 * What becomes of a barred client's connection: the first few in a minute hear why in their protocol's words, so that a person with a
 * wrong password in a device finds out; all others are closed without a word, before anything was made for them. Used by lockout.ts.
 */

/** "tell": let it hear why it is turned away; "close": close it at once. */
export type Verdict = "tell" | "close";

/** As much of a bar as the door counts on. */
export interface Turned {
  /** Connections turned away since the bar was set. */
  turnedAway: number;
}

const MINUTE_MS = 60_000;
/** Bars whose tellings are counted at a time; who falls out may hear it a few times more. */
const MOST = 4_096;

export class Door {
  #minute = 0;
  readonly #told = new Map<Turned, number>();

  /** Counts one more connection against a bar. `perMinute` of them hear why. */
  turn(bar: Turned, now: number, perMinute: number): Verdict {
    bar.turnedAway++;
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#told.clear();
    }
    const told = this.#told.get(bar) ?? 0;
    if (told >= perMinute || (told === 0 && this.#told.size >= MOST)) return "close";
    this.#told.set(bar, told + 1);
    return "tell";
  }
}
