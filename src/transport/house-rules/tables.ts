import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { StoredRule } from "./rule.ts";

/** Times are milliseconds since the epoch in all tables here. */

/** Addresses from or to which no mail is taken, and those that are excepted. */
export const barred = sqliteTable(
  "barred",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    side: text("side").$type<"sender" | "recipient">().notNull(),
    /** Mail from outside, mail of people here, or both. */
    direction: text("direction").$type<"in" | "out" | "both">().notNull(),
    action: text("action").$type<"bar" | "allow">().notNull(),
    /** In the form of `pattern.ts`. */
    pattern: text("pattern").notNull(),
    /** Under what it is looked up: see `pattern.ts`. */
    bucket: text("bucket").notNull(),
    /** What the other server is told; empty: the usual sentence. */
    text: text("text").notNull(),
    note: text("note").notNull(),
    hits: integer("hits").notNull().default(0),
    lastHitAt: integer("last_hit_at"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("barred_bucket").on(table.bucket, table.side),
    uniqueIndex("barred_pattern").on(table.pattern, table.side, table.direction),
    index("barred_action").on(table.action, table.id),
  ],
);

/** What is done with messages that fit, in order. */
export const houseRules = sqliteTable("house_rules", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  position: integer("position").notNull(),
  rule: text("rule", { mode: "json" }).$type<StoredRule>().notNull(),
  hits: integer("hits").notNull().default(0),
  lastHitAt: integer("last_hit_at"),
});

/** Where copies of mail go that is kept for the record. */
export const journals = sqliteTable("journals", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  /** Mail from outside, mail of people here, or both. */
  direction: text("direction").$type<"in" | "out" | "both">().notNull(),
  /** A domain or an address whose mail it is about; empty: everything. */
  about: text("about").notNull(),
  /** A mailbox here; else `address`. */
  mailbox: integer("mailbox"),
  /** An address elsewhere; "" where it is a mailbox here. */
  address: text("address").notNull(),
  note: text("note").notNull(),
  /** Seals the mark of its copies, by which one that comes back is known. */
  secret: text("secret").notNull(),
  copies: integer("copies").notNull().default(0),
  createdAt: integer("created_at").notNull(),
});
