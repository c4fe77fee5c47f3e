/**
 * Shared folders: named folders on disk that several people reach, beside their own, in FTP. Who may do what is kept here; the
 * administration changes it (`…Within`), jails ask `mountsOf`.
 */
import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import { topic } from "../store/changes.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Limits } from "./account.ts";
import { isShown, octetsOf } from "./names.ts";
import { filesShared, filesSharedRights } from "./tables.ts";

/** Told after a shared folder or its rights changed. */
export const sharedChanged = topic<{ readonly id: number; readonly change: "created" | "updated" | "removed" }>(
  "files.shared",
);

export type Right = "read" | "write";

/** A shared folder. */
export interface SharedFolder {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** Where it lies below `files/`. */
  readonly folder: string;
  /** What everybody who has logged in may do. */
  readonly everybody: "none" | Right;
  /** Whether the guest entry reads it. */
  readonly guests: boolean;
  readonly limits: Limits;
  /** What single users may do, by user id. */
  readonly rights: Readonly<Record<number, Right>>;
  readonly createdAt: number;
}

const limit = z.number().int("A limit is a whole number.").min(0).max(Number.MAX_SAFE_INTEGER).nullable();

/** A path below `files/`, "a/b". */
export const folderSchema = z
  .string()
  .trim()
  .min(1, "Name a folder.")
  .max(400, "The path is too long.")
  .refine(
    (path) =>
      path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && isShown(octetsOf(part))) &&
      path.split("/").every((part) => octetsOf(part).length <= 255),
    "A path below the files folder, like shared/photos.",
  );

/** What can be set on a shared folder. */
export const sharedSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, "A shared folder has a name.")
    .refine((name) => octetsOf(name).length <= 200, "The name is too long.")
    .refine(
      (name) => !name.includes("/") && isShown(octetsOf(name)) && !/^\.{1,2}$/.test(name),
      "A name has no slash and no control characters.",
    ),
  description: z.string().trim().max(500, "A description has at most 500 characters."),
  folder: folderSchema,
  everybody: z.enum(["none", "read", "write"]),
  guests: z.boolean(),
  maxOctets: limit,
  maxFiles: limit,
});
export type SharedPatch = Partial<z.input<typeof sharedSchema>>;
export type NewShared = Pick<z.input<typeof sharedSchema>, "name"> & SharedPatch;

/** Where somebody reaches a shared folder, and how. */
export interface Share {
  readonly shared: SharedFolder;
  readonly right: Right;
}

export class Shares {
  #all: readonly SharedFolder[] | undefined;

  constructor(private readonly store: Store) {
    store.changes.on(sharedChanged, () => {
      this.#all = undefined;
    });
  }

  /** Every shared folder, by name. There are few: they are kept in memory. */
  list(): readonly SharedFolder[] {
    if (this.#all !== undefined) return this.#all;
    const all = this.#read();
    if (!this.store.client.inTransaction) this.#all = all;
    return all;
  }

  byId(id: number): SharedFolder | undefined {
    return this.list().find((shared) => shared.id === id);
  }

  /** By its name, in whatever case. @throws Refusal "notFound" */
  require(name: string): SharedFolder {
    const found = this.list().find((shared) => keyOf(shared.name) === keyOf(name));
    if (found === undefined) throw new Refusal("notFound", `There is no shared folder “${name.slice(0, 100)}”.`);
    return found;
  }

  /** What somebody reaches. */
  of(user: { readonly id: number; readonly kind: string }): Share[] {
    return this.list().flatMap((shared) => {
      const right = rightOf(shared, user);
      return right === undefined ? [] : [{ shared, right }];
    });
  }

  /** Makes a shared folder; it lies in `shared/<name>` unless said otherwise. @throws Refusal "exists", "invalid" */
  createWithin(tx: Tx, input: NewShared): number {
    const given = parsed({ description: "", folder: `shared/${input.name.trim()}`, ...NOTHING, ...input });
    this.#requireFree(tx, given.name, 0);
    const values = { ...given, nameKey: keyOf(given.name), createdAt: Date.now() };
    const { id } = tx.db.insert(filesShared).values(values).returning({ id: filesShared.id }).get();
    tx.emit(sharedChanged, { id, change: "created" });
    return id;
  }

  /** Changes properties. Another folder on disk is another place: what lies in the old one stays there. @throws Refusal */
  updateWithin(tx: Tx, id: number, patch: SharedPatch): void {
    const { id: _, nameKey, createdAt, octets, entries, countedAt, changing, ...before } = this.#requireRow(tx, id);
    const after = parsed({ ...before, ...patch });
    this.#requireFree(tx, after.name, id);
    const counted = after.folder === before.folder ? {} : { countedAt: null };
    tx.db
      .update(filesShared)
      .set({ ...after, ...counted, nameKey: keyOf(after.name) })
      .where(eq(filesShared.id, id))
      .run();
    tx.emit(sharedChanged, { id, change: "updated" });
  }

  /** Takes a shared folder away from everybody; what lies in it stays on disk. @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number): void {
    this.#requireRow(tx, id);
    tx.db.delete(filesShared).where(eq(filesShared.id, id)).run();
    tx.emit(sharedChanged, { id, change: "removed" });
  }

  /** Gives one user a right beyond everybody's, or (null) takes it. @throws Refusal "notFound" */
  setRightWithin(tx: Tx, id: number, userId: number, right: Right | null): void {
    this.#requireRow(tx, id);
    const where = and(eq(filesSharedRights.sharedId, id), eq(filesSharedRights.userId, userId));
    tx.db.delete(filesSharedRights).where(where).run();
    if (right !== null) tx.db.insert(filesSharedRights).values({ sharedId: id, userId, right }).run();
    tx.emit(sharedChanged, { id, change: "updated" });
  }

  /** Forgets a user that was removed. */
  forgetUserWithin(tx: Tx, userId: number): void {
    const gone = tx.db.delete(filesSharedRights).where(eq(filesSharedRights.userId, userId)).returning().all();
    for (const { sharedId } of gone) tx.emit(sharedChanged, { id: sharedId, change: "updated" });
  }

  #requireRow(tx: Tx, id: number): typeof filesShared.$inferSelect {
    const row = tx.db.select().from(filesShared).where(eq(filesShared.id, id)).get();
    if (row === undefined) throw new Refusal("notFound", "There is no such shared folder.");
    return row;
  }

  #requireFree(tx: Tx, name: string, except: number): void {
    const taken = tx.db
      .select({ id: filesShared.id })
      .from(filesShared)
      .where(and(eq(filesShared.nameKey, keyOf(name)), sql`${filesShared.id} <> ${except}`))
      .get();
    if (taken) throw new Refusal("exists", `There is a shared folder “${name}” already.`, { field: "name" });
  }

  #read(): SharedFolder[] {
    const { db } = this.store;
    const rights = new Map<number, Record<number, Right>>();
    for (const { sharedId, userId, right } of db.select().from(filesSharedRights).all()) {
      const of = rights.get(sharedId) ?? {};
      of[userId] = right;
      rights.set(sharedId, of);
    }
    return db
      .select()
      .from(filesShared)
      .orderBy(asc(filesShared.nameKey))
      .all()
      .map(({ id, name, description, folder, everybody, guests, maxOctets, maxFiles, createdAt }) => ({
        ...{ id, name, description, folder, everybody, guests, createdAt },
        limits: { octets: maxOctets, files: maxFiles },
        rights: rights.get(id) ?? {},
      }));
  }
}

const NOTHING = { everybody: "none", guests: false, maxOctets: null, maxFiles: null } as const;

/** How names are compared. */
export function keyOf(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function rightOf(shared: SharedFolder, user: { readonly id: number; readonly kind: string }): Right | undefined {
  if (user.kind === "guest") return shared.guests ? "read" : undefined;
  const own = shared.rights[user.id];
  if (own === "write" || shared.everybody === "write") return "write";
  return own ?? (shared.everybody === "read" ? "read" : undefined);
}

function parsed(input: unknown): z.output<typeof sharedSchema> {
  const result = sharedSchema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path[0];
  throw new Refusal(
    "invalid",
    issue?.message ?? "That is no shared folder.",
    field === undefined ? {} : { field: String(field) },
  );
}
