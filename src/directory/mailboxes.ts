/** Mailboxes and who else reaches them. What lies in a mailbox is the mail store's. */
import { and, asc, count, desc, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold, likePattern } from "./address.ts";
import type { Aliases } from "./aliases.ts";
import { BoundedMap } from "./cache.ts";
import { domainChanged, mailboxChanged, mailboxRemoved, shareChanged } from "./changes.ts";
import type { MailGroups } from "./mail-groups.ts";
import {
  type Autoresponder,
  autoresponderSchema,
  type Expiry,
  effectiveExpiry,
  effectiveQuota,
  expirySchema,
  forwardingSchema,
  type Mailbox,
  type MailboxPatch,
  mailboxPatchSchema,
  type NewMailbox,
  newMailboxSchema,
  type Quota,
  quotaSchema,
} from "./mailbox.ts";
import { ownerWithin } from "./reach.ts";
import { addresses, domains, mailboxes, mailboxShares, mailGroups, users } from "./tables.ts";
import type { Credentials, ScramKeys } from "./user.ts";
import { validate } from "./validate.ts";

const CACHED = 5_000;
const EMPTY = {
  quota: quotaSchema.parse({}),
  forwarding: forwardingSchema.parse({}),
  autoresponder: autoresponderSchema.parse({}),
  expiry: expirySchema.parse({}),
};
const SORTS = {
  id: mailboxes.id,
  owner: sql`(SELECT login_key FROM users WHERE id = ${mailboxes.ownerId})`,
  description: mailboxes.description,
} as const;
/** Whoever knew a mailbox's own password must not read it once it is somebody else's. */
const NO_PASSWORD = { passwordHash: null, scram: null, passwordChangedAt: null } as const;
/** The rights of RFC 4314 §2.1, in that document's order. */
export const RIGHTS = "lrswipkxtea";
/** What "anyone" is called where rights are given by name (RFC 4314 §2). */
export const ANYONE = "anyone";

/** Rights in order, each once. */
export function sortedRights(rights: string): string {
  return rights === "" ? "" : [...RIGHTS].filter((right) => rights.includes(right)).join("");
}

/** What proves the right to read a mailbox by its own name. */
export interface MailboxCredentials {
  readonly passwordHash: string;
  readonly scram: ScramKeys | null;
}

export interface MailboxQuery {
  readonly search?: string;
  readonly ownerId?: number;
  readonly groupId?: number;
  /** Only mailboxes of users whose addresses are all in these domains, and who do not administrate. */
  readonly within?: ReadonlySet<number>;
  readonly sort?: "id" | "owner" | "description";
  readonly descending?: boolean;
  readonly page?: number;
  readonly pageSize?: number;
}

/** Which mailbox another user reaches, and how. */
export interface Share {
  readonly mailboxId: number;
  readonly userId: number;
  /** RFC 4314 rights, in that document's order. */
  readonly rights: string;
}

export class Mailboxes {
  readonly #cache = new BoundedMap<number, Mailbox>(CACHED);
  readonly #byId;
  readonly #byLogin;
  readonly #byOwner;
  readonly #rights;
  readonly #reached;
  readonly #exists;
  #anyone: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly aliases: Aliases,
    private readonly groups: MailGroups,
  ) {
    this.#byId = store.db
      .select()
      .from(mailboxes)
      .where(eq(mailboxes.id, sql.placeholder("id")))
      .prepare();
    this.#byLogin = store.db
      .select()
      .from(mailboxes)
      .where(eq(mailboxes.loginKey, sql.placeholder("key")))
      .prepare();
    this.#reached = store.db
      .select()
      .from(mailboxShares)
      .where(eq(mailboxShares.userId, sql.placeholder("user")))
      .orderBy(asc(mailboxShares.mailboxId))
      .prepare();
    this.#byOwner = store.db
      .select()
      .from(mailboxes)
      .where(eq(mailboxes.ownerId, sql.placeholder("owner")))
      .orderBy(asc(mailboxes.id))
      .prepare();
    this.#exists = store.client.prepare("SELECT 1 FROM mailboxes WHERE id = ?");
    this.#rights = store.db
      .select({ rights: mailboxShares.rights })
      .from(mailboxShares)
      .where(
        and(eq(mailboxShares.mailboxId, sql.placeholder("mailbox")), eq(mailboxShares.userId, sql.placeholder("user"))),
      )
      .prepare();
    store.changes.on(mailboxChanged, (change) => this.#cache.delete(change.id));
    store.changes.on(mailboxRemoved, (change) => this.#cache.delete(change.id));
  }

  /** Makes a mailbox with its addresses. @throws Refusal "notFound" (owner, domain), "exists", "invalid" */
  create(mailbox: NewMailbox): Promise<Mailbox> {
    return this.store.commit((tx) => this.createWithin(tx, mailbox));
  }

  createWithin(tx: Tx, input: NewMailbox): Mailbox {
    const { addresses, login = null, ...rest } = validate(newMailboxSchema, input);
    this.#checkOwner(tx, rest.ownerId);
    const row = tx.db
      .insert(mailboxes)
      .values({
        ownerId: rest.ownerId,
        groupId: this.groups.checked(rest.groupId ?? null),
        description: rest.description ?? "",
        login,
        loginKey: this.#freeLoginKey(tx, login, 0),
        quota: rest.quota ?? EMPTY.quota,
        forwarding: rest.forwarding ?? EMPTY.forwarding,
        autoresponder: rest.autoresponder ?? EMPTY.autoresponder,
        expiry: rest.expiry ?? EMPTY.expiry,
        ownReadMarks: rest.ownReadMarks ?? false,
        createdAt: Date.now(),
      })
      .returning()
      .get();
    for (const address of addresses) this.aliases.addWithin(tx, address, row.id);
    tx.emit(mailboxChanged, { id: row.id, ownerId: row.ownerId, change: "created", credentials: false });
    return toMailbox(row);
  }

  /** The mailbox of an id. From memory after the first time. */
  byId(id: number): Mailbox | undefined {
    const fresh = this.store.client.inTransaction;
    const known = fresh ? undefined : this.#cache.get(id);
    if (known !== undefined) return known;
    const row = this.#byId.get({ id });
    if (row === undefined) return undefined;
    const mailbox = toMailbox(row);
    if (!fresh) this.#cache.set(id, mailbox);
    return mailbox;
  }

  /** Whether a mailbox exists. Cheap inside a commit too, where `byId` reads the whole row anew. */
  has(id: number): boolean {
    return this.#exists.get(id) !== null;
  }

  /** @throws Refusal "notFound" */
  require(id: number): Mailbox {
    const mailbox = this.byId(id);
    if (mailbox === undefined) throw new Refusal("notFound", "There is no such mailbox.");
    return mailbox;
  }

  /** The mailbox that has a login name of its own. */
  byLogin(login: string): Mailbox | undefined {
    const row = this.#byLogin.get({ key: fold(login) });
    return row === undefined ? undefined : toMailbox(row);
  }

  /** The mailboxes of an owner or a mail group, or all; the oldest first. */
  list(filter: { owner?: number; group?: number } = {}): Mailbox[] {
    if (filter.owner !== undefined && filter.group === undefined) {
      return this.#byOwner.all({ owner: filter.owner }).map(toMailbox);
    }
    const conditions: SQL[] = [];
    if (filter.owner !== undefined) conditions.push(eq(mailboxes.ownerId, filter.owner));
    if (filter.group !== undefined) conditions.push(eq(mailboxes.groupId, filter.group));
    const where = and(...conditions);
    return this.store.db.select().from(mailboxes).where(where).orderBy(asc(mailboxes.id)).all().map(toMailbox);
  }

  /** Whose mailbox each is: ids of all mailboxes with those of their owners. */
  owners(): Map<number, number> {
    return new Map(this.store.client.query("SELECT id, owner_id FROM mailboxes").values() as [number, number][]);
  }

  /** One page of the mailboxes in whose description, addresses or owner's login name `search` stands; and how many there are. */
  search(query: MailboxQuery = {}): { mailboxes: Mailbox[]; total: number } {
    const { page = 1, pageSize = 100, sort = "id" } = query;
    const where = this.#wanted(query);
    const db = this.store.db;
    const total = db.select({ n: count() }).from(mailboxes).where(where).get()?.n ?? 0;
    if (total === 0) return { mailboxes: [], total };
    const order = query.descending === true ? desc(SORTS[sort]) : asc(SORTS[sort]);
    const rows = db
      .select()
      .from(mailboxes)
      .where(where)
      .orderBy(order, asc(mailboxes.id))
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .all();
    return { mailboxes: rows.map(toMailbox), total };
  }

  /** Ids of all mailboxes that a search with the same wishes would show, in no order. */
  ids(query: Omit<MailboxQuery, "page" | "pageSize" | "sort"> = {}): number[] {
    const rows = this.store.db.select({ id: mailboxes.id }).from(mailboxes).where(this.#wanted(query)).all();
    return rows.map(({ id }) => id);
  }

  /** The limits that hold for all mailboxes that a search with the same wishes would show, in no order. */
  limits(
    query: Parameters<Mailboxes["ids"]>[0] = {},
  ): { id: number; messages: number | null; octets: number | null }[] {
    const limit = (name: "messages" | "octets") =>
      sql<
        number | null
      >`coalesce(json_extract(${mailboxes.quota}, ${`$.${name}`}), json_extract(${mailGroups.quota}, ${`$.${name}`}))`;
    return this.store.db
      .select({ id: mailboxes.id, messages: limit("messages"), octets: limit("octets") })
      .from(mailboxes)
      .leftJoin(mailGroups, eq(mailGroups.id, mailboxes.groupId))
      .where(this.#wanted(query))
      .all();
  }

  #wanted({ search = "", ownerId, groupId, within }: MailboxQuery): SQL | undefined {
    return and(
      search.trim() === "" ? undefined : this.#matches(likePattern(search)),
      ownerId === undefined ? undefined : eq(mailboxes.ownerId, ownerId),
      groupId === undefined ? undefined : eq(mailboxes.groupId, groupId),
      within === undefined ? undefined : ownerWithin(mailboxes.ownerId, within),
    );
  }

  /**
   * Changes a mailbox. Of quota, forwarding and autoresponder only what is given changes.
   * @throws Refusal "notFound", "exists", "notPermitted", "invalid"
   */
  update(id: number, patch: MailboxPatch): Promise<Mailbox> {
    return this.store.commit((tx) => this.updateWithin(tx, id, patch));
  }

  updateWithin(tx: Tx, id: number, input: MailboxPatch): Mailbox {
    const before = this.require(id);
    const patch = validate(mailboxPatchSchema, merged(before, input));
    if (Object.values(patch).every((value) => value === undefined)) return before;
    const isGiven = patch.ownerId !== undefined && patch.ownerId !== before.ownerId;
    if (isGiven) {
      this.#checkOwner(tx, patch.ownerId ?? 0);
      this.#refusePrimary(tx, id, "given to somebody else");
    }
    if (patch.groupId !== undefined) this.groups.checked(patch.groupId);
    const loginKey = patch.login === undefined ? undefined : this.#freeLoginKey(tx, patch.login, id);
    const row = tx.db
      .update(mailboxes)
      .set({ ...patch, loginKey, ...(isGiven && NO_PASSWORD) })
      .where(eq(mailboxes.id, id))
      .returning()
      .get();
    if (row === undefined) throw new Refusal("notFound", "There is no such mailbox.");
    tx.emit(mailboxChanged, {
      id,
      ownerId: row.ownerId,
      change: "updated",
      credentials: isGiven || loginKey !== undefined,
    });
    return toMailbox(row);
  }

  /** Removes a mailbox with its addresses. @throws Refusal "notFound", "notPermitted" for a primary mailbox */
  remove(id: number): Promise<void> {
    return this.store.commit((tx) => this.removeWithin(tx, id));
  }

  removeWithin(tx: Tx, id: number): void {
    const { ownerId } = this.require(id);
    this.#refusePrimary(tx, id, "removed without its user");
    this.#delete(tx, [{ id, ownerId }]);
  }

  /** Removes the mailboxes of a user who is being removed; gives their ids. */
  removeOfOwnerWithin(tx: Tx, ownerId: number): number[] {
    const own = tx.db.select().from(mailboxes).where(eq(mailboxes.ownerId, ownerId)).all();
    this.#delete(tx, own);
    return own.map((mailbox) => mailbox.id);
  }

  /** The password of a mailbox's own; empty for most. */
  credentials(id: number): Credentials | undefined {
    const row = this.#byId.get({ id });
    if (row === undefined) return undefined;
    return { passwordHash: row.passwordHash, scram: row.scram, changedAt: row.passwordChangedAt };
  }

  /** Sets or (with null) takes away the mailbox's own password. @throws Refusal "notFound" */
  setCredentials(id: number, credentials: MailboxCredentials | null): Promise<void> {
    return this.store.commit((tx) => this.setCredentialsWithin(tx, id, credentials));
  }

  setCredentialsWithin(tx: Tx, id: number, credentials: MailboxCredentials | null): void {
    const { ownerId } = this.require(id);
    // A strength that was judged along with them is not kept here.
    const { passwordHash, scram } = credentials ?? { passwordHash: null, scram: null };
    // What was opened under the old password is known by the time of the change: no two changes have the same.
    const at = Math.max(Date.now(), (this.credentials(id)?.changedAt ?? 0) + 1);
    tx.db
      .update(mailboxes)
      .set({ passwordHash, scram, passwordChangedAt: credentials === null ? null : at })
      .where(eq(mailboxes.id, id))
      .run();
    tx.emit(mailboxChanged, { id, ownerId, change: "updated", credentials: true });
  }

  /** The limits that hold for a mailbox: its own, else its mail group's. */
  quota(mailbox: Mailbox): Quota {
    return effectiveQuota(
      mailbox.quota,
      mailbox.groupId === null ? undefined : this.groups.byId(mailbox.groupId)?.quota,
    );
  }

  /** Mailboxes that have rules of expiry, their own or their mail group's: at most `limit` of those after an id. */
  expiring(after: number, limit: number): Mailbox[] {
    const hasRules = (column: SQL | typeof mailboxes.expiry) => sql`json_array_length(${column}, '$.rules') > 0`;
    const grouped = sql`${mailboxes.groupId} IN (SELECT id FROM mail_groups WHERE ${hasRules(sql`expiry`)})`;
    return this.store.db
      .select()
      .from(mailboxes)
      .where(and(sql`${mailboxes.id} > ${after}`, or(hasRules(mailboxes.expiry), grouped)))
      .orderBy(asc(mailboxes.id))
      .limit(limit)
      .all()
      .map(toMailbox);
  }

  /** The rules of expiry that hold for a mailbox: its own, and its mail group's. */
  expiry(mailbox: Mailbox): Expiry {
    return effectiveExpiry(
      mailbox.expiry,
      mailbox.groupId === null ? undefined : this.groups.byId(mailbox.groupId)?.expiry,
    );
  }

  /** Lets a user reach a whole mailbox with RFC 4314 rights; no rights end it. @throws Refusal "notFound", "invalid" */
  share(mailboxId: number, userId: number, rights: string): Promise<void> {
    return this.store.commit((tx) => this.shareWithin(tx, mailboxId, userId, rights));
  }

  shareWithin(tx: Tx, mailboxId: number, userId: number, rights: string): void {
    const { ownerId } = this.require(mailboxId);
    if (userId !== this.anyone) this.#checkOwner(tx, userId);
    if (userId === ownerId) throw new Refusal("invalid", "The owner of a mailbox has every right on it already.");
    if ([...rights].some((right) => !RIGHTS.includes(right)))
      throw new Refusal("invalid", `Rights are letters of ${RIGHTS}.`);
    const sorted = sortedRights(rights);
    const share = and(eq(mailboxShares.mailboxId, mailboxId), eq(mailboxShares.userId, userId));
    tx.db.delete(mailboxShares).where(share).run();
    if (sorted !== "") tx.db.insert(mailboxShares).values({ mailboxId, userId, rights: sorted }).run();
    tx.emit(shareChanged, { mailboxId, userId, rights: sorted });
  }

  /** Who reaches a mailbox, or which mailboxes a user reaches, besides the owner. */
  shares(filter: { mailbox?: number; user?: number }): Share[] {
    // Asked for each page of webmail and each login.
    if (filter.user !== undefined && filter.mailbox === undefined) return this.#reached.all({ user: filter.user });
    const conditions: SQL[] = [];
    if (filter.mailbox !== undefined) conditions.push(eq(mailboxShares.mailboxId, filter.mailbox));
    if (filter.user !== undefined) conditions.push(eq(mailboxShares.userId, filter.user));
    return this.store.db
      .select()
      .from(mailboxShares)
      .where(and(...conditions))
      .orderBy(asc(mailboxShares.mailboxId))
      .all();
  }

  /** RFC 4314 rights of a user on a whole mailbox: all for its owner, none for strangers. */
  rights(userId: number, mailboxId: number): string {
    if (this.byId(mailboxId)?.ownerId === userId) return RIGHTS;
    return sortedRights(this.sharedWith(mailboxId, userId) + this.sharedWith(mailboxId, this.anyone));
  }

  /** The rights that were given to this user, or to `anyone`, by name. */
  sharedWith(mailboxId: number, userId: number): string {
    return this.#rights.get({ mailbox: mailboxId, user: userId })?.rights ?? "";
  }

  /** Under whose id something is shared with everybody who signs in: that of the guest entry. */
  get anyone(): number {
    this.#anyone ??= this.store.db.select({ id: users.id }).from(users).where(eq(users.kind, "guest")).get()?.id;
    if (this.#anyone === undefined) throw new Error("there is no guest entry");
    return this.#anyone;
  }

  #delete(tx: Tx, gone: readonly { id: number; ownerId: number }[]): void {
    if (gone.length === 0) return;
    this.aliases.removeOfMailboxesWithin(
      tx,
      gone.map((mailbox) => mailbox.id),
    );
    for (const { id, ownerId } of gone) {
      this.#endCatchAll(tx, id);
      tx.db.delete(mailboxes).where(eq(mailboxes.id, id)).run();
      tx.emit(mailboxRemoved, { id, ownerId });
    }
  }

  /** A domain whose unknown recipients went to a mailbox that is gone refuses them again. */
  #endCatchAll(tx: Tx, id: number): void {
    const caught = tx.db.select().from(domains).where(eq(domains.catchAllMailbox, id)).all();
    for (const domain of caught) {
      const set = { unknownRecipients: "refuse", catchAllMailbox: null } as const;
      tx.db.update(domains).set(set).where(eq(domains.id, domain.id)).run();
      tx.emit(domainChanged, { id: domain.id, name: domain.name, change: "updated" });
    }
  }

  #matches(pattern: string): SQL | undefined {
    const holders = this.store.db
      .select({ id: addresses.mailboxId })
      .from(addresses)
      .innerJoin(domains, eq(domains.id, addresses.domainId))
      .where(sql`${addresses.localKey} || '@' || ${domains.name} LIKE ${pattern} ESCAPE '\\'`);
    return or(
      sql`(SELECT login_key FROM users WHERE id = ${mailboxes.ownerId}) LIKE ${pattern} ESCAPE '\\'`,
      sql`${mailboxes.description} LIKE ${pattern} ESCAPE '\\'`,
      inArray(mailboxes.id, holders),
    );
  }

  #checkOwner(tx: Tx, userId: number): void {
    const user = tx.db.select({ kind: users.kind }).from(users).where(eq(users.id, userId)).get();
    if (user?.kind !== "user") throw new Refusal("notFound", "There is no such user.");
  }

  #refusePrimary(tx: Tx, id: number, what: string): void {
    const owner = tx.db.select({ login: users.login }).from(users).where(eq(users.primaryMailbox, id)).get();
    if (owner === undefined) return;
    throw new Refusal("notPermitted", `This is the primary mailbox of ${owner.login}; it cannot be ${what}.`);
  }

  /** Login names of mailboxes and of users are one set, or nobody could tell whose password is asked for. */
  #freeLoginKey(tx: Tx, login: string | null, except: number): string | null {
    if (login === null) return null;
    const key = fold(login);
    const user = tx.db.select({ id: users.id }).from(users).where(eq(users.loginKey, key)).get();
    const mailbox = tx.db.select({ id: mailboxes.id }).from(mailboxes).where(eq(mailboxes.loginKey, key)).get();
    if (user !== undefined || (mailbox !== undefined && mailbox.id !== except)) {
      throw new Refusal("exists", `The login name "${login}" is already taken.`);
    }
    return key;
  }
}

/** The groups of values of a patch, completed from what is there. */
function merged(before: Mailbox, patch: MailboxPatch): MailboxPatch {
  return {
    ...patch,
    ...(patch.quota && { quota: { ...before.quota, ...patch.quota } }),
    ...(patch.forwarding && { forwarding: { ...before.forwarding, ...patch.forwarding } }),
    ...(patch.autoresponder && { autoresponder: renewed(before.autoresponder, patch.autoresponder) }),
  };
}

/** A reply that is switched on, or says something else, is news to those who were answered before. */
function renewed(before: Autoresponder, patch: NonNullable<MailboxPatch["autoresponder"]>): Autoresponder {
  const after = { ...before, ...patch };
  const isNews =
    (after.enabled && !before.enabled) ||
    after.subject !== before.subject ||
    after.text !== before.text ||
    after.startsAt !== before.startsAt;
  return isNews ? { ...after, since: Date.now() } : after;
}

function toMailbox(row: typeof mailboxes.$inferSelect): Mailbox {
  const { loginKey: _key, passwordHash, scram: _scram, passwordChangedAt: _changed, ...rest } = row;
  return { ...rest, hasPassword: passwordHash !== null };
}
