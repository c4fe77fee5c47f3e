/** `gatepost factor`: second factors. Passkeys are made in browsers only, because only these speak with authenticators. */
import {
  beginTotp,
  confirmTotp,
  removeFactors,
  removePasskey,
  removeTotp,
  renamePasskey,
  renewRecoveryCodes,
  showFactors,
} from "../administration/signing-in/factors.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";

/** Everybody sets up only his own: the user that `--as` names. @throws UsageError */
function ownLogin(context: Context): string {
  const login = textOf(context.values, "as");
  if (login === undefined) throw new UsageError("Everybody sets up only his own: --as LOGIN.");
  return login;
}

/** The number of a passkey by its number or its name. @throws Refusal "notFound" */
async function passkeyNamed(context: Context, login: string, word: string): Promise<number> {
  const { passkeys } = await context.perform(showFactors, { login });
  const found = passkeys.find(({ id, name }) => name === word || String(id) === word);
  if (found === undefined) throw new Refusal("notFound", `${login} has no passkey “${word}”.`);
  return found.id;
}

function printCodes(context: Context, recoveryCodes: readonly string[]): void {
  if (context.json) {
    printOne(context, { recoveryCodes });
    return;
  }
  if (recoveryCodes.length > 0) context.out("Recovery codes, each good once. They are not shown again:");
  for (const code of recoveryCodes) context.out(code);
}

export const factor = {
  name: "factor",
  summary: "Second factors: codes of an app, passkeys, recovery codes.",
  actions: {
    show: {
      usage: "LOGIN",
      summary: "Shows the second factors of a user.",
      arity: [1, 1],
      performs: [showFactors],
      run: async (context) => {
        const { passkeys, proven: _, ...rest } = await context.perform(showFactors, { login: context.args[0] ?? "" });
        if (context.json) return printOne(context, { ...rest, passkeys });
        printOne(context, rest);
        if (passkeys.length === 0) return;
        context.out("");
        printRows(context, passkeys, ["id", "name", "host", "createdAt", "lastUsedAt"]);
      },
    },
    begin: {
      usage: "--as LOGIN [--host NAME]",
      summary: "Makes a secret for one's own authenticator app; it counts when a code from it was confirmed.",
      options: { host: { type: "string" } },
      arity: [0, 0],
      performs: [beginTotp],
      run: async (context) => {
        const host = textOf(context.values, "host") ?? context.appliance.hostname;
        const { base32, uri } = await context.perform(beginTotp, { login: ownLogin(context), host });
        printOne(context, { base32, uri });
      },
    },
    confirm: {
      usage: "CODE --as LOGIN",
      summary: "Lets the codes of one's own app count, for a first code from it.",
      arity: [1, 1],
      performs: [confirmTotp],
      run: async (context) => {
        const { recoveryCodes } = await context.perform(confirmTotp, {
          ...{ login: ownLogin(context), code: context.args[0] ?? "" },
        });
        printCodes(context, recoveryCodes);
      },
    },
    codes: {
      usage: "--as LOGIN",
      summary: "Makes one's own recovery codes anew.",
      arity: [0, 0],
      performs: [renewRecoveryCodes],
      run: async (context) => {
        printCodes(context, (await context.perform(renewRecoveryCodes, { login: ownLogin(context) })).recoveryCodes);
      },
    },
    rename: {
      usage: "LOGIN PASSKEY NAME",
      summary: "Gives a passkey another name. PASSKEY is its number or its name.",
      arity: [3, 3],
      performs: [showFactors, renamePasskey],
      run: async (context) => {
        const [login = "", word = "", name = ""] = context.args;
        await context.perform(renamePasskey, { login, id: await passkeyNamed(context, login, word), name });
      },
    },
    remove: {
      usage: "LOGIN [PASSKEY|app]",
      summary: "Takes a passkey away, one's own app with --as, or everything there is: for somebody who has lost it.",
      arity: [1, 2],
      performs: [removeFactors, removeTotp, removePasskey],
      run: async (context) => {
        const [login = "", word] = context.args;
        if (word === undefined) await context.perform(removeFactors, { login });
        else if (word === "app") await context.perform(removeTotp, { login });
        else await context.perform(removePasskey, { login, id: await passkeyNamed(context, login, word) });
        if (!context.json) context.out(`Taken away: ${word ?? "all second factors"} of ${login}.`);
      },
    },
  },
} satisfies Command;
