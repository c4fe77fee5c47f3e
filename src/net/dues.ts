/** When a connection must be looked at because its peer does nothing: times to read and to write by, for the Deadlines that watch it. */
import type { Deadlines, Timed } from "./deadlines.ts";

/** No time at all. */
export const NEVER = Number.POSITIVE_INFINITY;
/** A peer that takes nothing is waited for as long as the deadline says, and never longer than this (milliseconds). */
const STALL = 300_000;

/** The times of one connection. Setting one costs nothing but the look at the clock. */
export class Dues {
  /** The deadline set by the session, in milliseconds; 0 for none. */
  patience = 0;
  /** Time of `performance.now()` at which the connection is to be looked at. */
  next = NEVER;
  #read = NEVER;
  #write = NEVER;

  constructor(private readonly deadlines: Deadlines) {}

  /** A read begins. @param otherwise milliseconds it may take where the session set no deadline */
  readWithin(otherwise: number): void {
    this.readIn(this.patience || otherwise);
  }

  /** A read begins that may take so many milliseconds. */
  readIn(ms: number): void {
    this.#read = performance.now() + ms;
    this.#rearm();
  }

  /** Nothing is being read any more. */
  readDone(): void {
    this.#read = NEVER;
    this.next = this.#write;
  }

  /** The peer took octets. Any progress counts: a slow reader is fine, one that takes nothing is not. @param blocked some are left */
  wrote(blocked: boolean): void {
    if (!blocked && this.#write === NEVER) return;
    this.#write = blocked ? performance.now() + this.stall : NEVER;
    this.#rearm();
  }

  /** Whether the peer has taken nothing for too long. */
  writeIsDue(now: number): boolean {
    return this.#write <= now;
  }

  /** Milliseconds for which a peer may take nothing. */
  get stall(): number {
    return this.patience > 0 ? Math.min(this.patience, STALL) : STALL;
  }

  /** The connection is gone. */
  over(connection: Timed): void {
    this.next = NEVER;
    this.deadlines.remove(connection);
  }

  #rearm(): void {
    this.next = Math.min(this.#read, this.#write);
    if (this.next !== NEVER) this.deadlines.armed(this.next);
  }
}
