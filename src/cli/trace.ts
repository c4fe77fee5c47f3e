/** `gatepost trace`: what happened to a message or in a session. */
import { type Command, printRows } from "./command.ts";

export const trace = {
  name: "trace",
  summary: "What happened to a message or in a session.",
  actions: {
    "": {
      usage: "ID",
      summary: "Shows the events with a trace or session id, earliest first.",
      arity: [1, 1],
      run: (context) => {
        const [id = ""] = context.args;
        const { events } = context.appliance.store;
        const found = [...events.recent({ trace: id, limit: 500 }), ...events.recent({ session: id, limit: 500 })];
        const unique = [...new Map(found.map((event) => [event.id, event])).values()].sort((a, b) => a.id - b.id);
        const rows = unique.map((event) => ({ ...event, at: new Date(event.at).toISOString() }));
        printRows(context, rows, ["at", "level", "room", "name", "text"]);
      },
    },
  },
} satisfies Command;
