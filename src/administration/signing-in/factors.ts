/** Second factors: everybody sets up his own; whoever looks after a user takes them away for one who has lost them. */
import { z } from "zod";
import type { Passkey } from "../../auth/factors/factors.ts";
import { passkeyNameSchema } from "../../auth/factors/passkeys.ts";
import type { User } from "../../directory/user.ts";
import { managedOrOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { isProven, NOT_BY_TOKEN, needsProof, notByTokenOver, onlyOwn } from "../proof.ts";
import { textOfTime, timeText } from "../values.ts";

const login = z.string().max(512).describe("Whose it is.");
const id = z.coerce.number().int().min(1);

const passkeyView = z.object({
  id: z.number().int(),
  name: z.string(),
  host: z.string().describe("The host name it is for."),
  synced: z.boolean().describe("Kept in several devices of its owner."),
  createdAt: timeText,
  lastUsedAt: timeText.nullable(),
});

const factorsView = z.object({
  on: z.boolean().describe("There is a second factor."),
  required: z.boolean().describe("The settings ask for one."),
  totpSince: timeText.nullable().describe("Since when codes of an app are asked for."),
  passkeys: z.array(passkeyView),
  recoveryCodes: z.number().int().describe("How many are left."),
  proven: z.boolean().describe("Whoever asks has shown lately who he is; otherwise changes ask for that first."),
});
export type FactorsView = z.output<typeof factorsView>;

const codes = z.array(z.string()).describe("New recovery codes, shown this once; empty where there are some already.");

export const showFactors = operation({
  name: "factor.show",
  summary: "Shows the second factors of a user; those of others need the scope users:read too.",
  http: "GET /users/{login}/factors",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: factorsView,
  run(context, { login }) {
    const user = managedOrOwn(context, login, "users:read");
    const status = context.auth.factors.status(user);
    return {
      ...status,
      totpSince: textOfTime(status.totpSince),
      passkeys: status.passkeys.map(viewOf),
      proven: isProven(context),
    };
  },
});

export const beginTotp = operation({
  name: "totp.begin",
  summary: "Makes a secret for an authenticator app, to be confirmed by a code from it.",
  http: "POST /users/{login}/factors/totp",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login, host: z.string().min(1).max(253).describe("What the app is to call this server.") }),
  output: z.object({
    base32: z.string().describe("For typing."),
    uri: z.string(),
    svg: z.string().describe("A QR code."),
  }),
  async run(context, { login, host }) {
    const user = own(context, login);
    const { secret, uri, svg } = await context.auth.factors.totp.begin(user.id, host, user.login);
    return { base32: secret, uri, svg };
  },
});

export const confirmTotp = operation({
  name: "totp.confirm",
  summary: "Lets the codes of the secret that was shown count, for a first code from it.",
  http: "PUT /users/{login}/factors/totp",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login, code: z.string().max(100) }),
  output: z.object({ recoveryCodes: codes }),
  async run(context, { login, code }) {
    const user = own(context, login);
    const { recoveryCodes } = await context.auth.factors.confirmTotp(user, code);
    await context.record({ subject: `second factor of ${user.login}`, after: { codes: "an app" } });
    return { recoveryCodes: [...recoveryCodes] };
  },
});

export const removeTotp = operation({
  name: "totp.remove",
  summary: "Takes the codes of an authenticator app away.",
  http: "DELETE /users/{login}/factors/totp",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login }),
  output: z.object({}),
  async run(context, { login }) {
    const user = own(context, login);
    await context.commit((tx, note) => {
      context.auth.factors.removeTotpWithin(tx, user);
      note({ subject: `second factor of ${user.login}`, before: { codes: "an app" } });
    });
    return {};
  },
});

/** Where the browser believes to be, and what ties the challenge to it. */
const site = {
  host: z.string().min(1).max(253),
  origin: z.string().min(1).max(300),
  binding: z.string().min(1).max(200).describe("The session's anti-forgery token."),
};

export const beginPasskey = operation({
  name: "passkey.begin",
  summary: "Says what the browser is to ask an authenticator for, to make a passkey.",
  http: "POST /users/{login}/passkeys/options",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login, ...site }),
  output: z.object({ options: z.looseObject({}) }),
  run(context, { login, host, origin, binding }) {
    const user = own(context, login);
    return { options: { ...context.auth.factors.passkeys.registrationOptions(user, { host, origin }, binding) } };
  },
});

export const addPasskey = operation({
  name: "passkey.add",
  summary: "Registers the passkey that an authenticator made.",
  http: "POST /users/{login}/passkeys",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login, ...site, name: passkeyNameSchema, credential: z.unknown() }),
  output: z.object({ passkey: passkeyView, recoveryCodes: codes }),
  async run(context, { login, host, origin, binding, name, credential }) {
    const user = own(context, login);
    const about = { site: { host, origin }, binding, name };
    const { passkey, recoveryCodes } = await context.auth.factors.addPasskey(user, credential, about);
    await context.record({ subject: subjectOf(passkey, user.login), after: { name, host } });
    return { passkey: viewOf(passkey), recoveryCodes: [...recoveryCodes] };
  },
});

export const renamePasskey = operation({
  name: "passkey.rename",
  summary: "Gives a passkey another name.",
  http: "PATCH /users/{login}/passkeys/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id, name: passkeyNameSchema }),
  output: passkeyView,
  async run(context, { login, id, name }) {
    const user = managedOrOwn(context, login, "users:write");
    const { passkeys } = context.auth.factors;
    const before = passkeys.list(user.id).find((one) => one.id === id);
    return await context.commit((tx, note) => {
      const passkey = passkeys.renameWithin(tx, user.id, id, name);
      note({ subject: subjectOf(passkey, user.login), before: { name: before?.name }, after: { name } });
      return viewOf(passkey);
    });
  },
});

export const removePasskey = operation({
  name: "passkey.remove",
  summary: "Takes a passkey away.",
  http: "DELETE /users/{login}/passkeys/{id}",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login, id }),
  output: z.object({}),
  async run(context, { login, id }) {
    const user = managedOrOwn(context, login, "users:write");
    needsProof(context, user);
    await context.commit((tx, note) => {
      const passkey = context.auth.factors.removePasskeyWithin(tx, user, id);
      note({ subject: subjectOf(passkey, user.login), before: { name: passkey.name, host: passkey.host } });
    });
    return {};
  },
});

export const renewRecoveryCodes = operation({
  name: "recovery.renew",
  summary: "Makes new recovery codes in the place of the old ones, shown this once.",
  http: "POST /users/{login}/recovery-codes",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ login }),
  output: z.object({ recoveryCodes: codes }),
  async run(context, { login }) {
    const user = own(context, login);
    const recoveryCodes = await context.commit((tx, note) => {
      note({ subject: `recovery codes of ${user.login}`, after: { made: "anew" } });
      return context.auth.factors.renewRecoveryWithin(tx, user.id);
    });
    return { recoveryCodes };
  },
});

export const removeFactors = operation({
  name: "factor.removeAll",
  summary: "Takes all second factors and recovery codes of a user away: for somebody who has lost them.",
  http: "DELETE /users/{login}/factors",
  scope: "users:write",
  who: "manager",
  input: z.strictObject({ login }),
  output: z.object({}),
  async run(context, { login }) {
    const user = managedOrOwn(context, login);
    notByTokenOver(context, user);
    needsProof(context, user);
    const { factors } = context.auth;
    const { totpSince, passkeys } = factors.status(user);
    await context.commit((tx, note) => {
      factors.removeAllWithin(tx, user.id);
      const before = { codes: totpSince === null ? "none" : "an app", passkeys: passkeys.map(({ name }) => name) };
      note({ subject: `second factors of ${user.login}`, before });
    });
    return {};
  },
});

/** The own account, for whoever has shown lately that it is his. @throws Refusal "notPermitted" */
function own(context: Context, login: string): User {
  const user = managedOrOwn(context, login, "users:write");
  onlyOwn(context, user);
  needsProof(context, user);
  return user;
}

function viewOf({ user: _, createdAt, lastUsedAt, ...passkey }: Passkey) {
  return { ...passkey, createdAt: textOfTime(createdAt), lastUsedAt: textOfTime(lastUsedAt) };
}

function subjectOf({ name }: Passkey, login: string): string {
  return `passkey “${name}” of ${login}`;
}

export const factorOperations = [
  showFactors,
  beginTotp,
  confirmTotp,
  removeTotp,
  beginPasskey,
  addPasskey,
  renamePasskey,
  removePasskey,
  renewRecoveryCodes,
  removeFactors,
] as const;
