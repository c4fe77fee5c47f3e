/**
 * What each user may transfer and has transferred: quotas by day and month, bandwidth, connections. An account is read from the tables at a
 * user's first trip and kept from then on; the ledger writes what is counted here. All guests together are one user, the guest entry.
 */
import { eq } from "drizzle-orm";
import { z } from "zod";
import { userChanged } from "../directory/changes.ts";
import { validate } from "../directory/validate.ts";
import { Bucket } from "../net/bucket.ts";
import type { Store, Tx } from "../store/store.ts";
import { limitsChanged } from "./changes.ts";
import { gatewaySettings } from "./settings.ts";
import { limits } from "./tables.ts";
import { dayOf, nextDay } from "./times.ts";

const MEGABYTE = 1_000_000;
const KILOBYTE = 1_000;

const most = (top: number) => z.number().int().min(0).max(top).nullable().default(null);

/** A user's own limits; null for those of everybody, 0 for none. */
export const limitsSchema = z.strictObject({
  dayMegabytes: most(1e9).describe("Megabytes in a day, both directions together."),
  monthMegabytes: most(1e9).describe("Megabytes in a calendar month."),
  kilobytesPerSecond: most(2_000_000).describe("Kilobytes a second for all tunnels together."),
  connections: most(1_000_000).describe("Connections and requests at once."),
});
export type OwnLimits = z.output<typeof limitsSchema>;

/** Limits in effect; 0 for none. */
export interface Limits {
  readonly dayMegabytes: number;
  readonly monthMegabytes: number;
  readonly kilobytesPerSecond: number;
  readonly connections: number;
}

/** What a user has transferred, in octets, both directions together. */
export interface Usage {
  readonly day: number;
  readonly month: number;
}

/** One user's limits and counters. */
export class Account {
  /** Trips that are open. */
  open = 0;
  bucket: Bucket | undefined;
  #limits: Limits;
  #day = 0;
  #month = 0;
  /** When the day of the counters is over. */
  #until = 0;
  #monthNumber = 0;

  constructor(
    readonly user: number,
    given: Limits,
  ) {
    this.#limits = given;
    this.limits = given;
  }

  get limits(): Limits {
    return this.#limits;
  }

  set limits(given: Limits) {
    this.#limits = given;
    const rate = given.kilobytesPerSecond * KILOBYTE;
    if (rate === 0) this.bucket = undefined;
    else if (this.bucket === undefined) this.bucket = new Bucket(rate);
    else this.bucket.rate = rate;
  }

  /** Sets the counters to what was written down. */
  begin(usage: Usage, now: number): void {
    this.#day = usage.day;
    this.#month = usage.month;
    this.#until = nextDay(now);
    this.#monthNumber = Math.floor(dayOf(now) / 100);
  }

  add(octets: number): void {
    this.#day += octets;
    this.#month += octets;
  }

  usage(now: number): Usage {
    this.#turn(now);
    return { day: this.#day, month: this.#month };
  }

  /** The quota that is used up, if one is. */
  usedUp(now: number): "day" | "month" | undefined {
    const { dayMegabytes, monthMegabytes } = this.#limits;
    if (dayMegabytes === 0 && monthMegabytes === 0) return undefined;
    this.#turn(now);
    if (dayMegabytes > 0 && this.#day >= dayMegabytes * MEGABYTE) return "day";
    return monthMegabytes > 0 && this.#month >= monthMegabytes * MEGABYTE ? "month" : undefined;
  }

  #turn(now: number): void {
    if (now < this.#until) return;
    const month = Math.floor(dayOf(now) / 100);
    this.begin({ day: 0, month: month === this.#monthNumber ? this.#month : 0 }, now);
  }
}

export class Accounts {
  readonly #accounts = new Map<number, Account>();
  readonly #read;
  readonly #sum;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    this.#read = store.client.prepare<Omit<Limits, never>, [number]>(
      `SELECT day_megabytes AS dayMegabytes, month_megabytes AS monthMegabytes,
        kilobytes_per_second AS kilobytesPerSecond, connections FROM gateway_limits WHERE user_id = ?`,
    );
    this.#sum = store.client.prepare<{ day: number; month: number }, [number, number, number]>(
      `SELECT coalesce(sum(CASE WHEN day = ? THEN sent + received END), 0) AS day, coalesce(sum(sent + received), 0) AS month
        FROM gateway_user_days WHERE user_id = ? AND day >= ?`,
    );
    store.changes.on(limitsChanged, ({ user }) => this.#renew(user));
    store.settings.onChange(gatewaySettings, () => {
      for (const user of this.#accounts.keys()) this.#renew(user);
    });
    store.changes.on(userChanged, ({ id, change }) => {
      if (change === "removed") this.#accounts.delete(id);
    });
  }

  /** The account of a user's id. */
  of(user: number): Account {
    let account = this.#accounts.get(user);
    if (account === undefined) {
      account = new Account(user, this.limitsOf(user));
      account.begin(this.#written(user), this.now());
      this.#accounts.set(user, account);
    }
    return account;
  }

  /** What a user has transferred in this day and month. */
  usageOf(user: number): Usage {
    return this.#accounts.get(user)?.usage(this.now()) ?? this.#written(user);
  }

  /** What holds for a user. */
  limitsOf(user: number): Limits {
    const own = this.ownLimits(user);
    const { dayMegabytes, monthMegabytes, kilobytesPerSecond, connectionsPerUser } =
      this.store.settings.get(gatewaySettings);
    return {
      dayMegabytes: own.dayMegabytes ?? dayMegabytes,
      monthMegabytes: own.monthMegabytes ?? monthMegabytes,
      kilobytesPerSecond: own.kilobytesPerSecond ?? kilobytesPerSecond,
      connections: own.connections ?? connectionsPerUser,
    };
  }

  /** What was set for a user alone. */
  ownLimits(user: number): OwnLimits {
    return (
      this.#read.get(user) ?? { dayMegabytes: null, monthMegabytes: null, kilobytesPerSecond: null, connections: null }
    );
  }

  /** Changes those of a user's own limits that are given. @throws Refusal "invalid" */
  setWithin(tx: Tx, user: number, patch: Partial<OwnLimits>): OwnLimits {
    const values = validate(limitsSchema, { ...this.ownLimits(user), ...patch });
    const own = Object.values(values).some((value) => value !== null);
    if (!own) tx.db.delete(limits).where(eq(limits.user, user)).run();
    else {
      tx.db
        .insert(limits)
        .values({ user, ...values })
        .onConflictDoUpdate({ target: limits.user, set: values })
        .run();
    }
    tx.emit(limitsChanged, { user });
    return values;
  }

  close(): void {
    this.#read.finalize();
    this.#sum.finalize();
  }

  #written(user: number): Usage {
    const day = dayOf(this.now());
    return this.#sum.get(day, user, Math.floor(day / 100) * 100) ?? { day: 0, month: 0 };
  }

  #renew(user: number): void {
    const account = this.#accounts.get(user);
    if (account !== undefined) account.limits = this.limitsOf(user);
  }
}
