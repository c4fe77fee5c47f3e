import { blob, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "../directory/tables.ts";
import type { Scope, Via } from "./actor.ts";

/** Who changed what. Rows are only added; whole days go when the time to keep them is over. */
export const audit = sqliteTable(
  "audit",
  {
    id: integer("id").primaryKey(),
    /** Milliseconds since the epoch. */
    at: integer("at").notNull(),
    /** The login name, "console" or "system". */
    actor: text("actor").notNull(),
    via: text("via").$type<Via>().notNull(),
    /** The name of the API token with which it was done. */
    token: text("token"),
    remote: text("remote"),
    /** The operation's name: "user.set". */
    operation: text("operation").notNull(),
    /** What it was done to: "user anna". */
    subject: text("subject").notNull(),
    /** The properties that changed, as they were and as they are. */
    before: text("before", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    after: text("after", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index("audit_at").on(table.at),
    index("audit_actor").on(table.actor),
    index("audit_subject").on(table.subject),
  ],
);

/** What programs prove themselves with to the HTTP API. Random, so that a plain hash is enough; times in milliseconds since the epoch. */
export const apiTokens = sqliteTable(
  "api_tokens",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    user: integer("user")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** SHA-256 of the token. */
    hash: blob("hash").$type<Uint8Array>().notNull(),
    scopes: text("scopes", { mode: "json" }).$type<Scope[]>().notNull(),
    /** From where it is good; empty for everywhere. */
    networks: text("networks", { mode: "json" }).$type<string[]>().notNull(),
    expiresAt: integer("expires_at"),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
    lastUsedRemote: text("last_used_remote"),
  },
  (table) => [uniqueIndex("api_tokens_hash").on(table.hash), index("api_tokens_user").on(table.user)],
);
