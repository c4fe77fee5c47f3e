/**
 * Who is on the way in: the password was right, and something is still asked for. Such a one has no session. He is kept here, in memory,
 * under a cookie of its own that no page but the sign-in looks at; so whatever a page forgets to ask, half a sign-in opens nothing.
 */
import { BoundedMap } from "../directory/cache.ts";
import { digest, newToken, TOKEN } from "./tokens.ts";

/** What is still asked for: a second factor, a new password, or to set up a factor. */
export type Stage = "factor" | "password" | "enrol";

/** What is known of one who is on the way in. */
export interface Half {
  readonly user: number;
  readonly passwordChangedAt: number | null;
  readonly stage: Stage;
  /** What he has shown so far, in words for the log: "password". */
  readonly shown: readonly string[];
  /** A second factor was shown, or none is needed any more. */
  readonly factorShown: boolean;
  readonly remembered: boolean;
  /** The path to go on to. */
  readonly next: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const GOOD_MS = 15 * 60_000;
const MOST = 10_000;
/** Of one account at a time; whoever knows its password shall not push others out. */
const MOST_PER_USER = 20;
/** Wrong codes before one begins anew with the password. */
const MOST_TRIES = 5;

export class Halves {
  readonly #halves = new BoundedMap<string, Half & { tries: number }>(MOST);

  constructor(private readonly now: () => number) {}

  /** Keeps one; gives the token for the cookie. A token from before, of a lower stage, is given up with it. */
  keep(half: Omit<Half, "since"> & { readonly since?: number }, before?: string): string {
    if (before !== undefined) this.end(before);
    const mine = [...this.#halves.entries()].filter(([, { user }]) => user === half.user);
    for (const [oldest] of mine.slice(0, Math.max(0, mine.length - MOST_PER_USER + 1))) this.#halves.delete(oldest);
    const token = newToken();
    this.#halves.set(keyOf(token), { ...half, since: half.since ?? this.now(), tries: 0 });
    return token;
  }

  /** The one of a cookie's token; undefined where there is none or it took too long. */
  find(token: string | undefined): Half | undefined {
    if (token === undefined || !TOKEN.test(token)) return undefined;
    const half = this.#halves.get(keyOf(token));
    if (half === undefined || this.now() - half.since <= GOOD_MS) return half;
    this.end(token);
    return undefined;
  }

  /** Counts a wrong answer; gives whether another may be given. */
  wrong(token: string): boolean {
    const half = this.#halves.get(keyOf(token));
    if (half === undefined) return false;
    half.tries++;
    if (half.tries < MOST_TRIES) return true;
    this.end(token);
    return false;
  }

  end(token: string): void {
    this.#halves.delete(keyOf(token));
  }
}

function keyOf(token: string): string {
  return Buffer.from(digest(token)).toString("base64");
}
