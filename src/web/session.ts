/**
 * Browser sessions: who is signed in behind a cookie, and the token that shows a form came from our own page.
 *
 * The cookie holds 256 random bits; the store holds only their SHA-256. A session ends when it idles, grows old, is signed out,
 * or when the user's password changed since. Called by app.ts for every request and by the login and wizard routes.
 */
import { timingSafeEqual } from "node:crypto";
import { and, desc, eq, lt, ne, notInArray, or } from "drizzle-orm";
import type { Store } from "../store/store.ts";
import { webSettings } from "./settings.ts";
import { webSessions } from "./tables.ts";

/** A session as a request finds it. */
export interface Session {
  /** SHA-256 of the cookie's token. */
  readonly id: Uint8Array;
  readonly user: number;
  readonly passwordChangedAt: number | null;
  readonly createdAt: number;
  readonly remembered: boolean;
  /** What forms of this session carry in the field `csrf`, and htmx in X-CSRF-Token. */
  readonly csrf: string;
}

/** A message for the next page. */
interface Message {
  readonly kind: "ok" | "warn" | "danger" | "info";
  readonly text: string;
}

/** How exact "last seen" is; a commit per click would be waste. */
const SEEN_EVERY_MS = 60_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Messages wait in memory for the next page of their session; more sessions than this wait for nothing. */
const MOST_MESSAGES = 10_000;
/** Sessions of one user; more browsers than anybody has. */
const MOST_PER_USER = 100;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits in base64url. */
export const newToken = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");

const digest = (text: string): Uint8Array => new Bun.CryptoHasher("sha256").update(text).digest();

/** The anti-forgery token that belongs to a cookie's token: nobody can make it who does not have the cookie. */
export const csrfOf = (token: string): string => Buffer.from(digest(`gatepost csrf ${token}`)).toString("base64url");

/** Compares two secrets without telling by time how far they agree. */
export const sameSecret = (left: string, right: string): boolean => timingSafeEqual(digest(left), digest(right));

export class Sessions {
  readonly #messages = new Map<string, Message>();
  #sweptAt = 0;

  constructor(
    private readonly store: Store,
    private readonly now: () => number = Date.now,
  ) {}

  /** Opens a session for a user and gives the token for the cookie. Always a new token: one from before the login is never kept. */
  async open(about: {
    user: number;
    passwordChangedAt: number | null;
    remembered: boolean;
    remote: string;
    agent: string;
  }): Promise<string> {
    const token = newToken();
    const at = this.now();
    await this.store.commit((tx) => {
      this.#sweep(tx.db, at);
      this.#makeRoom(tx.db, about.user);
      tx.db
        .insert(webSessions)
        .values({ ...about, agent: about.agent.slice(0, 300), id: digest(token), createdAt: at, seenAt: at })
        .run();
    });
    return token;
  }

  /**
   * The session of a cookie's token; undefined where the token is malformed, unknown, idle too long or too old. `quietly` does not
   * count as a sign of life: a page that renews itself must not keep a session alive that nobody uses.
   */
  find(token: string | undefined, options: { readonly quietly?: boolean } = {}): Session | undefined {
    if (token === undefined || !TOKEN.test(token)) return undefined;
    const id = digest(token);
    const row = this.store.db.select().from(webSessions).where(eq(webSessions.id, id)).get();
    if (row === undefined) return undefined;
    const at = this.now();
    if (row.seenAt < this.#idleSince(at, row.remembered) || row.createdAt < this.#oldest(at)) return undefined;
    if (options.quietly !== true && at - row.seenAt > SEEN_EVERY_MS) this.#touch(id, at);
    return {
      id,
      user: row.user,
      passwordChangedAt: row.passwordChangedAt,
      createdAt: row.createdAt,
      remembered: row.remembered,
      csrf: csrfOf(token),
    };
  }

  /** Ends one session. */
  async close(id: Uint8Array): Promise<void> {
    await this.store.commit((tx) => tx.db.delete(webSessions).where(eq(webSessions.id, id)).run());
  }

  /** Ends every session of a user, or every one but `keep`. */
  async closeAll(user: number, keep?: Uint8Array): Promise<void> {
    const mine = eq(webSessions.user, user);
    await this.store.commit((tx) =>
      tx.db
        .delete(webSessions)
        .where(keep === undefined ? mine : and(mine, ne(webSessions.id, keep)))
        .run(),
    );
  }

  /** Leaves a message for the next page that the session sees. */
  leave(id: Uint8Array, message: Message): void {
    if (this.#messages.size < MOST_MESSAGES) this.#messages.set(Buffer.from(id).toString("hex"), message);
  }

  /** Takes the message that waits for a session, if any. */
  take(id: Uint8Array): Message | undefined {
    const key = Buffer.from(id).toString("hex");
    const message = this.#messages.get(key);
    this.#messages.delete(key);
    return message;
  }

  /** A remembered session may idle for its whole life. */
  #idleSince(at: number, remembered: boolean): number {
    return remembered ? this.#oldest(at) : at - this.store.settings.get(webSettings).idleMinutes * 60_000;
  }

  #oldest(at: number): number {
    return at - this.store.settings.get(webSettings).longestDays * 86_400_000;
  }

  #touch(id: Uint8Array, at: number): void {
    this.store
      .commit((tx) => tx.db.update(webSessions).set({ seenAt: at }).where(eq(webSessions.id, id)).run())
      .catch((fault) => this.store.events.fault("web", "note that a session was seen", fault));
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
