/**
 * Lists of hosts that rules name ("list:NAME"): written here, brought in, read from a file of the data folder, or fetched on a schedule.
 * What is kept of a source is the hashes of its names (name-set.ts), as a content of the store; they are in memory while the list is on,
 * and replaced at once when all of a new version has been read.
 */
import { asc, eq } from "drizzle-orm";
import { fold } from "../directory/address.ts";
import { validate } from "../directory/validate.ts";
import { Refusal } from "../refusal.ts";
import type { Staged } from "../store/content-writer.ts";
import type { Store, Tx } from "../store/store.ts";
import { listChanged, policyChanged } from "./changes.ts";
import type { Dialler } from "./dial.ts";
import { type HostList, type ListInput, type ListPatch, listPatchSchema, listSchema } from "./list.ts";
import { ListReader, readPairs } from "./list-read.ts";
import { ListText } from "./list-text.ts";
import { NameSet } from "./name-set.ts";
import { refuseTaken } from "./names.ts";
import { gatewaySettings } from "./settings.ts";
import { lists } from "./tables.ts";

export interface ListOptions {
  readonly dialler: Dialler;
  readonly now: () => number;
  /** The name of a rule that names a list. */
  readonly ruleAbout: (list: number) => string | undefined;
}

/** A version of a list that was read and is not kept yet. */
export interface ReadList {
  readonly staged: Staged;
  readonly pairs: Uint32Array;
  readonly exceptions: Uint32Array;
  readonly skipped: number;
  readonly etag: string;
  readonly modified: string;
}

interface Loaded {
  /** What it was made from. */
  readonly from: Pick<Row, "content" | "exceptions">;
  readonly names: NameSet;
  /** What the source itself takes out. */
  readonly exceptions: NameSet;
  readonly own: NameSet;
}

type Row = typeof lists.$inferSelect;

const MEGABYTE = 1_000_000;
const HOUR_MS = 3_600_000;
/** How long what is under way may take to notice that it is over, in milliseconds. */
const CLOSE_MS = 500;
/** How often it is looked which lists are due. */
const LOOK_MS = 600_000;

export class HostLists {
  readonly #loaded = new Map<number, Loaded>();
  /** Work on each list, one after the other. */
  readonly #work = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #reader: ListReader;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly store: Store,
    private readonly options: ListOptions,
  ) {
    this.#reader = new ListReader(store, options.dialler, this.#stop.signal);
    store.changes.on(listChanged, ({ id, change }) => {
      if (change === "removed") this.#loaded.delete(id);
    });
  }

  /** Brings the lists that are on into memory, and fetches what is due from then on. */
  async start(): Promise<void> {
    await this.load();
    if (this.#stop.signal.aborted) return;
    this.#looking ??= setInterval(() => this.refreshDue(), LOOK_MS);
    this.#looking.unref();
    this.refreshDue();
  }

  /** Brings the lists that are on into memory where they are not: a command may ask where nothing was started. */
  async load(): Promise<void> {
    for (const row of this.#rows()) if (row.enabled) await this.#load(row);
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#stop.abort();
    if (this.#work.size === 0) return;
    // A name server may keep one of them waiting; what comes after the end is let go.
    await Promise.race([this.settled(), Bun.sleep(CLOSE_MS)]);
  }

  /** Resolves when no list is being read. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work.values());
  }

  /** Whether a list, by its id, has a host. A list that is off has none. */
  has(id: number, host: string): boolean {
    const loaded = this.#loaded.get(id);
    return loaded?.names.has(host) === true && !loaded.own.has(host) && !loaded.exceptions.has(host);
  }

  /** The names of the lists that have a host. */
  holding(host: string): string[] {
    return this.#rows().flatMap(({ id, name }) => (this.has(id, host) ? name : []));
  }

  /** All lists by name. */
  list(): HostList[] {
    return this.#rows().map((row) => this.#view(row));
  }

  byName(name: string): HostList | undefined {
    const row = this.#byName(name);
    return row && this.#view(row);
  }

  /** @throws Refusal "notFound" */
  require(name: string): HostList {
    return this.#view(this.#require(name));
  }

  nameOf(id: number): string | undefined {
    return this.store.db.select({ name: lists.name }).from(lists).where(eq(lists.id, id)).get()?.name;
  }

  /** Makes a list; its source is read afterwards (`refresh`). @throws Refusal "exists", "invalid" */
  createWithin(tx: Tx, input: ListInput): HostList {
    const values = validate(listSchema, input);
    refuseTaken("a list", values.name, this.#rows());
    const row = tx.db
      .insert(lists)
      .values({ ...values, nameKey: fold(values.name), entries: 0, skipped: 0, problem: "" })
      .returning()
      .get();
    tx.emit(listChanged, { id: row.id, change: "hosts" });
    return this.#view(row);
  }

  /** Changes what is given; a new source is read afterwards (`refresh`). @throws Refusal "notFound", "exists", "invalid" */
  updateWithin(tx: Tx, name: string, patch: ListPatch): HostList {
    const row = this.#require(name);
    const { description, source, location, exceptions, everyHours, enabled } = row;
    const before = { name: row.name, description, source, location, exceptions, everyHours, enabled };
    const after = validate(listSchema, { ...before, ...validate(listPatchSchema, patch) });
    refuseTaken("a list", after.name, this.#rows(), row.id);
    const moved = after.source !== source || after.location !== location;
    tx.db
      .update(lists)
      .set({ ...after, nameKey: fold(after.name), ...(moved && { etag: null, modified: null, checkedAt: null }) })
      .where(eq(lists.id, row.id))
      .run();
    tx.emit(listChanged, { id: row.id, change: "hosts" });
    return this.require(after.name);
  }

  /** @throws Refusal "notFound", "inUse" where a rule names it */
  removeWithin(tx: Tx, name: string): void {
    const { id, content } = this.#require(name);
    const rule = this.options.ruleAbout(id);
    if (rule !== undefined) throw new Refusal("inUse", `The rule “${rule}” names this list; change it first.`);
    tx.db.delete(lists).where(eq(lists.id, id)).run();
    if (content !== null) this.store.content.release(tx, content);
    tx.emit(listChanged, { id, change: "removed" });
  }

  /**
   * Reads a list that somebody brings; keep it with `keepWithin`, then call `refresh`.
   * @throws Refusal "tooLarge"
   */
  read(pieces: AsyncIterable<Uint8Array>): Promise<ReadList> {
    return this.#reader.upload(pieces, this.#most());
  }

  /** Takes what was read for the hosts of a list. @throws Refusal "notFound" */
  keepWithin(tx: Tx, name: string, read: ReadList): HostList {
    const row = this.#require(name);
    this.#keep(tx, row, read);
    return this.require(name);
  }

  /**
   * Brings a list up to date: reads its source where it has one, and what is kept into memory. Resolves when that is done or has failed;
   * why is in the list's `problem` then.
   * @throws Refusal "notFound"
   */
  async refresh(name: string): Promise<HostList> {
    const { id } = this.#require(name);
    await this.#queue(id, () => this.#refresh(id));
    return this.require(name);
  }

  /** Begins to read what is due. */
  refreshDue(): void {
    const now = this.options.now();
    for (const { id, enabled, source, checkedAt, everyHours, problem } of this.#rows()) {
      const pace = problem === "" || everyHours === 0 ? everyHours : Math.min(everyHours, 1);
      const due = checkedAt === null || (source === "url" && pace > 0 && checkedAt + pace * HOUR_MS <= now);
      if (enabled && source !== "upload" && (due || source === "file")) void this.#queue(id, () => this.#refresh(id));
    }
  }

  #queue(id: number, work: () => Promise<void>): Promise<void> {
    const before = this.#work.get(id) ?? Promise.resolve();
    const done = before.then(work).catch((fault: unknown) => {
      if (!this.#stop.signal.aborted) this.store.events.fault("gateway", "read a host list", fault);
    });
    const entry = done.finally(() => {
      if (this.#work.get(id) === entry) this.#work.delete(id);
    });
    this.#work.set(id, entry);
    return entry;
  }

  async #refresh(id: number): Promise<void> {
    const row = this.#row(id);
    if (row === undefined || this.#stop.signal.aborted) return;
    if (row.enabled && row.source !== "upload") await this.#readSource(row);
    const now = this.#row(id);
    if (now?.enabled === true) await this.#load(now);
    else this.#loaded.delete(id);
    this.store.changes.publish(policyChanged, { what: "lists" });
  }

  async #readSource(row: Row): Promise<void> {
    const checkedAt = this.options.now();
    try {
      const read = await this.#reader.source(row, this.#most());
      await this.store.commit((tx) => {
        // The list may have got another source meanwhile, or be gone.
        const now = this.#row(row.id);
        if (now === undefined || now.location !== row.location || now.source !== row.source) return;
        if (read !== undefined) this.#keep(tx, now, read);
        tx.db.update(lists).set({ checkedAt, problem: "" }).where(eq(lists.id, row.id)).run();
      });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (!(error instanceof Refusal)) throw error;
      const problem = error.sentence;
      await this.store.commit((tx) =>
        tx.db.update(lists).set({ checkedAt, problem }).where(eq(lists.id, row.id)).run(),
      );
      const text = `The list “${row.name}” cannot be read: ${problem}`;
      this.store.events.log({ room: "gateway", name: "list.failed", level: "warn", text });
    }
  }

  #keep(tx: Tx, row: Row, { staged, pairs, skipped, etag, modified }: ReadList): void {
    const content = this.store.content.adopt(tx, staged);
    if (row.content !== null) this.store.content.release(tx, row.content);
    const changedAt = this.options.now();
    const entries = pairs.length / 2;
    const values = { content, entries, skipped, etag, modified, changedAt, checkedAt: changedAt, problem: "" };
    tx.db.update(lists).set(values).where(eq(lists.id, row.id)).run();
    tx.emit(listChanged, { id: row.id, change: "hosts" });
  }

  async #load({ id, content, exceptions }: Row): Promise<void> {
    const before = this.#loaded.get(id)?.from;
    if (before !== undefined && before.content === content && before.exceptions === exceptions) return;
    const kept = content === null ? undefined : await readPairs(this.store, content);
    const rest = () => this.#rest();
    const own = new ListText();
    own.push(Buffer.from(`${exceptions}\n`));
    this.#loaded.set(id, {
      from: { content, exceptions },
      names: await NameSet.from(kept?.pairs ?? new Uint32Array(0), rest),
      exceptions: await NameSet.from(kept?.exceptions ?? new Uint32Array(0), rest),
      own: await NameSet.from(own.names.pairs, rest),
    });
  }

  async #rest(): Promise<void> {
    if (this.store.turns.over) await this.store.turns.next();
  }

  #most(): number {
    return this.store.settings.get(gatewaySettings).listMegabytes * MEGABYTE;
  }

  #rows(): Row[] {
    return this.store.db.select().from(lists).orderBy(asc(lists.nameKey)).all();
  }

  #row(id: number): Row | undefined {
    return this.store.db.select().from(lists).where(eq(lists.id, id)).get();
  }

  #byName(name: string): Row | undefined {
    return this.store.db
      .select()
      .from(lists)
      .where(eq(lists.nameKey, fold(name.trim())))
      .get();
  }

  #require(name: string): Row {
    const row = this.#byName(name);
    if (row === undefined) throw new Refusal("notFound", `There is no list “${name}”.`);
    return row;
  }

  #view({ nameKey: _, content: __, etag: ___, modified: ____, ...row }: Row): HostList {
    return { ...row, busy: this.#work.has(row.id), octets: this.#loaded.get(row.id)?.names.octets ?? 0 };
  }
}
