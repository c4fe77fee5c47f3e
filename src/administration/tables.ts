import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Via } from "./actor.ts";

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
