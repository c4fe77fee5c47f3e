/** The tab General: who the account is for, its password, its folders; and removing it. */

import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import { General, type GeneralTab, type PasswordPanel } from "../../../../views/admin/users/general.tsx";
import type { TabForm } from "../../../../views/admin/users/page.tsx";
import { atUser } from "../../../../views/admin/users/path.ts";
import { sizeWords } from "../../../../views/parts/telling.tsx";
import { showFactors } from "../../../administration/signing-in/factors.ts";
import { setPassword } from "../../../administration/signing-in/passwords.ts";
import { removeUser, type UserView } from "../../../administration/users/users.ts";
import { serviceTitle } from "../../../auth/services.ts";
import { confirmPath } from "../../confirm.tsx";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { errorsFrom, type Fields, posted, statusFrom, ticked } from "../../form.ts";
import { perform } from "../../performing.ts";
import { adminFrame, serverLines } from "../office.ts";
import type { Desk, TabPage, UserChange } from "./desk.tsx";
import { databaseNames, linkFor } from "./passwords.ts";

const path = z.string().max(1_000, "That is too long.");

const generalForm = z.strictObject({
  fullName: z.string().max(1_000, "That is too long."),
  login: z.string().max(512, "That is too long."),
  enabled: ticked,
  mustChange: ticked,
  external: z.string().max(200).optional(),
  externalId: path.optional(),
  homePageFolder: path.optional(),
  ftpDirectory: path.optional(),
});

const passwordForm = z.strictObject({
  login: z.string().optional(),
  password: z.string().min(1, "Give a password.").max(1024, "The password is too long."),
  mustChange: ticked,
});

const NAMES = { rename: "login" };

/** Only what was changed is set: nobody may touch everything, least of all on his own account. */
const changeOf = (account: UserView, form: z.output<typeof generalForm>): UserChange => {
  const { external, externalId = "", homePageFolder, ftpDirectory } = form;
  const database = external === undefined || external === "" ? null : { directory: external, id: externalId.trim() };
  const sameDatabase = external === undefined || JSON.stringify(database) === JSON.stringify(account.external);
  return {
    fullName: form.fullName,
    mustChangePassword: form.mustChange,
    ...(form.login.trim() !== account.login && { rename: form.login }),
    ...(account.kind === "user" && { enabled: form.enabled }),
    ...(!sameDatabase && { external: database }),
    ...(changed(homePageFolder, account.homePageFolder) && { homePageFolder }),
    ...(changed(ftpDirectory, account.ftpDirectory) && { ftpDirectory }),
  };
};

const changed = (typed: string | undefined, is: string | null): boolean =>
  typed !== undefined && typed.trim() !== (is ?? "");

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));

/** The tab's forms: which of them was refused is told by where it was sent. */
interface Shown {
  readonly form?: TabForm;
  readonly password?: TabForm;
  readonly link?: PasswordPanel["link"];
}

const tabOf = async (c: WebContext, desk: Desk, account: UserView, shown: Shown): Promise<GeneralTab> => {
  const { kind, login, external, lastLogin } = account;
  const at = `/admin/users/${encodeURIComponent(login)}`;
  const confirm = await confirmation(c, desk, account);
  const untouched = (action: string): TabForm => ({ csrf: c.get("csrf"), action, errors: {} });
  return {
    ...{ kind, login, fullName: account.fullName, enabled: account.enabled },
    mustChangePassword: account.mustChangePassword,
    self: desk.self(c, account),
    whole: desk.whole(c),
    homePageFolder: account.homePageFolder ?? "",
    ftpDirectory: account.ftpDirectory ?? "",
    external: external?.directory ?? "",
    externalId: external?.id ?? "",
    databases: desk.whole(c) ? await databaseNames(c, desk) : [],
    form: shown.form ?? untouched(`${at}/general`),
    password: {
      form: shown.password ?? untouched(`${at}/password`),
      hasPassword: account.hasPassword,
      changedAt: time(account.passwordChangedAt),
      score: account.passwordScore,
      chosen: account.passwordChosen,
      ...(!desk.self(c, account) && { linkAction: `${at}/link` }),
      ...(shown.link && { link: shown.link }),
      ...(confirm !== undefined && { confirm }),
    },
    about: {
      createdAt: Date.parse(account.createdAt),
      lastLogin: lastLogin && { ...lastLogin, service: serviceTitle(lastLogin.service), at: Date.parse(lastLogin.at) },
      addresses: account.addresses,
      size: account.mailSize,
    },
    servers: serverLines(desk.front.deps.clientPorts()),
  };
};

/** Where somebody shows again that his own account is his, if that was too long ago for changing the password. */
const confirmation = async (c: WebContext, desk: Desk, account: UserView): Promise<string | undefined> => {
  if (!desk.self(c, account)) return undefined;
  const { login } = account;
  const { proven } = await perform(desk.front, c, showFactors, { login });
  return proven ? undefined : confirmPath(atUser(login));
};

/** The tab; `which` form stands in it as it was sent, and the link that was just made. */
export const generalPage = (
  desk: Desk,
  which: "form" | "password" = "form",
  link?: PasswordPanel["link"],
): TabPage => ({
  name: "general",
  render: async (c, account, form) => {
    const action = `/admin/users/${encodeURIComponent(account.login)}/${which === "form" ? "general" : "password"}`;
    const shown = { [which]: { ...form, action }, ...(link && { link }) };
    return <General tab={await tabOf(c, desk, account, shown)} now={desk.front.deps.now()} />;
  },
});

export const generalRoutes = (desk: Desk): Hono<WebEnv> => {
  return new Hono<WebEnv>()
    .get("/:login/general", (c) => desk.open(c, generalPage(desk)))
    .post("/:login/general", posted(generalForm), (c) =>
      desk.save(c, generalPage(desk), c.req.valid("form"), changeOf, NAMES),
    )
    .post("/:login/password", posted(passwordForm), async (c) => {
      const account = await desk.account(c);
      const form = c.req.valid("form");
      const typed: Fields = form.fields.mustChange === undefined ? {} : { mustChange: "on" };
      const refused = (errors: Record<string, string>, status: 403 | 422 = 422) =>
        desk.answer(c, account, generalPage(desk, "password"), { errors, typed, status });
      if (!form.ok) return await refused(form.errors);
      try {
        const { password, mustChange } = form.value;
        const wanted = { login: account.login, password, mustChange };
        await perform(desk.front, c, setPassword, wanted);
      } catch (thrown) {
        const { "": sentence, ...errors } = errorsFrom(thrown);
        return await refused(sentence === undefined ? errors : { password: sentence, ...errors }, statusFrom(thrown));
      }
      const whose = desk.self(c, account) ? "You have" : `${account.login} has`;
      return desk.done(c, `${whose} a new password.`, atUser(account.login));
    })
    .post("/:login/link", async (c) => {
      const account = await desk.account(c);
      const link = await linkFor(c, desk, account.login);
      return await desk.answer(c, account, generalPage(desk, "form", link));
    })
    .get("/:login/remove", async (c) => {
      const account = await desk.account(c);
      const question = questionFor(account);
      if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
      return c.html(<Confirm frame={adminFrame(desk.front, c)} place="users" question={question} />);
    })
    .post("/:login/remove", async (c) => {
      const { login, kind } = await desk.account(c);
      await perform(desk.front, c, removeUser, { login });
      const list = kind === "template" ? "/admin/users?kind=template" : "/admin/users";
      return desk.done(c, `${login} was removed.`, list);
    });
};

const questionFor = ({ kind, login, fullName, mailSize }: UserView): Question => {
  const about = { action: `/admin/users/${encodeURIComponent(login)}/remove`, back: atUser(login) };
  if (kind === "template") {
    const text = "Users that were made from it stay as they are.";
    return { ...about, title: `Remove the template ${login}?`, text, doIt: "Remove the template" };
  }
  return {
    ...about,
    title: `Remove ${fullName || login}?`,
    text: `All mailboxes of ${login} with ${sizeWords(mailSize)} of mail go too, and all addresses, for good. To keep the mail, switch the account off instead.`,
    doIt: "Remove the user and the mail",
  };
};
