/** The sessions that have logged in, by user: those of a user who may no longer be here, or whose password changed, are ended at once. */
import { userChanged } from "../../directory/changes.ts";
import type { Directory } from "../../directory/directory.ts";
import { hasExpired } from "../../directory/expiry.ts";
import type { Store } from "../../store/store.ts";

/** What can be ended from outside. */
export interface Dismissable {
  /** Ends the session with BYE after the command under way. */
  dismiss(sentence: string): void;
}

/** All sessions of the service. */
export class Sessions {
  readonly #byUser = new Map<number, Set<Dismissable>>();

  constructor(
    store: Store,
    private readonly directory: Directory,
  ) {
    store.changes.on(userChanged, ({ id, credentials }) => this.#check(id, credentials));
  }

  /** Notes that a session belongs to a user. */
  add(user: number, session: Dismissable): void {
    const sessions = this.#byUser.get(user) ?? new Set();
    this.#byUser.set(user, sessions.add(session));
  }

  /** Forgets a session. */
  remove(user: number, session: Dismissable): void {
    const sessions = this.#byUser.get(user);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#byUser.delete(user);
  }

  #check(id: number, credentials: boolean): void {
    const sessions = this.#byUser.get(id);
    if (sessions === undefined) return;
    const user = this.directory.users.byId(id);
    const welcome = user?.enabled === true && !hasExpired(user, Date.now());
    if (welcome && !credentials) return;
    // Who changes a password that somebody else got hold of wants him out.
    const sentence = welcome ? "The password was changed; log in again" : "This account may no longer log in";
    for (const session of [...sessions]) session.dismiss(sentence);
  }
}
