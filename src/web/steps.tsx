/**
 * The steps of signing in beyond the password: second factor, a password that must be changed, a factor that must be set up. Who is on
 * the way in has a cookie that only these pages look at; he is signed in with the last step and not before.
 */
import { Hono } from "hono";
import { z } from "zod";
import { Strength } from "../../views/parts/password.tsx";
import { Codes, Enrol, MustChange, SecondStep } from "../../views/sign-in.tsx";
import { allOf } from "../../views/words/lists.ts";
import { t } from "../../views/words/words.ts";
import type { Stage } from "../auth/half.ts";
import type { Step, Visit } from "../auth/sign-in.ts";
import { Refusal } from "../refusal.ts";
import { sendOn, type WebContext, type WebEnv } from "./context.ts";
import { anyFields, posted } from "./form.ts";
import { NO_PASSKEYS, passkeySite } from "./passkey-site.ts";
import { type Front, startOf } from "./site.ts";

/** Octets of what an authenticator answers, as JSON. */
const MOST_ANSWER = 60_000;

export const codeForm = z.strictObject({ code: z.string().max(100) });
export const answerField = z.string().max(MOST_ANSWER);
const passkeyForm = z.strictObject({ credential: answerField });
const registerForm = z.strictObject({ credential: answerField, name: z.string().max(200) });
const passwordForm = z.strictObject({ password: z.string().max(1024) });

const PAGES: Readonly<Record<Stage, string>> = {
  factor: "/login/factor",
  password: "/login/password",
  enrol: "/login/enrol",
};

type Status = 200 | 401 | 403 | 422 | 429 | 503;

const STATUS: Readonly<Record<string, Status>> = { credentials: 401, barred: 429, temporary: 503 };

/** Who asks, for the sign-in. */
export const visitOf = (c: WebContext): Visit => ({
  remote: c.get("client").address,
  secure: c.get("client").secure,
  agent: c.req.header("user-agent") ?? "",
  session: c.get("trace"),
});

/** What an authenticator answered; undefined where that is no JSON. */
export const answerOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type Refused = Extract<Step, { kind: "refused" }>["refusal"];

/** Leads on after a step; `show` shows it again where it was refused. */
export const answerStep = async (
  front: Front,
  c: WebContext,
  step: Step,
  show: (problem: string, status: Status) => Response | Promise<Response>,
): Promise<Response> => {
  const { sessions, cookies } = front;
  if (step.kind === "refused") {
    const { sentence, retryAfter } = step.refusal;
    if (retryAfter !== undefined && Number.isFinite(retryAfter)) c.header("Retry-After", String(retryAfter));
    if (step.again) return await show(sentence, statusOf(step.refusal));
    cookies.clearHalf(c);
    return sendOn(c, "/login?signed=over");
  }
  if (step.kind !== "in") {
    cookies.setHalf(c, step.token);
    return sendOn(c, PAGES[step.kind]);
  }
  const before = c.get("signedIn");
  if (before !== undefined) await sessions.close(before.session.id);
  cookies.setSession(c, step.token, step.remembered);
  const next = step.next === "/" ? startOf(step.user) : step.next;
  if (step.recoveryCodes.length === 0) return sendOn(c, next);
  return c.html(<Codes frame={c.get("frame")()} codes={step.recoveryCodes} next={next} />);
};

const statusOf = ({ reason }: Refused): Status => STATUS[reason] ?? 403;

/** /login/factor, /login/password and /login/enrol. */
export const stepRoutes = (front: Front): Hono<WebEnv> => {
  const { deps, cookies } = front;
  const { signIn, factors } = deps.auth;
  const app = new Hono<WebEnv>();

  /** The one who is at a stage; whoever is not is led to where he is. */
  const at = (c: WebContext, stage: Stage) => {
    const half = signIn.half(cookies.half(c));
    if (half?.stage === stage) return half;
    return sendOn(c, half === undefined ? "/login" : PAGES[half.stage]);
  };

  const bindingOf = (c: WebContext): string => c.get("csrf");

  const showFactor = (c: WebContext, problem?: string, status: Status = 200) => {
    const half = at(c, "factor");
    if (half instanceof Response) return half;
    const { user } = half;
    const site = passkeySite(c);
    const own = factors.passkeys.list(user.id);
    const here = own.some(({ host }) => host === site?.host) ? site : undefined;
    const page = {
      login: user.login,
      totp: factors.totp.confirmedAt(user.id) !== undefined,
      recoveryCodes: factors.recovery.left(user.id),
      ...(problem !== undefined && { problem }),
      ...(here && {
        passkey: factors.passkeys.signInOptions({ purpose: "secondStep", binding: bindingOf(c) }, here, user.id),
      }),
      ...(own.length > 0 && !here && { noPasskey: whereOf(own.map(({ host }) => host)) }),
    };
    return c.html(<SecondStep frame={c.get("frame")()} page={page} />, status);
  };

  app.get("/login/factor", (c) => showFactor(c));

  app.post("/login/factor", posted(codeForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showFactor(c, t("Type a code."), 422);
    const step = await signIn.code(cookies.half(c), form.value.code, visitOf(c));
    return await answerStep(front, c, step, (problem, status) => showFactor(c, problem, status));
  });

  app.post("/login/factor/passkey", posted(passkeyForm), async (c) => {
    const form = c.req.valid("form");
    const site = passkeySite(c);
    if (!form.ok || site === undefined) return showFactor(c, NO_PASSKEYS, 422);
    const answer = answerOf(form.value.credential);
    const step = await signIn.passkey(cookies.half(c), answer, site, bindingOf(c), visitOf(c));
    return await answerStep(front, c, step, (problem, status) => showFactor(c, problem, status));
  });

  const showPassword = (c: WebContext, problem?: string, status: Status = 200) => {
    const half = at(c, "password");
    if (half instanceof Response) return half;
    const page = { login: half.user.login, ...(problem !== undefined && { problem }) };
    return c.html(<MustChange frame={c.get("frame")()} page={page} />, status);
  };

  app.get("/login/password", (c) => showPassword(c));

  app.post("/login/password", posted(passwordForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showPassword(c, t("Choose a password of at most 1024 characters."), 422);
    const step = await signIn.newPassword(cookies.half(c), form.value.password, visitOf(c));
    return await answerStep(front, c, step, (problem) => showPassword(c, problem, 422));
  });

  app.post("/login/strength", posted(anyFields), async (c) => {
    const half = signIn.half(cookies.half(c));
    if (half === undefined) throw new Refusal("notPermitted", "Sign in first.");
    const { password = "" } = c.req.valid("form").fields;
    const words = deps.auth.passwords.wordsOf(half.user);
    return c.html(<Strength strength={await deps.auth.strength(password, words)} />);
  });

  const showEnrol = async (c: WebContext, problem?: string, status: Status = 200) => {
    const half = at(c, "enrol");
    if (half instanceof Response) return half;
    const { user } = half;
    const site = passkeySite(c);
    const { svg, secret } = await factors.totp.begin(user.id, site?.host ?? new URL(c.req.url).hostname, user.login);
    const page = {
      ...{ login: user.login, svg, secret },
      ...(problem !== undefined && { problem }),
      ...(site
        ? { passkey: factors.passkeys.registrationOptions(user, site, bindingOf(c)) }
        : { noPasskey: NO_PASSKEYS }),
    };
    return c.html(<Enrol frame={c.get("frame")()} page={page} />, status);
  };

  app.get("/login/enrol", (c) => showEnrol(c));

  app.post("/login/enrol/code", posted(codeForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await showEnrol(c, t("Type the code."), 422);
    const step = await signIn.enrolTotp(cookies.half(c), form.value.code, visitOf(c));
    return await answerStep(front, c, step, (problem) => showEnrol(c, problem, 422));
  });

  app.post("/login/enrol/passkey", posted(registerForm), async (c) => {
    const form = c.req.valid("form");
    const site = passkeySite(c);
    if (!form.ok || site === undefined) return await showEnrol(c, NO_PASSKEYS, 422);
    const about = { answer: answerOf(form.value.credential), name: form.value.name, site, binding: bindingOf(c) };
    const step = await signIn.enrolPasskey(cookies.half(c), about, visitOf(c));
    return await answerStep(front, c, step, (problem) => showEnrol(c, problem, 422));
  });

  app.post("/login/cancel", (c) => {
    signIn.end(cookies.half(c));
    cookies.clearHalf(c);
    return sendOn(c, "/login");
  });

  return app;
};

/** Where one's passkeys do work. */
const whereOf = (hosts: readonly string[]): string =>
  t("Your passkeys are for {hosts}: open this page under that name to use them.", {
    hosts: allOf([...new Set(hosts)]),
  });
