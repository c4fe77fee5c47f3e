/**
 * Browser sessions: who is signed in behind a cookie, and since when he has proven it.
 *
 * The cookie holds 256 random bits; the store holds only their SHA-256. A session ends when it idles, grows old, is signed out or closed
 * from elsewhere, when the user's password changed since, and when the account may no longer sign in. Whoever proves more than before
 * gets a new token: one from before the proof opens nothing more. Called by src/web for every request and by the operations.
 */

import { and, desc, eq, lt, ne, notInArray, or, sql } from "drizzle-orm";
import type { Directory } from "../directory/directory.ts";
import { hasExpired } from "../directory/expiry.ts";
import type { User } from "../directory/user.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { agentWords } from "./agent.ts";
import { mustChange } from "./must-change.ts";
import { mayUse } from "./services.ts";
import { webSessions } from "./tables.ts";
import { csrfOf, digest, newToken, TOKEN } from "./tokens.ts";

/** A session as a request finds it. */
export interface Session {
  /** SHA-256 of the cookie's token. */
  readonly id: Uint8Array;
  readonly user: number;
  readonly passwordChangedAt: number | null;
  readonly createdAt: number;
  readonly remembered: boolean;
  /** When the person last showed who he is, with a password or a second factor (milliseconds since the epoch). */
  readonly provenAt: number;
  /** What forms of this session carry in the field `csrf`, and htmx in X-CSRF-Token. */
  readonly csrf: string;
}

/** A session as its owner sees it in a list. */
export interface ListedSession {
  /** The name under which it can be closed: its id in hexadecimal digits. */
  readonly id: string;
  readonly createdAt: number;
  readonly seenAt: number;
  /** From where it was opened. */
  readonly remote: string;
  /** "Firefox on Linux". */
  readonly agent: string;
  readonly remembered: boolean;
  /** It is the one that asks. */
  readonly current: boolean;
}

/** What a session is opened with. */
export interface NewSession {
  readonly user: number;
  readonly passwordChangedAt: number | null;
  readonly remembered: boolean;
  readonly remote: string;
  readonly agent: string;
}

/** How long sessions last. */
export interface SessionLimits {
  readonly idleMinutes: number;
  readonly longestDays: number;
}

/** What holds where nothing was set. */
export const SESSION_LIMITS: SessionLimits = { idleMinutes: 720, longestDays: 30 };

/** A message for the next page. */
interface Message {
  readonly kind: "ok" | "warn" | "danger" | "info";
  readonly text: string;
  /** The address at which it can be taken back. */
  readonly undo?: string;
  /** For how long that is offered, where not as long as usual. */
  readonly undoSeconds?: number;
}

/** How exact "last seen" is; a commit per click would be waste. */
const SEEN_EVERY_MS = 60_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Messages wait in memory for the next page of their session; more sessions than this wait for nothing. */
const MOST_MESSAGES = 10_000;
/** Sessions of one user; more browsers than anybody has. */
const MOST_PER_USER = 100;
const MOST_AGENT = 300;

export interface SessionOptions {
  /** The time in milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits: () => SessionLimits;
}

export class Sessions {
  readonly #messages = new Map<string, Message>();
  readonly #byId;
  #sweptAt = 0;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly options: SessionOptions,
  ) {
    this.#byId = store.db
      .select()
      .from(webSessions)
      .where(eq(webSessions.id, sql.placeholder("id")))
      .prepare();
  }

  /** Opens a session for a user who has just proven who he is; gives the token for the cookie, a new one each time. */
  async open(about: NewSession): Promise<string> {
    return await this.store.commit((tx) => this.openWithin(tx, about));
  }

  /** The same inside a commit that changes more. */
  openWithin(tx: Tx, about: NewSession): string {
    const token = newToken();
    const at = this.options.now();
    this.#sweep(tx.db, at);
    this.#makeRoom(tx.db, about.user);
    const values = { ...about, agent: about.agent.slice(0, MOST_AGENT), id: digest(token) };
    tx.db
      .insert(webSessions)
      .values({ ...values, createdAt: at, seenAt: at, provenAt: at })
      .run();
    return token;
  }

  /**
   * The session of a cookie's token; undefined where the token is malformed, unknown, idle too long or too old. `quietly` does not
   * count as a sign of life: a page that renews itself must not keep a session alive that nobody uses.
   */
  find(token: string | undefined, options: { readonly quietly?: boolean } = {}): Session | undefined {
    if (token === undefined || !TOKEN.test(token)) return undefined;
    const id = digest(token);
    const row = this.#row(id);
    if (row === undefined) return undefined;
    const at = this.options.now();
    if (options.quietly !== true && at - row.seenAt > SEEN_EVERY_MS) this.#touch(id, at);
    const { user, passwordChangedAt, createdAt, remembered, provenAt } = row;
    return { id, user, passwordChangedAt, createdAt, remembered, provenAt, csrf: csrfOf(token) };
  }

  /** Who is signed in with a cookie's token now; undefined where nobody is, or may no longer be. */
  current(
    token: string | undefined,
    options: { readonly quietly?: boolean } = {},
  ): { readonly user: User; readonly session: Session } | undefined {
    const session = this.find(token, options);
    const user = session && this.directory.users.byId(session.user);
    return session && user && this.#opens(user, session.passwordChangedAt) ? { user, session } : undefined;
  }

  /** When the person behind a session last showed who he is; undefined where the session has ended. */
  provenAt(id: Uint8Array): number | undefined {
    return this.#row(id)?.provenAt;
  }

  /** Notes that the person behind a session has shown again who he is; gives the new token, the old one ends. @throws Refusal "notPermitted" */
  async prove({ id }: Pick<Session, "id">): Promise<string> {
    const token = newToken();
    await this.store.commit((tx) => this.#changeWithin(tx, id, { id: digest(token), provenAt: this.options.now() }));
    return token;
  }

  /** Lets a session outlive the change of the password that was made in it. @throws Refusal as `prove` */
  carryOnWithin(tx: Tx, id: Uint8Array, passwordChangedAt: number): void {
    this.#changeWithin(tx, id, { passwordChangedAt, provenAt: this.options.now() });
  }

  /** The open sessions of a user, the one used last first. `current` is the id of the one that asks. */
  list(user: number, current?: Uint8Array): ListedSession[] {
    const account = this.directory.users.byId(user);
    const at = this.options.now();
    return this.store.db
      .select()
      .from(webSessions)
      .where(eq(webSessions.user, user))
      .orderBy(desc(webSessions.seenAt), desc(webSessions.createdAt))
      .all()
      .filter((row) => account && this.#lasts(row, at) && this.#opens(account, row.passwordChangedAt))
      .map(({ id, createdAt, seenAt, remote, agent, remembered }) => ({
        ...{ id: hex(id), createdAt, seenAt, remote, agent: agentWords(agent), remembered },
        current: current !== undefined && hex(id) === hex(current),
      }));
  }

  /** Ends one session. */
  async close(id: Uint8Array): Promise<void> {
    await this.store.commit((tx) => tx.db.delete(webSessions).where(eq(webSessions.id, id)).run());
  }

  /** Ends the session of a user that has a name in his list. @throws Refusal "notFound" */
  closeWithin(tx: Tx, user: number, name: string): void {
    const id = /^[0-9a-f]{64}$/.test(name) ? new Uint8Array(Buffer.from(name, "hex")) : new Uint8Array(0);
    const gone = tx.db
      .delete(webSessions)
      .where(and(eq(webSessions.id, id), eq(webSessions.user, user)))
      .returning({ user: webSessions.user })
      .get();
    if (gone === undefined) throw new Refusal("notFound", "That session has ended already.");
  }

  /** Ends every session of a user, or every one but `keep`; gives how many. */
  async closeAll(user: number, keep?: Uint8Array): Promise<number> {
    return await this.store.commit((tx) => this.closeAllWithin(tx, user, keep));
  }

  closeAllWithin(tx: Tx, user: number, keep?: Uint8Array): number {
    const mine = eq(webSessions.user, user);
    const where = keep === undefined ? mine : and(mine, ne(webSessions.id, keep));
    return tx.db.delete(webSessions).where(where).returning({ user: webSessions.user }).all().length;
  }

  /** Leaves a message for the next page that the session sees. */
  leave(id: Uint8Array, message: Message): void {
    if (this.#messages.size < MOST_MESSAGES) this.#messages.set(hex(id), message);
  }

  /** Takes the message that waits for a session, if any. */
  take(id: Uint8Array): Message | undefined {
    const key = hex(id);
    const message = this.#messages.get(key);
    this.#messages.delete(key);
    return message;
  }

  #changeWithin(tx: Tx, id: Uint8Array, set: Partial<typeof webSessions.$inferInsert>): void {
    const where = eq(webSessions.id, id);
    const row = tx.db.update(webSessions).set(set).where(where).returning({ user: webSessions.user }).get();
    if (row === undefined) throw new Refusal("notPermitted", "You are no longer signed in. Sign in again.");
  }

  #row(id: Uint8Array): typeof webSessions.$inferSelect | undefined {
    const row = this.#byId.get({ id });
    return row !== undefined && this.#lasts(row, this.options.now()) ? row : undefined;
  }

  #lasts(row: { seenAt: number; createdAt: number; remembered: boolean }, at: number): boolean {
    return row.seenAt >= this.#idleSince(at, row.remembered) && row.createdAt >= this.#oldest(at);
  }

  /** Whether a session that was opened under a password is still good for its user. */
  #opens(user: User, passwordChangedAt: number | null): boolean {
    if (!user.enabled || hasExpired(user, this.options.now()) || !mayUse(user, "web")) return false;
    return user.passwordChangedAt === passwordChangedAt && !mustChange(user);
  }

  /** A remembered session may idle for its whole life. */
  #idleSince(at: number, remembered: boolean): number {
    return remembered ? this.#oldest(at) : at - this.options.limits().idleMinutes * 60_000;
  }

  #oldest(at: number): number {
    return at - this.options.limits().longestDays * 86_400_000;
  }

  #touch(id: Uint8Array, at: number): void {
    this.store
      .commit((tx) => tx.db.update(webSessions).set({ seenAt: at }).where(eq(webSessions.id, id)).run())
      .catch((fault) => this.store.events.fault("auth", "note that a session was seen", fault));
  }

  /** Who signs in without end loses the sessions that were used least lately. */
  #makeRoom(db: Store["db"], user: number): void {
    const mine = eq(webSessions.user, user);
    const kept = db
      .select({ id: webSessions.id })
      .from(webSessions)
      .where(mine)
      .orderBy(desc(webSessions.seenAt), desc(webSessions.createdAt))
      .limit(MOST_PER_USER - 1);
    db.delete(webSessions)
      .where(and(mine, notInArray(webSessions.id, kept)))
      .run();
  }

  /** Deletes what has ended, now and then, beside a login. */
  #sweep(db: Store["db"], at: number): void {
    if (at - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = at;
    db.delete(webSessions)
      .where(
        or(
          lt(webSessions.createdAt, this.#oldest(at)),
          and(eq(webSessions.remembered, false), lt(webSessions.seenAt, this.#idleSince(at, false))),
        ),
      )
      .run();
  }
}

function hex(id: Uint8Array): string {
  return Buffer.from(id).toString("hex");
}
