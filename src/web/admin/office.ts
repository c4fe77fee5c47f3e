/** What the administration's routes share: the frame, the lines for mail programs, and the pages of lists. */

import type { AdminFrame } from "../../../views/admin/frame.tsx";
import type { ServerLine } from "../../../views/setup/done.tsx";
import { isAtLeast } from "../../administration/actor.ts";
import { actorOf, signedIn, type WebContext } from "../context.ts";
import type { ClientPorts } from "../deps.ts";
import type { Front } from "../site.ts";

/** Lines on one page of a list. */
export const PAGE_SIZE = 50;

/** The frame of an administration page. */
export const adminFrame = ({ deps }: Front, c: WebContext): AdminFrame => {
  const { user } = signedIn(c);
  const whole = isAtLeast(actorOf(c), "administrator");
  return {
    ...c.get("frame")(),
    login: user.login,
    webmail: user.webmail,
    whole,
    waiting: whole ? deps.queue.size : 0,
  };
};

const SECURITY = { none: "none", starttls: "STARTTLS", implicit: "TLS" } as const;

/** What a mail program is told. */
export const serverLines = (ports: ClientPorts): ServerLine[] => {
  const line = (label: string, at: ClientPorts["imap"]): ServerLine[] =>
    at ? [{ label, host: ports.hostname, port: at.port, security: SECURITY[at.tls] }] : [];
  return [
    ...line("Reading (IMAP)", ports.imap),
    ...line("Fetching (POP3)", ports.pop3),
    ...line("Sending (SMTP)", ports.submission),
  ];
};

/** How many pages a list has; an empty one has one. */
export const pagesOf = (total: number): number => Math.max(1, Math.ceil(total / PAGE_SIZE));

/** The number in a path such as /admin/queue/:id; undefined where it is none. */
export const idOf = (c: WebContext, name = "id"): number | undefined => {
  const text = c.req.param(name) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};
