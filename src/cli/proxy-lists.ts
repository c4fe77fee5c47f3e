/** `gatepost proxy list …`: lists of hosts that rules name. */
import {
  addHostList,
  bringHostList,
  type HostListView,
  listHostLists,
  lookUpHost,
  refreshHostList,
  removeHostList,
  setHostList,
  showHostList,
} from "../administration/gateway/lists.ts";
import { read } from "./certificate.ts";
import { type Action, type Context, printOne, printRows } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const properties = setHostList.input.omit({ name: true, wait: true });

const nameOf = ({ args }: Context) => ({ name: args[0] ?? "" });

function tell(context: Context, list: HostListView): void {
  if (context.json) printOne(context, list);
  else if (list.problem !== "") context.out(`${list.name} could not be read: ${list.problem}`);
  else context.out(`${list.name}: ${list.entries} read, ${list.skipped} left out.`);
}

/** What is written as url=, file= or hosts= is the source and the place in one. */
function sourced(words: readonly string[]): [name: string, value: string][] {
  return assignments(words).flatMap(([name, value]): [string, string][] => {
    if (name === "hosts")
      return [
        ["source", "text"],
        ["location", value.replaceAll(",", "\n")],
      ];
    if (name !== "url" && name !== "file") return [[name, value]];
    return [
      ["source", name],
      ["location", value],
    ];
  });
}

export const hostListActions = {
  "list list": {
    usage: "",
    summary: "Lists the host lists, and how reading them went.",
    arity: [0, 0],
    performs: [listHostLists],
    run: async (context) => {
      const { lists } = await context.perform(listHostLists, {});
      const columns = ["name", "source", "entries", "skipped", "enabled", "everyHours", "checkedAt", "problem"];
      printRows(context, lists, columns);
    },
  },
  "list show": {
    usage: "NAME",
    summary: "Shows a host list.",
    arity: [1, 1],
    performs: [showHostList],
    run: async (context) => printOne(context, await context.perform(showHostList, nameOf(context))),
  },
  "list add": {
    usage: "NAME url=URL|file=PATH|hosts=HOST,…|source=upload [PROPERTY=VALUE…]",
    summary: "Makes a list and reads it; file= is a path below lists/ of the data folder.",
    properties: propertiesOf(properties),
    arity: [2, 12],
    performs: [addHostList],
    run: async (context) => {
      const [name = "", ...words] = context.args;
      const { rename: _, ...given } = patchFrom(properties, sourced(words));
      tell(context, await context.perform(addHostList, { source: "upload", ...given, name }));
    },
  },
  "list set": {
    usage: "NAME PROPERTY=VALUE…",
    summary: "Changes a list; a new source is read.",
    properties: propertiesOf(properties),
    arity: [2, 12],
    performs: [setHostList],
    run: async (context) => {
      const [name = "", ...words] = context.args;
      tell(context, await context.perform(setHostList, { ...patchFrom(properties, sourced(words)), name }));
    },
  },
  "list bring": {
    usage: "NAME FILE",
    summary:
      "Replaces the hosts of a list whose source is upload by those in a file: hosts files, domains, AdBlock, dnsmasq.",
    arity: [2, 2],
    performs: [bringHostList],
    run: async (context) => {
      tell(context, await context.perform(bringHostList, { ...nameOf(context), hosts: read(context.args[1] ?? "") }));
    },
  },
  "list refresh": {
    usage: "NAME",
    summary: "Reads the source of a list now.",
    arity: [1, 1],
    performs: [refreshHostList],
    run: async (context) => tell(context, await context.perform(refreshHostList, nameOf(context))),
  },
  "list remove": {
    usage: "NAME",
    summary: "Removes a list that no rule names.",
    arity: [1, 1],
    performs: [removeHostList],
    run: async (context) => {
      await context.perform(removeHostList, nameOf(context));
      if (!context.json) context.out(`Removed the list ${context.args[0]}.`);
    },
  },
  "list lookup": {
    usage: "HOST",
    summary: "Says which lists a host is in.",
    arity: [1, 1],
    performs: [lookUpHost],
    run: async (context) => {
      const { host, lists } = await context.perform(lookUpHost, { host: context.args[0] ?? "" });
      if (context.json) printOne(context, { host, lists });
      else context.out(lists.length === 0 ? `${host} is in none of the lists.` : `${host}: ${lists.join(", ")}`);
    },
  },
} satisfies Record<string, Action>;
