/** Who was warned of a host and went on: he is let through for some time. Also after a restart. */
import { lt } from "drizzle-orm";
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
    const until = now + this.store.settings.get(gatewaySettings).warningMinutes * MINUTE_MS;
    const who = whoOf(visitor);
    await this.store.commit((tx) => {
      tx.db.delete(warnings).where(lt(warnings.until, now)).run();
      tx.db
        .insert(warnings)
        .values({ who, host, until })
        .onConflictDoUpdate({ target: [warnings.who, warnings.host], set: { until } })
        .run();
    });
    for (const [key, over] of this.#until) if (over <= now || this.#until.size >= MOST) this.#until.delete(key);
    this.#until.set(`${who} ${host}`, until);
  }
}

/** A user, or the address of a guest. */
function whoOf({ user, remote }: Visitor): string {
  return user === null ? `a:${remote}` : `u:${user.id}`;
}
