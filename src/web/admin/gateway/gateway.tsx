/** The gateway's pages: traffic, rules and limits, cache, files, home pages, and how devices are set up. Mounted by admin.tsx at /admin/gateway. */
import { Hono } from "hono";
import type { WebEnv } from "../../context.ts";
import type { Front } from "../../site.ts";
import { cacheRoutes } from "./cache.tsx";
import { deviceRoutes } from "./devices.tsx";
import { fileRoutes } from "./files.tsx";
import { peopleGroupRoutes } from "./groups.tsx";
import { limitRoutes } from "./limits.tsx";
import { hostListRoutes } from "./lists.tsx";
import { pageRoutes } from "./pages.tsx";
import { ruleRoutes } from "./rules.tsx";
import { trafficRoutes } from "./traffic.tsx";
import { upstreamRoutes } from "./upstreams.tsx";

export const gatewayRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  trafficRoutes(app, front);
  app.route("/rules", ruleRoutes(front));
  app.route("/", hostListRoutes(front));
  app.route("/groups", peopleGroupRoutes(front));
  app.route("/limits", limitRoutes(front));
  app.route("/upstreams", upstreamRoutes(front));
  app.route("/cache", cacheRoutes(front));
  app.route("/", fileRoutes(front));
  app.route("/pages", pageRoutes(front));
  app.route("/devices", deviceRoutes(front));
  return app;
};
