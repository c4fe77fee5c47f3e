/** What the administration's routes share: the frame, operations, and the log of who did what. */

import type { z } from "zod";
import type { AdminFrame } from "../../../views/admin/frame.tsx";
import type { ServerLine } from "../../../views/setup/done.tsx";
import { isAtLeast } from "../../administration/actor.ts";
import type { Operation } from "../../administration/operation.ts";
import { actorOf, sendOn, signedIn, type WebContext } from "../context.ts";
import type { ClientPorts } from "../deps.ts";
import type { Front } from "../site.ts";

/** Lines on one page of a list. */
export const PAGE_SIZE = 50;

/** Does what an operation does, for whoever is signed in. @throws Refusal */
export const perform = <I extends z.ZodObject, O extends z.ZodType>(
  { deps }: Front,
  c: WebContext,
  operation: Operation<I, O>,
  input: z.input<I>,
): Promise<z.output<O>> => deps.administration.perform(operation, actorOf(c), input);

/** The frame of an administration page. */
export const adminFrame = ({ deps }: Front, c: WebContext): AdminFrame => {
  const { user } = signedIn(c);
  const whole = isAtLeast(actorOf(c), "administrator");
  return {
    ...c.get("frame")(),
    login: user.login,
    webmail: user.webmail,
    whole,
    waiting: whole ? deps.queue.list({ limit: 1 }).total : 0,
  };
};

/** Writes who did what, and leaves the words for the next page. */
const done = (front: Front, c: WebContext, name: string, text: string): void => {
  const { user, session } = signedIn(c);
  front.deps.store.events.log({
    room: "web",
    name,
    user: user.login,
    remote: c.get("client").address,
    session: c.get("trace"),
    text,
  });
  front.sessions.leave(session.id, { kind: "ok", text });
};

/** The same, and on to a page. */
export const doneAt = (front: Front, c: WebContext, name: string, text: string, to: string): Response => {
  done(front, c, name, text);
  return sendOn(c, to);
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
