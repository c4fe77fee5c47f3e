/**
 * How much of forms is held in memory at one time: what visitors send to pages that wait to be run. Without it, many who send
 * large forms at once would fill the server's memory.
 */

/** Octets of all forms, and of those from one address. */
const MOST = 67_108_864;
const MOST_FROM_ONE = 8_388_608;

export class FormBudget {
  #held = 0;
  readonly #from = new Map<string, number>();

  /** Takes room for a form; gives what returns it, or undefined where there is none. */
  take(remote: string, octets: number): (() => void) | undefined {
    const own = this.#from.get(remote) ?? 0;
    if (this.#held + octets > MOST || own + octets > MOST_FROM_ONE) return undefined;
    this.#held += octets;
    this.#from.set(remote, own + octets);
    return () => {
      this.#held -= octets;
      const left = (this.#from.get(remote) ?? 0) - octets;
      if (left > 0) this.#from.set(remote, left);
      else this.#from.delete(remote);
    };
  }
}
