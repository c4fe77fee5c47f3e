/** The settings: one page for each group, made from its schema. */
import { Hono } from "hono";
import { Settings } from "../../../views/admin/settings.tsx";
import { setSettings, showSettings, WrongSettings } from "../../administration/server/settings.ts";
import { Refusal } from "../../refusal.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { anyFields, type Errors, posted, sentenceOf } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";
import { fieldsOf, readValues, strangersIn } from "./settings-form.ts";

type Values = Record<string, unknown>;

export const settingsRoutes = (front: Front): Hono<WebEnv> => {
  const { settingsGroups } = front.deps;
  const app = new Hono<WebEnv>();
  const groups = settingsGroups.map(({ title, group }) => ({ name: group.name, title }));

  const groupOf = (c: WebContext) => {
    const found = settingsGroups.find(({ group }) => group.name === c.req.param("group"));
    if (found === undefined) throw new Refusal("notFound", "There is no such group of settings.");
    return found;
  };

  /** What is set, passwords covered. */
  const valuesOf = async (c: WebContext, group: string): Promise<Values> => {
    const { settings } = await perform(front, c, showSettings, { group });
    return Object.fromEntries(settings.map(({ name, value }) => [name, value]));
  };

  const show = (c: WebContext, values: Values, errors: Errors = {}, problem?: string) => {
    const { title, group } = groupOf(c);
    const fields = fieldsOf(group.schema, values, errors);
    const page = { groups, name: group.name, title, fields, ...(problem !== undefined && { problem }) };
    return c.html(<Settings frame={adminFrame(front, c)} page={page} />, problem === undefined ? 200 : 422);
  };

  app.get("/", (c) => {
    const [first] = groups;
    if (first === undefined) throw new Refusal("notFound", "There are no settings.");
    return c.redirect(`/admin/settings/${first.name}`, 303);
  });

  app.get("/:group", async (c) => show(c, await valuesOf(c, groupOf(c).group.name)));

  app.post("/:group", posted(anyFields), async (c) => {
    const { title, group } = groupOf(c);
    const { fields: form } = c.req.valid("form");
    const strangers = strangersIn(group.schema, form);
    if (strangers.length > 0)
      throw new Refusal("invalid", "The form has a field that does not belong there. Load the page again.");
    const values = readValues(group.schema, form, await valuesOf(c, group.name));
    try {
      const named = Object.entries(values).map(([name, value]) => [`${group.name}.${name}`, value]);
      await perform(front, c, setSettings, { values: Object.fromEntries(named) });
    } catch (thrown) {
      if (!(thrown instanceof WrongSettings)) return show(c, values, {}, sentenceOf(thrown));
      const errors = Object.entries(thrown.issues).map(([path, words]) => [path.slice(group.name.length + 1), words]);
      return show(c, values, Object.fromEntries(errors), "Some values do not fit; they are marked below.");
    }
    return doneAt(front, c, `${title}: the settings were changed.`, `/admin/settings/${group.name}`);
  });

  return app;
};
