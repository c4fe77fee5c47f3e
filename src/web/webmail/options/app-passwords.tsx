/** Own app passwords: made, shown once with what the program asks for, revoked. */
import type { Hono } from "hono";
import { z } from "zod";
import type { KeyLine } from "../../../../views/parts/keys.tsx";
import { OPTIONS } from "../../../../views/webmail/options.tsx";
import { AppPasswords, type AppPasswordsPage } from "../../../../views/webmail/options-app-passwords.tsx";
import { key, t } from "../../../../views/words/words.ts";
import {
  type AppPasswordView,
  addAppPassword,
  listAppPasswords,
  revokeAppPassword,
} from "../../../administration/signing-in/security.ts";
import { APP_SERVICES, type AppService, mayUse } from "../../../auth/services.ts";
import type { User } from "../../../directory/user.ts";
import { serverLines } from "../../admin/office.ts";
import { sendOn, signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { lines, posted, several, whole } from "../../form.ts";
import { confirmFor, type Office, problemOf, titleOf } from "./office.tsx";

const AT = `${OPTIONS}/app-passwords`;

const makeForm = z.strictObject({
  name: z.string().max(200),
  services: several(APP_SERVICES.length, 40).optional().default([]),
  networks: lines.default([]),
  expiresAt: z.string().default(""),
});
const revokeForm = z.strictObject({ id: z.coerce.number().int() });

/** What people call the services that programs use. */
const LABELS: Partial<Record<AppService, string>> = {
  imap: key("Reading mail (IMAP)"),
  pop3: key("Fetching mail (POP3)"),
  submission: key("Sending mail (SMTP)"),
  managesieve: key("Mail rules (ManageSieve)"),
};

/** What a service is called here. */
const labelOf = (service: AppService): string => {
  const label = LABELS[service];
  return label === undefined ? titleOf(service) : t(label);
};

type Form = AppPasswordsPage["form"];

const EMPTY: Form = { name: "", services: ["imap", "submission"], networks: "", expiresAt: "" };

export function appPasswordPages(app: Hono<WebEnv>, office: Office): void {
  const show = async (c: WebContext, more: Partial<AppPasswordsPage> = {}) => {
    const { self, frame } = await office.desk(c, AT);
    const { appPasswords } = await office.perform(c, listAppPasswords, { login: self.login });
    const page: AppPasswordsPage = {
      ...{ form: EMPTY, errors: {}, made: undefined, login: self.login },
      passwords: appPasswords.map(lineOf),
      services: offeredTo(office, signedIn(c).user).map((value) => ({
        value,
        label: labelOf(value),
      })),
      confirm: confirmFor(c, office, AT),
      servers: serverLines(office.deps.clientPorts()),
      ...more,
    };
    return await office.show(c, t("App passwords"), <AppPasswords frame={frame} page={page} />, page.errors);
  };

  app.get("/app-passwords", (c) => show(c));

  app.post("/app-passwords", posted(makeForm), async (c) => {
    const confirm = confirmFor(c, office, AT);
    if (confirm !== undefined) return sendOn(c, confirm);
    const { name, services, networks, expiresAt } = whole(c.req.valid("form"));
    const { login } = signedIn(c).user;
    const wanted = { login, name, networks, services: APP_SERVICES.filter((one) => opens(services, one)) };
    try {
      const { appPassword, shown } = await office.perform(c, addAppPassword, {
        ...wanted,
        expiresAt: expiresAt || null,
      });
      return await show(c, { made: { name: appPassword.name, shown } });
    } catch (thrown) {
      const form = { name, services, networks: networks.join("\n"), expiresAt };
      return await show(c, { form, errors: problemOf(thrown) });
    }
  });

  app.post("/app-passwords/revoke", posted(revokeForm), async (c) => {
    const { id } = whole(c.req.valid("form"));
    await office.perform(c, revokeAppPassword, { login: signedIn(c).user.login, id });
    return office.done(c, t("The app password is revoked. It opens nothing any more."), AT);
  });
}

/** Sending is one thing to people, whichever port their program uses. */
function opens(chosen: readonly string[], service: AppService): boolean {
  return chosen.includes(service === "smtp" ? "submission" : service);
}

/** The services that there are here and that the user may use. */
function offeredTo(office: Office, user: User): AppService[] {
  const running = new Set(office.deps.services.list().map(({ name }) => name));
  return APP_SERVICES.filter((service) => {
    if (service === "smtp" || !mayUse(user, service)) return false;
    return running.has(service) || (service === "submission" && running.has("smtp"));
  });
}

function lineOf({ services, expiresAt, createdAt, lastUse, ...app }: AppPasswordView): KeyLine {
  const shown = services.filter((service) => service !== "smtp" || !services.includes("submission"));
  return {
    ...app,
    opens: shown.map((service) => labelOf(service as AppService)),
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    createdAt: Date.parse(createdAt),
    lastUse: lastUse && { ...lastUse, at: Date.parse(lastUse.at), service: titleOf(lastUse.service) },
  };
}
