/** A server that is killed again and again, and those who work with it meanwhile and come back when it does. */
import type { Gatepost } from "../harness.ts";

/** What an actor is just doing: the server is killed in the middle of each. */
export type Moment = "block" | "dot" | "sending" | "append" | "move" | "expunge" | "flags";

export class Outages {
  /** True once nobody shall begin anything any more. */
  over = false;
  /** What went wrong while the server was there. */
  readonly faults: string[] = [];
  #up = true;
  #back: Promise<void> = Promise.resolve();
  readonly #waiting = new Map<Moment, () => void>();

  constructor(readonly server: Gatepost) {}

  /** Says that something is just happening. */
  now(moment: Moment): void {
    const waiting = this.#waiting.get(moment);
    this.#waiting.delete(moment);
    waiting?.();
  }

  /** Resolves when it happens next. */
  next(moment: Moment): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(moment, resolve));
  }

  /** Kills the server and starts it again; with `again`, kills it once more so many milliseconds after it was started. */
  async strike(again?: number): Promise<void> {
    this.#up = false;
    const log = this.server.log;
    let back = () => {};
    this.#back = new Promise((resolve) => {
      back = resolve;
    });
    await this.server.kill();
    this.faults.push(...log.split("\n").filter((line) => / error |rror:/.test(line)));
    if (again !== undefined) {
      const started = this.server.resume().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, again));
      await this.server.kill();
      await started;
    }
    await this.server.resume();
    this.#up = true;
    back();
  }

  /** Does `work` over and over, from the start after each outage, until all is over. */
  async act(work: () => Promise<void>): Promise<void> {
    while (!this.over) {
      await this.#back;
      try {
        await work();
      } catch (error) {
        if (this.#up && !this.over)
          this.faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
        // Whoever failed for another reason than an outage would fail again at once.
        if (this.#up) return;
      }
    }
  }
}
