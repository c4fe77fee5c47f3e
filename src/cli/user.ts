/** `gatepost user`: accounts, templates and the guest entry, with every property they have. */
import type { z } from "zod";
import { reportPasswords, resetPassword, setPassword } from "../administration/signing-in/passwords.ts";
import {
  addUser,
  changeUsers,
  listUsers,
  newAccount,
  proposeUser,
  removeUser,
  renewUser,
  setUser,
  showUser,
  type UserView,
  userChange,
} from "../administration/users/users.ts";
import { Refusal } from "../refusal.ts";
import type { Action, Command, Context, Options } from "./command.ts";
import { everyPage, passwordFrom, printOne, printRows, textOf, textsOf, UsageError } from "./command.ts";
import { assignments, patchFrom, propertiesOf, valueFor } from "./properties.ts";

/** What options of `user add` and `user list` stand for. */
const ADD_OPTIONS = {
  "password-stdin": { type: "boolean" },
  "no-password": { type: "boolean" },
  "full-name": { type: "string" },
  address: { type: "string", multiple: true },
  template: { type: "string" },
  kind: { type: "string" },
  description: { type: "string" },
  quota: { type: "string" },
  welcome: { type: "boolean" },
  admin: { type: "boolean" },
} as const satisfies Options;

const LIST_OPTIONS = {
  search: { type: "string" },
  kind: { type: "string" },
  state: { type: "string" },
  permission: { type: "string" },
  sort: { type: "string" },
  descending: { type: "boolean" },
} as const satisfies Options;

/** Properties that `user add` has options for, or that only the first creation has. */
const newProperties = newAccount.omit({
  ...{ login: true, kind: true, template: true, addresses: true, description: true, quota: true },
  ...{ password: true, welcome: true },
});

/** Words with “=” set something; the others name somebody. */
function apart(words: readonly string[]): { logins: string[]; changes: [string, string][] } {
  const logins = words.filter((word) => !word.includes("="));
  return { logins, changes: permissionWords(assignments(words.filter((word) => word.includes("=")))) };
}

/** What is to be set, as operations take it. A user database may be named before it was asked how it calls the user. */
function changeFrom(schema: z.ZodObject, words: readonly [string, string][]): Record<string, unknown> {
  const change = patchFrom(schema, words);
  const { external } = change;
  const isNamed = typeof external === "object" && external !== null;
  return { ...change, ...(isNamed && { external: { id: "", ...external } }) };
}

/** `permissions=+smtp.relay,-ftp.login` adds and takes away; without signs the list replaces what was there. */
function permissionWords(words: readonly [string, string][]): [string, string][] {
  return words.flatMap(([name, text]): [string, string][] => {
    const list = text.split(",").map((word) => word.trim());
    if (name !== "permissions" || !list.some((word) => /^[+-]/.test(word))) return [[name, text]];
    const revoked = list.filter((word) => word.startsWith("-")).map((word) => word.slice(1));
    const granted = list.filter((word) => word !== "" && !word.startsWith("-")).map((word) => word.replace(/^\+/, ""));
    return [
      ...(granted.length > 0 ? [["grant", granted.join(",")] as [string, string]] : []),
      ...(revoked.length > 0 ? [["revoke", revoked.join(",")] as [string, string]] : []),
    ];
  });
}

/** Options that were given, as the properties of an input that they stand for. */
function optionsAs(
  context: Context,
  schema: typeof listUsers.input | typeof newAccount,
  names: Record<string, string>,
) {
  const given = Object.entries(names).flatMap(([option, property]) => {
    const text = textOf(context.values, option);
    const field = Object.entries(schema.shape).find(([name]) => name === property)?.[1];
    return text === undefined || field === undefined ? [] : [[property, valueFor(field, text)] as const];
  });
  return Object.fromEntries(given);
}

async function add(context: Context): Promise<void> {
  const { values, args } = context;
  const [login = "", ...words] = args;
  const kind = textOf(values, "kind") === "template" ? "template" : "user";
  const isWithout = kind === "template" || values["no-password"] === true;
  const password = isWithout ? undefined : await passwordFrom(context);
  const addresses = textsOf(values, "address");
  const { grant = [], ...properties } = changeFrom(newProperties, permissionWords(assignments(words)));
  const grants = [...(Array.isArray(grant) ? grant : []), ...(values.admin === true ? ["web.administrator"] : [])];
  const made = await context.perform(addUser, {
    ...properties,
    ...optionsAs(context, newAccount, {
      ...{ "full-name": "fullName", template: "template", kind: "kind", description: "description", quota: "quota" },
    }),
    ...{ login, welcome: values.welcome === true },
    ...(password !== undefined && { password }),
    ...(addresses.length > 0 && { addresses }),
    ...(grants.length > 0 && { grant: grants }),
  });
  if (context.json) printOne(context, made);
  else
    context.out(
      made.kind === "template"
        ? `Created the template ${made.login}`
        : `Created ${made.login}: ${made.addresses.join(", ")}`,
    );
}

async function set(context: Context): Promise<void> {
  const { logins, changes } = apart(context.args);
  const [login, ...others] = logins;
  if (login === undefined || changes.length === 0)
    throw new UsageError("Name users and what is to be set, in the form PROPERTY=VALUE.");
  const change = changeFrom(userChange, changes);
  if (others.length > 0) return await several(context, logins, { action: "change", change });
  const after = await context.perform(setUser, { login, ...change });
  if (context.json) printOne(context, after);
}

type Bulk = Omit<Parameters<typeof changeUsers.run>[1], "logins">;

/** Does the same to several users. @throws Refusal that says what could not be done; the rest is done */
async function several(
  context: Context,
  logins: readonly string[],
  { action, change = {} }: { action: Bulk["action"]; change?: Record<string, unknown> },
): Promise<void> {
  const { results } = await context.perform(changeUsers, { logins: [...logins], action, change });
  if (context.json) context.out(JSON.stringify(results));
  const failed = results.filter(({ done }) => !done);
  if (failed.length === 0) return;
  const why = failed.map(({ login, problem }) => `${login}: ${problem}`);
  throw new Refusal("invalid", `Not done for ${failed.length} of ${results.length}: ${why.join(" ")}`);
}

/** An action on one or more users; `one` is what is done where it is a single one. */
function onUsers(
  action: Bulk["action"],
  about: Pick<Action, "summary" | "performs">,
  done: (login: string) => string,
  one: (context: Context, login: string) => Promise<unknown>,
): Action {
  return {
    usage: "LOGIN…",
    ...about,
    performs: [...(about.performs ?? []), changeUsers],
    arity: [1, 1_000],
    run: async (context) => {
      const [login = "", ...others] = context.args;
      if (others.length > 0) await several(context, context.args, { action });
      else await one(context, login);
      if (!context.json) for (const name of context.args) context.out(done(name));
    },
  };
}

async function list(context: Context): Promise<void> {
  const names = Object.keys(LIST_OPTIONS).map((name) => [name, name]);
  const query = optionsAs(context, listUsers.input, Object.fromEntries(names));
  const descending = context.values.descending === true;
  const users = await everyPage(
    async (page) => (await context.perform(listUsers, { ...query, descending, ...page })).users,
  );
  const lines = users.map((line) => (context.json ? line : { ...line, lastLogin: line.lastLogin?.at ?? null }));
  printRows(context, lines, ["login", "fullName", "state", "ends", "addresses", "mailSize", "lastLogin"]);
}

/** A user for people: what lies within a property has a line of its own, as `set` takes it; what is empty in the entry is left out. */
function inLines({ entry, external, lastLogin, mailboxes, shared, ...user }: UserView): Record<string, unknown> {
  const within = (name: string, one: object | null) =>
    Object.entries(one ?? {}).flatMap(([inner, value]) => (value === "" ? [] : [[`${name}.${inner}`, value]]));
  return {
    ...user,
    mailboxes: mailboxes.map(({ id, description, address }) => [id, description, address].filter(Boolean).join(" ")),
    shared: shared.map(
      ({ id, owner, rights, folders }) => `${id} of ${owner} (${[rights, ...folders].filter(Boolean).join(", ")})`,
    ),
    lastLogin: lastLogin && `${lastLogin.at} ${lastLogin.service} ${lastLogin.remote}`,
    ...Object.fromEntries([...within("external", external), ...within("entry", entry)]),
  };
}

export const user = {
  name: "user",
  summary: "Accounts: who may log in, and to what. Also templates, and the entry “guest” for what nobody logs in to.",
  actions: {
    add: {
      usage:
        "LOGIN --password-stdin|--no-password [--full-name S] [--address A]… [--template LOGIN] [--kind user|template] [--description S] [--quota OCTETS] [--welcome] [--admin] [PROPERTY=VALUE…]",
      summary: "Creates a user with a primary mailbox, or with --kind template a template, which needs no password.",
      properties: propertiesOf(newProperties),
      options: ADD_OPTIONS,
      arity: [1, 100],
      performs: [addUser],
      run: add,
    },
    set: {
      usage: "LOGIN… PROPERTY=VALUE…",
      summary: "Changes properties, of one user or of several at once.",
      properties: propertiesOf(userChange),
      arity: [2, 1_000],
      performs: [setUser, changeUsers],
      run: set,
    },
    list: {
      usage: "[--search TEXT] [--kind user|template] [--state STATE] [--permission P] [--sort PROPERTY] [--descending]",
      summary: "Lists users, or templates.",
      options: LIST_OPTIONS,
      arity: [0, 0],
      performs: [listUsers],
      run: list,
    },
    show: {
      usage: "LOGIN",
      summary: "Shows all properties of a user, a template or the entry “guest”.",
      arity: [1, 1],
      performs: [showUser],
      run: async (context) => {
        const found = await context.perform(showUser, { login: context.args[0] ?? "" });
        printOne(context, context.json ? found : inLines(found));
      },
    },
    enable: onUsers(
      "enable",
      { summary: "Switches accounts on.", performs: [setUser] },
      (login) => `${login} is switched on.`,
      (context, login) => context.perform(setUser, { login, enabled: true }),
    ),
    disable: onUsers(
      "disable",
      { summary: "Switches accounts off: they open nothing, and keep their mail.", performs: [setUser] },
      (login) => `${login} is switched off.`,
      (context, login) => context.perform(setUser, { login, enabled: false }),
    ),
    renew: onUsers(
      "renew",
      { summary: "Lets accounts run again for as long as they were given at first, from now.", performs: [renewUser] },
      (login) => `${login} runs again.`,
      (context, login) => context.perform(renewUser, { login }),
    ),
    remove: onUsers(
      "remove",
      { summary: "Removes users with the mailboxes that belong to them, or templates.", performs: [removeUser] },
      (login) => `Removed ${login}`,
      (context, login) => context.perform(removeUser, { login }),
    ),
    propose: {
      usage: "LOGIN [--full-name S]",
      summary: "Shows which addresses and which welcome message a new user could get.",
      options: { "full-name": { type: "string" } },
      arity: [1, 1],
      performs: [proposeUser],
      run: async (context) => {
        const fullName = textOf(context.values, "full-name") ?? "";
        const proposed = await context.perform(proposeUser, { login: context.args[0] ?? "", fullName });
        if (context.json) return printOne(context, proposed);
        printRows(context, proposed.addresses, ["address", "taken"]);
        context.out(`\n${proposed.welcome.subject}\n\n${proposed.welcome.text}`);
      },
    },
    password: {
      usage: "LOGIN --password-stdin [--must-change] [--revoke]",
      summary: "Sets the password for every service. --revoke ends API tokens and app passwords too.",
      options: {
        "password-stdin": { type: "boolean" },
        "must-change": { type: "boolean" },
        revoke: { type: "boolean" },
      },
      arity: [1, 1],
      performs: [setPassword],
      run: async (context) => {
        const password = await passwordFrom(context);
        const [login = ""] = context.args;
        const { revoke, "must-change": mustChange } = context.values;
        const how = { mustChange: mustChange === true, revoke: revoke === true };
        const done = await context.perform(setPassword, { login, password, ...how });
        if (context.json) printOne(context, done);
        else context.out(`The password of ${login} is set.`);
      },
    },
    reset: {
      usage: "LOGIN [--revoke]",
      summary: "Prints a link, good once, under which a user sets a new password. --revoke as with password.",
      options: { revoke: { type: "boolean" } },
      arity: [1, 1],
      performs: [resetPassword],
      run: async (context) => {
        const revoke = context.values.revoke === true;
        const made = await context.perform(resetPassword, { login: context.args[0] ?? "", revoke });
        if (context.json) return printOne(context, made);
        const [page] = context.appliance.links();
        context.out(page === undefined ? made.path : new URL(made.path, page).href);
        context.out(`It is good until ${made.expiresAt}.`);
      },
    },
    passwords: {
      usage: "[--weak] [--never-changed] [--no-factor]",
      summary: "Lists how strong passwords are, whether their users chose them, and what stands beside them.",
      options: { weak: { type: "boolean" }, "never-changed": { type: "boolean" }, "no-factor": { type: "boolean" } },
      arity: [0, 0],
      performs: [reportPasswords],
      run: async (context) => {
        const { values } = context;
        const only = {
          ...{ weak: values.weak === true, noFactor: values["no-factor"] === true },
          neverChanged: values["never-changed"] === true,
        };
        const users = await everyPage(
          async (page) => (await context.perform(reportPasswords, { ...only, ...page })).users,
        );
        printRows(context, users, [
          "login",
          "score",
          "weak",
          "neverChanged",
          "changedAt",
          "secondFactor",
          "appPasswords",
        ]);
      },
    },
  },
} satisfies Command;
