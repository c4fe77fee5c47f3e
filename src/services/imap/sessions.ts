/**
 * The sessions that have logged in, by user: those whose login is no longer good are ended at once. That is so when the account was
 * switched off or removed, its password changed or a second factor came, the app password was revoked; and, within a minute, when
 * something expired.
 */
import type { Auth, Login } from "../../auth/auth.ts";
import { loginsChanged } from "../../auth/changes.ts";
import { mailboxChanged, userChanged } from "../../directory/changes.ts";
import type { Store } from "../../store/store.ts";

/** What can be ended from outside. */
export interface Dismissable {
  readonly login: Login | undefined;
  /** Ends the session with BYE after the command under way. */
  dismiss(sentence: string): void;
}

/** How often those are looked for that have expired. */
const LOOK_MS = 60_000;

/** All sessions of the service. */
export class Sessions {
  readonly #byUser = new Map<number, Set<Dismissable>>();

  constructor(
    store: Store,
    private readonly auth: Auth,
  ) {
    store.changes.on(userChanged, ({ id }) => this.#check(id));
    store.changes.on(loginsChanged, ({ user }) => this.#check(user));
    store.changes.on(mailboxChanged, ({ ownerId, credentials }) => {
      if (credentials) this.#check(ownerId);
    });
    setInterval(() => this.checkAll(), LOOK_MS).unref();
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

  /** Ends the sessions of all whose login is no longer good. */
  checkAll(): void {
    for (const user of [...this.#byUser.keys()]) this.#check(user);
  }

  #check(user: number): void {
    for (const session of [...(this.#byUser.get(user) ?? [])]) {
      if (session.login === undefined || this.auth.renewed(session.login) !== undefined) continue;
      session.dismiss("This login is no longer good");
    }
  }
}
