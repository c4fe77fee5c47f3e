/** When accounts end. Pure. */
import type { User } from "./user.ts";

export const DAY_MS = 86_400_000;

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

/** The time at which an account ends that was made at `createdAt` and is to last so many days: the beginning of a day where the server is. */
export function expiryAfter(createdAt: number, days: number): number {
  const day = new Date(createdAt);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** After how many days an account that was made at `createdAt` ends: `expiryAfter` the other way round. */
export function daysUntilExpiry(createdAt: number, expiresAt: number): number {
  return Math.round((beginningOfDay(expiresAt) - beginningOfDay(createdAt)) / DAY_MS);
}

function beginningOfDay(at: number): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
