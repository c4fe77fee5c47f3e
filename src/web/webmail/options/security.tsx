/** Password, second factor, app passwords and sessions of whoever is signed in. */
import { Hono } from "hono";
import { z } from "zod";
import { Strength } from "../../../../views/parts/password.tsx";
import { OPTIONS } from "../../../../views/webmail/options.tsx";
import {
  EnrolApp,
  type FactorsPage,
  NewRecoveryCodes,
  PasswordOptions,
  SecondFactor,
  SessionsView,
} from "../../../../views/webmail/options-security.tsx";
import { t, tn } from "../../../../views/words/words.ts";
import {
  addPasskey,
  beginPasskey,
  beginTotp,
  confirmTotp,
  removePasskey,
  removeTotp,
  renamePasskey,
  renewRecoveryCodes,
  showFactors,
} from "../../../administration/signing-in/factors.ts";
import { changePassword } from "../../../administration/signing-in/passwords.ts";
import { closeSession, closeSessions, listLogins, listSessions } from "../../../administration/signing-in/security.ts";
import { authSettings } from "../../../auth/settings.ts";
import { Refusal } from "../../../refusal.ts";
import { sendOn, signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { anyFields, type Errors, posted, whole } from "../../form.ts";
import { NO_PASSKEYS, passkeySite } from "../../passkey-site.ts";
import { answerField, answerOf } from "../../steps.tsx";
import { appPasswordPages } from "./app-passwords.tsx";
import { confirmFor, type Office, problemOf, titleOf } from "./office.tsx";

const passwordForm = z.strictObject({
  username: z.string().max(512).optional(),
  old: z.string().max(1024).default(""),
  password: z.string().min(1, "Type a new password.").max(1024, "A password has at most 1024 characters."),
});
const codeForm = z.strictObject({ code: z.string().max(100) });
const registerForm = z.strictObject({ credential: answerField, name: z.string().max(200) });
const nameForm = z.strictObject({ name: z.string().max(200) });
const sessionForm = z.strictObject({ id: z.string().max(100) });

const PASSWORD = `${OPTIONS}/password`;
const FACTOR = `${OPTIONS}/second-factor`;
const SESSIONS = `${OPTIONS}/sessions`;
/** Sign-ins that the page lists. */
const RECENT = 40;

const time = (text: string | null) => (text === null ? null : Date.parse(text));

/** Routes below /mail/options, beside those of mailboxes and people. */
export const securityRoutes = (office: Office): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  passwordPages(app, office);
  factorPages(app, office);
  appPages(app, office);
  passkeyPages(app, office);
  sessionPages(app, office);
  appPasswordPages(app, office);
  return app;
};

function passwordPages(app: Hono<WebEnv>, office: Office) {
  const show = async (c: WebContext, errors: Errors = {}) => {
    const { self, frame } = await office.desk(c, PASSWORD);
    const { whyNot, changedAt } = self.password;
    const page = {
      ...{ login: self.login, errors, changedAt: time(changedAt), hasPassword: signedIn(c).user.hasPassword },
      whyNot: whyNot ?? undefined,
    };
    return await office.show(c, t("Password"), <PasswordOptions frame={frame} page={page} />, errors);
  };

  app.get("/password", (c) => show(c));

  app.post("/password", posted(passwordForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, form.errors);
    const { old, password } = form.value;
    try {
      await office.perform(c, changePassword, { old, password });
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.kind === "credentials") return await show(c, { old: thrown.sentence });
      const { "": problem, ...errors } = problemOf(thrown);
      return await show(c, { ...errors, ...(problem !== undefined && { password: problem }) });
    }
    return office.done(c, t("Your password is changed. Every other browser is signed out."), PASSWORD);
  });

  app.post("/password/strength", posted(anyFields), async (c) => {
    const { password = "" } = c.req.valid("form").fields;
    const { auth } = office.deps;
    const words = auth.passwords.wordsOf(signedIn(c).user);
    return c.html(<Strength strength={await auth.strength(password.slice(0, 1024), words)} />);
  });
}

async function showFactorsPage(c: WebContext, office: Office, errors: Errors = {}) {
  const { self, frame } = await office.desk(c, FACTOR);
  const { login } = self;
  const { proven: _, ...status } = await office.perform(c, showFactors, { login });
  const confirm = confirmFor(c, office, FACTOR);
  const site = passkeySite(c);
  const made =
    site === undefined || confirm !== undefined
      ? undefined
      : await office.perform(c, beginPasskey, { login, ...site, binding: c.get("csrf") });
  const page: FactorsPage = {
    ...{ ...status, confirm, errors, noPasskey: NO_PASSKEYS },
    totpSince: time(status.totpSince),
    passkeys: status.passkeys.map((passkey) => ({
      ...passkey,
      createdAt: Date.parse(passkey.createdAt),
      lastUsedAt: time(passkey.lastUsedAt),
    })),
    // While one has not shown again who one is, the page only says that passkeys can be had here.
    passkey: made?.options ?? (site === undefined ? undefined : {}),
    needsAppPasswords: !office.deps.store.settings.get(authSettings).passwordsBesideSecondFactor,
  };
  return await office.showWhole(c, t("Second factor"), <SecondFactor frame={frame} page={page} />, errors);
}

function factorPages(app: Hono<WebEnv>, office: Office) {
  app.get("/second-factor", (c) => showFactorsPage(c, office));

  app.post("/second-factor/recovery", async (c) => {
    const confirm = confirmFor(c, office, FACTOR);
    if (confirm !== undefined) return sendOn(c, confirm);
    const { login } = signedIn(c).user;
    const { recoveryCodes } = await office.perform(c, renewRecoveryCodes, { login });
    return await showCodes(c, office, recoveryCodes, "");
  });
}

/** New recovery codes, once; where none are new, on with these words. */
async function showCodes(c: WebContext, office: Office, codes: readonly string[], text: string) {
  if (codes.length === 0) return office.done(c, text, FACTOR);
  const { frame } = await office.desk(c, FACTOR);
  return await office.showWhole(c, t("Recovery codes"), <NewRecoveryCodes frame={frame} codes={codes} />);
}

/** The codes of an authenticator app. */
function appPages(app: Hono<WebEnv>, office: Office) {
  const at = `${FACTOR}/app`;

  const show = async (c: WebContext, problem?: string) => {
    const confirm = confirmFor(c, office, at);
    if (confirm !== undefined) return sendOn(c, confirm);
    const { self, frame } = await office.desk(c, FACTOR);
    const host = passkeySite(c)?.host ?? new URL(c.req.url).hostname;
    const { svg, base32: secret } = await office.perform(c, beginTotp, { login: self.login, host });
    const page = { svg, secret, ...(problem !== undefined && { problem }) };
    const errors: Errors = problem === undefined ? {} : { code: problem };
    return await office.showWhole(c, t("Authenticator app"), <EnrolApp frame={frame} page={page} />, errors);
  };

  app.get("/second-factor/app", (c) => show(c));

  app.post("/second-factor/app", posted(codeForm), async (c) => {
    const confirm = confirmFor(c, office, at);
    if (confirm !== undefined) return sendOn(c, confirm);
    const form = c.req.valid("form");
    if (!form.ok) return await show(c, t("Type the six digits."));
    try {
      const { login } = signedIn(c).user;
      const { recoveryCodes } = await office.perform(c, confirmTotp, { login, code: form.value.code });
      return await showCodes(c, office, recoveryCodes, t("Codes of the app are asked for from now on."));
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.kind === "tooMany") throw thrown;
      const { "": problem = "" } = problemOf(thrown);
      return await show(c, problem);
    }
  });

  app.post("/second-factor/app/remove", async (c) => {
    const confirm = confirmFor(c, office, FACTOR);
    if (confirm !== undefined) return sendOn(c, confirm);
    return await removed(c, office, async () => {
      await office.perform(c, removeTotp, { login: signedIn(c).user.login });
      return t("Codes of the app are no longer asked for.");
    });
  });
}

/** Takes a factor away; where it must stay, the page says why. */
async function removed(c: WebContext, office: Office, work: () => Promise<string>) {
  try {
    return office.done(c, await work(), FACTOR);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return await showFactorsPage(c, office, { "": thrown.sentence });
  }
}

function passkeyPages(app: Hono<WebEnv>, office: Office) {
  app.post("/second-factor/passkeys", posted(registerForm), async (c) => {
    const confirm = confirmFor(c, office, FACTOR);
    if (confirm !== undefined) return sendOn(c, confirm);
    const form = c.req.valid("form");
    const site = passkeySite(c);
    if (!form.ok || site === undefined) return await showFactorsPage(c, office, { "": NO_PASSKEYS });
    const { login } = signedIn(c).user;
    const about = {
      ...site,
      binding: c.get("csrf"),
      name: form.value.name,
      credential: answerOf(form.value.credential),
    };
    try {
      const { passkey, recoveryCodes } = await office.perform(c, addPasskey, { login, ...about });
      return await showCodes(
        c,
        office,
        recoveryCodes,
        t("The passkey “{name}” is registered.", { name: passkey.name }),
      );
    } catch (thrown) {
      return await showFactorsPage(c, office, problemOf(thrown));
    }
  });

  app.post("/second-factor/passkeys/:id{\\d{1,15}}", posted(nameForm), async (c) => {
    const { name } = whole(c.req.valid("form"));
    try {
      await office.perform(c, renamePasskey, { login: signedIn(c).user.login, id: Number(c.req.param("id")), name });
    } catch (thrown) {
      return await showFactorsPage(c, office, { "": Object.values(problemOf(thrown))[0] ?? "" });
    }
    return office.done(c, t("The passkey has its new name."), FACTOR);
  });

  app.post("/second-factor/passkeys/:id{\\d{1,15}}/remove", async (c) => {
    const confirm = confirmFor(c, office, FACTOR);
    if (confirm !== undefined) return sendOn(c, confirm);
    return await removed(c, office, async () => {
      await office.perform(c, removePasskey, { login: signedIn(c).user.login, id: Number(c.req.param("id")) });
      return t("The passkey is taken away. Remove it from your device too.");
    });
  });
}

function sessionPages(app: Hono<WebEnv>, office: Office) {
  app.get("/sessions", async (c) => {
    const { self, frame } = await office.desk(c, SESSIONS);
    const { login } = self;
    const { sessions } = await office.perform(c, listSessions, { login });
    const { logins } = await office.perform(c, listLogins, { login, limit: RECENT });
    const page = {
      sessions: sessions.map((one) => ({
        ...one,
        createdAt: Date.parse(one.createdAt),
        seenAt: Date.parse(one.seenAt),
      })),
      signIns: logins.map(({ at, accepted, service, remote }) => ({
        at: Date.parse(at),
        ...(accepted
          ? { kind: "ok" as const, words: t("Signed in") }
          : { kind: "danger" as const, words: t("Refused") }),
        service: titleOf(service),
        remote: remote ?? "",
      })),
    };
    return await office.show(c, t("Sessions"), <SessionsView frame={frame} page={page} />);
  });

  app.post("/sessions/close", posted(sessionForm), async (c) => {
    const { id } = whole(c.req.valid("form"));
    await office.perform(c, closeSession, { login: signedIn(c).user.login, id });
    return office.done(c, t("That browser is signed out."), SESSIONS);
  });

  app.post("/sessions/others", async (c) => {
    const { closed } = await office.perform(c, closeSessions, { login: signedIn(c).user.login });
    const text = tn(closed, "{n} other browser is signed out.", "{n} other browsers are signed out.");
    return office.done(c, text, SESSIONS);
  });
}
