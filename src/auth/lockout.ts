/**
 * Dictionary attack prevention: failed logins, unknown recipients and other strikes from an address (IPv6: a /64) or
 * against an account first slow the answers down, then bar for a time that grows. What was counted is written to the
 * store in the background and read again at the start. An account is barred only for addresses it was not used from:
 * nobody can lock out its owner. Administrators bar by hand beside that (lockout-hand.ts).
 *
 * `turnAway` is made to be asked at accept, before anything else is done for a connection: a look or two into small maps.
 */
import { and, desc, gt, inArray, lt, or, sql } from "drizzle-orm";
import { fold } from "../directory/address.ts";
import { BoundedMap } from "../directory/cache.ts";
import { peerNetwork } from "../net/access.ts";
import { normaliseRange } from "../net/networks.ts";
import { Refusal } from "../refusal.ts";
import { topic } from "../store/changes.ts";
import type { Store, Tx } from "../store/store.ts";
import { Door, type Verdict } from "./lockout-door.ts";
import { barsChanged, type HandBar, HandBars } from "./lockout-hand.ts";
import { lockoutSettings } from "./settings.ts";
import { strikes } from "./tables.ts";

/** What is held against somebody. */
export type StrikeReason = "login" | "repeat" | "recipient" | "relay" | "protocol" | "page";

/** Why somebody is barred: what was held against him last, or because an administrator says so. */
export type BarReason = StrikeReason | "hand";

/** A bar that holds now. */
export interface Bar {
  /** Milliseconds since the epoch; Infinity where only an administrator ends it. */
  readonly until: number;
  readonly why: BarReason;
}

/** What is known about an address or an account: for the page that shows who is barred. Times are milliseconds since the epoch. */
export interface LockoutEntry {
  readonly kind: "address" | "network" | "account";
  /** The address, the network or the login name. */
  readonly name: string;
  readonly barred: boolean;
  readonly why: BarReason;
  /** What an administrator said when he set the bar by hand. */
  readonly text: string;
  /** Who set the bar by hand. */
  readonly by: string | null;
  /** Null where it is not barred, or where that was not noted. */
  readonly since: number | null;
  /** Null where it is not barred, or where only an administrator ends it. */
  readonly until: number | null;
  /** Strikes not yet forgotten. */
  readonly score: number;
  /** How often it was barred for strikes. */
  readonly bars: number;
  /** Connections turned away since it was barred. */
  readonly turnedAway: number;
  readonly evidence: readonly Evidence[];
}

export interface Evidence {
  readonly at: number;
  readonly why: string;
  readonly detail: string;
}

interface Entry {
  score: number;
  at: number;
  bars: number;
  until: number;
  since: number;
  turnedAway: number;
  why: StrikeReason;
  evidence: Evidence[];
}

export interface LockoutOptions {
  /** The time in milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether an address is of networks that strikes never bar. */
  readonly exempt: (address: string) => boolean;
  /** Whether it is of those that nothing bars, not even an administrator. */
  readonly allowed: (address: string) => boolean;
  /** From where an account logged in last, as far as that is stored. */
  readonly lastRemote: (account: string) => string | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const FLUSH_MS = 2_000;
/** How often it is written how many were turned away. */
const COUNTS_MS = 60_000;
/** Rows written in one commit, so that it stays short. */
const FLUSH_ROWS = 200;
const MOST_EVIDENCE = 10;
const MOST_DETAIL = 100;
const MOST_NAME = 128;
/** Networks remembered for each account as its own. */
const MOST_KNOWN = 8;
const ACCOUNTS_KNOWN = 10_000;
const KNOWN_MS = 30 * DAY_MS;
/** Networks remembered from which anybody logged in. */
const MOST_HOMES = 10_000;
/** What is forgotten within seconds of an attack is not counted in its favour. */
const ROUNDING = 0.05;
/** How far from the oldest an entry that may be forgotten is looked for. */
const EVICTION_LOOK = 16;

export class Lockout {
  /** The least recently struck first. */
  readonly #entries = new Map<string, Entry>();
  /** Those of the entries that are barred. */
  readonly #bars = new Map<string, Entry>();
  readonly #hand: HandBars;
  readonly #door = new Door();
  /** Bars that somebody was turned away for since that was written. */
  readonly #turned = new Set<string | HandBar>();
  #turnedWrittenAt = 0;
  readonly #homes = new BoundedMap<string, number>(MOST_HOMES);
  readonly #known = new BoundedMap<string, Map<string, number>>(ACCOUNTS_KNOWN);
  readonly #dirty = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #prunedAt = 0;

  constructor(
    private readonly store: Store,
    private readonly options: LockoutOptions,
  ) {
    this.#hand = new HandBars(store, options.now);
    store.changes.on(barsChanged, ({ subject }) => this.#hand.refresh(subject));
    store.changes.on(strikesForgotten, ({ keys }) => {
      for (const key of keys) this.#forget(key);
    });
    this.#load();
  }

  /** Whether an address is barred now. */
  barred(remote: string): Bar | undefined {
    const bar = this.#find(remote);
    return bar && { until: bar.until ?? Number.POSITIVE_INFINITY, why: "why" in bar ? bar.why : "hand" };
  }

  /**
   * What to do with a new connection from an address, and counts it if it is barred; undefined lets it in. Cheap: made for every accept.
   */
  turnAway(remote: string): Verdict | undefined {
    const bar = this.#find(remote);
    return bar && this.#turn(bar, remote);
  }

  /**
   * The same for a port whose sessions ask themselves, because some of them belong to people who have signed in: only those are turned
   * away who are not from a network where anybody did.
   */
  turnAwayStrangers(remote: string): Verdict | undefined {
    const bar = this.#find(remote);
    if (bar === undefined || ("why" in bar && this.#isHome(remote))) return undefined;
    return this.#turn(bar, remote);
  }

  /** Whether an account is barred now, for an address. Unknown accounts are barred like known ones. */
  accountBarred(account: string, remote: string): Bar | undefined {
    const hand = this.#hand.findAccount(account);
    if (hand !== undefined) return { until: hand.until ?? Number.POSITIVE_INFINITY, why: "hand" };
    const bar = this.#bar(accountKey(account), remote);
    return bar === undefined || this.#isKnown(account, remote) ? undefined : { until: bar.until, why: bar.why };
  }

  /** Milliseconds an answer to an address, about an account, is to be held back. */
  delayFor(remote: string, account?: string): number {
    if (this.options.exempt(remote)) return 0;
    const { freeStrikes, longestDelaySeconds } = this.store.settings.get(lockoutSettings);
    const own = this.#score(`a:${networkOf(remote)}`);
    const against = account === undefined || this.#isKnown(account, remote) ? 0 : this.#score(accountKey(account));
    const beyond = Math.max(own, against) + ROUNDING - freeStrikes;
    return beyond < 1 ? 0 : Math.min(longestDelaySeconds * 1000, 500 * 2 ** Math.floor(beyond - 1));
  }

  /** Counts a strike against an address, and with an account against that too. `detail` is evidence for the administrator. */
  strike(remote: string, why: StrikeReason, more: { account?: string; detail?: string } = {}): void {
    if (this.options.exempt(remote)) return;
    const settings = this.store.settings.get(lockoutSettings);
    const weight = {
      login: settings.weightLogin,
      repeat: settings.weightRepeat,
      recipient: settings.weightRecipient,
      relay: settings.weightRelay,
      protocol: settings.weightProtocol,
      page: settings.weightPage,
    }[why];
    if (weight === 0) return;
    const detail = (more.detail ?? more.account ?? "").slice(0, MOST_DETAIL);
    this.#count(`a:${networkOf(remote)}`, why, weight, settings.barAfter, detail);
    if (more.account !== undefined && !this.#isKnown(more.account, remote)) {
      this.#count(accountKey(more.account), why, weight, settings.barAccountAfter, remote);
    }
  }

  /** Notes that an account was used from an address: strikes of others do not keep it out there. */
  noteSuccess(account: string, remote: string): void {
    const key = accountKey(account);
    const known = this.#known.get(key) ?? new Map<string, number>();
    const network = networkOf(remote);
    this.#homes.set(network, this.options.now());
    known.delete(network);
    known.set(network, this.options.now());
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(oldest);
    }
    this.#known.set(key, known);
  }

  /**
   * Bars an address, a network or an account by hand, in place of an earlier bar by hand on the same.
   * @throws Refusal "invalid" where that would bar too much, "exists" where the allow-list says otherwise, "tooMany"
   */
  barWithin(tx: Tx, name: string, about: { until: number | null; text: string; by: string }): LockoutEntry {
    const { allow } = this.store.settings.get(lockoutSettings);
    return entryOf(this.#hand.setWithin(tx, name, { ...about, allow }));
  }

  /**
   * Forgets what is held against an address, a network or an account; gives what it was.
   * @throws Refusal "notPermitted" where a wider network is barred by hand: lifting that is another matter
   */
  liftWithin(tx: Tx, name: string): LockoutEntry[] {
    const plain = normaliseRange(name) ?? name;
    const keys = [`a:${plain}`, `a:${networkOf(plain)}`, accountKey(name)];
    const lifted = this.list().filter((entry) => entry.by === null && keys.includes(keyOf(entry)));
    const rows = tx.db.delete(strikes).where(inArray(strikes.key, keys)).returning({ key: strikes.key }).all();
    const hand = this.#hand.liftWithin(tx, name);
    const wider = hand === undefined ? this.#hand.findAddress(plain) : undefined;
    if (wider !== undefined && lifted.length === 0) {
      throw new Refusal("notPermitted", `${plain} is barred with the network ${wider.name}. Lift the bar on that.`);
    }
    // Of what has run out and is only kept in mind nothing is left to show.
    if (rows.length > 0 || lifted.length > 0) tx.emit(strikesForgotten, { keys });
    return hand === undefined ? lifted : [...lifted, entryOf(hand)];
  }

  /** Who is barred, and who is about to be; the longest bars first. */
  list(): LockoutEntry[] {
    const list: LockoutEntry[] = this.#hand.list().map(entryOf);
    const now = this.options.now();
    for (const [key, entry] of this.#entries) {
      const score = this.#decayed(entry);
      const barred = entry.until > now;
      if (score === 0 && !barred) continue;
      const { bars, why, evidence, turnedAway } = entry;
      const name = key.slice(2);
      list.push({
        ...{ kind: kindOf(key), name, barred, why, text: "", by: null, score, bars, turnedAway, evidence },
        since: barred && entry.since > 0 ? entry.since : null,
        until: barred ? entry.until : null,
      });
    }
    const end = ({ barred, until }: LockoutEntry) => (barred ? (until ?? Number.POSITIVE_INFINITY) : 0);
    const compare = (left: number, right: number) => (left === right ? 0 : left < right ? 1 : -1);
    return list.sort(
      (left, right) => compare(end(left), end(right)) || right.score - left.score || (left.name < right.name ? -1 : 1),
    );
  }

  /** Writes what changed, a slice a commit. */
  async flush(): Promise<void> {
    while (this.#dirty.size > 0) {
      const slice = [...this.#dirty].slice(0, FLUSH_ROWS);
      for (const key of slice) this.#dirty.delete(key);
      await this.store.commit((tx) => this.#write(tx, slice));
    }
    const now = this.options.now();
    await this.#flushCounts(now);
    if (now - this.#prunedAt < HOUR_MS) return;
    this.#prunedAt = now;
    const old = now - this.store.settings.get(lockoutSettings).forgetBarsDays * DAY_MS;
    await this.store.commit((tx) => {
      this.#hand.prune(tx);
      tx.db
        .delete(strikes)
        .where(and(lt(strikes.until, old), lt(strikes.at, old)))
        .run();
    });
  }

  /** Writes what changed at once and ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rest = [...new Set([...this.#dirty, ...this.#takeTurned("strikes")])];
    const hand = this.#takeTurned("hand");
    this.#dirty.clear();
    if (rest.length + hand.length === 0) return;
    try {
      this.store.commitNow((tx) => {
        for (let at = 0; at < rest.length; at += FLUSH_ROWS) this.#write(tx, rest.slice(at, at + FLUSH_ROWS));
        this.#hand.writeCounts(tx, hand);
      });
    } catch (fault) {
      // On a full disk the program must still be able to end.
      this.store.events.fault("auth", "write strikes", fault);
    }
  }

  #find(remote: string): Entry | HandBar | undefined {
    if (this.#bars.size > 0) {
      const bar = this.#bar(`a:${networkOf(remote)}`, remote);
      if (bar !== undefined) return bar;
    }
    const hand = this.#hand.findAddress(remote);
    return hand === undefined || this.options.allowed(remote) ? undefined : hand;
  }

  #turn(bar: Entry | HandBar, remote: string): Verdict {
    this.#turned.add("why" in bar ? `a:${networkOf(remote)}` : bar);
    this.#timer ??= this.#schedule();
    return this.#door.turn(bar, this.options.now(), this.store.settings.get(lockoutSettings).tellPerMinute);
  }

  #bar(key: string, remote: string): Entry | undefined {
    const bar = this.#bars.get(key);
    if (bar === undefined) return undefined;
    if (bar.until > this.options.now()) return this.options.exempt(remote) ? undefined : bar;
    this.#bars.delete(key);
    return undefined;
  }

  #isHome(remote: string): boolean {
    const at = this.#homes.get(networkOf(remote));
    return at !== undefined && this.options.now() - at < KNOWN_MS;
  }

  #takeTurned(kind: "strikes"): string[];
  #takeTurned(kind: "hand"): HandBar[];
  #takeTurned(kind: "strikes" | "hand"): (string | HandBar)[] {
    const taken = [...this.#turned].filter((one) => (typeof one === "string") === (kind === "strikes"));
    for (const one of taken) this.#turned.delete(one);
    return taken;
  }

  /** Under attack the counts change with every connection: they are written now and then. */
  async #flushCounts(now: number): Promise<void> {
    if (this.#turned.size === 0) return;
    if (now - this.#turnedWrittenAt < COUNTS_MS) {
      this.#timer ??= this.#schedule(COUNTS_MS);
      return;
    }
    this.#turnedWrittenAt = now;
    const keys = this.#takeTurned("strikes");
    const hand = this.#takeTurned("hand");
    for (let at = 0; at < keys.length; at += FLUSH_ROWS) {
      await this.store.commit((tx) => this.#write(tx, keys.slice(at, at + FLUSH_ROWS)));
    }
    if (hand.length > 0) await this.store.commit((tx) => this.#hand.writeCounts(tx, hand));
  }

  #isKnown(account: string, remote: string): boolean {
    const network = networkOf(remote);
    const at = this.#known.get(accountKey(account))?.get(network);
    if (at !== undefined) return this.options.now() - at < KNOWN_MS;
    const last = this.options.lastRemote(account);
    return last !== undefined && networkOf(last) === network;
  }

  #score(key: string): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : this.#decayed(entry);
  }

  #decayed(entry: Entry): number {
    const { forgetMinutes } = this.store.settings.get(lockoutSettings);
    return Math.max(0, entry.score - (this.options.now() - entry.at) / (forgetMinutes * MINUTE_MS));
  }

  #count(key: string, why: StrikeReason, weight: number, barAfter: number, detail: string): void {
    const now = this.options.now();
    const before = this.#entries.get(key);
    const entry = before ?? { score: 0, at: now, bars: 0, until: 0, since: 0, turnedAway: 0, why, evidence: [] };
    entry.score = this.#decayed(entry) + weight;
    entry.at = now;
    entry.why = why;
    entry.evidence = [...entry.evidence.slice(-(MOST_EVIDENCE - 1)), { at: now, why, detail }];
    // Strikes that were on their way when the bar fell do not make it longer.
    if (entry.score >= barAfter - ROUNDING && entry.until <= now) this.#raiseBar(key, entry);
    this.#entries.delete(key);
    if (before === undefined) this.#makeRoom();
    this.#entries.set(key, entry);
    this.#dirty.add(key);
    this.#timer ??= this.#schedule();
  }

  #raiseBar(key: string, entry: Entry): void {
    const settings = this.store.settings.get(lockoutSettings);
    const now = this.options.now();
    if (entry.until > 0 && now - entry.until > settings.forgetBarsDays * DAY_MS) entry.bars = 0;
    const length = Math.min(settings.longestBarHours * HOUR_MS, settings.barMinutes * MINUTE_MS * 2 ** entry.bars);
    entry.bars++;
    entry.since = now;
    entry.until = now + length;
    entry.turnedAway = 0;
    entry.score = 0;
    this.#bars.set(key, entry);
    const name = key.slice(2);
    const minutes = Math.round(length / MINUTE_MS);
    this.store.events.log({
      room: "auth",
      name: "lockout.barred",
      level: "warn",
      ...(key.startsWith("a:") ? { remote: name } : { user: name }),
      text: `${name} is barred for ${minutes} minutes: ${entry.why}`,
      data: { until: entry.until, bars: entry.bars, evidence: entry.evidence },
    });
  }

  /** Forgets whoever was struck longest ago, sparing those who are barred where that does not take long. */
  #makeRoom(): void {
    const { mostEntries } = this.store.settings.get(lockoutSettings);
    if (this.#entries.size < mostEntries) return;
    const now = this.options.now();
    let oldest: string | undefined;
    let looked = 0;
    for (const [key, entry] of this.#entries) {
      oldest ??= key;
      if (entry.until <= now) {
        oldest = key;
        break;
      }
      if (++looked >= EVICTION_LOOK) break;
    }
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    this.#bars.delete(key);
    this.#dirty.delete(key);
  }

  #load(): void {
    const now = this.options.now();
    const { mostEntries, forgetBarsDays } = this.store.settings.get(lockoutSettings);
    const rows = this.store.db
      .select()
      .from(strikes)
      .where(or(gt(strikes.until, now - forgetBarsDays * DAY_MS), gt(strikes.at, now - DAY_MS)))
      .orderBy(desc(strikes.until), desc(strikes.at))
      .limit(mostEntries)
      .all();
    for (const { key, why, ...row } of rows.reverse()) {
      const entry: Entry = { ...row, why: why as StrikeReason };
      this.#entries.set(key, entry);
      if (entry.until > now) this.#bars.set(key, entry);
    }
  }

  #schedule(after = FLUSH_MS): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((fault) => this.store.events.fault("auth", "write strikes", fault));
    }, after);
    timer.unref();
    return timer;
  }

  #write(tx: Tx, keys: readonly string[]): void {
    const rows = keys.flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry === undefined ? [] : [{ key, ...entry }];
    });
    if (rows.length === 0) return;
    const set = Object.fromEntries(COLUMNS.map((column) => [column, sql.raw(`excluded.${strikes[column].name}`)]));
    tx.db.insert(strikes).values(rows).onConflictDoUpdate({ target: strikes.key, set }).run();
  }
}

const COLUMNS = ["score", "at", "bars", "until", "since", "turnedAway", "why", "evidence"] as const;

/** Told when strikes were lifted. */
const strikesForgotten = topic<{ readonly keys: readonly string[] }>("auth.strikes");

function kindOf(key: string): LockoutEntry["kind"] {
  if (key.startsWith("u:")) return "account";
  return key.includes("/") ? "network" : "address";
}

function keyOf({ kind, name }: LockoutEntry): string {
  return kind === "account" ? `u:${name}` : `a:${name}`;
}

/** A bar set by hand, as the list shows it. */
function entryOf(bar: HandBar): LockoutEntry {
  const { kind, name, since, until, text, by, turnedAway } = bar;
  return {
    ...{ kind, name, since, until, text, by, turnedAway },
    barred: true,
    why: "hand",
    score: 0,
    bars: 0,
    evidence: [],
  };
}

function accountKey(account: string): string {
  return `u:${fold(account.slice(0, MOST_NAME))}`;
}

/** What one attacker easily owns: an IPv4 address, or the /64 of an IPv6 address. */
function networkOf(address: string): string {
  return address.includes(":") ? peerNetwork(address) : address;
}
