/**
 * Contacts: those shared with everybody here, which administrators of the whole house look after, and everybody's own, which nobody else
 * sees; and the completion of addresses. What the audit log keeps of a personal contact is that it changed, not what it says.
 */
import { z } from "zod";
import { type Contact, type ContactCard, cardChangeSchema, cardSchema, mergedCard } from "../../directory/contact.ts";
import { contactsInTable, TABLE_HEAD, tableLine } from "../../directory/contact-csv.ts";
import { cardsIn, cardTexts, vcardOf } from "../../directory/vcard.ts";
import { Refusal } from "../../refusal.ts";
import type { Turns } from "../../turns.ts";
import { needsScope, requireOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching, textOfTime, timeText } from "../values.ts";

const bookSchema = z.enum(["shared", "own"]).describe("Shared with everybody here, or one's own.");
type BookName = z.output<typeof bookSchema>;

/** A contact as everybody sees it who may. */
const contactView = cardSchema.safeExtend({
  id: z.number().int(),
  book: bookSchema,
  uid: z.string().describe("Names it for programs that keep a copy."),
  name: z.string().describe("What it is called in lists."),
  updatedAt: timeText,
});
export type ContactView = z.output<typeof contactView>;

const suggestion = z.object({
  name: z.string(),
  address: z.string(),
  source: z
    .enum(["correspondent", "own", "shared", "directory"])
    .describe("Somebody written to, an own or a shared contact, or a user here."),
});

const id = z.number().int().min(1);

export const listContacts = operation({
  name: "contact.list",
  summary: "Lists shared contacts, or one's own, a page at a time.",
  http: "GET /contacts",
  scope: "self:read",
  who: "user",
  input: z.strictObject({
    ...{ ...paging, book: bookSchema.default("shared"), search: searching },
    group: z.string().max(60).default("").describe("Only those of a group."),
  }),
  output: z.object({ contacts: z.array(contactView), total: z.number().int() }),
  run(context, { book, ...query }) {
    const { contacts, total } = context.directory.contacts.list(bookOf(context, book), query);
    return { contacts: contacts.map(viewOf), total };
  },
});

export const showContact = operation({
  name: "contact.show",
  summary: "Shows a contact.",
  http: "GET /contacts/{id}",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: contactView,
  run: (context, { id }) => viewOf(seen(context, id)),
});

export const addContact = operation({
  name: "contact.add",
  summary: "Makes a contact: one's own, or, for administrators, a shared one.",
  http: "POST /contacts",
  scope: "self:write",
  who: "user",
  input: cardChangeSchema.safeExtend({ book: bookSchema.default("own") }),
  output: contactView,
  async run(context, { book, ...card }) {
    mayWrite(context, book);
    const contact = await context.commit((tx, note) => {
      const made = context.directory.contacts.createWithin(tx, bookOf(context, book), card, context.now());
      note({ subject: subjectOf(context, made), after: recorded(made) });
      return made;
    });
    return viewOf(contact);
  },
});

export const setContact = operation({
  name: "contact.set",
  summary: "Changes a contact; what is not given stays, lists are given whole.",
  http: "PATCH /contacts/{id}",
  scope: "self:write",
  who: "user",
  input: cardChangeSchema.safeExtend({ id }),
  output: contactView,
  async run(context, { id, ...change }) {
    const contact = await context.commit((tx, note) => {
      const before = changeable(context, id);
      const after = context.directory.contacts.updateWithin(tx, id, change, context.now());
      note({ subject: subjectOf(context, before), before: recorded(before), after: recorded(after) });
      return after;
    });
    return viewOf(contact);
  },
});

export const removeContact = operation({
  name: "contact.remove",
  summary: "Removes a contact.",
  http: "DELETE /contacts/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    await context.commit((tx, note) => {
      const contact = changeable(context, id);
      context.directory.contacts.removeWithin(tx, id, context.now());
      note({ subject: subjectOf(context, contact), before: recorded(contact) });
    });
    return {};
  },
});

export const completeAddress = operation({
  name: "contact.complete",
  summary:
    "Completes the beginning of a name or an address: people written to, contacts, and users listed in the directory.",
  http: "GET /completions",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ typed: z.string().max(500), most: z.coerce.number().int().min(1).max(50).default(8) }),
  output: z.object({ suggestions: z.array(suggestion) }),
  run(context, { typed, most }) {
    const { directory, actor, now } = context;
    return { suggestions: directory.completion.complete(actor.user?.id, typed, now(), most) };
  },
});

export const listCorrespondents = operation({
  name: "contact.correspondents",
  summary: "Lists the people one wrote to from webmail, the latest first: their addresses are offered.",
  http: "GET /correspondents",
  scope: "self:read",
  who: "user",
  input: z.strictObject(paging),
  output: z.object({
    people: z.array(z.object({ name: z.string(), address: z.string(), times: z.number().int(), lastAt: timeText })),
    total: z.number().int(),
  }),
  run(context, wanted) {
    const { people, total } = context.directory.contacts.correspondents(requireOwn(context, "contacts are").id, wanted);
    return { people: people.map((one) => ({ ...one, lastAt: textOfTime(one.lastAt) })), total };
  },
});

export const forgetCorrespondent = operation({
  name: "contact.forget",
  summary: "Forgets that one wrote to an address: it is no longer offered.",
  http: "DELETE /correspondents/{address}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ address: z.string().max(320) }),
  output: z.object({}),
  async run(context, { address }) {
    const own = requireOwn(context, "contacts are");
    await context.commit((tx, note) => {
      if (context.directory.contacts.forgetWithin(tx, own.id, address))
        note({ subject: `an address ${own.login} wrote to` });
    });
    return {};
  },
});

export const listContactGroups = operation({
  name: "contact.groups",
  summary: "Lists the groups of shared contacts, or of one's own.",
  http: "GET /contact-groups",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ book: bookSchema.default("shared") }),
  output: z.object({ groups: z.array(z.object({ name: z.string(), contacts: z.number().int() })) }),
  run: (context, { book }) => ({ groups: context.directory.contacts.groups(bookOf(context, book)) }),
});

export const listDuplicates = operation({
  name: "contact.duplicates",
  summary: "Lists contacts that may be the same person: those that share an address or a name.",
  http: "GET /contact-duplicates",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ book: bookSchema.default("shared") }),
  output: z.object({ sets: z.array(z.array(contactView)) }),
  run(context, { book }) {
    const sets = context.directory.contacts.duplicates(bookOf(context, book));
    return { sets: sets.map((set) => set.map(viewOf)) };
  },
});

export const mergeContacts = operation({
  name: "contact.merge",
  summary: "Makes one contact of several of a book: the first stays, takes what the others have beside, and they go.",
  http: "POST /contacts/{id}/merge",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, others: z.array(id).min(1, "Name the contacts that go into it.").max(20) }),
  output: contactView,
  async run(context, { id, others }) {
    const { contacts } = context.directory;
    const merged = await context.commit((tx, note) => {
      const before = changeable(context, id);
      const gone = others.filter((other) => other !== id).map((other) => changeable(context, other));
      if (gone.some(({ ownerId }) => ownerId !== before.ownerId))
        throw new Refusal("invalid", "Contacts of one book are merged, not shared ones with own ones.");
      const card = gone.reduce((one, other) => cardSchema.parse(mergedCard(one, other.card)), before.card);
      for (const other of gone) {
        contacts.removeWithin(tx, other.id, context.now());
        note({ subject: subjectOf(context, other), before: recorded(other) });
      }
      const after = contacts.updateWithin(tx, id, card, context.now());
      note({ subject: subjectOf(context, before), before: recorded(before), after: recorded(after) });
      return after;
    });
    return viewOf(merged);
  },
});

const formatSchema = z.enum(["vcard", "csv"]).describe("vCard 4.0 (RFC 6350), or a table with commas.");

/** Contacts that are written before others have their turn. */
const PAGE = 100;
/** Contacts that one commit takes, which holds the event loop for some milliseconds. */
const BATCH = 20;

export const exportContacts = operation({
  name: "contact.export",
  summary: "Gives all shared contacts, or one's own, as a file of cards or a table.",
  http: "GET /contact-export",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ book: bookSchema.default("own"), format: formatSchema.default("vcard") }),
  output: z.object({ text: z.string() }),
  async run(context, { book, format }) {
    const whose = bookOf(context, book);
    const pieces = format === "csv" ? [TABLE_HEAD] : [];
    for (let page = 1; ; page++) {
      const { contacts } = context.directory.contacts.list(whose, { page, pageSize: PAGE });
      pieces.push(...contacts.map(format === "csv" ? tableLine : vcardOf));
      if (contacts.length < PAGE) return { text: pieces.join("") };
      await context.store.turns.next();
    }
  },
});

/** Characters of a file of contacts. */
const LARGEST_FILE = 20_000_000;

export const importContacts = operation({
  name: "contact.import",
  summary: "Takes contacts from a file of cards or a table; who is there already gets what the file has beside.",
  http: "POST /contact-import",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    book: bookSchema.default("own"),
    text: z.string().max(LARGEST_FILE, "The file is too large."),
    group: z
      .string()
      .trim()
      .max(60, "A group has at most 60 characters.")
      .default("")
      .describe("Into which they are put, too."),
  }),
  output: z.object({
    added: z.number().int(),
    merged: z.number().int().describe("Who was there already."),
    skipped: z.number().int().describe("What no contact can be made of."),
  }),
  async run(context, { book, text, group }) {
    mayWrite(context, book);
    const whose = bookOf(context, book);
    const told = { added: 0, merged: 0, skipped: 0 };
    for await (const batch of batches(cardsFrom(text), context.store.turns)) {
      const cards = batch.filter((card) => card !== undefined).map((card) => inGroup(card, group));
      told.skipped += batch.length - cards.length;
      if (cards.length === 0) continue;
      const done = await context.commit((tx, note) => {
        note({ subject: importSubject(context, book), after: { contacts: cards.length, at: context.now() } });
        return context.directory.contacts.takeWithin(tx, whose, cards, context.now());
      });
      for (const kind of done) told[kind]++;
      await context.store.turns.next();
    }
    if (told.added + told.merged + told.skipped === 0)
      throw new Refusal(
        "invalid",
        "There are no contacts in this file. It should be a file of cards (vCard) or a table (CSV).",
      );
    return told;
  },
});

function* cardsFrom(text: string): Generator<ContactCard | undefined> {
  if (!/^\s*BEGIN:VCARD/i.test(text)) return yield* contactsInTable(text);
  for (const one of cardTexts(text)) yield cardsIn(one, 1)[0]?.card;
}

/** Between two lines or cards others have their turn: each may be as long as a file. */
async function* batches<T>(all: Iterable<T>, turns: Turns): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for (const one of all) {
    batch.push(one);
    if (turns.over) await turns.next();
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const inGroup = (card: ContactCard, group: string): ContactCard =>
  group === "" ? card : { ...card, groups: [group, ...card.groups].slice(0, 50) };

function importSubject({ actor }: Context, book: BookName): string {
  return book === "shared" ? "shared contacts" : `own contacts of ${actor.user?.login}`;
}

function bookOf(context: Context, book: BookName) {
  return book === "shared" ? "shared" : requireOwn(context, "contacts are").id;
}

const FOREIGN = "There is no such contact, or it is somebody else's.";

/** A contact that the actor may see: a shared one, or his own. @throws Refusal "notFound", or "notPermitted" for all but administrators */
function seen(context: Context, id: number): Contact {
  const contact = context.directory.contacts.byId(id);
  const isOwn = contact !== undefined && contact.ownerId === context.actor.user?.id;
  if (contact !== undefined && (contact.ownerId === null || isOwn)) return contact;
  throw context.reach === "all"
    ? new Refusal("notFound", "There is no such contact.")
    : new Refusal("notPermitted", FOREIGN);
}

function changeable(context: Context, id: number): Contact {
  const contact = seen(context, id);
  mayWrite(context, contact.ownerId === null ? "shared" : "own");
  return contact;
}

function mayWrite({ reach, actor }: Context, book: BookName): void {
  if (book === "own") return;
  if (reach !== "all") throw new Refusal("notPermitted", "Shared contacts only administrators change.");
  needsScope(actor, "users:write");
}

function subjectOf({ actor }: Context, { id, ownerId, name }: Contact): string {
  return ownerId === null ? `contact ${name}` : `own contact ${id} of ${actor.user?.login}`;
}

/** What the audit log keeps: of personal contacts nothing but that they changed. */
function recorded({ ownerId, card, sequence }: Contact): object {
  return ownerId === null ? card : { change: sequence };
}

function viewOf({ id, ownerId, uid, name, card, updatedAt }: Contact): ContactView {
  return { ...card, id, book: ownerId === null ? "shared" : "own", uid, name, updatedAt: textOfTime(updatedAt) };
}

export const contactOperations = [
  listContacts,
  showContact,
  addContact,
  setContact,
  removeContact,
  listContactGroups,
  listDuplicates,
  mergeContacts,
  exportContacts,
  importContacts,
  completeAddress,
  listCorrespondents,
  forgetCorrespondent,
] as const;
