/** The local domains and their aliases. All names are held in memory: every recipient asks whether its domain is local. */
import { asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { displayDomain, newDomain, normaliseDomain } from "./address.ts";
import { domainChanged } from "./changes.ts";
import { addresses, domainAliases, domains, mailboxes } from "./tables.ts";
import { validate } from "./validate.ts";

export const domainPatchSchema = z
  .strictObject({
    name: z.string(),
    description: z.string().trim().max(200, "A description has at most 200 characters."),
    passwordChange: z.boolean().describe("Users of this domain may change their own password in webmail."),
    unknownRecipients: z
      .enum(["refuse", "bounce", "mailbox", "relay"])
      .describe(
        "Refuse mail for unknown recipients, take it and send it back, hand it to a mailbox, or send it on to the domain's other server.",
      ),
    catchAllMailbox: z.number().int().nullable(),
    /** Further names of the domain; replaces the list. */
    aliases: z.array(z.string()).max(1000),
  })
  .partial();
export type DomainPatch = z.input<typeof domainPatchSchema>;

const newDomainSchema = domainPatchSchema.extend({ name: z.string() });
export type NewDomain = z.input<typeof newDomainSchema>;

/** What becomes of mail to addresses of a domain that nobody has. */
export type UnknownRecipients = "refuse" | "bounce" | "mailbox" | "relay";

/** A local domain. */
export interface Domain {
  readonly id: number;
  /** Lower-case A-labels; `displayName` is for people. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly passwordChange: boolean;
  readonly unknownRecipients: UnknownRecipients;
  readonly catchAllMailbox: number | null;
  readonly aliases: readonly string[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

interface Loaded {
  readonly byId: ReadonlyMap<number, Domain>;
  /** Names and aliases. */
  readonly byName: ReadonlyMap<string, Domain>;
}

export class Domains {
  #loaded: Loaded | undefined;

  constructor(private readonly store: Store) {
    store.changes.on(domainChanged, () => {
      this.#loaded = undefined;
    });
  }

  /** Makes a domain. @throws Refusal "exists", "invalid" */
  create(domain: NewDomain): Promise<Domain> {
    return this.store.commit((tx) => this.createWithin(tx, domain));
  }

  createWithin(tx: Tx, input: NewDomain): Domain {
    const { aliases = [], ...domain } = validate(newDomainSchema, input);
    const name = newDomain(domain.name);
    this.#refuseTaken(name);
    refuseNobody(domain);
    const { id } = tx.db
      .insert(domains)
      .values({
        name,
        description: domain.description ?? "",
        passwordChange: domain.passwordChange ?? true,
        unknownRecipients: domain.unknownRecipients ?? "refuse",
        catchAllMailbox: this.#checkedCatchAll(tx, domain.catchAllMailbox ?? null),
        createdAt: Date.now(),
      })
      .returning({ id: domains.id })
      .get();
    this.#setAliases(tx, id, aliases);
    tx.emit(domainChanged, { id, name, change: "created" });
    return this.#afterChange(id);
  }

  /** Changes a domain. @throws Refusal "notFound", "exists", "invalid" */
  update(name: string, patch: DomainPatch): Promise<Domain> {
    return this.store.commit((tx) => this.updateWithin(tx, name, patch));
  }

  updateWithin(tx: Tx, name: string, input: DomainPatch): Domain {
    const domain = this.require(name);
    const { aliases, ...patch } = validate(domainPatchSchema, input);
    const renamed = patch.name === undefined ? domain.name : newDomain(patch.name);
    if (renamed !== domain.name) this.#refuseTaken(renamed, domain.id);
    if (patch.catchAllMailbox !== undefined) this.#checkedCatchAll(tx, patch.catchAllMailbox);
    refuseNobody({ ...domain, ...patch });
    tx.db
      .update(domains)
      .set({ ...patch, name: renamed })
      .where(eq(domains.id, domain.id))
      .run();
    if (aliases !== undefined) this.#setAliases(tx, domain.id, aliases);
    tx.emit(domainChanged, { id: domain.id, name: renamed, change: "updated" });
    return this.#afterChange(domain.id);
  }

  /** Removes a domain on which no address stands any more. @throws Refusal "notFound", "inUse" */
  remove(name: string): Promise<void> {
    return this.store.commit((tx) => this.removeWithin(tx, name));
  }

  removeWithin(tx: Tx, name: string): void {
    const domain = this.require(name);
    const left = tx.db
      .select({ n: sql<number>`count(*)` })
      .from(addresses)
      .where(eq(addresses.domainId, domain.id))
      .get();
    if (left !== undefined && left.n > 0) {
      throw new Refusal("inUse", `${domain.displayName} still has ${left.n} addresses; remove these first.`, {
        temporary: false,
      });
    }
    tx.db.delete(domains).where(eq(domains.id, domain.id)).run();
    tx.emit(domainChanged, { id: domain.id, name: domain.name, change: "removed" });
  }

  /** The domain of a name or an alias; undefined where that is not local. The name may be a Unicode one. */
  byName(name: string): Domain | undefined {
    const normal = normaliseDomain(name);
    return normal === undefined ? undefined : this.byNormalName(normal);
  }

  /** The same for a name in lower-case A-labels. */
  byNormalName(name: string): Domain | undefined {
    return this.#load().byName.get(name);
  }

  byId(id: number): Domain | undefined {
    return this.#load().byId.get(id);
  }

  /** @throws Refusal "notFound" */
  require(name: string): Domain {
    const domain = this.byName(name);
    if (domain === undefined) throw new Refusal("notFound", `There is no domain "${name.slice(0, 100)}" here.`);
    return domain;
  }

  /** All domains, the first made first. */
  list(): Domain[] {
    return [...this.#load().byId.values()];
  }

  /** The first domain: where new users get their address. */
  primary(): Domain | undefined {
    for (const domain of this.#load().byId.values()) return domain;
    return undefined;
  }

  /** Within a transaction the file is read anew, because what is in memory is what the last commit left. */
  #load(): Loaded {
    const inTransaction = this.store.client.inTransaction;
    if (this.#loaded !== undefined && !inTransaction) return this.#loaded;
    const loaded = this.#read();
    if (!inTransaction) this.#loaded = loaded;
    return loaded;
  }

  #read(): Loaded {
    const byId = new Map<number, Domain>();
    const byName = new Map<string, Domain>();
    const names = Map.groupBy(
      this.store.db.select().from(domainAliases).orderBy(asc(domainAliases.name)).all(),
      (row) => row.domainId,
    );
    for (const row of this.store.db.select().from(domains).orderBy(asc(domains.id)).all()) {
      const aliases = (names.get(row.id) ?? []).map((alias) => alias.name);
      const domain = { ...row, displayName: displayDomain(row.name), aliases };
      byId.set(row.id, domain);
      for (const name of [row.name, ...aliases]) byName.set(name, domain);
    }
    return { byId, byName };
  }

  #refuseTaken(name: string, except?: number): void {
    const taken = this.#load().byName.get(name);
    if (taken !== undefined && taken.id !== except) {
      throw new Refusal("exists", `${displayDomain(name)} is already a domain here or an alias of one.`);
    }
  }

  #setAliases(tx: Tx, id: number, names: readonly string[]): void {
    tx.db.delete(domainAliases).where(eq(domainAliases.domainId, id)).run();
    for (const name of new Set(names.map(newDomain))) {
      this.#refuseTaken(name);
      tx.db.insert(domainAliases).values({ name, domainId: id }).run();
    }
  }

  #checkedCatchAll(tx: Tx, id: number | null): number | null {
    if (id === null) return null;
    const mailbox = tx.db.select({ id: mailboxes.id }).from(mailboxes).where(eq(mailboxes.id, id)).get();
    if (mailbox === undefined) throw new Refusal("notFound", "There is no such mailbox for unknown recipients.");
    return id;
  }

  #afterChange(id: number): Domain {
    const domain = this.#load().byId.get(id);
    if (domain === undefined) throw new Error(`domain ${id} vanished while it was changed`);
    return domain;
  }
}

function refuseNobody({
  unknownRecipients,
  catchAllMailbox,
}: Pick<DomainPatch, "unknownRecipients" | "catchAllMailbox">) {
  if (unknownRecipients === "mailbox" && catchAllMailbox == null)
    throw new Refusal("invalid", "Name the mailbox that takes the mail for unknown recipients.");
}
