import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * One stored sequence of octets. `hash` is null only while a large content is still being received; such rows have no
 * references and are swept away when the store is opened.
 */
export const contents = sqliteTable(
  "contents",
  {
    id: integer("id").primaryKey(),
    hash: blob("hash").$type<Uint8Array>(),
    /** Octets, uncompressed. */
    size: integer("size").notNull(),
    /** Octets in the first chunk, where others follow it; a head may have made it longer. */
    lead: integer("lead").notNull().default(131_072),
    refs: integer("refs").notNull(),
  },
  (table) => [uniqueIndex("contents_hash").on(table.hash)],
);

/** The octets of a content, 128 KiB a row; the key is content id × 65536 + chunk number, so that a content lies together. */
export const chunks = sqliteTable("chunks", {
  id: integer("id").primaryKey(),
  /** True where `data` is a zstd frame. */
  compressed: integer("compressed", { mode: "boolean" }).notNull(),
  data: blob("data").$type<Uint8Array>().notNull(),
});

/** One row for each settings group that differs from its defaults. */
export const settings = sqliteTable("settings", {
  name: text("name").primaryKey(),
  value: text("value", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
});

/** The log of what happened. */
export const events = sqliteTable(
  "events",
  {
    id: integer("id").primaryKey(),
    /** Milliseconds since the epoch. */
    at: integer("at").notNull(),
    level: text("level").$type<"debug" | "info" | "warn" | "error">().notNull(),
    room: text("room").notNull(),
    name: text("name").notNull(),
    trace: text("trace"),
    session: text("session"),
    user: text("user"),
    remote: text("remote"),
    text: text("text"),
    data: text("data", { mode: "json" }).$type<Record<string, unknown>>(),
  },
  (table) => [
    index("events_trace").on(table.trace),
    index("events_at").on(table.at),
    index("events_user").on(table.user, table.room).where(sql`user IS NOT NULL`),
  ],
);

/** Values that a room keeps beside its tables: counters, keys, marks of progress. */
export const facts = sqliteTable(
  "facts",
  {
    room: text("room").notNull(),
    name: text("name").notNull(),
    value: text("value", { mode: "json" }).$type<unknown>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.room, table.name] })],
);
