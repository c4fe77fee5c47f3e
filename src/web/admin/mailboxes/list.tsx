/** The list of mailboxes, making a further one, and what fields propose that name people and mailboxes. */
import { Hono } from "hono";
import { z } from "zod";
import { Mailboxes, NewMailbox } from "../../../../views/admin/mailboxes/list.tsx";
import { Proposals } from "../../../../views/parts/named.tsx";
import { isAtLeast } from "../../../administration/actor.ts";
import { listMailGroups } from "../../../administration/mail/mail-groups.ts";
import { addMailbox, listMailboxes } from "../../../administration/mail/mailboxes.ts";
import { listUsers } from "../../../administration/users/users.ts";
import { actorOf, type WebContext, type WebEnv } from "../../context.ts";
import {
  asked,
  type Errors,
  errorsFrom,
  type Fields,
  flag,
  listQuery,
  oneOf,
  posted,
  searchText,
  statusFrom,
} from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "../office.ts";
import { atMailbox } from "./desk.tsx";

/** Names that a field proposes at once. */
const MOST_PROPOSED = 12;

const mailboxesQuery = z.object({
  ...listQuery,
  sort: oneOf("owner", "size", "fill"),
  down: flag,
  group: searchText,
});

const newForm = z.strictObject({
  owner: z.string().trim().min(1, "Give the login name of the owner.").max(512, "That is too long."),
  address: z.string().trim().max(320, "That is too long."),
  description: z.string().max(1_000, "That is too long."),
  group: z.string().max(100).optional(),
});

/** What was typed into the field that asks for proposals, whichever it is. */
const typedIn = (c: WebContext): string => {
  const [typed = ""] = Object.values(c.req.query());
  return typed.trim().slice(0, 200);
};

/** Names of mail groups, for those who may choose one. */
export const groupNames = async (front: Front, c: WebContext): Promise<string[]> => {
  if (!isAtLeast(actorOf(c), "administrator")) return [];
  const { groups } = await perform(front, c, listMailGroups, {});
  return groups.map(({ name }) => name);
};

export const listRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  app.get("/", asked(mailboxesQuery), async (c) => {
    const { q: search, page, sort, down, group } = c.req.valid("query");
    const { mailboxes, total } = await perform(front, c, listMailboxes, {
      ...{ search, page, sort, pageSize: PAGE_SIZE, descending: down },
      ...(group !== "" && { group }),
    });
    const shown = { search, page, pages: pagesOf(total), total, sort, down, group, mailboxes };
    return c.html(<Mailboxes frame={adminFrame(front, c)} page={shown} />);
  });

  app.get("/people", async (c) => {
    const search = typedIn(c);
    const { users } = await perform(front, c, listUsers, { search, pageSize: MOST_PROPOSED });
    return c.html(<Proposals of={users.map(({ login, fullName }) => ({ value: login, about: fullName }))} />);
  });

  app.get("/named", async (c) => {
    const search = typedIn(c);
    const { mailboxes } = await perform(front, c, listMailboxes, { search, pageSize: MOST_PROPOSED });
    const proposals = mailboxes.map(({ id, label, owner, addresses }) => ({
      // What names no mailbox by itself is named by its number.
      value: addresses.includes(label) ? label : String(id),
      about: [addresses.includes(label) ? "" : label, owner].filter(Boolean).join(" · "),
    }));
    return c.html(<Proposals of={proposals} />);
  });

  const showNew = async (c: WebContext, fields: Fields, errors: Errors, status: 200 | 403 | 422 = 200) => {
    const groups = await groupNames(front, c);
    return c.html(<NewMailbox frame={adminFrame(front, c)} page={{ groups, fields, errors }} />, status);
  };

  app.get("/new", (c) => showNew(c, { owner: c.req.query("owner") ?? "" }, {}));

  app.post("/new", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await showNew(c, form.fields, form.errors, 422);
    const { owner, address, description, group } = form.value;
    try {
      const made = await perform(front, c, addMailbox, {
        ...{ owner, description, addresses: address === "" ? [] : [address] },
        ...(group !== undefined && group !== "" && { group }),
      });
      return doneAt(front, c, `The mailbox ${made.label} is ready.`, atMailbox(made.id));
    } catch (thrown) {
      return await showNew(c, form.fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  return app;
};
