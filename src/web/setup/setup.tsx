/**
 * The first start in the browser: a link with a one-time token, four questions, and the page that says how to go on. Mounted by
 * app.tsx at /setup. The work itself is the appliance's, the same as `gatepost setup`.
 */
import { Hono } from "hono";
import { z } from "zod";
import { Strength } from "../../../views/parts/password.tsx";
import { Done, TestMessage, type TestState } from "../../../views/setup/done.tsx";
import {
  CertificateStep,
  DomainStep,
  Locked,
  PasswordStep,
  SendingStep,
  STEPS,
  type StepName,
  type StepPage,
} from "../../../views/setup/wizard.tsx";
import { Refusal } from "../../refusal.ts";
import { serverLines } from "../admin/office.ts";
import { sendOn, signedIn, type WebContext, type WebEnv } from "../context.ts";
import { anyFields, asked, type Errors, errorsOf, type Fields, posted, sentenceOf } from "../form.ts";
import { requireRole, requireUser } from "../login.tsx";
import { inEnglish } from "../reader.ts";
import type { Front, Site } from "../site.ts";
import { administratorSchema, certificateSchema, domainSchema, outgoingSchema, type SetupAnswers } from "./answers.ts";
import { sendTrial } from "./trial.ts";
import { Wizard } from "./wizard.ts";

const linkQuery = z.object({ token: z.string().optional() });

/** What was answered, as the fields of a step's form. */
const fieldsOf = (
  step: StepName,
  answers: Partial<SetupAnswers>,
  suggested: { hostname: string; names: readonly string[] },
): Fields => {
  const { administrator, domain, outgoing, certificate } = answers;
  switch (step) {
    case "password":
      return administrator ? { login: administrator.login } : {};
    case "domain":
      return domain ? { domain: domain.domain, hostname: domain.hostname } : {};
    case "sending":
      if (outgoing?.way !== "smartHost") return outgoing ? { way: outgoing.way } : {};
      return {
        way: "smartHost",
        host: outgoing.host,
        port: String(outgoing.port),
        tls: outgoing.tls,
        login: outgoing.login,
      };
    case "certificate": {
      const names = certificate?.names ?? [...new Set([...(domain ? [domain.hostname] : []), ...suggested.names])];
      return { names: names.join("\n") };
    }
  }
};

type Taken = { readonly answer: Partial<SetupAnswers> } | { readonly errors: Errors };

const outgoingOf = (fields: Fields, before: SetupAnswers["outgoing"] | undefined): Taken => {
  if (fields.way !== "smartHost") {
    const parsed = outgoingSchema.safeParse({ way: fields.way });
    return parsed.success ? { answer: { outgoing: parsed.data } } : { errors: { way: "Choose one of the two ways." } };
  }
  const kept = before?.way === "smartHost" ? before.password : "";
  const port = /^\d{1,6}$/.test(fields.port?.trim() ?? "") ? Number(fields.port) : Number.NaN;
  const { host = "", tls = "starttls", login = "" } = fields;
  const parsed = outgoingSchema.safeParse({
    way: "smartHost",
    host,
    port,
    tls,
    login,
    password: fields.password || kept,
  });
  return parsed.success ? { answer: { outgoing: parsed.data } } : { errors: errorsOf(parsed.error) };
};

const domainOf = (fields: Fields): Taken => {
  const domain = fields.domain?.trim().replace(/^@/, "") ?? "";
  const hostname = fields.hostname?.trim() || `mail.${domain}`;
  const parsed = domainSchema.safeParse({ domain, hostname });
  if (parsed.success) return { answer: { domain: parsed.data } };
  const errors = errorsOf(parsed.error);
  // A name made from a wrong domain is wrong for the same reason; one sentence is enough.
  return { errors: errors.domain && !fields.hostname ? { domain: errors.domain } : errors };
};

const certificateOf = (fields: Fields): Taken => {
  const names = (fields.names ?? "").split(/[\s,]+/).filter((name) => name !== "");
  const parsed = certificateSchema.safeParse({ names });
  if (parsed.success) return { answer: { certificate: parsed.data } };
  return { errors: { names: parsed.error.issues[0]?.message ?? "List the names." } };
};

export const setupSite = (front: Front): Site => {
  const { deps, cookies, sessions } = front;
  const wizard = new Wizard();
  const app = new Hono<WebEnv>();
  const suggested = deps.setup.suggestions;

  /** The administrator's answer: a password that was given before stays unless another is typed. */
  const administratorOf = async (fields: Fields): Promise<Taken> => {
    const before = wizard.answers.administrator;
    const password = fields.password || before?.password || "";
    const parsed = administratorSchema.safeParse({ login: fields.login ?? "", password });
    if (!parsed.success) return { errors: errorsOf(parsed.error) };
    try {
      // The rules for passwords are asked now, not after the last question.
      await deps.auth.credentialsFor(password, [parsed.data.login]);
    } catch (thrown) {
      return { errors: { password: sentenceOf(thrown) } };
    }
    return { answer: { administrator: parsed.data } };
  };

  const take = async (step: StepName, fields: Fields): Promise<Taken> => {
    switch (step) {
      case "password":
        return await administratorOf(fields);
      case "domain":
        return domainOf(fields);
      case "sending":
        return outgoingOf(fields, wizard.answers.outgoing);
      case "certificate":
        return certificateOf(fields);
    }
  };

  const show = (c: WebContext, step: StepName, typed?: Fields, errors: Errors = {}, problem?: string) => {
    const { answers, answered } = wizard;
    const fields = typed ?? fieldsOf(step, answers, suggested.call(deps.setup));
    const page: StepPage = { step, answered, fields, errors, ...(problem !== undefined && { problem }) };
    const frame = c.get("frame")();
    const status = typed ? 422 : 200;
    switch (step) {
      case "password":
        return c.html(<PasswordStep frame={frame} page={page} given={answers.administrator !== undefined} />, status);
      case "domain":
        return c.html(<DomainStep frame={frame} page={page} />, status);
      case "sending": {
        const given = answers.outgoing?.way === "smartHost" && answers.outgoing.password !== "";
        return c.html(<SendingStep frame={frame} page={page} given={given} />, status);
      }
      case "certificate": {
        const { fingerprint } = deps.certificates.root();
        return c.html(<CertificateStep frame={frame} page={page} fingerprint={fingerprint} />, status);
      }
    }
  };

  /** The first step without an answer: nobody skips one. */
  const due = (): StepName => STEPS.find(({ name }) => !wizard.answered.includes(name))?.name ?? "certificate";

  app.get("/", asked(linkQuery), (c) => {
    if (deps.setup.done()) return c.redirect("/admin", 303);
    // A program that only looks whether the link works must not use it up.
    if (c.req.raw.method === "HEAD") return c.body(null, 204);
    const { token } = c.req.valid("query");
    if (token !== undefined && deps.setup.redeem(token)) {
      cookies.setWizard(c, wizard.begin());
      // The token leaves the address bar.
      return c.redirect("/setup/password", 303);
    }
    if (wizard.admits(cookies.wizard(c))) return c.redirect(`/setup/${due()}`, 303);
    return c.html(<Locked frame={c.get("frame")()} used={token !== undefined} />, 403);
  });

  app.use(inEnglish());
  app.use("/done", requireUser(), requireRole("administrator"));
  app.use("/test", requireUser(), requireRole("administrator"));

  const donePage = (c: WebContext, test?: TestState) => {
    const { user } = signedIn(c);
    const address = deps.directory.addressesOf(user.id)[0] ?? "";
    return {
      ...{ address, login: user.login, servers: serverLines(deps.clientPorts()) },
      fingerprint: deps.certificates.root().fingerprint,
      test: test ?? { to: address },
    };
  };

  app.get("/done", (c) => c.html(<Done frame={c.get("frame")()} page={donePage(c)} />));

  app.post("/test", posted(anyFields), async (c) => {
    const { to = "" } = c.req.valid("form").fields;
    const test = await sendTrial(front, c, to.trim());
    const status = test.error === undefined ? 200 : 422;
    if (c.req.header("hx-request") === "true") return c.html(<TestMessage csrf={c.get("csrf")} test={test} />, status);
    return c.html(<Done frame={c.get("frame")()} page={donePage(c, test)} />, status);
  });

  // From here on: only the browser that came with the link, and only until it is done.
  app.use(async function requireWizard(c, next) {
    if (deps.setup.done()) return c.redirect("/admin", 303);
    if (!wizard.admits(cookies.wizard(c))) return c.redirect("/setup", 303);
    return await next();
  });

  app.post("/strength", posted(anyFields), async (c) => {
    const { password = "", login = "" } = c.req.valid("form").fields;
    if (password === "") return c.html(<Strength />);
    return c.html(<Strength strength={await deps.auth.strength(password, [login])} />);
  });

  const stepOf = (c: WebContext): StepName => {
    const step = STEPS.find(({ name }) => name === c.req.param("step"))?.name;
    if (step === undefined) throw new Refusal("notFound", "There is no such step.");
    return step;
  };

  app.get("/:step", (c) => {
    const step = stepOf(c);
    const order = STEPS.map(({ name }) => name);
    if (order.indexOf(step) > order.indexOf(due())) return c.redirect(`/setup/${due()}`, 303);
    return show(c, step);
  });

  app.post("/:step", posted(anyFields), async (c) => {
    const step = stepOf(c);
    const { fields } = c.req.valid("form");
    const taken = await take(step, fields);
    if ("errors" in taken) return show(c, step, fields, taken.errors);
    wizard.answer(taken.answer);
    if (step !== "certificate") {
      const next = STEPS[STEPS.findIndex(({ name }) => name === step) + 1]?.name ?? "certificate";
      return sendOn(c, `/setup/${next}`);
    }
    const answers = wizard.complete();
    if (answers === undefined) return sendOn(c, `/setup/${due()}`);
    try {
      await deps.setup.apply(answers);
    } catch (thrown) {
      return show(c, step, fields, {}, sentenceOf(thrown));
    }
    wizard.end();
    const user = deps.directory.users.require(answers.administrator.login);
    const token = await sessions.open({
      ...{ user: user.id, passwordChangedAt: user.passwordChangedAt, remembered: false },
      ...{ remote: c.get("client").address, agent: c.req.header("user-agent") ?? "" },
    });
    cookies.setSession(c, token, false);
    return sendOn(c, "/setup/done");
  });

  return { path: "/setup", app };
};
