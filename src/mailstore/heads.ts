/**
 * What sorting, threading and searching need of every message's header (head.ts), kept in narrow tables so that a column of
 * 100,000 messages is read in one scan. Written with the message; of messages that came before these tables were, in the
 * background, newest first.
 *
 * A scan gathers a few thousand rows into one blob inside SQLite, because an object for each would cost more than all else.
 */
import type { Statement } from "bun:sqlite";
import { Header } from "../mime/header.ts";
import { rawParameter } from "../mime/parameters.ts";
import type { Structure } from "../mime/structure.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { type Head, headOf, LINK, wholeSearchText } from "./head.ts";
import { FOLDER_SPAN } from "./keys.ts";
import type { View } from "./view.ts";

/** Messages that one scan reads at most: a millisecond or two. */
export const SCAN = 2_000;
/** Octets of a header that are read. */
const LONGEST_HEADER = 262_144;

/** A text to sort by. */
export type SortColumn = "subject" | "sender" | "recipient" | "copy" | "sender_name" | "recipient_name";
/** The fields whose texts are kept for searching. */
export type SearchField = "subject" | "from" | "to" | "cc" | "bcc";

const FIELD_COLUMNS: Readonly<Record<SearchField, string>> = {
  subject: "subject",
  from: "sender",
  to: "recipient",
  cc: "copy",
  bcc: "blind",
};

/** Texts in UTF-8, one after the other with NUL behind each. */
export interface Texts {
  readonly octets: Uint8Array;
  /** Where each ends; the next begins one behind. */
  readonly ends: Uint32Array;
}

/** Stands for a text that is not kept: no UTF-8 begins with it. */
const MISSING = 0xff;
const NAN = Number.NaN;

export class Heads {
  readonly #insertKeys: Statement;
  readonly #insertTexts: Statement;
  readonly #statements = new Map<string, Statement>();
  /** Contents up to this id may have no row yet. */
  #unfilledTo: number;

  constructor(
    private readonly store: Store,
    private readonly structureOf: (content: number) => Structure,
  ) {
    this.#insertKeys = store.client.prepare("INSERT OR IGNORE INTO sort_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    this.#insertTexts = store.client.prepare("INSERT OR IGNORE INTO header_texts VALUES (?, ?, ?, ?, ?, ?)");
    const forget = ["sort_keys", "header_texts"].map((table) =>
      store.client.prepare(`DELETE FROM ${table} WHERE content = ?`),
    );
    store.content.onFree((_tx, content) => {
      for (const statement of forget) statement.run(content);
    });
    const [first, last] = store.client
      .query("SELECT (SELECT min(content) FROM sort_keys), (SELECT max(content) FROM summaries)")
      .values()[0] as [number | null, number | null];
    this.#unfilledTo = first === null ? (last ?? 0) : first - 1;
  }

  /** Keeps a head, inside a commit. */
  put(_tx: Tx, content: number, { sort, search, links }: Head): void {
    this.#insertKeys.run(
      content,
      sort.subject,
      sort.sender,
      sort.recipient,
      sort.copy,
      sort.senderName,
      sort.recipientName,
      new Uint8Array(links.buffer, links.byteOffset, links.byteLength),
    );
    const { subject, sender, recipient, copy, blind } = search;
    this.#insertTexts.run(content, subject ?? null, sender ?? null, recipient ?? null, copy ?? null, blind ?? null);
  }

  /** Contents up to this id were stored before heads were kept, and wait for theirs; 0 where none does. */
  get unfilledTo(): number {
    return this.#unfilledTo;
  }

  /** The next contents that wait for their heads, greatest first; none where all have theirs. */
  waiting(most: number): number[] {
    if (this.#unfilledTo === 0) return [];
    const rows = this.#statement("SELECT content FROM summaries WHERE content <= ? ORDER BY content DESC LIMIT ?");
    const contents = rows.values(this.#unfilledTo, most).map(([content]) => content as number);
    if (contents.length === 0) this.#unfilledTo = 0;
    return contents;
  }

  /** Keeps the head of a content that waits, the greatest of them, inside a commit; then comes `filled`. */
  fill(tx: Tx, content: number): void {
    this.put(tx, content, this.#read(content));
  }

  /** Notes, after the commit, that the contents from this one on have their heads. */
  filled(content: number): void {
    this.#unfilledTo = Math.min(this.#unfilledTo, content - 1);
  }

  /** A text to sort by of the messages at indexes `from` to `to` (exclusive) of a view; at most `SCAN`. */
  sortTexts(column: SortColumn, view: View, from: number, to: number): Texts {
    return this.#texts("sort_keys", column, view, from, to, (content) => this.#sortText(column, content));
  }

  /** The same of one content, as octets. */
  sortText(column: SortColumn, content: number): Uint8Array {
    const row = this.#statement(`SELECT ${column} FROM sort_keys WHERE content = ?`).values(content)[0];
    return Buffer.from(row === undefined ? this.#sortText(column, content) : (row[0] as string));
  }

  #sortText(column: SortColumn, content: number): string {
    const { sort } = this.#read(content);
    if (column === "sender_name") return sort.senderName;
    return column === "recipient_name" ? sort.recipientName : sort[column];
  }

  /** The text of a field to search in, of the messages at indexes `from` to `to` (exclusive); at most `SCAN`. */
  fieldTexts(field: SearchField, view: View, from: number, to: number): Texts {
    return this.#texts("header_texts", FIELD_COLUMNS[field], view, from, to, (content) =>
      this.#fieldText(field, content),
    );
  }

  /** The same of one content. */
  fieldText(field: SearchField, content: number): string {
    const row = this.#statement(`SELECT ${FIELD_COLUMNS[field]} FROM header_texts WHERE content = ?`).values(
      content,
    )[0];
    return (row?.[0] as string | null | undefined) ?? this.#fieldText(field, content);
  }

  #fieldText(field: SearchField, content: number): string {
    const column = FIELD_COLUMNS[field] as keyof Head["search"];
    return this.#read(content).search[column] ?? wholeSearchText(this.#header(content), field);
  }

  /** Links (see `LINK`) of the messages at indexes `from` to `to` (exclusive), one after the other; at most `SCAN`. */
  links(view: View, from: number, to: number): Float64Array {
    const found = this.#gather("sort_keys", "coalesce(k.links, x'000000000000f0bf')", "''", view, from, to);
    const links = found && asNumbers(found);
    if (links !== undefined && !this.#anyMissing(links)) return links;
    const each: Float64Array[] = [];
    for (let index = from; index < to; index++) each.push(this.linksOf(view.contentAt(index)));
    return joined(each);
  }

  /** The links of one content. */
  linksOf(content: number): Float64Array {
    const row = this.#statement("SELECT links FROM sort_keys WHERE content = ?").values(content)[0];
    return row === undefined ? this.#read(content).links : asNumbers(row[0] as Uint8Array);
  }

  #anyMissing(links: Float64Array): boolean {
    for (let at = 0; at < links.length; at += LINK.references + (links[at] as number))
      if (links[at] === -1) return true;
    return false;
  }

  /** Date and day of the Date field (LINK.sentAt, LINK.sentDay), two numbers a message; at most `SCAN` messages. */
  dates(view: View, from: number, to: number): Float64Array {
    const column = "coalesce(substr(k.links, 9, 16), x'ffffffffffffffffffffffffffffffff')";
    const found = this.#gather("sort_keys", column, "''", view, from, to);
    const dates = found === undefined ? new Float64Array((to - from) * 2).fill(NAN) : asNumbers(found);
    const bits = new Uint32Array(dates.buffer, dates.byteOffset, dates.length * 2);
    for (let index = from; index < to; index++) {
      const at = (index - from) * 2;
      if (found !== undefined && bits[at * 2] !== 0xffff_ffff) continue;
      const links = this.linksOf(view.contentAt(index));
      dates[at] = links[LINK.sentAt] as number;
      dates[at + 1] = links[LINK.sentDay] as number;
    }
    return dates;
  }

  #texts(
    table: string,
    column: string,
    view: View,
    from: number,
    to: number,
    missing: (content: number) => string,
  ): Texts {
    const found = this.#gather(table, `coalesce(k.${column}, x'ff')`, "x'00'", view, from, to);
    const texts = found && split(found, to - from);
    const one = this.#statement(`SELECT ${column} FROM ${table} WHERE content = ?`);
    const wanting =
      texts === undefined || Array.from({ length: to - from }, (_, n) => n).some((n) => startsMissing(texts, n));
    if (texts !== undefined && !wanting) return texts;
    const each: Buffer[] = [];
    for (let n = 0; n < to - from; n++) {
      const content = view.contentAt(from + n);
      if (texts !== undefined && !startsMissing(texts, n)) each.push(Buffer.from(textAt(texts, n)));
      else each.push(Buffer.from((one.values(content)[0]?.[0] as string | null | undefined) ?? missing(content)));
      each.push(Buffer.of(0));
    }
    return split(Buffer.concat(each).subarray(0, -1), to - from) as Texts;
  }

  /** A column of messages, joined; undefined where the table is ahead of the view, and holds others than it shows. */
  #gather(
    table: string,
    column: string,
    between: string,
    view: View,
    from: number,
    to: number,
  ): Uint8Array | undefined {
    const gather = this.#statement(
      `SELECT count(*), CAST(group_concat(v, ${between}) AS BLOB) FROM
       (SELECT ${column} AS v FROM messages m LEFT JOIN ${table} k ON k.content = m.content
        WHERE m.id BETWEEN ? AND ? ORDER BY m.id)`,
    );
    const base = view.folderId * FOLDER_SPAN;
    const [count, blob] = gather.values(base + view.uidAt(from), base + view.uidAt(to - 1))[0] as [number, Uint8Array];
    return count === to - from ? (blob ?? new Uint8Array()) : undefined;
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.store.client.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #header(content: number): Header {
    const { bodyStart } = this.structureOf(content).root;
    return new Header(this.store.content.read(content, 0, Math.min(bodyStart, LONGEST_HEADER)));
  }

  /** What would be kept of a content, read from its header; that of an empty header where it went meanwhile. */
  #read(content: number): Head {
    try {
      return headOf(this.#header(content), rawParameter(this.structureOf(content).root.params, "charset"));
    } catch (thrown) {
      if (thrown instanceof Refusal) return headOf(new Header(""));
      throw thrown;
    }
  }
}

/** One of several texts, as octets. */
export function textAt({ octets, ends }: Texts, n: number): Uint8Array {
  return octets.subarray(n === 0 ? 0 : (ends[n - 1] as number) + 1, ends[n]);
}

function startsMissing({ octets, ends }: Texts, n: number): boolean {
  return octets[n === 0 ? 0 : (ends[n - 1] as number) + 1] === MISSING;
}

function split(octets: Uint8Array, count: number): Texts | undefined {
  const ends = new Uint32Array(count);
  for (let n = 0, at = 0; n < count; n++) {
    const end = octets.indexOf(0, at);
    if (end < 0 && n < count - 1) return undefined;
    ends[n] = end < 0 ? octets.length : end;
    at = end + 1;
  }
  return { octets, ends };
}

function asNumbers(octets: Uint8Array): Float64Array {
  return new Float64Array(octets.slice().buffer);
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
