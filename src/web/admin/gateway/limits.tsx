/** What people may transfer. Mounted by gateway.tsx at /admin/gateway/limits. */
import { Hono } from "hono";
import { z } from "zod";
import { LIMIT_FIELDS, LIMITS, Limits, LimitView } from "../../../../views/admin/gateway/limits.tsx";
import { type LimitView as Limit, listLimits, setLimit, showLimit } from "../../../administration/gateway/limits.ts";
import { setSettings, WrongSettings } from "../../../administration/server/settings.ts";
import { gatewaySettings } from "../../../gateway/settings.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, type Errors, errorsFrom, type Fields, listQuery, posted, statusFrom } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "../office.ts";

const number = z.union(
  [
    z.literal("").transform(() => null),
    z
      .string()
      .trim()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ],
  "This is a whole number, 0 or more; or nothing.",
);
const fields = z.strictObject({
  ...{ dayMegabytes: number, monthMegabytes: number },
  ...{ kilobytesPerSecond: number, connections: number },
});
/** What the settings call the limits of everybody. */
const SETTING = { connections: "connectionsPerUser" } as const satisfies Partial<Record<string, string>>;
const settingOf = (name: (typeof LIMIT_FIELDS)[number]["name"]) =>
  name === "connections" ? SETTING.connections : name;

export const limitRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const everybody = () => {
    const set = front.deps.store.settings.get(gatewaySettings);
    return { ...set, connections: set.connectionsPerUser };
  };

  const showList = async (
    c: WebContext,
    { q, page }: { q: string; page: number },
    typed?: Fields,
    errors: Errors = {},
  ) => {
    const found = await perform(front, c, listLimits, { search: q, page, pageSize: PAGE_SIZE });
    const form = { csrf: c.get("csrf"), action: LIMITS, errors, ...(typed && { typed }) };
    const view = { ...found, search: q, page, pages: pagesOf(found.total), everybody: everybody(), form };
    return c.html(<Limits frame={adminFrame(front, c)} page={view} />, typed ? 422 : 200);
  };

  const show = (c: WebContext, line: Limit, typed?: Fields, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const action = `${LIMITS}/${encodeURIComponent(line.login)}`;
    const form = { csrf: c.get("csrf"), action, errors, ...(typed && { typed }) };
    return c.html(<LimitView frame={adminFrame(front, c)} line={line} form={form} />, status);
  };

  const limitOf = (c: WebContext) => perform(front, c, showLimit, { login: c.req.param("login") ?? "" });

  app.get("/", asked(z.object(listQuery)), (c) => showList(c, c.req.valid("query")));

  app.post("/", posted(fields), async (c) => {
    const form = c.req.valid("form");
    const first = { q: "", page: 1 };
    if (!form.ok) return await showList(c, first, form.fields, form.errors);
    const values = LIMIT_FIELDS.map(({ name }) => [`gateway.${settingOf(name)}`, form.value[name] ?? 0]);
    try {
      await perform(front, c, setSettings, { values: Object.fromEntries(values) });
    } catch (thrown) {
      if (!(thrown instanceof WrongSettings)) throw thrown;
      const wrong = LIMIT_FIELDS.map(({ name }) => [name, thrown.issues[`gateway.${settingOf(name)}`] ?? ""]);
      const errors = Object.fromEntries(wrong.filter(([, sentence]) => sentence !== ""));
      return await showList(c, first, form.fields, errors);
    }
    return doneAt(front, c, "The limits of everybody were changed.", LIMITS);
  });

  app.get("/:login", async (c) => show(c, await limitOf(c)));

  app.post("/:login", posted(fields), async (c) => {
    const line = await limitOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, line, form.fields, form.errors, 422);
    try {
      await perform(front, c, setLimit, { login: line.login, ...form.value });
    } catch (thrown) {
      return show(c, line, form.fields, errorsFrom(thrown), statusFrom(thrown));
    }
    return doneAt(front, c, `The limits of ${line.login} were changed.`, LIMITS);
  });

  return app;
};
