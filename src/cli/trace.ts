/** `gatepost trace`: what happened to a message or in a session. */
import { showTrace } from "../administration/server/log.ts";
import { type Command, printRows } from "./command.ts";

export const trace = {
  name: "trace",
  summary: "What happened to a message or in a session.",
  actions: {
    "": {
      usage: "ID",
      summary: "Shows the events with a trace or session id, earliest first.",
      performs: [showTrace],
      arity: [1, 1],
      run: async (context) => {
        const { events } = await context.perform(showTrace, { id: context.args[0] ?? "" });
        printRows(context, events, ["at", "level", "room", "name", "text"]);
      },
    },
  },
} satisfies Command;
