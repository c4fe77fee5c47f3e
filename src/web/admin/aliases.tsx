/** Addresses: the list of all with those that end and patterns, new ones, and changing one. Mounted by admin.tsx at /admin/aliases. */
import { Hono } from "hono";
import { z } from "zod";
import { Aliases, ChangeAlias, ChangeForm, type ChangePage } from "../../../views/admin/aliases.tsx";
import { addAddress, listAddresses, removeAddress, setAddress } from "../../administration/mail/addresses.ts";
import { findMailbox } from "../../administration/mail/mailboxes.ts";
import { Refusal } from "../../refusal.ts";
import { localPath, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import {
  asked,
  dayOf,
  type Errors,
  errorsFrom,
  type Fields,
  listQuery,
  oneOf,
  posted,
  searchText,
  standingForm,
  statusFrom,
  whole,
} from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { newAddressFields } from "./mailboxes/addresses.tsx";
import { adminFrame, PAGE_SIZE, pagesOf } from "./office.ts";

const aliasesQuery = z.object({
  ...listQuery,
  kind: oneOf("", "temporary", "ended", "wildcard"),
  domain: searchText,
});

/** The list behind a form that was wrong. */
const FIRST = aliasesQuery.parse({});

const aliasForm = z.strictObject({
  ...newAddressFields,
  mailbox: z.string().trim().min(1, "Name the mailbox.").max(320, "That is too long."),
});
const back = z.string().max(2_000).optional();
const changeForm = standingForm.extend({
  newNote: newAddressFields.note,
  newEnd: newAddressFields.expiresOn,
  back,
});
const removeForm = standingForm.extend({ back });
const changeQuery = z.object({ address: z.string().max(320), mailbox: z.coerce.number().int(), back });

/** Where a form of an address leads back to: the page it was sent from, if that is one of these. */
const backTo = (wanted: string | undefined): string => {
  const path = localPath(wanted, "/admin/aliases");
  return path.startsWith("/admin/") ? path : "/admin/aliases";
};

export const aliasRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const show = async (
    c: WebContext,
    { q: search, page, kind, domain } = FIRST,
    wrong?: { fields: Fields; errors: Errors; status: 403 | 422 },
  ) => {
    const { addresses, total } = await perform(front, c, listAddresses, {
      ...{ search, page, pageSize: PAGE_SIZE },
      ...(kind !== "" && { kind }),
      ...(domain !== "" && { domain }),
    });
    const shown = { search, page, pages: pagesOf(total), total, kind, domain, aliases: addresses };
    const { fields = {}, errors = {}, status = 200 } = wrong ?? {};
    return c.html(<Aliases frame={adminFrame(front, c)} page={{ ...shown, fields, errors }} />, status);
  };

  app.get("/", asked(aliasesQuery), (c) => show(c, c.req.valid("query")));

  app.post("/", posted(aliasForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, FIRST, { fields: form.fields, errors: form.errors, status: 422 });
    const { mailbox: name, expiresOn: expiresAt, ...rest } = form.value;
    const refused = (thrown: unknown, field: string) => {
      const { "": sentence, ...errors } = errorsFrom(thrown);
      const all = sentence === undefined ? errors : { ...errors, [field]: sentence };
      return show(c, FIRST, { fields: form.fields, errors: all, status: statusFrom(thrown) });
    };
    let mailbox: number;
    try {
      mailbox = (await perform(front, c, findMailbox, { name })).id;
    } catch (thrown) {
      return await refused(thrown, "mailbox");
    }
    try {
      const added = await perform(front, c, addAddress, { ...rest, expiresAt, mailbox });
      return doneAt(front, c, `${added.address} is an address now.`, "/admin/aliases");
    } catch (thrown) {
      return await refused(thrown, "address");
    }
  });

  const showChange = (c: WebContext, page: ChangePage, status: 200 | 403 | 422 = 200) =>
    wantsFragment(c)
      ? c.html(<ChangeForm page={page} csrf={c.get("csrf")} />)
      : c.html(<ChangeAlias frame={adminFrame(front, c)} page={page} />, status);

  /** An address on a mailbox, as whoever asks may see it. @throws Refusal "notFound" */
  const lineOf = async (c: WebContext, { address, mailbox }: { address: string; mailbox: number }) => {
    const { addresses } = await perform(front, c, listAddresses, { mailbox, pageSize: 1_000 });
    const line = addresses.find((one) => one.address === address);
    if (line === undefined) throw new Refusal("notFound", "There is no such address on that mailbox.");
    return line;
  };

  app.get("/change", asked(changeQuery), async (c) => {
    const { back: wanted, ...which } = c.req.valid("query");
    const line = await lineOf(c, which);
    return showChange(c, { ...line, expiresOn: dayOf(line.expiresAt), back: backTo(wanted), errors: {} });
  });

  app.post("/change", posted(changeForm), async (c) => {
    const form = c.req.valid("form");
    const { address = "", mailbox = "", back: wanted, newNote: note = "", newEnd: expiresOn = "" } = form.fields;
    const refused = async (errors: Errors, status: 403 | 422 = 422) => {
      const line = await lineOf(c, { address, mailbox: Number(mailbox) });
      return showChange(c, { ...line, note, expiresOn, back: backTo(wanted), errors }, status);
    };
    if (!form.ok) return await refused(form.errors);
    const { back: _, newEnd: day, newNote, ...which } = form.value;
    try {
      // The day that is there already may be over: only another one is set.
      const line = await lineOf(c, which);
      const ends = dayOf(line.expiresAt) === (day ?? "") ? {} : { expiresAt: day };
      await perform(front, c, setAddress, { ...which, note: newNote, ...ends });
      return doneAt(front, c, `${address} was changed.`, backTo(wanted));
    } catch (thrown) {
      const { "": sentence, ...errors } = errorsFrom(thrown, { expiresAt: "newEnd", note: "newNote" });
      return await refused(sentence === undefined ? errors : { ...errors, "": sentence }, statusFrom(thrown));
    }
  });

  app.post("/remove", posted(removeForm), async (c) => {
    const { back: wanted, ...which } = whole(c.req.valid("form"));
    await perform(front, c, removeAddress, which);
    return doneAt(front, c, `${which.address} was removed.`, backTo(wanted));
  });

  return app;
};
