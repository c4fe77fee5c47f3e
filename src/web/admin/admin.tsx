/**
 * The administration site: overview, users, domains, mailboxes, aliases, queue, log, services, certificates, settings. Only
 * administrators get in; every change is logged with who made it. Mounted by app.tsx at /admin.
 */
import { Hono } from "hono";
import { About } from "../../../views/admin/about.tsx";
import type { WebEnv } from "../context.ts";
import { requireAdministrator, requireUser } from "../login.tsx";
import type { Front, Site } from "../site.ts";
import { certificateRoutes } from "./certificates.tsx";
import { domainRoutes } from "./domains.tsx";
import { logRoutes } from "./log.tsx";
import { aliasRoutes, mailboxRoutes } from "./mailboxes.tsx";
import { adminFrame } from "./office.ts";
import { overviewRoutes } from "./overview.tsx";
import { queueRoutes } from "./queue.tsx";
import { serviceRoutes } from "./services.tsx";
import { settingsRoutes } from "./settings.tsx";
import { userRoutes } from "./users.tsx";

export const adminSite = (front: Front): Site => {
  const app = new Hono<WebEnv>();
  app.use(requireUser());
  app.use(requireAdministrator(front));
  app.route("/", overviewRoutes(front));
  app.route("/users", userRoutes(front));
  app.route("/domains", domainRoutes(front));
  app.route("/mailboxes", mailboxRoutes(front));
  app.route("/aliases", aliasRoutes(front));
  app.route("/queue", queueRoutes(front));
  app.route("/log", logRoutes(front));
  app.route("/services", serviceRoutes(front));
  app.route("/certificates", certificateRoutes(front));
  app.route("/settings", settingsRoutes(front));
  app.get("/about", (c) => {
    const { health, licences } = front.deps;
    return c.html(<About frame={adminFrame(front, c)} page={{ version: health().version, licences }} />);
  });
  return { path: "/admin", app };
};
