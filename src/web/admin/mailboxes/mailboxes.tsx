/**
 * The pages of mailboxes: the list, making further ones, and the tabs of their properties. They stand on the operations of
 * src/administration alone, which hold everybody to what is his. Mounted by ../admin.tsx at /admin/mailboxes.
 */
import { Hono } from "hono";
import type { WebEnv } from "../../context.ts";
import type { Front } from "../../site.ts";
import { addressRoutes } from "./addresses.tsx";
import { autoresponderRoutes } from "./autoresponder.tsx";
import { collectionRoutes } from "./collection.tsx";
import { Desk } from "./desk.tsx";
import { forwardingRoutes } from "./forwarding.tsx";
import { generalRoutes } from "./general.tsx";
import { limitRoutes } from "./limits.tsx";
import { listRoutes } from "./list.tsx";
import { ruleRoutes } from "./rules.tsx";
import { scriptRoutes } from "./scripts.tsx";
import { sharingRoutes } from "./sharing.tsx";

export const mailboxRoutes = (front: Front): Hono<WebEnv> => {
  const desk = new Desk(front);
  const app = new Hono<WebEnv>();
  app.route("/", listRoutes(front));
  for (const routes of [
    generalRoutes,
    addressRoutes,
    forwardingRoutes,
    autoresponderRoutes,
    ruleRoutes,
    scriptRoutes,
    collectionRoutes,
    limitRoutes,
    sharingRoutes,
  ]) {
    app.route("/", routes(desk));
  }
  return app;
};
