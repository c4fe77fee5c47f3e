/** Tells clients that wait how far a long command has come (RFC 9585), so that none takes the connection for dead. */
import type { Session } from "./session.ts";

/** How often that is told, in milliseconds (RFC 9585 §4: not more often than every few seconds). */
const INTERVAL_MS = 10_000;

/** How far the command under way has come. */
export class Progress {
  #told = performance.now();

  constructor(
    private readonly session: Pick<Session, "out" | "tag" | "untagged">,
    private readonly intervalMs = INTERVAL_MS,
  ) {}

  /** `* OK [INPROGRESS ("a1" 454 1000)] Still at it`, where it is time for that. */
  async at(done: number, total: number): Promise<void> {
    const now = performance.now();
    if (now - this.#told < this.intervalMs) return;
    this.#told = now;
    const { session } = this;
    // RFC 9585 §4: what is done is less than the whole, and the whole is not 0.
    const numbers = total > 0 && done < total ? `${done} ${total}` : "NIL NIL";
    session.untagged(`OK [INPROGRESS ("${session.tag}" ${numbers})] Still at it`);
    await session.out.drain();
  }
}
