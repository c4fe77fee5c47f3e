/** `gatepost user`: accounts. */
import { addUser, listUsers, removeUser, setUser, showUser, userChange } from "../administration/users.ts";
import type { Command, Context } from "./command.ts";
import { passwordFrom, printOne, printRows, textOf, textsOf } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

/** Users that one look into the list gives. */
const PAGE_SIZE = 1_000;

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

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

async function allUsers(context: Context, search: string | undefined) {
  const users = [];
  for (let page = 1; ; page++) {
    const found = await context.perform(listUsers, { page, pageSize: PAGE_SIZE, ...given({ search }) });
    users.push(...found.users);
    if (found.users.length < PAGE_SIZE) return users;
  }
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
        const made = await context.perform(addUser, {
          login,
          password,
          ...given({ fullName: textOf(context.values, "full-name"), template: textOf(context.values, "template") }),
          ...(addresses.length > 0 && { addresses }),
          ...(context.values.admin === true && { grant: ["web.administrator"] }),
        });
        if (context.json) printOne(context, made);
        else context.out(`Created ${made.login}: ${made.addresses.join(", ")}`);
      },
    },
    set: {
      usage: "LOGIN PROPERTY=VALUE…",
      summary: "Changes properties.",
      properties: Object.keys(userChange.shape),
      arity: [2, 100],
      run: async (context) => {
        const [login = "", ...words] = context.args;
        const change = patchFrom(userChange, permissionWords(assignments(words)));
        const after = await context.perform(setUser, { login, ...change });
        if (context.json) printOne(context, after);
      },
    },
    list: {
      usage: "[--search TEXT]",
      summary: "Lists the users.",
      options: { search: { type: "string" } },
      arity: [0, 0],
      run: async (context) => {
        const users = await allUsers(context, textOf(context.values, "search"));
        const lines = users.map(({ lastLogin, ...line }) => ({ ...line, lastLogin: lastLogin?.at ?? null }));
        printRows(context, lines, ["login", "fullName", "state", "addresses", "mailSize", "lastLogin"]);
      },
    },
    show: {
      usage: "LOGIN",
      summary: "Shows all properties of a user.",
      arity: [1, 1],
      run: async (context) => {
        printOne(context, await context.perform(showUser, { login: context.args[0] ?? "" }));
      },
    },
    remove: {
      usage: "LOGIN",
      summary: "Removes a user with the mailboxes that belong to him.",
      arity: [1, 1],
      run: async (context) => {
        await context.perform(removeUser, { login: context.args[0] ?? "" });
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
