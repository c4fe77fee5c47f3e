/** `gatepost trace`: which messages came by, and what happened to one or in a session. */
import { listTraces, showTrace } from "../administration/server/log.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";

const FILTERS = ["from", "to", "subject", "result", "since", "until"] as const;

function wanted({ values }: Context): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = textOf(values, name);
    if (value !== undefined) given[name] = value;
  }
  const messageId = textOf(values, "message-id");
  return messageId === undefined ? given : { ...given, messageId };
}

export const trace = {
  name: "trace",
  summary: "Which messages came by, and what happened to one or in a session.",
  actions: {
    "": {
      usage: "ID",
      summary: "Shows what happened to a message or in a session, the earliest first.",
      performs: [showTrace],
      arity: [1, 1],
      run: async (context) => {
        const { messages, steps, events } = await context.perform(showTrace, { id: context.args[0] ?? "" });
        if (context.json) return printRows(context, events, ["at", "level", "room", "name", "text"]);
        for (const { at, from, to, subject, messageId, result, reply } of messages) {
          const what = { at, from: from || "<>", to: to.join(", "), subject, messageId, result, reply };
          printOne(context, what);
          context.out("");
        }
        if (steps.length === 0) context.out("Nothing is known of it, or it is too long ago.");
        for (const { at, title, text, details } of steps) {
          context.out(`${at}  ${title}: ${text}`);
          for (const line of details) context.out(`    ${line}`);
        }
      },
    },
    list: {
      usage:
        "[TEXT] [--from TEXT] [--to TEXT] [--subject TEXT] [--message-id TEXT] [--result RESULT] [--since TIME] [--until TIME] [--limit N]",
      summary: listTraces.summary,
      options: {
        ...Object.fromEntries(FILTERS.map((name) => [name, { type: "string" as const }])),
        "message-id": { type: "string" },
        limit: { type: "string" },
      },
      performs: [listTraces],
      arity: [0, 1],
      run: async (context) => {
        const limit = Number(textOf(context.values, "limit") ?? 50);
        if (!Number.isInteger(limit) || limit < 1) throw new UsageError("A limit is a whole number.");
        const search = context.args[0] ?? "";
        const { messages } = await context.perform(listTraces, {
          ...{ search, limit: Math.min(limit, 500) },
          ...wanted(context),
        });
        printRows(
          context,
          messages.map(({ from, to, ...message }) => ({ ...message, from: from || "<>", to: to.join(",") })),
          ["at", "trace", "from", "to", "result", "subject"],
        );
      },
    },
  },
} satisfies Command;
