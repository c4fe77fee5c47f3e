/**
 * Bars that an administrator sets by hand: an address, a network or an account, for a time or for good. They stand beside what the
 * lockout counts by itself, are kept in the store, and hold also where the account was used before. Used by lockout.ts alone.
 */
import { eq, lte } from "drizzle-orm";
import { fold } from "../directory/address.ts";
import { parseRange, type Range } from "../net/access.ts";
import { NetworkMap, normaliseRange, overlap } from "../net/networks.ts";
import { Refusal } from "../refusal.ts";
import { topic } from "../store/changes.ts";
import type { Store, Tx } from "../store/store.ts";
import { handBars } from "./tables.ts";

/** Told after a bar was set or lifted by hand. */
export const barsChanged = topic<{ readonly subject: string }>("auth.bars");

/** A bar set by hand. Times are milliseconds since the epoch. */
export interface HandBar {
  /** An address, a network in its canonical form, or a folded login name. */
  readonly name: string;
  readonly kind: "address" | "network" | "account";
  readonly since: number;
  /** Null: until somebody lifts it. */
  readonly until: number | null;
  /** In the administrator's words. */
  readonly text: string;
  /** Who set it. */
  readonly by: string;
  turnedAway: number;
}

/** The most bars set by hand. */
const MOST = 10_000;
/** Wider networks are no attackers; whoever wants less of the world uses the access rules. */
const WIDEST = { 4: 8, 6: 16 } as const;

export class HandBars {
  readonly #all = new Map<string, HandBar>();
  readonly #networks = new NetworkMap<HandBar>();

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    for (const row of store.db.select().from(handBars).all()) this.#note(row);
  }

  /** Addresses, networks and accounts that are barred by hand. */
  get size(): number {
    return this.#all.size;
  }

  /** The bar on an address or on a network that has it. */
  findAddress(remote: string): HandBar | undefined {
    while (this.#networks.size > 0) {
      const bar = this.#networks.find(remote);
      if (bar === undefined || this.#live(bar) !== undefined) return bar;
      // A narrow bar that has run out must not hide a wider one.
      this.#forget(subjectOf(bar));
    }
    return undefined;
  }

  findAccount(account: string): HandBar | undefined {
    return this.#live(this.#all.get(accountSubject(account)));
  }

  list(): HandBar[] {
    return [...this.#all.values()].filter((bar) => this.#live(bar) !== undefined);
  }

  /**
   * Sets a bar, in place of an earlier one on the same. `name` is an address, a network or a login name; `allow` are the networks that
   * are never barred.
   * @throws Refusal "invalid" where that would bar too much, "exists" where the allow-list says otherwise, "tooMany"
   */
  setWithin(
    tx: Tx,
    name: string,
    about: {
      readonly until: number | null;
      readonly text: string;
      readonly by: string;
      readonly allow: readonly string[];
    },
  ): HandBar {
    const range = parseRange(name.trim());
    if (range !== undefined) refuseTooMuch(range, about.allow);
    const subject = range === undefined ? accountSubject(name.trim()) : `n:${normaliseRange(name)}`;
    const before = this.#all.get(subject);
    if (before === undefined && this.#all.size >= MOST)
      throw new Refusal("tooMany", `There are ${MOST} bars set by hand already. Bar wider networks, or lift some.`);
    const { until, text, by } = about;
    const values = { since: before === undefined ? this.now() : before.since, until, text, by };
    const row = { subject, ...values, turnedAway: before?.turnedAway ?? 0 };
    tx.db.insert(handBars).values(row).onConflictDoUpdate({ target: handBars.subject, set: values }).run();
    tx.emit(barsChanged, { subject });
    return barOf(row);
  }

  /** Lifts the bar on exactly this address, network or account; undefined where there is none. */
  liftWithin(tx: Tx, name: string): HandBar | undefined {
    const range = normaliseRange(name);
    const subject = range === undefined ? accountSubject(name.trim()) : `n:${range}`;
    const bar = this.#all.get(subject);
    if (bar === undefined) return undefined;
    tx.db.delete(handBars).where(eq(handBars.subject, subject)).run();
    tx.emit(barsChanged, { subject });
    return bar;
  }

  /** Reads again what a commit changed. */
  refresh(subject: string): void {
    const before = this.#all.get(subject);
    if (before !== undefined) this.#forget(subject);
    const row = this.store.db.select().from(handBars).where(eq(handBars.subject, subject)).get();
    if (row !== undefined) this.#note({ ...row, turnedAway: before?.turnedAway ?? row.turnedAway });
  }

  /** Writes how many were turned away. */
  writeCounts(tx: Tx, bars: Iterable<HandBar>): void {
    for (const bar of bars) {
      const subject = subjectOf(bar);
      tx.db.update(handBars).set({ turnedAway: bar.turnedAway }).where(eq(handBars.subject, subject)).run();
    }
  }

  /** Deletes what has run out. */
  prune(tx: Tx): void {
    const now = this.now();
    tx.db.delete(handBars).where(lte(handBars.until, now)).run();
    for (const [subject, { until }] of this.#all) if (until !== null && until <= now) this.#forget(subject);
  }

  #live(bar: HandBar | undefined): HandBar | undefined {
    return bar !== undefined && (bar.until === null || bar.until > this.now()) ? bar : undefined;
  }

  #note(row: typeof handBars.$inferSelect): void {
    const bar = barOf(row);
    this.#all.set(row.subject, bar);
    const range = bar.kind === "account" ? undefined : parseRange(bar.name);
    if (range !== undefined) this.#networks.set(range, bar);
  }

  #forget(subject: string): void {
    this.#all.delete(subject);
    const range = subject.startsWith("n:") ? parseRange(subject.slice(2)) : undefined;
    if (range !== undefined) this.#networks.delete(range);
  }
}

function accountSubject(account: string): string {
  return `u:${fold(account)}`;
}

function subjectOf({ kind, name }: HandBar): string {
  return kind === "account" ? `u:${name}` : `n:${name}`;
}

function barOf({ subject, ...row }: typeof handBars.$inferSelect): HandBar {
  const name = subject.slice(2);
  const kind = subject.startsWith("u:") ? "account" : name.includes("/") ? "network" : "address";
  return { name, kind, ...row };
}

function refuseTooMuch(range: Range, allow: readonly string[]): void {
  const widest = WIDEST[range.family];
  if (range.prefix < widest)
    throw new Refusal("invalid", `That is too much at once: a network to bar is /${widest} or smaller.`);
  const allowed = allow.find((text) => {
    const one = parseRange(text);
    return one !== undefined && overlap(one, range);
  });
  if (allowed !== undefined)
    throw new Refusal(
      "exists",
      `${allowed} is on the list of networks that are never barred. Take it off that list first.`,
    );
}
