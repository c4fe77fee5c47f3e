/** Users, the guest entry and templates: every property of an account, by whoever may change it. */
import { z } from "zod";
import { daysUntilExpiry, expiryAfter, expiryOf, hasExpired } from "../directory/expiry.ts";
import { defaultPermissions, PERMISSION_NAMES, type Permission } from "../directory/permissions.ts";
import {
  directoryEntrySchema,
  GUEST_LOGIN,
  loginSchema,
  MOST_EXPIRY_DAYS,
  permissionSchema,
  type User,
  type UserPatch,
  userPatchSchema,
} from "../directory/user.ts";
import { Refusal } from "../refusal.ts";
import { managedUser, mayGive, ownAccount, withinReach } from "./may.ts";
import { type Context, operation } from "./operation.ts";
import { moment, paging, searching, switched, textOfTime, timeText } from "./values.ts";

/** What holds about an account now. */
const stateSchema = z
  .enum(["enabled", "disabled", "expired", "noPassword"])
  .describe("Enabled, switched off, expired, or without any way to sign in.");

const lastLoginSchema = z.object({ at: timeText, service: z.string(), remote: z.string() }).nullable();

/** An account as everybody sees it who may. */
export const userView = z.object({
  login: z.string(),
  kind: z.enum(["user", "guest", "template"]),
  fullName: z.string(),
  enabled: z.boolean(),
  state: stateSchema,
  addresses: z.array(z.string()).describe("All addresses, the return address first."),
  permissions: z.array(z.enum(PERMISSION_NAMES)),
  administers: z.array(z.string()).nullable().describe("The domains a delegated administrator looks after."),
  webmail: z.boolean().describe("May log in to webmail."),
  primaryMailbox: z.number().int().nullable(),
  homePageFolder: z.string().nullable(),
  ftpDirectory: z.string().nullable(),
  newsRead: z.array(z.string()),
  newsPost: z.array(z.string()),
  expiresAt: timeText.nullable(),
  expiresAfterDays: z.number().int().nullable().describe("The same as days after creation."),
  expiresAfterIdleDays: z.number().int().nullable(),
  ends: timeText.nullable().describe("When the account expires as things stand."),
  hasPassword: z.boolean(),
  mustChangePassword: z.boolean(),
  passwordChangedAt: timeText.nullable(),
  passwordScore: z.number().int().nullable().describe("Strength (0 to 4) judged when the password was set."),
  external: z.object({ directory: z.string(), id: z.string() }).nullable(),
  entry: directoryEntrySchema,
  createdAt: timeText,
  lastLogin: lastLoginSchema,
  messages: z.number().int(),
  mailSize: z.number().int().describe("Octets of mail in all mailboxes."),
});
export type UserView = z.output<typeof userView>;

/** As much of it as a list shows. */
export const userLine = userView.pick({
  login: true,
  fullName: true,
  enabled: true,
  state: true,
  ends: true,
  addresses: true,
  permissions: true,
  lastLogin: true,
  mailSize: true,
});
export type UserLine = z.output<typeof userLine>;

const { shape } = userPatchSchema;

/** The properties that can be set, as they are given. */
const properties = {
  fullName: shape.fullName,
  enabled: shape.enabled,
  permissions: shape.permissions,
  administers: z
    .array(z.string())
    .nullable()
    .optional()
    .describe("Domains; nothing for an administrator of everything."),
  webmail: shape.webmail,
  homePageFolder: shape.homePageFolder,
  ftpDirectory: shape.ftpDirectory,
  newsRead: shape.newsRead,
  newsPost: shape.newsPost,
  expiresAt: moment.nullable().optional(),
  expiresAfterDays: z
    .number()
    .int("Days are a whole number.")
    .min(1, "At least one day.")
    .max(MOST_EXPIRY_DAYS, `At most ${MOST_EXPIRY_DAYS} days.`)
    .nullable()
    .optional()
    .describe("Sets the date of expiry by days after creation."),
  expiresAfterIdleDays: shape.expiresAfterIdleDays,
  mustChangePassword: shape.mustChangePassword,
  external: shape.external,
  entry: directoryEntrySchema.partial().optional(),
};

/** What can be changed on an account. */
export const userChange = z.strictObject({
  ...properties,
  rename: loginSchema.optional().describe("A new login name."),
  grant: z.array(permissionSchema).optional().describe("Permissions to add to those there are."),
  revoke: z.array(permissionSchema).optional().describe("Permissions to take away."),
  primaryMailbox: shape.primaryMailbox,
});
type UserChange = z.output<typeof userChange>;

const named = z.strictObject({ login: z.string().max(512) });

export const listUsers = operation({
  name: "user.list",
  summary: "Lists users, or templates, a page at a time.",
  http: "GET /users",
  scope: "users:read",
  who: "manager",
  input: z.strictObject({
    ...paging,
    search: searching,
    kind: z.enum(["user", "template"]).default("user"),
    sort: z.enum(["login", "fullName", "createdAt", "lastLogin", "enabled", "mailSize"]).default("login"),
    descending: switched.default(false),
  }),
  output: z.object({ users: z.array(userLine), total: z.number().int() }),
  run(context, { sort, ...query }) {
    const { directory, reach } = context;
    const wanted = { ...query, ...(reach !== "all" && { within: reach }) };
    if (reach !== "all" && query.kind === "template") return { users: [], total: 0 };
    if (sort === "mailSize") return bySize(context, wanted);
    const { users, total } = directory.users.list({ ...wanted, sort });
    return { users: users.map((user) => lineOf(context, user)), total };
  },
});

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

export const addUser = operation({
  name: "user.add",
  summary: "Creates a user with a primary mailbox, or a template.",
  http: "POST /users",
  scope: "users:write",
  who: "manager",
  input: z.strictObject({
    ...properties,
    grant: userChange.shape.grant,
    login: loginSchema,
    kind: z.enum(["user", "template"]).default("user"),
    template: z.string().optional().describe("A template, or a user, whose properties are copied."),
    addresses: z.array(z.string().max(320)).max(100).optional().describe("The first becomes the return address."),
    description: z.string().optional().describe("Of the primary mailbox."),
    password: z.string().max(1024).optional().describe("Without one nobody signs in until a password is set."),
  }),
  output: userView,
  async run(context, { password, template, addresses, description, login, kind, ...given }) {
    const { directory, auth } = context;
    if (context.reach !== "all") {
      if (kind === "template") throw new Refusal("notPermitted", "Only administrators may make templates.");
      if (addresses === undefined || addresses.length === 0)
        throw new Refusal("invalid", "Give an address in one of your domains.");
      for (const address of addresses) withinReach(context, address);
    }
    const model = template === undefined ? undefined : copied(context, template);
    const words = [login, given.fullName ?? "", ...(addresses ?? [])];
    const credentials = password === undefined ? undefined : await auth.credentialsFor(password, words);
    const mustChange = given.mustChangePassword ?? false;
    const user = await context.commit((tx, note) => {
      const createdAt = context.now();
      const { primaryMailbox: _, ...patch } = patchFrom(context, { ...model, createdAt }, given);
      const made = directory.users.createWithin(
        tx,
        { ...patch, login, kind, createdAt, ...defined({ template, addresses, description }) },
        credentials && { ...credentials, mustChange },
      );
      mayGive(context, new Set(defaultPermissions()), made.permissions);
      if (
        kind === "user" &&
        !directory.aliases.list({ ownerId: made.id }).every(({ address }) => inReach(context, address))
      )
        throw new Refusal("notPermitted", "Give an address in one of your domains.");
      note({ subject: subjectOf(made), after: recorded(context, made) });
      return made;
    });
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
    const user = await context.commit((tx, note) => {
      const before = managedUser(context, login);
      const patch = patchFrom(context, before, change);
      if (patch.permissions !== undefined) mayGive(context, before.permissions, new Set(patch.permissions));
      refuseSelfHarm(context, before, patch);
      const was = recorded(context, before);
      const after = context.directory.users.updateWithin(tx, before.login, patch);
      note({ subject: subjectOf(before), before: was, after: recorded(context, after) });
      return after;
    });
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
    await context.commit((tx, note) => {
      const user = managedUser(context, login);
      if (user.id === ownAccount(context)?.id)
        throw new Refusal("notPermitted", "You cannot remove yourself. Let another administrator do this.");
      note({ subject: subjectOf(user), before: recorded(context, user) });
      context.directory.users.removeWithin(tx, user.login);
    });
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
    const user = await context.commit((tx, note) => {
      const before = managedUser(context, login);
      const now = context.now();
      const expiresAt =
        before.expiresAt === null ? null : expiryAfter(now, daysUntilExpiry(before.createdAt, before.expiresAt));
      const was = recorded(context, before);
      const after = context.directory.users.updateWithin(tx, before.login, {
        expiresAt,
        renewedAt: now,
        expiryWarnedAt: null,
      });
      note({ subject: subjectOf(before), before: was, after: recorded(context, after) });
      return after;
    });
    return viewOf(context, user);
  },
});

/** What holds about an account. */
export function stateOf(user: User, now: number): UserView["state"] {
  if (!user.enabled) return "disabled";
  if (hasExpired(user, now)) return "expired";
  return user.kind === "user" && !user.hasPassword && user.external === null ? "noPassword" : "enabled";
}

/** A user as those see him who may. */
export function viewOf(context: Pick<Context, "directory" | "mailstore" | "now">, user: User): UserView {
  const { expiresAt, createdAt, lastLogin } = user;
  const { administers, id: _, updatedAt: _u, renewedAt: _r, expiryWarnedAt: _w, ...rest } = user;
  return {
    ...rest,
    state: stateOf(user, context.now()),
    addresses: context.directory.addressesOf(user.id),
    permissions: [...user.permissions],
    administers:
      administers?.map((id) => context.directory.domains.byId(id)?.displayName ?? "").filter(Boolean) ?? null,
    primaryMailbox: user.primaryMailbox || null,
    newsRead: [...user.newsRead],
    newsPost: [...user.newsPost],
    expiresAt: textOfTime(expiresAt),
    expiresAfterDays: expiresAt === null ? null : daysUntilExpiry(createdAt, expiresAt),
    ends: textOfTime(expiryOf(user) ?? null),
    passwordChangedAt: textOfTime(user.passwordChangedAt),
    createdAt: textOfTime(createdAt),
    lastLogin: lastLogin && { ...lastLogin, at: textOfTime(lastLogin.at) },
    ...mailOf(context, user),
  };
}

/** Mail in all mailboxes of a user. */
function mailOf({ directory, mailstore }: Pick<Context, "directory" | "mailstore">, user: User) {
  let [messages, mailSize] = [0, 0];
  for (const { id } of directory.mailboxes.list({ owner: user.id })) {
    const usage = mailstore.usage(id);
    messages += usage.messages;
    mailSize += usage.size;
  }
  return { messages, mailSize };
}

function lineOf(context: Context, user: User): UserLine {
  const { lastLogin } = user;
  return {
    login: user.login,
    fullName: user.fullName,
    enabled: user.enabled,
    state: stateOf(user, context.now()),
    ends: textOfTime(expiryOf(user) ?? null),
    addresses: context.directory.addressesOf(user.id),
    permissions: [...user.permissions],
    lastLogin: lastLogin && { ...lastLogin, at: textOfTime(lastLogin.at) },
    mailSize: mailOf(context, user).mailSize,
  };
}

/** A page of users by the size of their mail, which only the mail store knows. */
function bySize(
  context: Context,
  { page, pageSize, descending, ...query }: { page: number; pageSize: number; descending: boolean; search: string },
) {
  const { directory, mailstore } = context;
  const owners = directory.mailboxes.owners();
  const sizes = new Map<number, number>();
  for (const { mailbox, size } of mailstore.usages()) {
    const owner = owners.get(mailbox) ?? 0;
    sizes.set(owner, (sizes.get(owner) ?? 0) + size);
  }
  const ids = directory.users.ids(query);
  const sign = descending ? -1 : 1;
  ids.sort((left, right) => sign * ((sizes.get(left) ?? 0) - (sizes.get(right) ?? 0)) || left - right);
  const users = ids.slice((page - 1) * pageSize, page * pageSize).map((id) => directory.users.byId(id));
  return { users: users.filter((user) => user !== undefined).map((user) => lineOf(context, user)), total: ids.length };
}

/** What stands in the audit log about an account: its properties, and nothing that changes by itself. */
function recorded(context: Context, user: User): object {
  const { state: _s, lastLogin: _l, messages: _m, mailSize: _z, ends: _e, ...lasting } = viewOf(context, user);
  const { passwordChangedAt: _p, ...properties } = lasting;
  return properties;
}

export function subjectOf(user: Pick<User, "kind" | "login">): string {
  return user.kind === "guest" ? GUEST_LOGIN : `${user.kind} ${user.login}`;
}

/** The properties as the directory takes them; whoever administrates some domains only may not set all of them. */
function patchFrom(
  context: Context,
  before: Pick<User, "createdAt"> & Partial<User>,
  { expiresAfterDays, administers, rename, grant = [], revoke = [], entry, ...rest }: Partial<UserChange>,
): UserPatch {
  const { directory, reach } = context;
  if (reach !== "all") {
    const { external, homePageFolder, ftpDirectory } = rest;
    if (
      administers !== undefined ||
      external !== undefined ||
      homePageFolder !== undefined ||
      ftpDirectory !== undefined
    )
      throw new Refusal("notPermitted", "Administration, user databases and folders only administrators set.");
  }
  if (
    expiresAfterDays != null &&
    rest.expiresAt != null &&
    rest.expiresAt !== expiryAfter(before.createdAt, expiresAfterDays)
  )
    throw new Refusal("invalid", "The date and the days of expiry do not say the same. Give one of them.");
  const permissions = new Set<Permission>(rest.permissions ?? before.permissions ?? defaultPermissions());
  for (const one of grant) permissions.add(one);
  for (const one of revoke) permissions.delete(one);
  const changesPermissions = rest.permissions !== undefined || grant.length + revoke.length > 0;
  const expiresAt = expiresAfterDays == null ? rest.expiresAt : expiryAfter(before.createdAt, expiresAfterDays);
  const ends = expiresAfterDays === null && expiresAt === undefined ? null : expiresAt;
  return {
    ...rest,
    ...defined({
      login: rename,
      permissions: changesPermissions ? [...permissions] : undefined,
      administers: administers === null ? null : administers?.map((name) => directory.domains.require(name).id),
      expiresAt: ends,
      expiryWarnedAt: ends === undefined && rest.expiresAfterIdleDays === undefined ? undefined : null,
      entry: entry && directoryEntrySchema.parse({ ...before.entry, ...entry }),
    }),
  };
}

/** Whoever administrates cannot lock himself out; the console may do everything. */
function refuseSelfHarm(context: Context, before: User, patch: UserPatch): void {
  if (before.id !== ownAccount(context)?.id) return;
  const keeps = patch.permissions === undefined || patch.permissions.includes("web.administrator");
  if (patch.enabled === false || !keeps || patch.administers !== undefined)
    throw new Refusal("notPermitted", "You cannot lock yourself out. Let another administrator do this.");
}

/** Whose properties may be copied: templates, and users one looks after. */
function copied(context: Context, login: string): User {
  const template = context.directory.users.get(login);
  return template?.kind === "template" ? template : managedUser(context, login);
}

function inReach(context: Context, address: string): boolean {
  if (context.reach === "all") return true;
  const domain = context.directory.domains.byName(address.slice(address.lastIndexOf("@") + 1));
  return domain !== undefined && context.reach.has(domain.id);
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export const userOperations = [listUsers, showUser, addUser, setUser, removeUser, renewUser] as const;
