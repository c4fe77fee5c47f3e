import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Octets and entries under some folder, as they were counted last; what came since is in memory until it is written down. */
const usage = {
  /** Octets of files. */
  octets: integer("octets").notNull().default(0),
  /** Files and folders. */
  entries: integer("entries").notNull().default(0),
  /** Milliseconds since the epoch; null where it was never counted. */
  countedAt: integer("counted_at"),
  /** Something was changed and the numbers were not written down: they are counted anew at the next start. */
  changing: integer("changing", { mode: "boolean" }).notNull().default(false),
};

/** The folder of one person: users, and the guest entry. The row outlives the account, so that nobody inherits its files by taking its name. */
export const filesPeople = sqliteTable(
  "files_people",
  {
    userId: integer("user_id").primaryKey(),
    /** The path below `files/`; kept where the login name changes. */
    folder: text("folder").notNull(),
    /** Limits of this user; null for the setting's. */
    maxOctets: integer("max_octets"),
    maxFiles: integer("max_files"),
    ...usage,
  },
  (table) => [uniqueIndex("files_people_folder").on(table.folder)],
);

/** Folders that several people reach. */
export const filesShared = sqliteTable(
  "files_shared",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** The name under which it appears; `nameKey` is what is compared. */
    name: text("name").notNull(),
    nameKey: text("name_key").notNull(),
    description: text("description").notNull().default(""),
    /** Where it lies below `files/`. */
    folder: text("folder").notNull(),
    /** What everybody who has logged in may do. */
    everybody: text("everybody").$type<"none" | "read" | "write">().notNull().default("none"),
    /** Whether the guest entry reads it. */
    guests: integer("guests", { mode: "boolean" }).notNull().default(false),
    maxOctets: integer("max_octets"),
    maxFiles: integer("max_files"),
    createdAt: integer("created_at").notNull(),
    ...usage,
  },
  (table) => [uniqueIndex("files_shared_name").on(table.nameKey)],
);

/** What single users may do in a shared folder. */
export const filesSharedRights = sqliteTable(
  "files_shared_rights",
  {
    sharedId: integer("shared_id")
      .notNull()
      .references(() => filesShared.id, { onDelete: "cascade" }),
    userId: integer("user_id").notNull(),
    right: text("right").$type<"read" | "write">().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sharedId, table.userId] }),
    index("files_shared_rights_user").on(table.userId),
  ],
);
