import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "../directory/tables.ts";
import type { StoredRule } from "./rule.ts";
import type { StoredUpstream } from "./upstream.ts";

/** Times are milliseconds since the epoch in all tables here. Users in the ledger are ids, also of users that are gone. */

/** Who may reach what, in order. */
export const rules = sqliteTable("gateway_rules", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  position: integer("position").notNull(),
  rule: text("rule", { mode: "json" }).$type<StoredRule>().notNull(),
});

/** Groups of people that rules name. */
export const groups = sqliteTable(
  "gateway_groups",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    nameKey: text("name_key").notNull(),
    description: text("description").notNull(),
  },
  (table) => [uniqueIndex("gateway_groups_name").on(table.nameKey)],
);

export const members = sqliteTable(
  "gateway_members",
  {
    group: integer("group_id")
      .notNull()
      .references(() => groups.id, { onDelete: "cascade" }),
    user: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ columns: [table.group, table.user] }), index("gateway_members_user").on(table.user)],
);

/** Lists of hosts that rules name. */
export const lists = sqliteTable(
  "gateway_lists",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    nameKey: text("name_key").notNull(),
    description: text("description").notNull(),
    /** Where its hosts come from: written here, brought in once, a file of the data folder, or fetched. */
    source: text("source").$type<"text" | "upload" | "file" | "url">().notNull(),
    /** The hosts themselves, the file's path below the data folder, or the address. */
    location: text("location").notNull(),
    /** Hosts that are not in it whatever the source says, one a line. */
    exceptions: text("exceptions").notNull(),
    /** Hours until it is looked for again. */
    everyHours: integer("every_hours").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    /** The content that holds its hashes (name-set.ts). */
    content: integer("content"),
    entries: integer("entries").notNull(),
    /** Lines that could not be read. */
    skipped: integer("skipped").notNull(),
    etag: text("etag"),
    modified: text("modified"),
    checkedAt: integer("checked_at"),
    changedAt: integer("changed_at"),
    /** Why it could not be read the last time; "" if it could. */
    problem: text("problem").notNull(),
  },
  (table) => [uniqueIndex("gateway_lists_name").on(table.nameKey)],
);

/** Other proxies through which some hosts are reached, in order. */
export const upstreams = sqliteTable("gateway_upstreams", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  position: integer("position").notNull(),
  upstream: text("upstream", { mode: "json" }).$type<StoredUpstream>().notNull(),
});

/** What one user, or the guest entry, may transfer; null: what everybody may, 0: no limit. */
export const limits = sqliteTable("gateway_limits", {
  user: integer("user_id")
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  dayMegabytes: integer("day_megabytes"),
  monthMegabytes: integer("month_megabytes"),
  kilobytesPerSecond: integer("kilobytes_per_second"),
  connections: integer("connections"),
});

/** Warnings after which somebody went on. */
export const warnings = sqliteTable(
  "gateway_warnings",
  {
    /** `u:` and a user's id, or `a:` and a client's address. */
    who: text("who").notNull(),
    host: text("host").notNull(),
    until: integer("until").notNull(),
  },
  (table) => [primaryKey({ columns: [table.who, table.host] }), index("gateway_warnings_until").on(table.until)],
);

/** Who went where. */
export const trips = sqliteTable(
  "gateway_trips",
  {
    id: integer("id").primaryKey(),
    /** When it began. */
    at: integer("at").notNull(),
    /** The guest entry's id for guests; 0 for somebody who gave a login name that nobody has. */
    user: integer("user_id").notNull(),
    /** That login name; "" otherwise. */
    typed: text("typed").notNull().default(""),
    client: text("client").notNull(),
    service: text("service").notNull(),
    scheme: text("scheme").notNull(),
    /** "" where so many trips came at once that their hosts were not kept, or nobody had got as far as asking for one. */
    host: text("host").notNull(),
    port: integer("port").notNull(),
    sent: integer("sent").notNull(),
    received: integer("received").notNull(),
    /** Milliseconds. */
    duration: integer("duration").notNull(),
    /** "allowed", the kind of the refusal, or "login" where somebody was turned away before. */
    verdict: text("verdict").notNull(),
    /** The name of the rule that decided; "" for none. */
    rule: text("rule").notNull(),
    /** What was told to whoever was refused, where no rule says it; "" otherwise. */
    why: text("why").notNull().default(""),
    /** Trips that this line stands for. */
    times: integer("times").notNull(),
  },
  (table) => [index("gateway_trips_at").on(table.at)],
);

const sums = {
  trips: integer("trips").notNull(),
  refused: integer("refused").notNull(),
  sent: integer("sent").notNull(),
  received: integer("received").notNull(),
};

/** Totals of a user by day. A day is a number like 20261122, in the server's time zone. */
export const userDays = sqliteTable(
  "gateway_user_days",
  { user: integer("user_id").notNull(), day: integer("day").notNull(), ...sums },
  (table) => [primaryKey({ columns: [table.user, table.day] }), index("gateway_user_days_day").on(table.day)],
);

/** Totals of a host by day; "" for what did not fit into the day's table. */
export const hostDays = sqliteTable(
  "gateway_host_days",
  { day: integer("day").notNull(), host: text("host").notNull(), ...sums },
  (table) => [primaryKey({ columns: [table.day, table.host] })],
);

/** Totals of everybody by hour: milliseconds since the epoch at which it began. */
export const hours = sqliteTable("gateway_hours", { hour: integer("hour").primaryKey(), ...sums });
