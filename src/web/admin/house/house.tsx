/** What holds for everybody's mail: rules, barred addresses, wanted senders, journals. Mounted by admin.tsx at /admin/house. */
import { Hono } from "hono";
import type { WebEnv } from "../../context.ts";
import type { Front } from "../../site.ts";
import { barredRoutes } from "./barred.tsx";
import { journalRoutes } from "./journals.tsx";
import { houseRuleRoutes } from "./rules.tsx";
import { senderRoutes } from "./senders.tsx";

export const houseRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get("/", (c) => c.redirect("/admin/house/rules"));
  app.route("/rules", houseRuleRoutes(front));
  app.route("/barred", barredRoutes(front));
  app.route("/senders", senderRoutes(front));
  app.route("/journals", journalRoutes(front));
  return app;
};
