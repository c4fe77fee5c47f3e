import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Finding, HoldReason } from "../judgement.ts";

/** Messages that are held. A row goes with its last recipient, and gives its reference to the content back. Times are milliseconds since the epoch. */
export const heldMessages = sqliteTable(
  "held_messages",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    trace: text("trace").notNull(),
    content: integer("content").notNull(),
    /** Octets at the front of the content that stay here: its Return-Path. */
    skip: integer("skip").notNull(),
    /** Octets. */
    size: integer("size").notNull(),
    reason: text("reason").$type<HoldReason>().notNull(),
    /** Why, in one plain sentence. */
    sentence: text("sentence").notNull(),
    /** The author and the subject, for lists. */
    sender: text("sender").notNull(),
    subject: text("subject").notNull(),
    findings: text("findings", { mode: "json" }).$type<readonly Finding[]>().notNull(),
    /** What transport needs to send it on its way again. */
    envelope: text("envelope", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    at: integer("at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("held_messages_expires").on(table.expiresAt)],
);

/** For whom a message is held. */
export const heldRecipients = sqliteTable(
  "held_recipients",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    message: integer("message")
      .notNull()
      .references(() => heldMessages.id, { onDelete: "cascade" }),
    /** 0 for a recipient elsewhere. */
    mailbox: integer("mailbox").notNull(),
    address: text("address").notNull(),
    /** The wishes of RFC 3461 §4.1, separated by commas; empty where there are none. */
    notify: text("notify").notNull(),
    orcpt: text("orcpt"),
    /** Its owner was told of it by a digest. */
    told: integer("told", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [index("held_recipients_message").on(table.message), index("held_recipients_mailbox").on(table.mailbox)],
);
