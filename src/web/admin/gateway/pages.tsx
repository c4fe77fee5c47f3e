/** Home pages: whose there are. Mounted by gateway.tsx at /admin/gateway/pages. */
import { Hono } from "hono";
import { z } from "zod";
import { HomePages } from "../../../../views/admin/gateway/pages.tsx";
import { listPages } from "../../../administration/gateway/pages.ts";
import type { WebEnv } from "../../context.ts";
import { asked, listQuery } from "../../form.ts";
import { homepageSettings } from "../../homepages/settings.ts";
import { perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "../office.ts";

export const pageRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get("/", asked(z.object(listQuery)), async (c) => {
    const { q, page } = c.req.valid("query");
    const { people, total } = await perform(front, c, listPages, { search: q, page, pageSize: PAGE_SIZE });
    const { enabled, host } = front.deps.store.settings.get(homepageSettings);
    const lines = people.map(({ lastErrorAt, ...line }) => ({
      ...line,
      lastErrorAt: lastErrorAt === null ? null : Date.parse(lastErrorAt),
    }));
    const view = { ...{ people: lines, total, search: q, page, pages: pagesOf(total) }, enabled, host };
    return c.html(<HomePages frame={adminFrame(front, c)} page={view} />);
  });
  return app;
};
