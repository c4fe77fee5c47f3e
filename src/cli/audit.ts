/** `gatepost audit`: who changed what, when, and what it was before. */
import type { z } from "zod";
import { listAudit } from "../administration/server/log.ts";
import { type Command, printRows, textOf } from "./command.ts";

const OPTIONS = {
  actor: { type: "string" },
  operation: { type: "string" },
  subject: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  limit: { type: "string" },
} as const;

export const audit = {
  name: "audit",
  summary: "Who changed what, when, from where, and what it was before.",
  actions: {
    list: {
      usage: "[--actor LOGIN] [--operation NAME] [--subject TEXT] [--since DATE] [--until DATE] [--limit N]",
      summary: "Lists changes, the latest first; NAME and TEXT may be parts.",
      options: OPTIONS,
      performs: [listAudit],
      arity: [0, 0],
      run: async (context) => {
        const wanted = Object.keys(OPTIONS).flatMap((name) => {
          const text = textOf(context.values, name);
          return text === undefined ? [] : [[name, text]];
        });
        // Texts throughout: the operation's schema makes of them what they are.
        const { changes } = await context.perform(
          listAudit,
          Object.fromEntries(wanted) as z.input<typeof listAudit.input>,
        );
        printRows(context, changes, [
          "at",
          "actor",
          "via",
          "token",
          "remote",
          "operation",
          "subject",
          "before",
          "after",
        ]);
      },
    },
  },
} satisfies Command;
