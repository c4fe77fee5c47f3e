/** Groups of people that rules are about. Mounted by gateway.tsx at /admin/gateway/groups. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import { atGroup, GROUPS, PeopleGroups, PeopleGroupView } from "../../../../views/admin/gateway/groups.tsx";
import {
  addPeopleGroup,
  type PeopleGroupView as Group,
  listPeopleGroups,
  removePeopleGroup,
  setPeopleGroup,
} from "../../../administration/gateway/groups.ts";
import { Refusal } from "../../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { type Errors, errorsFrom, type Fields, posted, statusFrom } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";
import { people, peopleOf } from "./fields.ts";

const name = z.string().trim().min(1, "A group has a name.").max(100, "A name has at most 100 characters.");
const rest = { description: z.string().trim().max(500, "At most 500 characters."), members: people };
const newForm = z.strictObject({ name, ...rest });
const changeForm = z.strictObject({ rename: name, ...rest });

export const peopleGroupRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const showList = async (c: WebContext, typed?: Fields, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const { groups } = await perform(front, c, listPeopleGroups, {});
    const form = { csrf: c.get("csrf"), action: GROUPS, errors, ...(typed && { typed }) };
    const people = await peopleOf(front, c);
    return c.html(<PeopleGroups frame={adminFrame(front, c)} groups={groups} form={form} people={people} />, status);
  };

  const show = async (
    c: WebContext,
    group: Group,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const form = { csrf: c.get("csrf"), action: atGroup(group.name), errors, ...(typed && { typed }) };
    const people = await peopleOf(front, c);
    return c.html(<PeopleGroupView frame={adminFrame(front, c)} group={group} form={form} people={people} />, status);
  };

  const groupOf = async (c: WebContext): Promise<Group> => {
    const { groups } = await perform(front, c, listPeopleGroups, {});
    const found = groups.find((group) => group.name === c.req.param("name"));
    if (found === undefined) throw new Refusal("notFound", "There is no such group.");
    return found;
  };

  app.get("/", (c) => showList(c));

  app.post("/", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await showList(c, form.fields, form.errors, 422);
    try {
      const made = await perform(front, c, addPeopleGroup, form.value);
      return doneAt(front, c, `The group ${made.name} is there: rules can name it.`, GROUPS);
    } catch (thrown) {
      return await showList(c, form.fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:name", async (c) => show(c, await groupOf(c)));

  app.post("/:name", posted(changeForm), async (c) => {
    const group = await groupOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, group, form.fields, form.errors, 422);
    const { rename, ...change } = form.value;
    try {
      const after = await perform(front, c, setPeopleGroup, {
        ...{ ...change, name: group.name },
        ...(rename !== group.name && { rename }),
      });
      return doneAt(front, c, `The group ${after.name} was changed.`, GROUPS);
    } catch (thrown) {
      return show(c, group, form.fields, errorsFrom(thrown, { name: "rename" }), statusFrom(thrown));
    }
  });

  app.get("/:name/remove", async (c) => {
    const group = await groupOf(c);
    const question: Question = {
      title: `Remove the group ${group.name}?`,
      text: "The people in it stay. A group that a rule is about cannot be removed; change the rule first.",
      action: `${atGroup(group.name)}/remove`,
      doIt: "Remove the group",
      back: atGroup(group.name),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="gateway/rules" question={question} />);
  });

  app.post("/:name/remove", async (c) => {
    const group = await groupOf(c);
    await perform(front, c, removePeopleGroup, { name: group.name });
    return doneAt(front, c, `The group ${group.name} was removed.`, GROUPS);
  });

  return app;
};
