/**
 * Contacts: those shared with everybody here, which administrators of the whole house look after, and everybody's own, which nobody else
 * sees; and the completion of addresses. What the audit log keeps of a personal contact is that it changed, not what it says.
 */
import { z } from "zod";
import { type Contact, cardChangeSchema, cardSchema } from "../../directory/contact.ts";
import { Refusal } from "../../refusal.ts";
import { needsScope, ownAccount } from "../may.ts";
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
  input: z.strictObject({ ...paging, book: bookSchema.default("shared"), search: searching }),
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
    const { people, total } = context.directory.contacts.correspondents(requireOwn(context).id, wanted);
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
    const own = requireOwn(context);
    await context.commit((tx, note) => {
      if (context.directory.contacts.forgetWithin(tx, own.id, address))
        note({ subject: `an address ${own.login} wrote to` });
    });
    return {};
  },
});

function requireOwn(context: Context) {
  const own = ownAccount(context);
  if (own === undefined) throw new Refusal("invalid", "Say whose contacts are meant: --as LOGIN.");
  return own;
}

function bookOf(context: Context, book: BookName) {
  return book === "shared" ? "shared" : requireOwn(context).id;
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
  completeAddress,
  listCorrespondents,
  forgetCorrespondent,
] as const;
