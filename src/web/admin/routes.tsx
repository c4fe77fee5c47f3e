/** The routes of outgoing mail: order, one route's page, and which way a message would go. Mounted by admin.tsx at /admin/routes. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { ROUTES, type RouteLine, RouteList, RoutePage, type RouteTest } from "../../../views/admin/routes.tsx";
import { listMailGroups } from "../../administration/mail/mail-groups.ts";
import {
  addRoute,
  listRoutes,
  moveRoute,
  type RouteView,
  removeRoute,
  setRoute,
  showRoute,
  tryRoute,
} from "../../administration/mail/routes.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { anyFields, asked, type Errors, errorsFrom, type Fields, posted, statusFrom, whole } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { linesOf, listOf, parsed, tickedOf } from "./gateway/fields.ts";
import { movedTo, orderForm } from "./gateway/order.ts";
import { adminFrame, idOf } from "./office.ts";

const word = (most: number) =>
  z
    .string()
    .default("")
    .transform((text) => text.trim().slice(0, most));
const testQuery = z.object({ to: word(500), from: word(500), user: word(128) });

const NEW: RouteLine = {
  ...{ id: 0, position: 0, name: "", enabled: true, ruled: false, to: [], from: [], users: [], groups: [], hosts: [] },
  ...{ tls: "starttls", verify: true, login: "", hasPassword: false, otherwise: "wait" },
};

/** What the form says; the operation judges it. A password that is not typed stays. */
const routeFrom = (fields: Fields): Record<string, unknown> => ({
  ...Object.fromEntries(["name", "tls", "login", "otherwise"].map((name) => [name, fields[name] ?? ""])),
  ...Object.fromEntries(["enabled", "ruled", "verify"].map((name) => [name, fields[name] !== undefined])),
  ...Object.fromEntries(["from", "to", "hosts"].map((name) => [name, linesOf(fields[name])])),
  users: listOf(fields.users),
  groups: tickedOf(fields, "group"),
  ...((fields.password ?? "") !== "" && { password: fields.password }),
});

export const routeRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const trial = async (c: WebContext, query: z.output<typeof testQuery>): Promise<RouteTest> => {
    if (query.to === "") return { ...query, errors: {} };
    try {
      const { sentence } = await perform(front, c, tryRoute, query);
      return { ...query, errors: {}, answer: sentence };
    } catch (thrown) {
      return { ...query, errors: errorsFrom(thrown) };
    }
  };

  const showList = async (c: WebContext, query: z.output<typeof testQuery>) => {
    const { routes } = await perform(front, c, listRoutes, {});
    return c.html(<RouteList frame={adminFrame(front, c)} routes={routes} test={await trial(c, query)} />);
  };

  const show = async (
    c: WebContext,
    line: RouteLine,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const { groups } = await perform(front, c, listMailGroups, {});
    const isNew = line.id === 0;
    const action = isNew ? `${ROUTES}/new` : `${ROUTES}/${line.id}`;
    const form = { csrf: c.get("csrf"), action, errors, ...(typed && { typed }) };
    const names = groups.map(({ name }) => name);
    return c.html(
      <RoutePage frame={adminFrame(front, c)} line={line} groups={names} form={form} isNew={isNew} />,
      status,
    );
  };

  const routeOf = (c: WebContext): Promise<RouteView> => perform(front, c, showRoute, { id: idOf(c) ?? 0 });

  app.get("/", asked(testQuery), (c) => showList(c, c.req.valid("query")));

  app.post("/order", posted(orderForm), async (c) => {
    const { id, way } = whole(c.req.valid("form"));
    const { position, name } = await perform(front, c, showRoute, { id });
    await perform(front, c, moveRoute, { id, position: movedTo(position, way) });
    if (c.req.header("hx-request") === "true") return await showList(c, testQuery.parse({}));
    return doneAt(front, c, `${name} was moved ${way}.`, ROUTES);
  });

  app.get("/new", (c) => show(c, NEW));

  app.post("/new", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    try {
      const made = await perform(front, c, addRoute, parsed(addRoute.input, routeFrom(fields)));
      return doneAt(front, c, `Mail takes the route ${made.name} from now on; what waits follows.`, ROUTES);
    } catch (thrown) {
      return await show(c, NEW, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}", async (c) => show(c, await routeOf(c)));

  app.post("/:id{\\d+}", posted(anyFields), async (c) => {
    const line = await routeOf(c);
    const { fields } = c.req.valid("form");
    try {
      const change = parsed(setRoute.input, { ...routeFrom(fields), id: line.id });
      const after = await perform(front, c, setRoute, change);
      return doneAt(front, c, `The route ${after.name} was changed; what waits follows.`, ROUTES);
    } catch (thrown) {
      return await show(c, line, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}/remove", async (c) => {
    const { id, name } = await routeOf(c);
    const question: Question = {
      title: `Remove the route ${name}?`,
      text: "Its mail then takes the next route that fits, or the way that the settings say; what waits, too. Its password is forgotten.",
      action: `${ROUTES}/${id}/remove`,
      doIt: "Remove the route",
      back: `${ROUTES}/${id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="routes" question={question} />);
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const { id, name } = await routeOf(c);
    await perform(front, c, removeRoute, { id });
    return doneAt(front, c, `The route ${name} was removed.`, ROUTES);
  });

  return app;
};
