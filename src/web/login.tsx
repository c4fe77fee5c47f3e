/** Signing in and out, the theme, and the gates that other routes stand behind. */
import { Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import { Login, type LoginPage } from "../../views/login.tsx";
import { isAtLeast, type Role } from "../administration/actor.ts";
import { Refusal } from "../refusal.ts";
import { actorOf, localPath, sendOn, type WebContext, type WebEnv } from "./context.ts";
import { anyFields, asked, posted, ticked } from "./form.ts";
import { type Front, startOf } from "./site.ts";

const loginForm = z.strictObject({
  login: z.string().max(512),
  password: z.string().max(1024),
  remember: ticked,
  next: z.string().max(2000).optional(),
});

const loginQuery = z.object({ next: z.string().optional(), signed: z.string().optional() });

/** The host as the browser knows it. */
const hostOf = (c: WebContext): string => new URL(c.req.url).hostname;

/** /login, /logout and /theme. */
export const loginRoutes = (front: Front): Hono<WebEnv> => {
  const { deps, sessions, cookies } = front;
  const app = new Hono<WebEnv>();

  const show = (c: WebContext, page: Partial<LoginPage>, status: 200 | 401 | 403 | 422 | 429 | 503 = 200) =>
    c.html(<Login frame={c.get("frame")()} page={{ next: "/", host: hostOf(c), ...page }} />, status);

  app.get("/login", asked(loginQuery), (c) => {
    const { next: wanted, signed } = c.req.valid("query");
    const next = localPath(wanted, "/");
    if (c.get("signedIn")) return c.redirect(next, 303);
    const note = signed === "out" ? "You are signed out." : undefined;
    return show(c, { next, ...(note && { note }) });
  });

  app.post("/login", posted(loginForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return show(c, { problem: "Give your login name and your password." }, 422);
    const { login, password, remember } = form.value;
    const next = localPath(form.value.next, "/");
    const { address, secure } = c.get("client");
    const outcome = await deps.auth.authenticate({
      service: "web",
      remote: address,
      secure,
      mechanism: "PLAIN",
      credentials: { login: login.trim(), password },
      session: c.get("trace"),
    });
    if (!outcome.ok) {
      if (outcome.retryAfter !== undefined) c.header("Retry-After", String(outcome.retryAfter));
      return show(c, { login, remember, next, problem: outcome.sentence }, STATUS[outcome.reason] ?? 403);
    }
    const { user } = outcome.login;
    const before = c.get("signedIn");
    if (before !== undefined) await sessions.close(before.session.id);
    const token = await sessions.open({
      user: user.id,
      passwordChangedAt: user.passwordChangedAt,
      remembered: remember,
      remote: address,
      agent: c.req.header("user-agent") ?? "",
    });
    cookies.setSession(c, token, remember);
    return c.redirect(next === "/" ? startOf(user) : next, 303);
  });

  app.post("/logout", async (c) => {
    const who = c.get("signedIn");
    if (who !== undefined) await sessions.close(who.session.id);
    cookies.clearSession(c);
    return sendOn(c, "/login?signed=out");
  });

  app.post("/theme", posted(anyFields), (c) => {
    const { theme } = c.req.valid("form").fields;
    cookies.setTheme(c, theme === "light" || theme === "dark" ? theme : undefined);
    return sendOn(c, localPath(refererPath(c), "/"));
  });

  return app;
};

/** The path of the page that sent a form. */
const refererPath = (c: WebContext): string | undefined => {
  const referer = c.req.header("referer");
  if (referer === undefined || !URL.canParse(referer)) return undefined;
  const { pathname, search } = new URL(referer);
  return pathname + search;
};

const STATUS: Readonly<Record<string, 401 | 403 | 429 | 503>> = {
  credentials: 401,
  barred: 429,
  temporary: 503,
};

/** Lets only signed-in people on; sends others to the sign-in page, and from there back. */
export const requireUser = (): MiddlewareHandler<WebEnv> =>
  async function requireUser(c, next) {
    if (c.get("signedIn") !== undefined) return await next();
    const url = new URL(c.req.url);
    const back = c.req.method === "GET" ? localPath(url.pathname + url.search, "/") : "/";
    return sendOn(c, `/login?next=${encodeURIComponent(back)}`);
  };

const ONLY: Readonly<Record<Role, string>> = {
  administrator: "Only administrators of the whole server may use these pages. Sign in as one of them.",
  manager: "Only administrators may use these pages. Sign in as one of them.",
  user: "Sign in to use these pages.",
};

/**
 * Lets only those on who are at least this: `manager` also those who administrate some domains only. What lies behind is not told to
 * others, not even whether it exists. Behind `requireUser`.
 */
export const requireRole = (role: Role): MiddlewareHandler<WebEnv> =>
  async function requireRole(c, next) {
    if (!isAtLeast(actorOf(c), role)) throw new Refusal("notPermitted", ONLY[role]);
    return await next();
  };
