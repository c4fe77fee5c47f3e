/** Between rows of the users table and users. */
import { fold } from "./address.ts";
import { daysUntilExpiry, expiryAfter } from "./expiry.ts";
import { defaultPermissions, isPermission } from "./permissions.ts";
import type { users } from "./tables.ts";
import { type DirectoryEntry, directoryEntrySchema, type ScramKeys, type User, type UserKind } from "./user.ts";
import { searchable } from "./words.ts";

/** A new password and what was found out about it. */
export interface NewCredentials {
  readonly passwordHash: string;
  readonly scram: ScramKeys | null;
  /** Strength 0–4, where it was judged. */
  readonly score?: number | null;
  readonly mustChange?: boolean;
  /** The user set it, not somebody for the user. */
  readonly chosen?: boolean;
}

/** What a new user has where nothing was said: the template's properties, or the defaults. */
export function propertiesFor(kind: UserKind, template: User | undefined, createdAt: number) {
  if (template === undefined) {
    return {
      kind,
      fullName: "",
      enabled: true,
      permissions: defaultPermissions() as string[],
      administers: null as number[] | null,
      mustChangePassword: false,
      webmail: true,
      homePageFolder: null as string | null,
      ftpDirectory: null as string | null,
      newsRead: ["*"],
      newsPost: [] as string[],
      expiresAt: null as number | null,
      expiresAfterIdleDays: null as number | null,
      entry: directoryEntrySchema.parse({}),
    };
  }
  const { expiresAt } = template;
  return {
    kind,
    fullName: "",
    enabled: true,
    permissions: [...template.permissions] as string[],
    administers: template.administers === null ? null : [...template.administers],
    mustChangePassword: template.mustChangePassword,
    webmail: template.webmail,
    homePageFolder: template.homePageFolder,
    ftpDirectory: template.ftpDirectory,
    newsRead: [...template.newsRead],
    newsPost: [...template.newsPost],
    expiresAt: expiresAt === null ? null : expiryAfter(createdAt, daysUntilExpiry(template.createdAt, expiresAt)),
    expiresAfterIdleDays: template.expiresAfterIdleDays,
    entry: { ...template.entry, givenName: "", familyName: "", phoneMobile: "", phoneHome: "", notes: "" },
  };
}

/** The columns that a new password sets. */
export function credentialColumns(credentials: NewCredentials, now: number) {
  return {
    passwordHash: credentials.passwordHash,
    scram: credentials.scram,
    passwordScore: credentials.score ?? null,
    passwordChangedAt: now,
    passwordChosen: credentials.chosen ?? false,
    mustChangePassword: credentials.mustChange ?? false,
  };
}

/** What a search for users looks at: their names as they are written, and the words of them without accents. */
export function searchText(login: string, fullName: string, entry: DirectoryEntry): string {
  const names = fold([login, fullName || `${entry.givenName} ${entry.familyName}`].join(" ")).trim();
  const words = searchable([names]).trim();
  return words === names ? names : `${names} ${words}`;
}

/** The given properties without those that were left out as `undefined`. */
export function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** The user of a row. */
export function toUser(row: typeof users.$inferSelect): User {
  const { passwordHash, lastLoginAt } = row;
  return {
    id: row.id,
    kind: row.kind,
    login: row.login,
    fullName: row.fullName,
    enabled: row.enabled,
    permissions: new Set(row.permissions.filter(isPermission)),
    administers: row.administers,
    hasPassword: passwordHash !== null,
    passwordChangedAt: row.passwordChangedAt,
    passwordScore: row.passwordScore,
    passwordChosen: row.passwordChosen,
    mustChangePassword: row.mustChangePassword,
    external: row.external,
    webmail: row.webmail,
    primaryMailbox: row.primaryMailbox ?? 0,
    homePageFolder: row.homePageFolder,
    ftpDirectory: row.ftpDirectory,
    newsRead: row.newsRead,
    newsPost: row.newsPost,
    expiresAt: row.expiresAt,
    expiresAfterIdleDays: row.expiresAfterIdleDays,
    renewedAt: row.renewedAt,
    expiryWarnedAt: row.expiryWarnedAt,
    entry: row.entry,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    lastLogin:
      lastLoginAt === null
        ? null
        : { at: lastLoginAt, service: row.lastLoginService ?? "", remote: row.lastLoginRemote ?? "" },
  };
}
