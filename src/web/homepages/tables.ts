import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../directory/tables.ts";

/**
 * Properties that WebDAV clients gave to files and folders of a home-page folder (RFC 4918 §4.2, "dead" ones): kept and given back as they
 * came.
 */
export const davProperties = sqliteTable(
  "dav_properties",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The virtual path, "/" for the folder itself, without a slash at the end. */
    path: text("path").notNull(),
    namespace: text("namespace").notNull(),
    name: text("name").notNull(),
    /** The whole element, each namespace declared in it. */
    element: text("element").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.path, table.namespace, table.name] })],
);
