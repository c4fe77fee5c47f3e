/** The gateway's pages: traffic, rules and limits, cache, files, home pages, and how devices are set up. Mounted by admin.tsx at /admin/gateway. */
import { Hono } from "hono";
import type { WebEnv } from "../../context.ts";
import type { Front } from "../../site.ts";
import { cacheRoutes } from "./cache.tsx";
import { deviceRoutes } from "./devices.tsx";
import { fileRoutes } from "./files.tsx";

export const gatewayRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.route("/cache", cacheRoutes(front));
  app.route("/files", fileRoutes(front));
  app.route("/devices", deviceRoutes(front));
  return app;
};
