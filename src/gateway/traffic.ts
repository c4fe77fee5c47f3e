/** What the ledger says: trips, sums by user, host, day and hour; and forgetting what is too old. Read by pages, commands and the API. */
import { and, asc, desc, eq, gt, gte, lt, lte, max, type SQL, sql, sum } from "drizzle-orm";
import type { Store } from "../store/store.ts";
import { gatewaySettings } from "./settings.ts";
import { hostDays, hours, trips, userDays } from "./tables.ts";
import { beginningOf, dayBefore } from "./times.ts";

/** Which trips are asked for. Times are milliseconds since the epoch. */
export interface TripQuery {
  /** The id of a user, or of the guest entry. */
  readonly user?: number;
  /** A login name that nobody has, as it was typed. */
  readonly typed?: string;
  /** A host, or the end of its name behind a dot: ".example.com" for it and everything below. */
  readonly host?: string;
  readonly client?: string;
  readonly service?: string;
  /** "allowed", "refused" for all that are not, or one kind of refusal. */
  readonly verdict?: string;
  readonly from?: number;
  readonly to?: number;
  /** Trips before this id: the next page. */
  readonly before?: number;
  /** At most 1,000; 100 where left out. */
  readonly limit?: number;
}

export type TripRow = typeof trips.$inferSelect;

/** Trips and octets, summed. */
export interface Sum {
  readonly trips: number;
  /** Of those, refused or ended before their time. */
  readonly refused: number;
  readonly sent: number;
  readonly received: number;
}

/** A span of days, each a number like 20261122, the last included. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

/** Rows that one commit deletes, so that it stays short. */
const PRUNE_ROWS = 1_000;
/** Rows that are looked at at a time. */
const SLICE = 10_000;
const MOST_TRIPS = 1_000;
const MOST_RANKED = 1_000;
const DAY_MS = 86_400_000;

export class Traffic {
  constructor(private readonly store: Store) {}

  /** Trips, the latest first. Trips that are open are not among them. Looked for in slices: nothing but ids are in an index. */
  async trips(query: TripQuery = {}): Promise<TripRow[]> {
    const limit = Math.max(1, Math.min(query.limit ?? 100, MOST_TRIPS));
    const found: TripRow[] = [];
    const conditions = wanted(query);
    let below = query.before ?? Number.MAX_SAFE_INTEGER;
    while (found.length < limit) {
      const newest = this.store.db
        .select({ id: max(trips.id) })
        .from(trips)
        .where(lt(trips.id, below))
        .get()?.id;
      if (newest === null || newest === undefined) break;
      const from = Math.max(0, newest - SLICE);
      const slice = and(gt(trips.id, from), lte(trips.id, newest));
      const rows = this.store.db
        .select()
        .from(trips)
        .where(and(slice, ...conditions))
        .orderBy(desc(trips.id))
        .limit(limit - found.length)
        .all();
      found.push(...rows);
      if (query.from !== undefined && this.#endedBefore(slice, query.from)) break;
      below = from + 1;
      if (this.store.turns.over) await this.store.turns.next();
    }
    return found;
  }

  /** Whether all trips of a slice were over before a time: then so were all that were written before them. */
  #endedBefore(slice: SQL | undefined, time: number): boolean {
    const row = this.store.db
      .select({ last: sql<number>`max(${trips.at} + ${trips.duration})` })
      .from(trips)
      .where(slice)
      .get();
    return row !== undefined && row.last < time;
  }

  /** Sums of each user in a span, who transferred most first. */
  byUser(span: DaySpan): (Sum & { readonly user: number })[] {
    return this.store.db
      .select({ user: userDays.user, ...sumsOf(userDays) })
      .from(userDays)
      .where(within(userDays, span))
      .groupBy(userDays.user)
      .orderBy(desc(sql`sum(${userDays.sent} + ${userDays.received})`), asc(userDays.user))
      .all();
  }

  /**
   * Sums of each host in a span, with most octets first. The host "" stands for those that were too many to be told apart. Summed a day at
   * a time.
   */
  async byHost(span: DaySpan, limit = 100): Promise<(Sum & { readonly host: string })[]> {
    const sums = new Map<string, Omit<typeof hostDays.$inferSelect, "day">>();
    const days = this.store.db
      .select({ day: userDays.day })
      .from(userDays)
      .where(within(userDays, span))
      .groupBy(userDays.day);
    for (const { day } of days.all()) {
      for (const { day: _, ...row } of this.store.db.select().from(hostDays).where(eq(hostDays.day, day)).all()) {
        const sum = sums.get(row.host);
        if (sum === undefined) {
          sums.set(row.host, row);
          continue;
        }
        sum.trips += row.trips;
        sum.refused += row.refused;
        sum.sent += row.sent;
        sum.received += row.received;
      }
      if (this.store.turns.over) await this.store.turns.next();
    }
    const octets = (one: Sum) => one.sent + one.received;
    const ranked = [...sums.values()].sort((a, b) => octets(b) - octets(a) || (a.host < b.host ? -1 : 1));
    return ranked.slice(0, Math.max(1, Math.min(limit, MOST_RANKED)));
  }

  /** Sums of each day in a span, of everybody or of one user; days without trips are missing. */
  byDay(span: DaySpan, user?: number): (Sum & { readonly day: number })[] {
    return this.store.db
      .select({ day: userDays.day, ...sumsOf(userDays) })
      .from(userDays)
      .where(and(within(userDays, span), user === undefined ? undefined : eq(userDays.user, user)))
      .groupBy(userDays.day)
      .orderBy(asc(userDays.day))
      .all();
  }

  /** Sums of each hour from one time to another (milliseconds since the epoch); hours without trips are missing. */
  byHour(from: number, to: number): (Sum & { readonly hour: number })[] {
    return this.store.db
      .select()
      .from(hours)
      .where(and(gte(hours.hour, from), lt(hours.hour, to)))
      .orderBy(asc(hours.hour))
      .all();
  }

  /** Forgets what is older than the settings say, warnings that are over, and, where only totals are kept, all trips and hosts. In slices. */
  async prune(now: number): Promise<void> {
    const { keepTripsDays, keepTrips, keepTotalsDays, log } = this.store.settings.get(gatewaySettings);
    const old = log === "totals" ? now : beginningOf(dayBefore(now, keepTripsDays));
    const totals = dayBefore(now, keepTotalsDays);
    const hosts = log === "totals" ? Number.MAX_SAFE_INTEGER : totals;
    await this.#delete("gateway_trips", "at", old);
    const newest =
      this.store.db
        .select({ id: max(trips.id) })
        .from(trips)
        .get()?.id ?? 0;
    await this.#delete("gateway_trips", "id", newest - keepTrips + 1);
    await this.#delete("gateway_host_days", "day", hosts);
    await this.#delete("gateway_warnings", "until", log === "totals" ? Number.MAX_SAFE_INTEGER : now);
    await this.#delete("gateway_user_days", "day", totals);
    await this.#delete("gateway_hours", "hour", now - keepTotalsDays * DAY_MS);
  }

  async #delete(table: string, column: string, before: number): Promise<void> {
    const statement = `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? LIMIT ?)`;
    for (let count = PRUNE_ROWS; count === PRUNE_ROWS; ) {
      count = await this.store.commit((tx) => tx.client.query(statement).run(before, PRUNE_ROWS).changes);
    }
  }
}

function wanted({ user, typed, host, client, service, verdict, from, to, before }: TripQuery): SQL[] {
  const conditions: (SQL | undefined)[] = [
    user === undefined ? undefined : eq(trips.user, user),
    typed === undefined ? undefined : eq(trips.typed, typed),
    host === undefined ? undefined : hostIs(host),
    client === undefined ? undefined : eq(trips.client, client),
    service === undefined ? undefined : eq(trips.service, service),
    verdict === undefined ? undefined : verdictIs(verdict),
    from === undefined ? undefined : gte(trips.at, from),
    to === undefined ? undefined : lt(trips.at, to),
    before === undefined ? undefined : lt(trips.id, before),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

function verdictIs(verdict: string): SQL {
  return verdict === "refused" ? sql`${trips.verdict} <> 'allowed'` : eq(trips.verdict, verdict);
}

function hostIs(host: string): SQL {
  if (!host.startsWith(".")) return eq(trips.host, host);
  return sql`(${trips.host} = ${host.slice(1)} OR substr(${trips.host}, ${-host.length}) = ${host})`;
}

function within(table: typeof userDays, { from, to }: DaySpan): SQL | undefined {
  return and(gte(table.day, from), lte(table.day, to));
}

function sumsOf(table: typeof userDays) {
  const whole = (column: typeof table.trips | typeof table.refused | typeof table.sent | typeof table.received) =>
    sum(column).mapWith(Number);
  return {
    trips: whole(table.trips),
    refused: whole(table.refused),
    sent: whole(table.sent),
    received: whole(table.received),
  };
}
