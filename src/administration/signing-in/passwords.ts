/** Passwords: set for others, changed by oneself, given up for a link, and judged in a report. */
import { z } from "zod";
import { type PasswordState, passwordReport } from "../../auth/report.ts";
import type { User } from "../../directory/user.ts";
import type { Tx } from "../../store/store.ts";
import { nameOf } from "../actor.ts";
import type { Change } from "../audit.ts";
import { managedUser, managesUser, ownAccount, requireOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { NOT_BY_TOKEN, needsProof, notByTokenOver } from "../proof.ts";
import { paging, switched, textOfTime, timeText } from "../values.ts";
import { revokeTokensWithin } from "./api-tokens.ts";

const login = z.string().max(512);
const password = z.string().max(1024);
const revoke = z
  .boolean()
  .default(false)
  .describe("Revokes API tokens and app passwords of the user too: where somebody else may have them.");
const done = z.object({
  changedAt: timeText.nullable(),
  score: z.number().int().nullable().describe("Strength, 0 to 4."),
});

export const setPassword = operation({
  name: "password.set",
  summary: "Sets the password of a user; all browser sessions of the user end.",
  http: "PUT /users/{login}/password",
  scope: "users:write",
  who: "manager",
  input: z.strictObject({
    ...{ login, password },
    mustChange: z.boolean().default(false).describe("It opens only the page where the user chooses another one."),
    revoke,
  }),
  output: done,
  async run(context, { login, password, mustChange, revoke }) {
    const user = managedUser(context, login);
    const { passwords } = context.auth;
    const own = ownAccount(context)?.id === user.id;
    notByTokenOver(context, user);
    needsProof(context, user);
    const prepared = await passwords.prepare(user.login, password, { mustChange, chosen: own });
    await context.commit((tx, note) => {
      passwords.setWithin(tx, prepared, own ? context.actor.session : undefined);
      note({ subject: `password of ${user.login}`, after: { password: "set", mustChange } });
      if (revoke) revokeAll(context, tx, note, user);
    });
    return doneView(context, user.login);
  },
});

export const changePassword = operation({
  name: "password.change",
  summary: "Changes one's own password, where the domain allows it; all other browser sessions end.",
  http: "PUT /self/password",
  scope: "self:write",
  who: "user",
  notByToken: NOT_BY_TOKEN,
  input: z.strictObject({ old: password.describe("The password until now."), password }),
  output: done,
  async run(context, { old, password }) {
    const { actor, auth } = context;
    const user = requireOwn(context, "account is");
    const { session } = actor;
    // Pages and tokens are asked over connections that may carry a password; the command line is on this machine.
    const from = { remote: actor.remote ?? "127.0.0.1", secure: true };
    const prepared = await auth.confirmation.prepareChange({
      user,
      old,
      password,
      ...from,
      ...(session && { session }),
    });
    await context.commit((tx, note) => {
      auth.passwords.setWithin(tx, prepared, session);
      note({ subject: `password of ${user.login}`, after: { password: "changed" } });
    });
    return doneView(context, user.login);
  },
});

export const resetPassword = operation({
  name: "password.reset",
  summary: "Makes a link, good once, under which a user sets a new password. It is shown this once.",
  http: "POST /users/{login}/reset",
  scope: "users:write",
  who: "manager",
  input: z.strictObject({ login, revoke }),
  output: z.object({ path: z.string().describe("Behind the address of this server."), expiresAt: timeText }),
  async run(context, { login, revoke }) {
    const user = managedUser(context, login);
    notByTokenOver(context, user);
    needsProof(context, user);
    return await context.commit((tx, note) => {
      const { token, expiresAt } = context.auth.resets.createWithin(tx, user.login, nameOf(context.actor));
      note({ subject: `password of ${user.login}`, after: { link: "made", until: textOfTime(expiresAt) } });
      if (revoke) revokeAll(context, tx, note, user);
      return { path: `/reset/${token}`, expiresAt: textOfTime(expiresAt) };
    });
  },
});

const stateView = z.object({
  login: z.string(),
  fullName: z.string(),
  enabled: z.boolean(),
  external: z.string().nullable().describe("The user database that keeps the password."),
  hasPassword: z.boolean(),
  score: z.number().int().nullable().describe("0 to 4, judged when it was set; null where it never was."),
  weak: z.boolean(),
  neverChanged: z.boolean().describe("Somebody else set it, and the user has not changed it since."),
  mustChange: z.boolean(),
  changedAt: timeText.nullable(),
  secondFactor: z.boolean(),
  appPasswords: z.number().int(),
  lastLoginAt: timeText.nullable(),
});

export const reportPasswords = operation({
  name: "password.report",
  summary:
    "Lists how strong passwords are, whether their users chose them, and what stands beside them; the weakest first.",
  http: "GET /reports/passwords",
  scope: "users:read",
  who: "manager",
  input: z.strictObject({
    ...paging,
    weak: switched.default(false).describe("Weak ones only."),
    neverChanged: switched.default(false).describe("Never changed by their users only."),
    noFactor: switched.default(false).describe("Without a second factor only."),
  }),
  output: z.object({ users: z.array(stateView), total: z.number().int() }),
  run(context, { page, pageSize, weak, neverChanged, noFactor }) {
    const fitting = passwordReport(context.store).filter(
      (one) => (!weak || one.weak) && (!neverChanged || one.neverChanged) && (!noFactor || !one.secondFactor),
    );
    const seen = context.reach === "all" ? fitting : fitting.filter((one) => isManaged(context, one));
    const users = seen.slice((page - 1) * pageSize, page * pageSize).map(viewOf);
    return { users, total: seen.length };
  },
});

function isManaged(context: Context, { id }: PasswordState): boolean {
  const user = context.directory.users.byId(id);
  return user !== undefined && managesUser(context, user);
}

function viewOf({ id: _, ...state }: PasswordState) {
  return { ...state, changedAt: textOfTime(state.changedAt), lastLoginAt: textOfTime(state.lastLoginAt) };
}

/** Takes away what opens the account beside its password: a new password alone leaves that alone. */
function revokeAll(context: Context, tx: Tx, note: (change: Change) => void, { id, login }: User): void {
  const before = {
    tokens: revokeTokensWithin(tx, id),
    appPasswords: context.auth.appPasswords.revokeAllWithin(tx, id),
  };
  note({ subject: `tokens and app passwords of ${login}`, before });
}

function doneView({ directory }: Context, login: string) {
  const { passwordChangedAt, passwordScore } = directory.users.require(login);
  return { changedAt: textOfTime(passwordChangedAt), score: passwordScore };
}

export const passwordOperations = [setPassword, changePassword, resetPassword, reportPasswords] as const;
