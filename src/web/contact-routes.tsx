/**
 * The routes of contacts: list, make, change, remove. The administration has them for the shared ones, Options for a user's own; each
 * gives its own frame.
 */
import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { z } from "zod";
import { ContactFiles, ContactForm, ContactList, Duplicates } from "../../views/parts/contacts.tsx";
import { t, tn } from "../../views/words/words.ts";
import {
  addContact,
  type ContactView,
  exportContacts,
  importContacts,
  listContactGroups,
  listContacts,
  listDuplicates,
  mergeContacts,
  removeContact,
  setContact,
  showContact,
} from "../administration/users/contacts.ts";
import { Refusal } from "../refusal.ts";
import { cardOf, contactForm, fieldsAgain, fieldsOf, lineOf } from "./contacts.ts";
import type { WebContext, WebEnv } from "./context.ts";
import { asked, type Errors, fileText, listQuery, posted, several, whole } from "./form.ts";
import { perform } from "./performing.ts";
import type { Front } from "./site.ts";

/** What a page of contacts is, for whoever puts his frame around it. */
export type ContactPlace =
  | { readonly kind: "list" }
  | { readonly kind: "new" }
  | { readonly kind: "files" }
  | { readonly kind: "duplicates" }
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

  app.get("/", asked(z.object({ ...listQuery, group: z.string().max(60).catch("") })), async (c) => {
    const { q: search, page: wanted, group } = c.req.valid("query");
    const wish = { book, search, group, page: wanted, pageSize: PAGE_SIZE };
    const { contacts, total } = await perform(front, c, listContacts, wish);
    const { groups } = await perform(front, c, listContactGroups, { book });
    const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
    const list = { at, nobody, search, group, groups, page: wanted, pages, total, contacts: contacts.map(lineOf) };
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
      return done(c, t("{name} is added.", { name }), at);
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
      return done(c, t("{name} is changed.", { name }), at);
    } catch (thrown) {
      return await form(c, { kind: "one", contact }, fieldsAgain(sent), wrong(thrown));
    }
  });
  app.post("/:id{\\d{1,15}}/remove", async (c) => {
    const { id, name } = await contactOf(c);
    await perform(front, c, removeContact, { id });
    return done(c, t("{name} is removed.", { name }), at);
  });

  fileRoutes(app);

  function fileRoutes(app: Hono<WebEnv>): void {
    const files = (c: WebContext, error?: string) =>
      page(
        c,
        { kind: "files" },
        <ContactFiles at={at} csrf={c.get("csrf")} error={error} />,
        error ? { "": error } : {},
      );

    app.get("/files", (c) => files(c));
    app.post("/import", posted(importForm), async (c) => {
      const { file, group } = whole(c.req.valid("form"));
      try {
        const { added, merged, skipped } = await perform(front, c, importContacts, { book, text: file, group });
        const said = [
          tn(added, "{n} contact is new", "{n} contacts are new"),
          ...(merged > 0 ? [tn(merged, "{n} was there already", "{n} were there already")] : []),
          ...(skipped > 0 ? [tn(skipped, "{n} says too little", "{n} say too little")] : []),
        ];
        return done(c, `${said.join(", ")}.`, at);
      } catch (thrown) {
        return await files(c, wrong(thrown)[""]);
      }
    });
    for (const { name, format, type } of FILES) {
      app.get(`/${name}`, async (c) => {
        const { text } = await perform(front, c, exportContacts, { book, format });
        c.header("content-type", `${type}; charset=utf-8`);
        c.header("content-disposition", `attachment; filename="${name}"`);
        return c.body(text);
      });
    }

    app.get("/duplicates", async (c) => {
      const { sets } = await perform(front, c, listDuplicates, { book });
      const shown = sets.map((set) => set.map(lineOf));
      return await page(c, { kind: "duplicates" }, <Duplicates at={at} csrf={c.get("csrf")} sets={shown} />, {});
    });
    app.post("/merge", posted(z.strictObject({ id: several(20, 15) })), async (c) => {
      const [id = 0, ...others] = whole(c.req.valid("form")).id.map(Number);
      const { name } = await perform(front, c, mergeContacts, { id, others });
      return done(c, t("There is one contact {name} now.", { name }), `${at}/duplicates`);
    });
  }

  return app;
};

const importForm = z.strictObject({ file: fileText, group: z.string().default("") });

/** The files in which contacts are given. */
const FILES = [
  { name: "contacts.vcf", format: "vcard", type: "text/vcard" },
  { name: "contacts.csv", format: "csv", type: "text/csv" },
] as const;

/** What the sender can mend; anything else goes on. */
function wrong(thrown: unknown): Errors {
  if (thrown instanceof Refusal && (thrown.kind === "invalid" || thrown.kind === "tooMany"))
    return { "": thrown.sentence };
  throw thrown;
}
