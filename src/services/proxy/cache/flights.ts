/**
 * Requests on their way to origins, so that a second one for the same waits a little for the first instead of asking, too (RFC 9111 §4:
 * "collapsed requests"). Who waits is given nothing that was not stored: when the first has ended, in whatever way, the others look again.
 */

import { BoundedMap } from "../../../directory/cache.ts";

/** URLs that are remembered for having had nothing to wait for. */
const MOST_REMEMBERED = 4_096;
/** For how long, in milliseconds. */
const REMEMBERED_MS = 60_000;
/** Who waits for one request; more go on by themselves. */
const MOST_WAITING = 64;

/** One request on its way. */
export class Flight {
  #over = false;
  #waiting: (() => void)[] = [];

  constructor(
    readonly url: string,
    private readonly ended: (flight: Flight) => void,
  ) {}

  /** Nothing is to be expected of it any more; may be called more than once. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.ended(this);
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves with true when it has ended, with false after a time. Undefined where nobody else may wait. */
  wait(ms: number): Promise<boolean> | undefined {
    if (this.#over || this.#waiting.length >= MOST_WAITING) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

export class Flights {
  readonly #byUrl = new Map<string, Flight>();
  /** URLs whose responses could not be stored lately, and until when that is remembered: waiting for those would be in vain. */
  readonly #vain = new BoundedMap<string, number>(MOST_REMEMBERED);

  /**
   * Waits for the request that is on its way to this. One that others waited for in vain, because its client reads slowly or its origin
   * answers slowly, makes nobody wait again. Undefined where there is nothing to wait for.
   */
  wait(url: string, ms: number, now: () => number): Promise<void> | undefined {
    const flight = this.#byUrl.get(url);
    return flight?.wait(ms)?.then((ended) => {
      if (ended) return;
      this.inVain(url, now());
      if (this.#byUrl.get(url) === flight) this.#byUrl.delete(url);
    });
  }

  /** Begins one, where nobody else is on the way and waiting has been of use. @param now milliseconds */
  begin(url: string, now: number): Flight | undefined {
    if (this.#byUrl.has(url) || (this.#vain.get(url) ?? 0) > now) return undefined;
    const flight = new Flight(url, (ended) => {
      if (this.#byUrl.get(url) === ended) this.#byUrl.delete(url);
    });
    this.#byUrl.set(url, flight);
    return flight;
  }

  /** Nothing of this could be stored. @param now milliseconds */
  inVain(url: string, now: number): void {
    this.#vain.set(url, now + REMEMBERED_MS);
  }
}
