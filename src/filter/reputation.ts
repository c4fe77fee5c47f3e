/**
 * What became of a sender's earlier mail: of the domain it is proven to be from, and of the network it comes from. Learned from this
 * server's own traffic, where the other tests were sure; written in batches, since it is worth no sync of its own.
 */
import type { Store } from "../store/store.ts";
import { organizationalDomain } from "./authentication/organization.ts";
import type { Finding, Mail, Test, Tester } from "./judgement.ts";
import { networkOf } from "./network.ts";
import { isProven } from "./proven.ts";
import type { Readings } from "./words/readings.ts";

/** From this score on a message is junk beyond doubt, and up to this one it is none. */
const SURELY_JUNK = 8;
const SURELY_NONE = -2;
/** Fewer messages than this are no reputation. */
const LEAST_MESSAGES = 4;
const MOST_POINTS = 2;
/** Beyond so many messages older ones fade. */
const MOST_COUNTED = 200;
const FLUSH_MS = 15_000;
const MOST_PENDING = 5_000;
const MOST_ROWS = 50_000;
const DAY_MS = 86_400_000;

interface Row {
  readonly ham: number;
  readonly spam: number;
}

export class Reputation implements Tester {
  readonly name = "reputation";
  readonly #pending = new Map<string, { ham: number; spam: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store,
    private readonly readings: Readings,
    private readonly now: () => number,
  ) {}

  begin(): Test {
    return { end: async (mail) => (await this.#keys(mail)).flatMap(({ key, shown }) => this.#finding(key, shown)) };
  }

  /** Remembers what a message came to. @param score without what the reputation itself said */
  async note(mail: Mail, score: number): Promise<void> {
    if (score < SURELY_JUNK && score > SURELY_NONE) return;
    for (const { key } of await this.#keys(mail)) {
      const counted = this.#pending.get(key) ?? { ham: 0, spam: 0 };
      if (score >= SURELY_JUNK) counted.spam++;
      else counted.ham++;
      if (this.#pending.size < MOST_PENDING) this.#pending.set(key, counted);
    }
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what was remembered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    if (pending.length === 0) return;
    const day = Math.floor(this.now() / DAY_MS);
    try {
      await this.store.commit(({ client }) => {
        const add = client.query(
          `INSERT INTO reputations (key, ham, spam, day) VALUES (?1, ?2, ?3, ?4)
           ON CONFLICT (key) DO UPDATE SET day = ?4,
             ham = (ham + ?2) * CASE WHEN ham + spam > ${MOST_COUNTED} THEN 0.5 ELSE 1 END,
             spam = (spam + ?3) * CASE WHEN ham + spam > ${MOST_COUNTED} THEN 0.5 ELSE 1 END`,
        );
        for (const [key, { ham, spam }] of pending) add.run(key, ham, spam, day);
        client.run(
          `DELETE FROM reputations WHERE key IN
             (SELECT key FROM reputations ORDER BY day DESC, ham + spam DESC LIMIT -1 OFFSET ${MOST_ROWS})`,
        );
      });
    } catch (fault) {
      this.store.events.fault("filter", "remember senders", fault);
    }
  }

  async #keys(mail: Mail): Promise<{ key: string; shown: string }[]> {
    const { visit, authentication } = mail;
    const [author] = (await this.readings.of(mail)).from;
    const network = networkOf(visit.remote);
    const keys = visit.remote === "" ? [] : [{ key: `n:${network}`, shown: `the network ${network}` }];
    if (author === undefined || !isProven(authentication, author.domain)) return keys;
    const domain = organizationalDomain(author.domain.toLowerCase()).slice(0, 253);
    return [{ key: `d:${domain}`, shown: domain }, ...keys];
  }

  #finding(key: string, shown: string): Finding[] {
    const row = this.store.client.query<Row, [string]>("SELECT ham, spam FROM reputations WHERE key = ?").get(key);
    if (row === null || row.ham + row.spam < LEAST_MESSAGES) return [];
    const share = (row.spam + 1) / (row.ham + row.spam + 2);
    // Of a network only harm is believed: who is clean there says little of his neighbours.
    const points = Math.round((share - 0.5) * 2 * MOST_POINTS * 10) / 10;
    if (Math.abs(points) < 0.5 || (points < 0 && key.startsWith("n:"))) return [];
    const sentence =
      points > 0 ? `Mail from ${shown} was mostly junk so far.` : `Mail from ${shown} was mostly wanted so far.`;
    return [{ test: "reputation", result: key.startsWith("n:") ? "network" : "domain", points, sentence }];
  }
}
