/**
 * The keys of tagged return paths. The newest one makes tags; those before it are kept as long as a tag of theirs may come back.
 */
import { randomBytes } from "node:crypto";
import { desc, eq } from "drizzle-orm";
import type { Store, Tx } from "../../store/store.ts";
import { returnPathKeys } from "../tables.ts";
import type { TagKey } from "./batv.ts";
import { VERP_DAYS } from "./verp.ts";

const DAY_MS = 86_400_000;
/** How long a key makes tags. */
const IN_USE_MS = 90 * DAY_MS;
/** How long it is kept after that: the longest that any tag is good, and a little. */
const KEPT_MS = (VERP_DAYS + 3) * DAY_MS;
const SECRET_OCTETS = 32;

interface Key extends TagKey {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export class ReturnPathKeys {
  #known: readonly Key[] | undefined;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** All keys, the newest first; the first one is made when it is asked for. */
  all(): readonly Key[] {
    this.#known ??= this.#read();
    if (this.#known.length === 0) {
      this.store.commitNow((tx) => this.#make(tx));
      this.#known = this.#read();
    }
    return this.#known;
  }

  /** The key that makes tags. */
  current(): Key {
    const [newest] = this.all();
    if (newest === undefined) throw new Error("a key that was just made is not there");
    return newest;
  }

  /** Makes a new key where the newest is old, and forgets those whose tags are over. */
  async keepHouse(): Promise<void> {
    const keys = this.#read();
    const [newest] = keys;
    if (newest === undefined) return;
    const now = this.now();
    // A key stopped making tags when the one after it came.
    const over = keys.slice(1).filter((_, at) => now - (keys[at]?.createdAt ?? now) > KEPT_MS);
    const due = now - newest.createdAt > IN_USE_MS;
    if (!due && over.length === 0) return;
    await this.store.commit((tx) => {
      if (due) this.#make(tx);
      for (const { id } of over) tx.db.delete(returnPathKeys).where(eq(returnPathKeys.id, id)).run();
    });
    this.#known = undefined;
  }

  #make(tx: Tx): void {
    tx.db
      .insert(returnPathKeys)
      .values({ secret: randomBytes(SECRET_OCTETS), createdAt: this.now() })
      .run();
  }

  #read(): Key[] {
    return this.store.db
      .select()
      .from(returnPathKeys)
      .orderBy(desc(returnPathKeys.id))
      .all()
      .map(({ id, secret, createdAt }) => ({ id, digit: id % 10, secret, createdAt }));
  }
}
