/** The quarantine: list, one message, release, delete. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { Quarantine, QuarantinedMessage } from "../../../views/admin/quarantine.tsx";
import {
  listQuarantine,
  releaseQuarantined,
  removeQuarantined,
  showQuarantined,
} from "../../administration/mail/quarantine.ts";
import { Refusal } from "../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, listQuery, posted, ticked, whole } from "../form.ts";
import { heldLine } from "../held.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame, idOf, PAGE_SIZE, pagesOf } from "./office.ts";

const AT = "/admin/quarantine";
const releaseForm = z.strictObject({ to: z.string().max(320).default(""), learn: ticked });

export const quarantineRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const messageOf = (c: WebContext): number => {
    const id = idOf(c);
    if (id === undefined) throw new Refusal("notFound", "This message is not held any more.");
    return id;
  };

  app.get("/", asked(z.object(listQuery)), async (c) => {
    const { q: search, page } = c.req.valid("query");
    const { messages, total } = await perform(front, c, listQuarantine, { search, page, pageSize: PAGE_SIZE });
    const found = { search, page, pages: pagesOf(total), total, lines: messages.map(heldLine) };
    return c.html(<Quarantine frame={adminFrame(front, c)} page={found} />);
  });

  app.get("/:id", async (c) => {
    const held = await perform(front, c, showQuarantined, { id: messageOf(c) });
    return c.html(<QuarantinedMessage frame={adminFrame(front, c)} page={heldLine(held)} />);
  });

  app.post("/:id/release", posted(releaseForm), async (c) => {
    const { to, learn } = whole(c.req.valid("form"));
    const { recipients } = await perform(front, c, releaseQuarantined, { id: messageOf(c), to, learn });
    return doneAt(front, c, `Released to ${recipients.join(", ")}.`, AT);
  });

  app.get("/:id/remove", async (c) => {
    const held = await perform(front, c, showQuarantined, { id: messageOf(c) });
    const question: Question = {
      title: "Delete this message?",
      text: `“${held.subject || "(no subject)"}” from ${held.from || "nobody"} is not delivered, and its sender is not told.`,
      action: `${AT}/${held.id}/remove`,
      doIt: "Delete it",
      back: `${AT}/${held.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="quarantine" question={question} />);
  });

  app.post("/:id/remove", async (c) => {
    await perform(front, c, removeQuarantined, { id: messageOf(c) });
    return doneAt(front, c, "The message was deleted.", AT);
  });

  return app;
};
