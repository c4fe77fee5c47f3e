/**
 * Deadlines of many connections on one timer. A deadline is a number on the connection, so arming one costs nothing;
 * the timer sleeps until the earliest deadline it knows of and then looks through all of them.
 */

/** Something that may have to be woken at a time. */
export interface Timed {
  /** Time of `performance.now()` at which `expire` is due; Infinity for never. */
  readonly due: number;
  /** Called once `due` has passed; must move `due` on. */
  expire(now: number): void;
}

/** Wake-ups are at least this far apart (milliseconds), so that many near deadlines share one. */
const GRAIN = 20;

/** The deadlines of one listener, or of all connections made with one instance. */
export class Deadlines {
  readonly #members = new Set<Timed>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  /** Watches over a member until it is removed. */
  add(member: Timed): void {
    this.#members.add(member);
  }

  /** Stops watching. */
  remove(member: Timed): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearTimeout(this.#timer);
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  /** To be called when a member's `due` may have become earlier than any other. */
  armed(due: number): void {
    if (due < this.#wakeAt) this.#sleepUntil(due, performance.now());
  }

  #sleepUntil(due: number, now: number): void {
    clearTimeout(this.#timer);
    this.#wakeAt = due;
    if (due === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(due - now, GRAIN), 0x7fffffff);
    this.#timer = setTimeout(() => this.#wake(), wait);
    this.#timer.unref();
  }

  #wake(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const member of this.#members) {
      if (member.due <= now) member.expire(now);
      if (member.due < next) next = member.due;
    }
    this.#sleepUntil(next, now);
  }
}
