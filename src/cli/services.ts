/** `gatepost services`: what listens where, and who may use it. */
import { type Command, printRows } from "./command.ts";

export const services = {
  name: "services",
  summary: "What listens where, and who may use it.",
  actions: {
    "": {
      usage: "",
      summary: "Lists the services.",
      arity: [0, 0],
      run: (context) => {
        const rows = context.appliance.services().map((entry) => ({ ...entry, access: accessText(entry.access) }));
        printRows(context, rows, ["service", "address", "port", "tls", "access", "state"]);
      },
    },
  },
} satisfies Command;

function accessText(access: "any" | "lan" | readonly string[]): string {
  return typeof access === "string" ? access : access.join(", ");
}
