/** `gatepost token`: what programs prove themselves with to the HTTP API. */
import { isScope, SCOPE_NAMES, type Scope } from "../administration/actor.ts";
import { addToken, listUserTokens, revokeToken } from "../administration/signing-in/tokens.ts";
import { Refusal } from "../refusal.ts";
import { type Command, printOne, printRows, textOf, textsOf, UsageError } from "./command.ts";

/** Scopes as they were given: one each, or with commas between. @throws UsageError */
function scopesFrom(texts: readonly string[]): Scope[] {
  const names = texts.flatMap((text) => text.split(",")).map((name) => name.trim());
  return names.map((name) => {
    if (!isScope(name)) throw new UsageError(`There is no scope “${name}”. There are: ${SCOPE_NAMES.join(", ")}.`);
    return name;
  });
}

export const token = {
  name: "token",
  summary: "Tokens with which programs use the HTTP API.",
  actions: {
    add: {
      usage: "LOGIN --name S --scope SCOPE… [--expires DATE] [--network NETWORK]…",
      summary: "Makes a token that speaks for a user, and prints it, this once.",
      options: {
        name: { type: "string" },
        scope: { type: "string", multiple: true },
        expires: { type: "string" },
        network: { type: "string", multiple: true },
      },
      arity: [1, 1],
      performs: [addToken],
      run: async (context) => {
        const { values, args } = context;
        const [name, scopes] = [textOf(values, "name"), scopesFrom(textsOf(values, "scope"))];
        if (name === undefined) throw new UsageError("Say what the token is for: --name S.");
        if (scopes.length === 0) throw new UsageError(`Say what it may do: --scope ${SCOPE_NAMES[0]}.`);
        const networks = textsOf(values, "network");
        const expiresAt = textOf(values, "expires") ?? null;
        const made = await context.perform(addToken, { login: args[0] ?? "", name, scopes, networks, expiresAt });
        if (context.json) printOne(context, { ...made.token, secret: made.secret });
        else context.out(made.secret);
      },
    },
    list: {
      usage: "LOGIN",
      summary: "Lists the tokens of a user.",
      arity: [1, 1],
      performs: [listUserTokens],
      run: async (context) => {
        const { tokens } = await context.perform(listUserTokens, { login: context.args[0] ?? "" });
        const rows = tokens.map(({ lastUsed, ...one }) =>
          context.json ? { ...one, lastUsed } : { ...one, ...flat(lastUsed) },
        );
        printRows(context, rows, ["id", "name", "scopes", "networks", "expiresAt", "lastUsed", "from"]);
      },
    },
    revoke: {
      usage: "LOGIN TOKEN",
      summary: "Revokes a token at once. TOKEN is its number or its name.",
      arity: [2, 2],
      performs: [listUserTokens, revokeToken],
      run: async (context) => {
        const [login = "", word = ""] = context.args;
        const { tokens } = await context.perform(listUserTokens, { login });
        const found = tokens.find(({ id, name }) => name === word || String(id) === word);
        if (found === undefined) throw new Refusal("notFound", `${login} has no token “${word}”.`);
        await context.perform(revokeToken, { login, id: found.id });
        if (!context.json) context.out(`Revoked the token “${found.name}” of ${login}.`);
      },
    },
  },
} satisfies Command;

function flat(lastUsed: { at: string; remote: string } | null): { lastUsed: string | null; from: string | null } {
  return { lastUsed: lastUsed?.at ?? null, from: lastUsed?.remote ?? null };
}
