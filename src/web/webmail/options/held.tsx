/** Mail that is held for an own mailbox. */
import type { Hono } from "hono";
import { z } from "zod";
import { MailboxHeld, MailboxHeldMessage } from "../../../../views/webmail/options-held.tsx";
import { t } from "../../../../views/words/words.ts";
import { listHeld, releaseHeld, removeHeld, showHeld } from "../../../administration/mail/quarantine.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, listQuery, posted, ticked, whole } from "../../form.ts";
import { heldLine } from "../../held.ts";
import type { Places } from "./mailbox.tsx";
import type { Office } from "./office.tsx";

const AT = "/:mailbox{\\d+}/held";
const ONE = `${AT}/:message{\\d{1,15}}`;
const PAGE_SIZE = 50;
const releaseForm = z.strictObject({ learn: ticked });

/** Routes below a mailbox. */
export function heldPages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  const messageOf = (c: WebContext) => Number(c.req.param("message"));

  app.get(AT, asked(z.object(listQuery)), async (c) => {
    const { frame, head } = await placeOf(c, "held");
    const { q: search, page } = c.req.valid("query");
    const { messages, total } = await office.perform(c, listHeld, { id: head.id, search, page, pageSize: PAGE_SIZE });
    const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
    const shown = { ...head, search, page, pages, total, lines: messages.map(heldLine) };
    return await office.show(c, t("Held mail"), <MailboxHeld frame={frame} page={shown} />);
  });

  app.get(ONE, async (c) => {
    const { frame, head } = await placeOf(c, "held");
    const held = await office.perform(c, showHeld, { id: head.id, message: messageOf(c) });
    return await office.show(
      c,
      t("Held message"),
      <MailboxHeldMessage frame={frame} head={head} page={heldLine(held)} />,
    );
  });

  app.post(`${ONE}/release`, posted(releaseForm), async (c) => {
    const { head } = await placeOf(c, "held");
    const { learn } = whole(c.req.valid("form"));
    await office.perform(c, releaseHeld, { id: head.id, message: messageOf(c), learn });
    return office.done(c, t("The message is delivered."), `${head.href}/held`);
  });

  app.post(`${ONE}/remove`, async (c) => {
    const { head } = await placeOf(c, "held");
    await office.perform(c, removeHeld, { id: head.id, message: messageOf(c) });
    return office.done(c, t("The message was deleted."), `${head.href}/held`);
  });
}
