/** What can be changed on an account, as it is given, and what becomes of it: the rules of single properties. */
import { z } from "zod";
import { daysUntilExpiry, expiryAfter, hasExpired } from "../../directory/expiry.ts";
import { ADMINISTRATOR, defaultPermissions, type Permission } from "../../directory/permissions.ts";
import {
  type DirectoryEntry,
  directoryEntrySchema,
  loginSchema,
  MOST_EXPIRY_DAYS,
  permissionSchema,
  type User,
  type UserPatch,
  userPatchSchema,
} from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import { managedDomain, mayGive, ownAccount } from "../may.ts";
import type { Context } from "../operation.ts";
import { defined, moment } from "../values.ts";

const { shape } = userPatchSchema;

/** Fields of the directory entry, of which only what is given changes: without the values that new entries begin with. */
const entryChange = z.strictObject(
  Object.fromEntries(
    Object.entries(directoryEntrySchema.shape).map(([name, field]) => [name, field.removeDefault().optional()]),
  ) as {
    [K in keyof DirectoryEntry]: z.ZodOptional<ReturnType<(typeof directoryEntrySchema.shape)[K]["removeDefault"]>>;
  },
);

/** The properties that can be set, as they are given. */
export const properties = {
  fullName: shape.fullName,
  enabled: shape.enabled,
  permissions: shape.permissions,
  administers: z
    .array(z.string())
    .max(1000, "That is more domains than there are.")
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
    .number("Days are a whole number.")
    .int("Days are a whole number.")
    .min(1, "At least one day.")
    .max(MOST_EXPIRY_DAYS, `At most ${MOST_EXPIRY_DAYS} days.`)
    .nullable()
    .optional()
    .describe("Sets the date of expiry by days after creation."),
  expiresAfterIdleDays: shape.expiresAfterIdleDays,
  mustChangePassword: shape.mustChangePassword,
  external: shape.external,
  entry: entryChange.optional(),
  grant: z.array(permissionSchema).optional().describe("Permissions to add to those there are."),
  revoke: z.array(permissionSchema).optional().describe("Permissions to take away."),
};

/** What can be changed on an account. */
export const userChange = z.strictObject({
  ...properties,
  rename: loginSchema.optional().describe("A new login name."),
  primaryMailbox: shape.primaryMailbox,
});
export type UserChange = z.output<typeof userChange>;

/** What an account is before a change; for a new one, what it is made from. */
export type Before = Pick<User, "createdAt"> & Partial<User>;

/** The guest entry says what holds where nobody has logged in; it has nothing that belongs to an account. */
const OF_THE_GUEST = new Set(["fullName", "permissions", "grant", "revoke", "newsRead", "newsPost"]);
/** What administrators of some domains leave as it is. */
const OF_THE_HOUSE = ["administers", "external", "homePageFolder", "ftpDirectory"] as const;

/**
 * The properties as the directory takes them.
 * @throws Refusal "notPermitted" for what this actor may not set, "invalid", "notFound" (domain)
 */
export function patchFrom(context: Context, before: Before, change: Partial<UserChange>): UserPatch {
  const { expiresAfterDays: _, administers, rename, grant, revoke, entry, ...rest } = change;
  checkKind(before, change);
  if (context.reach !== "all") checkDelegate(context, change);
  const permissions = permissionsFrom(before, change);
  if (before.kind === "guest" && permissions?.includes(ADMINISTRATOR))
    throw new Refusal("notPermitted", "Whoever has not logged in cannot be an administrator.", {
      field: "permissions",
    });
  checkDatabase(context, before, change);
  const expiresAt = expiryFrom(before, change);
  const touchesExpiry = expiresAt !== undefined || rest.expiresAfterIdleDays !== undefined;
  return {
    ...rest,
    expiresAt,
    ...defined({
      login: rename,
      permissions,
      administers: administersFrom(context, administers),
      expiryWarnedAt: touchesExpiry ? null : undefined,
      entry: entry && directoryEntrySchema.parse({ ...before.entry, ...defined(entry) }),
    }),
  };
}

/** A permission is given by whoever has it. @throws Refusal "notPermitted" */
export function checkGiven(
  context: Context,
  before: ReadonlySet<Permission>,
  after: readonly Permission[] | undefined,
) {
  if (after !== undefined) mayGive(context, before, new Set(after));
}

/** Whoever administrates cannot lock himself out; the console may do everything. @throws Refusal "notPermitted" */
export function refuseSelfHarm(context: Context, before: User, patch: UserPatch): void {
  if (before.id !== ownAccount(context)?.id) return;
  const after = { ...before, ...defined(patch) } as User;
  const keeps = patch.permissions === undefined || patch.permissions.includes(ADMINISTRATOR);
  const narrowed = patch.administers !== undefined && patch.administers !== before.administers;
  const ended = hasExpired(after, context.now()) && !hasExpired(before, context.now());
  const moved = patch.external != null && before.external === null;
  if (patch.enabled === false || !keeps || narrowed || ended || moved)
    throw new Refusal("notPermitted", "You cannot lock yourself out. Let another administrator do this.");
}

/**
 * A login name that looks like an address here opens what that address belongs to: it must not be somebody else's, and whoever looks
 * after some domains only takes it from these. @throws Refusal "notPermitted", "exists"
 */
export function checkLogin(context: Context, login: string | undefined, own: number | undefined): void {
  if (login === undefined || !login.includes("@")) return;
  if (context.reach !== "all") managedDomain(context, login.slice(login.lastIndexOf("@") + 1));
  const found = context.directory.resolve(login);
  if (found.kind !== "local" || found.via !== "address") return;
  if (found.mailboxes.every((id) => context.directory.mailboxes.byId(id)?.ownerId === own)) return;
  throw new Refusal("exists", `The address ${login} belongs to somebody else, and opens that account.`, {
    field: "login",
  });
}

function checkKind({ kind }: Before, change: Partial<UserChange>): void {
  if (kind !== "guest") return;
  const foreign = Object.entries(change).find(([name, value]) => value !== undefined && !OF_THE_GUEST.has(name));
  if (foreign === undefined) return;
  const what = "The guest entry has only permissions and newsgroups: nobody logs in with it.";
  throw new Refusal("notPermitted", what, { field: foreign[0] });
}

function checkDelegate({ reach: _ }: Context, change: Partial<UserChange>): void {
  const wrong = OF_THE_HOUSE.find((name) => change[name] !== undefined);
  if (wrong === undefined) return;
  const what = "Administration, user databases and folders only administrators of everything set.";
  throw new Refusal("notPermitted", what, { field: wrong });
}

/** An account can be in a user database that there is; one that is gone stays where it stands. */
function checkDatabase({ userDatabases }: Context, before: Before, { external }: Partial<UserChange>): void {
  if (external == null || external.directory === before.external?.directory) return;
  if (userDatabases.databases.list().some(({ name }) => name === external.directory)) return;
  throw new Refusal("notFound", `There is no user database “${external.directory}”.`, { field: "external" });
}

function permissionsFrom(before: Before, { permissions, grant = [], revoke = [] }: Partial<UserChange>) {
  if (permissions === undefined && grant.length + revoke.length === 0) return undefined;
  const wanted = new Set<Permission>(permissions ?? before.permissions ?? defaultPermissions());
  for (const one of grant) wanted.add(one);
  for (const one of revoke) wanted.delete(one);
  return [...wanted];
}

function administersFrom({ directory }: Context, names: readonly string[] | null | undefined) {
  if (names == null) return names;
  return [...new Set(names.map((name) => directory.domains.require(name).id))];
}

/** The date of expiry from a date, or from days after creation; both may be given if they say the same. */
function expiryFrom({ createdAt }: Before, { expiresAt, expiresAfterDays }: Partial<UserChange>) {
  if (expiresAfterDays == null && expiresAt == null) {
    return expiresAt === null || expiresAfterDays === null ? null : undefined;
  }
  if (expiresAfterDays == null) return checkedDate(createdAt, expiresAt as number);
  if (expiresAt != null && daysUntilExpiry(createdAt, expiresAt) !== expiresAfterDays) {
    const what = "The date and the days do not say the same. Give one of them.";
    throw new Refusal("invalid", what, { field: "expiresAfterDays" });
  }
  return expiryAfter(createdAt, expiresAfterDays);
}

function checkedDate(createdAt: number, expiresAt: number): number {
  if (daysUntilExpiry(createdAt, expiresAt) <= MOST_EXPIRY_DAYS) return expiresAt;
  const what = `An account runs for at most ${MOST_EXPIRY_DAYS} days after it was made.`;
  throw new Refusal("invalid", what, { field: "expiresAt" });
}
