/** `gatepost proxy live`, `cut`, `log`, `totals`, `own`: who goes where, and how much. */
import {
  cutLive,
  listLive,
  listTrips,
  showGraph,
  showOwnTraffic,
  showTotals,
} from "../administration/gateway/traffic.ts";
import { type Action, type Context, printOne, printRows, textOf } from "./command.ts";

const texts = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));

/** What was said of these options. */
function said(context: Context, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textOf(context.values, name);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

const LIVE = ["login", "host"];
const LOG = ["login", "host", "client", "service", "verdict", "from", "to", "before", "limit"];
const SUMS = ["trips", "refused", "sent", "received"];

export const trafficActions = {
  live: {
    usage: "[--login LOGIN] [--host PART]",
    summary: "Lists the connections that are open now.",
    options: texts(LIVE),
    arity: [0, 0],
    performs: [listLive],
    run: async (context) => {
      const { connections } = await context.perform(listLive, said(context, LIVE));
      printRows(context, connections, [
        "id",
        "since",
        "login",
        "client",
        "service",
        "host",
        "port",
        "sent",
        "received",
      ]);
    },
  },
  cut: {
    usage: "ID",
    summary: "Ends a connection.",
    arity: [1, 1],
    performs: [cutLive],
    run: async (context) => {
      await context.perform(cutLive, { id: context.args[0] ?? "" });
      if (!context.json) context.out("The connection is ended.");
    },
  },
  log: {
    usage:
      "[--login LOGIN] [--host HOST] [--client ADDRESS] [--service SERVICE] [--verdict WORD] [--from TIME] [--to TIME] [--before ID] [--limit N]",
    summary:
      "Lists what went through and who was turned away, the latest first. .example.com is a host and everything below.",
    options: texts(LOG),
    arity: [0, 0],
    performs: [listTrips],
    run: async (context) => {
      const { trips } = await context.perform(listTrips, said(context, LOG));
      const columns = ["id", "at", "login", "client", "service", "host", "port", "sent", "received", "times"];
      // A name that nobody has stands in quotes, as it was typed.
      const shown = trips.map(({ known, login, ...trip }) => ({ ...trip, login: known ? login : `“${login}”` }));
      printRows(context, context.json ? trips : shown, [...columns, "verdict", "rule", "why"]);
    },
  },
  totals: {
    usage: "[--from DAY] [--to DAY] [--limit N]",
    summary: "Shows how much went through in some days, today if none are named: by user, host and day.",
    options: texts(["from", "to", "limit"]),
    arity: [0, 0],
    performs: [showTotals],
    run: async (context) => {
      const totals = await context.perform(showTotals, said(context, ["from", "to", "limit"]));
      if (context.json) return printOne(context, totals);
      printRows(context, totals.users, ["login", ...SUMS]);
      context.out("");
      printRows(context, totals.hosts, ["host", ...SUMS]);
      context.out("");
      printRows(context, totals.days, ["day", ...SUMS]);
    },
  },
  graph: {
    usage: "",
    summary: "Shows how much went through in each of the last hours and days.",
    arity: [0, 0],
    performs: [showGraph],
    run: async (context) => {
      const graph = await context.perform(showGraph, {});
      if (context.json) return printOne(context, graph);
      printRows(context, graph.hours, ["hour", ...SUMS]);
      context.out("");
      printRows(context, graph.days, ["day", ...SUMS]);
    },
  },
  own: {
    usage: "--as LOGIN",
    summary: "Shows the traffic and the limits of one user, as he sees them himself.",
    arity: [0, 0],
    performs: [showOwnTraffic],
    run: async (context) => {
      const { days, ...own } = await context.perform(showOwnTraffic, {});
      printOne(context, context.json ? { ...own, days } : own);
    },
  },
} satisfies Record<string, Action>;
