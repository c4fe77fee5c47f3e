import { blob, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "../directory/tables.ts";
import type { AppPasswordKeys } from "./app-password.ts";
import type { Service } from "./services.ts";

/**
 * What was held against an address or an account: enough to go on after a restart. Times are milliseconds since the epoch.
 */
export const strikes = sqliteTable(
  "strikes",
  {
    /** `a:` and an IPv4 address or IPv6 /64, or `u:` and a folded login name. */
    key: text("key").primaryKey(),
    /** Strikes not yet forgotten, as of `at`. */
    score: real("score").notNull(),
    at: integer("at").notNull(),
    /** How often it was barred before: each time for longer. */
    bars: integer("bars").notNull(),
    /** Barred until; 0 if not. */
    until: integer("until").notNull(),
    /** Barred since; 0 where that was not noted. */
    since: integer("since").notNull().default(0),
    /** Connections turned away since it was barred. */
    turnedAway: integer("turned_away").notNull().default(0),
    /** The reason of the latest strike. */
    why: text("why").notNull(),
    /** The latest strikes in words, for the page that shows who is barred. */
    evidence: text("evidence", { mode: "json" }).$type<{ at: number; why: string; detail: string }[]>().notNull(),
  },
  (table) => [index("strikes_until").on(table.until)],
);

/** Bars that an administrator set by hand. Times are milliseconds since the epoch. */
export const handBars = sqliteTable("bars", {
  /** `n:` and an address or a network in CIDR notation, or `u:` and a folded login name. */
  subject: text("subject").primaryKey(),
  since: integer("since").notNull(),
  /** Null: until somebody lifts it. */
  until: integer("until"),
  /** Why, in the administrator's words. */
  text: text("why").notNull(),
  /** Who set it. */
  by: text("set_by").notNull(),
  /** Connections turned away since. */
  turnedAway: integer("turned_away").notNull().default(0),
});

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
    /** When the person last showed who he is. */
    provenAt: integer("proven_at").notNull().default(0),
    /** The person asked to stay signed in: the session outlives the browser's closing. */
    remembered: integer("remembered", { mode: "boolean" }).notNull(),
    remote: text("remote").notNull(),
    agent: text("agent").notNull(),
  },
  (table) => [index("web_sessions_user").on(table.user), index("web_sessions_seen").on(table.seenAt)],
);

/** Passwords for one program or device each. Random, so that a plain hash is enough; times as above. */
export const appPasswords = sqliteTable(
  "app_passwords",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    user: integer("user")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** SHA-256 of its letters without spaces. */
    hash: blob("hash").$type<Uint8Array>().notNull(),
    scram: text("scram", { mode: "json" }).$type<AppPasswordKeys>().notNull(),
    services: text("services", { mode: "json" }).$type<Service[]>().notNull(),
    /** From where it is good; empty for everywhere. */
    networks: text("networks", { mode: "json" }).$type<string[]>().notNull(),
    expiresAt: integer("expires_at"),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
    lastUsedService: text("last_used_service"),
    lastUsedRemote: text("last_used_remote"),
  },
  (table) => [index("app_passwords_user").on(table.user)],
);

/** Codes that change every 30 seconds (RFC 6238): one secret a user. */
export const totps = sqliteTable("totps", {
  user: integer("user")
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  /** In base32; null until a code from it was given. */
  secret: text("secret"),
  confirmedAt: integer("confirmed_at"),
  /** The step of the last code that was taken: no code of it or an earlier one is taken again. */
  lastStep: integer("last_step").notNull(),
  /** A secret that was shown and waits for its first code. */
  pending: text("pending"),
  pendingAt: integer("pending_at"),
});

/** Codes on paper, for whoever has lost the rest. A used one is gone. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    user: integer("user")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** SHA-256 of its letters. */
    hash: blob("hash").$type<Uint8Array>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.user, table.hash] })],
);

/** Passkeys (WebAuthn credentials). */
export const passkeys = sqliteTable(
  "passkeys",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    user: integer("user")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The authenticator's name for it, in base64url. */
    credential: text("credential").notNull(),
    /** COSE key. */
    publicKey: blob("public_key").$type<Uint8Array>().notNull(),
    counter: integer("counter").notNull(),
    transports: text("transports", { mode: "json" }).$type<string[]>().notNull(),
    name: text("name").notNull(),
    /** The host name it was made for; browsers use it nowhere else. */
    host: text("host").notNull(),
    /** It is kept in several devices of its owner. */
    synced: integer("synced", { mode: "boolean" }).notNull(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
  },
  (table) => [uniqueIndex("passkeys_credential").on(table.credential), index("passkeys_user").on(table.user)],
);

/** Links under which a new password can be set, once. A used one is gone. */
export const passwordResets = sqliteTable(
  "password_resets",
  {
    /** SHA-256 of the link's token. */
    hash: blob("hash").$type<Uint8Array>().primaryKey(),
    user: integer("user")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** The login name of whoever made it. */
    by: text("made_by").notNull(),
  },
  (table) => [index("password_resets_user").on(table.user)],
);

/** Browsers that are told of new mail by their makers' push services (RFC 8030), as long as their session lasts. */
export const pushSubscriptions = sqliteTable(
  "push_subscriptions",
  {
    /** A session that proves itself anew has a new id. */
    session: blob("session")
      .$type<Uint8Array>()
      .primaryKey()
      .references(() => webSessions.id, { onDelete: "cascade", onUpdate: "cascade" }),
    user: integer("user")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    endpoint: text("endpoint").notNull(),
    p256dh: text("p256dh").notNull(),
    auth: text("auth").notNull(),
    /** In which language its reader is told. */
    language: text("language").notNull(),
    createdAt: integer("created_at").notNull(),
    /** Attempts since the last that came through. */
    failures: integer("failures").notNull().default(0),
  },
  (table) => [index("push_subscriptions_user").on(table.user)],
);

/** With what this server names itself to push services (RFC 8292): one row. */
export const pushKeys = sqliteTable("push_keys", {
  id: integer("id").primaryKey(),
  keys: text("keys", { mode: "json" }).$type<{ privateKey: JsonWebKey; publicKey: string }>().notNull(),
});
