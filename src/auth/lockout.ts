/**
 * Dictionary attack prevention: failed logins, unknown recipients and other strikes from an address (IPv6: a /64) or
 * against an account first slow the answers down, then bar for a time that grows. What was counted is written to the
 * store in the background and read again at the start. An account is barred only for addresses it was not used from:
 * nobody can lock out its owner.
 *
 * `barred` is made to be asked at accept, before a byte is read: one look into a small map.
 */
import { and, desc, gt, inArray, lt, or, sql } from "drizzle-orm";
import { fold } from "../directory/address.ts";
import { BoundedMap } from "../directory/cache.ts";
import { peerNetwork } from "../net/access.ts";
import type { Store, Tx } from "../store/store.ts";
import { lockoutSettings } from "./settings.ts";
import { strikes } from "./tables.ts";

/** What is held against somebody. */
export type StrikeReason = "login" | "repeat" | "recipient" | "relay" | "protocol";

/** Who is barred, until when and why. */
export interface Bar {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly why: StrikeReason;
}

/** What is known about an address or an account: for the page that shows who is barred. */
export interface LockoutEntry {
  readonly key: string;
  readonly kind: "address" | "account";
  /** The address, the /64 network or the login name. */
  readonly name: string;
  readonly score: number;
  /** How often it was barred. */
  readonly bars: number;
  /** Barred until; 0 if it is not. */
  readonly until: number;
  readonly why: StrikeReason;
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
  why: StrikeReason;
  evidence: Evidence[];
}

export interface LockoutOptions {
  /** The time in milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether an address is of networks that are never barred. */
  readonly exempt: (address: string) => boolean;
  /** From where an account logged in last, as far as that is stored. */
  readonly lastRemote: (account: string) => string | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const FLUSH_MS = 2_000;
/** Rows written in one commit, so that it stays short. */
const FLUSH_ROWS = 200;
const MOST_EVIDENCE = 10;
const MOST_DETAIL = 100;
const MOST_NAME = 128;
/** Networks remembered for each account as its own. */
const MOST_KNOWN = 8;
const ACCOUNTS_KNOWN = 10_000;
const KNOWN_MS = 30 * DAY_MS;
/** How far from the oldest an entry that may be forgotten is looked for. */
const EVICTION_LOOK = 16;

export class Lockout {
  /** The least recently struck first. */
  readonly #entries = new Map<string, Entry>();
  readonly #bars = new Map<string, Bar>();
  readonly #known = new BoundedMap<string, Map<string, number>>(ACCOUNTS_KNOWN);
  readonly #dirty = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #prunedAt = 0;

  constructor(
    private readonly store: Store,
    private readonly options: LockoutOptions,
  ) {
    this.#load();
  }

  /** Whether an address is barred now. Cheap: made for every accept. */
  barred(remote: string): Bar | undefined {
    return this.#bars.size === 0 ? undefined : this.#bar(`a:${networkOf(remote)}`, remote);
  }

  /** Whether an account is barred now, for an address. Unknown accounts are barred like known ones. */
  accountBarred(account: string, remote: string): Bar | undefined {
    if (this.#bars.size === 0) return undefined;
    const bar = this.#bar(accountKey(account), remote);
    return bar === undefined || this.#isKnown(account, remote) ? undefined : bar;
  }

  /** Milliseconds an answer to an address, about an account, is to be held back. */
  delayFor(remote: string, account?: string): number {
    if (this.options.exempt(remote)) return 0;
    const { freeStrikes, longestDelaySeconds } = this.store.settings.get(lockoutSettings);
    const own = this.#score(`a:${networkOf(remote)}`);
    const against = account === undefined || this.#isKnown(account, remote) ? 0 : this.#score(accountKey(account));
    const beyond = Math.max(own, against) - freeStrikes;
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
    known.delete(network);
    known.set(network, this.options.now());
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(oldest);
    }
    this.#known.set(key, known);
  }

  /** Forgets what is held against an address, a network or an account; gives whether there was something. */
  async lift(name: string): Promise<boolean> {
    const keys = [name, `a:${name}`, `a:${networkOf(name)}`, accountKey(name)];
    const there = keys.filter((key) => this.#entries.has(key));
    for (const key of there) this.#forget(key);
    const gone = await this.store.commit((tx) =>
      tx.db.delete(strikes).where(inArray(strikes.key, keys)).returning({ key: strikes.key }).all(),
    );
    return there.length > 0 || gone.length > 0;
  }

  /** Who is barred, and who is about to be; the longest bars first. */
  list(): LockoutEntry[] {
    const list: LockoutEntry[] = [];
    const now = this.options.now();
    for (const [key, entry] of this.#entries) {
      const score = this.#decayed(entry);
      const until = entry.until > now ? entry.until : 0;
      if (score === 0 && until === 0) continue;
      const kind = key.startsWith("a:") ? "address" : "account";
      const { bars, why, evidence } = entry;
      list.push({ key, kind, name: key.slice(2), score, bars, until, why, evidence });
    }
    return list.sort(
      (left, right) => right.until - left.until || right.score - left.score || (left.key < right.key ? -1 : 1),
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
    if (now - this.#prunedAt < HOUR_MS) return;
    this.#prunedAt = now;
    const old = now - this.store.settings.get(lockoutSettings).forgetBarsDays * DAY_MS;
    await this.store.commit((tx) =>
      tx.db
        .delete(strikes)
        .where(and(lt(strikes.until, old), lt(strikes.at, old)))
        .run(),
    );
  }

  /** Writes what changed at once and ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#dirty.size === 0) return;
    const rest = [...this.#dirty];
    this.#dirty.clear();
    try {
      this.store.commitNow((tx) => {
        for (let at = 0; at < rest.length; at += FLUSH_ROWS) this.#write(tx, rest.slice(at, at + FLUSH_ROWS));
      });
    } catch (fault) {
      // On a full disk the program must still be able to end.
      this.store.events.fault("auth", "write strikes", fault);
    }
  }

  #bar(key: string, remote: string): Bar | undefined {
    const bar = this.#bars.get(key);
    if (bar === undefined) return undefined;
    if (bar.until > this.options.now()) return this.options.exempt(remote) ? undefined : bar;
    this.#bars.delete(key);
    return undefined;
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
    const entry = before ?? { score: 0, at: now, bars: 0, until: 0, why, evidence: [] };
    entry.score = this.#decayed(entry) + weight;
    entry.at = now;
    entry.why = why;
    entry.evidence = [...entry.evidence.slice(-(MOST_EVIDENCE - 1)), { at: now, why, detail }];
    // Strikes that were on their way when the bar fell do not make it longer.
    if (entry.score >= barAfter && entry.until <= now) this.#raiseBar(key, entry);
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
    entry.until = now + length;
    entry.score = 0;
    this.#bars.set(key, { until: entry.until, why: entry.why });
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
    for (const { key, score, at, bars, until, why, evidence } of rows.reverse()) {
      const reason = why as StrikeReason;
      this.#entries.set(key, { score, at, bars, until, why: reason, evidence });
      if (until > now) this.#bars.set(key, { until, why: reason });
    }
  }

  #schedule(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((fault) => this.store.events.fault("auth", "write strikes", fault));
    }, FLUSH_MS);
    timer.unref();
    return timer;
  }

  #write(tx: Tx, keys: readonly string[]): void {
    const rows = keys.flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry === undefined ? [] : [{ key, ...entry }];
    });
    if (rows.length === 0) return;
    const set = Object.fromEntries(
      ["score", "at", "bars", "until", "why", "evidence"].map((column) => [column, sql.raw(`excluded.${column}`)]),
    );
    tx.db.insert(strikes).values(rows).onConflictDoUpdate({ target: strikes.key, set }).run();
  }
}

function accountKey(account: string): string {
  return `u:${fold(account.slice(0, MOST_NAME))}`;
}

/** What one attacker easily owns: an IPv4 address, or the /64 of an IPv6 address. */
function networkOf(address: string): string {
  return address.includes(":") ? peerNetwork(address) : address;
}
