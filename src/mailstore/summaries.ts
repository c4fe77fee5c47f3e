/** What was learned from a message when it came in: stored once a content, read in bulk by FETCH and by lists. */
import type { Statement } from "bun:sqlite";
import { hasAttachments } from "../mime/attachments.ts";
import {
  type AddressOrGroup,
  decodeStructure,
  encodeStructure,
  envelopeOf,
  headerOf,
  imapBodyStructure,
  imapEnvelope,
  isGroup,
  rawParameter,
  type Structure,
} from "../mime/mime.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { type Head, headOf } from "./head.ts";
import { Heads } from "./heads.ts";
import { FOLDER_SPAN } from "./keys.ts";

/** What a message list shows. */
export interface Listing {
  /** Milliseconds since the epoch, from the Date field. */
  readonly sentAt: number | undefined;
  readonly subject: string;
  /** Name or address of the author. */
  readonly sender: string;
  /** Names or addresses of To. */
  readonly recipients: string;
  readonly attachments: boolean;
}

interface Summary extends Listing {
  readonly structure: Uint8Array;
  readonly envelope: Uint8Array;
  readonly bodyStructure: Uint8Array;
  readonly head: Head;
}

/** Texts for lists are cut here, in characters. */
const LONGEST_TEXT = 300;
/** Structures kept decoded. */
const MOST_DECODED = 256;
/** What lists show of messages, kept: some hundred octets each. */
const MOST_LISTED = 2_000;

type Column = "envelope" | "body_structure";

/** A row of a bulk reader: UID and text ready to send. */
export type TextRow = [uid: number, text: Uint8Array];

export class Summaries {
  /** What is sorted, threaded and searched by. */
  readonly heads: Heads;
  readonly #insert: Statement;
  readonly #structure: Statement;
  readonly #listing: Statement;
  readonly #one: Record<Column, Statement>;
  readonly #range: Record<Column, Statement>;
  /** Computed once a message, however many mailboxes it goes to. */
  readonly #computed = new WeakMap<Structure, Summary>();
  readonly #decoded = new Map<number, Structure>();
  readonly #listed = new Map<number, Listing>();

  constructor(store: Store) {
    const prepare = (sql: string) => store.client.prepare(sql);
    this.heads = new Heads(store, (content) => this.structure(content));
    this.#insert = prepare(
      `INSERT OR IGNORE INTO summaries
       (content, structure, envelope, body_structure, sent_at, subject, sender, recipients, attachments)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#structure = prepare("SELECT structure FROM summaries WHERE content = ?");
    this.#listing = prepare(
      "SELECT sent_at AS sentAt, subject, sender, recipients, attachments FROM summaries WHERE content = ?",
    );
    const one = (column: Column) => prepare(`SELECT ${column} FROM summaries WHERE content = ?`);
    const range = (column: Column) =>
      prepare(
        `SELECT m.id, s.${column} FROM messages m JOIN summaries s ON s.content = m.content
         WHERE m.id BETWEEN ? AND ? ORDER BY m.id`,
      );
    this.#one = { envelope: one("envelope"), body_structure: one("body_structure") };
    this.#range = { envelope: range("envelope"), body_structure: range("body_structure") };
    const forget = store.client.prepare("DELETE FROM summaries WHERE content = ?");
    store.content.onFree((_tx, content) => {
      this.#decoded.delete(content);
      this.#listed.delete(content);
      forget.run(content);
    });
  }

  /** Works a summary out ahead of the commit that stores it. */
  prepare(structure: Structure): void {
    if (!this.#computed.has(structure)) this.#computed.set(structure, summarise(structure));
  }

  /** What a message that is coming says of others (see `LINK`). */
  linksOf(structure: Structure): Float64Array {
    this.prepare(structure);
    return (this.#computed.get(structure) as Summary).head.links;
  }

  /** Stores the summary of a content; true if it was not there before. */
  put(tx: Tx, content: number, structure: Structure): boolean {
    const summary = this.#computed.get(structure) ?? summarise(structure);
    const fresh =
      this.#insert.run(
        content,
        summary.structure,
        summary.envelope,
        summary.bodyStructure,
        summary.sentAt ?? null,
        summary.subject,
        summary.sender,
        summary.recipients,
        summary.attachments ? 1 : 0,
      ).changes > 0;
    if (fresh) this.heads.put(tx, content, summary.head);
    return fresh;
  }

  /** The parts of a stored message with their offsets. @throws Refusal "notFound" */
  structure(content: number): Structure {
    const known = this.#decoded.get(content);
    if (known !== undefined) return known;
    const row = this.#structure.get(content) as { structure: Uint8Array } | null;
    if (row === null) throw new Refusal("notFound", "This message is no longer stored.");
    const structure = decodeStructure(row.structure);
    if (this.#decoded.size >= MOST_DECODED) this.#decoded.clear();
    this.#decoded.set(content, structure);
    return structure;
  }

  /** What a list shows of a message. */
  listing(content: number): Listing | undefined {
    const known = this.#listed.get(content);
    if (known !== undefined) return known;
    const row = this.#listing.get(content) as (Omit<Listing, "attachments"> & { attachments: number }) | null;
    if (row === null) return undefined;
    const listing = { ...row, sentAt: row.sentAt ?? undefined, attachments: row.attachments === 1 };
    if (this.#listed.size >= MOST_LISTED) this.#listed.clear();
    this.#listed.set(content, listing);
    return listing;
  }

  /** Stored text of one content. */
  text(column: "envelope" | "bodyStructure", content: number): Uint8Array | undefined {
    const row = this.#one[columnOf(column)].values(content)[0];
    return row?.[0] as Uint8Array | undefined;
  }

  /** Stored text of all messages of a folder between two UIDs (inclusive), ascending. For a few hundred at a time. */
  range(column: "envelope" | "bodyStructure", folder: number, first: number, last: number): TextRow[] {
    const base = folder * FOLDER_SPAN;
    const rows = this.#range[columnOf(column)].values(base + first, base + last) as [number, Uint8Array][];
    for (const row of rows) row[0] -= base;
    return rows;
  }
}

function columnOf(column: "envelope" | "bodyStructure"): Column {
  return column === "envelope" ? "envelope" : "body_structure";
}

function summarise(structure: Structure): Summary {
  const envelope = envelopeOf(structure.root);
  return {
    structure: encodeStructure(structure),
    envelope: imapEnvelope(structure.root),
    bodyStructure: imapBodyStructure(structure.root, { extensible: true }),
    sentAt: envelope.date?.time,
    subject: envelope.subject.slice(0, LONGEST_TEXT),
    sender: namesOf(envelope.from.slice(0, 1)),
    recipients: namesOf(envelope.to.slice(0, 20)),
    attachments: hasAttachments(structure),
    head: headOf(headerOf(structure.root), rawParameter(structure.root.params, "charset"), envelope),
  };
}

function namesOf(entries: readonly AddressOrGroup[]): string {
  return entries
    .map((entry) => (isGroup(entry) ? entry.group : entry.name || `${entry.local}@${entry.domain}`))
    .filter((name) => name !== "")
    .join(", ")
    .slice(0, LONGEST_TEXT);
}
