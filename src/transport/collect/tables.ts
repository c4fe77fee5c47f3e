import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Times are milliseconds since the epoch in all tables here. */

/** Accounts at other servers whose mail is collected. */
export const collectAccounts = sqliteTable(
  "collect_accounts",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** Where the mail goes, or what of it nobody else gets. */
    mailbox: integer("mailbox").notNull(),
    /** Everything that is set but the secrets. */
    properties: text("properties", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    /** The password, or the token. Kept apart, so that showing an account can never show it. */
    secret: text("secret").notNull(),
    /** What the program proves itself with to whoever gives tokens. */
    clientSecret: text("client_secret").notNull().default(""),
    lastRunAt: integer("last_run_at"),
    /** What the last run came to, in plain words. */
    lastResult: text("last_result").notNull().default(""),
    /** What is wrong, and what to do; empty while nothing is. */
    problem: text("problem").notNull().default(""),
    problemSince: integer("problem_since"),
    /** Runs that failed one after the other. */
    failures: integer("failures").notNull().default(0),
    /** The owner was told of what is wrong. */
    told: integer("told", { mode: "boolean" }).notNull().default(false),
    /** Messages collected in all. */
    collected: integer("collected").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("collect_accounts_mailbox").on(table.mailbox)],
);

/** Every message that was seen at an account and what became of it: written in the commit that accepts it. */
export const collectJournal = sqliteTable(
  "collect_journal",
  {
    /** One that is removed leaves its lines, which go a few at a time. */
    account: integer("account").notNull(),
    /** "" for POP3. */
    folder: text("folder").notNull(),
    /** UIDVALIDITY; 0 for POP3. */
    validity: integer("validity").notNull(),
    /** UID with leading zeros, or UIDL; "" notes that the folder was looked at: with the validity 0, whatever it has now. */
    uid: text("uid").notNull(),
    mailbox: integer("mailbox").notNull(),
    /** Of what the sender wrote, and whom it went to; "" where it was not read. */
    digest: text("digest").notNull(),
    outcome: text("outcome").$type<"taken" | "duplicate" | "skipped" | "left">().notNull(),
    /** Why it was left there. */
    reason: text("reason").notNull().default(""),
    trace: text("trace").notNull().default(""),
    at: integer("at").notNull(),
    /** When it was removed there, or first missed. */
    goneAt: integer("gone_at"),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.folder, table.validity, table.uid] }),
    index("collect_journal_digest").on(table.mailbox, table.digest),
    index("collect_journal_at").on(table.account, table.at),
    // What may be removed there, the oldest first.
    index("collect_journal_there")
      .on(table.account, table.folder, table.validity, table.at)
      .where(sql`gone_at IS NULL AND outcome IN ('taken', 'duplicate')`),
    index("collect_journal_gone").on(table.goneAt),
  ],
);
