import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Senders that were asked to come again (RFC 6647), and those that did. */
export const greylist = sqliteTable(
  "greylist",
  {
    /** A hash of the client's network, the sender and the recipient. */
    key: text("key").primaryKey(),
    /** Milliseconds since the epoch: when it first came, and when it last did. */
    first: integer("first").notNull(),
    passed: integer("passed", { mode: "boolean" }).notNull(),
    last: integer("last").notNull(),
  },
  (table) => [index("greylist_last").on(table.last)],
);

/** What became of the mail of a sender's domain, or of a network, lately. */
export const reputations = sqliteTable("reputations", {
  /** "d:example.org" of a proven domain, "n:192.0.2" of a network. */
  key: text("key").primaryKey(),
  ham: integer("ham").notNull(),
  spam: integer("spam").notNull(),
  /** In days since the epoch. */
  day: integer("day").notNull(),
});
