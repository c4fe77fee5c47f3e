import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Posting } from "./later/post.ts";
import type { StoredRoute } from "./routes/rule.ts";

/** Times are milliseconds since the epoch in all tables here. */

/** Messages with recipients elsewhere. A row goes with its last recipient, and gives its reference to the content back. */
export const queueMessages = sqliteTable(
  "queue_messages",
  {
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
    /** It goes even where the policy of its domain cannot be kept to: reports about that must arrive (RFC 8460 §3). */
    tlsOptional: integer("tls_optional", { mode: "boolean" }).notNull().default(false),
    /** Who sent it, where somebody was logged in. */
    userId: integer("user_id"),
    /** What the client called itself: a report names it. */
    helo: text("helo"),
    /** Nobody knows whether its sender is who he says: he hears nothing of what becomes of it. */
    untold: integer("untold", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("queue_messages_trace").on(table.trace)],
);

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
    /** Which queue it stands in: a domain, or one of the keys of route.ts. */
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
    /** For a mailbox here: where its scripts want the message, as JSON; null: where mail goes without scripts. */
    placings: text("placings"),
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

/** Every message that came by, for a while: whose it was and what became of it. What happened on its way stands in the events of its trace. */
export const tracedMessages = sqliteTable(
  "traced_messages",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at").notNull(),
    trace: text("trace").notNull(),
    origin: text("origin").notNull(),
    /** The client's address, and who had logged in. */
    remote: text("remote"),
    login: text("login"),
    /** The reverse-path; "" for reports. */
    sender: text("sender").notNull(),
    /** One a line. */
    recipients: text("recipients").notNull(),
    /** Decoded. */
    subject: text("subject").notNull(),
    /** Without angle brackets; "" where there is none. */
    messageId: text("message_id").notNull(),
    size: integer("size").notNull(),
    result: text("result").$type<TraceResult>().notNull(),
    /** Why it was refused or returned, or what the last server said. */
    reply: text("reply"),
    /** SHA-256 of what the client sent, as long as that client did not show that it heard of the acceptance; null after. */
    unheard: blob("unheard").$type<Uint8Array>(),
  },
  (table) => [
    index("traced_messages_trace").on(table.trace),
    index("traced_messages_unheard").on(table.unheard).where(sql`unheard IS NOT NULL`),
  ],
);

/** What became of a message. Where several things did, the one that somebody would ask about. */
export type TraceResult = "delivered" | "junk" | "held" | "waiting" | "sent" | "returned" | "deleted" | "refused";

/** Other ways for some outgoing mail, in their order. */
export const routes = sqliteTable("routes", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  position: integer("position").notNull(),
  route: text("route", { mode: "json" }).$type<StoredRoute>().notNull(),
});

/** What the tags of return paths are sealed with (SRS, BATV, VERP); the newest is in use. */
export const returnPathKeys = sqliteTable("return_path_keys", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  secret: blob("secret").$type<Uint8Array>().notNull(),
  createdAt: integer("created_at").notNull(),
});

/** Letters that leave later. The octets that will be sent are a content of their own beside the draft. */
export const heldLetters = sqliteTable(
  "held_letters",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    /** The Message-ID without brackets, which is that of the draft. */
    key: text("key").notNull(),
    content: integer("content").notNull(),
    dueAt: integer("due_at").notNull(),
    posting: text("posting", { mode: "json" }).$type<Posting>().notNull(),
    remote: text("remote").notNull(),
    /** Why it could not leave; null while it may. */
    problem: text("problem"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("held_letters_key").on(table.userId, table.key),
    index("held_letters_due").on(table.dueAt).where(sql`problem IS NULL`),
  ],
);

/** Files that lie here for whoever has their address, until they end. */
export const parcels = sqliteTable(
  "parcels",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    /** The secret of its address. */
    token: text("token").notNull(),
    name: text("name").notNull(),
    type: text("type").notNull(),
    content: integer("content").notNull(),
    /** Octets. */
    size: integer("size").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** How often it was fetched, and when last. */
    fetched: integer("fetched").notNull().default(0),
    fetchedAt: integer("fetched_at"),
  },
  (table) => [
    uniqueIndex("parcels_token").on(table.token),
    index("parcels_user").on(table.userId),
    index("parcels_expiry").on(table.expiresAt),
  ],
);
