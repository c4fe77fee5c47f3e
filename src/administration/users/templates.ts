/** Templates of letters: everybody's own. What the audit log keeps of one is that it changed, not what it says. */
import { z } from "zod";
import { newTemplate, type Template, templateChange } from "../../directory/templates.ts";
import { requireOwn } from "../may.ts";
import { operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

const templateView = z.object({
  id: z.number().int(),
  name: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  updatedAt: timeText,
});
export type TemplateView = z.output<typeof templateView>;

const id = z.coerce.number().int().min(1);

export const listTemplates = operation({
  name: "template.list",
  summary: "Lists one's own templates of letters by name.",
  http: "GET /templates",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: z.object({ templates: z.array(templateView) }),
  run: (context) => ({
    templates: context.directory.templates.of(requireOwn(context, "templates are").id).map(viewOf),
  }),
});

export const addTemplate = operation({
  name: "template.add",
  summary: "Keeps a template of letters.",
  http: "POST /templates",
  scope: "self:write",
  who: "user",
  input: newTemplate,
  output: templateView,
  async run(context, wanted) {
    const user = requireOwn(context, "templates are");
    return await context.commit((tx, note) => {
      const made = context.directory.templates.addWithin(tx, user.id, wanted, context.now());
      note({ subject: `template ${made.id} of ${user.login}` });
      return viewOf(made);
    });
  },
});

export const setTemplate = operation({
  name: "template.set",
  summary: "Changes a template of letters; what is not given stays.",
  http: "PATCH /templates/{id}",
  scope: "self:write",
  who: "user",
  input: templateChange.safeExtend({ id }),
  output: templateView,
  async run(context, { id, ...change }) {
    const user = requireOwn(context, "templates are");
    return await context.commit((tx, note) => {
      const after = context.directory.templates.setWithin(tx, user.id, id, change, context.now());
      note({ subject: `template ${id} of ${user.login}` });
      return viewOf(after);
    });
  },
});

export const removeTemplate = operation({
  name: "template.remove",
  summary: "Removes a template of letters.",
  http: "DELETE /templates/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    const user = requireOwn(context, "templates are");
    await context.commit((tx, note) => {
      context.directory.templates.removeWithin(tx, user.id, id);
      note({ subject: `template ${id} of ${user.login}` });
    });
    return {};
  },
});

const viewOf = (template: Template): TemplateView => ({ ...template, updatedAt: textOfTime(template.updatedAt) });

export const templateOperations = [listTemplates, addTemplate, setTemplate, removeTemplate] as const;
