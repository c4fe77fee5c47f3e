import { blob, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
    /** The person asked to stay signed in: the session outlives the browser's closing. */
    remembered: integer("remembered", { mode: "boolean" }).notNull(),
    remote: text("remote").notNull(),
    agent: text("agent").notNull(),
  },
  (table) => [index("web_sessions_user").on(table.user), index("web_sessions_seen").on(table.seenAt)],
);
