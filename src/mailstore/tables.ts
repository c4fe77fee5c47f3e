import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What IMAP calls a mailbox. The counters are kept by every change, so that STATUS costs one row. */
export const folders = sqliteTable(
  "folders",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    mailbox: integer("mailbox").notNull(),
    /** UTF-8 in NFC, levels separated by "/". A name that begins with NUL is a deleted folder being emptied. */
    name: text("name").notNull(),
    uidValidity: integer("uid_validity").notNull(),
    uidNext: integer("uid_next").notNull().default(1),
    highestModseq: integer("highest_modseq").notNull().default(1),
    /** The attribute of RFC 6154 without its backslash. */
    specialUse: text("special_use"),
    subscribed: integer("subscribed", { mode: "boolean" }).notNull().default(true),
    messages: integer("messages").notNull().default(0),
    unseen: integer("unseen").notNull().default(0),
    /** Messages with \Deleted. */
    deleted: integer("deleted").notNull().default(0),
    /** Octets. */
    size: integer("size").notNull().default(0),
    /** UIDs from here on were in no IMAP session's \Recent yet. */
    recentUid: integer("recent_uid").notNull().default(1),
    /** At this mod-sequence all flags may have become others for those who read, though no message changed. */
    flagsSince: integer("flags_since").notNull().default(0),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("folders_name").on(table.mailbox, table.name)],
);

/** How much lies in a mailbox, all folders together. A mailbox of an earlier version gets its row with its first change. */
export const usage = sqliteTable("usage", {
  mailbox: integer("mailbox").primaryKey(),
  messages: integer("messages").notNull(),
  /** Octets. */
  size: integer("size").notNull(),
});

/** Subscriptions to names that do not exist as folders (RFC 9051 §6.3.7 lets them stay). */
export const subscriptions = sqliteTable(
  "subscriptions",
  { mailbox: integer("mailbox").notNull(), name: text("name").notNull() },
  (table) => [primaryKey({ columns: [table.mailbox, table.name] })],
);

/**
 * A message in a folder. The key is folder id × 2³² + UID: a folder's messages lie together in UID order, and opening a
 * folder is one range scan over small rows.
 */
export const messages = sqliteTable(
  "messages",
  {
    id: integer("id").primaryKey(),
    content: integer("content").notNull(),
    modseq: integer("modseq").notNull(),
    /** System flags: 1 \Seen, 2 \Answered, 4 \Flagged, 8 \Deleted, 16 \Draft. */
    flags: integer("flags").notNull(),
    /** Keywords, sorted, separated by a space; empty for none. */
    keywords: text("keywords").notNull().default(""),
    /** Octets. */
    size: integer("size").notNull(),
    /** Milliseconds since the epoch: what IMAP calls INTERNALDATE. */
    internalDate: integer("internal_date").notNull(),
    /** Milliseconds since the epoch: when it came into this folder (RFC 8514). */
    savedDate: integer("saved_date").notNull(),
  },
  // What would go with EXPUNGE (RFC 9208 §4.1.4) is asked for by STATUS: few rows, found without reading all.
  (table) => [index("messages_deleted").on(table.id, table.size).where(sql`flags & 8`)],
);

/** UIDs that were expunged, with the mod-sequence at which that happened (RFC 7162). */
export const expunged = sqliteTable(
  "expunged",
  { folder: integer("folder").notNull(), modseq: integer("modseq").notNull(), uid: integer("uid").notNull() },
  (table) => [primaryKey({ columns: [table.folder, table.modseq, table.uid] })],
);

/** What messages begin with (RFC 8970), once a content. */
export const previews = sqliteTable("previews", {
  content: integer("content").primaryKey(),
  words: text("words").notNull(),
});

/** What was learned from a content when it came in; one row however many folders hold it. */
export const summaries = sqliteTable("summaries", {
  content: integer("content").primaryKey(),
  /** Parts with their offsets, in the compact form of the mime room. */
  structure: blob("structure").$type<Uint8Array>().notNull(),
  /** IMAP ENVELOPE, ready to send. */
  envelope: blob("envelope").$type<Uint8Array>().notNull(),
  /** IMAP BODYSTRUCTURE, ready to send. */
  bodyStructure: blob("body_structure").$type<Uint8Array>().notNull(),
  /** The Date field, milliseconds since the epoch, where it can be read. */
  sentAt: integer("sent_at"),
  /** Decoded, for lists. */
  subject: text("subject").notNull(),
  /** Name or address of the first author, for lists. */
  sender: text("sender").notNull(),
  /** Names or addresses of To, for lists. */
  recipients: text("recipients").notNull(),
  attachments: integer("attachments", { mode: "boolean" }).notNull(),
});

/**
 * What SORT and THREAD go by (RFC 5256), one row a content. Texts are mapped for the comparator i;unicode-casemap (RFC 5051):
 * their octets sort as it says.
 */
export const sortKeys = sqliteTable("sort_keys", {
  content: integer("content").primaryKey(),
  /** The base subject. */
  subject: text("subject").notNull(),
  /** Local parts of the first From, To and Cc. */
  sender: text("sender").notNull(),
  recipient: text("recipient").notNull(),
  copy: text("copy").notNull(),
  /** What is shown of the first From and To (RFC 5957). */
  senderName: text("sender_name").notNull(),
  recipientName: text("recipient_name").notNull(),
  /** Dates, and hashes of the message's identifier and references, as numbers of 8 octets: head.ts says which. */
  links: blob("links").$type<Uint8Array>().notNull(),
});

/** Fields that are searched often, mapped for the comparator; NULL where one is too long, and is read instead. */
export const headerTexts = sqliteTable("header_texts", {
  content: integer("content").primaryKey(),
  subject: text("subject"),
  /** From. */
  sender: text("sender"),
  /** To. */
  recipient: text("recipient"),
  /** Cc. */
  copy: text("copy"),
  /** Bcc. */
  blind: text("blind"),
});

/** Contents that the search index does not cover: searched by reading them. */
export const unindexed = sqliteTable(
  "unindexed",
  {
    content: integer("content").primaryKey(),
    /** True where the text is too long for the index, and the content stays here. */
    oversize: integer("oversize", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [index("unindexed_waiting").on(table.oversize)],
);

/** Rights on single folders (RFC 4314), beside those on whole mailboxes that the directory keeps. */
export const folderGrants = sqliteTable(
  "folder_grants",
  {
    folder: integer("folder").notNull(),
    /** A user's id, or that of the entry which stands for anyone. */
    user: integer("user").notNull(),
    /** What is taken away from whoever has it otherwise (an identifier that begins with "-"). */
    negative: integer("negative", { mode: "boolean" }).notNull(),
    rights: text("rights").notNull(),
  },
  (table) => [
    uniqueIndex("folder_grants_entry").on(table.folder, table.user, table.negative),
    index("folder_grants_user").on(table.user, table.folder),
  ],
);

/**
 * Which messages a reader has seen, in mailboxes in which each reader has marks of his own: a bit a message, in rows of 4,096
 * UIDs each, so that a mark costs one small row however large the folder is.
 */
export const readMarks = sqliteTable(
  "read_marks",
  {
    folder: integer("folder").notNull(),
    /** UID ÷ 4,096. */
    span: integer("span").notNull(),
    user: integer("user").notNull(),
    /** Bit UID mod 4,096, lowest bit of the first octet first; zero octets at the end are left out. */
    bits: blob("bits").$type<Uint8Array>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.folder, table.span, table.user] })],
);

/** What clients keep with folders, and with the account as a whole (RFC 5464). */
export const annotations = sqliteTable(
  "annotations",
  {
    /** 0 for the account as a whole. */
    folder: integer("folder").notNull(),
    /** 0 for what is shared. */
    user: integer("user").notNull(),
    /** In small letters. */
    entry: text("entry").notNull(),
    value: blob("value").$type<Uint8Array>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.folder, table.user, table.entry] }),
    index("annotations_user").on(table.user),
  ],
);

/**
 * Messages that were deleted for good a moment ago, and can be called back for as long: each holds its content. What a stop of the
 * program left goes at the next start.
 */
export const reprieved = sqliteTable(
  "reprieved",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** Deleted together. */
    batch: integer("batch").notNull(),
    content: integer("content").notNull(),
    flags: integer("flags").notNull(),
    keywords: text("keywords").notNull(),
    /** Milliseconds since the epoch. */
    internalDate: integer("internal_date").notNull(),
  },
  (table) => [index("reprieved_batch").on(table.batch)],
);

/** Messages that come back to a folder at a time of their reader's choice. The key is that of the message. */
export const snoozed = sqliteTable(
  "snoozed",
  {
    id: integer("id").primaryKey(),
    /** The folder to which it comes back. */
    back: integer("back").notNull(),
    /** Milliseconds since the epoch. */
    due: integer("due").notNull(),
  },
  (table) => [index("snoozed_due").on(table.due)],
);

/** Conversations that somebody wants to hear no more of: the messages in them and those they name, as hashes of their identifiers. */
export const muted = sqliteTable(
  "muted",
  {
    mailbox: integer("mailbox").notNull(),
    link: integer("link").notNull(),
    /** Milliseconds since the epoch: when it was last heard of. */
    at: integer("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.mailbox, table.link] }), index("muted_at").on(table.at)],
);

/** What keywords are called and how they look, in a mailbox; one that is not here goes by its own name. */
export const labels = sqliteTable(
  "labels",
  {
    mailbox: integer("mailbox").notNull(),
    /** As it was first written; another case is the same keyword (RFC 9051 §2.3.2). */
    keyword: text("keyword").notNull(),
    name: text("name").notNull(),
    /** One of eight colours. */
    tone: integer("tone").notNull(),
  },
  (table) => [primaryKey({ columns: [table.mailbox, table.keyword] })],
);
