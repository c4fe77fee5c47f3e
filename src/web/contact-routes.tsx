/**
 * The routes of contacts: list, make, change, remove. The administration has them for the shared ones, Options for a user's own; each
 * gives its own frame.
 */
import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { ContactForm, ContactList } from "../../views/parts/contacts.tsx";
import {
  addContact,
  type ContactView,
  listContacts,
  removeContact,
  setContact,
  showContact,
} from "../administration/users/contacts.ts";
import { Refusal } from "../refusal.ts";
import { cardOf, contactForm, fieldsAgain, fieldsOf, lineOf } from "./contacts.ts";
import type { WebContext, WebEnv } from "./context.ts";
import { asked, type Errors, listQuery, posted, whole } from "./form.ts";
import { perform } from "./performing.ts";
import type { Front } from "./site.ts";

/** What a page of contacts is, for whoever puts his frame around it. */
export type ContactPlace =
  | { readonly kind: "list" }
  | { readonly kind: "new" }
  | { readonly kind: "one"; readonly contact: ContactView };

/** Whose contacts these are, and what stands around them. */
export interface ContactBook {
  readonly book: "shared" | "own";
  /** The list's address. */
  readonly at: string;
  /** What to say where there is none. */
  readonly nobody: string;
  page(c: WebContext, place: ContactPlace, content: Child, errors: Errors): Response | Promise<Response>;
  /** Leaves words for the next page, and goes on to it. */
  done(c: WebContext, text: string, to: string): Response;
}

const PAGE_SIZE = 50;

export const contactRoutes = (front: Front, { book, at, nobody, page, done }: ContactBook): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  /** A contact of this book: an administrator finds none of his own among the shared ones. */
  const contactOf = async (c: WebContext): Promise<ContactView> => {
    const id = Number(c.req.param("id"));
    const contact = await perform(front, c, showContact, { id });
    if (contact.book !== book) throw new Refusal("notFound", "There is no such contact.");
    return contact;
  };

  app.get("/", asked(z.object(listQuery)), async (c) => {
    const { q: search, page: wanted } = c.req.valid("query");
    const wish = { book, search, page: wanted, pageSize: PAGE_SIZE };
    const { contacts, total } = await perform(front, c, listContacts, wish);
    const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
    const list = { at, nobody, search, page: wanted, pages, total, contacts: contacts.map(lineOf) };
    return await page(c, { kind: "list" }, <ContactList page={list} />, {});
  });

  const form = (c: WebContext, place: ContactPlace, fields = fieldsOf(), errors: Errors = {}) => {
    const action = place.kind === "one" ? `${at}/${place.contact.id}` : `${at}/new`;
    const shown = { action, back: at, fields, errors, isNew: place.kind === "new" };
    return page(c, place, <ContactForm page={shown} csrf={c.get("csrf")} />, errors);
  };

  app.get("/new", (c) => form(c, { kind: "new" }));
  app.post("/new", posted(contactForm), async (c) => {
    const sent = whole(c.req.valid("form"));
    try {
      const { name } = await perform(front, c, addContact, { book, ...cardOf(sent) });
      return done(c, `${name} is added.`, at);
    } catch (thrown) {
      return await form(c, { kind: "new" }, fieldsAgain(sent), wrong(thrown));
    }
  });

  app.get("/:id{\\d{1,15}}", async (c) => {
    const contact = await contactOf(c);
    return await form(c, { kind: "one", contact }, fieldsOf(contact));
  });
  app.post("/:id{\\d{1,15}}", posted(contactForm), async (c) => {
    const contact = await contactOf(c);
    const sent = whole(c.req.valid("form"));
    try {
      const change = { id: contact.id, ...cardOf(sent, contact) };
      const { name } = await perform(front, c, setContact, change);
      return done(c, `${name} is changed.`, at);
    } catch (thrown) {
      return await form(c, { kind: "one", contact }, fieldsAgain(sent), wrong(thrown));
    }
  });
  app.post("/:id{\\d{1,15}}/remove", async (c) => {
    const { id, name } = await contactOf(c);
    await perform(front, c, removeContact, { id });
    return done(c, `${name} is removed.`, at);
  });

  return app;
};

/** What the sender can mend; anything else goes on. */
function wrong(thrown: unknown): Errors {
  if (thrown instanceof Refusal && (thrown.kind === "invalid" || thrown.kind === "tooMany"))
    return { "": thrown.sentence };
  throw thrown;
}
