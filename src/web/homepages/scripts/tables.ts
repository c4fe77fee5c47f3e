import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { users } from "../../../directory/tables.ts";

/** What the pages of a user keep: `store` in scripts. */
export const pageValues = sqliteTable(
  "page_values",
  {
    owner: integer("owner")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    key: text("key").notNull(),
    /** JSON. */
    value: text("value").notNull(),
    /** Of key and value together; summed up from the index alone. */
    octets: integer("octets").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.owner, table.key] }),
    index("page_values_octets").on(table.owner, table.octets),
  ],
);
