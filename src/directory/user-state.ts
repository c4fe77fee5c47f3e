/** What holds about accounts, as conditions on the table of users: for lists that are filtered and sorted by it. */
import { type SQL, sql } from "drizzle-orm";
import { DAY_MS } from "./expiry.ts";
import { users } from "./tables.ts";

/** Enabled; switched off; expired; enabled but without any way to sign in. */
export type UserState = "enabled" | "disabled" | "expired" | "noPassword";

/** Later than every date. */
const NEVER = sql.raw("9000000000000000");

/** When an account ends as things stand: `expiryOf` in SQL, and far in the future for those that do not end. */
export const ENDS = sql`min(coalesce(${users.expiresAt}, ${NEVER}), coalesce(${users.expiresAfterIdleDays} * ${sql.raw(String(DAY_MS))}
  + max(coalesce(${users.lastLoginAt}, 0), coalesce(${users.renewedAt}, 0), ${users.createdAt}), ${NEVER}))`;

const NO_PASSWORD = sql`(${users.kind} = 'user' AND ${users.passwordHash} IS NULL AND ${users.external} IS NULL)`;

/** Sorts accounts by their state: those that work first. */
export function stateRank(now: number): SQL {
  return sql`CASE WHEN NOT ${users.enabled} THEN 3 WHEN ${ENDS} <= ${now} THEN 2 WHEN ${NO_PASSWORD} THEN 1 ELSE 0 END`;
}

const RANKS: Readonly<Record<UserState, number>> = { enabled: 0, noPassword: 1, expired: 2, disabled: 3 };

/** Whether an account has a state at a time. */
export function stateIs(state: UserState, now: number): SQL {
  return sql`${stateRank(now)} = ${RANKS[state]}`;
}

/** Whether an account still runs and ends before a time. */
export function endsWithin(now: number, until: number): SQL {
  return sql`(${users.enabled} AND ${ENDS} > ${now} AND ${ENDS} <= ${until})`;
}
