/** Who goes where through the gateway, and how much: what is open now, the log of what was, and sums. */
import { z } from "zod";
import { parseHostPattern } from "../../gateway/hosts.ts";
import type { LiveTrip } from "../../gateway/ledger.ts";
import { gatewaySettings } from "../../gateway/settings.ts";
import { dayBefore, dayOf } from "../../gateway/times.ts";
import type { Sum, TripRow } from "../../gateway/traffic.ts";
import { GATEWAY_SERVICES } from "../../gateway/visit.ts";
import { Refusal } from "../../refusal.ts";
import { requireOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { defined, lastMoment, moment, textOfTime, timeText } from "../values.ts";
import { limitOf } from "./limits.ts";
import { viewOf as storageOf } from "./storage.ts";

const count = z.number().int();
const octets = {
  sent: count.describe("Octets from the client outward."),
  received: count.describe("Octets from outside to the client."),
};
const where = {
  login: z.string().describe("guest: somebody who has not logged in; #NUMBER: a user who is gone."),
  client: z.string().describe("The client's address."),
  service: z.string(),
  scheme: z.string().describe("http, https, ftp, tunnel, udp; empty for whoever was turned away."),
  host: z.string(),
  port: count,
};

const liveView = z.object({ id: count, since: timeText, ...where, ...octets });
export type LiveView = z.output<typeof liveView>;

const tripView = z.object({
  id: count,
  at: timeText.describe("When it began."),
  ...where,
  ...octets,
  milliseconds: count.describe("How long it lasted."),
  verdict: z
    .string()
    .describe(
      "allowed, or why not: login (turned away before), permission, barred, warned, quota, connections, ended (by hand), special, unresolved, unreachable, timeout.",
    ),
  rule: z.string().describe("The rule that decided; empty for none."),
  why: z.string().describe("What the refusal said, where no rule did."),
  known: z.boolean().describe("off: nobody has this login name; it was typed like that."),
  times: count.describe("Trips that this line stands for."),
});
export type TripView = z.output<typeof tripView>;

const sums = { trips: count, refused: count.describe("Of those, refused or ended before their time."), ...octets };
const day = z.iso.date();
const daySum = z.object({ day, ...sums });
export type DaySum = z.output<typeof daySum>;

/** Connections that are shown at once. */
const MOST_LIVE = 1_000;
/** Days and hours of the graphs. */
const DAYS = 30;
const HOURS = 24;
const HOUR_MS = 3_600_000;
/** Rows of a ranking. */
const MOST_RANKED = 1_000;

export const listLive = operation({
  name: "traffic.live",
  summary: "Lists the connections through the gateway that are open now, the oldest first.",
  http: "GET /gateway/live",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({
    login: z.string().trim().max(128).default("").describe("Of one user, or guest."),
    host: z.string().trim().toLowerCase().max(253).default("").describe("Part of a host's name."),
  }),
  output: z.object({
    connections: z.array(liveView).describe(`At most ${MOST_LIVE} of them.`),
    total: count.describe("All that are open."),
  }),
  run(context, { login, host }) {
    const { ledger } = context.gateway;
    const connections: LiveView[] = [];
    for (const trip of ledger.live()) {
      const view = liveOf(trip);
      if ((login !== "" && view.login !== login) || !view.host.includes(host)) continue;
      connections.push(view);
      if (connections.length === MOST_LIVE) break;
    }
    return { connections, total: ledger.size };
  },
});

export const cutLive = operation({
  name: "traffic.cut",
  summary: "Ends a connection through the gateway.",
  http: "DELETE /gateway/live/{id}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
  output: z.object({}),
  async run(context, { id }) {
    const { ledger } = context.gateway;
    const trip = [...ledger.live()].find((one) => one.id === id);
    if (trip === undefined || !ledger.cut(id))
      throw new Refusal("notFound", "There is no such connection; it may have ended by itself.");
    const { login, host, port } = liveOf(trip);
    // Where hosts are written nowhere, they are not written here either.
    const whither = context.store.settings.get(gatewaySettings).log === "trips" ? { host, port } : {};
    await context.record({ subject: `connection ${id}`, before: { login, ...whither }, after: { ended: true } });
    return {};
  },
});

const hostSearch = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .refine(
    (text) => text === "" || parseHostPattern(text) !== undefined,
    "A host is written like example.com, or .example.com with everything below.",
  )
  .default("");

export const listTrips = operation({
  name: "traffic.log",
  summary:
    "Lists what went through the gateway and who was turned away, the latest first; what is still open is not among it.",
  http: "GET /gateway/log",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({
    login: z.string().trim().max(128).default("").describe("Of one user, or guest."),
    host: hostSearch.describe("A host; .example.com for it and everything below."),
    client: z.string().trim().max(64).default("").describe("A client's address."),
    service: z.union([z.literal(""), z.enum(GATEWAY_SERVICES)]).default(""),
    verdict: z.string().trim().max(20).default("").describe("allowed, refused for all that were not, or one reason."),
    from: moment.optional(),
    to: lastMoment.optional(),
    before: z.coerce.number().int().min(1).optional().describe("Lines before this id: the next page."),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  output: z.object({ trips: z.array(tripView) }),
  async run(context, { login, host, client, service, verdict, ...query }) {
    const said = { host, client, service, verdict };
    const wishes = Object.fromEntries(Object.entries(said).filter(([, text]) => text !== ""));
    const { users } = context.directory;
    const user = users.get(login);
    const who = login === "" ? {} : user === undefined ? { typed: login } : { user: user.id };
    const found = await context.gateway.traffic.trips({ ...wishes, ...who, ...defined(query) });
    // A name that nobody has is looked for as well: somebody may have tried to log in with it.
    if ("typed" in who && found.length === 0) users.require(login);
    return { trips: found.map((row) => tripOf(context, row)) };
  },
});

export const showTotals = operation({
  name: "traffic.totals",
  summary: "Shows how much went through the gateway in some days: by user, by host, by day.",
  http: "GET /gateway/totals",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({
    from: day.optional().describe("The first day; missing: today."),
    to: day.optional().describe("The last day; missing: today."),
    limit: z.coerce.number().int().min(1).max(MOST_RANKED).default(100).describe("Hosts that are listed."),
  }),
  output: z.object({
    from: day,
    to: day,
    total: z.object(sums),
    users: z.array(z.object({ login: z.string(), ...sums })).describe("Who transferred most first."),
    hosts: z
      .array(z.object({ host: z.string().describe("Empty: those that were too many to be told apart."), ...sums }))
      .describe("With most octets first; none where only totals are kept."),
    days: z.array(daySum),
  }),
  async run(context, { limit, ...given }) {
    const today = dayText(dayOf(context.now()));
    const { from = given.to ?? today, to = today } = given;
    if (from > to) throw new Refusal("invalid", "The last day comes before the first.", { field: "to" });
    const span = { from: dayNumber(from), to: dayNumber(to) };
    const { traffic } = context.gateway;
    const days = traffic.byDay(span).map(dayView);
    return {
      ...{ from, to, days },
      total: summed(days),
      users: traffic.byUser(span).map(({ user, ...sum }) => ({ login: loginOf(context, user), ...sum })),
      hosts: await traffic.byHost(span, limit),
    };
  },
});

export const showGraph = operation({
  name: "traffic.graph",
  summary: `Shows how much went through the gateway in each of the last ${HOURS} hours and ${DAYS} days.`,
  http: "GET /gateway/graph",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({
    today: z.object(sums),
    hours: z.array(z.object({ hour: timeText.describe("When it began."), ...sums })).describe("The current one last."),
    days: z.array(daySum).describe("Today last."),
  }),
  run(context) {
    const now = context.now();
    const current = Math.floor(now / HOUR_MS) * HOUR_MS;
    const first = current - (HOURS - 1) * HOUR_MS;
    const hours = new Map(context.gateway.traffic.byHour(first, current + 1).map(({ hour, ...sum }) => [hour, sum]));
    const days = lastDays(context);
    return {
      today: days.at(-1) === undefined ? NOTHING : withoutDay(days.at(-1) as DaySum),
      hours: Array.from({ length: HOURS }, (_, at) => {
        const hour = first + at * HOUR_MS;
        return { hour: textOfTime(hour), ...(hours.get(hour) ?? NOTHING) };
      }),
      days,
    };
  },
});

export const showOwnTraffic = operation({
  name: "traffic.own",
  summary: "Shows one's own traffic through the gateway and the limits of it, and what one's own folders hold.",
  http: "GET /self/traffic",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: z.object({
    limits: z
      .object({
        dayMegabytes: count,
        monthMegabytes: count,
        kilobytesPerSecond: count,
        connections: count,
      })
      .describe("0: no limit."),
    dayOctets: count,
    monthOctets: count,
    days: z.array(daySum).describe(`The last ${DAYS} days, today last.`),
    files: z
      .object({
        octets: count,
        files: count,
        maxOctets: count.nullable(),
        maxFiles: count.nullable(),
      })
      .describe("What the own folders hold, and the most that they may."),
    shares: z.array(z.object({ name: z.string(), description: z.string(), right: z.enum(["read", "write"]) })),
  }),
  run(context) {
    const user = requireOwn(context, "traffic is");
    const { limits, dayOctets, monthOctets } = limitOf(context, user);
    const { octets, files, maxOctets, maxFiles } = storageOf(context, user);
    return {
      ...{ limits, dayOctets, monthOctets },
      days: lastDays(context, user.id),
      files: { octets, files, maxOctets, maxFiles },
      shares: context.files
        .sharedWith(user)
        .map(({ shared: { name, description }, right }) => ({ name, description, right })),
    };
  },
});

const NOTHING: Sum = { trips: 0, refused: 0, sent: 0, received: 0 };

/** The days of the graph, also those on which nothing was. */
function lastDays(context: Context, user?: number): DaySum[] {
  const now = context.now();
  const span = { from: dayBefore(now, DAYS - 1), to: dayOf(now) };
  const known = new Map(context.gateway.traffic.byDay(span, user).map((sum) => [sum.day, sum]));
  return Array.from({ length: DAYS }, (_, at) => {
    const day = dayBefore(now, DAYS - 1 - at);
    return dayView(known.get(day) ?? { day, ...NOTHING });
  });
}

function dayView({ day, ...sum }: Sum & { readonly day: number }): DaySum {
  return { day: dayText(day), ...sum };
}

function withoutDay({ day: _, ...sum }: DaySum): Sum {
  return sum;
}

function summed(all: readonly Sum[]): Sum {
  const of = (name: keyof Sum) => all.reduce((sum, one) => sum + one[name], 0);
  return { trips: of("trips"), refused: of("refused"), sent: of("sent"), received: of("received") };
}

/** 20261122 as "2026-11-22". */
function dayText(day: number): string {
  return String(day).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
}

function dayNumber(text: string): number {
  return Number(text.replaceAll("-", ""));
}

function loginOf({ directory }: Context, user: number): string {
  return directory.users.byId(user)?.login ?? `#${user}`;
}

function liveOf({ id, since, visitor, target, sent, received }: LiveTrip): LiveView {
  return {
    ...{ id, since: textOfTime(since), login: visitor.user?.login ?? "guest", client: visitor.remote },
    ...{ service: visitor.service, scheme: target.scheme, host: target.host, port: target.port, sent, received },
  };
}

function tripOf(context: Context, { at, user, typed, duration, ...row }: TripRow): TripView {
  const login = user === 0 ? typed : loginOf(context, user);
  return { ...row, at: textOfTime(at), login, known: user !== 0, milliseconds: duration };
}

export const trafficOperations = [listLive, cutLive, listTrips, showTotals, showGraph, showOwnTraffic] as const;
