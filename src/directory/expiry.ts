/** When accounts end. Pure. */
import { MOST_EXPIRY_DAYS, type User } from "./user.ts";

export const DAY_MS = 86_400_000;

/** Days after creation that the pages propose. */
export const DEFAULT_EXPIRY_DAYS = 365;

/** The time an account created at `createdAt` expires if it may live `days` days. */
export function expiryFromDays(createdAt: number, days: number): number {
  return createdAt + Math.min(Math.max(1, Math.round(days)), MOST_EXPIRY_DAYS) * DAY_MS;
}

/** The days after creation that a time of expiry means: at least 1, at most 9999. */
export function daysFromExpiry(createdAt: number, expiresAt: number): number {
  return Math.min(Math.max(1, Math.round((expiresAt - createdAt) / DAY_MS)), MOST_EXPIRY_DAYS);
}

type Expiring = Pick<User, "expiresAt" | "expiresAfterIdleDays" | "lastLogin" | "renewedAt" | "createdAt">;

/** The time an account expires, as things stand; undefined if it does not. */
export function expiryOf(user: Expiring): number | undefined {
  const idle =
    user.expiresAfterIdleDays === null
      ? undefined
      : Math.max(user.lastLogin?.at ?? 0, user.renewedAt ?? 0, user.createdAt) + user.expiresAfterIdleDays * DAY_MS;
  if (user.expiresAt === null) return idle;
  return idle === undefined ? user.expiresAt : Math.min(idle, user.expiresAt);
}

/** Whether an account has expired at a time. */
export function hasExpired(user: Expiring, now: number): boolean {
  const at = expiryOf(user);
  return at !== undefined && at <= now;
}
