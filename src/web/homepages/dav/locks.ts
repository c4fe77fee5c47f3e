/**
 * Locks (RFC 4918 §6 and §7). They live in memory: a lock is a promise for an hour at most, and who holds one renews it; after a restart
 * clients find theirs gone and take them anew. All of a folder belong to one user, so a lock keeps his own devices from overwriting each
 * other.
 */
import { randomUUID } from "node:crypto";
import { Refusal } from "../../../refusal.ts";
import { parentOf } from "../paths.ts";

export interface Lock {
  readonly token: string;
  /** The virtual path that was locked. */
  readonly root: string;
  readonly scope: "exclusive" | "shared";
  /** Holds for everything below, too. */
  readonly deep: boolean;
  /** What the client says about its owner: the inside of an XML element, or "". */
  readonly owner: string;
  readonly seconds: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Longest time, and the time of those who ask for none, in seconds. */
const LONGEST_SECONDS = 3_600;
const USUAL_SECONDS = 600;
/** Locks that one folder may have; a client that opens everything at once has some hundred. */
const MOST_LOCKS = 500;
/** Octets of what a client says about the owner. */
const LONGEST_OWNER = 1_024;

/** Whether a path lies below another, or is it. */
export const isWithin = (path: string, root: string): boolean =>
  path === root || path.startsWith(root === "/" ? "/" : `${root}/`);

/** The time that a Timeout field asks for, as far as it is given (RFC 4918 §10.7). */
export const secondsOf = (field: string | null): number => {
  for (const wish of (field ?? "").split(",")) {
    if (/^\s*Infinite\s*$/i.test(wish)) return LONGEST_SECONDS;
    const seconds = /^\s*Second-(\d{1,10})\s*$/i.exec(wish)?.[1];
    if (seconds !== undefined) return Math.min(LONGEST_SECONDS, Math.max(1, Number(seconds)));
  }
  return USUAL_SECONDS;
};

/** The locks of one folder. */
export class Locks {
  readonly #locks = new Map<string, Lock>();

  constructor(private readonly now: () => number) {}

  /** How many hold now. */
  get size(): number {
    this.#forget();
    return this.#locks.size;
  }

  get(token: string): Lock | undefined {
    this.#forget();
    return this.#locks.get(token);
  }

  /** Locks that hold for a path: its own, and deep ones above it. */
  on(path: string): Lock[] {
    this.#forget();
    return [...this.#locks.values()].filter(({ root, deep }) => root === path || (deep && isWithin(path, root)));
  }

  /** Locks on something below a path. */
  below(path: string): Lock[] {
    this.#forget();
    return [...this.#locks.values()].filter(({ root }) => root !== path && isWithin(root, path));
  }

  /** Takes a lock. @throws Refusal "inUse" where another stands in its way, "tooMany" */
  take(wish: Pick<Lock, "root" | "scope" | "deep" | "owner" | "seconds">): Lock {
    const others = [...this.on(wish.root), ...(wish.deep ? this.below(wish.root) : [])];
    if (others.some(({ scope }) => scope === "exclusive" || wish.scope === "exclusive"))
      throw new Refusal("inUse", "That is locked already.");
    if (this.#locks.size >= MOST_LOCKS)
      throw new Refusal("tooMany", "There are too many locks; unlock something first.");
    if (wish.owner.length > LONGEST_OWNER)
      throw new Refusal("tooLarge", "What is said about the lock's owner is too long.");
    const lock = { ...wish, token: `urn:uuid:${randomUUID()}`, until: this.now() + wish.seconds * 1_000 };
    this.#locks.set(lock.token, lock);
    return lock;
  }

  /** Renews a lock (RFC 4918 §9.10.2). */
  renew(lock: Lock, seconds: number): Lock {
    const renewed = { ...lock, seconds, until: this.now() + seconds * 1_000 };
    this.#locks.set(lock.token, renewed);
    return renewed;
  }

  release(token: string): void {
    this.#locks.delete(token);
  }

  /** Locks do not move with what they were on (RFC 4918 §7.6); what is gone has none (§9.6). */
  dropWithin(path: string): void {
    for (const { token, root } of this.#locks.values()) if (isWithin(root, path)) this.#locks.delete(token);
  }

  /**
   * The lock that keeps a change from being made, by what it does: to the thing itself, to everything below it, or also to the list of its
   * folder's members (RFC 4918 §7.4), unless a token for it was submitted. Of shared locks one token is enough (§7.2).
   */
  inTheWay(path: string, tokens: ReadonlySet<string>, what: { below?: boolean; member?: boolean }): Lock | undefined {
    const places = [this.on(path)];
    if (what.member === true && path !== "/") {
      const parent = parentOf(path);
      places.push(this.on(parent));
    }
    if (what.below === true) places.push(...this.below(path).map((lock) => this.on(lock.root)));
    for (const locks of places) if (locks.length > 0 && !locks.some(({ token }) => tokens.has(token))) return locks[0];
    return undefined;
  }

  #forget(): void {
    const now = this.now();
    for (const { token, until } of this.#locks.values()) if (until <= now) this.#locks.delete(token);
  }
}
