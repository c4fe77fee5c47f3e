/**
 * Identities: as whom somebody writes. Every address he may send from is one, by itself with his full name; what he says further of it
 * (another name, where answers go, an organisation, signatures) is kept here. One of them is what new messages begin with. Called by the
 * compose pages and the administration.
 */
import { and, asc, count, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold, joinAddress, splitAddress } from "./address.ts";
import type { Aliases } from "./aliases.ts";
import { identities } from "./tables.ts";
import type { Users } from "./users.ts";
import { changeOf, hasControls, validate } from "./validate.ts";
import { isWildcard } from "./wildcards.ts";

/** Identities that one user may describe. */
const MOST = 100;

const line = (name: string) =>
  z
    .string()
    .trim()
    .max(200, `${name} has at most 200 characters.`)
    .refine((text) => !hasControls(text), `${name} is a single line.`)
    .default("");

const signature = (most: number) =>
  z
    .string()
    .max(most, `A signature has at most ${most} characters.`)
    .transform((text) => text.replace(/\r\n?/g, "\n").trimEnd())
    .refine((text) => !/[^\n\t\P{Cc}]/u.test(text), "A signature has no control characters.")
    .default("");

const identityShape = {
  name: line("A name").describe("Stands before the address; empty: the full name of the account."),
  replyTo: z
    .string()
    .trim()
    .max(320, "An address has at most 320 characters.")
    .refine((text) => text === "" || splitAddress(text) !== undefined, "That is not an e-mail address.")
    .default("")
    .describe("Where answers go, if not to the address itself (Reply-To)."),
  organisation: line("An organisation").describe("Stands in the header of what is sent (Organization)."),
  signature: signature(4_000).describe("Below what is written as plain text; without the line of two dashes."),
  signatureHtml: signature(20_000).describe("Below what is written with formatting; empty: the plain one."),
};

/** What somebody says of an identity. */
const identityCard = z.strictObject(identityShape);
export type IdentityCard = z.output<typeof identityCard>;

/** A change of it: what is left out stays. */
export const identityChange = changeOf(identityShape);
export type IdentityChange = z.input<typeof identityChange>;

/** An address somebody may send from, with what he said of it. `name` is never empty where the account has a full name. */
export interface Identity extends IdentityCard {
  readonly address: string;
  /** New messages begin with it. */
  readonly isDefault: boolean;
}

/** What of the directory decides which addresses there are. */
export interface Senders {
  readonly users: Users;
  readonly aliases: Aliases;
  addressesOf(userId: number): string[];
  maySendAs(userId: number, address: string): boolean;
}

const NOTHING: IdentityCard = identityCard.parse({});

export class Identities {
  readonly #ofUser;

  constructor(
    store: Store,
    private readonly senders: Senders,
  ) {
    this.#ofUser = store.db
      .select()
      .from(identities)
      .where(eq(identities.userId, sql.placeholder("user")))
      .orderBy(asc(identities.addressKey))
      .prepare();
  }

  /** As whom a user may write now, the default first, then the address of his first mailbox. */
  of(userId: number): Identity[] {
    const rows = this.#ofUser.all({ user: userId });
    const said = new Map(rows.map((row) => [row.addressKey, row]));
    const own = this.#own(userId);
    const keys = new Set(own.map(fold));
    // Addresses with a detail (RFC 5233) are no entries of the directory, but may be written from.
    const further = rows
      .filter(({ addressKey, address }) => !keys.has(addressKey) && this.senders.maySendAs(userId, address))
      .map(({ address }) => address);
    const fullName = this.senders.users.byId(userId)?.fullName ?? "";
    const all = [...own, ...further].map((address): Identity => {
      const row = said.get(fold(address));
      const card = { ...NOTHING, ...row?.card };
      return { ...card, address, name: card.name || fullName, isDefault: row?.isDefault ?? false };
    });
    const first = all.find((one) => one.isDefault) ?? all[0];
    if (first === undefined) return [];
    return [{ ...first, isDefault: true }, ...all.filter((one) => one !== first)];
  }

  /** The identity of an address; undefined where the user may not send from it. */
  get(userId: number, address: string): Identity | undefined {
    const key = fold(address.trim());
    return this.of(userId).find((one) => fold(one.address) === key);
  }

  /**
   * Says something of an identity, or makes it the default.
   * @throws Refusal "invalid"; "notPermitted" for an address the user may not send from; "tooMany"
   */
  setWithin(
    tx: Tx,
    userId: number,
    address: string,
    { isDefault, ...change }: IdentityChange & { isDefault?: true | undefined },
  ): void {
    const parts = splitAddress(address.trim());
    if (parts === undefined) throw new Refusal("invalid", "That is not an e-mail address.", { field: "address" });
    const written = joinAddress(parts);
    if (!this.senders.maySendAs(userId, written))
      throw new Refusal("notPermitted", `${written} is not an address to send from.`, { field: "address" });
    const addressKey = fold(written);
    const one = and(eq(identities.userId, userId), eq(identities.addressKey, addressKey));
    const before = tx.db.select().from(identities).where(one).get();
    if (before === undefined) {
      const { n = 0 } = tx.db.select({ n: count() }).from(identities).where(eq(identities.userId, userId)).get() ?? {};
      if (n >= MOST) throw new Refusal("tooMany", `There are ${MOST} identities already. Remove one of them first.`);
    }
    if (isDefault) tx.db.update(identities).set({ isDefault: false }).where(eq(identities.userId, userId)).run();
    const card = validate(identityCard, { ...before?.card, ...validate(identityChange, change) });
    const set = { address: before?.address ?? written, card, isDefault: isDefault ?? before?.isDefault ?? false };
    tx.db
      .insert(identities)
      .values({ userId, addressKey, ...set })
      .onConflictDoUpdate({ target: [identities.userId, identities.addressKey], set })
      .run();
  }

  /** Forgets what was said of an identity: an own address is as it was at first, one with a detail is gone. Whether there was anything. */
  removeWithin(tx: Tx, userId: number, address: string): boolean {
    const one = and(eq(identities.userId, userId), eq(identities.addressKey, fold(address.trim())));
    return tx.db.delete(identities).where(one).returning({ key: identities.addressKey }).all().length > 0;
  }

  /** Addresses of the user's mailboxes that one can write from: no patterns, none that have ended. */
  #own(userId: number): string[] {
    const ended = new Set(
      this.senders.aliases
        .list({ ownerId: userId })
        .filter(({ expiresAt }) => expiresAt !== null && expiresAt <= Date.now())
        .map(({ address }) => address),
    );
    return this.senders
      .addressesOf(userId)
      .filter((address) => !ended.has(address) && !isWildcard(address.slice(0, address.lastIndexOf("@"))));
  }
}
