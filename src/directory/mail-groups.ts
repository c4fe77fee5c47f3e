/** Mail groups: limits and maintenance that a set of mailboxes shares. */
import { asc, count, eq, isNotNull, sql } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold } from "./address.ts";
import { mailboxChanged, mailGroupChanged } from "./changes.ts";
import { type MailGroup, mailGroupSchema, type NewMailGroup, type Quota } from "./mailbox.ts";
import { mailboxes, mailGroups } from "./tables.ts";
import { validate } from "./validate.ts";

/** What can be changed on a mail group; of its quota only what is given. */
export type MailGroupPatch = Partial<Omit<NewMailGroup, "quota">> & { readonly quota?: Partial<Quota> };

export class MailGroups {
  readonly #byId;

  constructor(private readonly store: Store) {
    this.#byId = store.db
      .select()
      .from(mailGroups)
      .where(eq(mailGroups.id, sql.placeholder("id")))
      .prepare();
  }

  /** Makes a mail group. @throws Refusal "exists", "invalid" */
  create(group: NewMailGroup): Promise<MailGroup> {
    return this.store.commit((tx) => this.createWithin(tx, group));
  }

  createWithin(tx: Tx, group: NewMailGroup): MailGroup {
    const values = validate(mailGroupSchema, group);
    this.#refuseTaken(values.name, 0);
    const row = tx.db
      .insert(mailGroups)
      .values({ ...values, nameKey: fold(values.name) })
      .returning()
      .get();
    tx.emit(mailGroupChanged, { id: row.id, change: "created" });
    return toGroup(row);
  }

  /** Changes a mail group; of its quota only what is given. @throws Refusal "notFound", "exists", "invalid" */
  update(id: number, patch: MailGroupPatch): Promise<MailGroup> {
    return this.store.commit((tx) => this.updateWithin(tx, id, patch));
  }

  updateWithin(tx: Tx, id: number, patch: MailGroupPatch): MailGroup {
    const { id: _, ...before } = this.require(id);
    const quota = { ...before.quota, ...patch.quota };
    const values = validate(mailGroupSchema, { ...before, ...patch, quota });
    this.#refuseTaken(values.name, id);
    tx.db
      .update(mailGroups)
      .set({ ...values, nameKey: fold(values.name) })
      .where(eq(mailGroups.id, id))
      .run();
    tx.emit(mailGroupChanged, { id, change: "updated" });
    return { ...values, id };
  }

  /** Removes a mail group; its mailboxes stay. @throws Refusal "notFound" */
  remove(id: number): Promise<void> {
    return this.store.commit((tx) => this.removeWithin(tx, id));
  }

  removeWithin(tx: Tx, id: number): void {
    this.require(id);
    const members = tx.db.select().from(mailboxes).where(eq(mailboxes.groupId, id)).all();
    tx.db.delete(mailGroups).where(eq(mailGroups.id, id)).run();
    tx.emit(mailGroupChanged, { id, change: "removed" });
    for (const { id, ownerId } of members) {
      tx.emit(mailboxChanged, { id, ownerId, change: "updated", credentials: false });
    }
  }

  /** The group of a name, in any case. */
  byName(name: string): MailGroup | undefined {
    const row = this.store.db
      .select()
      .from(mailGroups)
      .where(eq(mailGroups.nameKey, fold(name.trim())))
      .get();
    return row === undefined ? undefined : toGroup(row);
  }

  /** How many mailboxes each group has; those without any are missing. */
  members(): Map<number, number> {
    const rows = this.store.db
      .select({ id: mailboxes.groupId, n: count() })
      .from(mailboxes)
      .where(isNotNull(mailboxes.groupId))
      .groupBy(mailboxes.groupId)
      .all();
    return new Map(rows.map(({ id, n }) => [id ?? 0, n]));
  }

  byId(id: number): MailGroup | undefined {
    const row = this.#byId.get({ id });
    return row === undefined ? undefined : toGroup(row);
  }

  /** @throws Refusal "notFound" */
  require(id: number): MailGroup {
    const group = this.byId(id);
    if (group === undefined) throw new Refusal("notFound", "There is no such mail group.");
    return group;
  }

  /** All mail groups by name. */
  list(): MailGroup[] {
    return this.store.db.select().from(mailGroups).orderBy(asc(mailGroups.nameKey)).all().map(toGroup);
  }

  /** The id of a group that exists, or null for none. @throws Refusal "notFound" */
  checked(id: number | null): number | null {
    return id === null ? null : this.require(id).id;
  }

  #refuseTaken(name: string, except: number): void {
    const taken = this.byName(name);
    if (taken === undefined || taken.id === except) return;
    throw new Refusal("exists", `There is already a mail group "${name}".`);
  }
}

function toGroup({ nameKey: _, ...group }: typeof mailGroups.$inferSelect): MailGroup {
  return group;
}
