/** The gateway's pages: traffic, rules and limits, cache, files, home pages, and how devices are set up. Mounted by admin.tsx at /admin/gateway. */
import { Hono } from "hono";
import type { WebEnv } from "../../context.ts";
import type { Front } from "../../site.ts";
import { deviceRoutes } from "./devices.tsx";

export const gatewayRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.route("/devices", deviceRoutes(front));
  return app;
};
