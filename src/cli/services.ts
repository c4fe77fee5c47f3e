/** `gatepost services`: what listens where, and who may use it. */
import type { AccessRule } from "../net/access.ts";
import { Refusal } from "../refusal.ts";
import { type Command, printRows, textOf, UsageError } from "./command.ts";

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
    set: {
      usage: "PORT [--access any|lan|NETWORK,…] [--on|--off]",
      summary: "Opens or closes a standard port, and says who may use it.",
      options: { access: { type: "string" }, on: { type: "boolean" }, off: { type: "boolean" } },
      arity: [1, 1],
      run: async (context) => {
        const { listening } = context.appliance;
        const ports = listening.list().flatMap((service) => service.ports);
        const port = ports.find(({ standardPort }) => String(standardPort) === context.args[0]);
        if (port === undefined) {
          const known = ports.map(({ standardPort }) => standardPort).join(", ");
          throw new Refusal("notFound", `There is no standard port ${context.args[0]} here. There are: ${known}.`);
        }
        if (context.values.on === true && context.values.off === true)
          throw new UsageError("A port is either on or off.");
        const access = textOf(context.values, "access");
        await listening.update(port.id, {
          enabled: context.values.on === true || (port.enabled && context.values.off !== true),
          access: access === undefined ? port.access : accessFrom(access),
        });
      },
    },
  },
} satisfies Command;

function accessFrom(text: string): AccessRule {
  return text === "any" || text === "lan" ? text : text.split(",").map((network) => network.trim());
}

function accessText(access: "any" | "lan" | readonly string[]): string {
  return typeof access === "string" ? access : access.join(", ");
}
