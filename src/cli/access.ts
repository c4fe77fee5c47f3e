/** `gatepost access`: the LAN list, and who may use which port. */
import { setAccess, setService, showAccess } from "../administration/server/access.ts";
import type { AccessRule } from "../net/access.ts";
import { type Command, type Context, printOne, printRows, textsOf, UsageError } from "./command.ts";

/** A rule as people write it: any, lan, or networks with commas between. */
export function accessFrom(text: string): AccessRule {
  if (text === "any" || text === "lan") return text;
  return text
    .split(",")
    .map((network) => network.trim())
    .filter((network) => network !== "");
}

/** A rule in a word or a line. */
export function accessText(access: AccessRule): string {
  if (typeof access === "string") return access;
  return access.length === 0 ? "nobody" : access.join(", ");
}

async function show(context: Context): Promise<void> {
  const { lan, ports } = await context.perform(showAccess, {});
  if (context.json) {
    printOne(context, { lan, ports });
    return;
  }
  context.out("LAN");
  for (const network of lan) context.out(`  ${network}`);
  context.out("");
  const rows = ports.map(({ standardPort, label, enabled, access }) => ({
    ...{ port: standardPort, service: label, open: enabled ? "yes" : "no" },
    access: accessText(access),
  }));
  printRows(context, rows, ["port", "service", "open", "access"]);
}

export const access = {
  name: "access",
  summary: "The LAN list, and who may use which port.",
  actions: {
    show: {
      usage: "",
      summary: "Shows the LAN list and the rule of every port.",
      performs: [showAccess],
      arity: [0, 0],
      run: show,
    },
    lan: {
      usage: "[NETWORK…] [--add NETWORK]… [--remove NETWORK]…",
      summary: "Sets the networks of the LAN list, adds some, or takes some away.",
      options: { add: { type: "string", multiple: true }, remove: { type: "string", multiple: true } },
      performs: [setAccess],
      arity: [0, 1_000],
      run: async (context) => {
        const [add, remove] = [textsOf(context.values, "add"), textsOf(context.values, "remove")];
        if (context.args.length + add.length + remove.length === 0)
          throw new UsageError("Say which networks, such as 192.168.1.0/24.");
        const lan = context.args.length > 0 ? { lan: [...context.args] } : {};
        await context.perform(setAccess, { ...lan, add, remove });
        await show(context);
      },
    },
    set: {
      usage: "PORT any|lan|NETWORK,…",
      summary: "Says who may use a port, by its standard number.",
      performs: [setService],
      arity: [2, 2],
      run: async (context) => {
        const [port = "", rule = ""] = context.args;
        const after = await context.perform(setService, { port, access: inputOf(accessFrom(rule)) });
        if (context.json) printOne(context, after);
        else context.out(`Port ${after.standardPort} is open to: ${accessText(after.access)}`);
      },
    },
  },
} satisfies Command;

/** The rule as an operation takes it. */
export function inputOf(rule: AccessRule): "any" | "lan" | string[] {
  return typeof rule === "string" ? rule : [...rule];
}
