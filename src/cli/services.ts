/** `gatepost services`: what listens where, and who may use it. */
import { listServices, setService } from "../administration/server/access.ts";
import { accessFrom, accessText, inputOf } from "./access.ts";
import { type Command, printOne, printRows, textOf, UsageError } from "./command.ts";

export const services = {
  name: "services",
  summary: "What listens where, and who may use it.",
  actions: {
    "": {
      usage: "",
      summary: "Lists the services.",
      performs: [listServices],
      arity: [0, 0],
      run: async (context) => {
        const { ports } = await context.perform(listServices, {});
        const rows = ports.map(({ service, address, port, tls, access, state, connections, problem }) => ({
          ...{ service, address, port, tls, access: accessText(access), state, connections },
          ...(problem !== undefined && { problem }),
        }));
        printRows(context, rows, ["service", "address", "port", "tls", "access", "state"]);
      },
    },
    set: {
      usage: "PORT [--access any|lan|NETWORK,…] [--on|--off]",
      summary: "Opens or closes a standard port, and says who may use it.",
      options: { access: { type: "string" }, on: { type: "boolean" }, off: { type: "boolean" } },
      performs: [setService],
      arity: [1, 1],
      run: async (context) => {
        const { on, off } = context.values;
        if (on === true && off === true) throw new UsageError("A port is either on or off.");
        const [port = ""] = context.args;
        const access = textOf(context.values, "access");
        const after = await context.perform(setService, {
          port,
          ...((on === true || off === true) && { enabled: on === true }),
          ...(access !== undefined && { access: inputOf(accessFrom(access)) }),
        });
        if (context.json) printOne(context, after);
      },
    },
  },
} satisfies Command;
