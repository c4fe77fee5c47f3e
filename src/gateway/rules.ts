/** The rules as they are kept: in order, with people, groups and lists by id. */
import { asc, eq, max } from "drizzle-orm";
import type { Directory } from "../directory/directory.ts";
import { validate } from "../directory/validate.ts";
import { Refusal } from "../refusal.ts";
import { placeWithin } from "../store/order.ts";
import type { Store, Tx } from "../store/store.ts";
import { policyChanged } from "./changes.ts";
import type { PeopleGroups } from "./groups.ts";
import type { HostLists } from "./lists.ts";
import { refuseTaken } from "./names.ts";
import type { NumberedRule } from "./policy.ts";
import {
  type Rule,
  type RuleInput,
  type RuleValues,
  ruleSchema,
  STANDING_GROUPS,
  type StandingGroup,
  type StoredRule,
} from "./rule.ts";
import { rules } from "./tables.ts";

/** Most rules there may be. */
const MOST_RULES = 1_000;

/** How a user is named who is gone: a rule about him alone must not become one about everybody when it is changed. */
const GONE = /^#\d{1,15}$/;

/** How people and lists that rules name are found. */
export interface RuleWorld {
  readonly directory: Directory;
  readonly groups: Pick<PeopleGroups, "byName" | "nameOf">;
  readonly lists: Pick<HostLists, "byName" | "nameOf">;
}

export class Rules {
  constructor(
    private readonly store: Store,
    private readonly world: RuleWorld,
  ) {}

  /** All rules in order. */
  list(): Rule[] {
    return this.#rows().map((row, at) => this.#view(row, at + 1));
  }

  /** All rules in order, as they are kept. */
  stored(): NumberedRule[] {
    return this.#rows().map(({ id, rule }) => ({ ...rule, id }));
  }

  /** @throws Refusal "notFound" */
  require(id: number): Rule {
    const found = this.list().find((rule) => rule.id === id);
    if (found === undefined) throw new Refusal("notFound", "There is no such rule.");
    return found;
  }

  /**
   * Makes a rule: at a position from 1, or as the last one.
   * @throws Refusal "invalid", "exists", "notFound" for a user, group or list, "tooMany"
   */
  createWithin(tx: Tx, input: RuleInput, position?: number): Rule {
    const stored = this.#stored(validate(ruleSchema, input));
    this.#refuseTaken(stored.name);
    if (this.#rows().length >= MOST_RULES) throw new Refusal("tooMany", `There are at most ${MOST_RULES} rules.`);
    const last =
      tx.db
        .select({ last: max(rules.position) })
        .from(rules)
        .get()?.last ?? 0;
    const { id } = tx.db
      .insert(rules)
      .values({ position: last + 1, rule: stored })
      .returning()
      .get();
    if (position !== undefined) this.#place(tx, id, position);
    tx.emit(policyChanged, { what: "rules" });
    return this.require(id);
  }

  /** Changes what is given. @throws Refusal "notFound", "exists", "invalid" */
  updateWithin(tx: Tx, id: number, patch: Partial<RuleInput>): Rule {
    const row = this.#rows().find((one) => one.id === id);
    if (row === undefined) throw new Refusal("notFound", "There is no such rule.");
    const { id: _, position: __, ...before } = this.#view(row, 0);
    const after = this.#stored(validate(ruleSchema, { ...before, ...patch }));
    if (after.name !== row.rule.name) this.#refuseTaken(after.name, id);
    tx.db.update(rules).set({ rule: after }).where(eq(rules.id, id)).run();
    tx.emit(policyChanged, { what: "rules" });
    return this.require(id);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number): void {
    this.require(id);
    tx.db.delete(rules).where(eq(rules.id, id)).run();
    tx.emit(policyChanged, { what: "rules" });
  }

  /** Moves a rule to a position from 1. @throws Refusal "notFound" */
  moveWithin(tx: Tx, id: number, position: number): Rule {
    this.require(id);
    this.#place(tx, id, position);
    tx.emit(policyChanged, { what: "rules" });
    return this.require(id);
  }

  /** The name of a rule that is about a group of people. */
  aboutGroup(group: number): string | undefined {
    return this.#rows().find(({ rule }) => rule.groups.includes(group))?.rule.name;
  }

  /** The name of a rule that names a list. */
  aboutList(list: number): string | undefined {
    return this.#rows().find(({ rule }) => rule.hosts.includes(`list:${list}`))?.rule.name;
  }

  /** Two of one name could not be told apart in the log. */
  #refuseTaken(name: string, except?: number): void {
    const others = this.#rows().map(({ id, rule }) => ({ id, name: rule.name }));
    refuseTaken("a rule", name, others, except);
  }

  #rows() {
    const rows = this.store.db.select().from(rules).orderBy(asc(rules.position), asc(rules.id)).all();
    // Rules of before there were addresses in them name none.
    return rows.map((row) => ({ ...row, rule: { ...row.rule, urls: row.rule.urls ?? [] } }));
  }

  #place(tx: Tx, id: number, position: number): void {
    placeWithin(
      tx,
      rules,
      this.#rows().map((row) => row.id),
      id,
      position,
    );
  }

  #stored({ users, groups, hosts, ...rest }: RuleValues): StoredRule {
    const { directory } = this.world;
    return {
      ...rest,
      users: users.map((login) =>
        GONE.test(login) ? Number(login.slice(1)) : directory.users.require(login, "users").id,
      ),
      groups: groups.map((name) => this.#groupId(name)),
      hosts: hosts.map((host) => (/^list:/i.test(host) ? `list:${this.#listId(host.slice(5).trim())}` : host)),
    };
  }

  #groupId(name: string): number | StandingGroup {
    const standing = STANDING_GROUPS.find((one) => one === name.toLowerCase());
    if (standing !== undefined) return standing;
    const group = this.world.groups.byName(name);
    if (group === undefined) throw new Refusal("notFound", `There is no group of people “${name}”.`);
    return group.id;
  }

  #listId(name: string): number {
    const list = this.world.lists.byName(name);
    if (list === undefined) throw new Refusal("notFound", `There is no list “${name}”.`, { field: "hosts" });
    return list.id;
  }

  #view({ id, rule }: { readonly id: number; readonly rule: StoredRule }, position: number): Rule {
    const { directory, groups, lists } = this.world;
    return {
      ...rule,
      ...{ id, position },
      users: rule.users.map((user) => directory.users.byId(user)?.login ?? `#${user}`),
      groups: rule.groups.flatMap((group) => (typeof group === "number" ? (groups.nameOf(group) ?? []) : group)),
      hosts: rule.hosts.flatMap((host) => {
        if (!host.startsWith("list:")) return host;
        const name = lists.nameOf(Number(host.slice(5)));
        return name === undefined ? [] : `list:${name}`;
      }),
    };
  }
}
