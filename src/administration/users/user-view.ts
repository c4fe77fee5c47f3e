/** How accounts are shown: whole, as a line of a list, and as they stand in the audit log. */
import { z } from "zod";
import { daysUntilExpiry, expiryOf, hasExpired } from "../../directory/expiry.ts";
import { PERMISSION_NAMES } from "../../directory/permissions.ts";
import { directoryEntrySchema, GUEST_LOGIN, type User } from "../../directory/user.ts";
import type { UserState } from "../../directory/user-state.ts";
import { managesUser } from "../may.ts";
import type { Context } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

type Asking = Pick<Context, "directory" | "mailstore" | "now">;

/** What holds about an account now. */
const stateSchema = z
  .enum(["enabled", "disabled", "expired", "noPassword"] satisfies UserState[])
  .describe("Enabled, switched off, expired, or without any way to sign in.");

const lastLoginSchema = z.object({ at: timeText, service: z.string(), remote: z.string() }).nullable();

/** A mailbox of the user. */
const mailboxLine = z.object({
  id: z.number().int(),
  description: z.string(),
  address: z.string().nullable().describe("Its return address."),
  primary: z.boolean(),
  messages: z.number().int(),
  size: z.number().int().describe("Octets."),
});

/** A mailbox of somebody else that the user reaches. */
const sharedLine = z.object({
  id: z.number().int(),
  owner: z.string().describe("Login name."),
  description: z.string(),
  address: z.string().nullable(),
  rights: z.string().describe("RFC 4314 rights in the whole mailbox; empty where he reaches single folders only."),
  folders: z.array(z.string()).describe("Folders in which he has rights of their own."),
});

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
  mailboxes: z.array(mailboxLine),
  shared: z.array(sharedLine).describe("Mailboxes of others that this user reaches."),
  homePageFolder: z.string().nullable(),
  ftpDirectory: z.string().nullable(),
  newsRead: z.array(z.string()),
  newsPost: z.array(z.string()),
  expiresAt: timeText.nullable(),
  expiresAfterDays: z.number().int().nullable().describe("The same as days after creation."),
  expiresAfterIdleDays: z.number().int().nullable(),
  ends: timeText.nullable().describe("When the account expires as things stand."),
  renewedAt: timeText.nullable(),
  hasPassword: z.boolean(),
  mustChangePassword: z.boolean(),
  passwordChangedAt: timeText.nullable(),
  passwordScore: z.number().int().nullable().describe("Strength (0 to 4) judged when the password was set."),
  passwordChosen: z.boolean().describe("The user set the password, not somebody for the user."),
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
  kind: true,
  fullName: true,
  enabled: true,
  state: true,
  ends: true,
  addresses: true,
  permissions: true,
  administers: true,
  lastLogin: true,
  createdAt: true,
  mailSize: true,
});
export type UserLine = z.output<typeof userLine>;

/** What holds about an account. */
export function stateOf(user: User, now: number): UserState {
  if (!user.enabled) return "disabled";
  // A template only says how long accounts made from it run.
  if (user.kind !== "user") return "enabled";
  if (hasExpired(user, now)) return "expired";
  return !user.hasPassword && user.external === null ? "noPassword" : "enabled";
}

/** A user as those see him who may. */
export function viewOf(context: Asking & Pick<Context, "actor" | "reach">, user: User): UserView {
  const { id: _, updatedAt: _u, expiryWarnedAt: _w, ...rest } = user;
  const mailboxes = mailboxesOf(context, user);
  return {
    ...rest,
    ...lineOf(context, user),
    primaryMailbox: user.primaryMailbox || null,
    mailboxes,
    shared: sharedWith(context, user),
    newsRead: [...user.newsRead],
    newsPost: [...user.newsPost],
    expiresAt: textOfTime(user.expiresAt),
    expiresAfterDays: user.expiresAt === null ? null : daysUntilExpiry(user.createdAt, user.expiresAt),
    renewedAt: textOfTime(user.renewedAt),
    passwordChangedAt: textOfTime(user.passwordChangedAt),
    messages: mailboxes.reduce((sum, { messages }) => sum + messages, 0),
  };
}

/** A user as a list shows him. */
export function lineOf({ directory, mailstore, now }: Asking, user: User): UserLine {
  const { lastLogin } = user;
  const own = directory.mailboxes.list({ owner: user.id });
  return {
    login: user.login,
    kind: user.kind,
    fullName: user.fullName,
    enabled: user.enabled,
    state: stateOf(user, now()),
    ends: textOfTime(user.kind === "user" ? (expiryOf(user) ?? null) : null),
    addresses: directory.addressesOf(user.id),
    permissions: [...user.permissions],
    administers: user.administers?.map((id) => directory.domains.byId(id)?.displayName ?? "").filter(Boolean) ?? null,
    lastLogin: lastLogin && { ...lastLogin, at: textOfTime(lastLogin.at) },
    createdAt: textOfTime(user.createdAt),
    mailSize: own.reduce((sum, { id }) => sum + mailstore.usage(id).size, 0),
  };
}

function mailboxesOf({ directory, mailstore }: Asking, user: User): UserView["mailboxes"] {
  const own = directory.mailboxes.list({ owner: user.id });
  const addresses = directory.aliases.returnAddresses(own.map(({ id }) => id));
  return own.map(({ id, description }) => ({
    ...{ id, description, address: addresses.get(id) ?? null, primary: id === user.primaryMailbox },
    ...mailstore.usage(id),
  }));
}

/** Of mailboxes whose owners are outside the reach nothing is said. */
function sharedWith(context: Parameters<typeof viewOf>[0], user: User): UserView["shared"] {
  const { directory, mailstore } = context;
  const whole = new Map(directory.mailboxes.shares({ user: user.id }).map((share) => [share.mailboxId, share.rights]));
  const ids = [...new Set([...whole.keys(), ...mailstore.grants.mailboxesFor(user.id)])].sort((a, b) => a - b);
  const addresses = directory.aliases.returnAddresses(ids);
  return ids.flatMap((id) => {
    const mailbox = directory.mailboxes.byId(id);
    const owner = mailbox && directory.users.byId(mailbox.ownerId);
    if (mailbox === undefined || owner === undefined || !managesUser(context, owner)) return [];
    const grants = [...mailstore.grants.ofMailbox(id).values()].flat().filter((grant) => grant.user === user.id);
    const folders = grants.filter(({ negative }) => !negative).map(({ folder }) => mailstore.folderById(folder)?.name);
    return [
      {
        ...{ id, owner: owner.login, description: mailbox.description, address: addresses.get(id) ?? null },
        ...{ rights: whole.get(id) ?? "", folders: folders.filter((name) => name !== undefined).sort() },
      },
    ];
  });
}

/** What stands in the audit log about an account: its properties, and nothing that changes by itself. */
export function recorded({ directory }: Pick<Context, "directory">, user: User): object {
  const { id: _, updatedAt: _u, expiryWarnedAt: _w, lastLogin: _l, passwordChangedAt: _p, ...rest } = user;
  return {
    ...rest,
    addresses: directory.addressesOf(user.id),
    permissions: [...user.permissions],
    administers: user.administers?.map((id) => directory.domains.byId(id)?.displayName ?? "").filter(Boolean) ?? null,
    primaryMailbox: user.primaryMailbox || null,
    expiresAt: textOfTime(user.expiresAt),
    renewedAt: textOfTime(user.renewedAt),
    createdAt: textOfTime(user.createdAt),
  };
}

export function subjectOf(user: Pick<User, "kind" | "login">): string {
  return user.kind === "guest" ? GUEST_LOGIN : `${user.kind} ${user.login}`;
}
