/** The tab Autoresponder, and its preview, which is made anew while one types. */
import { Hono } from "hono";
import { z } from "zod";
import { Autoresponder, Preview, type ReplyPreview } from "../../../../views/admin/mailboxes/autoresponder.tsx";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import type { WebEnv } from "../../context.ts";
import { anyFields, dayOf, dayOrNone, type Fields, lines, posted, ticked } from "../../form.ts";
import type { Desk, TabPage } from "./desk.tsx";

const autoresponderForm = z.strictObject({
  enabled: ticked,
  startsOn: dayOrNone,
  endsOn: dayOrNone,
  subject: z.string(),
  text: z.string().transform((text) => text.replaceAll(/\r\n?/g, "\n")),
  periodDays: z.coerce.number("Give a number of days."),
  doNotRespond: lines,
});

const previewOf = ({ label, autoresponder }: MailboxView, now: number): ReplyPreview => ({
  ...autoresponder,
  from: label,
  startsOn: dayOf(autoresponder.startsAt),
  endsOn: dayOf(autoresponder.endsAt),
  today: dayOf(now),
  periodDays: String(autoresponder.periodDays),
});

/** The same from what stands in the form now. */
const previewFrom = (view: MailboxView, fields: Fields, now: number): ReplyPreview => ({
  from: view.label,
  today: dayOf(now),
  enabled: fields.enabled !== undefined,
  subject: (fields.subject ?? "").slice(0, 200),
  text: (fields.text ?? "").slice(0, 20_000),
  startsOn: (fields.startsOn ?? "").slice(0, 10),
  endsOn: (fields.endsOn ?? "").slice(0, 10),
  periodDays: (fields.periodDays ?? "").slice(0, 6),
  doNotRespond: lines.parse((fields.doNotRespond ?? "").slice(0, 20_000)),
});

const autoresponderPage = (desk: Desk): TabPage => ({
  name: "autoresponder",
  render: (_c, view, form) => <Autoresponder tab={{ ...previewOf(view, desk.front.deps.now()), id: view.id, form }} />,
});

export const autoresponderRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:id{\\d+}/autoresponder", (c) => desk.open(c, autoresponderPage(desk)))
    .post("/:id{\\d+}/autoresponder", posted(autoresponderForm), (c) =>
      desk.save(c, autoresponderPage(desk), c.req.valid("form"), (_view, { startsOn, endsOn, ...rest }) => ({
        autoresponder: { ...rest, startsAt: startsOn, endsAt: endsOn },
      })),
    )
    .post("/:id{\\d+}/autoresponder/preview", posted(anyFields), async (c) => {
      const view = await desk.view(c);
      const { fields } = c.req.valid("form");
      return c.html(<Preview id={view.id} preview={previewFrom(view, fields, desk.front.deps.now())} />);
    });
