/**
 * Which browsers are told of new mail while no page is open. A subscription belongs to a session and goes with it: whoever signs out, or is
 * signed out, hears nothing more. The messages themselves are web/push's.
 */
import { eq, sql } from "drizzle-orm";
import { topic } from "../store/changes.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Sessions } from "./sessions.ts";
import { pushKeys, pushSubscriptions } from "./tables.ts";

/** How a browser is reached (Push API, PushSubscription). */
export interface Subscribing {
  readonly endpoint: string;
  /** Base64url: its public key and its secret (RFC 8291 §2). */
  readonly p256dh: string;
  readonly auth: string;
  readonly language: string;
}

/** A browser that is told. */
export interface Subscription extends Subscribing {
  readonly session: Uint8Array;
  readonly user: number;
  readonly failures: number;
}

/** The keys of this server for push services. */
export type PushKeys = (typeof pushKeys.$inferSelect)["keys"];

/** After so many attempts in a row without success a subscription is given up. */
const MOST_FAILURES = 20;

/** Browsers that are told came or went. */
export const subscriptionsChanged = topic<{ readonly user: number }>("auth.subscriptions");

export class Subscriptions {
  readonly #ofUser;

  constructor(
    private readonly store: Store,
    private readonly sessions: Pick<Sessions, "list">,
    private readonly now: () => number,
  ) {
    this.#ofUser = store.db
      .select()
      .from(pushSubscriptions)
      .where(eq(pushSubscriptions.user, sql.placeholder("user")))
      .prepare();
  }

  /** Whether anybody is told at all. */
  any(): boolean {
    return this.store.client.query("SELECT 1 FROM push_subscriptions LIMIT 1").get() !== null;
  }

  /** The browsers of a user that are told: those whose session is still good. */
  of(user: number): Subscription[] {
    const rows = this.#ofUser.all({ user });
    if (rows.length === 0) return [];
    const open = new Set(this.sessions.list(user).map(({ id }) => id));
    return rows.filter(({ session }) => open.has(Buffer.from(session).toString("hex")));
  }

  /** Tells a browser from now on; one it had before in this session ends. */
  setWithin(tx: Tx, user: number, session: Uint8Array, { endpoint, p256dh, auth, language }: Subscribing): void {
    const set = { user, endpoint, p256dh, auth, language, createdAt: this.now(), failures: 0 };
    // A browser that somebody else signed in with tells nobody else of his mail.
    tx.db.delete(pushSubscriptions).where(eq(pushSubscriptions.endpoint, endpoint)).run();
    tx.db
      .insert(pushSubscriptions)
      .values({ session, ...set })
      .onConflictDoUpdate({ target: pushSubscriptions.session, set })
      .run();
    tx.emit(subscriptionsChanged, { user });
  }

  /** Ends a browser's; whether there was one. `session` is the id of its session. */
  removeWithin(tx: Tx, session: Uint8Array): boolean {
    const gone = tx.db
      .delete(pushSubscriptions)
      .where(eq(pushSubscriptions.session, session))
      .returning({ user: pushSubscriptions.user })
      .get();
    if (gone !== undefined) tx.emit(subscriptionsChanged, { user: gone.user });
    return gone !== undefined;
  }

  /** Notes whether a browser could be told; one that cannot be for long is given up. */
  async heard({ session, failures }: Subscription, well: boolean): Promise<void> {
    if (well && failures === 0) return;
    await this.store.commit((tx) => {
      if (!well && failures + 1 >= MOST_FAILURES) this.removeWithin(tx, session);
      const set = { failures: well ? 0 : failures + 1 };
      tx.db.update(pushSubscriptions).set(set).where(eq(pushSubscriptions.session, session)).run();
    });
  }

  /** The keys of this server, made by `make` when they are first asked for. */
  async keys(make: () => Promise<PushKeys>): Promise<PushKeys> {
    const row = () => this.store.db.select().from(pushKeys).get();
    const known = row();
    if (known !== undefined) return known.keys;
    const keys = await make();
    return await this.store.commit((tx) => {
      tx.db.insert(pushKeys).values({ id: 1, keys }).onConflictDoNothing().run();
      return tx.db.select().from(pushKeys).get()?.keys ?? keys;
    });
  }
}
