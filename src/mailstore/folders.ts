/** Folders of a mailbox: list, create, rename, delete, subscribe. RFC 9051 §6.3.4–6.3.9, RFC 6154. */
import type { Statement } from "bun:sqlite";
import { and, asc, eq, lt, sql } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Annotations } from "./annotations.ts";
import { folderChanged, foldersChanged } from "./changes.ts";
import type { Grants } from "./grants.ts";
import { FIRST_FOLDERS, folderName, parentsOf, SEPARATOR } from "./names.ts";
import { folders, subscriptions } from "./tables.ts";
import type { Usage } from "./usage.ts";

/** A folder and its counters. */
export interface Folder {
  readonly id: number;
  readonly mailboxId: number;
  /** UTF-8, levels separated by "/". */
  readonly name: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  /** "Sent", "Trash" …: the attribute of RFC 6154 without its backslash. */
  readonly specialUse: string | undefined;
  readonly subscribed: boolean;
  /** Messages. */
  readonly exists: number;
  readonly unseen: number;
  /** Messages with \Deleted. */
  readonly deleted: number;
  /** Octets. */
  readonly size: number;
  readonly recentUid: number;
  /** Flags that were told at an earlier mod-sequence than this may not hold any more, whether or not their messages changed. */
  readonly flagsSince: number;
  readonly createdAt: number;
}

/** What goes with a new folder. */
export interface Creating {
  readonly specialUse?: string;
  readonly origin?: object;
}

/** The most folders a mailbox may have. */
const MOST_FOLDERS = 10_000;
/** Names of folders that were deleted and are being emptied begin with this. */
const TOMBSTONE = "\u0000";

function folderOf(row: typeof folders.$inferSelect): Folder {
  const { mailbox, messages, specialUse, ...rest } = row;
  return { ...rest, mailboxId: mailbox, exists: messages, specialUse: specialUse ?? undefined };
}

function preparedRows({ db }: Store) {
  const [id, mailbox, name] = [sql.placeholder("id"), sql.placeholder("mailbox"), sql.placeholder("name")];
  const use = sql.placeholder("use");
  return {
    byId: db.select().from(folders).where(eq(folders.id, id)).prepare(),
    of: db.select().from(folders).where(eq(folders.mailbox, mailbox)).orderBy(asc(folders.name)).prepare(),
    named: db
      .select()
      .from(folders)
      .where(and(eq(folders.mailbox, mailbox), eq(folders.name, name)))
      .prepare(),
    used: db
      .select()
      .from(folders)
      .where(and(eq(folders.mailbox, mailbox), eq(folders.specialUse, use)))
      .prepare(),
  };
}

export class Folders {
  readonly #inboxes = new Map<number, number>();
  readonly #byId: Statement;
  readonly #reflag: Statement;
  readonly #first: Statement;
  /** Asked with every command that names or lists folders: built once. */
  readonly #rows: ReturnType<typeof preparedRows>;

  constructor(
    private readonly store: Store,
    private readonly usage: Usage,
    private readonly grants: Grants,
    private readonly annotations: Annotations,
  ) {
    this.#byId = store.client.prepare("SELECT mailbox, name FROM folders WHERE id = ?");
    this.#rows = preparedRows(store);
    this.#first = store.client.prepare("SELECT 1 FROM folders WHERE mailbox = ? AND name >= char(1) LIMIT 1");
    this.#reflag = store.client.prepare(
      `UPDATE folders SET highest_modseq = highest_modseq + 1, flags_since = highest_modseq + 1
       WHERE mailbox = ? AND name >= char(1) RETURNING id AS folder, highest_modseq AS modseq`,
    );
  }

  /** The folders of a mailbox by name, INBOX first; makes the first ones where there are none yet. */
  list(mailbox: number): Folder[] {
    const read = () =>
      this.#rows.of
        .all({ mailbox })
        .filter((row) => !row.name.startsWith(TOMBSTONE))
        .map(folderOf);
    const found = read();
    if (found.length > 0) return inboxFirst(found);
    if (this.store.client.inTransaction) this.#furnish(this.store, mailbox);
    else this.store.commitNow((tx) => this.#furnish(tx, mailbox));
    return inboxFirst(read());
  }

  /** Messages and octets in every mailbox that has folders. */
  usages(): { mailbox: number; messages: number; size: number }[] {
    return this.store.client
      .query<{ mailbox: number; messages: number; size: number }, []>(
        // Deleted folders that are still being emptied (their names begin with NUL) do not count.
        `SELECT mailbox, total(messages) AS messages, total(size) AS size FROM folders
         WHERE name >= char(1) GROUP BY mailbox`,
      )
      .all();
  }

  byName(mailbox: number, name: string): Folder | undefined {
    const wanted = folderName(name);
    return this.#furnished(mailbox, () => this.#rows.named.get({ mailbox, name: wanted }));
  }

  /** The folder of a role. */
  byUse(mailbox: number, use: string): Folder | undefined {
    return this.#furnished(mailbox, () => this.#rows.used.get({ mailbox, use }));
  }

  /** A mailbox that nobody has looked into yet has no folders, not even the first ones. */
  #furnished(mailbox: number, read: () => typeof folders.$inferSelect | undefined): Folder | undefined {
    let row = read();
    if (row === undefined && this.#first.get(mailbox) === null) {
      this.list(mailbox);
      row = read();
    }
    return row && folderOf(row);
  }

  byId(id: number): Folder | undefined {
    const row = this.#rows.byId.get({ id });
    return row === undefined || row.name.startsWith(TOMBSTONE) ? undefined : folderOf(row);
  }

  /** Which mailbox a folder belongs to. Cheap. @throws Refusal "notFound" */
  mailboxOf(id: number): number {
    const row = this.#byId.get(id) as { mailbox: number; name: string } | null;
    if (row === null || row.name.startsWith(TOMBSTONE)) throw new Refusal("notFound", "This folder is gone.");
    return row.mailbox;
  }

  /** The id of the INBOX, made if need be. Cheap: deliveries ask for every recipient. */
  inbox(tx: Tx, mailbox: number): number {
    const known = this.#inboxes.get(mailbox);
    if (known !== undefined && this.#byId.get(known) !== null) return known;
    const id = this.byName(mailbox, "INBOX")?.id ?? this.#insert(tx, mailbox, "INBOX");
    if (this.#inboxes.size > 10_000) this.#inboxes.clear();
    this.#inboxes.set(mailbox, id);
    return id;
  }

  /** The folder of a role, made under its usual name if there is none. */
  special(tx: Tx, mailbox: number, role: string): number {
    const found = this.byUse(mailbox, role);
    if (found !== undefined) return found.id;
    const named = this.byName(mailbox, role);
    if (named === undefined) return this.#insert(tx, mailbox, role, role);
    tx.db.update(folders).set({ specialUse: role }).where(eq(folders.id, named.id)).run();
    return named.id;
  }

  /** Makes a folder and those above it. @throws Refusal "exists", "invalid", "tooMany" */
  async create(mailbox: number, name: string, options: Creating = {}): Promise<Folder> {
    return await this.store.commit((tx) => this.createWithin(tx, mailbox, name, options));
  }

  createWithin(tx: Tx, mailbox: number, name: string, { specialUse: role, origin }: Creating = {}): Folder {
    const wanted = folderName(name.endsWith(SEPARATOR) ? name.slice(0, -1) : name);
    const present = this.list(mailbox);
    const names = new Set(present.map((folder) => folder.name));
    if (names.has(wanted)) throw new Refusal("exists", `There is already a folder “${wanted}”.`);
    this.#requireFree(present, role);
    const missing = [...parentsOf(wanted), wanted].filter((level) => !names.has(level));
    if (present.length + missing.length > MOST_FOLDERS) {
      throw new Refusal("tooMany", `A mailbox has at most ${MOST_FOLDERS} folders.`);
    }
    for (const level of missing) this.#insert(tx, mailbox, level, level === wanted ? role : undefined, origin);
    const made = this.byName(mailbox, wanted);
    if (made === undefined) throw new Error(`folder ${wanted} was not made`);
    return made;
  }

  /** Gives a folder a role, or none (RFC 6154 §5.4). @throws Refusal "exists" where another folder has it */
  assignWithin(tx: Tx, { id, mailboxId }: Folder, role: string | undefined): void {
    this.#requireFree(
      this.list(mailboxId).filter((folder) => folder.id !== id),
      role,
    );
    tx.db
      .update(folders)
      .set({ specialUse: role ?? null })
      .where(eq(folders.id, id))
      .run();
  }

  #requireFree(others: readonly Folder[], role: string | undefined): void {
    if (role === undefined || !others.some((folder) => folder.specialUse === role)) return;
    throw new Refusal("exists", `Another folder already has the role ${role}.`);
  }

  /**
   * Gives a folder and those below it a new name. Renaming INBOX moves its messages to the new folder and leaves an empty
   * INBOX with a new UIDVALIDITY (RFC 9051 §6.3.6), which keeps its rights and annotations (RFC 5464 §4.1).
   */
  async rename(mailbox: number, from: string, to: string, origin?: object): Promise<void> {
    const [before, after] = [folderName(from), folderName(to)];
    if (after === "INBOX") throw new Refusal("exists", "There is already a folder “INBOX”.");
    if (`${after}${SEPARATOR}`.startsWith(`${before}${SEPARATOR}`) && before !== "INBOX") {
      throw new Refusal("invalid", "A folder cannot be moved below itself.");
    }
    await this.store.commit((tx) => {
      const present = this.list(mailbox);
      const names = new Set(present.map((folder) => folder.name));
      const moved = present.filter(
        (folder) => folder.name === before || (before !== "INBOX" && folder.name.startsWith(`${before}${SEPARATOR}`)),
      );
      if (moved.length === 0) throw new Refusal("notFound", `There is no folder “${before}”.`);
      const renamed = moved.map((folder) => ({ folder, name: after + folder.name.slice(before.length) }));
      const taken = renamed.find(({ name }) => names.has(name));
      if (taken !== undefined) throw new Refusal("exists", `There is already a folder “${taken.name}”.`);
      for (const level of parentsOf(after)) if (!names.has(level)) this.#insert(tx, mailbox, level, undefined, origin);
      for (const { folder, name } of renamed) {
        tx.db
          .update(folders)
          .set({ name: folderName(name) })
          .where(eq(folders.id, folder.id))
          .run();
        const along = folder.name !== before && ({ along: true } as const);
        const renaming = { name, before: folder.name, ...along, ...(origin && { origin }) };
        tx.emit(foldersChanged, { kind: "renamed", mailbox, folder: folder.id, ...renaming });
      }
      if (before === "INBOX") {
        this.#inboxes.delete(mailbox);
        const inbox = this.#insert(tx, mailbox, "INBOX", undefined, origin);
        for (const { folder } of renamed) {
          this.grants.inheritWithin(tx, folder.id, inbox);
          this.annotations.copyWithin(tx, folder.id, inbox);
        }
      }
    });
  }

  /** Deletes a folder; those below it stay. Its messages are removed in slices afterwards. */
  async remove(mailbox: number, name: string, origin?: object): Promise<void> {
    const wanted = folderName(name);
    if (wanted === "INBOX") throw new Refusal("notPermitted", "INBOX cannot be deleted.");
    await this.store.commit((tx) => {
      const folder = this.byName(mailbox, wanted);
      if (folder === undefined) throw new Refusal("notFound", `There is no folder “${wanted}”.`);
      this.#bury(tx, folder, origin);
    });
  }

  /** Deletes everything of a mailbox that is gone. */
  removeAll(tx: Tx, mailbox: number): void {
    for (const row of tx.db.select().from(folders).where(eq(folders.mailbox, mailbox)).all()) {
      if (!row.name.startsWith(TOMBSTONE)) this.#bury(tx, folderOf(row));
    }
    tx.db.delete(subscriptions).where(eq(subscriptions.mailbox, mailbox)).run();
    this.usage.forget(tx, mailbox);
    this.#inboxes.delete(mailbox);
  }

  /** Ids of the mailboxes that have folders. */
  mailboxes(): number[] {
    return this.store.client
      .query<{ mailbox: number }, []>("SELECT DISTINCT mailbox FROM folders WHERE name >= char(1)")
      .all()
      .map((row) => row.mailbox);
  }

  /** Ids of deleted folders that still hold messages. */
  buried(): number[] {
    return this.store.client
      .query<{ id: number }, []>("SELECT id FROM folders WHERE name >= char(0) AND name < char(1)")
      .all()
      .map((row) => row.id);
  }

  /** Subscribes to a name or ends that; the name need not exist (RFC 9051 §6.3.7). */
  async subscribe(mailbox: number, name: string, on: boolean, origin?: object): Promise<void> {
    const wanted = folderName(name);
    await this.store.commit((tx) => {
      const folder = this.byName(mailbox, wanted);
      if (folder !== undefined) {
        tx.db.update(folders).set({ subscribed: on }).where(eq(folders.id, folder.id)).run();
      }
      const subscribed = { folder: folder?.id ?? 0, name: wanted, ...(origin && { origin }) };
      tx.emit(foldersChanged, { kind: "subscribed", mailbox, ...subscribed });
      if (on && folder === undefined) {
        if (this.subscribedOnly(mailbox).length >= MOST_FOLDERS) {
          throw new Refusal("tooMany", `A mailbox has at most ${MOST_FOLDERS} subscriptions.`);
        }
        tx.db.insert(subscriptions).values({ mailbox, name: wanted }).onConflictDoNothing().run();
      } else {
        tx.db
          .delete(subscriptions)
          .where(and(eq(subscriptions.mailbox, mailbox), eq(subscriptions.name, wanted)))
          .run();
      }
    });
  }

  /** Names that are subscribed to without a folder. */
  subscribedOnly(mailbox: number): string[] {
    return this.store.db
      .select({ name: subscriptions.name })
      .from(subscriptions)
      .where(eq(subscriptions.mailbox, mailbox))
      .all()
      .map((row) => row.name);
  }

  /**
   * Whose marks readers of a mailbox see becomes another matter: what they were told of flags does not hold any more, though no
   * message changes (RFC 7162 §3.1: a mod-sequence of its own says so).
   */
  reflagWithin(tx: Tx, mailbox: number): void {
    const changed = this.#reflag.all(mailbox) as { folder: number; modseq: number }[];
    for (const { folder, modseq } of changed) {
      tx.emit(folderChanged, { mailbox, folder, change: { kind: "reflagged", modseq } });
    }
  }

  /** Notes that the messages below UID `next` are recent for nobody who comes later (RFC 3501 §2.3.2). */
  claimRecent(tx: Tx, id: number, next: number): void {
    tx.db
      .update(folders)
      .set({ recentUid: next })
      .where(and(eq(folders.id, id), lt(folders.recentUid, next)))
      .run();
  }

  #furnish(tx: Pick<Tx, "db">, mailbox: number): void {
    const now = Date.now();
    for (const { name, specialUse } of FIRST_FOLDERS) {
      tx.db
        .insert(folders)
        .values({ mailbox, name, specialUse, uidValidity: this.#uidValidity(now), createdAt: now })
        .onConflictDoNothing()
        .run();
    }
  }

  #insert(tx: Tx, mailbox: number, name: string, specialUse?: string, origin?: object): number {
    const now = Date.now();
    const subscribed = this.subscribedOnly(mailbox).includes(name) || specialUse !== undefined || name === "INBOX";
    const row = tx.db
      .insert(folders)
      .values({ mailbox, name, specialUse, subscribed, uidValidity: this.#uidValidity(now), createdAt: now })
      .returning()
      .get();
    const above = parentsOf(name).at(-1);
    const parent = above === undefined ? undefined : this.#rows.named.get({ mailbox, name: above });
    if (parent !== undefined) this.grants.inheritWithin(tx, parent.id, row.id);
    tx.emit(foldersChanged, { kind: "created", mailbox, folder: row.id, name, ...(origin && { origin }) });
    return row.id;
  }

  /** Seconds since the epoch, and greater than any given before: a name made again never repeats its UIDVALIDITY. */
  #uidValidity(now: number): number {
    const row = this.store.client
      .query<{ value: number }, [number]>(
        `INSERT INTO facts (room, name, value) VALUES ('mailstore', 'uidValidity', ?1)
         ON CONFLICT DO UPDATE SET value = max(?1, value + 1) RETURNING value`,
      )
      .get(Math.floor(now / 1000));
    if (row === null) throw new Error("no UIDVALIDITY was given");
    return Number(row.value);
  }

  #bury(tx: Tx, folder: Folder, origin?: object): void {
    // A name stays subscribed until its owner ends that (RFC 9051 §6.3.7).
    if (folder.subscribed) {
      tx.db.insert(subscriptions).values({ mailbox: folder.mailboxId, name: folder.name }).onConflictDoNothing().run();
    }
    tx.db
      .update(folders)
      .set({ name: `${TOMBSTONE}${folder.id}`, specialUse: null, subscribed: false })
      .where(eq(folders.id, folder.id))
      .run();
    this.usage.add(tx, folder.mailboxId, -folder.exists, -folder.size);
    this.grants.forgetWithin(tx, folder.id);
    this.annotations.forgetWithin(tx, folder.id);
    tx.emit(folderChanged, { mailbox: folder.mailboxId, folder: folder.id, change: { kind: "deleted" } });
    const { id, name } = folder;
    const deleted = { mailbox: folder.mailboxId, folder: id, name, ...(origin && { origin }) };
    tx.emit(foldersChanged, { kind: "deleted", ...deleted });
  }
}

function inboxFirst(list: Folder[]): Folder[] {
  return list.sort((a, b) => Number(b.name === "INBOX") - Number(a.name === "INBOX"));
}
