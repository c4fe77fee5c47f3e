/**
 * Parcels: files too large for a letter, which lie here for whoever has their address, until their day comes. The address is a secret of 256
 * bits; nothing else is asked of those who fetch. What has ended is gone for good. Called by webmail, where they are put down and
 * listed, and by the page from which they are fetched.
 */
import { asc, count, desc, eq, lte, min, sql, sum } from "drizzle-orm";
import { userChanged } from "../directory/changes.ts";
import { Refusal } from "../refusal.ts";
import { topic } from "../store/changes.ts";
import type { Staged } from "../store/content-writer.ts";
import type { Store, Tx } from "../store/store.ts";
import { parcels } from "./tables.ts";

export type Parcel = typeof parcels.$inferSelect;

/** A file that is to lie here. */
export interface NewParcel {
  readonly userId: number;
  /** The secret of its address. */
  readonly token: string;
  readonly name: string;
  /** As its sender's browser said. */
  readonly type: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const parcelsChanged = topic<{ readonly userId: number }>("transport.parcels");

/** Parcels of one user. */
const MOST = 500;
/** A timer for longer would fire at once. */
const LONGEST_TIMER = 3_600_000;
/** How long nothing is tried after a fault of the store (milliseconds). */
const REST_MS = 60_000;
/** Parcels that end in one commit. */
const AT_ONCE = 100;

export class Parcels {
  readonly #byToken;
  readonly #next;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = false;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    this.#byToken = store.db
      .select()
      .from(parcels)
      .where(eq(parcels.token, sql.placeholder("token")))
      .prepare();
    this.#next = store.db
      .select({ at: min(parcels.expiresAt) })
      .from(parcels)
      .prepare();
    store.changes.on(parcelsChanged, () => this.#arm());
    store.changes.on(userChanged, ({ id, change }) => {
      if (change === "removed") this.#drop(() => this.list(id));
    });
  }

  /** Lets go what has ended, now and from now on. */
  start(): void {
    this.#started = true;
    this.#arm();
  }

  stop(): void {
    this.#started = false;
    clearTimeout(this.#timer);
  }

  /** A user's parcels, the latest first. */
  list(userId: number): Parcel[] {
    const own = eq(parcels.userId, userId);
    return this.store.db.select().from(parcels).where(own).orderBy(desc(parcels.id)).all();
  }

  /** Octets in all of a user's parcels. */
  octetsOf(userId: number): number {
    const own = eq(parcels.userId, userId);
    return Number(
      this.store.db
        .select({ octets: sum(parcels.size) })
        .from(parcels)
        .where(own)
        .get()?.octets ?? 0,
    );
  }

  /** The parcel at an address; undefined where there is none, or it has ended. */
  at(token: string): Parcel | undefined {
    const found = this.#byToken.get({ token });
    return found !== undefined && found.expiresAt > this.now() ? found : undefined;
  }

  /** @throws Refusal "notFound" */
  require(userId: number, id: number): Parcel {
    const found = this.list(userId).find((one) => one.id === id);
    if (found === undefined) throw new Refusal("notFound", "There is no such file behind a link.");
    return found;
  }

  /** Puts a file down. @throws Refusal "tooMany" */
  addWithin(tx: Tx, parcel: NewParcel, octets: Staged): Parcel {
    const own = eq(parcels.userId, parcel.userId);
    const { n = 0 } = tx.db.select({ n: count() }).from(parcels).where(own).get() ?? {};
    if (n >= MOST)
      throw new Refusal("tooMany", `There are ${MOST} files behind links already. End some of them first.`);
    const content = this.store.content.adopt(tx, octets);
    const row = { ...parcel, content, size: octets.size, createdAt: this.now() };
    const made = tx.db.insert(parcels).values(row).returning().get();
    tx.emit(parcelsChanged, { userId: parcel.userId });
    return made;
  }

  /** Lets a parcel lie until another time. @throws Refusal "notFound" */
  prolongWithin(tx: Tx, userId: number, id: number, expiresAt: number): Parcel {
    const before = this.require(userId, id);
    tx.db.update(parcels).set({ expiresAt }).where(eq(parcels.id, id)).run();
    tx.emit(parcelsChanged, { userId });
    return { ...before, expiresAt };
  }

  /** Ends a parcel. @throws Refusal "notFound" */
  endWithin(tx: Tx, userId: number, id: number): Parcel {
    const parcel = this.require(userId, id);
    this.#endWithin(tx, parcel);
    return parcel;
  }

  /** Notes that a parcel was fetched. */
  fetchedWithin(tx: Tx, id: number): void {
    tx.db.update(parcels).set({ fetched: sql`fetched + 1`, fetchedAt: this.now() }).where(eq(parcels.id, id)).run();
  }

  #endWithin(tx: Tx, { id, content }: Parcel): void {
    if (tx.db.delete(parcels).where(eq(parcels.id, id)).returning({ id: parcels.id }).all().length > 0)
      this.store.content.release(tx, content);
  }

  #ended(): Parcel[] {
    const over = lte(parcels.expiresAt, this.now());
    return this.store.db.select().from(parcels).where(over).orderBy(asc(parcels.expiresAt)).limit(AT_ONCE).all();
  }

  #drop(which: () => Parcel[]): void {
    this.store
      .commit((tx) => {
        for (const parcel of which()) this.#endWithin(tx, parcel);
      })
      .then(
        () => this.#arm(),
        (fault: unknown) => {
          this.store.events.fault("transport", "end files behind links", fault);
          this.#arm(REST_MS);
        },
      );
  }

  #arm(least = 0): void {
    clearTimeout(this.#timer);
    if (!this.#started) return;
    const at = this.#next.get()?.at;
    if (at === undefined || at === null) return;
    const wait = Math.min(Math.max(at - this.now(), least), LONGEST_TIMER);
    this.#timer = setTimeout(() => this.#drop(() => this.#ended()), wait);
  }
}
