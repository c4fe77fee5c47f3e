/**
 * The store of a user's pages: values by key, in the server's own file. Every change is one commit, and what it depends on is read in that
 * commit, so that visitors who come at the same moment do not undo each other's. What a change answers is on disk.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../../../refusal.ts";
import type { Store } from "../../../store/store.ts";

/** What a user's store may hold. */
export interface ValueLimits {
  readonly storeOctets: number;
  readonly storeKeys: number;
  readonly valueOctets: number;
}

/** Which keys are listed. */
export interface Listing {
  readonly prefix: string;
  /** Keys behind this one, in the order asked for. */
  readonly after?: string | undefined;
  readonly limit: number;
  readonly reverse: boolean;
}

const LONGEST_KEY = 200;
/** The largest character: behind every key with a prefix stands the prefix with this. */
const LAST = "\u{10ffff}";
/** Octets of values that one list holds. */
const LIST_OCTETS = 1_048_576;

interface Row {
  readonly key: string;
  readonly value: string;
}

export class PageValues {
  readonly #get: Statement<{ value: string }, [number, string]>;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #sum: Statement<{ octets: number | null; keys: number }, [number, string]>;
  readonly #up: Statement<Row, [number, string, string, string, number]>;
  readonly #down: Statement<Row, [number, string, string, string, number]>;

  constructor(private readonly store: Store) {
    const { client } = store;
    const range = "SELECT key, value FROM page_values WHERE owner = ? AND key >= ? AND key < ?";
    this.#get = client.prepare("SELECT value FROM page_values WHERE owner = ? AND key = ?");
    this.#put = client.prepare("INSERT OR REPLACE INTO page_values (owner, key, value, octets) VALUES (?, ?, ?, ?)");
    this.#remove = client.prepare("DELETE FROM page_values WHERE owner = ? AND key = ?");
    this.#sum = client.prepare(
      "SELECT sum(octets) AS octets, count(*) AS keys FROM page_values WHERE owner = ? AND key <> ?",
    );
    this.#up = client.prepare(`${range} AND key > ? ORDER BY key LIMIT ?`);
    this.#down = client.prepare(`${range} AND key < ? ORDER BY key DESC LIMIT ?`);
  }

  /** The JSON at a key. @throws Refusal "invalid" for what is no key */
  get(owner: number, key: string): string | undefined {
    return this.#get.get(owner, checkedKey(key))?.value;
  }

  /** Keys and JSON in the order of the keys; fewer than asked for where they are large. */
  list(owner: number, { prefix, after, limit, reverse }: Listing): [string, string][] {
    const edge = after ?? (reverse ? LAST : "");
    const statement = reverse ? this.#down : this.#up;
    const rows: [string, string][] = [];
    let octets = 0;
    for (const { key, value } of statement.iterate(owner, prefix, prefix + LAST, edge, limit)) {
      octets += key.length + value.length;
      if (octets > LIST_OCTETS && rows.length > 0) break;
      rows.push([key, value]);
    }
    return rows;
  }

  /** Sets a key. @throws Refusal "invalid", "tooLarge" or "overQuota" */
  async set(owner: number, key: string, value: string, limits: ValueLimits): Promise<void> {
    await this.store.commit(() => this.#write(owner, key, value, limits));
  }

  /** Sets a key that was free; false where it was not. @throws Refusal as `set` */
  async add(owner: number, key: string, value: string, limits: ValueLimits): Promise<boolean> {
    return await this.swap(owner, key, null, value, limits);
  }

  /** Sets or (null) removes a key where it is still as it was; false where it is not. @throws Refusal as `set` */
  async swap(
    owner: number,
    key: string,
    before: string | null,
    after: string | null,
    limits: ValueLimits,
  ): Promise<boolean> {
    return await this.store.commit(() => {
      if ((this.get(owner, key) ?? null) !== before) return false;
      if (after === null) this.#remove.run(owner, key);
      else this.#write(owner, key, after, limits);
      return true;
    });
  }

  /** Adds to a number, which is 0 where there is none; gives the sum. @throws Refusal as `set`, "invalid" where it is no number */
  async increment(owner: number, key: string, by: number, limits: ValueLimits): Promise<number> {
    return await this.store.commit(() => {
      const before: unknown = JSON.parse(this.get(owner, key) ?? "0");
      if (typeof before !== "number") throw new Refusal("invalid", `What is kept at “${key}” is no number.`);
      const sum = before + by;
      if (!Number.isFinite(sum)) throw new Refusal("invalid", "A number of that size cannot be kept.");
      this.#write(owner, key, String(sum), limits);
      return sum;
    });
  }

  /** Removes a key; false where there was none. */
  async remove(owner: number, key: string): Promise<boolean> {
    return await this.store.commit(() => this.#remove.run(owner, checkedKey(key)).changes > 0);
  }

  #write(owner: number, key: string, value: string, limits: ValueLimits): void {
    checkedKey(key);
    const octets = Buffer.byteLength(key) + Buffer.byteLength(value);
    if (octets > limits.valueOctets) {
      throw new Refusal(
        "tooLarge",
        `A value in the store has at most ${limits.valueOctets} octets; this has ${octets}.`,
      );
    }
    const others = this.#sum.get(owner, key);
    if ((others?.octets ?? 0) + octets > limits.storeOctets) {
      throw new Refusal("overQuota", `The store is full: it holds at most ${limits.storeOctets} octets.`);
    }
    if ((others?.keys ?? 0) >= limits.storeKeys) {
      throw new Refusal("overQuota", `The store is full: it holds at most ${limits.storeKeys} values.`);
    }
    this.#put.run(owner, key, value, octets);
  }
}

function checkedKey(key: string): string {
  if (key === "" || key.length > LONGEST_KEY || key.includes("\0") || !key.isWellFormed()) {
    throw new Refusal("invalid", `A key in the store has between 1 and ${LONGEST_KEY} characters.`);
  }
  return key;
}
