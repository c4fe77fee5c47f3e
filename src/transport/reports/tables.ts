import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Times are milliseconds since the epoch, days are counted since it. */

/** Reports of other servers, as they came to the addresses for reports. */
export const receivedReports = sqliteTable(
  "received_reports",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    kind: text("kind").$type<"dmarc" | "tls">().notNull(),
    /** Not looked into yet, or read. */
    state: text("state").$type<"new" | "read">().notNull(),
    /** The message it came in. */
    content: integer("content").notNull(),
    trace: text("trace").notNull(),
    /** The address it came to. */
    address: text("address").notNull(),
    reversePath: text("reverse_path").notNull(),
    /** The domain that the message proves to be from; "" where it proves nothing: then it counts for nothing. */
    proven: text("proven").notNull(),
    receivedAt: integer("received_at").notNull(),
    /** The domain here that it is about; "" until it is read, as all that follows. */
    domain: text("domain").notNull().default(""),
    organization: text("organization").notNull().default(""),
    reportId: text("report_id").notNull().default(""),
    beginAt: integer("begin_at").notNull().default(0),
    endAt: integer("end_at").notNull().default(0),
    /** What the reporter found: of DMARC p=, of TLS what it went by. */
    policy: text("policy").notNull().default(""),
    /** Messages or sessions. */
    passed: integer("passed").notNull().default(0),
    failed: integer("failed").notNull().default(0),
  },
  (table) => [
    index("received_reports_domain").on(table.domain, table.kind, table.endAt),
    index("received_reports_state").on(table.state),
    index("received_reports_time").on(table.receivedAt),
  ],
);

/** What one source sent in the domain's name, as one report has it. */
export const reportSources = sqliteTable(
  "report_sources",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    report: integer("report")
      .notNull()
      .references(() => receivedReports.id, { onDelete: "cascade" }),
    source: text("source").notNull(),
    count: integer("count").notNull(),
    disposition: text("disposition").$type<"none" | "quarantine" | "reject">().notNull(),
    /** Passed and aligned. */
    dkim: integer("dkim", { mode: "boolean" }).notNull(),
    spf: integer("spf", { mode: "boolean" }).notNull(),
    override: text("override").notNull(),
    headerFrom: text("header_from").notNull(),
    /** Domains whose signatures held, and those whose did not, separated by blanks. */
    signed: text("signed").notNull(),
    broken: text("broken").notNull(),
    /** The domain for which SPF passed; "" where it did not. */
    sender: text("sender").notNull(),
  },
  (table) => [index("report_sources_report").on(table.report)],
);

/** What went wrong with TLS, as one report has it. */
export const reportFailures = sqliteTable(
  "report_failures",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    report: integer("report")
      .notNull()
      .references(() => receivedReports.id, { onDelete: "cascade" }),
    policy: text("policy").notNull(),
    /** As RFC 8460 §4.3 calls it. */
    type: text("type").notNull(),
    server: text("server").notNull(),
    sender: text("sender").notNull(),
    count: integer("count").notNull(),
    reason: text("reason").notNull(),
  },
  (table) => [index("report_failures_report").on(table.report)],
);

/** What this server will report to others: how often the same happened on a day. */
export const reportCounts = sqliteTable(
  "report_counts",
  {
    kind: text("kind").$type<"dmarc" | "tls">().notNull(),
    day: integer("day").notNull(),
    /** The domain whose policy it is. */
    domain: text("domain").notNull(),
    /** What happened, in JSON. */
    line: text("line").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.day, table.domain, table.line] })],
);

/** Reports that this server sent, or could not send. */
export const sentReports = sqliteTable(
  "sent_reports",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    kind: text("kind").$type<"dmarc" | "tls">().notNull(),
    day: integer("day").notNull(),
    domain: text("domain").notNull(),
    at: integer("at").notNull(),
    /** Where it went, separated by blanks; "" where it went nowhere. */
    destinations: text("destinations").notNull(),
    /** What became of it, in one sentence. */
    outcome: text("outcome").notNull(),
    /** Messages or sessions that it tells of. */
    told: integer("told").notNull(),
    trace: text("trace").notNull().default(""),
  },
  (table) => [index("sent_reports_time").on(table.at)],
);
