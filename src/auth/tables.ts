import { blob, index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
    /** Barred since; 0 where that was not noted. */
    since: integer("since").notNull().default(0),
    /** Connections turned away since it was barred. */
    turnedAway: integer("turned_away").notNull().default(0),
    /** The reason of the latest strike. */
    why: text("why").notNull(),
    /** The latest strikes in words, for the page that shows who is barred. */
    evidence: text("evidence", { mode: "json" }).$type<{ at: number; why: string; detail: string }[]>().notNull(),
  },
  (table) => [index("strikes_until").on(table.until)],
);

/** Bars that an administrator set by hand. Times are milliseconds since the epoch. */
export const handBars = sqliteTable("bars", {
  /** `n:` and an address or a network in CIDR notation, or `u:` and a folded login name. */
  subject: text("subject").primaryKey(),
  since: integer("since").notNull(),
  /** Null: until somebody lifts it. */
  until: integer("until"),
  /** Why, in the administrator's words. */
  text: text("why").notNull(),
  /** Who set it. */
  by: text("set_by").notNull(),
  /** Connections turned away since. */
  turnedAway: integer("turned_away").notNull().default(0),
});

/**
 * Browser sessions. The cookie's token itself is nowhere: `id` is its SHA-256, so that a stolen copy of the file opens
 * no session.
 */
export const webSessions = sqliteTable(
  "web_sessions",
  {
    id: blob("id").$type<Uint8Array>().primaryKey(),
    user: integer("user").notNull(),
    /** The user's password change that the session was opened under; a later change ends the session. */
    passwordChangedAt: integer("password_changed_at"),
    /** Milliseconds since the epoch, as all times here. */
    createdAt: integer("created_at").notNull(),
    seenAt: integer("seen_at").notNull(),
    /** When the person last showed who he is. */
    provenAt: integer("proven_at").notNull().default(0),
    /** The person asked to stay signed in: the session outlives the browser's closing. */
    remembered: integer("remembered", { mode: "boolean" }).notNull(),
    remote: text("remote").notNull(),
    agent: text("agent").notNull(),
  },
  (table) => [index("web_sessions_user").on(table.user), index("web_sessions_seen").on(table.seenAt)],
);
