/** `gatepost user`: accounts. */

import { PERMISSION_NAMES, type Permission } from "../directory/permissions.ts";
import { type User, userPatchSchema } from "../directory/user.ts";
import { Refusal } from "../refusal.ts";
import type { Command, Context } from "./command.ts";
import { passwordFrom, printOne, printRows, textOf, textsOf } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

function shown(context: Context, user: User): Record<string, unknown> {
  const { directory, mailstore } = context.appliance;
  const folders = user.primaryMailbox === 0 ? [] : mailstore.folders(user.primaryMailbox);
  return {
    login: user.login,
    fullName: user.fullName,
    kind: user.kind,
    enabled: user.enabled,
    addresses: directory.addressesOf(user.id),
    permissions: [...user.permissions],
    webmail: user.webmail,
    primaryMailbox: user.primaryMailbox,
    mailSize: folders.reduce((sum, folder) => sum + folder.size, 0),
    messages: folders.reduce((sum, folder) => sum + folder.exists, 0),
    homePageFolder: user.homePageFolder,
    ftpDirectory: user.ftpDirectory,
    newsRead: user.newsRead,
    newsPost: user.newsPost,
    expiresAt: dateOf(user.expiresAt),
    expiresAfterIdleDays: user.expiresAfterIdleDays,
    lastLogin: dateOf(user.lastLogin?.at ?? null),
    createdAt: dateOf(user.createdAt),
  };
}

function dateOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** `permissions=+smtp.relay,-ftp.login` adds and takes away; without signs the list replaces what was there. */
function permissionsFrom(user: User, text: string): Permission[] {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  const named = (word: string): Permission => {
    const name = PERMISSION_NAMES.find((known) => known === word);
    if (name === undefined) {
      throw new Refusal("invalid", `There is no permission “${word}”. There are: ${PERMISSION_NAMES.join(", ")}.`);
    }
    return name;
  };
  if (!words.some((word) => /^[+-]/.test(word))) return words.map(named);
  const permissions = new Set(user.permissions);
  for (const word of words) {
    if (word.startsWith("-")) permissions.delete(named(word.slice(1)));
    else permissions.add(named(word.replace(/^\+/, "")));
  }
  return [...permissions];
}

export const user = {
  name: "user",
  summary: "Accounts: who may log in, and to what.",
  actions: {
    add: {
      usage: "LOGIN --password-stdin [--full-name S] [--address A]… [--template LOGIN] [--admin]",
      summary: "Creates a user with a primary mailbox.",
      options: {
        "password-stdin": { type: "boolean" },
        "full-name": { type: "string" },
        address: { type: "string", multiple: true },
        template: { type: "string" },
        admin: { type: "boolean" },
      },
      arity: [1, 1],
      run: async (context) => {
        const password = await passwordFrom(context);
        const [login = ""] = context.args;
        const addresses = textsOf(context.values, "address");
        const fullName = textOf(context.values, "full-name");
        const template = textOf(context.values, "template");
        const made = await context.appliance.createUser({
          login,
          password,
          ...(fullName !== undefined && { fullName }),
          ...(template !== undefined && { template }),
          ...(addresses.length > 0 && { addresses }),
          administrator: context.values.admin === true,
        });
        if (context.json) printOne(context, shown(context, made));
        else context.out(`Created ${made.login}: ${context.appliance.directory.addressesOf(made.id).join(", ")}`);
      },
    },
    set: {
      usage: "LOGIN PROPERTY=VALUE…",
      summary: "Changes properties.",
      properties: Object.keys(userPatchSchema.shape),
      arity: [2, 100],
      run: async (context) => {
        const { directory } = context.appliance;
        const [login = "", ...words] = context.args;
        const before = directory.users.require(login);
        const given = assignments(words);
        const permissions = given.filter(([name]) => name === "permissions").map(([, text]) => text);
        const patch = patchFrom(
          userPatchSchema,
          given.filter(([name]) => name !== "permissions"),
        );
        if (permissions.length > 0) patch.permissions = permissionsFrom(before, permissions.join(","));
        const after = await directory.users.update(login, patch);
        if (context.json) printOne(context, shown(context, after));
      },
    },
    list: {
      usage: "[--search TEXT]",
      summary: "Lists the users.",
      options: { search: { type: "string" } },
      arity: [0, 0],
      run: (context) => {
        const search = textOf(context.values, "search");
        const { directory } = context.appliance;
        const first = directory.users.list({ ...(search !== undefined && { search }), pageSize: 100_000 });
        printRows(
          context,
          first.users.map((entry) => ({
            login: entry.login,
            fullName: entry.fullName,
            enabled: entry.enabled,
            kind: entry.kind,
            addresses: directory.addressesOf(entry.id),
            lastLogin: dateOf(entry.lastLogin?.at ?? null),
          })),
          ["login", "fullName", "enabled", "addresses", "lastLogin"],
        );
      },
    },
    show: {
      usage: "LOGIN",
      summary: "Shows all properties of a user.",
      arity: [1, 1],
      run: (context) => {
        printOne(context, shown(context, context.appliance.directory.users.require(context.args[0] ?? "")));
      },
    },
    remove: {
      usage: "LOGIN",
      summary: "Removes a user with the mailboxes that belong to him.",
      arity: [1, 1],
      run: async (context) => {
        await context.appliance.directory.users.remove(context.args[0] ?? "");
        if (!context.json) context.out(`Removed ${context.args[0]}`);
      },
    },
    password: {
      usage: "LOGIN --password-stdin",
      summary: "Sets the password for every service.",
      options: { "password-stdin": { type: "boolean" } },
      arity: [1, 1],
      run: async (context) => {
        const password = await passwordFrom(context);
        await context.appliance.auth.setPassword(context.args[0] ?? "", password);
        if (!context.json) context.out(`The password of ${context.args[0]} is set.`);
      },
    },
  },
} satisfies Command;
