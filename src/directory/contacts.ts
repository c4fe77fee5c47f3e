/** Contacts: people outside, shared with everybody here or kept by one user, and whom each user wrote to. */
import { and, asc, count, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { fold } from "./address.ts";
import { contactChanged } from "./changes.ts";
import { type CardChange, type Contact, type ContactCard, cardSchema, mergedCard, nameOfCard } from "./contact.ts";
import { contactAddresses, contacts, correspondents } from "./tables.ts";
import { validate } from "./validate.ts";
import { beginnings, plain, searchable, typedWords } from "./words.ts";

/** Which contacts: a user's own, by his id, or those that are shared with everybody. */
export type Book = number | "shared";

/** Contacts that one book may have: what one user could fill a disk with is bounded. */
const MOST_CONTACTS = 20_000;
/** Contacts that are told as one set of duplicates: as many as pages make one of at a time. */
const MOST_TOGETHER = 20;
/** Correspondents that are remembered of a user; the one he wrote to longest ago makes room. */
const MOST_CORRESPONDENTS = 2_000;

/** Somebody a user wrote to. */
export interface Correspondent {
  readonly address: string;
  readonly name: string;
}

export class Contacts {
  readonly #byId;

  constructor(private readonly store: Store) {
    this.#byId = store.db
      .select()
      .from(contacts)
      .where(and(eq(contacts.id, sql.placeholder("id")), eq(contacts.removed, false)))
      .prepare();
  }

  byId(id: number): Contact | undefined {
    const row = this.#byId.get({ id });
    return row === undefined ? undefined : toContact(row);
  }

  /** One page of a book's contacts by name, and how many there are; `search` looks for beginnings of words and addresses. */
  list(
    book: Book,
    query: {
      readonly search?: string;
      readonly group?: string;
      readonly page?: number;
      readonly pageSize?: number;
    } = {},
  ): { contacts: Contact[]; total: number } {
    const { search = "", group = "", page = 1, pageSize = 100 } = query;
    const where = and(inBook(book), ...foundBy(search), ...(group === "" ? [] : [inGroup(group)]));
    const total = this.store.db.select({ n: count() }).from(contacts).where(where).get()?.n ?? 0;
    if (total === 0) return { contacts: [], total };
    const rows = this.store.db
      .select()
      .from(contacts)
      .where(where)
      .orderBy(asc(contacts.sortKey), asc(contacts.id))
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .all();
    return { contacts: rows.map(toContact), total };
  }

  /** The groups of a book by name, and how many contacts are in each. */
  groups(book: Book): { name: string; contacts: number }[] {
    return this.store.client
      .query<{ name: string; contacts: number }, [number | null]>(
        `SELECT value AS name, count(*) AS contacts FROM contacts, json_each(card, '$.groups')
         WHERE owner_id IS ? AND removed = 0 GROUP BY lower(value) ORDER BY lower(value)`,
      )
      .all(book === "shared" ? null : book);
  }

  /** Contacts of a book that share an address or a whole name: those that may be the same person, set by set, the first 20 of each. */
  duplicates(book: Book, most = 100): Contact[][] {
    const same = this.store.client
      .query<{ ids: string }, [number, number | null, number]>(
        `SELECT json_group_array(DISTINCT contact_id) AS ids FROM contact_addresses WHERE owner_id = ?1
           GROUP BY address_key HAVING count(*) > 1
         UNION SELECT json_group_array(id) FROM contacts WHERE owner_id IS ?2 AND removed = 0 AND sort_key <> ''
           GROUP BY sort_key HAVING count(*) > 1
         LIMIT ?3`,
      )
      .all(book === "shared" ? 0 : book, book === "shared" ? null : book, most);
    const sets: Set<number>[] = [];
    for (const { ids } of same) {
      const together = new Set<number>(JSON.parse(ids));
      for (const other of sets.filter((set) => [...together].some((id) => set.has(id)))) {
        for (const id of other) together.add(id);
        sets.splice(sets.indexOf(other), 1);
      }
      sets.push(together);
    }
    return sets.map((set) => {
      const first = [...set].sort((a, b) => a - b).slice(0, MOST_TOGETHER);
      return first.flatMap((id) => this.byId(id) ?? []);
    });
  }

  /** The contact of a book that a card is of, by an address and the name; undefined where there is none. */
  known(book: Book, card: ContactCard): Contact | undefined {
    const find = this.store.client.query<{ id: number }, [string, number]>(
      "SELECT contact_id AS id FROM contact_addresses WHERE address_key = ? AND owner_id = ?",
    );
    const name = plain(nameOfCard(card));
    for (const { address } of card.mails) {
      for (const { id } of find.all(fold(address.trim()), book === "shared" ? 0 : book)) {
        const contact = this.byId(id);
        if (contact !== undefined && plain(contact.name) === name) return contact;
      }
    }
    return undefined;
  }

  /** @throws Refusal "invalid", "tooMany" */
  createWithin(tx: Tx, book: Book, card: Partial<ContactCard>, now: number): Contact {
    requireRoom(countWithin(tx, book));
    return this.#insertWithin(tx, book, card, now);
  }

  /**
   * Takes cards from a file: who is there already gets what his card has beside. Says of each what became of it.
   * @throws Refusal "invalid", "tooMany"
   */
  takeWithin(tx: Tx, book: Book, cards: readonly ContactCard[], now: number): ("added" | "merged")[] {
    let there = countWithin(tx, book);
    return cards.map((card) => {
      const known = this.known(book, card);
      if (known !== undefined) {
        this.updateWithin(tx, known.id, mergedCard(known.card, card), now);
        return "merged";
      }
      requireRoom(there++);
      this.#insertWithin(tx, book, card, now);
      return "added";
    });
  }

  #insertWithin(tx: Tx, book: Book, card: Partial<ContactCard>, now: number): Contact {
    const ownerId = book === "shared" ? null : book;
    const row = tx.db
      .insert(contacts)
      .values({
        ...columnsOf(validate(cardSchema, card)),
        ...{ ownerId, uid: crypto.randomUUID(), sequence: nextSequence(tx), createdAt: now, updatedAt: now },
      })
      .returning()
      .get();
    addressWithin(tx, row);
    tx.emit(contactChanged, { id: row.id, ownerId });
    return toContact(row);
  }

  /** Changes what is given; lists are given whole. @throws Refusal "notFound", "invalid" */
  updateWithin(tx: Tx, id: number, change: CardChange, now: number): Contact {
    const before = this.require(id);
    const card = validate(cardSchema, { ...before.card, ...change });
    const row = tx.db
      .update(contacts)
      .set({ ...columnsOf(card), sequence: nextSequence(tx), updatedAt: now })
      .where(eq(contacts.id, id))
      .returning()
      .get();
    if (row === undefined) throw new Error(`contact ${id} vanished while it was changed`);
    addressWithin(tx, row);
    tx.emit(contactChanged, { id, ownerId: before.ownerId });
    return toContact(row);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, id: number, now: number): void {
    const { ownerId } = this.require(id);
    const nothing = { sortKey: "", searchText: "", card: EMPTY };
    tx.db
      .update(contacts)
      .set({ ...nothing, removed: true, sequence: nextSequence(tx), updatedAt: now })
      .where(eq(contacts.id, id))
      .run();
    addressWithin(tx, { id, ownerId, card: EMPTY });
    tx.emit(contactChanged, { id, ownerId });
  }

  /** @throws Refusal "notFound" */
  require(id: number): Contact {
    const contact = this.byId(id);
    if (contact === undefined) throw new Refusal("notFound", "There is no such contact.");
    return contact;
  }

  /** Remembers whom a user wrote to. */
  rememberWithin(tx: Tx, userId: number, people: readonly Correspondent[], now: number): void {
    for (const { address, name } of people) {
      const row = {
        ...{ userId, address, name, addressKey: fold(address), searchText: searchable([name], [address]) },
        ...{ times: 1, lastAt: now },
      };
      const { name: _, searchText: _s, ...nameless } = row;
      tx.db
        .insert(correspondents)
        .values(row)
        .onConflictDoUpdate({
          target: [correspondents.userId, correspondents.addressKey],
          // An address typed without a name does not take away the name that was known.
          set: { ...(name === "" ? nameless : row), times: sql`${correspondents.times} + 1` },
        })
        .run();
    }
    const kept = sql`(SELECT last_at FROM correspondents WHERE user_id = ${userId} ORDER BY last_at DESC LIMIT 1 OFFSET ${MOST_CORRESPONDENTS})`;
    tx.db
      .delete(correspondents)
      .where(and(eq(correspondents.userId, userId), sql`last_at <= ${kept}`))
      .run();
  }

  /** Whom a user wrote to, the latest first: one page, and how many there are. */
  correspondents(
    userId: number,
    { page = 1, pageSize = 100 }: { readonly page?: number; readonly pageSize?: number } = {},
  ): { people: (Correspondent & { readonly times: number; readonly lastAt: number })[]; total: number } {
    const { address, name, times, lastAt } = correspondents;
    const own = eq(correspondents.userId, userId);
    const total = this.store.db.select({ n: count() }).from(correspondents).where(own).get()?.n ?? 0;
    const people = this.store.db
      .select({ address, name, times, lastAt })
      .from(correspondents)
      .where(own)
      .orderBy(desc(lastAt), asc(correspondents.addressKey))
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .all();
    return { people, total };
  }

  /** Whether a user wrote to an address, or it stands in his own or the shared contacts. */
  knows(userId: number, address: string): boolean {
    const key = fold(address.trim());
    const { client } = this.store;
    const written = client.query("SELECT 1 FROM correspondents WHERE user_id = ? AND address_key = ?").get(userId, key);
    if (written !== null) return true;
    return this.inBook(userId, [address]);
  }

  /** Whether one of some addresses stands in a user's own or the shared contacts. */
  inBook(userId: number, addresses: readonly string[]): boolean {
    const find = this.store.client.query(
      "SELECT 1 FROM contact_addresses WHERE address_key = ? AND owner_id IN (0, ?) LIMIT 1",
    );
    return addresses.some((address) => find.get(fold(address.trim()), userId) !== null);
  }

  /** The domains of those a user wrote to, and of his own and the shared contacts; at most so many. */
  domains(userId: number, most = 5_000): string[] {
    const domainOf = "substr(address_key, instr(address_key, '@') + 1)";
    const rows = this.store.client
      .query<{ domain: string }, [number, number, number]>(
        `SELECT ${domainOf} AS domain FROM correspondents WHERE user_id = ?
         UNION SELECT ${domainOf} FROM contact_addresses WHERE owner_id IN (0, ?) LIMIT ?`,
      )
      .all(userId, userId, most);
    return rows.map(({ domain }) => domain);
  }

  /** Forgets that a user wrote to an address; whether he had. */
  forgetWithin(tx: Tx, userId: number, address: string): boolean {
    const known = and(eq(correspondents.userId, userId), eq(correspondents.addressKey, fold(address.trim())));
    return tx.db.delete(correspondents).where(known).returning({ key: correspondents.addressKey }).all().length > 0;
  }
}

const EMPTY: ContactCard = cardSchema.parse({ fullName: "-" });

function countWithin(tx: Tx, book: Book): number {
  return tx.db.select({ n: count() }).from(contacts).where(inBook(book)).get()?.n ?? 0;
}

/** @throws Refusal "tooMany" */
function requireRoom(there: number): void {
  if (there >= MOST_CONTACTS)
    throw new Refusal("tooMany", `There are ${MOST_CONTACTS} contacts already. Remove some first.`);
}

/** In whose book a contact stands; a removed one in nobody's. */
function inBook(book: Book): SQL | undefined {
  return and(book === "shared" ? isNull(contacts.ownerId) : eq(contacts.ownerId, book), eq(contacts.removed, false));
}

function inGroup(group: string): SQL {
  return sql`EXISTS (SELECT 1 FROM json_each(${contacts.card}, '$.groups') WHERE lower(value) = lower(${group}))`;
}

function foundBy(search: string): SQL[] {
  const words = typedWords(search);
  if (words.length === 0) return [];
  return beginnings(words).map((pattern) => sql`${contacts.searchText} LIKE ${pattern} ESCAPE '\\'`);
}

/** The number of the next change: above all that were given, those of removed contacts included. */
function nextSequence(tx: Tx): number {
  const { last = 0 } = tx.db.select({ last: sql<number>`coalesce(max(sequence), 0)` }).from(contacts).get() ?? {};
  return last + 1;
}

/** Notes by which addresses a contact is found. */
function addressWithin(
  tx: Tx,
  { id, ownerId, card }: Pick<typeof contacts.$inferSelect, "id" | "ownerId" | "card">,
): void {
  tx.db.delete(contactAddresses).where(eq(contactAddresses.contactId, id)).run();
  const keys = new Set(card.mails.map(({ address }) => fold(address.trim())));
  const rows = [...keys].map((addressKey) => ({ addressKey, ownerId: ownerId ?? 0, contactId: id }));
  if (rows.length > 0) tx.db.insert(contactAddresses).values(rows).run();
}

function columnsOf(card: ContactCard) {
  const { nickname, organisation, department, title, mails } = card;
  const name = nameOfCard(card);
  const parts = [card.givenName, card.familyName, nickname, organisation, department, title];
  const addresses = mails.map(({ address }) => address);
  return { card, sortKey: plain(name), searchText: searchable([name, ...parts], addresses) };
}

function toContact(row: typeof contacts.$inferSelect): Contact {
  const { id, ownerId, uid, card, sequence, createdAt, updatedAt } = row;
  // Those of earlier versions know no groups.
  const whole = { ...card, groups: card.groups ?? [] };
  return { id, ownerId, uid, name: nameOfCard(card), card: whole, sequence, createdAt, updatedAt };
}
