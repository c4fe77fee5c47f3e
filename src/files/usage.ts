/**
 * Who uses how much: one account for each user and each shared folder. Numbers are kept in memory while something changes and written
 * down when the server stops in order; who was changing when it did not is counted anew at the next start, which also sweeps away what
 * broken-off uploads left. What somebody puts there past this program is found by the count that comes once a week.
 */
import { eq, lt, or, sql } from "drizzle-orm";
import type { Store, Tx } from "../store/store.ts";
import { Account, type Limits, type Usage } from "./account.ts";
import { type Octets, octetsOf } from "./names.ts";
import { filesSettings } from "./settings.ts";
import type { Sweep } from "./sweep.ts";
import { filesPeople, filesShared } from "./tables.ts";

/** Whose account: a user's or a shared folder's. */
export interface Holder {
  readonly kind: "user" | "shared";
  readonly id: number;
}

/** Where an account's files lie: paths below `files/`. */
export type Places = (holder: Holder) => readonly (readonly Octets[])[];

const tableOf = ({ kind }: Holder) => (kind === "user" ? filesPeople : filesShared);
const whereOf = ({ kind, id }: Holder) => (kind === "user" ? eq(filesPeople.userId, id) : eq(filesShared.id, id));
const keyOf = ({ kind, id }: Holder) => `${kind}:${id}`;

/** How old a count may become (milliseconds). */
const COUNT_AGAIN = 7 * 86_400_000;

interface Kept {
  readonly holder: Holder;
  readonly account: Account;
  limits: Limits;
  changing: boolean;
}

export class AccountBook {
  readonly #kept = new Map<string, Kept>();
  readonly #counting = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(
    private readonly store: Store,
    private readonly sweep: Sweep,
    private readonly places: Places,
  ) {}

  /** The account of somebody whose row is there. One that was never counted is counted beside. */
  of(holder: Holder): Account {
    const known = this.#kept.get(keyOf(holder));
    if (known !== undefined) return known.account;
    const row = this.#row(holder);
    const { octets = 0, entries = 0, maxOctets = null, maxFiles = null } = row ?? {};
    const kept: Kept = {
      holder,
      limits: { octets: maxOctets, files: maxFiles },
      changing: false,
      account: new Account(
        { octets, files: entries },
        () => this.#limits(kept),
        () => this.#changes(kept),
      ),
    };
    this.#kept.set(keyOf(holder), kept);
    if (row?.countedAt === null) this.#countBeside(holder);
    return kept.account;
  }

  /** Reads limits anew after they changed, and counts where the folder is another. */
  refresh(holder: Holder): void {
    const kept = this.#kept.get(keyOf(holder));
    const row = this.#row(holder);
    if (row === undefined) this.#kept.delete(keyOf(holder));
    else if (kept) kept.limits = { octets: row.maxOctets, files: row.maxFiles };
    if (kept && row?.countedAt === null) this.#countBeside(holder);
  }

  /** Counts somebody's files on disk, in slices. */
  count(holder: Holder): Promise<void> {
    const key = keyOf(holder);
    const running = this.#counting.get(key);
    if (running !== undefined) return running;
    const counting = this.#count(holder).finally(() => this.#counting.delete(key));
    this.#counting.set(key, counting);
    return counting;
  }

  /** Counts those who were changing when the server last ended, one after the other. */
  async recover(): Promise<void> {
    for (const holder of this.#holders(true)) await this.count(holder);
  }

  /** Counts those whose count is old. */
  async keepHouse(now: number): Promise<void> {
    for (const holder of this.#holders(false, now - COUNT_AGAIN)) await this.count(holder);
  }

  /** Waits for counts that go on. */
  async settled(): Promise<void> {
    while (this.#counting.size > 0) await Promise.allSettled(this.#counting.values());
  }

  /** Writes down what is in memory. Call when nobody writes any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.sweep.stop();
    await this.settled();
    const changed = [...this.#kept.values()].filter(({ changing }) => changing);
    if (changed.length === 0) return;
    await this.store.commit((tx) => {
      for (const { holder, account } of changed) this.#write(tx, holder, account.usage, { changing: false });
    });
  }

  #limits({ limits, holder }: Kept): Limits {
    if (holder.kind === "shared") return limits;
    const { maxOctets, maxFiles } = this.store.settings.get(filesSettings);
    return { octets: limits.octets ?? maxOctets, files: limits.files ?? maxFiles };
  }

  #changes(kept: Kept): void {
    if (kept.changing) return;
    kept.changing = true;
    this.store
      .commit((tx) => tx.db.update(tableOf(kept.holder)).set({ changing: true }).where(whereOf(kept.holder)).run())
      .catch((fault: unknown) => this.store.events.fault("files", "note that files are changing", fault));
  }

  #countBeside(holder: Holder): void {
    this.count(holder).catch((fault: unknown) => this.store.events.fault("files", "count files", fault));
  }

  async #count(holder: Holder): Promise<void> {
    const usage = await this.sweep.count(this.places(holder));
    if (usage === undefined || this.#stopped) return;
    const kept = this.#kept.get(keyOf(holder));
    kept?.account.set(usage);
    const changing = kept?.changing ?? false;
    await this.store.commit((tx) => this.#write(tx, holder, usage, { changing, countedAt: Date.now() }));
  }

  #write(tx: Tx, holder: Holder, usage: Usage, more: { changing: boolean; countedAt?: number }): void {
    const values = { octets: usage.octets, entries: usage.files, ...more };
    tx.db.update(tableOf(holder)).set(values).where(whereOf(holder)).run();
  }

  #row(holder: Holder) {
    const { octets, entries, maxOctets, maxFiles, countedAt } = tableOf(holder);
    return this.store.db
      .select({ octets, entries, maxOctets, maxFiles, countedAt })
      .from(tableOf(holder))
      .where(whereOf(holder))
      .get();
  }

  #holders(changing: boolean, countedBefore?: number): Holder[] {
    const { db } = this.store;
    const of = (table: typeof filesPeople | typeof filesShared) =>
      changing
        ? eq(table.changing, true)
        : or(lt(table.countedAt, countedBefore ?? 0), sql`${table.countedAt} IS NULL`);
    const people = db.select({ id: filesPeople.userId }).from(filesPeople).where(of(filesPeople)).all();
    const shared = db.select({ id: filesShared.id }).from(filesShared).where(of(filesShared)).all();
    return [
      ...people.map(({ id }) => ({ kind: "user" as const, id })),
      ...shared.map(({ id }) => ({ kind: "shared" as const, id })),
    ];
  }
}

/** Paths of which none lies within another: what lies in both is counted once. */
export function apart(paths: readonly string[]): Octets[][] {
  const unique = [...new Set(paths)];
  const inside = (path: string) => unique.some((other) => path.startsWith(`${other}/`));
  return unique.filter((path) => !inside(path)).map((path) => path.split("/").map(octetsOf));
}
