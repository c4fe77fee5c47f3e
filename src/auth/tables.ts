import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * What was held against an address or an account: enough to go on after a restart. Times are milliseconds since the epoch.
 */
export const strikes = sqliteTable(
  "strikes",
  {
    /** `a:` and an IPv4 address or IPv6 /64, or `u:` and a folded login name. */
    key: text("key").primaryKey(),
    /** Strikes not yet forgotten, as of `at`. */
    score: real("score").notNull(),
    at: integer("at").notNull(),
    /** How often it was barred before: each time for longer. */
    bars: integer("bars").notNull(),
    /** Barred until; 0 if not. */
    until: integer("until").notNull(),
    /** The reason of the latest strike. */
    why: text("why").notNull(),
    /** The latest strikes in words, for the page that shows who is barred. */
    evidence: text("evidence", { mode: "json" }).$type<{ at: number; why: string; detail: string }[]>().notNull(),
  },
  (table) => [index("strikes_until").on(table.until)],
);
