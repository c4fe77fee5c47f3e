/** Who goes where through the gateway, and how much. Mounted by gateway.tsx at /admin/gateway. */
import type { Hono } from "hono";
import { z } from "zod";
import { Log, type LogWishes, Now, Totals, TRAFFIC } from "../../../../views/admin/gateway/traffic.tsx";
import { showAddresses } from "../../../administration/gateway/addresses.ts";
import { cutLive, listLive, listTrips, showGraph, showTotals } from "../../../administration/gateway/traffic.ts";
import { gatewaySettings } from "../../../gateway/settings.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, dayOf, errorsFrom, posted, whole } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";
import { csvOf } from "./csv.ts";

/** Lines of the log on one page, and in one file. */
const PAGE_LINES = 100;
const FILE_LINES = 50_000;
const DAY_MS = 86_400_000;
/** Days that the totals show at first. */
const FIRST_DAYS = 7;

const word = z
  .string()
  .default("")
  .transform((text) => text.trim().slice(0, 254));
const dayText = z.iso.date().or(z.literal("")).catch("").default("");
const spanQuery = z.object({ from: dayText, to: dayText });
const logQuery = spanQuery.extend({
  ...{ login: word, host: word, client: word, service: word, verdict: word },
  before: z.coerce.number().int().min(1).optional().catch(undefined),
});
const cutForm = z.strictObject({ id: z.coerce.number().int().min(1) });

const clock = (at: string): string => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const shortDay = (day: string): string => DAY.format(Date.parse(day));

/** What is asked, without what was left empty. */
const wishesOf = (wishes: LogWishes): Record<string, string> =>
  Object.fromEntries(Object.entries(wishes).filter(([, text]) => text !== ""));

export const trafficRoutes = (app: Hono<WebEnv>, front: Front): void => {
  const { deps } = front;
  const totalsOnly = () => deps.store.settings.get(gatewaySettings).log === "totals";

  app.get("/", async (c) => {
    const { connections, total } = await perform(front, c, listLive, {});
    const { today, hours, days } = await perform(front, c, showGraph, {});
    const { proxy, proxyTls, socks } = await perform(front, c, showAddresses, {});
    const page = {
      ...{ total, today, listens: (proxy ?? proxyTls ?? socks) !== null },
      connections: connections.map((one) => ({ ...one, since: Date.parse(one.since) })),
      hours: hours.map(({ hour, ...sum }) => ({ ...sum, words: clock(hour) })),
      days: days.map(({ day, ...sum }) => ({ ...sum, words: shortDay(day) })),
    };
    return c.html(<Now frame={adminFrame(front, c)} page={page} />);
  });

  app.post("/cut", posted(cutForm), async (c) => {
    await perform(front, c, cutLive, whole(c.req.valid("form")));
    return doneAt(front, c, "The connection was ended.", TRAFFIC);
  });

  /** The days that are asked for; a week where none are. */
  const spanOf = ({ from, to }: z.output<typeof spanQuery>) => ({
    from: from || dayOf(deps.now() - (FIRST_DAYS - 1) * DAY_MS),
    to: to || dayOf(deps.now()),
  });

  const totalsOf = async (c: WebContext, query: z.output<typeof spanQuery>) => {
    const span = spanOf(query);
    try {
      return { ...(await perform(front, c, showTotals, span)), error: undefined };
    } catch (thrown) {
      const error = Object.values(errorsFrom(thrown))[0];
      const nothing = { trips: 0, refused: 0, sent: 0, received: 0 };
      return { ...span, total: nothing, users: [], hosts: [], days: [], error };
    }
  };

  app.get("/totals", asked(spanQuery), async (c) => {
    const { error, ...totals } = await totalsOf(c, c.req.valid("query"));
    const page = { ...totals, totalsOnly: totalsOnly(), ...(error !== undefined && { error }) };
    return c.html(<Totals frame={adminFrame(front, c)} page={page} />);
  });

  app.get("/totals.csv", asked(spanQuery), async (c) => {
    const { users, hosts, days } = await perform(front, c, showTotals, spanOf(c.req.valid("query")));
    const rows = [
      ...users.map(({ login, ...sum }) => ["user", login, ...sums(sum)]),
      ...hosts.map(({ host, ...sum }) => ["host", host, ...sums(sum)]),
      ...days.map(({ day, ...sum }) => ["day", day, ...sums(sum)]),
    ];
    return file(c, "gatepost-totals.csv", csvOf(["of", "name", ...SUM_COLUMNS], rows));
  });

  app.get("/log", asked(logQuery), async (c) => {
    const { before, ...wishes } = c.req.valid("query");
    const paged = before === undefined ? {} : { before };
    const found = await tripsOf(c, wishes, { ...paged, limit: PAGE_LINES });
    const last = found.trips.at(-1);
    const page = {
      ...{ wishes, totalsOnly: totalsOnly() },
      trips: found.trips.map((trip) => ({ ...trip, at: Date.parse(trip.at) })),
      ...(found.error !== undefined && { error: found.error }),
      ...(last !== undefined && found.trips.length === PAGE_LINES && { older: last.id }),
    };
    return c.html(<Log frame={adminFrame(front, c)} page={page} />);
  });

  const tripsOf = async (c: WebContext, wishes: LogWishes, more: { before?: number; limit: number }) => {
    try {
      return { ...(await perform(front, c, listTrips, { ...wishesOf(wishes), ...more })), error: undefined };
    } catch (thrown) {
      return { trips: [], error: Object.values(errorsFrom(thrown))[0] ?? "That cannot be asked." };
    }
  };

  app.get("/log.csv", asked(logQuery), async (c) => {
    const { before: _, ...wishes } = c.req.valid("query");
    const rows: (string | number)[][] = [];
    for (let before: number | undefined; rows.length < FILE_LINES; ) {
      const asking = { ...wishesOf(wishes), limit: 1_000, ...(before !== undefined && { before }) };
      const { trips } = await perform(front, c, listTrips, asking);
      for (const { id: _id, ...trip } of trips) rows.push(LOG_COLUMNS.map((column) => trip[column]));
      before = trips.at(-1)?.id;
      if (trips.length < 1_000) break;
      if (deps.store.turns.over) await deps.store.turns.next();
    }
    return file(c, "gatepost-log.csv", csvOf(LOG_COLUMNS, rows));
  });
};

const SUM_COLUMNS = ["trips", "refused", "sent", "received"] as const;
const LOG_COLUMNS = [
  ...(["at", "login", "client", "service", "scheme", "host", "port", "sent", "received"] as const),
  ...(["milliseconds", "verdict", "rule", "why", "times"] as const),
];

const sums = (sum: Record<(typeof SUM_COLUMNS)[number], number>): number[] => SUM_COLUMNS.map((name) => sum[name]);

function file(c: WebContext, name: string, text: string): Response {
  c.header("content-type", "text/csv; charset=utf-8");
  c.header("content-disposition", `attachment; filename="${name}"`);
  return c.body(text);
}
