import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Times are milliseconds since the epoch in all tables here. */

/** Messages with recipients elsewhere. A row goes with its last recipient, and gives its reference to the content back. */
export const queueMessages = sqliteTable("queue_messages", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  trace: text("trace").notNull(),
  content: integer("content").notNull(),
  /** Octets at the front of the content that stay here: the Return-Path of local deliveries. */
  skip: integer("skip").notNull(),
  /** Trace fields that stand in front of what is sent: only this copy has them. */
  prefix: text("prefix").notNull().default(""),
  /** The mailbox on whose behalf it is sent on; null for what its sender addressed himself. */
  mailbox: integer("mailbox"),
  /** Octets that are sent. */
  size: integer("size").notNull(),
  /** "" is the null reverse-path. */
  reversePath: text("reverse_path").notNull(),
  ret: text("ret").$type<"FULL" | "HDRS">(),
  envid: text("envid"),
  smtputf8: integer("smtputf8", { mode: "boolean" }).notNull(),
  body: text("body").$type<"7BIT" | "8BITMIME" | "BINARYMIME">().notNull(),
  requireTls: integer("require_tls", { mode: "boolean" }).notNull(),
  /** Who sent it, where somebody was logged in. */
  userId: integer("user_id"),
  /** What the client called itself: a report names it. */
  helo: text("helo"),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

/** One recipient of a queued message. */
export const queueRecipients = sqliteTable(
  "queue_recipients",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    messageId: integer("message_id")
      .notNull()
      .references(() => queueMessages.id, { onDelete: "cascade" }),
    address: text("address").notNull(),
    domain: text("domain").notNull(),
    /** Which queue it stands in: a domain, `smarthost`, or `route:` and the route's pattern. */
    destination: text("destination").notNull(),
    state: text("state").$type<RecipientState>().notNull(),
    /** For done: what became of it. */
    result: text("result").$type<"sent" | "failed" | "expired" | "deleted">(),
    attempts: integer("attempts").notNull().default(0),
    nextAttempt: integer("next_attempt").notNull(),
    lastAttempt: integer("last_attempt"),
    /** The last reply or failure in plain words. */
    lastReply: text("last_reply"),
    /** The wishes of RFC 3461 §4.1, separated by commas; empty where there are none. */
    notify: text("notify").notNull().default(""),
    orcpt: text("orcpt"),
    /** The sender was told of the delay. */
    delayTold: integer("delay_told", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    index("queue_recipients_due").on(table.destination, table.state, table.nextAttempt),
    index("queue_recipients_message").on(table.messageId),
  ],
);

/** `sending` becomes `waiting` again when the server starts: nothing was confirmed. */
export type RecipientState = "waiting" | "sending" | "held" | "done";

/** Whom the autoresponder of a mailbox answered, and when last (RFC 3834 §2). */
export const autoReplies = sqliteTable(
  "auto_replies",
  {
    mailbox: integer("mailbox").notNull(),
    /** The return path, folded. */
    sender: text("sender").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.mailbox, table.sender] }),
    index("auto_replies_at").on(table.mailbox, table.at),
  ],
);

/** When the owner of a mailbox was last warned that it is getting full. */
export const quotaWarnings = sqliteTable("quota_warnings", {
  mailbox: integer("mailbox").primaryKey(),
  at: integer("at").notNull(),
});

/** Attempts that did not succeed. */
export const queueAttempts = sqliteTable(
  "queue_attempts",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    messageId: integer("message_id")
      .notNull()
      .references(() => queueMessages.id, { onDelete: "cascade" }),
    at: integer("at").notNull(),
    destination: text("destination").notNull(),
    /** The server that was spoken to, as `name [address]`; null where none was reached. */
    remote: text("remote"),
    /** How many recipients it was about. */
    recipients: integer("recipients").notNull(),
    code: integer("code"),
    enhanced: text("enhanced").notNull(),
    /** In plain words. */
    reply: text("reply").notNull(),
  },
  (table) => [index("queue_attempts_message").on(table.messageId)],
);

/** Recipients elsewhere of what a user handed in, in slots of ten minutes since the epoch. */
export const sentCounts = sqliteTable(
  "sent_counts",
  {
    userId: integer("user_id").notNull(),
    slot: integer("slot").notNull(),
    recipients: integer("recipients").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.slot] }), index("sent_counts_slot").on(table.slot)],
);

/** MTA-STS policies of other domains (RFC 8461), as they were fetched. */
export const stsPolicies = sqliteTable("sts_policies", {
  domain: text("domain").primaryKey(),
  policyId: text("policy_id").notNull(),
  mode: text("mode").$type<"enforce" | "testing" | "none">().notNull(),
  /** One name a line. */
  mx: text("mx").notNull(),
  /** Seconds. */
  maxAge: integer("max_age").notNull(),
  fetchedAt: integer("fetched_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});
