import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Sieve scripts of mailboxes, and (mailbox 0) those of the house. */
export const sieveScripts = sqliteTable(
  "sieve_scripts",
  {
    /** Another one with each change of the text. */
    id: integer("id").primaryKey({ autoIncrement: true }),
    mailbox: integer("mailbox").notNull(),
    /** In NFC. */
    name: text("name").notNull(),
    text: text("text").notNull(),
    /** Octets of the text. */
    size: integer("size").notNull(),
    active: integer("active", { mode: "boolean" }).notNull().default(false),
    /** Milliseconds since the epoch. */
    changedAt: integer("changed_at").notNull(),
  },
  (table) => [uniqueIndex("sieve_scripts_name").on(table.mailbox, table.name)],
);

/** What scripts remember: whom a vacation answered, which messages were there already, of what the owner was told. */
export const sieveMemory = sqliteTable(
  "sieve_memory",
  {
    mailbox: integer("mailbox").notNull(),
    kind: text("kind").$type<MemoryKind>().notNull(),
    key: text("key").notNull(),
    /** Milliseconds since the epoch. */
    at: integer("at").notNull(),
    /** When it may be forgotten. */
    until: integer("until").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.mailbox, table.kind, table.key] }),
    index("sieve_memory_until").on(table.until),
    index("sieve_memory_at").on(table.mailbox, table.kind, table.at),
  ],
);

export type MemoryKind = "vacation" | "duplicate" | "notice";
