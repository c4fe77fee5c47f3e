/** The routes of outgoing mail: which of it goes through which servers. Their passwords are kept and never shown. */
import { z } from "zod";
import { changeOf } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import type { RouteView as Stored } from "../../transport/routes/routes.ts";
import { OTHERWISE, ROUTE_TLS, routeSchema } from "../../transport/routes/rule.ts";
import { operation } from "../operation.ts";
import { id, orderedOperations, position } from "../ordered.ts";
import { COVER } from "../server/secrets.ts";

const texts = z.array(z.string());

const routeView = z.object({
  id: z.number().int(),
  position: z.number().int().describe("From 1: the first that fits is the way."),
  name: z.string(),
  enabled: z.boolean(),
  ruled: z.boolean().describe("Only rules of the house send mail by it."),
  to: texts.describe("Domains of recipients; none: all."),
  from: texts.describe("Return paths; none: all."),
  users: texts,
  groups: texts,
  hosts: texts.describe("Servers in their order; none: each domain's own."),
  tls: z.enum(ROUTE_TLS),
  verify: z.boolean(),
  login: z.string(),
  hasPassword: z.boolean(),
  otherwise: z.enum(OTHERWISE),
});
export type RouteView = z.output<typeof routeView>;

export const {
  list: listRoutes,
  show: showRoute,
  move: moveRoute,
  remove: removeRoute,
} = orderedOperations({
  name: "route",
  names: "routes",
  at: "",
  read: "queue:read",
  write: "queue:write",
  view: routeView,
  summaries: {
    list: "Lists the routes of outgoing mail in their order; the first that fits is the way.",
    show: "Shows a route, without its password.",
    move: "Moves a route to another position.",
    remove: "Removes a route; its mail takes the next that fits.",
  },
  stored: ({ transport }) => transport.routes,
  viewOf,
  subjectOf,
  recorded,
});

export const addRoute = operation({
  name: "route.add",
  summary: "Adds a route, behind the others or at a position.",
  http: "POST /routes",
  scope: "queue:write",
  who: "administrator",
  input: z.strictObject({ ...routeSchema().shape, position: position.optional() }),
  output: routeView,
  async run(context, { position, ...route }) {
    return await context.commit((tx, note) => {
      const made = context.transport.routes.createWithin(tx, route, position);
      note({ subject: subjectOf(made), after: recorded(made) });
      return viewOf(made);
    });
  },
});

export const setRoute = operation({
  name: "route.set",
  summary: "Changes a route; what waits follows. Other servers ask for the password again, if there is one.",
  http: "PATCH /routes/{id}",
  scope: "queue:write",
  who: "administrator",
  input: changeOf(routeSchema().shape).extend({ id }),
  output: routeView,
  async run(context, { id, ...change }) {
    return await context.commit((tx, note) => {
      const { routes } = context.transport;
      const before = routes.require(id);
      refuseElsewhere(before, change);
      const after = routes.updateWithin(tx, id, change);
      const replaced = before.hasPassword && after.hasPassword && change.password !== undefined;
      const is = { ...recorded(after), ...(replaced && { password: `${COVER} (given anew)` }) };
      note({ subject: subjectOf(before), before: recorded(before), after: is });
      return viewOf(after);
    });
  },
});

const wayView = z.object({
  stays: z.boolean().describe("It is for somebody here, and leaves by no route."),
  routes: texts.describe("The names of the routes it takes, in turn; none: the usual way."),
  servers: texts.describe("The servers that are tried before the domain's own."),
  direct: z.boolean().describe("In the end, or at once, the domain's own servers are tried."),
  queue: z.string().describe("The queue in which it would wait."),
  sentence: z.string(),
});
export type WayView = z.output<typeof wayView>;

const address = z.string().trim().max(500);

export const tryRoute = operation({
  name: "route.try",
  summary: "Says which way a message would take. Nothing is sent.",
  http: "GET /routes/try",
  scope: "queue:read",
  who: "administrator",
  input: z.strictObject({
    to: address.min(1, "Say to whom."),
    from: address.default("").describe("The return path; empty: that of the user, or of a report."),
    user: z.string().trim().max(128).default("").describe("Who is logged in; empty: nobody."),
  }),
  output: wayView,
  run({ transport, directory }, { to, from, user: login }): WayView {
    const user = login === "" ? undefined : directory.users.require(login, "user");
    const sender = from !== "" || user === undefined ? from : (directory.addressesOf(user.id)[0] ?? "");
    const found = directory.resolve(to);
    if (found.kind !== "remote") {
      if (found.kind === "unknown") throw new Refusal("invalid", `Nobody has the address ${to}.`, { field: "to" });
      const sentence = `${to} is an address here; mail to it stays.`;
      return { stays: true, routes: [], servers: [], direct: false, queue: "", sentence };
    }
    return { stays: false, ...transport.routes.describe({ domain: found.domain, sender, user: user?.id }) };
  },
});

/** A password that is kept goes to no server it was not given for. @throws Refusal "invalid" */
function refuseElsewhere(
  before: Stored,
  change: { hosts?: string[] | undefined; password?: string | undefined },
): void {
  const more = change.hosts?.filter((host) => !before.hosts.includes(host)) ?? [];
  if (more.length === 0 || !before.hasPassword || change.password !== undefined) return;
  const sentence = `Give the password again: the one that is kept is not sent to ${more[0]}.`;
  throw new Refusal("invalid", sentence, { field: "password" });
}

function viewOf(route: Stored): RouteView {
  return { ...route };
}

/** What the audit log keeps. */
function recorded({ id: _, name: _n, hasPassword, ...route }: Stored): object {
  return { ...route, password: hasPassword ? COVER : "" };
}

function subjectOf({ name }: Stored): string {
  return `route ${name}`;
}

export const routeOperations = [listRoutes, showRoute, tryRoute, addRoute, setRoute, moveRoute, removeRoute] as const;
