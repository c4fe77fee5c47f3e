/** Signing in and out, the theme, and the gates that other routes stand behind. */
import { Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import { Login, type LoginPage } from "../../views/login.tsx";
import { key, t } from "../../views/words/words.ts";
import { isAtLeast, type Role } from "../administration/actor.ts";
import { setPreferences } from "../administration/users/preferences.ts";
import { Refusal } from "../refusal.ts";
import { actorOf, localPath, sendOn, type WebContext, type WebEnv } from "./context.ts";
import { anyFields, asked, posted, ticked } from "./form.ts";
import { NO_PASSKEYS, passkeySite } from "./passkey-site.ts";
import { perform } from "./performing.ts";
import type { Front } from "./site.ts";
import { answerField, answerOf, answerStep, stepRoutes, visitOf } from "./steps.tsx";

const loginForm = z.strictObject({
  login: z.string().max(512),
  password: z.string().max(1024),
  remember: ticked,
  next: z.string().max(2000).optional(),
});

const passkeyForm = z.strictObject({
  credential: answerField,
  remember: ticked,
  next: z.string().max(2000).optional(),
});

/** Why somebody is at the sign-in page again. */
const NOTES: Readonly<Record<string, string>> = {
  out: key("You are signed out."),
  reset: key("Your new password is set. Sign in with it."),
};
const OVER = key("Signing in took too long, or too many answers were wrong. Begin again.");

const loginQuery = z.object({ next: z.string().optional(), signed: z.string().optional() });

/** The host as the browser knows it. */
const hostOf = (c: WebContext): string => new URL(c.req.url).hostname;

/** /login, /logout and /theme. */
export const loginRoutes = (front: Front): Hono<WebEnv> => {
  const { deps, sessions, cookies } = front;
  const app = new Hono<WebEnv>();

  const show = (c: WebContext, page: Partial<LoginPage>, status: 200 | 401 | 403 | 422 | 429 | 503 = 200) =>
    c.html(<Login frame={c.get("frame")()} page={{ next: "/", host: hostOf(c), ...passkeyOf(c), ...page }} />, status);

  /** Passkeys are offered where anybody here has one. */
  const passkeyOf = (c: WebContext): Partial<LoginPage> => {
    const { passkeys } = deps.auth.factors;
    if (!passkeys.areUsed) return {};
    const site = passkeySite(c);
    if (site === undefined) return { noPasskey: NO_PASSKEYS };
    return { passkey: passkeys.signInOptions({ purpose: "signIn", binding: c.get("csrf") }, site) };
  };

  app.get("/login", asked(loginQuery), (c) => {
    const { next: wanted, signed } = c.req.valid("query");
    const next = localPath(wanted, "/");
    if (c.get("signedIn")) return c.redirect(next, 303);
    const note = NOTES[signed ?? ""];
    return show(c, { next, ...(note && { note: t(note) }), ...(signed === "over" && { problem: t(OVER) }) });
  });

  app.post("/login", posted(loginForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return show(c, { problem: t("Give your login name and your password.") }, 422);
    const { login, password, remember } = form.value;
    const next = localPath(form.value.next, "/");
    const about = { login: login.trim(), password, remembered: remember, next };
    const step = await deps.auth.signIn.password(about, visitOf(c));
    return await answerStep(front, c, step, (problem, status) => show(c, { login, remember, next, problem }, status));
  });

  app.post("/login/passkey", posted(passkeyForm), async (c) => {
    const form = c.req.valid("form");
    const site = passkeySite(c);
    if (!form.ok || site === undefined) return show(c, { problem: NO_PASSKEYS }, 422);
    const { credential, remember } = form.value;
    const next = localPath(form.value.next, "/");
    const about = { answer: answerOf(credential), site, binding: c.get("csrf"), remembered: remember, next };
    const step = await deps.auth.signIn.passkeyAlone(about, visitOf(c));
    return await answerStep(front, c, step, (problem, status) => show(c, { remember, next, problem }, status));
  });

  app.post("/logout", async (c) => {
    const who = c.get("signedIn");
    if (who !== undefined) await sessions.close(who.session.id);
    cookies.clearSession(c);
    // What an installed page kept goes, too (Clear Site Data §2).
    c.header("clear-site-data", '"storage"');
    return sendOn(c, "/login?signed=out");
  });

  app.route("/", stepRoutes(front));

  app.post("/theme", posted(anyFields), async (c) => {
    const { theme: chosen } = c.req.valid("form").fields;
    const theme = chosen === "light" || chosen === "dark" ? chosen : "auto";
    if (c.get("signedIn") !== undefined) await perform(front, c, setPreferences, { theme });
    cookies.setTheme(c, theme);
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

/** Lets only signed-in people on; sends others to the sign-in page, and from there back. */
export const requireUser = (): MiddlewareHandler<WebEnv> =>
  async function requireUser(c, next) {
    if (c.get("signedIn") !== undefined) return await next();
    // What htmx fetches is a part of a page, or its stream: one comes back to the page.
    const from = c.req.header("hx-request") === "true" ? c.req.header("hx-current-url") : c.req.url;
    const url = c.req.method === "GET" ? URL.parse(from ?? "") : null;
    const back = localPath(url === null ? undefined : url.pathname + url.search, "/");
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
