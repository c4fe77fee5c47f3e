/** `gatepost template`: what somebody writes again and again in webmail. */
import { addTemplate, listTemplates, removeTemplate, setTemplate } from "../administration/users/templates.ts";
import { newTemplate, templateChange } from "../directory/templates.ts";
import { type Command, printOne, printRows, UsageError } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

const PROPERTIES = Object.keys(newTemplate.shape);

export const template = {
  name: "template",
  summary: "Templates of letters that somebody writes in webmail; --as LOGIN says whose.",
  actions: {
    list: {
      usage: "--as LOGIN",
      summary: "Lists the templates by name.",
      arity: [0, 0],
      performs: [listTemplates],
      run: async (context) => {
        const { templates } = await context.perform(listTemplates, {});
        printRows(context, templates, ["id", "name", "subject", "updatedAt"]);
      },
    },
    add: {
      usage: "PROPERTY=VALUE… --as LOGIN",
      summary: "Keeps a template.",
      properties: PROPERTIES,
      arity: [1, 100],
      performs: [addTemplate],
      run: async (context) => {
        const { name, ...rest } = patchFrom(templateChange, assignments(context.args));
        if (typeof name !== "string") throw new UsageError("Give the template a name: name=…");
        printOne(context, await context.perform(addTemplate, { name, ...rest }));
      },
    },
    set: {
      usage: "TEMPLATE PROPERTY=VALUE… --as LOGIN",
      summary: "Changes a template. TEMPLATE is its number.",
      properties: PROPERTIES,
      arity: [2, 100],
      performs: [setTemplate],
      run: async (context) => {
        const [id = "", ...rest] = context.args;
        printOne(context, await context.perform(setTemplate, { id, ...patchFrom(templateChange, assignments(rest)) }));
      },
    },
    remove: {
      usage: "TEMPLATE --as LOGIN",
      summary: "Removes a template.",
      arity: [1, 1],
      performs: [removeTemplate],
      run: async (context) => {
        await context.perform(removeTemplate, { id: context.args[0] ?? "" });
        if (!context.json) context.out("The template is removed.");
      },
    },
  },
} satisfies Command;
