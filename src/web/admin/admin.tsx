/**
 * The administration site: overview, users, domains, mailboxes, aliases, queue, log, changes, bars, services, certificates, settings. Administrators
 * get in, and those of some domains where the table of places says so; every change is logged with who made it. Mounted by app.tsx at /admin.
 */
import { Hono } from "hono";
import { About } from "../../../views/admin/about.tsx";
import type { Role } from "../../administration/actor.ts";
import type { WebEnv } from "../context.ts";
import { requireRole, requireUser } from "../login.tsx";
import { inEnglish } from "../reader.ts";
import { webSettings } from "../settings.ts";
import type { Front, Site } from "../site.ts";
import { aliasRoutes } from "./aliases.tsx";
import { auditRoutes } from "./audit.tsx";
import { barRoutes } from "./bars.tsx";
import { certificateRoutes } from "./certificates.tsx";
import { contactRoutes } from "./contacts.tsx";
import { domainDnsRoutes } from "./domain-dns.tsx";
import { domainReportRoutes } from "./domain-reports.tsx";
import { domainRoutes } from "./domains.tsx";
import { gatewayRoutes } from "./gateway/gateway.tsx";
import { groupRoutes } from "./groups.tsx";
import { houseRoutes } from "./house/house.tsx";
import { logRoutes } from "./log.tsx";
import { mailboxRoutes } from "./mailboxes/mailboxes.tsx";
import { messageRoutes } from "./messages.tsx";
import { adminFrame } from "./office.ts";
import { overviewRoutes } from "./overview.tsx";
import { passwordReportRoutes } from "./password-report.tsx";
import { quarantineRoutes } from "./quarantine.tsx";
import { queueRoutes } from "./queue.tsx";
import { routeRoutes } from "./routes.tsx";
import { houseScriptRoutes } from "./scripts.tsx";
import { serviceRoutes } from "./services.tsx";
import { settingsRoutes } from "./settings.tsx";
import { tokenRoutes } from "./tokens.tsx";
import { userDatabaseRoutes } from "./user-databases.tsx";
import { userRoutes } from "./users/users.tsx";

/** Octets of a list of hosts that is brought in as a file; longer ones are fetched, or lie in the data folder. */
const LIST_OCTETS = 32_000_000;

/** The pages by their folders, and who gets in. Whoever administrates some domains only is let in where the operations hold him to these. */
const PLACES: readonly [path: string, who: Role, routes: (front: Front) => Hono<WebEnv>][] = [
  ["/users", "manager", userRoutes],
  ["/passwords", "manager", passwordReportRoutes],
  ["/user-databases", "administrator", userDatabaseRoutes],
  ["/domains", "manager", domainRoutes],
  ["/domains", "manager", domainDnsRoutes],
  ["/domains", "manager", domainReportRoutes],
  ["/contacts", "administrator", contactRoutes],
  ["/mailboxes", "manager", mailboxRoutes],
  ["/aliases", "manager", aliasRoutes],
  ["/groups", "administrator", groupRoutes],
  ["/house", "administrator", houseRoutes],
  ["/scripts", "administrator", houseScriptRoutes],
  ["/routes", "administrator", routeRoutes],
  ["/queue", "administrator", queueRoutes],
  ["/quarantine", "administrator", quarantineRoutes],
  ["/gateway", "administrator", gatewayRoutes],
  ["/messages", "administrator", messageRoutes],
  ["/log", "administrator", logRoutes],
  ["/bars", "administrator", barRoutes],
  ["/audit", "administrator", auditRoutes],
  ["/services", "administrator", serviceRoutes],
  ["/certificates", "administrator", certificateRoutes],
  ["/settings", "administrator", settingsRoutes],
  ["/tokens", "manager", tokenRoutes],
];

export const adminSite = (front: Front): Site => {
  const app = new Hono<WebEnv>();
  app.use(inEnglish());
  app.use(requireUser());
  app.use(requireRole("manager"));
  app.route("/", overviewRoutes(front));
  for (const [path, who, routes] of PLACES) {
    app.use(`${path}/*`, requireRole(who));
    app.route(path, routes(front));
  }
  app.get("/about", (c) => {
    const { health, licences } = front.deps;
    return c.html(<About frame={adminFrame(front, c)} page={{ version: health().version, licences }} />);
  });
  return {
    ...{ path: "/admin", app },
    largestBody: (multipart) => (multipart ? LIST_OCTETS : front.deps.store.settings.get(webSettings).formOctets),
  };
};
