import { integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Whose mail a mailbox always wants, or never; mailbox 0 stands for the whole house. */
export const senderWishes = sqliteTable(
  "sender_wishes",
  {
    mailbox: integer("mailbox").notNull(),
    /** An address, a domain, or "*." and a domain, as they are compared. */
    pattern: text("pattern").notNull(),
    wanted: integer("wanted", { mode: "boolean" }).notNull(),
    /** Milliseconds since the epoch. */
    at: integer("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.mailbox, table.pattern] })],
);

/** What else a mailbox wishes of its junk; NULL: as everywhere. */
export const junkWishes = sqliteTable("junk_wishes", {
  mailbox: integer("mailbox").primaryKey(),
  /** Scores. */
  refuseAt: real("refuse_at"),
  quarantineAt: real("quarantine_at"),
});
