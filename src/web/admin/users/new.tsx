/** Making users and templates: the page with the proposals that follow while one types, and what to give to the person. */

import { randomInt } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import {
  type Following,
  FollowingParts,
  type MadePage,
  type Model,
  NewTemplate,
  NewUser,
  type NewUserPage,
  UserMade,
} from "../../../../views/admin/users/new.tsx";
import { atUser } from "../../../../views/admin/users/path.ts";
import { addUser, listUsers, proposeUser, showUser, type UserView } from "../../../administration/users/users.ts";
import { PERMISSIONS } from "../../../directory/permissions.ts";
import { loginSchema } from "../../../directory/user.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, type Errors, errorsFrom, type Fields, posted, several, statusFrom, ticked } from "../../form.ts";
import { perform } from "../../performing.ts";
import { adminFrame, serverLines } from "../office.ts";
import type { Desk, UserChange } from "./desk.tsx";
import { linkFor } from "./passwords.ts";
import { administrationFields, administrationFor, administrationFrom, onlyDomains } from "./permissions.tsx";

const text = (most: number) => z.string().trim().max(most, "That is too long.").default("");
const furtherAddresses = several(20, 320);
const MEGABYTE = 1_000_000;
/** Templates, and users to copy, that the page offers. */
const MOST_MODELS = 100;

const newUserFields = {
  fullName: text(200),
  login: loginSchema,
  address: text(320),
  /** The address that was proposed last. */
  followed: text(320),
  also: furtherAddresses.optional().default([]),
  quota: z.union(
    [z.literal("").transform(() => undefined), z.coerce.number().int().min(1).max(1e9)],
    "Give the room in whole megabytes, or nothing.",
  ),
  way: z.enum(["typed", "made", "link"], "Choose how the password is set.").default("typed"),
  password: z.string().max(1024, "The password is too long.").default(""),
  mustChange: ticked,
  template: text(512),
  /** The template whose properties the page showed. */
  shownFor: text(512),
  webmail: ticked,
  welcome: ticked,
  ...administrationFields,
};
const newUserForm = z.object(newUserFields).catchall(z.string());
type NewUserForm = z.output<typeof newUserForm>;

const newTemplateForm = z.strictObject({ login: loginSchema, fullName: text(200), template: text(512) });

/** What the page is asked for while one types: all of the form, of which little matters. */
const typingQuery = z.looseObject({
  kind: z.string().optional(),
  template: z.string().max(512).catch("").default(""),
  login: z.string().max(512).catch("").default(""),
  fullName: z.string().max(512).catch("").default(""),
  address: z.string().max(512).catch("").default(""),
  followed: z.string().max(512).catch("").default(""),
});

const NAMES = { addresses: "address" };
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A random password that can be read out: four groups of four, 79 bits. */
const randomPassword = (): string =>
  Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)])
    .join("")
    .replace(/.{4}(?=.)/g, "$&-");

/** What somebody is told who asks for proposals with what is typed so far. */
const followingFor = async (
  c: WebContext,
  desk: Desk,
  typed: Pick<NewUserForm, "login" | "fullName" | "address" | "followed"> & { readonly also?: readonly string[] },
  error?: string,
): Promise<Following> => {
  const names = { login: typed.login.slice(0, 128).trim(), fullName: typed.fullName.slice(0, 200).trim() };
  const proposed = await perform(desk.front, c, proposeUser, names);
  const free = proposed.addresses.filter(({ taken }) => !taken).map(({ address }) => address);
  // What somebody typed himself stays.
  const follows = typed.address === typed.followed || typed.address === "";
  const address = follows ? (free[0] ?? "") : typed.address;
  const { welcome } = await perform(desk.front, c, proposeUser, {
    ...names,
    address: address.slice(0, 320),
  });
  return {
    ...{ address, followed: free[0] ?? "", domains: proposed.domains, welcome },
    also: free
      .filter((one) => one !== address)
      .map((one) => ({ address: one, chosen: typed.also?.includes(one) === true })),
    ...(error !== undefined && { error }),
  };
};

const modelsFor = async (c: WebContext, desk: Desk, chosen?: UserView): Promise<NewUserPage["models"]> => {
  const found = async (kind: "template" | "user") => {
    const { users } = await perform(desk.front, c, listUsers, { kind, pageSize: MOST_MODELS });
    return users.map(({ login, fullName }) => ({ login, kind, label: fullName ? `${login} (${fullName})` : login }));
  };
  const models = [...(await found("template")), ...(await found("user"))];
  if (chosen === undefined || chosen.kind === "guest" || models.some(({ login }) => login === chosen.login))
    return models;
  return [...models, { login: chosen.login, kind: chosen.kind, label: chosen.login }];
};

/** The template or user that properties are copied from; undefined where there is none that whoever asks may copy. */
const modelNamed = async (c: WebContext, desk: Desk, login: string): Promise<UserView | "offered" | undefined> => {
  if (login === "") return undefined;
  try {
    return await perform(desk.front, c, showUser, { login });
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    const wanted = { kind: "template", search: login, pageSize: MOST_MODELS } as const;
    const { users } = await perform(desk.front, c, listUsers, wanted);
    return users.some((one) => one.login === login) ? "offered" : undefined;
  }
};

const labelsOf = (names: readonly string[]): string =>
  PERMISSIONS.filter(({ name }) => names.includes(name))
    .map(({ label }) => label)
    .join(", ") || "none";

const modelOf = (login: string, model: UserView | "offered" | undefined): Model | undefined => {
  if (model === undefined) return undefined;
  if (model === "offered") return { login, kind: "template", facts: [] };
  if (model.kind === "guest") return undefined;
  const { expiresAfterDays, expiresAfterIdleDays: idle } = model;
  const ends = [
    expiresAfterDays === null ? "" : `${expiresAfterDays} days after creation`,
    idle === null ? "" : `after ${idle} days without signing in`,
  ].filter(Boolean);
  const facts = [
    { label: "Permissions", value: labelsOf(model.permissions) },
    { label: "Webmail", value: model.webmail ? "enabled" : "not enabled" },
    { label: "Expires", value: ends.join(", and ") || "never" },
    { label: "Newsgroups", value: model.newsRead.join(", ") || "none" },
    ...(model.administers ? [{ label: "Administers", value: model.administers.join(", ") }] : []),
    ...(model.entry.organisation ? [{ label: "Organisation", value: model.entry.organisation }] : []),
  ];
  return { login: model.login, kind: model.kind, facts };
};

/** What the form asks of the operation: of what is copied nothing is said, unless the page showed it otherwise. */
const accountOf = (form: NewUserForm, password: string | undefined) => {
  const { login, fullName, address, also, template, shownFor, webmail, welcome, quota, mustChange } = form;
  const addresses = [...new Set([address, ...also].filter((one) => one !== ""))];
  const rights: UserChange = template === shownFor && template === "" ? { webmail, ...administrationFrom(form) } : {};
  return {
    ...{ login, fullName, welcome },
    ...rights,
    mustChangePassword: password !== undefined && mustChange,
    ...(addresses.length > 0 && { addresses }),
    ...(template !== "" && { template }),
    ...(quota !== undefined && { quota: quota * MEGABYTE }),
    ...(password !== undefined && { password }),
  };
};

export const newRoutes = (desk: Desk): Hono<WebEnv> => {
  const { clientPorts, httpsPort } = desk.front.deps;

  const show = async (
    c: WebContext,
    login: string,
    wrong?: { errors: Errors; typed: Fields; also?: readonly string[]; status?: 403 | 422 },
  ) => {
    const { typed, errors = {} } = wrong ?? {};
    const model = await modelNamed(c, desk, login);
    const names = { login: typed?.login ?? "", fullName: typed?.fullName ?? "" };
    const kept = { address: typed?.address ?? "", followed: typed?.followed ?? "", also: wrong?.also ?? [] };
    const following = await followingFor(c, desk, { ...names, ...kept }, errors.address);
    const shown = modelOf(login, model);
    const administration = await administrationFor(c, desk);
    const { welcome } = await perform(desk.front, c, proposeUser, {});
    const page: NewUserPage = {
      ...{ errors, following, welcome: welcome.send, links: true },
      models: await modelsFor(c, desk, typeof model === "object" ? model : undefined),
      ...(typed && { typed }),
      ...(shown && { model: shown }),
      ...(administration && { administration }),
    };
    return c.html(<NewUser frame={adminFrame(desk.front, c)} page={page} />, wrong ? (wrong.status ?? 422) : 200);
  };

  const showTemplate = async (c: WebContext, wrong?: { errors: Errors; typed?: Fields; status?: 403 | 422 }) => {
    const page = { errors: {}, models: await modelsFor(c, desk), ...wrong };
    return c.html(<NewTemplate frame={adminFrame(desk.front, c)} page={page} />, wrong ? (wrong.status ?? 422) : 200);
  };

  const made = async (c: WebContext, user: UserView, form: NewUserForm, password: string | undefined) => {
    const link = form.way === "link" ? await linkFor(c, desk, user.login) : undefined;
    const { hostname } = clientPorts();
    const port = httpsPort();
    const page: MadePage = {
      ...{ login: user.login, fullName: user.fullName, addresses: user.addresses },
      ...(form.way === "made" && password !== undefined && { password }),
      ...(link && { link }),
      mustChange: user.mustChangePassword && link === undefined,
      welcomed: form.welcome && user.messages > 0,
      ...(user.webmail && {
        webmail: `https://${hostname}${port === undefined || port === 443 ? "" : `:${port}`}/mail`,
      }),
      servers: serverLines(clientPorts()),
    };
    return c.html(<UserMade frame={adminFrame(desk.front, c)} page={page} />, 201);
  };

  return new Hono<WebEnv>()
    .get("/new", asked(typingQuery), async (c) => {
      const { kind, template } = c.req.valid("query");
      return kind === "template" ? await showTemplate(c) : await show(c, template);
    })
    .get("/new/following", asked(typingQuery), async (c) => {
      const query = c.req.valid("query");
      const also = c.req.queries("also") ?? [];
      return c.html(<FollowingParts following={await followingFor(c, desk, { ...query, also })} />);
    })
    .post("/new", posted(newUserForm), async (c) => {
      const form = c.req.valid("form");
      const also = form.ok ? form.value.also : [];
      const refuse = (errors: Errors, status?: 403 | 422) => {
        const { password: _, ...typed } = form.fields;
        return show(c, typed.template ?? "", { errors, typed, also, ...(status && { status }) });
      };
      if (!form.ok) return await refuse(form.errors);
      onlyDomains(form.value, newUserFields);
      const { way, login, fullName, address } = form.value;
      if (way === "typed" && form.value.password === "") return await refuse({ password: "Give a password." });
      const password = way === "typed" ? form.value.password : way === "made" ? randomPassword() : undefined;
      try {
        const first = address || (await followingFor(c, desk, { login, fullName, address, followed: "" })).address;
        const account = accountOf({ ...form.value, address: first } as NewUserForm, password);
        const user = await perform(desk.front, c, addUser, account);
        return await made(c, user, form.value, password);
      } catch (thrown) {
        return await refuse(errorsFrom(thrown, NAMES), statusFrom(thrown));
      }
    })
    .post("/new/template", posted(newTemplateForm), async (c) => {
      const form = c.req.valid("form");
      if (!form.ok) return await showTemplate(c, { errors: form.errors, typed: form.fields });
      const { template, ...about } = form.value;
      try {
        const account = { ...about, kind: "template", ...(template !== "" && { template }) } as const;
        const { login } = await perform(desk.front, c, addUser, account);
        return desk.done(c, `The template ${login} was created.`, atUser(login, "permissions"));
      } catch (thrown) {
        const wrong = { errors: errorsFrom(thrown), typed: form.fields, status: statusFrom(thrown) };
        return await showTemplate(c, wrong);
      }
    });
};
