/** Junk of an own mailbox. */
import type { Hono } from "hono";
import { z } from "zod";
import { MailboxJunk } from "../../../../views/webmail/options-junk.tsx";
import { resetSpam, setSpam, showSpam, trainSpam, untrainSpam } from "../../../administration/mail/spam.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { type Errors, posted } from "../../form.ts";
import type { Places } from "./mailbox.tsx";
import { type Office, problemOf } from "./office.tsx";

const AT = "/:mailbox{\\d+}/junk";
const scoreForm = z.strictObject({
  junkAt: z
    .string()
    .trim()
    .transform((text) => (text === "" ? null : Number(text.replace(",", "."))))
    .refine((score) => score === null || Number.isFinite(score), "Type a number such as 5, or nothing."),
});
const teachingForm = z.strictObject({ folder: z.string().max(1_000), kind: z.enum(["ham", "spam", "none"]) });

const counted = (count: number) => (count === 1 ? "one message" : `${count} messages`);

/** Routes below a mailbox. */
export function junkPages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  type Place = Awaited<ReturnType<Places>>;

  const show = async (c: WebContext, { frame, head, view }: Place, errors: Errors = {}, typed?: string) => {
    const status = await office.perform(c, showSpam, { id: head.id });
    const page = {
      ...{ ...head, errors, spam: status.spam, ham: status.ham },
      junkAt: typed ?? (status.junkAt === null ? "" : String(status.junkAt)),
      usualAt: status.usualJunkAt,
      folders: view.folders.map(({ name }) => name),
    };
    return await office.show(c, "Junk", <MailboxJunk frame={frame} page={page} />, errors);
  };

  app.get(AT, async (c) => await show(c, await placeOf(c, "junk")));

  app.post(AT, posted(scoreForm), async (c) => {
    const here = await placeOf(c, "junk");
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, here, form.errors, form.fields.junkAt);
    try {
      await office.perform(c, setSpam, { id: here.head.id, ...form.value });
      return office.done(c, "Where Junk begins is changed.", here.frame.here);
    } catch (thrown) {
      return await show(c, here, problemOf(thrown), form.fields.junkAt);
    }
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
      const text = kind === "none" ? `Took back what ${counted(learned)} taught.` : `Learned from ${counted(learned)}.`;
      return office.done(c, text, here.frame.here);
    } catch (thrown) {
      return await show(c, here, problemOf(thrown));
    }
  });

  app.post(`${AT}/reset`, async (c) => {
    const here = await placeOf(c, "junk");
    await office.perform(c, resetSpam, { id: here.head.id });
    return office.done(c, "What was learned here is forgotten.", here.frame.here);
  });
}
