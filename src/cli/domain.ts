/** `gatepost domain`: what is local. */
import { type Command, printRows } from "./command.ts";

export const domain = {
  name: "domain",
  summary: "Domains whose mail is kept here.",
  actions: {
    add: {
      usage: "DOMAIN",
      summary: "Makes a domain local.",
      arity: [1, 1],
      run: async (context) => {
        const made = await context.appliance.directory.domains.create({ name: context.args[0] ?? "" });
        if (!context.json) context.out(`Added ${made.name}`);
      },
    },
    list: {
      usage: "",
      summary: "Lists the domains.",
      arity: [0, 0],
      run: (context) => {
        const rows = context.appliance.directory.domains.list().map((entry) => ({ ...entry }));
        printRows(context, rows, ["name", "aliases", "unknownRecipients"]);
      },
    },
    remove: {
      usage: "DOMAIN",
      summary: "Makes a domain no longer local; its addresses must be gone before.",
      arity: [1, 1],
      run: async (context) => {
        await context.appliance.directory.domains.remove(context.args[0] ?? "");
        if (!context.json) context.out(`Removed ${context.args[0]}`);
      },
    },
  },
} satisfies Command;
