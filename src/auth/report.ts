/**
 * Whose password is weak, was never the user's own choice, or stands alone: judged when it was set, as nothing is kept in clear. And what
 * somebody's logins came to lately, from the log.
 */
import { and, asc, count, eq, exists, isNotNull, or, sql } from "drizzle-orm";
import { users } from "../directory/tables.ts";
import type { User } from "../directory/user.ts";
import type { Event } from "../store/events.ts";
import type { Store } from "../store/store.ts";
import { authSettings } from "./settings.ts";
import { appPasswords, passkeys, totps } from "./tables.ts";

/** What is known of a user's password and what stands beside it. Times are milliseconds since the epoch. */
export interface PasswordState {
  readonly id: number;
  readonly login: string;
  readonly fullName: string;
  readonly enabled: boolean;
  /** The user database that keeps the password, where another one does. */
  readonly external: string | null;
  readonly hasPassword: boolean;
  /** 0 to 4 as judged when it was set; null where it never was. */
  readonly score: number | null;
  /** It would not be taken today, or nobody knows how strong it is. */
  readonly weak: boolean;
  /** Somebody else set it, and the user has not changed it since. */
  readonly neverChanged: boolean;
  readonly mustChange: boolean;
  readonly changedAt: number | null;
  readonly secondFactor: boolean;
  readonly appPasswords: number;
  readonly lastLoginAt: number | null;
}

/** Every user's, the weakest first. */
export function passwordReport(store: Store): PasswordState[] {
  const { minimumScore } = store.settings.get(authSettings);
  const own = { appPasswords: appsOf(store), secondFactor: factorOf(store) };
  const { id, login, fullName, enabled, external, passwordScore, passwordChosen, mustChangePassword } = users;
  const { passwordChangedAt, lastLoginAt } = users;
  const hasPassword = sql<number>`password_hash IS NOT NULL`;
  return store.db
    .select({
      id,
      login,
      fullName,
      enabled,
      external,
      hasPassword,
      passwordScore,
      passwordChosen,
      mustChangePassword,
      passwordChangedAt,
      lastLoginAt,
      ...own,
    })
    .from(users)
    .where(eq(users.kind, "user"))
    .orderBy(sql`coalesce(${users.passwordScore}, -1)`, asc(users.loginKey))
    .all()
    .map((row) => {
      const here = row.external === null && row.hasPassword === 1;
      return {
        ...{ id: row.id, login: row.login, fullName: row.fullName, enabled: row.enabled, hasPassword: here },
        external: row.external?.directory ?? null,
        score: here ? row.passwordScore : null,
        weak: here && (row.passwordScore === null || row.passwordScore < minimumScore),
        neverChanged: here && !row.passwordChosen,
        mustChange: here && row.mustChangePassword,
        changedAt: here ? row.passwordChangedAt : null,
        secondFactor: Boolean(row.secondFactor),
        appPasswords: row.appPasswords ?? 0,
        lastLoginAt: row.lastLoginAt,
      };
    });
}

const appsOf = (store: Store) =>
  sql<number>`(${store.db.select({ n: count() }).from(appPasswords).where(eq(appPasswords.user, users.id))})`;

const factorOf = (store: Store) => {
  const confirmed = and(eq(totps.user, users.id), isNotNull(totps.secret));
  const totp = store.db.select({ n: sql`1` }).from(totps).where(confirmed);
  const passkey = store.db.select({ n: sql`1` }).from(passkeys).where(eq(passkeys.user, users.id));
  return sql<number>`${or(exists(totp), exists(passkey))}`;
};

/** One line about somebody's logins: let in, refused, or something that opens the account changed. */
export interface LoginLine {
  readonly id: number;
  readonly at: number;
  readonly accepted: boolean;
  readonly service: string | null;
  readonly remote: string | null;
  readonly text: string;
}

const NAMES = new Set(["login.accepted", "login.refused"]);

/**
 * Logins and refusals of a user, the latest first, as far back as the log goes: those of whoever had the name before him are not his.
 * `before` is the id of a line.
 */
export function recentLogins(
  store: Store,
  { login, createdAt }: Pick<User, "login" | "createdAt">,
  query: { readonly limit: number; readonly before?: number },
): LoginLine[] {
  const { limit, before } = query;
  return store.events
    .recent({ room: "auth", user: login, limit, ...(before !== undefined && { before }) })
    .filter(({ name, at }) => NAMES.has(name) && at >= createdAt)
    .map(toLine);
}

function toLine({ id, at, name, remote, text, data }: Event & { id: number }): LoginLine {
  const service = typeof data?.service === "string" ? data.service : null;
  return { id, at, accepted: name === "login.accepted", service, remote: remote ?? null, text: text ?? "" };
}
