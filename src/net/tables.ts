import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Certificates with their keys, PEM: the own authority, what it made for this server, and what was brought in. */
export const certificates = sqliteTable("certificates", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  /** One row each of "authority" and "own" at most. */
  kind: text("kind").$type<"authority" | "own" | "uploaded">().notNull(),
  /** Leaf first. */
  chain: text("chain").notNull(),
  /** PKCS #8 */
  key: text("key").notNull(),
  /** Milliseconds since the epoch. */
  createdAt: integer("created_at").notNull(),
});
