/** Mailboxes and aliases: lists, further mailboxes, addresses. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { Aliases, Mailboxes, type MailboxLine, MailboxView } from "../../../views/admin/mailboxes.tsx";
import { sizeWords } from "../../../views/parts/telling.tsx";
import type { Alias, Mailbox } from "../../directory/directory.ts";
import { Refusal } from "../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import type { WebDeps } from "../deps.ts";
import { asked, type Errors, type Fields, listQuery, posted, sentenceOf, standingForm, whole } from "../form.ts";
import type { Front } from "../site.ts";
import {
  addressLine,
  adminFrame,
  doneAt,
  idOf,
  labelsOf,
  mailboxLabel,
  mailboxNamed,
  PAGE_SIZE,
  pagesOf,
  proposedMailboxes,
} from "./office.ts";

const description = z.string().trim().max(200, "A description has at most 200 characters.");
const address = z.string().trim().min(1, "Give an address.").max(320, "That is too long.");

const newMailboxForm = z.strictObject({
  owner: z.string().trim().min(1, "Give the login name of the owner.").max(128, "That is too long."),
  address,
  description,
});
const mailboxForm = z.strictObject({ description });
const addressForm = z.strictObject({ address });
const aliasForm = z.strictObject({
  address,
  mailbox: z.string().trim().min(1, "Name the mailbox.").max(320, "That is too long."),
  note: z.string().trim().max(200, "A note has at most 200 characters."),
  expiresOn: z.union(
    [z.literal("").transform(() => null), z.iso.date().transform(endOfDay)],
    "A date looks like 2027-01-31.",
  ),
});

/** The last moment of a day in this server's time, epoch milliseconds. */
function endOfDay(date: string): number {
  return new Date(`${date}T23:59:59.999`).getTime();
}

const lineOf = (deps: WebDeps, mailbox: Mailbox, aliases: readonly Alias[]): MailboxLine => {
  const owner = deps.directory.users.byId(mailbox.ownerId);
  return {
    id: mailbox.id,
    label: mailboxLabel(mailbox, aliases[0]?.address),
    owner: owner?.login ?? "",
    primary: owner?.primaryMailbox === mailbox.id,
    addresses: aliases.map((alias) => alias.address),
    ...deps.mailstore.usage(mailbox.id),
  };
};

const foundQuery = z.object(listQuery);
/** The list behind a form that was wrong. */
const FIRST = foundQuery.parse({});

/** /admin/mailboxes */
export const mailboxRoutes = (front: Front): Hono<WebEnv> => {
  const { deps } = front;
  const { mailboxes, aliases, users } = deps.directory;
  const app = new Hono<WebEnv>();

  const showList = (c: WebContext, fields: Fields = {}, errors: Errors = {}, { q: search, page } = FIRST) => {
    const found = mailboxes.search({ search, page, pageSize: PAGE_SIZE });
    const shown = {
      ...{ search, page, pages: pagesOf(found.total), total: found.total, fields, errors },
      mailboxes: found.mailboxes.map((mailbox) => lineOf(deps, mailbox, aliases.list({ mailboxId: mailbox.id }))),
    };
    return c.html(<Mailboxes frame={adminFrame(front, c)} page={shown} />, Object.keys(errors).length > 0 ? 422 : 200);
  };

  const mailboxOf = (c: WebContext): Mailbox => {
    const id = idOf(c);
    if (id === undefined) throw new Refusal("notFound", "There is no such mailbox.");
    return mailboxes.require(id);
  };

  const show = (c: WebContext, mailbox: Mailbox, fields: Fields = {}, errors: Errors = {}) => {
    const own = aliases.list({ mailboxId: mailbox.id });
    const line = lineOf(deps, mailbox, own);
    const page = {
      ...line,
      description: mailbox.description,
      folders: deps.mailstore
        .folders(mailbox.id)
        .map((folder) => ({ name: folder.name, messages: folder.exists, unseen: folder.unseen, size: folder.size })),
      entries: own.map(addressLine),
      fields,
      errors,
    };
    return c.html(<MailboxView frame={adminFrame(front, c)} page={page} />, Object.keys(errors).length > 0 ? 422 : 200);
  };

  app.get("/", asked(foundQuery), (c) => showList(c, {}, {}, c.req.valid("query")));

  app.post("/", posted(newMailboxForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showList(c, form.fields, form.errors);
    const owner = users.get(form.value.owner);
    if (owner?.kind !== "user")
      return showList(c, form.fields, { owner: "Nobody signs in by that name. Look it up under Users." });
    try {
      const mailbox = await mailboxes.create({
        ownerId: owner.id,
        description: form.value.description,
        addresses: [form.value.address],
      });
      return doneAt(
        front,
        c,
        "mailbox.created",
        `The mailbox ${form.value.address} is ready.`,
        `/admin/mailboxes/${mailbox.id}`,
      );
    } catch (thrown) {
      return showList(c, form.fields, { address: sentenceOf(thrown) });
    }
  });

  app.get("/:id", (c) => show(c, mailboxOf(c)));

  app.post("/:id", posted(mailboxForm), async (c) => {
    const mailbox = mailboxOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, mailbox, form.fields, form.errors);
    await mailboxes.update(mailbox.id, form.value);
    return doneAt(front, c, "mailbox.changed", "The mailbox was changed.", `/admin/mailboxes/${mailbox.id}`);
  });

  app.post("/:id/addresses", posted(addressForm), async (c) => {
    const mailbox = mailboxOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, mailbox, form.fields, form.errors);
    try {
      const added = await aliases.add(form.value.address, mailbox.id);
      return doneAt(
        front,
        c,
        "address.added",
        `${added.address} leads to this mailbox now.`,
        `/admin/mailboxes/${mailbox.id}`,
      );
    } catch (thrown) {
      return show(c, mailbox, form.fields, { address: sentenceOf(thrown) });
    }
  });

  app.post("/:id/addresses/remove", posted(standingForm), async (c) => {
    const mailbox = mailboxOf(c);
    const { address } = whole(c.req.valid("form"));
    await aliases.remove(address, mailbox.id);
    return doneAt(front, c, "address.removed", `${address} was removed.`, `/admin/mailboxes/${mailbox.id}`);
  });

  app.get("/:id/remove", (c) => {
    const mailbox = mailboxOf(c);
    const line = lineOf(deps, mailbox, aliases.list({ mailboxId: mailbox.id }));
    const question: Question = {
      title: `Remove the mailbox ${line.label}?`,
      text: `Its ${line.messages.toLocaleString("en")} messages (${sizeWords(line.size)}) and its addresses go with it, for good.`,
      action: `/admin/mailboxes/${mailbox.id}/remove`,
      doIt: "Remove the mailbox and the mail",
      back: `/admin/mailboxes/${mailbox.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="mailboxes" question={question} />);
  });

  app.post("/:id/remove", async (c) => {
    const mailbox = mailboxOf(c);
    await mailboxes.remove(mailbox.id);
    return doneAt(front, c, "mailbox.removed", "The mailbox was removed.", "/admin/mailboxes");
  });

  return app;
};

/** /admin/aliases */
export const aliasRoutes = (front: Front): Hono<WebEnv> => {
  const { deps } = front;
  const { aliases } = deps.directory;
  const app = new Hono<WebEnv>();

  const show = (c: WebContext, fields: Fields = {}, errors: Errors = {}, { q: search, page } = FIRST) => {
    const found = aliases.search({ search, page, pageSize: PAGE_SIZE });
    const labels = labelsOf(
      deps,
      found.aliases.map((alias) => alias.mailboxId),
    );
    const shown = {
      ...{ search, page, pages: pagesOf(found.total), total: found.total, fields, errors },
      aliases: found.aliases.map((alias) => ({
        ...addressLine(alias),
        label: labels.get(alias.mailboxId) ?? "",
      })),
      proposed: proposedMailboxes(deps),
    };
    return c.html(<Aliases frame={adminFrame(front, c)} page={shown} />, Object.keys(errors).length > 0 ? 422 : 200);
  };

  app.get("/", asked(foundQuery), (c) => show(c, {}, {}, c.req.valid("query")));

  app.post("/", posted(aliasForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return show(c, form.fields, form.errors);
    const { note, expiresOn } = form.value;
    const mailbox = mailboxNamed(deps, form.value.mailbox);
    if (mailbox === undefined) {
      return show(c, form.fields, {
        mailbox: "There is no such mailbox. Give one of its addresses, or its owner's login name.",
      });
    }
    try {
      const added = await aliases.add(form.value.address, mailbox, { note, expiresAt: expiresOn });
      return doneAt(front, c, "address.added", `${added.address} is an address now.`, "/admin/aliases");
    } catch (thrown) {
      return show(c, form.fields, { address: sentenceOf(thrown) });
    }
  });

  app.post("/remove", posted(standingForm), async (c) => {
    const { address, mailbox } = whole(c.req.valid("form"));
    await aliases.remove(address, mailbox);
    return doneAt(front, c, "address.removed", `${address} was removed.`, "/admin/aliases");
  });

  return app;
};
