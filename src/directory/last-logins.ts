/**
 * When each user last logged in. A proxy client may log in hundreds of times a second: it is kept in memory, at most one
 * change a minute and user, and written together every half minute and when the program stops.
 */
import { eq } from "drizzle-orm";
import type { Store, Tx } from "../store/store.ts";
import { users } from "./tables.ts";
import type { LastLogin, User } from "./user.ts";

/** Logins within this time of the one noted are not noted again. */
const GRAIN_MS = 60_000;
const FLUSH_MS = 30_000;
/** Rows written in one commit, so that it stays short. */
const FLUSH_ROWS = 500;

export class LastLogins {
  /** The latest login of users since the start, and whether it waits to be written. */
  readonly #noted = new Map<number, LastLogin>();
  readonly #waiting = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly store: Store) {}

  /** Notes a login. Costs nothing where one was noted within the minute. */
  note(userId: number, login: LastLogin): void {
    const before = this.#noted.get(userId);
    if (before !== undefined && login.at - before.at < GRAIN_MS) return;
    this.#noted.set(userId, login);
    this.#waiting.add(userId);
    this.#timer ??= this.#schedule();
  }

  /** The user with the latest login that is known. */
  applied(user: User): User {
    const noted = this.#noted.get(user.id);
    return noted === undefined || noted.at <= (user.lastLogin?.at ?? 0) ? user : { ...user, lastLogin: noted };
  }

  forget(userId: number): void {
    this.#noted.delete(userId);
    this.#waiting.delete(userId);
  }

  /** Writes what waits, a slice a commit. */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) {
      const slice = [...this.#waiting].slice(0, FLUSH_ROWS);
      for (const id of slice) this.#waiting.delete(id);
      await this.store.commit((tx) => this.#write(tx, slice));
    }
  }

  /** Writes what waits at once and ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const rest = [...this.#waiting];
    this.#waiting.clear();
    try {
      this.store.commitNow((tx) => this.#write(tx, rest));
    } catch (fault) {
      // On a full disk the program must still be able to end.
      this.store.events.fault("directory", "write last logins", fault);
    }
  }

  #schedule(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((fault) => this.store.events.fault("directory", "write last logins", fault));
    }, FLUSH_MS);
    timer.unref();
    return timer;
  }

  #write(tx: Tx, ids: readonly number[]): void {
    for (const id of ids) {
      const login = this.#noted.get(id);
      if (login === undefined) continue;
      tx.db
        .update(users)
        .set({ lastLoginAt: login.at, lastLoginService: login.service, lastLoginRemote: login.remote })
        .where(eq(users.id, id))
        .run();
    }
  }
}
