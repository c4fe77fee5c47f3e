/** API tokens: everybody makes his own; whoever looks after a user sees them and takes them away. */
import { z } from "zod";
import { hasControls } from "../../directory/validate.ts";
import { parseRange } from "../../net/access.ts";
import { normaliseRange } from "../../net/networks.ts";
import { Refusal } from "../../refusal.ts";
import { isAtLeast, roleFor, SCOPE_NAMES, type Scope } from "../actor.ts";
import { managedOrOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { needsProof } from "../proof.ts";
import { lastMoment, textOfTime, timeText } from "../values.ts";
import { type ApiToken, addTokenWithin, listTokens, revokeTokenWithin } from "./api-tokens.ts";

const MOST_NETWORKS = 20;

/** A token as everybody sees it who may. */
const tokenView = z.object({
  id: z.number().int(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPE_NAMES)),
  networks: z.array(z.string()).describe("From where it is good; empty for everywhere."),
  expiresAt: timeText.nullable(),
  createdAt: timeText,
  lastUsed: z.object({ at: timeText, remote: z.string() }).nullable(),
});
export type TokenView = z.output<typeof tokenView>;

const login = z.string().max(512).describe("Whose token it is.");

/** What a token is to be. */
export const newToken = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, "Give the token a name, such as the program it is for.")
    .max(60, "A name has at most 60 characters.")
    .refine((text) => !hasControls(text), "A name is a single line.")
    .describe("What it is for."),
  scopes: z
    .array(z.enum(SCOPE_NAMES, "There is no such scope."))
    .min(1, "Choose at least one scope.")
    .max(100)
    .transform((names): Scope[] => SCOPE_NAMES.filter((name) => names.includes(name))),
  networks: z
    .array(
      z
        .string()
        .max(64)
        .refine(
          (text) => parseRange(text.trim()) !== undefined,
          "That is not a network like 192.168.0.0/16 or fd00::/8.",
        )
        .transform((text) => normaliseRange(text) ?? text),
    )
    .max(MOST_NETWORKS, `A token is limited to ${MOST_NETWORKS} networks at most.`)
    .default([]),
  expiresAt: lastMoment.nullable().default(null).describe("Until when it is good."),
});

export const listUserTokens = operation({
  name: "token.list",
  summary: "Lists the API tokens of a user; those of others need the scope users:read too.",
  http: "GET /users/{login}/tokens",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ tokens: z.array(tokenView) }),
  run(context, { login }) {
    const user = managedOrOwn(context, login, "users:read");
    return { tokens: listTokens(context.store, user.id).map(viewOf) };
  },
});

export const addToken = operation({
  name: "token.add",
  summary: "Makes an API token for oneself. Its text is shown this once.",
  http: "POST /users/{login}/tokens",
  scope: "self:write",
  who: "user",
  notByToken: "A token cannot make another one. Sign in with a browser, or use the command line of the server.",
  input: newToken.extend({ login }),
  output: z.object({ token: tokenView, secret: z.string().describe("The token itself, to be kept well.") }),
  async run(context, { login, ...wanted }) {
    const user = managedOrOwn(context, login, "users:write");
    if (context.actor.kind === "user" && user.id !== context.actor.user?.id)
      throw new Refusal("notPermitted", "Everybody makes only his own tokens.");
    needsProof(context, user);
    if (user.kind !== "user") throw new Refusal("notPermitted", `${user.login} does not sign in and needs no token.`);
    if (wanted.expiresAt !== null && wanted.expiresAt <= context.now())
      throw new Refusal("invalid", "A token expires in the future.", { field: "expiresAt" });
    const beyond = wanted.scopes.filter((scope) => !mayHave(context, user.login, scope));
    if (beyond.length > 0)
      throw new Refusal("notPermitted", `${user.login} may not do this, so no token may: ${beyond.join(", ")}.`);
    return await context.commit((tx, note) => {
      const { token, text } = addTokenWithin(tx, user, wanted, context.now());
      note({ subject: subjectOf(token, user.login), after: recorded(token) });
      return { token: viewOf(token), secret: text };
    });
  },
});

export const revokeToken = operation({
  name: "token.revoke",
  summary: "Revokes an API token at once; those of others need the scope users:write too.",
  http: "DELETE /users/{login}/tokens/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id: z.number().int().min(1) }),
  output: z.object({}),
  async run(context, { login, id }) {
    const user = managedOrOwn(context, login, "users:write");
    await context.commit((tx, note) => {
      const token = revokeTokenWithin(tx, user.id, id);
      note({ subject: subjectOf(token, user.login), before: recorded(token) });
    });
    return {};
  },
});

/** The scopes with which a user can do anything. */
export function scopesFor({ directory }: Pick<Context, "directory">, login: string): Scope[] {
  return SCOPE_NAMES.filter((scope) => mayHave({ directory }, login, scope));
}

function mayHave({ directory }: Pick<Context, "directory">, login: string, scope: Scope): boolean {
  return isAtLeast({ kind: "user", user: directory.users.require(login), via: "api" }, roleFor(scope));
}

function viewOf({ user: _, lastUsedAt, lastUsedRemote, ...token }: ApiToken): TokenView {
  return {
    ...{ id: token.id, name: token.name, scopes: [...token.scopes], networks: [...token.networks] },
    expiresAt: textOfTime(token.expiresAt),
    createdAt: textOfTime(token.createdAt),
    lastUsed: lastUsedAt === null ? null : { at: textOfTime(lastUsedAt), remote: lastUsedRemote ?? "" },
  };
}

function recorded(token: ApiToken): object {
  const { name, scopes, networks, expiresAt } = viewOf(token);
  return { name, scopes, networks, expiresAt };
}

function subjectOf({ name }: ApiToken, login: string): string {
  return `token “${name}” of ${login}`;
}

export const tokenOperations = [listUserTokens, addToken, revokeToken] as const;
