/** Mail groups: list, add, change, remove. They stand on the operations of src/administration. Mounted by admin.tsx at /admin/groups. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { Groups, GroupView } from "../../../views/admin/groups.tsx";
import {
  addMailGroup,
  listMailGroups,
  type MailGroupView,
  removeMailGroup,
  setMailGroup,
  showMailGroup,
} from "../../administration/mail/mail-groups.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { type Errors, errorsFrom, type Fields, posted, statusFrom } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import {
  inRules,
  quotaFields,
  quotaForm,
  quotaFrom,
  rowsOf,
  ruleFields,
  rulesFrom,
  sentRows,
} from "./mailboxes/limits.tsx";
import { adminFrame } from "./office.ts";

const name = z.string().trim().min(1, "A mail group has a name.").max(200, "That is too long.");
const newForm = z.strictObject({ name });
const changeForm = quotaForm.extend({
  ...ruleFields,
  rename: name,
  description: z.string().max(1_000, "That is too long."),
});

const at = ({ name }: Pick<MailGroupView, "name">) => `/admin/groups/${encodeURIComponent(name)}`;

export const groupRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const groupOf = (c: WebContext): Promise<MailGroupView> =>
    perform(front, c, showMailGroup, { name: c.req.param("name") ?? "" });

  const showList = async (c: WebContext, fields: Fields = {}, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const { groups } = await perform(front, c, listMailGroups, {});
    return c.html(<Groups frame={adminFrame(front, c)} page={{ groups, fields, errors }} />, status);
  };

  interface Wrong {
    readonly errors: Errors;
    readonly typed: Fields;
    readonly rows?: ReturnType<typeof rowsOf>;
    readonly status?: 403 | 422;
  }

  const show = (c: WebContext, group: MailGroupView, wrong?: Wrong) => {
    const form = {
      ...{ csrf: c.get("csrf"), action: at(group), errors: inRules(wrong?.errors ?? {}) },
      ...(wrong && { typed: wrong.typed }),
    };
    const page = { ...group, fields: quotaFields(group.quota), rows: wrong?.rows ?? rowsOf(group.expiry), form };
    return c.html(
      <GroupView frame={adminFrame(front, c)} page={page} />,
      wrong === undefined ? 200 : (wrong.status ?? 422),
    );
  };

  app.get("/", (c) => showList(c));

  app.post("/", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await showList(c, form.fields, form.errors, 422);
    try {
      const group = await perform(front, c, addMailGroup, { name: form.value.name });
      return doneAt(front, c, `The mail group ${group.name} is there: give it limits.`, at(group));
    } catch (thrown) {
      const { "": sentence, ...errors } = errorsFrom(thrown);
      const all = sentence === undefined ? errors : { ...errors, name: sentence };
      return await showList(c, form.fields, all, statusFrom(thrown));
    }
  });

  app.get("/:name", async (c) => show(c, await groupOf(c)));

  app.post("/:name", posted(changeForm), async (c) => {
    const group = await groupOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, group, { errors: form.errors, typed: form.fields });
    const { rename, description, folder, days, action, ...quota } = form.value;
    const sent = { folder, days, action };
    try {
      const after = await perform(front, c, setMailGroup, {
        ...{ name: group.name, description, quota: quotaFrom(quota), expiry: rulesFrom(sent) },
        ...(rename !== group.name && { rename }),
      });
      return doneAt(front, c, `The mail group ${after.name} was changed.`, at(after));
    } catch (thrown) {
      const errors = errorsFrom(thrown);
      return show(c, group, { errors, typed: form.fields, rows: sentRows(sent), status: statusFrom(thrown) });
    }
  });

  app.get("/:name/remove", async (c) => {
    const group = await groupOf(c);
    const question: Question = {
      title: `Remove the mail group ${group.name}?`,
      text: "Its mailboxes stay, without its limits and rules.",
      action: `${at(group)}/remove`,
      doIt: "Remove the mail group",
      back: at(group),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="groups" question={question} />);
  });

  app.post("/:name/remove", async (c) => {
    const group = await groupOf(c);
    await perform(front, c, removeMailGroup, { name: group.name });
    return doneAt(front, c, `The mail group ${group.name} was removed.`, "/admin/groups");
  });

  return app;
};
