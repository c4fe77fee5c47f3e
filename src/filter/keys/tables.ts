import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Times are milliseconds since the epoch in all tables here. */

/** The keys with which mail of local domains is signed (RFC 6376 §3.6). */
export const dkimKeys = sqliteTable(
  "dkim_keys",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** Row of the local domain; what belongs to a domain that is gone is removed. */
    domainId: integer("domain_id").notNull(),
    selector: text("selector").notNull(),
    algorithm: text("algorithm").$type<KeyAlgorithm>().notNull(),
    /** PKCS #8, base64 of DER; "" once the key signs no more. */
    privateKey: text("private_key").notNull(),
    /** The value of p= in the DNS. */
    publicKey: text("public_key").notNull(),
    state: text("state").$type<KeyState>().notNull(),
    /** The names of the domain at which the record was seen. */
    published: text("published", { mode: "json" }).$type<readonly string[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    /** When it began to sign. */
    usedAt: integer("used_at"),
    /** When another took its place. */
    retiredAt: integer("retired_at"),
    /** When the DNS was last asked. */
    checkedAt: integer("checked_at"),
    /** What is wrong with the record, in plain words; "" where nothing is. */
    problem: text("problem").notNull().default(""),
  },
  (table) => [
    uniqueIndex("dkim_keys_selector").on(table.domainId, table.selector),
    index("dkim_keys_domain").on(table.domainId, table.state),
  ],
);

export type KeyAlgorithm = "rsa-sha256" | "ed25519-sha256";

/** Waiting for its record in the DNS; signing; kept in the DNS for mail that is on its way. */
export type KeyState = "new" | "signing" | "retired";
