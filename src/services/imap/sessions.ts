/**
 * The sessions that have logged in, by user. All look anew at what they may do when rights change; those whose login is no longer good are ended at once. That is so when the account was
 * switched off or removed, its password changed or a second factor came, the app password was revoked; and, within a minute, when
 * something expired.
 */
import type { Auth, Login } from "../../auth/auth.ts";
import { loginsChanged } from "../../auth/changes.ts";
import {
  addressChanged,
  domainChanged,
  mailboxChanged,
  mailboxRemoved,
  shareChanged,
  userChanged,
} from "../../directory/changes.ts";
import { grantsChanged } from "../../mailstore/changes.ts";
import type { Store } from "../../store/store.ts";

/** What can be ended from outside. */
export interface Dismissable {
  readonly login: Login | undefined;
  /** Ends the session with BYE after the command under way. */
  dismiss(sentence: string): void;
  /** Looks anew at what its user may do in a mailbox. */
  reconsider(mailbox: number): void;
}

/** How often those are looked for that have expired. */
const LOOK_MS = 60_000;

/** All sessions of the service. */
export class Sessions {
  readonly #byUser = new Map<number, Set<Dismissable>>();
  /** Grows when who reaches which mailbox, or what one is called, may have changed. */
  epoch = 0;

  constructor(
    store: Store,
    private readonly auth: Auth,
  ) {
    const { changes } = store;
    changes.on(userChanged, ({ id }) => this.#check(id));
    changes.on(loginsChanged, ({ user }) => this.#check(user));
    changes.on(mailboxChanged, ({ id, ownerId, credentials }) => {
      if (credentials) this.#check(ownerId);
      this.#reconsider(id);
    });
    changes.on(mailboxRemoved, ({ id }) => this.#reconsider(id));
    changes.on(shareChanged, ({ mailboxId }) => this.#reconsider(mailboxId));
    changes.on(grantsChanged, ({ mailbox }) => this.#reconsider(mailbox));
    changes.on(addressChanged, () => this.epoch++);
    changes.on(domainChanged, () => this.epoch++);
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

  /** Rights in a mailbox changed. */
  #reconsider(mailbox: number): void {
    this.epoch++;
    for (const sessions of this.#byUser.values()) for (const session of sessions) session.reconsider(mailbox);
  }

  #check(user: number): void {
    for (const session of [...(this.#byUser.get(user) ?? [])]) {
      if (session.login === undefined || this.auth.renewed(session.login) !== undefined) continue;
      session.dismiss("This login is no longer good");
    }
  }
}
