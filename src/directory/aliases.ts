/**
 * Addresses of mailboxes. One address may stand on several mailboxes; one of a mailbox's addresses is its return address. That is
 * neither a pattern nor an address that ends by itself.
 */
import { and, asc, count, desc, eq, gt, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold, joinAddress, likePattern, newAddress } from "./address.ts";
import { addressChanged } from "./changes.ts";
import type { Domain, Domains } from "./domains.ts";
import { DAY_MS } from "./expiry.ts";
import { ownerWithin } from "./reach.ts";
import { directorySettings } from "./settings.ts";
import { addresses, domains, mailboxes, users } from "./tables.ts";
import { hasControls, validate } from "./validate.ts";
import { checkWildcard, isWildcard, MOST_WILDCARDS } from "./wildcards.ts";

const noteSchema = z
  .string()
  .trim()
  .max(200, "A note has at most 200 characters.")
  .refine((text) => !hasControls(text), "A note is a single line.");
const timeSchema = z.number().int().min(0).max(8.64e15).nullable();

const optionsSchema = z.strictObject({
  primary: z.boolean().default(false).describe("Make it the mailbox's return address."),
  expiresAt: timeSchema.default(null),
  note: noteSchema.default(""),
  /** Refuse where the address already stands on another mailbox. */
  exclusive: z.boolean().default(false),
});
export type AliasOptions = z.input<typeof optionsSchema>;

/** What can be changed on an address. */
const aliasPatchSchema = z.strictObject({ expiresAt: timeSchema, note: noteSchema }).partial();
export type AliasPatch = z.input<typeof aliasPatchSchema>;

/** Kinds of addresses that a search can be limited to. `ended` are those that have run out and can still be extended. */
export const ALIAS_KINDS = ["all", "temporary", "ended", "wildcard"] as const;

export interface AliasQuery {
  readonly search?: string;
  readonly kind?: (typeof ALIAS_KINDS)[number];
  readonly domainId?: number;
  readonly mailboxId?: number;
  readonly ownerId?: number;
  /** Only addresses of users whose addresses are all in these domains, and who do not administrate. */
  readonly within?: ReadonlySet<number>;
  /** Milliseconds since the epoch. */
  readonly now?: number;
  readonly page?: number;
  readonly pageSize?: number;
}

/** One address on one mailbox. */
export interface Alias {
  readonly id: number;
  readonly address: string;
  readonly mailboxId: number;
  readonly domainId: number;
  /** The mailbox's return address. */
  readonly primary: boolean;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
  readonly note: string;
  readonly createdAt: number;
}

/** The condition of the index addresses_wildcard, word for word. */
const WILDCARD = sql`instr(local_key, '*') > 0`;
const NO_RETURN_ADDRESS = "A return address lasts and has no star: replies must arrive.";

/** The name of an address's domain. A join instead would begin with the domain, and sort all its addresses. */
const DOMAIN = sql<string>`(SELECT name FROM domains WHERE id = ${addresses.domainId})`;

export class Aliases {
  readonly #ofMailbox;
  readonly #ofOwner;

  constructor(
    private readonly store: Store,
    private readonly domains: Domains,
  ) {
    this.#ofMailbox = this.#listed(eq(addresses.mailboxId, sql.placeholder("id"))).prepare();
    this.#ofOwner = this.#listed(eq(mailboxes.ownerId, sql.placeholder("id"))).prepare();
  }

  /**
   * Puts an address on a mailbox. The first lasting address of a mailbox becomes its return address.
   * @throws Refusal "notFound" (mailbox, domain), "exists", "invalid"
   */
  add(address: string, mailboxId: number, options: AliasOptions = {}): Promise<Alias> {
    return this.store.commit((tx) => this.addWithin(tx, address, mailboxId, options));
  }

  addWithin(tx: Tx, text: string, mailboxId: number, input: AliasOptions = {}): Alias {
    const { exclusive, ...options } = validate(optionsSchema, input);
    const { domain, local, key } = this.#parse(text);
    const mailbox = tx.db.select({ id: mailboxes.id }).from(mailboxes).where(eq(mailboxes.id, mailboxId)).get();
    if (mailbox === undefined) throw new Refusal("notFound", "There is no such mailbox.");
    const address = joinAddress({ local, domain: domain.name });
    const holders = tx.db
      .select()
      .from(addresses)
      .where(and(eq(addresses.localKey, key), eq(addresses.domainId, domain.id)))
      .all();
    if (holders.some((row) => row.mailboxId === mailboxId)) {
      throw new Refusal("exists", `The mailbox already has the address ${address}.`);
    }
    if (exclusive && holders.length > 0)
      throw new Refusal("exists", `Another mailbox already has the address ${address}.`);
    const lasts = !isWildcard(local) && options.expiresAt === null;
    if (isWildcard(local)) {
      checkWildcard(local);
      this.#checkRoom(tx, domain.id);
    }
    if (options.primary && !lasts) throw new Refusal("invalid", NO_RETURN_ADDRESS);
    const primary = options.primary || (lasts && this.#primaryOf(tx, mailboxId) === undefined);
    if (primary) this.#clearPrimary(tx, mailboxId);
    const row = tx.db
      .insert(addresses)
      .values({
        ...options,
        localPart: local,
        localKey: key,
        domainId: domain.id,
        mailboxId,
        primary,
        createdAt: Date.now(),
      })
      .returning()
      .get();
    tx.emit(addressChanged, { mailboxId, address });
    return toAlias({ row, domain: domain.name });
  }

  /**
   * Takes an address off a mailbox, or off every mailbox it stands on.
   * @throws Refusal "notFound"
   */
  remove(address: string, mailboxId?: number): Promise<void> {
    return this.store.commit((tx) => this.removeWithin(tx, address, mailboxId));
  }

  removeWithin(tx: Tx, text: string, mailboxId?: number): void {
    const rows = this.#find(tx, text, mailboxId);
    if (rows.length === 0) throw new Refusal("notFound", `There is no address "${text.slice(0, 100)}" here.`);
    for (const row of rows) {
      tx.db.delete(addresses).where(eq(addresses.id, row.id)).run();
      if (row.primary) this.#electPrimary(tx, row.mailboxId);
      tx.emit(addressChanged, { mailboxId: row.mailboxId, address: text });
    }
  }

  /** Changes the note or the end of an address on a mailbox. @throws Refusal "notFound", "invalid" */
  update(address: string, mailboxId: number, patch: AliasPatch): Promise<Alias> {
    return this.store.commit((tx) => this.updateWithin(tx, address, mailboxId, patch));
  }

  updateWithin(tx: Tx, text: string, mailboxId: number, input: AliasPatch): Alias {
    const patch = validate(aliasPatchSchema, input);
    const before = this.#onMailbox(tx, text, mailboxId);
    if (Object.keys(patch).length > 0) tx.db.update(addresses).set(patch).where(eq(addresses.id, before.id)).run();
    if (before.primary && patch.expiresAt != null) this.#electPrimary(tx, mailboxId);
    else if (patch.expiresAt === null && this.#primaryOf(tx, mailboxId) === undefined)
      this.#electPrimary(tx, mailboxId);
    tx.emit(addressChanged, { mailboxId, address: text });
    return this.#required(before.id);
  }

  /** Makes an address its mailbox's return address. @throws Refusal "notFound", "invalid" for one that does not last */
  makePrimary(address: string, mailboxId: number): Promise<Alias> {
    return this.store.commit((tx) => this.makePrimaryWithin(tx, address, mailboxId));
  }

  makePrimaryWithin(tx: Tx, address: string, mailboxId: number): Alias {
    const row = this.#onMailbox(tx, address, mailboxId);
    if (isWildcard(row.localPart) || row.expiresAt !== null) throw new Refusal("invalid", NO_RETURN_ADDRESS);
    this.#clearPrimary(tx, mailboxId);
    tx.db.update(addresses).set({ primary: true }).where(eq(addresses.id, row.id)).run();
    tx.emit(addressChanged, { mailboxId, address });
    return this.#required(row.id);
  }

  /** Addresses of a mailbox (return address first), of an owner's mailboxes, of a domain, or all. */
  list(filter: { mailboxId?: number; ownerId?: number; domainId?: number; address?: string } = {}): Alias[] {
    const { mailboxId, ownerId, domainId, address } = filter;
    if (domainId === undefined && address === undefined) {
      if (mailboxId !== undefined && ownerId === undefined) return this.#ofMailbox.all({ id: mailboxId }).map(toAlias);
      if (ownerId !== undefined && mailboxId === undefined) return this.#ofOwner.all({ id: ownerId }).map(toAlias);
    }
    const conditions: SQL[] = [];
    if (mailboxId !== undefined) conditions.push(eq(addresses.mailboxId, mailboxId));
    if (domainId !== undefined) conditions.push(eq(addresses.domainId, domainId));
    if (ownerId !== undefined) conditions.push(eq(mailboxes.ownerId, ownerId));
    if (address !== undefined) {
      const { domain, key } = this.#parse(address);
      conditions.push(eq(addresses.localKey, key), eq(addresses.domainId, domain.id));
    }
    return this.#listed(and(...conditions))
      .all()
      .map(toAlias);
  }

  /** The return addresses of mailboxes that have one. */
  returnAddresses(mailboxIds: readonly number[]): Map<number, string> {
    const rows = this.#listed(and(inArray(addresses.mailboxId, [...mailboxIds]), eq(addresses.primary, true))).all();
    return new Map(rows.map(toAlias).map(({ mailboxId, address }) => [mailboxId, address]));
  }

  #listed(where: SQL | undefined) {
    return this.store.db
      .select({ row: addresses, domain: domains.name })
      .from(addresses)
      .innerJoin(domains, eq(domains.id, addresses.domainId))
      .innerJoin(mailboxes, eq(mailboxes.id, addresses.mailboxId))
      .where(where)
      .orderBy(asc(addresses.mailboxId), desc(addresses.primary), asc(addresses.id));
  }

  /** One page of the addresses in which, or in whose note or owner's login name, `search` stands; and how many there are. */
  search(query: AliasQuery = {}): { aliases: Alias[]; total: number } {
    const { page = 1, pageSize = 100 } = query;
    const where = this.#wanted(query);
    const db = this.store.db;
    const total = db.select({ n: count() }).from(addresses).where(where).get()?.n ?? 0;
    if (total === 0) return { aliases: [], total };
    // What ends is looked at by its end, everything else by its name.
    const order = query.kind === "temporary" || query.kind === "ended" ? [asc(addresses.expiresAt)] : [];
    const rows = db
      .select({ row: addresses, domain: DOMAIN })
      .from(addresses)
      .where(where)
      .orderBy(...order, asc(addresses.localKey), asc(addresses.id))
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .all();
    return { aliases: rows.map(toAlias), total };
  }

  #wanted({ search = "", kind = "all", now = Date.now(), ...query }: AliasQuery): SQL | undefined {
    const { domainId, mailboxId, ownerId, within } = query;
    const owner = sql`(SELECT owner_id FROM mailboxes WHERE id = ${addresses.mailboxId})`;
    return and(
      search.trim() === "" ? undefined : this.#matches(likePattern(search)),
      domainId === undefined ? undefined : eq(addresses.domainId, domainId),
      mailboxId === undefined ? undefined : eq(addresses.mailboxId, mailboxId),
      ownerId === undefined ? undefined : sql`${owner} = ${ownerId}`,
      within === undefined ? undefined : ownerWithin(owner, within),
      kind === "temporary" ? gt(addresses.expiresAt, now) : undefined,
      kind === "ended" ? lte(addresses.expiresAt, now) : undefined,
      kind === "wildcard" ? WILDCARD : undefined,
    );
  }

  #matches(pattern: string): SQL | undefined {
    const address = sql`${addresses.localKey} || '@' || ${DOMAIN}`;
    const owned = this.store.db
      .select({ id: mailboxes.id })
      .from(mailboxes)
      .innerJoin(users, eq(users.id, mailboxes.ownerId))
      .where(sql`${users.loginKey} LIKE ${pattern} ESCAPE '\\'`);
    return or(
      sql`${address} LIKE ${pattern} ESCAPE '\\'`,
      sql`${addresses.note} LIKE ${pattern} ESCAPE '\\'`,
      inArray(addresses.mailboxId, owned),
    );
  }

  /** How many addresses a domain has. */
  count(domainId: number): number {
    const row = this.store.db.select({ n: count() }).from(addresses).where(eq(addresses.domainId, domainId)).get();
    return row?.n ?? 0;
  }

  /** Removes every address of mailboxes that are being removed. */
  removeOfMailboxesWithin(tx: Tx, mailboxIds: readonly number[]): void {
    for (const mailboxId of mailboxIds) tx.emit(addressChanged, { mailboxId, address: "" });
    tx.db
      .delete(addresses)
      .where(inArray(addresses.mailboxId, [...mailboxIds]))
      .run();
  }

  /** Removes addresses that ended so long ago that they are not kept any more; gives how many. */
  async removeExpired(now: number): Promise<number> {
    const ended = now - this.store.settings.get(directorySettings).keepEndedDays * DAY_MS;
    return await this.store.commit((tx) => {
      const rows = tx.db.select().from(addresses).where(lte(addresses.expiresAt, ended)).limit(1000).all();
      for (const row of rows) {
        tx.db.delete(addresses).where(eq(addresses.id, row.id)).run();
        if (row.primary) this.#electPrimary(tx, row.mailboxId);
        tx.emit(addressChanged, { mailboxId: row.mailboxId, address: "" });
      }
      return rows.length;
    });
  }

  #parse(text: string): { domain: Domain; local: string; key: string } {
    const { local, domain: name } = newAddress(text);
    const domain = this.domains.byNormalName(name);
    if (domain === undefined) throw new Refusal("notFound", `There is no domain "${name}" here; add it first.`);
    return { domain, local, key: fold(local) };
  }

  #find(tx: Tx, text: string, mailboxId: number | undefined) {
    const { domain, key } = this.#parse(text);
    const stands = and(eq(addresses.localKey, key), eq(addresses.domainId, domain.id));
    const where = mailboxId === undefined ? stands : and(stands, eq(addresses.mailboxId, mailboxId));
    return tx.db.select().from(addresses).where(where).all();
  }

  #checkRoom(tx: Tx, domainId: number): void {
    const patterns = and(eq(addresses.domainId, domainId), WILDCARD);
    const found = tx.db.select({ n: count() }).from(addresses).where(patterns).get();
    if (found !== undefined && found.n >= MOST_WILDCARDS)
      throw new Refusal("invalid", `A domain has at most ${MOST_WILDCARDS} addresses with a star.`);
  }

  #onMailbox(tx: Tx, address: string, mailboxId: number) {
    const [row] = this.#find(tx, address, mailboxId);
    if (row === undefined)
      throw new Refusal("notFound", `The mailbox does not have the address ${address.slice(0, 320)}.`);
    return row;
  }

  #required(id: number): Alias {
    const row = this.#listed(eq(addresses.id, id)).get();
    if (row === undefined) throw new Error(`address ${id} vanished while it was changed`);
    return toAlias(row);
  }

  #primaryOf(tx: Tx, mailboxId: number) {
    return tx.db
      .select({ id: addresses.id })
      .from(addresses)
      .where(and(eq(addresses.mailboxId, mailboxId), eq(addresses.primary, true)))
      .get();
  }

  #clearPrimary(tx: Tx, mailboxId: number): void {
    tx.db.update(addresses).set({ primary: false }).where(eq(addresses.mailboxId, mailboxId)).run();
  }

  /** The oldest lasting address becomes the return address; where there is none, the mailbox has none. */
  #electPrimary(tx: Tx, mailboxId: number): void {
    this.#clearPrimary(tx, mailboxId);
    tx.db
      .update(addresses)
      .set({ primary: true })
      .where(
        sql`id = (SELECT min(id) FROM addresses
          WHERE mailbox_id = ${mailboxId} AND expires_at IS NULL AND instr(local_key, '*') = 0)`,
      )
      .run();
  }
}

function toAlias({ row, domain }: { row: typeof addresses.$inferSelect; domain: string }): Alias {
  const { id, mailboxId, domainId, primary, expiresAt, note, createdAt } = row;
  return {
    id,
    address: joinAddress({ local: row.localPart, domain }),
    mailboxId,
    domainId,
    primary,
    expiresAt,
    note,
    createdAt,
  };
}
