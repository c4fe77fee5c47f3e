/** `gatepost app`: app passwords, each for one program or device. */
import { addAppPassword, listAppPasswords, revokeAppPassword } from "../administration/signing-in/security.ts";
import { APP_SERVICES, type AppService } from "../auth/services.ts";
import { Refusal } from "../refusal.ts";
import { type Command, printOne, printRows, textOf, textsOf, UsageError } from "./command.ts";

function isAppService(name: string): name is AppService {
  return APP_SERVICES.some((service) => service === name);
}

/** Services as they were given: one each, or with commas between. @throws UsageError */
function servicesFrom(texts: readonly string[]): AppService[] {
  return texts.flatMap((text) =>
    text.split(",").map((word) => {
      const name = word.trim();
      if (!isAppService(name))
        throw new UsageError(`There is no service “${name}” for app passwords. There are: ${APP_SERVICES.join(", ")}.`);
      return name;
    }),
  );
}

export const app = {
  name: "app",
  summary: "App passwords: a password for one program or device.",
  actions: {
    add: {
      usage: "LOGIN --name S --service SERVICE… [--expires DATE] [--network NETWORK]…",
      summary: "Makes an app password for a user, and prints it, this once.",
      options: {
        name: { type: "string" },
        service: { type: "string", multiple: true },
        expires: { type: "string" },
        network: { type: "string", multiple: true },
      },
      arity: [1, 1],
      performs: [addAppPassword],
      run: async (context) => {
        const { values, args } = context;
        const [name, services] = [textOf(values, "name"), servicesFrom(textsOf(values, "service"))];
        if (name === undefined) throw new UsageError("Say what the app password is for: --name S.");
        if (services.length === 0) throw new UsageError(`Say what it opens: --service ${APP_SERVICES[0]}.`);
        const about = { networks: textsOf(values, "network"), expiresAt: textOf(values, "expires") ?? null };
        const made = await context.perform(addAppPassword, { login: args[0] ?? "", name, services, ...about });
        if (context.json) printOne(context, { ...made.appPassword, shown: made.shown });
        else context.out(made.shown);
      },
    },
    list: {
      usage: "LOGIN",
      summary: "Lists the app passwords of a user.",
      arity: [1, 1],
      performs: [listAppPasswords],
      run: async (context) => {
        const { appPasswords } = await context.perform(listAppPasswords, { login: context.args[0] ?? "" });
        const flat = appPasswords.map(({ lastUse, ...one }) => ({
          ...one,
          lastUse: lastUse?.at,
          from: lastUse?.remote,
        }));
        const columns = ["id", "name", "services", "networks", "expiresAt", "lastUse", "from"];
        printRows(context, context.json ? appPasswords : flat, columns);
      },
    },
    revoke: {
      usage: "LOGIN APP",
      summary: "Revokes an app password at once: what it opened ends. APP is its number or its name.",
      arity: [2, 2],
      performs: [listAppPasswords, revokeAppPassword],
      run: async (context) => {
        const [login = "", word = ""] = context.args;
        const { appPasswords } = await context.perform(listAppPasswords, { login });
        const found = appPasswords.find(({ id, name }) => name === word || String(id) === word);
        if (found === undefined) throw new Refusal("notFound", `${login} has no app password “${word}”.`);
        await context.perform(revokeAppPassword, { login, id: found.id });
        if (!context.json) context.out(`Revoked the app password “${found.name}” of ${login}.`);
      },
    },
  },
} satisfies Command;
