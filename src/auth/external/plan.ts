/**
 * What an import would do, entry by entry: create, update (which fields from what to what), leave alone, switch off, or why it cannot.
 * Nothing is changed here.
 */
import type { Directory } from "../../directory/directory.ts";
import type { User } from "../../directory/user.ts";
import type { Turns } from "../../turns.ts";
import { type AccountChange, type Accounts, type FieldChange, type NewAccount, sameIdentity } from "./accounts.ts";
import type { UserDatabase } from "./databases.ts";
import { comparableDn, isDn } from "./dn.ts";
import type { Everybody } from "./people.ts";
import type { Person } from "./person.ts";
import type { PlanAction } from "./report.ts";

/** What is to be done about one entry, or about one user whose entry is gone. */
export interface PlanItem {
  /** Names the item among all of the database: the identity of the entry. */
  readonly key: string;
  readonly action: PlanAction;
  readonly login: string;
  readonly fullName: string;
  readonly dn: string;
  /** For new users; empty for the usual permissions. */
  readonly template: string;
  /** For new users. */
  readonly addresses: readonly string[];
  readonly fields: readonly FieldChange[];
  /** Why there is a conflict, and what could not be taken over. */
  readonly notes: readonly string[];
  readonly work:
    | { readonly kind: "create"; readonly account: Extract<NewAccount, { user: unknown }> }
    | { readonly kind: "update"; readonly user: User; readonly change: AccountChange }
    | { readonly kind: "disable"; readonly user: User }
    | undefined;
}

/** Everything that an import would do. */
export interface Plan {
  readonly items: readonly PlanItem[];
  readonly counts: Readonly<Record<PlanAction, number>>;
  /** Users of the database before. */
  readonly users: number;
}

/** Compares everybody in a database with the users here. */
export class Planner {
  readonly #byIdentity = new Map<string, User>();
  readonly #byLogin = new Map<string, User>();
  readonly #met = new Set<number>();
  readonly #logins = new Set<string>();
  readonly #addresses = new Set<string>();

  constructor(
    private readonly directory: Directory,
    private readonly accounts: Accounts,
    private readonly database: UserDatabase,
    private readonly turns: Turns,
  ) {}

  async plan({ people, groupsOf }: Everybody): Promise<Plan> {
    const users = await this.#load();
    const items: PlanItem[] = [];
    for (const person of people) {
      if (this.turns.over) await this.turns.next();
      items.push(this.#itemFor(person, groupsOf(person)));
    }
    for (const user of users) if (!this.#met.has(user.id)) items.push(this.#vanished(user));
    const counts = { create: 0, update: 0, leave: 0, disable: 0, conflict: 0 };
    for (const { action } of items) counts[action]++;
    return { items, counts, users: users.length };
  }

  async #load(): Promise<User[]> {
    const all: User[] = [];
    for (let after = 0; ; ) {
      const some = this.directory.users.ofExternal(this.database.name, after);
      for (const user of some) {
        const id = user.external?.id ?? "";
        if (id !== "") this.#byIdentity.set(keyOf(id), user);
        this.#byLogin.set(user.login.toLowerCase(), user);
      }
      all.push(...some);
      const last = some.at(-1);
      if (last === undefined) return all;
      after = last.id;
      await this.turns.next();
    }
  }

  #itemFor(person: Person, groups: readonly string[]): PlanItem {
    const user = this.#userOf(person);
    if (user === undefined) return this.#newcomer(person, groups);
    this.#met.add(user.id);
    const change = this.accounts.changesOf(this.database, user, person, groups);
    const nothing = Object.keys(change.patch).length === 0 && change.addAddresses.length === 0;
    return {
      ...itemOf(person, nothing ? "leave" : "update"),
      ...{ login: user.login, fields: change.fields, notes: change.notes },
      work: nothing ? undefined : { kind: "update", user, change },
    };
  }

  #newcomer(person: Person, groups: readonly string[]): PlanItem {
    if (person.disabled) {
      const notes = ["The directory says that the account is switched off, so none is made."];
      return { ...itemOf(person, "leave"), notes };
    }
    const account = this.accounts.newAccount(this.database, person, groups);
    if ("conflict" in account) return { ...itemOf(person, "conflict"), notes: [account.conflict] };
    const key = person.login.toLowerCase();
    const twice = this.#logins.has(key)
      ? `Another entry has the login name ${person.login}, too.`
      : account.addresses.some((address) => this.#addresses.has(address.toLowerCase()))
        ? `Another entry has the address ${account.addresses[0]}, too.`
        : undefined;
    if (twice !== undefined) return { ...itemOf(person, "conflict"), notes: [twice] };
    this.#logins.add(key);
    for (const address of account.addresses) this.#addresses.add(address.toLowerCase());
    const { template, addresses, notes } = account;
    return { ...itemOf(person, "create"), template, addresses, notes, work: { kind: "create", account } };
  }

  /** The user of a person: by identity; by login name only where no identity was noted yet. */
  #userOf({ id, dn, login }: Person): User | undefined {
    const known = this.#byIdentity.get(keyOf(id)) ?? this.#byIdentity.get(keyOf(dn));
    if (known !== undefined) return known;
    const user = this.#byLogin.get(login.toLowerCase());
    return user?.external?.id === "" ? user : undefined;
  }

  #vanished(user: User): PlanItem {
    const disables = this.database.vanished === "disable" && user.enabled;
    return {
      ...{ key: user.external?.id || `user:${user.id}`, action: disables ? "disable" : "leave" },
      ...{ login: user.login, fullName: user.fullName, dn: "", template: "", addresses: [] },
      fields: disables ? [{ name: "enabled", from: "yes", to: "no" }] : [],
      notes: ["There is no entry for this user any more."],
      work: disables ? { kind: "disable", user } : undefined,
    };
  }
}

function itemOf({ id, login, fullName, dn }: Person, action: PlanAction): PlanItem {
  return { key: id, action, login, fullName, dn, template: "", addresses: [], fields: [], notes: [], work: undefined };
}

function keyOf(id: string): string {
  return isDn(id) ? comparableDn(id) : id;
}

/** Whether a user is the one of an identity. */
export function isUserOf(user: User, database: string, id: string): boolean {
  const { external } = user;
  return external?.directory.toLowerCase() === database.toLowerCase() && sameIdentity(external.id, id);
}
