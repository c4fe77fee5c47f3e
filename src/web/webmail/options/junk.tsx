/** Junk of an own mailbox. */
import type { Hono } from "hono";
import { z } from "zod";
import { MailboxJunk } from "../../../../views/webmail/options-junk.tsx";
import { t, tn } from "../../../../views/words/words.ts";
import {
  addSender,
  listSenders,
  removeSender,
  resetSpam,
  setSpam,
  showSpam,
  trainSpam,
  untrainSpam,
} from "../../../administration/mail/spam.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { type Errors, type Fields, posted, whole } from "../../form.ts";
import { senderForm, sendersForm } from "../../senders.ts";
import type { Places } from "./mailbox.tsx";
import { type Office, problemOf } from "./office.tsx";

const AT = "/:mailbox{\\d+}/junk";
const score = z
  .string()
  .trim()
  .transform((text) => (text === "" ? null : Number(text.replace(",", "."))))
  .refine((score) => score === null || Number.isFinite(score), "Type a number such as 5, or nothing.");
/** A score that the form does not name stays. */
const scoreForm = z.strictObject({
  junkAt: score.optional(),
  quarantineAt: score.optional(),
  refuseAt: score.optional(),
});
const teachingForm = z.strictObject({ folder: z.string().max(1_000), kind: z.enum(["ham", "spam", "none"]) });

const counted = (count: number) => tn(count, "{n} message", "{n} messages");

/** Routes below a mailbox. */
export function junkPages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  type Place = Awaited<ReturnType<Places>>;

  const show = async (c: WebContext, { frame, head, view }: Place, errors: Errors = {}, typed: Fields = {}) => {
    const status = await office.perform(c, showSpam, { id: head.id });
    const { senders } = await office.perform(c, listSenders, { id: head.id });
    const { usualJunkAt: junkAt, usualQuarantineAt: quarantineAt, usualRefuseAt: refuseAt } = status;
    const page = {
      ...{ ...head, errors, spam: status.spam, ham: status.ham, senders },
      junkAt: typed.junkAt ?? String(status.junkAt ?? ""),
      quarantineAt: typed.quarantineAt ?? String(status.quarantineAt ?? ""),
      refuseAt: typed.refuseAt ?? String(status.refuseAt ?? ""),
      usual: { junkAt, quarantineAt, refuseAt },
      ...{ patterns: typed.patterns ?? "", wanted: typed.wanted !== "off" },
      folders: view.folders.map(({ name }) => name),
    };
    return await office.show(c, t("Junk"), <MailboxJunk frame={frame} page={page} />, errors);
  };

  app.get(AT, async (c) => await show(c, await placeOf(c, "junk")));

  app.post(AT, posted(scoreForm), async (c) => {
    const here = await placeOf(c, "junk");
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, here, form.errors, form.fields);
    try {
      await office.perform(c, setSpam, { id: here.head.id, ...form.value });
      return office.done(c, t("Where Junk begins is changed."), here.frame.here);
    } catch (thrown) {
      return await show(c, here, problemOf(thrown), form.fields);
    }
  });

  app.post(`${AT}/senders`, posted(sendersForm), async (c) => {
    const here = await placeOf(c, "junk");
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, here, form.errors, form.fields);
    try {
      await office.perform(c, addSender, { id: here.head.id, ...form.value });
      return office.done(c, t("The list is changed."), here.frame.here);
    } catch (thrown) {
      const { "": patterns = "", ...others } = problemOf(thrown);
      return await show(c, here, { ...others, patterns }, form.fields);
    }
  });

  app.post(`${AT}/senders/remove`, posted(senderForm), async (c) => {
    const here = await placeOf(c, "junk");
    const { pattern } = whole(c.req.valid("form"));
    await office.perform(c, removeSender, { id: here.head.id, pattern });
    return office.done(c, t("{pattern} is on no list any more.", { pattern }), here.frame.here);
  });

  app.post(`${AT}/train`, posted(teachingForm), async (c) => {
    const here = await placeOf(c, "junk");
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, here, form.errors);
    const { folder, kind } = form.value;
    const { id } = here.head;
    try {
      const { learned } =
        kind === "none"
          ? await office.perform(c, untrainSpam, { id, folder })
          : await office.perform(c, trainSpam, { id, folder, kind });
      const text =
        kind === "none"
          ? t("Took back what {messages} taught.", { messages: counted(learned) })
          : t("Learned from {messages}.", { messages: counted(learned) });
      return office.done(c, text, here.frame.here);
    } catch (thrown) {
      return await show(c, here, problemOf(thrown));
    }
  });

  app.post(`${AT}/reset`, async (c) => {
    const here = await placeOf(c, "junk");
    await office.perform(c, resetSpam, { id: here.head.id });
    return office.done(c, t("What was learned here is forgotten."), here.frame.here);
  });
}
