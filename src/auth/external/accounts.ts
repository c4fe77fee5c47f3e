/**
 * What a person of an external database is here: a user with that database as the place of his password, with the template of his group,
 * addresses in local domains, and what the database says about him. Local accounts are never taken over, and nobody becomes an
 * administrator by way of a group unless the rule says so.
 */
import { eq } from "drizzle-orm";
import { fold, splitAddress } from "../../directory/address.ts";
import type { Directory } from "../../directory/directory.ts";
import { ADMINISTRATOR, type Permission } from "../../directory/permissions.ts";
import { directoryEntrySchema, loginSchema, type NewUser, type User, type UserPatch } from "../../directory/user.ts";
import type { Store, Tx } from "../../store/store.ts";
import { webSessions } from "../tables.ts";
import type { UserDatabase } from "./databases.ts";
import { comparableDn, isDn } from "./dn.ts";
import { ruleFor } from "./groups.ts";
import type { Person } from "./person.ts";
import { externalUsers } from "./tables.ts";

/** One property that changes, in words. */
export interface FieldChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** A user to be made, or why none can be. */
export type NewAccount =
  | {
      readonly user: NewUser;
      readonly addresses: readonly string[];
      readonly template: string;
      readonly notes: string[];
    }
  | { readonly conflict: string };

/** What is to be changed on a user. */
export interface AccountChange {
  readonly patch: UserPatch;
  readonly addAddresses: readonly string[];
  readonly fields: readonly FieldChange[];
  /** What cannot be done, in words. */
  readonly notes: readonly string[];
}

/** Users by what ties them to a database. */
export class Accounts {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
  ) {}

  /** The template for somebody in these groups, and the permissions it gives; an empty name stands for the usual ones. */
  templateFor(
    database: UserDatabase,
    groups: readonly string[],
  ): { name: string; permissions?: Permission[]; administers?: number[] | null; note?: string } {
    const rule = ruleFor(database.rules, groups);
    const name = rule?.template ?? database.template;
    if (name === "") return { name };
    const template = this.directory.users.get(name);
    if (template?.kind !== "template") return { name: "", note: `There is no template "${name}".` };
    const permissions = [...template.permissions];
    const administers = template.administers && [...template.administers];
    if (!template.permissions.has(ADMINISTRATOR) || rule?.administrator === true)
      return { name, permissions, administers };
    return {
      ...{ name, permissions: permissions.filter((permission) => permission !== ADMINISTRATOR) },
      note: `The template "${name}" makes administrators, which its rule does not allow; that permission is left out.`,
    };
  }

  /** The account that a person would get. */
  newAccount(database: UserDatabase, person: Person, groups: readonly string[]): NewAccount {
    const login = loginSchema.safeParse(person.login);
    if (person.login === "") return { conflict: `The entry has no ${database.loginAttribute}.` };
    if (!login.success) return { conflict: login.error.issues[0]?.message ?? "The login name cannot be used here." };
    const taken = this.#holderOf(login.data);
    if (taken !== undefined) return { conflict: taken };
    const template = this.templateFor(database, groups);
    const { free, notes } = this.#addressesFor(database, person);
    if (free.length === 0) return { conflict: notes[0] ?? "There is no address for it: no domain is local." };
    const model = template.name === "" ? undefined : this.directory.users.get(template.name);
    const shared = model && {
      ...model.entry,
      givenName: "",
      familyName: "",
      phoneMobile: "",
      phoneHome: "",
      notes: "",
    };
    const administers = template.permissions?.includes(ADMINISTRATOR) === true ? {} : { administers: null };
    const user: NewUser = {
      ...{ login: login.data, fullName: person.fullName, addresses: free, ...administers },
      ...(template.name !== "" && { template: template.name }),
      ...(template.permissions && { permissions: template.permissions }),
      external: { directory: database.name, id: person.id },
      entry: directoryEntrySchema.parse({ ...shared, ...person.entry }),
    };
    return { user, addresses: free, template: template.name, notes: template.note ? [...notes, template.note] : notes };
  }

  /** What is to be changed on a user so that he is as the database says. */
  changesOf(database: UserDatabase, user: User, person: Person, groups: readonly string[]): AccountChange {
    const fields: FieldChange[] = [];
    const patch: UserPatch = {};
    const notes: string[] = [];
    const differs = (name: string, from: string, to: string) => {
      if (from !== to) fields.push({ name, from, to });
      return from !== to;
    };
    const login = loginSchema.safeParse(person.login);
    if (login.success && fold(login.data) !== fold(user.login)) {
      const taken = this.#holderOf(login.data);
      if (taken !== undefined) notes.push(`It cannot be renamed. ${taken}`);
      else if (differs("login", user.login, login.data)) patch.login = login.data;
    }
    if (person.fullName !== "" && differs("fullName", user.fullName, person.fullName)) patch.fullName = person.fullName;
    const entry = Object.entries(person.entry).filter(([name, value]) =>
      differs(name, user.entry[name as keyof Person["entry"]], value),
    );
    if (entry.length > 0) patch.entry = { ...user.entry, ...Object.fromEntries(entry) };
    if (user.external !== null && !sameIdentity(user.external.id, person.id))
      patch.external = { directory: database.name, id: person.id };
    const off = this.#switchedOff(user);
    if (person.disabled && user.enabled && differs("enabled", "yes", "no")) patch.enabled = false;
    if (!person.disabled && !user.enabled && off && differs("enabled", "no", "yes")) patch.enabled = true;
    if (database.permissionsFollow) this.#followGroups(database, user, groups, { patch, notes, differs });
    const own = new Set(this.directory.addressesOf(user.id).map(fold));
    const { free, notes: taken } = this.#addressesFor(database, person, user.id);
    const addAddresses = free.filter((address) => !own.has(fold(address)));
    if (addAddresses.length > 0) fields.push({ name: "addresses", from: "", to: addAddresses.join(", ") });
    return { patch, addAddresses, fields, notes: [...notes, ...taken] };
  }

  /** Makes an account. @throws Refusal */
  createWithin(tx: Tx, account: Extract<NewAccount, { user: NewUser }>): User {
    return this.directory.users.createWithin(tx, account.user);
  }

  /** Changes an account. @throws Refusal */
  updateWithin(tx: Tx, user: User, { patch, addAddresses }: AccountChange): User {
    const after = Object.keys(patch).length === 0 ? user : this.directory.users.updateWithin(tx, user.login, patch);
    for (const address of addAddresses)
      this.directory.aliases.addWithin(tx, address, user.primaryMailbox, { exclusive: true });
    if (patch.enabled !== undefined) this.#noteSwitch(tx, user, !patch.enabled);
    return after;
  }

  /** Switches the account off of somebody whose entry is gone, or on again. @throws Refusal */
  switchWithin(tx: Tx, user: User, enabled: boolean): User {
    this.#noteSwitch(tx, user, !enabled);
    return this.directory.users.updateWithin(tx, user.login, { enabled });
  }

  #noteSwitch(tx: Tx, { id }: User, switchedOff: boolean): void {
    // What was open before does not open again with the account.
    tx.db.delete(webSessions).where(eq(webSessions.user, id)).run();
    tx.db
      .insert(externalUsers)
      .values({ userId: id, switchedOff })
      .onConflictDoUpdate({ target: externalUsers.userId, set: { switchedOff } })
      .run();
  }

  /** Whether the account was switched off because the database said so. What an administrator switched off stays off. */
  #switchedOff({ id }: User): boolean {
    return this.store.db.select().from(externalUsers).where(eq(externalUsers.userId, id)).get()?.switchedOff ?? false;
  }

  #followGroups(
    database: UserDatabase,
    user: User,
    groups: readonly string[],
    change: { patch: UserPatch; notes: string[]; differs: (name: string, from: string, to: string) => boolean },
  ): void {
    const { permissions, administers = null, note } = this.templateFor(database, groups);
    if (note !== undefined) change.notes.push(note);
    if (permissions === undefined) return;
    const text = (names: Iterable<string>) => [...names].sort().join(", ");
    if (!change.differs("permissions", text(user.permissions), text(permissions))) return;
    change.patch.permissions = permissions;
    // The permission alone would make an administrator of everything.
    if (permissions.includes(ADMINISTRATOR) && !user.permissions.has(ADMINISTRATOR))
      change.patch.administers = administers;
  }

  /** Who has a login name already, in words; undefined where it is free. */
  #holderOf(login: string): string | undefined {
    const holder = this.directory.users.get(login);
    if (holder?.kind === "template") return `A template is called ${holder.login}.`;
    if (holder?.kind === "guest") return "The guest entry has this name.";
    if (holder !== undefined && holder.external === null) return `There is a local account ${holder.login}.`;
    if (holder !== undefined)
      return `The account ${holder.login} belongs to the user database ${holder.external?.directory}.`;
    return this.directory.mailboxes.byLogin(login) === undefined ? undefined : `A mailbox has the login name ${login}.`;
  }

  /** The addresses a person gets: those of the database in local domains, or the login name in the domain that is set. */
  #addressesFor(database: UserDatabase, person: Person, owner?: number): { free: string[]; notes: string[] } {
    const { domains, mailboxes } = this.directory;
    const local = person.mails.filter((mail) => {
      const parts = splitAddress(mail);
      return parts !== undefined && domains.byNormalName(parts.domain) !== undefined;
    });
    const domain = database.domain === "" ? domains.primary() : domains.byName(database.domain);
    const usual = person.login.includes("@") ? person.login : `${person.login}@${domain?.name ?? ""}`;
    const usualParts = splitAddress(usual);
    const usualFits = usualParts !== undefined && domains.byNormalName(usualParts.domain) !== undefined;
    // Who is there already has an address; the login name is a stopgap for the beginning.
    const wanted = local.length > 0 || owner !== undefined ? local : usualFits ? [usual.toLowerCase()] : [];
    const free: string[] = [];
    const notes: string[] = [];
    for (const address of wanted) {
      const holders = this.directory.aliases
        .list({ address })
        .map(({ mailboxId }) => mailboxes.byId(mailboxId)?.ownerId);
      if (holders.every((id) => id === owner)) free.push(address);
      else notes.push(`The address ${address} belongs to somebody else.`);
    }
    return { free, notes };
  }
}

/** Whether two stored identities are the same. */
export function sameIdentity(left: string, right: string): boolean {
  return left === right || (isDn(left) && isDn(right) && comparableDn(left) === comparableDn(right));
}
