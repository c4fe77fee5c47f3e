import { blob, integer, primaryKey, real, sqliteTable } from "drizzle-orm/sqlite-core";

/**
 * In how many messages a token was, and what it weighs. The key is profile × 2⁴⁰ + token (tokens.ts): one small row found by its number, as judging a message
 * asks for hundreds.
 */
export const spamTokens = sqliteTable("spam_tokens", {
  id: integer("id").primaryKey(),
  ham: integer("ham").notNull(),
  spam: integer("spam").notNull(),
  /** Its weight in the regression (opinion.ts). */
  weight: real("weight").notNull().default(0),
  /** When a message last brought it, in days since the epoch. */
  day: integer("day").notNull(),
});

/** What is known of a mailbox's junk; profile 0 is what everybody's mail came to. */
export const spamProfiles = sqliteTable("spam_profiles", {
  id: integer("id").primaryKey(),
  /** 0 for everybody's. */
  mailbox: integer("mailbox").notNull().unique(),
  /** Messages that were learned. */
  ham: integer("ham").notNull().default(0),
  spam: integer("spam").notNull().default(0),
  /** The score from which mail goes to Junk here; NULL: as everywhere. */
  junkAt: real("junk_at"),
});

/** Which messages a mailbox has taught, so that none counts twice and each can be taken back. */
export const spamTaught = sqliteTable(
  "spam_taught",
  {
    mailbox: integer("mailbox").notNull(),
    /** The first 16 octets of the hash of its content. */
    hash: blob("hash").$type<Uint8Array>().notNull(),
    spam: integer("spam", { mode: "boolean" }).notNull(),
    /** In days since the epoch. */
    day: integer("day").notNull(),
    /** What it did to the regression, for taking it back (Step in opinion.ts); NULL where it was taught before there was one. */
    marks: integer("marks"),
    step: real("step").notNull().default(0),
    ownStep: real("own_step").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.mailbox, table.hash] })],
);
