/** IDLE: news of the selected folder as it happens, until the client says DONE. */
import { command, LOGGED_IN, noArguments } from "../command.ts";
import { GrammarError } from "../parse.ts";
import { EndSession } from "../refusals.ts";
import type { Session } from "../session.ts";

/**
 * ```
 * C: a1 IDLE
 * S: + idling
 * S: * 4 EXISTS
 * C: DONE
 * S: a1 OK IDLE completed
 * ```
 */
export const idle = command({
  verb: "IDLE",
  states: LOGGED_IN,
  rfc: "RFC 2177, RFC 9051 §6.3.13",
  usage: "",
  about: "Waits, and tells what changes in the selected folder at once, until the client sends DONE.",
  capabilities: ["IDLE"],
  syntax: noArguments,
  run: async (session) => {
    await session.invite("idling");
    const watch = new Watch(session);
    try {
      const line = Buffer.from(await session.lineOrInterrupt(64)).toString("latin1");
      if (line.trim().toUpperCase() !== "DONE") throw new GrammarError("Expected DONE");
    } finally {
      await watch.stop();
    }
  },
});

/** Sends news while a session idles. Reports never overlap: news that comes during one is for the next. */
class Watch {
  #reporting: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  readonly #keepAlive: ReturnType<typeof setInterval>;

  constructor(private readonly session: Session) {
    const { selected } = session;
    if (selected) selected.onNews = () => this.#news();
    this.#keepAlive = setInterval(() => this.#stillHere(), 1000 * session.settings.keepAliveSeconds);
    this.#news();
  }

  /** Ends the watch; resolves when the last report has been written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#keepAlive);
    if (this.session.selected) this.session.selected.onNews = undefined;
    await this.#reporting;
  }

  #news(): void {
    if (this.#reporting) this.#again = true;
    else this.#reporting = this.#report();
  }

  /** Never rejects: a connection that breaks is found by the read that waits for DONE. */
  async #report(): Promise<void> {
    const { session } = this;
    try {
      do {
        this.#again = false;
        // What one commit brings arrives piece by piece in one turn: tell it together.
        await Promise.resolve();
        if (this.#stopped) break;
        await session.selected?.report(session.out, true);
        await session.out.drain();
        if (session.selected?.gone) session.interrupt(new EndSession("The selected folder is gone"));
      } while (this.#again && !this.#stopped);
    } catch (thrown) {
      session.interrupt(thrown);
    } finally {
      this.#reporting = undefined;
    }
  }

  #stillHere(): void {
    if (this.#reporting) return;
    this.session.untagged("OK Still here");
    this.#news();
  }
}
