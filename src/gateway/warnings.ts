/** Who was warned of a host and went on: he is let through for some time; also after a restart, unless only totals are kept. */
import { and, eq, type SQL } from "drizzle-orm";
import type { Store } from "../store/store.ts";
import { gatewaySettings } from "./settings.ts";
import { warnings } from "./tables.ts";
import type { Visitor } from "./visit.ts";

/** Most that are kept in mind. */
const MOST = 10_000;
const MINUTE_MS = 60_000;

export class Warnings {
  readonly #until: Map<string, number>;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    const rows = store.db.select().from(warnings).limit(MOST).all();
    this.#until = new Map(rows.map(({ who, host, until }) => [`${who} ${host}`, until]));
  }

  /** Whether a visitor was warned of a host and went on. */
  accepted(visitor: Visitor, host: string): boolean {
    return (this.#until.get(`${whoOf(visitor)} ${host}`) ?? 0) > this.now();
  }

  /** The visitor goes on. */
  async accept(visitor: Visitor, host: string): Promise<void> {
    const now = this.now();
    const { warningMinutes, log } = this.store.settings.get(gatewaySettings);
    const until = now + warningMinutes * MINUTE_MS;
    const who = whoOf(visitor);
    const gone = this.#outdated(now);
    this.#until.set(`${who} ${host}`, until);
    await this.store.commit((tx) => {
      for (const key of gone) tx.db.delete(warnings).where(rowOf(key)).run();
      if (log === "totals") return;
      tx.db
        .insert(warnings)
        .values({ who, host, until })
        .onConflictDoUpdate({ target: [warnings.who, warnings.host], set: { until } })
        .run();
    });
  }

  /** Takes out what is over, and the oldest where there are too many. */
  #outdated(now: number): string[] {
    const gone: string[] = [];
    for (const [key, until] of this.#until) {
      if (until > now && this.#until.size < MOST) continue;
      this.#until.delete(key);
      gone.push(key);
    }
    return gone;
  }
}

function rowOf(key: string): SQL | undefined {
  const space = key.indexOf(" ");
  return and(eq(warnings.who, key.slice(0, space)), eq(warnings.host, key.slice(space + 1)));
}

/** A user, or the address of a guest. */
function whoOf({ user, remote }: Visitor): string {
  return user === null ? `a:${remote}` : `u:${user.id}`;
}
