/** Mail groups: limits and maintenance that a set of mailboxes shares. */
import { asc, eq, sql } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { fold } from "./address.ts";
import { mailboxChanged, mailGroupChanged } from "./changes.ts";
import { type MailGroup, mailGroupSchema, type NewMailGroup } from "./mailbox.ts";
import { mailboxes, mailGroups } from "./tables.ts";
import { validate } from "./validate.ts";

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
    return this.store.commit((tx) => {
      const values = validate(mailGroupSchema, group);
      this.#refuseTaken(values.name, 0);
      const row = tx.db
        .insert(mailGroups)
        .values({ ...values, nameKey: fold(values.name) })
        .returning()
        .get();
      tx.emit(mailGroupChanged, { id: row.id, change: "created" });
      return toGroup(row);
    });
  }

  /** Changes a mail group; of its quota only what is given. @throws Refusal "notFound", "exists", "invalid" */
  update(id: number, patch: Partial<NewMailGroup>): Promise<MailGroup> {
    return this.store.commit((tx) => {
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
    });
  }

  /** Removes a mail group; its mailboxes stay. @throws Refusal "notFound" */
  remove(id: number): Promise<void> {
    return this.store.commit((tx) => {
      this.require(id);
      const members = tx.db.select().from(mailboxes).where(eq(mailboxes.groupId, id)).all();
      tx.db.delete(mailGroups).where(eq(mailGroups.id, id)).run();
      tx.emit(mailGroupChanged, { id, change: "removed" });
      for (const { id, ownerId } of members) {
        tx.emit(mailboxChanged, { id, ownerId, change: "updated", credentials: false });
      }
    });
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
    const taken = this.store.db
      .select({ id: mailGroups.id })
      .from(mailGroups)
      .where(eq(mailGroups.nameKey, fold(name)))
      .get();
    if (taken === undefined || taken.id === except) return;
    throw new Refusal("exists", `There is already a mail group "${name}".`);
  }
}

function toGroup({ nameKey: _, ...group }: typeof mailGroups.$inferSelect): MailGroup {
  return group;
}
