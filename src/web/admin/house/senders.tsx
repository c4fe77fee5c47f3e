/** Senders whose mail the house always or never wants. Mounted by house.tsx at /admin/house/senders. */
import { Hono } from "hono";
import { HouseSenders, SENDERS } from "../../../../views/admin/house/senders.tsx";
import { addSender, listSenders, removeSender } from "../../../administration/mail/spam.ts";
import { SHARED_PROFILE } from "../../../filter/spam-settings.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { type Errors, errorsFrom, type Fields, posted, statusFrom, whole } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import { senderForm, sendersForm } from "../../senders.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";

export const senderRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const id = SHARED_PROFILE;

  const show = async (c: WebContext, typed: Fields = {}, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const { senders } = await perform(front, c, listSenders, { id });
    const part = {
      ...{ action: SENDERS, csrf: c.get("csrf"), senders, errors },
      ...{ patterns: typed.patterns ?? "", wanted: typed.wanted !== "off" },
    };
    return c.html(<HouseSenders frame={adminFrame(front, c)} part={part} />, status);
  };

  app.get("/", (c) => show(c));

  app.post("/", posted(sendersForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, form.fields, form.errors, 422);
    try {
      await perform(front, c, addSender, { id, ...form.value });
      return doneAt(front, c, "The list is changed.", SENDERS);
    } catch (thrown) {
      const { "": patterns = "", ...errors } = errorsFrom(thrown);
      return await show(c, form.fields, { patterns, ...errors }, statusFrom(thrown));
    }
  });

  app.post("/remove", posted(senderForm), async (c) => {
    const { pattern } = whole(c.req.valid("form"));
    await perform(front, c, removeSender, { id, pattern });
    return doneAt(front, c, `${pattern} is on no list any more.`, SENDERS);
  });

  return app;
};
