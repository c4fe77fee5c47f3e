/** Users, the guest entry and templates. A user comes and goes together with his mailboxes and their addresses. */
import {
  and,
  asc,
  type Column,
  count,
  desc,
  eq,
  gt,
  inArray,
  isNull,
  like,
  ne,
  notInArray,
  notLike,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold, likePattern } from "./address.ts";
import type { Aliases } from "./aliases.ts";
import { BoundedMap } from "./cache.ts";
import { userChanged } from "./changes.ts";
import type { Domains } from "./domains.ts";
import { LastLogins } from "./last-logins.ts";
import type { Mailboxes } from "./mailboxes.ts";
import { ADMINISTRATOR, type Permission } from "./permissions.ts";
import { addresses, domains, mailboxes, users } from "./tables.ts";
import {
  type Credentials,
  GUEST_LOGIN,
  type NewUser,
  newUserSchema,
  type User,
  type UserKind,
  type UserPatch,
  userPatchSchema,
} from "./user.ts";
import { credentialColumns, defined, type NewCredentials, propertiesFor, searchText, toUser } from "./user-row.ts";
import { ENDS, endsWithin, stateIs, stateRank, type UserState } from "./user-state.ts";
import { validate } from "./validate.ts";

export type { NewCredentials } from "./user-row.ts";

const CACHED = 5_000;

/** Of the whole house: whoever looks after some domains only does not count. */
const IS_ADMINISTRATOR = and(
  eq(users.kind, "user"),
  eq(users.enabled, true),
  isNull(users.administers),
  like(users.permissions, `%"${ADMINISTRATOR}"%`),
);

/** The users of an external user database, in whatever case its name is written. */
function ofDatabase(database: string): SQL {
  return sql`lower(json_extract(${users.external}, '$.directory')) = ${database.toLowerCase()}`;
}

/** What a list of users shows. */
export interface UserQuery {
  /** Part of a login name, full name or address. */
  readonly search?: string;
  readonly kind?: UserKind;
  /** Only users all of whose addresses are in these domains (by id), and who do not administrate: what a delegated administrator sees. */
  readonly within?: ReadonlySet<number>;
  /** Only those in this state at `now`; "ending" stands for those that run and end before `endsBefore`. */
  readonly state?: UserState | "ending" | undefined;
  /** Only those with this permission. */
  readonly permission?: Permission | undefined;
  /** The time that states are told by, milliseconds since the epoch; the clock's unless given. */
  readonly now?: number;
  readonly endsBefore?: number;
  readonly sort?: UserSort;
  readonly descending?: boolean;
  /** From 1. */
  readonly page?: number;
  readonly pageSize?: number;
}

/** What a list of users is sorted by. */
export type UserSort = "login" | "fullName" | "createdAt" | "lastLogin" | "enabled" | "state" | "ends";

const SORTS: Readonly<Record<UserSort, (now: number) => Column | SQL>> = {
  login: () => users.loginKey,
  fullName: () => sql`${users.fullName} COLLATE NOCASE`,
  createdAt: () => users.createdAt,
  lastLogin: () => users.lastLoginAt,
  enabled: () => users.enabled,
  state: stateRank,
  ends: () => ENDS,
};

type Wishes = Pick<UserQuery, "search" | "kind" | "within" | "state" | "permission" | "now" | "endsBefore">;

export class Users {
  readonly #cache = new BoundedMap<number, User>(CACHED);
  readonly #ids = new BoundedMap<string, number>(CACHED);
  readonly #credentials = new BoundedMap<number, Credentials>(CACHED);
  readonly #byId;
  readonly #byLogin;
  readonly lastLogins: LastLogins;

  constructor(
    private readonly store: Store,
    private readonly domains: Domains,
    private readonly aliases: Aliases,
    private readonly mailboxes: Mailboxes,
  ) {
    this.#byId = store.db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder("id")))
      .prepare();
    this.#byLogin = store.db
      .select()
      .from(users)
      .where(eq(users.loginKey, sql.placeholder("key")))
      .prepare();
    this.lastLogins = new LastLogins(store);
    store.changes.on(userChanged, ({ id }) => {
      this.#cache.delete(id);
      this.#credentials.delete(id);
    });
  }

  /**
   * Makes a user with a primary mailbox and its addresses, or a template.
   * @throws Refusal "exists", "notFound" (template, domain), "invalid"
   */
  create(user: NewUser, credentials?: NewCredentials): Promise<User> {
    return this.store.commit((tx) => this.createWithin(tx, user, credentials));
  }

  createWithin(tx: Tx, input: NewUser, credentials?: NewCredentials): User {
    const { template, addresses, description, ...given } = validate(newUserSchema, input);
    const loginKey = this.#freeLoginKey(tx, given.login, 0);
    const now = Date.now();
    const createdAt = given.createdAt ?? now;
    const values = {
      ...propertiesFor(given.kind, template === undefined ? undefined : this.require(template), createdAt),
      ...defined(given),
    };
    const fullName = values.fullName ?? "";
    const { id } = tx.db
      .insert(users)
      .values({
        ...values,
        ...(credentials === undefined ? {} : credentialColumns(credentials, now)),
        fullName,
        loginKey,
        searchText: searchText(given.login, fullName, values.entry),
        createdAt,
        updatedAt: now,
      })
      .returning({ id: users.id })
      .get();
    if (given.kind === "user")
      this.#makePrimaryMailbox(tx, id, description ?? "", addresses ?? this.#usualAddress(tx, given.login));
    tx.emit(userChanged, { id, login: given.login, change: "created", credentials: credentials !== undefined });
    return this.#fresh(id);
  }

  /** The user of a login name, in any case. From memory after the first time. */
  get(login: string): User | undefined {
    if (login.length > 512) return undefined;
    const key = fold(login);
    const fresh = this.store.client.inTransaction;
    const id = fresh ? undefined : this.#ids.get(key);
    if (id !== undefined) {
      const user = this.byId(id);
      if (user !== undefined && fold(user.login) === key) return user;
    }
    const row = this.#byLogin.get({ key });
    if (row === undefined) return undefined;
    const user = this.lastLogins.applied(toUser(row));
    if (!fresh) {
      this.#ids.set(key, row.id);
      this.#cache.set(row.id, user);
    }
    return user;
  }

  /** The user of an id. From memory after the first time. */
  byId(id: number): User | undefined {
    if (this.store.client.inTransaction) return this.#read(id);
    const known = this.#cache.get(id);
    if (known !== undefined) return this.lastLogins.applied(known);
    const user = this.#read(id);
    if (user !== undefined) this.#cache.set(id, user);
    return user;
  }

  /**
   * The user of a login name.
   * @param field the property of the input that names the user, so that a form says it there
   * @throws Refusal "notFound"
   */
  require(login: string, field?: string): User {
    const user = this.get(login);
    if (user === undefined)
      throw new Refusal("notFound", `There is no user “${login.slice(0, 100)}”.`, field === undefined ? {} : { field });
    return user;
  }

  /** The guest entry: its permissions hold where nobody has logged in. */
  guest(): User {
    return this.require(GUEST_LOGIN);
  }

  /** One page of users (not the guest entry, unless asked for by kind), and how many there are in all. */
  list(query: UserQuery = {}): { users: User[]; total: number } {
    const { page = 1, pageSize = 100, sort = "login", now = Date.now() } = query;
    const where = this.#wanted({ ...query, now });
    const by = SORTS[sort](now);
    const order = query.descending === true ? desc(by) : asc(by);
    const db = this.store.db;
    if (query.search !== undefined && query.search.trim() !== "") return this.#found(where, order, page, pageSize);
    const total = db.select({ n: count() }).from(users).where(where).get()?.n ?? 0;
    if (total === 0) return { users: [], total };
    const rows = db
      .select()
      .from(users)
      .where(where)
      .orderBy(order, asc(users.loginKey))
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .all();
    return { users: rows.map((row) => this.lastLogins.applied(toUser(row))), total };
  }

  /** A page of what is searched for: every row is looked at once, for how many there are and for their order. */
  #found(where: SQL | undefined, order: SQL, page: number, pageSize: number): { users: User[]; total: number } {
    const { db } = this.store;
    const ids = db.select({ id: users.id }).from(users).where(where).orderBy(order, asc(users.loginKey)).values();
    const shown = ids.slice((page - 1) * pageSize, page * pageSize).map(([id]) => id as number);
    const rows = db.select().from(users).where(inArray(users.id, shown)).all();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const found = shown.map((id) => byId.get(id)).filter((row) => row !== undefined);
    return { users: found.map((row) => this.lastLogins.applied(toUser(row))), total: ids.length };
  }

  /** Ids of all users that a list with the same wishes would show, in no order. */
  ids(query: Wishes = {}): number[] {
    return this.store.db
      .select({ id: users.id })
      .from(users)
      .where(this.#wanted(query))
      .all()
      .map(({ id }) => id);
  }

  /** Users of whom an external user database decides, by id: at most `limit` of those after an id. */
  ofExternal(database: string, after = 0, limit = 200): User[] {
    return this.store.db
      .select()
      .from(users)
      .where(and(gt(users.id, after), ofDatabase(database)))
      .orderBy(asc(users.id))
      .limit(limit)
      .all()
      .map((row) => this.lastLogins.applied(toUser(row)));
  }

  /** How many users an external user database decides of. */
  countExternal(database: string): number {
    return this.store.db.select({ n: count() }).from(users).where(ofDatabase(database)).get()?.n ?? 0;
  }

  /** Enabled users with system administration privileges, the first made first. */
  administrators(): User[] {
    return this.store.db
      .select()
      .from(users)
      .where(IS_ADMINISTRATOR)
      .orderBy(asc(users.id))
      .all()
      .map((row) => this.lastLogins.applied(toUser(row)));
  }

  /**
   * Changes a user. Of the directory entry only what is given changes.
   * @throws Refusal "notFound", "exists", "invalid", "notPermitted" where it would leave nobody to administrate
   */
  update(login: string, patch: UserPatch): Promise<User> {
    return this.store.commit((tx) => this.updateWithin(tx, login, patch));
  }

  updateWithin(tx: Tx, login: string, input: UserPatch): User {
    const before = this.require(login);
    const patch = validate(
      userPatchSchema,
      input.entry ? { ...input, entry: { ...before.entry, ...input.entry } } : input,
    );
    if (before.kind === "guest" && patch.login !== undefined && patch.login !== GUEST_LOGIN) {
      throw new Refusal("notPermitted", "The guest entry keeps its name.");
    }
    if (patch.primaryMailbox !== undefined) this.#checkOwn(before, patch.primaryMailbox);
    const after = { ...before, ...defined(patch) };
    tx.db
      .update(users)
      .set({
        ...patch,
        loginKey: patch.login === undefined ? undefined : this.#freeLoginKey(tx, patch.login, before.id),
        searchText: searchText(after.login, after.fullName, after.entry),
        updatedAt: Date.now(),
      })
      .where(eq(users.id, before.id))
      .run();
    this.#refuseNoAdministrator(tx, before);
    const credentials = patch.external !== undefined || patch.login !== undefined;
    tx.emit(userChanged, { id: before.id, login: after.login, change: "updated", credentials });
    return this.#fresh(before.id);
  }

  /**
   * Removes a user with his mailboxes and their addresses, in one commit.
   * @throws Refusal "notFound", "notPermitted" for the guest entry and the last administrator
   */
  remove(login: string): Promise<void> {
    return this.store.commit((tx) => this.removeWithin(tx, login));
  }

  removeWithin(tx: Tx, login: string): void {
    const user = this.require(login);
    if (user.kind === "guest")
      throw new Refusal("notPermitted", "The guest entry stays; take its permissions away instead.");
    this.mailboxes.removeOfOwnerWithin(tx, user.id);
    tx.db.delete(users).where(eq(users.id, user.id)).run();
    this.#refuseNoAdministrator(tx, user);
    this.lastLogins.forget(user.id);
    tx.emit(userChanged, { id: user.id, login: user.login, change: "removed", credentials: true });
  }

  /** What proves who the user is. From memory after the first time. */
  credentials(id: number): Credentials | undefined {
    const fresh = this.store.client.inTransaction;
    const known = fresh ? undefined : this.#credentials.get(id);
    if (known !== undefined) return known;
    const row = this.#byId.get({ id });
    if (row === undefined) return undefined;
    const credentials = { passwordHash: row.passwordHash, scram: row.scram, changedAt: row.passwordChangedAt };
    if (!fresh) this.#credentials.set(id, credentials);
    return credentials;
  }

  /** Sets a new password's hash and keys; gives the time of the change. @throws Refusal "notFound" */
  setCredentials(id: number, credentials: NewCredentials): Promise<number> {
    return this.store.commit((tx) => this.setCredentialsWithin(tx, id, credentials));
  }

  setCredentialsWithin(tx: Tx, id: number, credentials: NewCredentials): number {
    const before = this.#read(id);
    if (before === undefined) throw new Refusal("notFound", "There is no such user.");
    // What was opened under the old password is known by the time of the change: no two changes have the same.
    const at = Math.max(Date.now(), (before.passwordChangedAt ?? 0) + 1);
    tx.db.update(users).set(credentialColumns(credentials, at)).where(eq(users.id, id)).run();
    tx.emit(userChanged, { id, login: before.login, change: "updated", credentials: true });
    return at;
  }

  /** Puts a stronger hash of the same password in the place of an older one, unless the password changed meanwhile. */
  upgradeHash(id: number, before: string, after: string): Promise<void> {
    return this.store.commit((tx) => {
      const where = and(eq(users.id, id), eq(users.passwordHash, before));
      const row = tx.db.update(users).set({ passwordHash: after }).where(where).returning({ login: users.login }).get();
      if (row !== undefined) tx.emit(userChanged, { id, login: row.login, change: "updated", credentials: false });
    });
  }

  /** Makes the guest entry where it is missing. */
  ensureGuest(): void {
    if (this.get(GUEST_LOGIN) !== undefined) return;
    const now = Date.now();
    this.store.commitNow((tx) => {
      const values = {
        ...propertiesFor("guest", undefined, now),
        kind: "guest",
        login: GUEST_LOGIN,
        loginKey: GUEST_LOGIN,
      } as const;
      const searchable = { fullName: "Whoever has not logged in", searchText: GUEST_LOGIN };
      tx.db
        .insert(users)
        .values({
          ...values,
          ...searchable,
          ...{ permissions: [], newsRead: [], webmail: false, createdAt: now, updatedAt: now },
        })
        .run();
    });
  }

  #read(id: number): User | undefined {
    const row = this.#byId.get({ id });
    return row === undefined ? undefined : this.lastLogins.applied(toUser(row));
  }

  #fresh(id: number): User {
    const user = this.#read(id);
    if (user === undefined) throw new Error(`user ${id} vanished while it was changed`);
    return user;
  }

  #makePrimaryMailbox(tx: Tx, id: number, description: string, list: readonly string[]): void {
    const mailbox = this.mailboxes.createWithin(tx, { ownerId: id, description });
    for (const address of list) this.aliases.addWithin(tx, address, mailbox.id, { exclusive: true });
    tx.db.update(users).set({ primaryMailbox: mailbox.id }).where(eq(users.id, id)).run();
  }

  /** The login name itself if it is an address here, else the login name at the first domain, if there is one. */
  #usualAddress(tx: Tx, login: string): string[] {
    const at = login.lastIndexOf("@");
    const domain = at === -1 ? this.domains.primary() : this.domains.byName(login.slice(at + 1));
    if (domain === undefined) return [];
    const local = fold(at === -1 ? login : login.slice(0, at));
    const known = tx.db
      .select({ id: addresses.id })
      .from(addresses)
      .where(and(eq(addresses.localKey, local), eq(addresses.domainId, domain.id)))
      .get();
    return known === undefined ? [`${local}@${domain.name}`] : [];
  }

  #matches(search: string): SQL {
    const pattern = likePattern(search);
    const owners = this.store.db
      .select({ id: mailboxes.ownerId })
      .from(addresses)
      .innerJoin(mailboxes, eq(mailboxes.id, addresses.mailboxId))
      .innerJoin(domains, eq(domains.id, addresses.domainId))
      .where(sql`${addresses.localKey} || '@' || ${domains.name} LIKE ${pattern} ESCAPE '\\'`);
    return or(sql`${users.searchText} LIKE ${pattern} ESCAPE '\\'`, inArray(users.id, owners)) ?? sql`1`;
  }

  #wanted({ search = "", kind = "user", within, permission, ...about }: Wishes): SQL | undefined {
    return and(
      eq(users.kind, kind),
      search.trim() === "" ? undefined : this.#matches(search),
      within === undefined ? undefined : this.#within(within),
      permission === undefined ? undefined : like(users.permissions, `%"${permission}"%`),
      inState(about),
    );
  }

  #within(domainIds: ReadonlySet<number>): SQL | undefined {
    const owners = this.store.db
      .select({ id: mailboxes.ownerId })
      .from(addresses)
      .innerJoin(mailboxes, eq(mailboxes.id, addresses.mailboxId));
    const ids = [...domainIds];
    return and(
      inArray(users.id, owners.where(inArray(addresses.domainId, ids))),
      notInArray(users.id, this.#ownersOutside(ids)),
      notLike(users.permissions, `%"${ADMINISTRATOR}"%`),
    );
  }

  #ownersOutside(domainIds: readonly number[]) {
    return this.store.db
      .select({ id: mailboxes.ownerId })
      .from(addresses)
      .innerJoin(mailboxes, eq(mailboxes.id, addresses.mailboxId))
      .where(notInArray(addresses.domainId, [...domainIds]));
  }

  #checkOwn(user: User, mailboxId: number): void {
    if (this.mailboxes.byId(mailboxId)?.ownerId !== user.id) {
      throw new Refusal("invalid", `The primary mailbox of ${user.login} must be a mailbox of ${user.login}.`);
    }
  }

  /** A change must not leave an installation that had an administrator without one. */
  #refuseNoAdministrator(tx: Tx, before: User): void {
    if (!before.permissions.has(ADMINISTRATOR) || before.administers !== null) return;
    if (!before.enabled || before.kind !== "user") return;
    const left = tx.db.select({ id: users.id }).from(users).where(IS_ADMINISTRATOR).limit(1).get();
    if (left !== undefined) return;
    throw new Refusal("notPermitted", `${before.login} is the only administrator; make another one first.`);
  }

  /** Login names of mailboxes and of users are one set, or nobody could tell whose password is asked for. */
  #freeLoginKey(tx: Tx, login: string, except: number): string {
    const key = fold(login);
    const user = tx.db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.loginKey, key), ne(users.id, except)))
      .get();
    const mailbox = tx.db.select({ id: mailboxes.id }).from(mailboxes).where(eq(mailboxes.loginKey, key)).get();
    if (user !== undefined || mailbox !== undefined)
      throw new Refusal("exists", `The login name "${login}" is already taken.`, { field: "login" });
    return key;
  }
}

function inState({ state, now = Date.now(), endsBefore = now }: Wishes): SQL | undefined {
  if (state === undefined) return undefined;
  return state === "ending" ? endsWithin(now, endsBefore) : stateIs(state, now);
}
