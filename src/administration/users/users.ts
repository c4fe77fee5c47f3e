/**
 * Users, the guest entry and templates: every property of an account, by whoever may change it. What the properties are and their own
 * rules stand in user-change.ts, how accounts are shown in user-view.ts, lists in user-list.ts.
 */
import { z } from "zod";
import { daysUntilExpiry, expiryAfter, hasExpired } from "../../directory/expiry.ts";
import { defaultPermissions } from "../../directory/permissions.ts";
import { loginSchema, MOST_EXPIRY_DAYS, USUAL_EXPIRY_DAYS, type User, type UserPatch } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import type { Tx } from "../../store/store.ts";
import type { Change } from "../audit.ts";
import { mayTake } from "../mail/addresses.ts";
import { managedUser, mayAppoint, mayGive, ownAccount } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { notByTokenOver } from "../proof.ts";
import { defined } from "../values.ts";
import {
  checkGiven,
  checkLogin,
  patchFrom,
  properties,
  refuseSelfHarm,
  type UserChange,
  userChange,
} from "./user-change.ts";
import { listUsers, mayCopy, proposeUser } from "./user-list.ts";
import { recorded, subjectOf, userView, viewOf } from "./user-view.ts";
import { sendWelcome } from "./welcome.ts";

export { userChange } from "./user-change.ts";
export { listUsers, proposeUser } from "./user-list.ts";
export { type UserLine, type UserView, userLine, userView } from "./user-view.ts";

const named = z.strictObject({ login: z.string().max(512) });

/** Accounts that one bulk operation takes. */
export const MOST_AT_ONCE = 1_000;
/** As many share a sync of the disk, and hold the event loop. */
const IN_ONE_COMMIT = 10;

export const showUser = operation({
  name: "user.show",
  summary: "Shows every property of a user, a template or the guest entry.",
  http: "GET /users/{login}",
  scope: "users:read",
  who: "manager",
  input: named,
  output: userView,
  run: (context, { login }) => viewOf(context, managedUser(context, login)),
});

/** What a new account is made from. */
export const newAccount = z.strictObject({
  ...properties,
  login: loginSchema,
  kind: z.enum(["user", "template"]).default("user"),
  template: z.string().max(512).optional().describe("A template, or a user, whose properties are copied."),
  addresses: z.array(z.string().max(320)).max(100).optional().describe("The first becomes the return address."),
  description: z.string().max(200).optional().describe("Of the primary mailbox."),
  quota: z
    .number()
    .int()
    .min(0)
    .max(1e15)
    .optional()
    .describe("Octets that the primary mailbox may hold; missing: no limit."),
  password: z.string().max(1024).optional().describe("Without one nobody signs in until a password is set."),
  welcome: z.boolean().default(false).describe("Puts the welcome message into the new mailbox."),
});
type NewAccount = z.output<typeof newAccount>;

export const addUser = operation({
  name: "user.add",
  summary: "Creates a user with a primary mailbox, or a template.",
  http: "POST /users",
  scope: "users:write",
  who: "manager",
  input: newAccount,
  output: userView,
  async run(context, account) {
    checkNew(context, account);
    const { password, welcome, login, addresses = [], fullName = "", kind } = account;
    const model = account.template === undefined ? undefined : modelNamed(context, account.template);
    const words = [login, fullName, ...addresses];
    const credentials = password === undefined ? undefined : await credentialsFor(context, password, words);
    const mustChange = account.mustChangePassword ?? model?.mustChangePassword ?? false;
    const user = await context.commit((tx, note) => {
      const made = create(context, tx, account, model, credentials && { ...credentials, mustChange });
      note({ subject: subjectOf(made), after: recorded(context, made) });
      return made;
    });
    if (kind === "user") {
      // The folders that every mailbox has are made when somebody first asks for them.
      context.mailstore.folders(user.primaryMailbox);
      if (welcome) await sendWelcome(context, user);
    }
    return viewOf(context, user);
  },
});

export const setUser = operation({
  name: "user.set",
  summary: "Changes properties of a user, a template or the guest entry.",
  http: "PATCH /users/{login}",
  scope: "users:write",
  who: "manager",
  input: userChange.extend(named.shape),
  output: userView,
  async run(context, { login, ...change }) {
    const user = await context.commit((tx, note) => changed(context, tx, note, managedUser(context, login), change));
    return viewOf(context, user);
  },
});

export const removeUser = operation({
  name: "user.remove",
  summary: "Removes a user with all mailboxes and their mail, or a template.",
  http: "DELETE /users/{login}",
  scope: "users:write",
  who: "manager",
  input: named,
  output: z.object({}),
  async run(context, { login }) {
    await context.commit((tx, note) => removed(context, tx, note, managedUser(context, login)));
    return {};
  },
});

export const renewUser = operation({
  name: "user.renew",
  summary: "Lets an account run again for as long as it was given at first, from now.",
  http: "POST /users/{login}/renewal",
  scope: "users:write",
  who: "manager",
  input: named,
  output: userView,
  async run(context, { login }) {
    const user = await context.commit((tx, note) => renewed(context, tx, note, managedUser(context, login)));
    return viewOf(context, user);
  },
});

const bulkActions = ["enable", "disable", "renew", "remove", "change"] as const;

export const changeUsers = operation({
  name: "user.bulk",
  summary: "Does one thing to many users; what cannot be done to one of them does not keep it from the others.",
  http: "POST /user-changes",
  scope: "users:write",
  who: "manager",
  input: z.strictObject({
    logins: z
      .array(z.string().max(512))
      .min(1, "Choose at least one user.")
      .max(MOST_AT_ONCE, `At most ${MOST_AT_ONCE} users at once.`),
    action: z.enum(bulkActions),
    change: userChange
      .omit({ rename: true, primaryMailbox: true, administers: true })
      .default({})
      .describe("For the action change: what is set on each."),
  }),
  output: z.object({
    results: z.array(
      z.object({ login: z.string(), done: z.boolean(), problem: z.string().optional().describe("Why it was not.") }),
    ),
  }),
  async run(context, { logins, action, change }) {
    const results = [];
    const apiece = [...new Set(logins)];
    const one = (login: string) =>
      attempted(login, () =>
        context.commit((tx, note) => ACTIONS[action](context, tx, note, managedUser(context, login), change)),
      );
    for (let at = 0; at < apiece.length; at += IN_ONE_COMMIT) {
      await context.store.turns.next();
      results.push(...(await Promise.all(apiece.slice(at, at + IN_ONE_COMMIT).map(one))));
    }
    return { results };
  },
});

type Note = (change: Change) => void;
type Work = (context: Context, tx: Tx, note: Note, before: User, change: Partial<UserChange>) => unknown;

const ACTIONS: Readonly<Record<(typeof bulkActions)[number], Work>> = {
  enable: (context, tx, note, before) => changed(context, tx, note, before, { enabled: true }),
  disable: (context, tx, note, before) => changed(context, tx, note, before, { enabled: false }),
  renew: renewed,
  remove: removed,
  change: changed,
};

async function attempted(login: string, work: () => Promise<unknown>) {
  try {
    await work();
    return { login, done: true };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { login, done: false, problem: thrown.sentence };
  }
}

function changed(context: Context, tx: Tx, note: Note, before: User, change: Partial<UserChange>): User {
  const patch = patchFrom(context, before, change);
  checkGiven(context, before.permissions, patch.permissions);
  if (patch.administers !== undefined) mayAppoint(context.actor);
  if (patch.external !== undefined) notByTokenOver(context, before);
  checkLogin(context, patch.login, before.id);
  refuseSelfHarm(context, before, patch);
  return written(context, tx, note, before, patch);
}

function written(context: Context, tx: Tx, note: Note, before: User, patch: UserPatch): User {
  const was = recorded(context, before);
  const after = context.directory.users.updateWithin(tx, before.login, patch);
  // What was open before an account was closed does not open again with it.
  if (!isOpen(context, before) || !isOpen(context, after)) context.auth.sessions.closeAllWithin(tx, after.id);
  note({ subject: subjectOf(before), before: was, after: recorded(context, after) });
  return after;
}

function isOpen({ now }: Context, user: User): boolean {
  return user.enabled && !hasExpired(user, now());
}

function removed(context: Context, tx: Tx, note: Note, user: User): void {
  if (user.id === ownAccount(context)?.id)
    throw new Refusal("notPermitted", "You cannot remove yourself. Let another administrator do this.");
  note({ subject: subjectOf(user), before: recorded(context, user) });
  context.auth.sessions.closeAllWithin(tx, user.id);
  context.directory.users.removeWithin(tx, user.login);
}

/** The time it was given counts from the last renewal on, or each renewal would be longer than the one before. */
function renewed(context: Context, tx: Tx, note: Note, before: User): User {
  if (before.kind !== "user") throw new Refusal("invalid", "Only users expire, and can be renewed.");
  const now = context.now();
  const given =
    before.expiresAt === null ? null : daysUntilExpiry(before.renewedAt ?? before.createdAt, before.expiresAt);
  const most = MOST_EXPIRY_DAYS - daysUntilExpiry(before.createdAt, now);
  const days = given === null ? null : Math.min(given > 0 ? given : USUAL_EXPIRY_DAYS, most);
  const expiresAt = days === null ? null : expiryAfter(now, days);
  return written(context, tx, note, before, { expiresAt, renewedAt: now, expiryWarnedAt: null });
}

/** What a new account may be. @throws Refusal "notPermitted", "invalid" */
function checkNew(context: Context, { kind, addresses, password, welcome, quota, login }: NewAccount): void {
  if (kind === "template") {
    if (context.reach !== "all") throw new Refusal("notPermitted", "Only administrators of everything make templates.");
    if (addresses !== undefined || password !== undefined || quota !== undefined || welcome)
      throw new Refusal("invalid", "A template has no password, no mailbox and no addresses.");
    return;
  }
  checkLogin(context, login, undefined);
  if (context.reach === "all") return;
  if (addresses === undefined || addresses.length === 0)
    throw new Refusal("invalid", "Give an address in one of your domains.", { field: "addresses" });
  for (const address of addresses) atAddresses(() => mayTake(context, address));
}

/** Whose properties are copied: a template, or a user one looks after. @throws Refusal as `managedUser` */
function modelNamed(context: Context, login: string): User {
  const named = context.directory.users.get(login);
  if (named?.kind === "template" && mayCopy(context, named)) return named;
  const model = managedUser(context, login);
  if (model.kind === "guest")
    throw new Refusal("invalid", "The guest entry is no user to copy.", { field: "template" });
  return model;
}

function create(
  context: Context,
  tx: Tx,
  account: NewAccount,
  model: User | undefined,
  credentials: Parameters<Context["directory"]["users"]["createWithin"]>[2],
): User {
  const { password: _, welcome: _w, template, addresses, description, quota, login, kind, ...given } = account;
  const { users, mailboxes } = context.directory;
  const createdAt = context.now();
  const before = { ...model, entry: model && impersonal(model), createdAt, kind };
  const {
    primaryMailbox: _p,
    expiryWarnedAt: _e,
    ...patch
  } = patchFrom(context, defined(before) as typeof before, given);
  const made = atAddresses(() =>
    users.createWithin(
      tx,
      {
        ...defined({ ...notCopied(context, model), ...patch, template, addresses, description }),
        login,
        kind,
        createdAt,
      },
      credentials,
    ),
  );
  mayGive(context, new Set(defaultPermissions()), made.permissions);
  if (quota !== undefined) mailboxes.updateWithin(tx, made.primaryMailbox, { quota: { octets: quota } });
  return made;
}

/** What of a model is its own: folders of a person, and how a user database names him. A template's are for those made from it. */
function notCopied({ reach }: Context, model: User | undefined): UserPatch {
  if (model === undefined) return {};
  const external = model.external === null ? null : { directory: model.external.directory, id: "" };
  if (model.kind === "template") return { external };
  return { homePageFolder: null, ftpDirectory: null, ...(reach !== "all" && { administers: null }) };
}

/** A directory entry without what belongs to one person. */
function impersonal({ entry }: User): User["entry"] {
  return { ...entry, givenName: "", familyName: "", phoneMobile: "", phoneHome: "", notes: "" };
}

/** Refusals that name no field come from the addresses, which are all that is checked besides the properties. */
function atAddresses<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.field !== undefined || thrown.options.cause !== undefined) throw thrown;
    throw new Refusal(thrown.kind, thrown.sentence, { ...thrown.options, field: "addresses" });
  }
}

async function credentialsFor({ auth }: Context, password: string, words: readonly string[]) {
  try {
    return await auth.credentialsFor(password, words);
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.kind !== "invalid") throw thrown;
    throw new Refusal("invalid", thrown.sentence, { ...thrown.options, field: "password" });
  }
}

export const userOperations = [
  listUsers,
  showUser,
  addUser,
  setUser,
  removeUser,
  renewUser,
  changeUsers,
  proposeUser,
] as const;
