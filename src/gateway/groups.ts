/** Groups of people: named lists of users that rules are about. The directory's mail groups are limits of mailboxes, not people. */
import { asc, eq } from "drizzle-orm";
import { z } from "zod";
import { fold } from "../directory/address.ts";
import { userChanged } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import { changeOf, validate } from "../directory/validate.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { policyChanged } from "./changes.ts";
import { nameSchema, refuseTaken } from "./names.ts";
import { STANDING_GROUPS } from "./rule.ts";
import { groups, members } from "./tables.ts";

const shape = {
  name: nameSchema("group"),
  description: z.string().trim().max(500).default(""),
  members: z.array(z.string().trim().min(1).max(128)).max(10_000).default([]).describe("Login names."),
};
export const peopleGroupSchema = z.strictObject(shape);
export const peopleGroupPatchSchema = changeOf(shape);
export type PeopleGroupInput = z.input<typeof peopleGroupSchema>;
export type PeopleGroupPatch = z.input<typeof peopleGroupPatchSchema>;

/** A group of people. */
export interface PeopleGroup {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** Login names, sorted. */
  readonly members: readonly string[];
}

export class PeopleGroups {
  /** The ids of the members of each group that was asked for. */
  readonly #members = new Map<number, ReadonlySet<number>>();

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    /** The name of a rule that is about a group. */
    private readonly ruleAbout: (group: number) => string | undefined,
  ) {
    store.changes.on(policyChanged, ({ what }) => {
      if (what === "groups") this.#members.clear();
    });
    store.changes.on(userChanged, ({ change }) => {
      if (change === "removed") this.#members.clear();
    });
  }

  /** All groups by name. */
  list(): PeopleGroup[] {
    const rows = this.store.db.select().from(groups).orderBy(asc(groups.nameKey)).all();
    return rows.map((row) => this.#view(row));
  }

  /** @throws Refusal "notFound" */
  require(name: string): PeopleGroup {
    const group = this.byName(name);
    if (group === undefined) throw new Refusal("notFound", `There is no group of people “${name}”.`);
    return group;
  }

  byName(name: string): PeopleGroup | undefined {
    const row = this.store.db
      .select()
      .from(groups)
      .where(eq(groups.nameKey, fold(name.trim())))
      .get();
    return row && this.#view(row);
  }

  /** The name of a group; undefined where it is gone. */
  nameOf(id: number): string | undefined {
    return this.store.db.select({ name: groups.name }).from(groups).where(eq(groups.id, id)).get()?.name;
  }

  /** Whether a user is in a group. */
  isMember(group: number, user: number): boolean {
    let known = this.#members.get(group);
    if (known === undefined) {
      const rows = this.store.db.select({ user: members.user }).from(members).where(eq(members.group, group)).all();
      known = new Set(rows.map((row) => row.user));
      this.#members.set(group, known);
    }
    return known.has(user);
  }

  /** @throws Refusal "exists", "invalid", "notFound" for a member */
  createWithin(tx: Tx, input: PeopleGroupInput): PeopleGroup {
    const { members: logins, ...values } = validate(peopleGroupSchema, input);
    this.#refuseTaken(values.name, 0);
    const row = tx.db
      .insert(groups)
      .values({ ...values, nameKey: fold(values.name) })
      .returning()
      .get();
    this.#setMembers(tx, row.id, logins);
    tx.emit(policyChanged, { what: "groups" });
    return this.#view(row);
  }

  /** Changes what is given. @throws Refusal "notFound", "exists", "invalid" */
  updateWithin(tx: Tx, name: string, patch: PeopleGroupPatch): PeopleGroup {
    const before = this.require(name);
    const { members: logins, ...values } = validate(peopleGroupPatchSchema, patch);
    const after = { name: values.name ?? before.name, description: values.description ?? before.description };
    this.#refuseTaken(after.name, before.id);
    tx.db
      .update(groups)
      .set({ ...after, nameKey: fold(after.name) })
      .where(eq(groups.id, before.id))
      .run();
    if (logins !== undefined) this.#setMembers(tx, before.id, logins);
    tx.emit(policyChanged, { what: "groups" });
    return this.require(after.name);
  }

  /** @throws Refusal "notFound", "inUse" where a rule is about it */
  removeWithin(tx: Tx, name: string): void {
    const { id } = this.require(name);
    const rule = this.ruleAbout(id);
    if (rule !== undefined) throw new Refusal("inUse", `The rule “${rule}” is about this group; change it first.`);
    tx.db.delete(groups).where(eq(groups.id, id)).run();
    tx.emit(policyChanged, { what: "groups" });
  }

  #setMembers(tx: Tx, group: number, logins: readonly string[]): void {
    const ids = new Set(logins.map((login) => this.directory.users.require(login, "members").id));
    tx.db.delete(members).where(eq(members.group, group)).run();
    for (const user of ids) tx.db.insert(members).values({ group, user }).run();
  }

  #refuseTaken(name: string, except: number): void {
    if ((STANDING_GROUPS as readonly string[]).includes(fold(name)))
      throw new Refusal("exists", `“${name}” stands for a group that is always there; take another name.`, {
        field: "name",
      });
    refuseTaken("a group of people", name, this.store.db.select().from(groups).all(), except);
  }

  #view({ id, name, description }: typeof groups.$inferSelect): PeopleGroup {
    const rows = this.store.db.select({ user: members.user }).from(members).where(eq(members.group, id)).all();
    const logins = rows.flatMap(({ user }) => this.directory.users.byId(user)?.login ?? []);
    return { id, name, description, members: logins.sort((a, b) => a.localeCompare(b)) };
  }
}
