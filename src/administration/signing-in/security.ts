/**
 * Sessions, app passwords, and what somebody's logins came to: one's own, and those of users one looks after. Second factors stand in
 * factors.ts, passwords in passwords.ts.
 */
import { z } from "zod";
import type { AppPassword } from "../../auth/app-passwords.ts";
import { newAppPasswordSchema } from "../../auth/app-passwords.ts";
import { recentLogins } from "../../auth/report.ts";
import { SERVICES, type Service } from "../../auth/services.ts";
import { managedOrOwn } from "../may.ts";
import { operation } from "../operation.ts";
import { NOT_BY_TOKEN, needsProof } from "../proof.ts";
import { lastMoment, textOfTime, timeText } from "../values.ts";

const login = z.string().max(512).describe("Whose it is.");
const SERVICE_NAMES = Object.keys(SERVICES) as [Service, ...Service[]];

const sessionView = z.object({
  id: z.string(),
  agent: z.string().describe("The browser in words."),
  remote: z.string().describe("From where it was opened."),
  createdAt: timeText,
  seenAt: timeText,
  remembered: z.boolean().describe("Stays signed in when the browser closes."),
  current: z.boolean().describe("It is the one that asks."),
  told: z.boolean().describe("It is told of new mail while no page is open."),
});

export const listSessions = operation({
  name: "session.list",
  summary: "Lists the browsers in which a user is signed in; those of others need the scope users:read too.",
  http: "GET /users/{login}/sessions",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ sessions: z.array(sessionView) }),
  run(context, { login }) {
    const user = managedOrOwn(context, login, "users:read");
    const { auth, actor } = context;
    const told = new Set(auth.subscriptions.of(user.id).map(({ session }) => Buffer.from(session).toString("hex")));
    const sessions = auth.sessions.list(user.id, actor.session).map((one) => ({
      ...one,
      createdAt: textOfTime(one.createdAt),
      seenAt: textOfTime(one.seenAt),
      told: told.has(one.id),
    }));
    return { sessions };
  },
});

export const closeSession = operation({
  name: "session.close",
  summary: "Signs a user out in one browser; of others it needs the scope users:write too.",
  http: "DELETE /users/{login}/sessions/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id: z.string().max(100) }),
  output: z.object({}),
  async run(context, { login, id }) {
    const user = managedOrOwn(context, login, "users:write");
    const { sessions } = context.auth;
    const closed = sessions.list(user.id).find((one) => one.id === id);
    await context.commit((tx, note) => {
      sessions.closeWithin(tx, user.id, id);
      const { agent = "", remote = "" } = closed ?? {};
      note({ subject: `session of ${user.login}`, before: { agent, remote } });
    });
    return {};
  },
});

export const closeSessions = operation({
  name: "session.closeAll",
  summary: "Signs a user out everywhere, but in the browser that asks; of others it needs the scope users:write too.",
  http: "DELETE /users/{login}/sessions",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ closed: z.number().int() }),
  async run(context, { login }) {
    const user = managedOrOwn(context, login, "users:write");
    const closed = await context.commit((tx, note) => {
      const n = context.auth.sessions.closeAllWithin(tx, user.id, context.actor.session);
      if (n > 0) note({ subject: `sessions of ${user.login}`, before: { open: n } });
      return n;
    });
    return { closed };
  },
});

const appPasswordView = z.object({
  id: z.number().int(),
  name: z.string(),
  services: z.array(z.enum(SERVICE_NAMES)),
  networks: z.array(z.string()).describe("From where it is good; empty for everywhere."),
  expiresAt: timeText.nullable(),
  expired: z.boolean(),
  createdAt: timeText,
  lastUse: z.object({ at: timeText, service: z.string(), remote: z.string() }).nullable(),
});
export type AppPasswordView = z.output<typeof appPasswordView>;

export const listAppPasswords = operation({
  name: "appPassword.list",
  summary: "Lists the app passwords of a user; those of others need the scope users:read too.",
  http: "GET /users/{login}/app-passwords",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ appPasswords: z.array(appPasswordView) }),
  run(context, { login }) {
    const user = managedOrOwn(context, login, "users:read");
    return { appPasswords: context.auth.appPasswords.list(user.id).map((app) => viewOf(app, context.now())) };
  },
});

const { name, services, networks } = newAppPasswordSchema.shape;

export const addAppPassword = operation({
  name: "appPassword.add",
  summary: "Makes an app password for one program or device. Its text is shown this once.",
  http: "POST /users/{login}/app-passwords",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({
    ...{ login, networks },
    name: name.describe("What it is for."),
    services: services.describe("What it opens."),
    expiresAt: lastMoment.nullable().default(null).describe("Until when it is good."),
  }),
  output: z.object({ appPassword: appPasswordView, shown: z.string().describe("Its text: groups of letters.") }),
  async run(context, { login, ...wanted }) {
    const user = managedOrOwn(context, login, "users:write");
    needsProof(context, user);
    const { appPasswords } = context.auth;
    const prepared = await appPasswords.prepare(user.login, wanted);
    const made = await context.commit((tx, note) => {
      const app = appPasswords.createWithin(tx, prepared);
      note({ subject: subjectOf(app, user.login), after: recorded(app) });
      return app;
    });
    return { appPassword: viewOf(made, context.now()), shown: prepared.shown };
  },
});

export const revokeAppPassword = operation({
  name: "appPassword.revoke",
  summary: "Revokes an app password at once: what it opened ends. Of others it needs the scope users:write too.",
  http: "DELETE /users/{login}/app-passwords/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id: z.coerce.number().int().min(1) }),
  output: z.object({}),
  async run(context, { login, id }) {
    const user = managedOrOwn(context, login, "users:write");
    await context.commit((tx, note) => {
      const app = context.auth.appPasswords.revokeWithin(tx, user.id, id);
      note({ subject: subjectOf(app, user.login), before: recorded(app) });
    });
    return {};
  },
});

const loginLine = z.object({
  id: z.number().int(),
  at: timeText,
  accepted: z.boolean(),
  service: z.string().nullable(),
  remote: z.string().nullable(),
  text: z.string(),
});

export const listLogins = operation({
  name: "login.list",
  summary:
    "Lists recent logins of a user and refusals, the latest first; those of others need the scope users:read too.",
  http: "GET /users/{login}/logins",
  scope: "self:read",
  who: "user",
  input: z.strictObject({
    login,
    limit: z.coerce.number().int().min(1).max(500).default(50),
    before: z.coerce.number().int().min(1).optional().describe("Lines before the one with this id: the next page."),
  }),
  output: z.object({ logins: z.array(loginLine) }),
  run(context, { login, limit, before }) {
    const user = managedOrOwn(context, login, "users:read");
    const lines = recentLogins(context.store, user, { limit, ...(before !== undefined && { before }) });
    return { logins: lines.map((line) => ({ ...line, at: textOfTime(line.at) })) };
  },
});

function viewOf({ user: _, lastUse, ...app }: AppPassword, now: number): AppPasswordView {
  return {
    ...{ id: app.id, name: app.name, services: [...app.services], networks: [...app.networks] },
    expiresAt: textOfTime(app.expiresAt),
    expired: app.expiresAt !== null && app.expiresAt <= now,
    createdAt: textOfTime(app.createdAt),
    lastUse: lastUse === null ? null : { ...lastUse, at: textOfTime(lastUse.at) },
  };
}

function recorded({ name, services, networks, expiresAt }: AppPassword): object {
  return { name, services, networks, expiresAt: textOfTime(expiresAt) };
}

function subjectOf({ name }: AppPassword, login: string): string {
  return `app password “${name}” of ${login}`;
}

export const securityOperations = [
  listSessions,
  closeSession,
  closeSessions,
  listAppPasswords,
  addAppPassword,
  revokeAppPassword,
  listLogins,
] as const;
