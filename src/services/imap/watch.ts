/**
 * Telling news while no command runs: during IDLE, and between commands for clients that asked for it (NOTIFY). News that comes
 * in one turn of the event loop is told together, and what comes while it is told is told next: reports never overlap.
 */
import type { Session } from "./session.ts";

/** What is told of the selected folder. */
export interface News {
  /** Anything at all. */
  readonly selected: boolean;
  /** What is gone, too: the client uses no message numbers now. */
  readonly expunges: boolean;
  readonly flags: boolean;
}

/** Sends news of a session until it is stopped. */
export class Watch {
  #reporting: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(
    private readonly session: Session,
    private readonly what: News,
  ) {
    session.unasked.onNews = () => this.news();
    this.news();
  }

  /** Whether something is being told. */
  get isTelling(): boolean {
    return this.#reporting !== undefined;
  }

  /** There is something to tell, perhaps. */
  news(): void {
    if (this.#reporting) this.#again = true;
    else this.#reporting = this.#report();
  }

  /** Ends the watch; resolves when the last report has been written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.session.unasked.onNews = undefined;
    await this.#reporting;
  }

  /** Never rejects: a connection that breaks is found by the read that waits for the client. */
  async #report(): Promise<void> {
    const { session, what } = this;
    try {
      do {
        this.#again = false;
        // What one commit brings arrives piece by piece in one turn: tell it together.
        await Promise.resolve();
        // And where many sessions hear of it, they speak in turns.
        const { turns } = session.store;
        if (turns.over) await turns.next();
        if (this.#stopped) break;
        if (what.selected) await session.unasked.report(what.expunges, what.flags);
        await session.unasked.notifying?.tell();
        session.unasked.tellMetadata();
        await session.out.drain();
        if (session.selected?.gone) session.lost();
      } while (this.#again && !this.#stopped);
    } catch (thrown) {
      session.interrupt(thrown);
    } finally {
      this.#reporting = undefined;
    }
  }
}
