/** The overview: figures of the day, what runs, and what somebody should look at. */

import { Hono } from "hono";
import { DomainOverview, type DomainOverviewPage } from "../../../views/admin/domain-overview.tsx";
import { type Attention, Overview, type OverviewPage } from "../../../views/admin/overview.tsx";
import { listHref } from "../../../views/parts/list.tsx";
import { sizeWords } from "../../../views/parts/telling.tsx";
import { isAtLeast } from "../../administration/actor.ts";
import type { CertificateView, PortState, ServiceState } from "../../administration/parts.ts";
import { listUsers, proposeUser } from "../../administration/users/users.ts";
import { actorOf, type WebContext, type WebEnv } from "../context.ts";
import type { Health, WebDeps } from "../deps.ts";
import { perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";
import { Traffic } from "./traffic.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A message that waits longer is worth a look. */
const LONG_WAIT_MS = 4 * HOUR_MS;
/** Certificates are renewed before this; if one is not, somebody must act. */
const CERTIFICATE_DAYS = 14;
const LITTLE_ROOM = 1_000_000_000;
/** Waiting messages looked at for how long they wait. */
const LOOKED_AT = 200;

/** What needs somebody: failed ports, long waits, certificates at their end, a full disk. */
export const attentionOf = (facts: {
  services: readonly ServiceState[];
  waitingSince: readonly number[];
  certificates: readonly CertificateView[];
  health: Health;
  domains: number;
  now: number;
}): Attention[] => {
  const found: Attention[] = [];
  for (const service of facts.services) {
    for (const port of service.ports) {
      if (port.state !== "failed") continue;
      found.push({
        kind: "danger",
        title: `${service.label} does not listen on port ${port.port}`,
        text: port.problem ?? "It could not be opened.",
        href: `/admin/services/${port.id}`,
        action: "See the port",
      });
    }
  }
  if (facts.health.diskFree < LITTLE_ROOM) {
    found.push({
      kind: "danger",
      title: `Only ${sizeWords(facts.health.diskFree)} are free on the disk`,
      text: "When it is full, no mail is taken any more. Make room where the data folder is.",
      href: "/admin/mailboxes",
      action: "See what takes room",
    });
  }
  if (facts.domains === 0) {
    found.push({
      kind: "warn",
      title: "There is no domain yet",
      text: "Without one, nobody here has an address.",
      href: "/admin/domains",
      action: "Add a domain",
    });
  }
  const long = facts.waitingSince.filter((since) => facts.now - since > LONG_WAIT_MS).length;
  if (long > 0) {
    found.push({
      kind: "warn",
      title:
        long === 1
          ? "One message has waited for more than four hours"
          : `${long} messages have waited for more than four hours`,
      text: "Other servers have not taken them yet.",
      href: "/admin/queue",
      action: "Look at the queue",
    });
  }
  for (const certificate of facts.certificates) {
    const days = Math.ceil((certificate.notAfter - facts.now) / DAY_MS);
    if (!certificate.inUse || days > CERTIFICATE_DAYS) continue;
    found.push({
      kind: days > 0 ? "warn" : "danger",
      title: `The certificate for ${certificate.names[0] ?? "this server"} ${days > 0 ? `ends in ${days} days` : "has ended"}`,
      text: "Devices then refuse to connect, or warn.",
      href: "/admin/certificates",
      action: "Make or upload another",
    });
  }
  return found;
};

const portWords = (port: PortState): string => String(port.port);

/** One service in a line. */
const serviceLine = ({ label, ports }: ServiceState): OverviewPage["services"][number] => {
  const open = ports.filter((port) => port.state === "listening");
  const failed = ports.find((port) => port.state === "failed");
  return {
    label,
    kind: failed ? "danger" : open.length > 0 ? "ok" : "off",
    state: failed ? (failed.problem ?? "failed") : "switched off",
    ports: open.map(portWords).join(", "),
    connections: ports.reduce((sum, port) => sum + port.connections, 0),
  };
};

const waitingSince = ({ queue }: WebDeps): { total: number; since: number[] } => {
  const { total, entries } = queue.list({ limit: LOOKED_AT });
  const held = (entry: (typeof entries)[number]) => entry.counts.waiting + entry.counts.sending === 0;
  return { total, since: entries.filter((entry) => !held(entry)).map((entry) => entry.createdAt) };
};

/** What whoever administrates some domains only sees instead. */
const domainOverview = async (front: Front, c: WebContext): Promise<DomainOverviewPage> => {
  const { domains } = await perform(front, c, proposeUser, {});
  const counts = [];
  for (const { state, label } of COUNTED) {
    const { total } = await perform(front, c, listUsers, { pageSize: 1, ...(state && { state }) });
    counts.push({ label, count: total, href: listHref("/admin/users", { state: state ?? "" }) });
  }
  return { domains, counts };
};

const COUNTED = [
  { state: undefined, label: "users" },
  { state: "ending", label: "expire soon" },
  { state: "expired", label: "expired" },
  { state: "disabled", label: "switched off" },
] as const;

export const overviewRoutes = (front: Front): Hono<WebEnv> => {
  const { deps } = front;
  const traffic = new Traffic(deps.store, deps.now);
  const app = new Hono<WebEnv>();
  app.get("/", async (c, next) => {
    if (isAtLeast(actorOf(c), "administrator")) return await next();
    const page = await domainOverview(front, c);
    return c.html(<DomainOverview frame={adminFrame(front, c)} page={page} />);
  });
  app.get("/", async (c) => {
    const services = deps.services.list();
    const health = deps.health();
    const waiting = waitingSince(deps);
    const domains = deps.directory.domains.list();
    const certificates = deps.certificates.list();
    const day = await traffic.day();
    const page: OverviewPage = {
      hostname: deps.clientPorts().hostname,
      startedAt: health.startedAt,
      attention: attentionOf({
        services,
        certificates,
        health,
        waitingSince: waiting.since,
        domains: domains.length,
        now: deps.now(),
      }),
      hours: day.hours,
      refused: day.refused,
      waiting: waiting.total,
      services: services.map(serviceLine),
      users: deps.directory.users.list({ pageSize: 1 }).total,
      domains: domains.map((domain) => domain.displayName),
      memory: health.memory,
      databaseSize: health.databaseSize,
      diskFree: health.diskFree,
      version: health.version,
    };
    return c.html(<Overview frame={adminFrame(front, c)} page={page} />);
  });
  return app;
};
