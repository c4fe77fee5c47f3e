/**
 * Greylisting (RFC 6647): a doubtful message of an unknown sender is asked to come again in some minutes. Servers do; most programs that
 * send junk do not. Asked at the end of the message (§2.4), when it is known how doubtful it is; who came again once need not for a while.
 */
import type { Store } from "../store/store.ts";
import type { Visit } from "./judgement.ts";
import { networkOf } from "./network.ts";

export interface GreylistSettings {
  readonly greylistMinutes: number;
  readonly greylistDays: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Within this time a sender must come again (RFC 6647 §4.5 has a day; weekends are longer for small servers). */
const AGAIN_MS = 2 * DAY_MS;
/** Senders that are remembered; nobody can fill the disk. */
const MOST_ROWS = 100_000;
const PRUNE_ROWS = 1_000;
/** Milliseconds between two looks for what is over. */
const PRUNE_MS = 600_000;

interface Row {
  readonly first: number;
  readonly passed: number;
  readonly last: number;
}

export class Greylist {
  #pruneAt = 0;

  constructor(
    private readonly store: Store,
    private readonly settings: () => GreylistSettings,
    private readonly now: () => number,
  ) {}

  /** Minutes after which whoever visits should come again; undefined where he may come in. */
  async ask(visit: Visit): Promise<number | undefined> {
    const { greylistMinutes, greylistDays } = this.settings();
    if (greylistMinutes === 0) return undefined;
    const key = keyOf(visit);
    const now = this.now();
    return await this.store.commit(({ client }) => {
      this.#prune(now, greylistDays);
      const row = client.query<Row, [string]>("SELECT first, passed, last FROM greylist WHERE key = ?").get(key);
      const known = row !== null && now - row.last < (row.passed === 1 ? greylistDays * DAY_MS : AGAIN_MS);
      const since = known ? row.first : now;
      const wait = since + greylistMinutes * MINUTE_MS - now;
      const passed = known && (row.passed === 1 || wait <= 0);
      client
        .query("INSERT OR REPLACE INTO greylist (key, first, passed, last) VALUES (?, ?, ?, ?)")
        .run(key, since, passed ? 1 : 0, now);
      return passed ? undefined : Math.max(1, Math.ceil(wait / MINUTE_MS));
    });
  }

  #prune(now: number, days: number): void {
    if (now < this.#pruneAt) return;
    this.#pruneAt = now + PRUNE_MS;
    const { client } = this.store;
    client
      .query(
        `DELETE FROM greylist WHERE key IN
           (SELECT key FROM greylist WHERE last < CASE passed WHEN 1 THEN ? ELSE ? END LIMIT ?)`,
      )
      .run(now - days * DAY_MS, now - AGAIN_MS, PRUNE_ROWS);
    client
      .query(
        `DELETE FROM greylist WHERE key IN (SELECT key FROM greylist ORDER BY last DESC LIMIT -1 OFFSET ${MOST_ROWS})`,
      )
      .run();
  }
}

/** A return path without what changes from day to day: the tags of BATV, the seal and the day of SRS. */
function lasting(reversePath: string): string {
  return reversePath.replace(/^prvs=[^=@]+=/, "").replace(/^(srs0)[-+=][^=@]+=[^=@]+=/, "$1=");
}

/** Whom a message is from and who gets it; of the client only its network, since large senders come from many addresses (§4.3). */
function keyOf({ remote, reversePath, recipients }: Visit): string {
  const sender = lasting(reversePath.toLowerCase()).slice(0, 254);
  const recipient = (recipients[0]?.address ?? "").toLowerCase().slice(0, 254);
  const hash = new Bun.CryptoHasher("sha256")
    .update(`${networkOf(remote)}\n${sender}\n${recipient}`)
    .digest("base64url");
  return hash.slice(0, 22);
}
