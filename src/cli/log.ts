/** `gatepost log`: what happened lately. */
import type { z } from "zod";
import { listLog } from "../administration/server/log.ts";
import { type Command, printRows, textOf } from "./command.ts";

const OPTIONS = {
  room: { type: "string" },
  level: { type: "string" },
  user: { type: "string" },
  limit: { type: "string" },
} as const;

export const log = {
  name: "log",
  summary: "What happened lately.",
  actions: {
    "": {
      usage: "[--room NAME] [--level info|warn|error] [--user LOGIN] [--limit N]",
      summary: "Shows the latest entries of the log, the latest first.",
      options: OPTIONS,
      performs: [listLog],
      arity: [0, 0],
      run: async (context) => {
        const wanted = Object.keys(OPTIONS).flatMap((name) => {
          const text = textOf(context.values, name);
          return text === undefined ? [] : [[name, text]];
        });
        // Texts throughout: the operation's schema makes of them what they are.
        const { events } = await context.perform(listLog, Object.fromEntries(wanted) as z.input<typeof listLog.input>);
        printRows(context, events, ["at", "level", "room", "name", "user", "remote", "text"]);
      },
    },
  },
} satisfies Command;
