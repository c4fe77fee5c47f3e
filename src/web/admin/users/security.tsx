/** The tab Security: second factors, app passwords, tokens, sessions, and recent logins and refusals. */

import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm } from "../../../../views/admin/confirm.tsx";
import { atUser } from "../../../../views/admin/users/path.ts";
import { Security, type SecurityTab } from "../../../../views/admin/users/security.tsx";
import type { TabForm } from "../../../../views/parts/tabs.tsx";
import { removeFactors, removePasskey, showFactors } from "../../../administration/signing-in/factors.ts";
import {
  addAppPassword,
  closeSession,
  closeSessions,
  listAppPasswords,
  listLogins,
  listSessions,
  revokeAppPassword,
} from "../../../administration/signing-in/security.ts";
import { listUserTokens, revokeToken } from "../../../administration/signing-in/tokens.ts";
import type { UserView } from "../../../administration/users/users.ts";
import { APP_SERVICES, serviceTitle } from "../../../auth/services.ts";
import { confirmPath } from "../../confirm.tsx";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { errorsFrom, posted, statusFrom, ticked, whole } from "../../form.ts";
import { perform } from "../../performing.ts";
import { adminFrame } from "../office.ts";
import type { Desk, TabPage } from "./desk.tsx";

/** Lines of the log on one page. */
const LOGINS = 20;

const numbered = z.strictObject({ id: z.coerce.number().int().min(1) });
const named = z.strictObject({ id: z.string().max(100) });

const appPasswordForm = z.strictObject({
  name: z.string().max(1_000, "That is too long."),
  until: z.union([z.literal("").transform(() => null), z.iso.date("A date looks like 2027-01-31.")]),
  networks: z.string().max(2_000, "That is too long."),
  ...(Object.fromEntries(APP_SERVICES.map((name) => [`opens.${name}`, ticked])) as Record<
    `opens.${(typeof APP_SERVICES)[number]}`,
    typeof ticked
  >),
});

const NAMES = { expiresAt: "until" };

const label = (title: string): string => title.charAt(0).toUpperCase() + title.slice(1);
const time = (text: string): number => Date.parse(text);
const timeOrNull = (text: string | null): number | null => (text === null ? null : time(text));

/** Everything the tab shows, as the operations tell it. */
const known = async (c: WebContext, desk: Desk, login: string, before: number | undefined) => {
  const factors = await perform(desk.front, c, showFactors, { login });
  const { appPasswords } = await perform(desk.front, c, listAppPasswords, { login });
  const { tokens } = await perform(desk.front, c, listUserTokens, { login });
  const { sessions } = await perform(desk.front, c, listSessions, { login });
  const page = { login, limit: LOGINS, ...(before !== undefined && { before }) };
  const { logins } = await perform(desk.front, c, listLogins, page);
  return { factors, appPasswords, tokens, sessions, logins };
};

const tabOf = async (
  c: WebContext,
  desk: Desk,
  { login }: UserView,
  shown: { readonly form: TabForm; readonly made?: SecurityTab["made"] },
): Promise<SecurityTab> => {
  const at = atUser(login, "security");
  const asked = Number(c.req.query("before"));
  const { factors, ...is } = await known(c, desk, login, Number.isSafeInteger(asked) && asked > 0 ? asked : undefined);
  const self = desk.self(c, { login });
  const last = is.logins.length === LOGINS ? is.logins.at(-1)?.id : undefined;
  return {
    ...{ login, self, at, csrf: c.get("csrf"), ...shown },
    ...(self && !factors.proven && { confirm: confirmPath(at) }),
    factors: {
      ...factors,
      totpSince: timeOrNull(factors.totpSince),
      passkeys: factors.passkeys.map((one) => ({
        ...one,
        createdAt: time(one.createdAt),
        lastUsedAt: timeOrNull(one.lastUsedAt),
      })),
    },
    appPasswords: is.appPasswords.map((app) => ({
      ...app,
      services: app.services.map(serviceTitle).join(", "),
      networks: app.networks.join(", "),
      expiresAt: timeOrNull(app.expiresAt),
      lastUse: app.lastUse && { ...app.lastUse, at: time(app.lastUse.at), service: serviceTitle(app.lastUse.service) },
    })),
    services: opened(),
    tokens: is.tokens.map(({ id, name, scopes, lastUsed }) => ({
      ...{ id, name, scopes: scopes.join(", ") },
      lastUsed: lastUsed && { ...lastUsed, at: time(lastUsed.at) },
    })),
    sessions: is.sessions.map((one) => ({ ...one, createdAt: time(one.createdAt), seenAt: time(one.seenAt) })),
    logins: is.logins.map(({ at, accepted, service, remote, text }) => ({
      ...{ at: time(at), accepted, text },
      ...{ service: service === null ? "" : serviceTitle(service), remote: remote ?? "" },
    })),
    ...(last !== undefined && { earlier: `${at}?before=${last}#logins` }),
  };
};

/** The services that an app password can be for, as the form offers them. */
const opened = () => APP_SERVICES.map((name) => ({ name, label: label(serviceTitle(name)) }));

const page = (desk: Desk, made?: SecurityTab["made"]): TabPage => ({
  name: "security",
  render: async (c, account, form) => (
    <Security tab={await tabOf(c, desk, account, { form, ...(made && { made }) })} now={desk.front.deps.now()} />
  ),
});

/** What somebody typed, as the operation takes it. */
const wanted = (form: z.output<typeof appPasswordForm>) => ({
  name: form.name,
  services: APP_SERVICES.filter((name) => form[`opens.${name}`]),
  networks: form.networks.split(/[\s,]+/).filter((network) => network !== ""),
  expiresAt: form.until,
});

const appPasswordRoutes = (desk: Desk): Hono<WebEnv> => {
  return new Hono<WebEnv>()
    .post("/:login/security/app-passwords", posted(appPasswordForm), async (c) => {
      const account = await desk.account(c);
      const form = c.req.valid("form");
      if (!form.ok) return await desk.answer(c, account, page(desk), { errors: form.errors, typed: form.fields });
      try {
        const input = { login: account.login, ...wanted(form.value) };
        const { appPassword, shown } = await perform(desk.front, c, addAppPassword, input);
        return await desk.answer(c, account, page(desk, { name: appPassword.name, shown }));
      } catch (thrown) {
        const errors = errorsFrom(thrown, NAMES);
        return await desk.answer(c, account, page(desk), { errors, typed: form.fields, status: statusFrom(thrown) });
      }
    })
    .post("/:login/security/app-passwords/revoke", posted(numbered), async (c) => {
      const { login } = await desk.account(c);
      await perform(desk.front, c, revokeAppPassword, { login, ...whole(c.req.valid("form")) });
      return desk.done(c, "That app password opens nothing any more.", atUser(login, "security"));
    })
    .post("/:login/security/tokens/revoke", posted(numbered), async (c) => {
      const { login } = await desk.account(c);
      await perform(desk.front, c, revokeToken, { login, ...whole(c.req.valid("form")) });
      return desk.done(c, "That token opens nothing any more.", atUser(login, "security"));
    });
};

const factorRoutes = (desk: Desk): Hono<WebEnv> => {
  return new Hono<WebEnv>()
    .get("/:login/security/factors/remove", async (c) => {
      const { login } = await desk.account(c);
      const question = {
        title: `Take all second factors of ${login} away?`,
        text: "For somebody who has lost them: codes, passkeys and recovery codes go, and the password alone opens the account until new ones are set up. Make sure that it is the person who asks.",
        action: `/admin/users/${encodeURIComponent(login)}/security/factors/remove`,
        doIt: "Take them away",
        back: atUser(login, "security"),
      };
      if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
      return c.html(<Confirm frame={adminFrame(desk.front, c)} place="users" question={question} />);
    })
    .post("/:login/security/factors/remove", async (c) => {
      const { login } = await desk.account(c);
      await perform(desk.front, c, removeFactors, { login });
      return desk.done(c, `${login} has no second factor any more.`, atUser(login, "security"));
    })
    .post("/:login/security/passkeys/remove", posted(numbered), async (c) => {
      const { login } = await desk.account(c);
      await perform(desk.front, c, removePasskey, { login, ...whole(c.req.valid("form")) });
      return desk.done(c, "That passkey opens nothing any more.", atUser(login, "security"));
    });
};

export const securityRoutes = (desk: Desk): Hono<WebEnv> => {
  return new Hono<WebEnv>()
    .get("/:login/security", (c) => desk.open(c, page(desk)))
    .post("/:login/security/sessions/close", posted(named), async (c) => {
      const { login } = await desk.account(c);
      await perform(desk.front, c, closeSession, { login, ...whole(c.req.valid("form")) });
      return desk.done(c, "That browser is signed out.", atUser(login, "security"));
    })
    .post("/:login/security/sessions/close-all", async (c) => {
      const { login } = await desk.account(c);
      const { closed } = await perform(desk.front, c, closeSessions, { login });
      const words = closed === 1 ? "One browser is" : `${closed} browsers are`;
      return desk.done(c, `${words} signed out.`, atUser(login, "security"));
    })
    .route("/", appPasswordRoutes(desk))
    .route("/", factorRoutes(desk));
};
