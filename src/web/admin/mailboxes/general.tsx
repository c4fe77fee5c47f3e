/** The tab General: description, owner, mail group, the name and password of its own; and removing the mailbox. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import { General } from "../../../../views/admin/mailboxes/general.tsx";
import type { TabForm } from "../../../../views/parts/tabs.tsx";
import { sizeWords } from "../../../../views/parts/telling.tsx";
import type { MailboxView } from "../../../administration/mail/mailbox-view.ts";
import { passwordOfMailbox, removeMailbox } from "../../../administration/mail/mailboxes.ts";
import { type WebEnv, wantsFragment } from "../../context.ts";
import { posted } from "../../form.ts";
import { perform } from "../../performing.ts";
import { adminFrame } from "../office.ts";
import { atMailbox, type Desk, type MailboxChange, type TabPage } from "./desk.tsx";
import { groupNames } from "./list.tsx";

const line = z.string().max(1_000, "That is too long.");
const generalForm = z.strictObject({
  description: line,
  owner: line.optional(),
  group: line.optional(),
  login: line,
});
const passwordForm = z.strictObject({
  /** What password managers keep the password under. */
  login: z.string().optional(),
  password: z.string().min(1, "Give a password.").max(1024, "The password is too long."),
});

const changeOf = (view: MailboxView, form: z.output<typeof generalForm>): MailboxChange => {
  const { description, owner, group, login } = form;
  return {
    description,
    ...(owner !== undefined && owner.trim() !== view.owner && { owner: owner.trim() }),
    ...(group !== undefined && group !== (view.group ?? "") && { group: group === "" ? null : group }),
    ...(login.trim() !== (view.login ?? "") && { login: login.trim() === "" ? null : login }),
  };
};

/** The tab; `which` form stands in it as it was sent. */
const generalPage = (desk: Desk, which: "form" | "passwordForm" = "form"): TabPage => ({
  name: "general",
  render: async (c, view, form) => {
    const at = `/admin/mailboxes/${view.id}`;
    const untouched = (action: string): TabForm => ({ csrf: form.csrf, action, errors: {} });
    const forms = { form: untouched(`${at}/general`), passwordForm: untouched(`${at}/password`) };
    forms[which] = { ...form, action: forms[which].action };
    const groups = await groupNames(desk.front, c);
    return <General tab={{ ...view, ...forms, groups }} />;
  },
});

export const generalRoutes = (desk: Desk): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get("/:id{\\d+}", (c) => desk.open(c, generalPage(desk)));
  app.get("/:id{\\d+}/general", (c) => desk.open(c, generalPage(desk)));
  app.post("/:id{\\d+}/general", posted(generalForm), (c) =>
    desk.save(c, generalPage(desk), c.req.valid("form"), changeOf),
  );

  app.post("/:id{\\d+}/password", posted(passwordForm), async (c) => {
    const view = await desk.view(c);
    const form = c.req.valid("form");
    const page = generalPage(desk, "passwordForm");
    if (!form.ok) return await desk.answer(c, view, page, { errors: form.errors, typed: {} });
    try {
      await perform(desk.front, c, passwordOfMailbox, { id: view.id, password: form.value.password });
      return desk.done(c, `${view.login} has a new password.`, atMailbox(view.id));
    } catch (thrown) {
      return await desk.refused(c, view, page, thrown, {}, "password");
    }
  });

  app.post("/:id{\\d+}/password/remove", async (c) => {
    const { id, label } = await desk.view(c);
    await perform(desk.front, c, passwordOfMailbox, { id, password: null });
    return desk.done(c, `${label} has no password of its own any more.`, atMailbox(id));
  });

  app.get("/:id{\\d+}/remove", async (c) => {
    const question = questionFor(await desk.view(c));
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(desk.front, c)} place="mailboxes" question={question} />);
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const { id, label } = await desk.view(c);
    await perform(desk.front, c, removeMailbox, { id });
    return desk.done(c, `The mailbox ${label} was removed.`, "/admin/mailboxes");
  });

  return app;
};

const questionFor = ({ id, label, messages, size, addresses }: MailboxView): Question => {
  const mail = messages === 1 ? "1 message" : `${messages.toLocaleString("en")} messages`;
  const also = addresses.length === 0 ? "" : ` and ${addresses.length === 1 ? "its address" : "its addresses"}`;
  return {
    title: `Remove the mailbox ${label}?`,
    text: `${mail} (${sizeWords(size)})${also} go with it, for good.`,
    action: `/admin/mailboxes/${id}/remove`,
    doIt: "Remove the mailbox and the mail",
    back: atMailbox(id),
  };
};
