import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "../../directory/tables.ts";
import type { RunReport } from "./report.ts";

/** Times are milliseconds since the epoch in all tables here. */

/** External user databases: where they are and how their users become users here. */
export const userDatabases = sqliteTable(
  "user_databases",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    nameKey: text("name_key").notNull(),
    /** Asked in this order. */
    position: integer("position").notNull(),
    /** Everything that is set but the password. */
    properties: text("properties", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    /** The password of the bind DN. Kept apart, so that showing a database can never show it. */
    bindPassword: text("bind_password").notNull(),
    /** What the last import or synchronisation did. */
    lastRun: text("last_run", { mode: "json" }).$type<RunReport>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [uniqueIndex("user_databases_name").on(table.nameKey)],
);

/** What is remembered of a user who came from an external database. */
export const externalUsers = sqliteTable("external_users", {
  userId: integer("user_id")
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  /** The account was switched off because the database said so, and is switched on again with it. */
  switchedOff: integer("switched_off", { mode: "boolean" }).notNull(),
});
