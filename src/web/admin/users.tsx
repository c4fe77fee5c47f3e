/** Users: list, create, change, password, addresses, remove. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { NewUser, type UserPage, UserView } from "../../../views/admin/user.tsx";
import { type UserLine, Users } from "../../../views/admin/users.tsx";
import { Strength } from "../../../views/parts/password.tsx";
import { sizeWords } from "../../../views/parts/telling.tsx";
import type { User } from "../../directory/directory.ts";
import { ADMINISTRATOR, defaultPermissions, PERMISSIONS, type Permission } from "../../directory/permissions.ts";
import { loginSchema } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import { signedIn, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import type { WebDeps } from "../deps.ts";
import {
  anyFields,
  asked,
  type Checked,
  type Errors,
  type Fields,
  flag,
  listQuery,
  oneOf,
  posted,
  sentenceOf,
  standingForm,
  ticked,
} from "../form.ts";
import type { Front } from "../site.ts";
import { addressLine, adminFrame, doneAt, mailboxLabel, PAGE_SIZE, pagesOf, serverLines, stateOf } from "./office.ts";

const usersQuery = z.object({
  ...listQuery,
  sort: oneOf("login", "fullName", "lastLogin"),
  down: flag,
});

const newUserForm = z.strictObject({
  fullName: z.string().trim().max(200, "A full name has at most 200 characters."),
  login: loginSchema,
  address: z.string().trim().max(320, "An address has at most 320 characters."),
  password: z.string().min(1, "Give a password."),
  webmail: ticked,
  administrator: ticked,
});

const switches = Object.fromEntries(PERMISSIONS.map(({ name }) => [`may.${name}`, ticked])) as Record<
  `may.${Permission}`,
  typeof ticked
>;

const basicsForm = z.strictObject({
  fullName: z.string().trim().max(200, "A full name has at most 200 characters."),
  login: loginSchema,
  enabled: ticked,
  webmail: ticked,
  primaryMailbox: z.coerce.number().int().optional(),
  ...switches,
});

const addressForm = z.strictObject({
  address: z.string().trim().min(1, "Give an address.").max(320, "That is too long."),
});
const passwordForm = z.strictObject({ password: z.string().min(1, "Give a password."), login: z.string().optional() });

const lineOf = (deps: WebDeps, user: User): UserLine => ({
  login: user.login,
  fullName: user.fullName,
  address: deps.directory.addressesOf(user.id)[0] ?? "",
  administrator: user.permissions.has(ADMINISTRATOR),
  state: stateOf(user, deps.now()),
  lastLogin: user.lastLogin?.at ?? null,
  size: deps.directory.mailboxes
    .list({ owner: user.id })
    .reduce((sum, mailbox) => sum + deps.mailstore.usage(mailbox.id).size, 0),
});

/** Everything the page of an account shows. */
const pageOfUser = (deps: WebDeps, user: User, self: boolean): UserPage => {
  const aliases = deps.directory.aliases.list({ ownerId: user.id });
  const returns = new Map(
    aliases.flatMap((alias) => (alias.primary ? [[alias.mailboxId, alias.address] as const] : [])),
  );
  return {
    login: user.login,
    fullName: user.fullName,
    enabled: user.enabled,
    webmail: user.webmail,
    self,
    state: stateOf(user, deps.now()),
    createdAt: user.createdAt,
    passwordChangedAt: user.passwordChangedAt,
    passwordScore: user.passwordScore,
    lastLogin: user.lastLogin,
    permissions: PERMISSIONS.map(({ name, group, label, help }) => ({
      name,
      group,
      label,
      help,
      on: user.permissions.has(name),
    })),
    primaryMailbox: user.primaryMailbox,
    mailboxes: deps.directory.mailboxes.list({ owner: user.id }).map((mailbox) => ({
      id: mailbox.id,
      label: mailboxLabel(mailbox, returns.get(mailbox.id)),
      size: deps.mailstore.usage(mailbox.id).size,
    })),
    addresses: aliases.map((alias) => ({
      ...addressLine(alias),
      primary: alias.primary && alias.mailboxId === user.primaryMailbox,
    })),
    servers: serverLines(deps.clientPorts()),
  };
};

export const userRoutes = (front: Front): Hono<WebEnv> => {
  const { deps } = front;
  const { users, aliases, mailboxes, domains } = deps.directory;
  const app = new Hono<WebEnv>();
  const at = (login: string) => `/admin/users/${encodeURIComponent(login)}`;

  /** The user in the path. The guest entry and templates have no account to show. */
  const userOf = (c: WebContext): User => {
    const user = users.get(c.req.param("login") ?? "");
    if (user?.kind !== "user")
      throw new Refusal("notFound", "There is no such user. Somebody may have removed or renamed it.");
    return user;
  };

  const show = (c: WebContext, user: User, wrong?: UserPage["wrong"]) => {
    const page = pageOfUser(deps, user, user.id === signedIn(c).user.id);
    return c.html(
      <UserView frame={adminFrame(front, c)} page={{ ...page, ...(wrong && { wrong }) }} />,
      wrong ? 422 : 200,
    );
  };

  app.get("/", asked(usersQuery), (c) => {
    const { q: search, page, sort, down: descending } = c.req.valid("query");
    const found = users.list({ search, sort, descending, page, pageSize: PAGE_SIZE });
    const shown = {
      ...{ search, sort, descending, page, pages: pagesOf(found.total), total: found.total },
      users: found.users.map((user) => lineOf(deps, user)),
    };
    return c.html(<Users frame={adminFrame(front, c)} page={shown} />);
  });

  const showNew = (c: WebContext, fields: Fields, errors: Errors, problem?: string) => {
    const page = {
      fields,
      errors,
      domains: domains.list().map((domain) => domain.displayName),
      ...(problem && { problem }),
    };
    return c.html(
      <NewUser frame={adminFrame(front, c)} page={page} />,
      problem || Object.keys(errors).length > 0 ? 422 : 200,
    );
  };

  app.get("/new", (c) => showNew(c, {}, {}));

  app.post("/new", posted(newUserForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showNew(c, form.fields, form.errors);
    const { login, fullName, address, password, webmail, administrator } = form.value;
    if (users.get(login) !== undefined) {
      return showNew(c, form.fields, { login: `Somebody already signs in as ${login}. Choose another name.` });
    }
    let credentials: Awaited<ReturnType<typeof deps.auth.credentialsFor>>;
    try {
      credentials = await deps.auth.credentialsFor(password, [login, fullName, address]);
    } catch (thrown) {
      return showNew(c, form.fields, { password: sentenceOf(thrown) });
    }
    const further: Permission[] = administrator ? [ADMINISTRATOR] : [];
    const permissions = [...defaultPermissions(), ...further];
    try {
      const user = await users.create(
        { login, fullName, webmail, permissions, ...(address !== "" && { addresses: [address] }) },
        credentials,
      );
      return doneAt(front, c, "user.created", `${user.login} was created. The mailbox is ready.`, at(user.login));
    } catch (thrown) {
      return showNew(c, form.fields, { address: sentenceOf(thrown) });
    }
  });

  app.post("/strength", posted(anyFields), async (c) => {
    const { password = "", login, fullName, address } = c.req.valid("form").fields;
    const words = [login, fullName, address].filter((value) => value !== undefined);
    const strength = await deps.auth.strength(password, words);
    return c.html(<Strength {...(password !== "" && { strength })} />);
  });

  app.get("/:login", (c) => show(c, userOf(c)));

  app.post("/:login", posted(basicsForm), async (c) => {
    const user = userOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, user, { form: "basics", errors: form.errors, fields: form.fields });
    const { login, fullName, enabled, webmail, primaryMailbox } = form.value;
    const chosen = form.value;
    const permissions: Permission[] = PERMISSIONS.map(({ name }) => name).filter((name) => chosen[`may.${name}`]);
    const self = user.id === signedIn(c).user.id;
    try {
      if (self && (!enabled || !permissions.includes(ADMINISTRATOR))) {
        throw new Refusal("notPermitted", "You cannot lock yourself out. Let another administrator do this.");
      }
      const changed = await users.update(user.login, {
        ...{ login, fullName, enabled, webmail, permissions },
        ...(primaryMailbox !== undefined && { primaryMailbox }),
      });
      return doneAt(front, c, "user.changed", `${changed.login} was changed.`, at(changed.login));
    } catch (thrown) {
      return show(c, user, { form: "basics", errors: { "": sentenceOf(thrown) }, fields: form.fields });
    }
  });

  app.post("/:login/password", posted(passwordForm), async (c) => {
    const user = userOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, user, { form: "password", errors: form.errors, fields: {} });
    try {
      await deps.auth.setPassword(user.login, form.value.password);
    } catch (thrown) {
      return show(c, user, { form: "password", errors: { password: sentenceOf(thrown) }, fields: {} });
    }
    await front.sessions.closeAll(user.id);
    const { user: administrator, session } = signedIn(c);
    if (user.id !== administrator.id)
      return doneAt(front, c, "user.password", `${user.login} has a new password.`, at(user.login));
    // The own session ended with the old password; whoever set it goes on with a new one.
    const { passwordChangedAt } = users.require(user.login);
    const { remembered } = session;
    const token = await front.sessions.open({
      ...{ user: user.id, passwordChangedAt, remembered, remote: c.get("client").address },
      agent: c.req.header("user-agent") ?? "",
    });
    front.cookies.setSession(c, token, remembered);
    return c.redirect(at(user.login), 303);
  });

  app.post("/:login/addresses", posted(addressForm), async (c) => {
    const user = userOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, user, { form: "addresses", errors: form.errors, fields: form.fields });
    try {
      const { address } = await aliases.add(form.value.address, user.primaryMailbox);
      return doneAt(front, c, "address.added", `${address} leads to ${user.login} now.`, `${at(user.login)}#addresses`);
    } catch (thrown) {
      return show(c, user, { form: "addresses", errors: { address: sentenceOf(thrown) }, fields: form.fields });
    }
  });

  /** The address in a form, if it stands on one of the user's mailboxes. */
  const standing = (form: Checked<z.output<typeof standingForm>>, user: User) => {
    if (!form.ok || mailboxes.byId(form.value.mailbox)?.ownerId !== user.id) {
      throw new Refusal("notFound", "That address does not belong to this user.");
    }
    return form.value;
  };

  app.post("/:login/addresses/remove", posted(standingForm), async (c) => {
    const user = userOf(c);
    const { address, mailbox } = standing(c.req.valid("form"), user);
    await aliases.remove(address, mailbox);
    return doneAt(front, c, "address.removed", `${address} was removed.`, `${at(user.login)}#addresses`);
  });

  app.post("/:login/addresses/primary", posted(standingForm), async (c) => {
    const user = userOf(c);
    const { address, mailbox } = standing(c.req.valid("form"), user);
    await aliases.makePrimary(address, mailbox);
    return doneAt(front, c, "address.primary", `${address} is the return address now.`, `${at(user.login)}#addresses`);
  });

  app.get("/:login/remove", (c) => {
    const user = userOf(c);
    const size = lineOf(deps, user).size;
    const question: Question = {
      title: `Remove ${user.fullName || user.login}?`,
      text: `All mailboxes of ${user.login} with ${sizeWords(size)} of mail go too, and all addresses, for good. To keep the mail, switch the account off instead.`,
      action: `${at(user.login)}/remove`,
      doIt: "Remove the user and the mail",
      back: at(user.login),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="users" question={question} />);
  });

  app.post("/:login/remove", async (c) => {
    const user = userOf(c);
    if (user.id === signedIn(c).user.id) {
      throw new Refusal("notPermitted", "You cannot remove yourself. Let another administrator do this.");
    }
    await users.remove(user.login);
    await front.sessions.closeAll(user.id);
    return doneAt(front, c, "user.removed", `${user.login} was removed.`, "/admin/users");
  });

  return app;
};
