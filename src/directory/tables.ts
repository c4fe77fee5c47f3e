import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { ContactCard } from "./contact.ts";
import type { IdentityCard } from "./identities.ts";
import type { Autoresponder, Expiry, Forwarding, Quota } from "./mailbox.ts";
import type { Preferences } from "./preferences.ts";
import type { DirectoryEntry, ExternalIdentity, ScramKeys, UserKind } from "./user.ts";

/** Times are milliseconds since the epoch in all tables here. */

/** People and devices that log in, the guest entry, and templates. */
export const users = sqliteTable(
  "users",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    kind: text("kind").$type<UserKind>().notNull(),
    /** As it was typed; `loginKey` is what is compared. */
    login: text("login").notNull(),
    loginKey: text("login_key").notNull(),
    fullName: text("full_name").notNull(),
    /** Login and full name folded, for searching. */
    searchText: text("search_text").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    /** Names of the permissions that are on. */
    permissions: text("permissions", { mode: "json" }).$type<string[]>().notNull(),
    /** Ids of the domains a delegated administrator looks after; null for everybody else. */
    administers: text("administers", { mode: "json" }).$type<number[]>(),

    passwordHash: text("password_hash"),
    scram: text("scram", { mode: "json" }).$type<ScramKeys>(),
    passwordChangedAt: integer("password_changed_at"),
    /** The strength (0–4) judged when the password was set. */
    passwordScore: integer("password_score"),
    /** The user set the password, not somebody for the user. */
    passwordChosen: integer("password_chosen", { mode: "boolean" }).notNull().default(false),
    mustChangePassword: integer("must_change_password", { mode: "boolean" }).notNull(),
    /** Set where an external user database decides about the password. */
    external: text("external", { mode: "json" }).$type<ExternalIdentity>(),

    webmail: integer("webmail", { mode: "boolean" }).notNull(),
    primaryMailbox: integer("primary_mailbox"),
    /** Folders below `files/` of the data folder. */
    homePageFolder: text("home_page_folder"),
    ftpDirectory: text("ftp_directory"),
    newsRead: text("news_read", { mode: "json" }).$type<string[]>().notNull(),
    newsPost: text("news_post", { mode: "json" }).$type<string[]>().notNull(),

    expiresAt: integer("expires_at"),
    expiresAfterIdleDays: integer("expires_after_idle_days"),
    renewedAt: integer("renewed_at"),
    /** When the user was last told that the account is about to expire. */
    expiryWarnedAt: integer("expiry_warned_at"),

    entry: text("entry", { mode: "json" }).$type<DirectoryEntry>().notNull(),

    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    lastLoginAt: integer("last_login_at"),
    lastLoginService: text("last_login_service"),
    lastLoginRemote: text("last_login_remote"),
  },
  (table) => [
    uniqueIndex("users_login").on(table.loginKey),
    /** Names are completed by a look through this index alone. */
    index("users_search").on(table.kind, table.enabled, table.searchText),
    uniqueIndex("users_guest").on(table.kind).where(sql`kind = 'guest'`),
  ],
);

/** What is local. */
export const domains = sqliteTable(
  "domains",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** Lower-case A-labels. */
    name: text("name").notNull(),
    description: text("description").notNull(),
    /** Whether users of this domain may change their own password in webmail. */
    passwordChange: integer("password_change", { mode: "boolean" }).notNull(),
    unknownRecipients: text("unknown_recipients").$type<"refuse" | "bounce" | "mailbox" | "relay">().notNull(),
    /** Where mail for unknown recipients goes if `unknownRecipients` is "mailbox". */
    catchAllMailbox: integer("catch_all_mailbox"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("domains_name").on(table.name)],
);

/** Further names of a domain: the same local parts reach the same mailboxes. */
export const domainAliases = sqliteTable("domain_aliases", {
  name: text("name").primaryKey(),
  domainId: integer("domain_id")
    .notNull()
    .references(() => domains.id, { onDelete: "cascade" }),
});

/** Limits and maintenance that a set of mailboxes shares. */
export const mailGroups = sqliteTable(
  "mail_groups",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    nameKey: text("name_key").notNull(),
    description: text("description").notNull(),
    quota: text("quota", { mode: "json" }).$type<Quota>().notNull(),
    expiry: text("expiry", { mode: "json" }).$type<Expiry>().notNull(),
  },
  (table) => [uniqueIndex("mail_groups_name").on(table.nameKey)],
);

/** Addressable stores of mail. */
export const mailboxes = sqliteTable(
  "mailboxes",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    ownerId: integer("owner_id")
      .notNull()
      .references(() => users.id),
    groupId: integer("group_id").references(() => mailGroups.id, { onDelete: "set null" }),
    description: text("description").notNull(),
    /** A name and password of its own, for reading this mailbox alone over POP3 and IMAP. */
    login: text("login"),
    loginKey: text("login_key"),
    passwordHash: text("password_hash"),
    scram: text("scram", { mode: "json" }).$type<ScramKeys>(),
    passwordChangedAt: integer("password_changed_at"),
    quota: text("quota", { mode: "json" }).$type<Quota>().notNull(),
    forwarding: text("forwarding", { mode: "json" }).$type<Forwarding>().notNull(),
    autoresponder: text("autoresponder", { mode: "json" }).$type<Autoresponder>().notNull(),
    expiry: text("expiry", { mode: "json" }).$type<Expiry>().notNull(),
    /** Whoever the mailbox is shared with has read marks of his own. */
    ownReadMarks: integer("own_read_marks", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("mailboxes_login").on(table.loginKey), index("mailboxes_owner").on(table.ownerId)],
);

/** Addresses of mailboxes. One address may stand on several mailboxes: all of them get the mail. */
export const addresses = sqliteTable(
  "addresses",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** As it was typed, in NFC; `localKey` is what is compared. */
    localPart: text("local_part").notNull(),
    localKey: text("local_key").notNull(),
    domainId: integer("domain_id")
      .notNull()
      .references(() => domains.id),
    mailboxId: integer("mailbox_id")
      .notNull()
      .references(() => mailboxes.id),
    /** The mailbox's return address. */
    primary: integer("is_primary", { mode: "boolean" }).notNull(),
    /** The address ends by itself at this time. */
    expiresAt: integer("expires_at"),
    note: text("note").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("addresses_address").on(table.localKey, table.domainId, table.mailboxId),
    index("addresses_mailbox").on(table.mailboxId),
    index("addresses_domain").on(table.domainId),
    /** Patterns: found without a look at all other addresses of the domain. */
    index("addresses_wildcard").on(table.domainId).where(sql`instr(local_key, '*') > 0`),
    /** What ends by itself. */
    index("addresses_ending").on(table.expiresAt).where(sql`expires_at IS NOT NULL`),
    uniqueIndex("addresses_primary").on(table.mailboxId).where(sql`is_primary = 1`),
  ],
);

/** Which users, besides its owner, reach a whole mailbox, with RFC 4314 rights. */
export const mailboxShares = sqliteTable(
  "mailbox_shares",
  {
    mailboxId: integer("mailbox_id")
      .notNull()
      .references(() => mailboxes.id, { onDelete: "cascade" }),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    rights: text("rights").notNull(),
  },
  (table) => [primaryKey({ columns: [table.mailboxId, table.userId] }), index("mailbox_shares_user").on(table.userId)],
);

/** People outside: contacts that everybody here sees (no owner), and those of one user. */
export const contacts = sqliteTable(
  "contacts",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** Null for what is shared with everybody here. */
    ownerId: integer("owner_id").references(() => users.id, { onDelete: "cascade" }),
    /** Names the contact for programs that keep a copy (UID of RFC 6350 §6.7.6). */
    uid: text("uid").notNull(),
    /** Under which name it is listed, folded. */
    sortKey: text("sort_key").notNull(),
    /** Names, organisation and addresses folded, for searching. */
    searchText: text("search_text").notNull(),
    card: text("card", { mode: "json" }).$type<ContactCard>().notNull(),
    /** Grows with every change of any contact: who knows a number asks for what is above it. */
    sequence: integer("sequence").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** What is left of a removed contact is who it was: programs that keep a copy learn that it is gone. */
    removed: integer("removed", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    uniqueIndex("contacts_uid").on(table.ownerId, table.uid),
    uniqueIndex("contacts_shared_uid").on(table.uid).where(sql`owner_id IS NULL`),
    index("contacts_listed").on(table.ownerId, table.removed, table.sortKey, table.searchText),
    index("contacts_sequence").on(table.sequence),
  ],
);

/** The addresses of contacts, so that it is found at once whether somebody is among them. */
export const contactAddresses = sqliteTable(
  "contact_addresses",
  {
    /** Folded. */
    addressKey: text("address_key").notNull(),
    /** 0 for what is shared with everybody here. */
    ownerId: integer("owner_id").notNull(),
    contactId: integer("contact_id")
      .notNull()
      .references(() => contacts.id, { onDelete: "cascade" }),
  },
  (table) => [
    primaryKey({ columns: [table.addressKey, table.ownerId, table.contactId] }),
    index("contact_addresses_of").on(table.contactId),
  ],
);

/** Whom a user wrote to. */
export const correspondents = sqliteTable(
  "correspondents",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The address folded. */
    addressKey: text("address_key").notNull(),
    address: text("address").notNull(),
    name: text("name").notNull(),
    /** Name and address folded, for searching. */
    searchText: text("search_text").notNull(),
    times: integer("times").notNull(),
    lastAt: integer("last_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.addressKey] }),
    index("correspondents_last").on(table.userId, table.lastAt),
  ],
);

/** How users want their pages. */
export const userPreferences = sqliteTable("user_preferences", {
  userId: integer("user_id")
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  /** What was chosen; everything else is as the program has it. */
  wishes: text("wishes", { mode: "json" }).$type<Partial<Preferences>>().notNull(),
});

/** What users look for in their mail: searches that are kept, and earlier ones. */
export const searches = sqliteTable(
  "searches",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** "" for an earlier search that nobody keeps. */
    name: text("name").notNull(),
    query: text("query").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [index("searches_user").on(table.userId, table.at)],
);

/** What users say of the addresses they write from. */
export const identities = sqliteTable(
  "identities",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The address folded. */
    addressKey: text("address_key").notNull(),
    address: text("address").notNull(),
    /** New messages begin with it; of one user's, one at most. */
    isDefault: integer("is_default", { mode: "boolean" }).notNull(),
    card: text("card", { mode: "json" }).$type<Partial<IdentityCard>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.addressKey] })],
);

/** Senders whose pictures users want to see without being asked. */
export const pictureSenders = sqliteTable(
  "picture_senders",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The address folded. */
    addressKey: text("address_key").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.addressKey] })],
);

/** Templates of letters. */
export const letterTemplates = sqliteTable(
  "letter_templates",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    subject: text("subject").notNull(),
    text: text("text").notNull(),
    html: text("html").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("letter_templates_user").on(table.userId)],
);
