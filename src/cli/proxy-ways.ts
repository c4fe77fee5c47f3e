/** `gatepost proxy limit …`, `proxy upstream …`: how much people may transfer, and through which proxies. */
import { type LimitView, listLimits, setLimit, showLimit } from "../administration/gateway/limits.ts";
import {
  addUpstream,
  listUpstreams,
  moveUpstream,
  removeUpstream,
  setUpstream,
  showUpstream,
  type UpstreamView,
} from "../administration/gateway/upstreams.ts";
import { Refusal } from "../refusal.ts";
import { type Action, type Context, everyPage, passwordFrom, printOne, printRows, textOf } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const limitProperties = setLimit.input.omit({ login: true });
const upstreamProperties = setUpstream.input.omit({ id: true, password: true });
const PASSWORD = { "password-stdin": { type: "boolean" } } as const;

const flat = ({ own: _, limits, ...one }: LimitView) => ({ ...one, ...limits });

/** An upstream proxy by its name or id. @throws Refusal "notFound" */
async function upstreamNamed(context: Context, named = ""): Promise<UpstreamView> {
  const { upstreams } = await context.perform(listUpstreams, {});
  const found =
    upstreams.find(({ name }) => name.toLowerCase() === named.toLowerCase()) ??
    upstreams.find(({ id }) => String(id) === named);
  if (found === undefined) throw new Refusal("notFound", `There is no upstream proxy “${named}”.`);
  return found;
}

async function secretOf(context: Context): Promise<{ password?: string }> {
  return context.values["password-stdin"] === true ? { password: await passwordFrom(context) } : {};
}

export const wayActions = {
  "limit list": {
    usage: "",
    summary: "Lists what people and guests may transfer, and what they have. 0: no limit.",
    arity: [0, 0],
    performs: [listLimits],
    run: async (context) => {
      const { guest } = await context.perform(listLimits, { pageSize: 1 });
      const people = await everyPage(async (page) => (await context.perform(listLimits, page)).people);
      const all = [guest, ...people];
      const columns = ["login", "dayOctets", "dayMegabytes", "monthOctets", "monthMegabytes"];
      printRows(context, context.json ? all : all.map(flat), [...columns, "kilobytesPerSecond", "connections"]);
    },
  },
  "limit show": {
    usage: "LOGIN|guest",
    summary: "Shows the limits of somebody, which are his own, and what was transferred.",
    arity: [1, 1],
    performs: [showLimit],
    run: async (context) => {
      const one = await context.perform(showLimit, { login: context.args[0] ?? "" });
      printOne(context, context.json ? one : { ...flat(one), own: one.own });
    },
  },
  "limit set": {
    usage: "LOGIN|guest PROPERTY=VALUE…",
    summary:
      "Sets limits of somebody, or of all guests together. none: as for everybody; 0: no limit. Those of everybody are settings: gateway.dayMegabytes.",
    properties: propertiesOf(limitProperties),
    arity: [2, 5],
    performs: [setLimit],
    run: async (context) => {
      const [login = "", ...words] = context.args;
      const after = await context.perform(setLimit, { ...patchFrom(limitProperties, assignments(words)), login });
      if (context.json) printOne(context, after);
    },
  },
  "upstream list": {
    usage: "",
    summary: "Lists the upstream proxies in their order; the first that fits a host is the way there.",
    arity: [0, 0],
    performs: [listUpstreams],
    run: async (context) => {
      const { upstreams } = await context.perform(listUpstreams, {});
      printRows(context, upstreams, [
        "position",
        "id",
        "name",
        "enabled",
        "kind",
        "address",
        "port",
        "hosts",
        "fallback",
      ]);
    },
  },
  "upstream show": {
    usage: "PROXY",
    summary: "Shows an upstream proxy, but no password. It is named by its name or its id.",
    arity: [1, 1],
    performs: [showUpstream, listUpstreams],
    run: async (context) => {
      const { id } = await upstreamNamed(context, context.args[0]);
      printOne(context, await context.perform(showUpstream, { id }));
    },
  },
  "upstream add": {
    usage: "NAME kind=http|socks5|direct address=HOST [PROPERTY=VALUE…] [--position N] [--password-stdin]",
    summary: "Adds an upstream proxy. The password on standard input is that for its login.",
    options: { ...PASSWORD, position: { type: "string" } },
    properties: propertiesOf(upstreamProperties),
    arity: [2, 12],
    performs: [addUpstream],
    run: async (context) => {
      const [name = "", ...words] = context.args;
      const { kind, ...given } = patchFrom(upstreamProperties, assignments(words));
      const position = textOf(context.values, "position");
      const made = await context.perform(addUpstream, {
        ...{ ...given, ...(await secretOf(context)), name, kind: kind as "http" },
        ...(position !== undefined && { position }),
      });
      if (context.json) printOne(context, made);
      else context.out(`Added the upstream proxy ${made.name}.`);
    },
  },
  "upstream set": {
    usage: "PROXY [PROPERTY=VALUE…] [--password-stdin]",
    summary: "Changes an upstream proxy. Another address asks for the password again.",
    options: PASSWORD,
    properties: propertiesOf(upstreamProperties),
    arity: [1, 12],
    performs: [setUpstream, listUpstreams],
    run: async (context) => {
      const [named = "", ...words] = context.args;
      const { id } = await upstreamNamed(context, named);
      const change = { ...patchFrom(upstreamProperties, assignments(words)), ...(await secretOf(context)) };
      const after = await context.perform(setUpstream, { ...change, id });
      if (context.json) printOne(context, after);
    },
  },
  "upstream move": {
    usage: "PROXY POSITION",
    summary: "Moves an upstream proxy to a position, from 1.",
    arity: [2, 2],
    performs: [moveUpstream, listUpstreams],
    run: async (context) => {
      const [named = "", position = ""] = context.args;
      const { id } = await upstreamNamed(context, named);
      const { upstreams } = await context.perform(moveUpstream, { id, position });
      printRows(context, upstreams, ["position", "id", "name", "enabled", "kind", "address"]);
    },
  },
  "upstream remove": {
    usage: "PROXY",
    summary: "Removes an upstream proxy.",
    arity: [1, 1],
    performs: [removeUpstream, listUpstreams],
    run: async (context) => {
      const { id, name } = await upstreamNamed(context, context.args[0]);
      await context.perform(removeUpstream, { id });
      if (!context.json) context.out(`Removed the upstream proxy ${name}.`);
    },
  },
} satisfies Record<string, Action>;
