/**
 * How each FETCH item gets its value and sends it. Values are read before anything of the message's response has been
 * sent, so that a message which cannot be read spoils no line; only long content is read while it is sent.
 */
import type { FlagSet } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { emailIdOf, threadIdOf } from "../../mailstore/object-ids.ts";
import type { TextRow } from "../../mailstore/summaries.ts";
import { imapBodyStructure } from "../../mime/imap-text.ts";
import { locateSection, selectFields } from "../../mime/section.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { type Decoded, decodedPart } from "./binary.ts";
import type { FetchItem, OctetRange, Section, SectionText } from "./fetch-items.ts";
import { dateTimeOf, type Output, stringOf } from "./respond.ts";
import type { Selected } from "./sync.ts";

/** Up to this many octets are read at once; longer content is streamed. */
const READ_AT_ONCE = 262_144;
/** UIDs may lie so far apart on average for their rows to be read as one range. */
const MOST_APART = 16;

/** Where FETCH reads. */
export interface FetchGround {
  readonly store: Store;
  readonly mailstore: Mailstore;
  readonly selected: Selected;
  readonly out: Output;
  /** Whoever is shown flags is shown all there is to report of a message: no mod-sequence is left out. */
  readonly showsAll: boolean;
}

/** The message whose response is being made. */
export interface Row {
  readonly uid: number;
  readonly index: number;
  /** Content id. */
  readonly content: number;
}

/** One item: reads its value of a message, then sends it with its name. */
export interface Value {
  /** Called for each batch of ascending UIDs before their messages. */
  batch?(uids: Uint32Array): void;
  /** Reads the value. @throws Refusal "notFound" if the message has just gone */
  read(row: Row): Promise<void> | undefined;
  send(out: Output): Promise<void> | undefined;
}

/** Makes the value of an item. */
export function fetchValue(item: FetchItem, ground: FetchGround): Value {
  const { view } = ground.selected;
  switch (item.kind) {
    case "flags":
      return new Flags(ground);
    case "modseq":
      return new Simple("MODSEQ ", (row) => `(${view.modseqAt(row.index)})`);
    case "uid":
      return new Simple("UID ", (row) => row.uid);
    case "size":
      return new Simple("RFC822.SIZE ", (row) => view.sizeAt(row.index));
    case "internalDate":
      return new Simple("INTERNALDATE ", (row) => dateTimeOf(view.internalDateAt(row.index)));
    case "saveDate":
      return new SaveDate(ground);
    case "emailId":
      return new Simple("EMAILID ", ({ content }) => `(${emailIdOf(ground.store, content)})`);
    case "threadId":
      return new Simple(
        "THREADID ",
        ({ content }) => `(${threadIdOf(ground.store, ground.mailstore.summaries.heads, content)})`,
      );
    case "envelope":
      return new StoredText("envelope", "ENVELOPE ", ground);
    case "bodyStructure":
      return new StoredText("bodyStructure", "BODYSTRUCTURE ", ground);
    case "body":
      return new Body(ground);
    case "preview":
      return new Preview(ground);
    case "section":
      return new SectionValue(item.section, item.partial, item.label, ground);
    case "binary":
      return new BinaryValue(item.path, item.partial, item.label, ground);
    case "binarySize":
      return new BinarySize(item.path, item.label, ground);
  }
}

class Simple implements Value {
  #value: number | string = 0;

  constructor(
    private readonly name: string,
    private readonly get: (row: Row) => number | string,
  ) {}

  read(row: Row): undefined {
    this.#value = this.get(row);
  }

  send(out: Output): undefined {
    out.ascii(this.name);
    if (typeof this.#value === "number") out.number(this.#value);
    else out.ascii(this.#value);
  }
}

class Flags implements Value {
  /** Few distinct sets stand on many messages: each is spelled once. */
  readonly #spelled = new Map<FlagSet, Uint8Array>();
  #value: Uint8Array = new Uint8Array();

  constructor(private readonly ground: FetchGround) {}

  read({ index, uid }: Row): undefined {
    const { selected, out } = this.ground;
    const flags = selected.view.flagsAt(index);
    let spelled = this.#spelled.get(flags);
    if (spelled === undefined) {
      // Keywords are named in a FLAGS response before they are used (RFC 9051 §7.3.5).
      if (!selected.knowsKeywords(flags.keywords)) selected.tellKeywords(out);
      spelled = Buffer.from(`FLAGS ${flags.text}`, "latin1");
      this.#spelled.set(flags, spelled);
    }
    const recent = selected.hasRecent && selected.isRecent(uid);
    this.#value = recent ? Buffer.from(`FLAGS ${selected.flagsText(index)}`, "latin1") : spelled;
    if (this.ground.showsAll) selected.wasShown(uid);
  }

  send(out: Output): undefined {
    out.bytes(this.#value);
  }
}

/** SAVEDATE (RFC 8514 §4.3): not in the view, because few ask; read for a batch in one go. */
class SaveDate implements Value {
  #dates: ReadonlyMap<number, number> = new Map();
  #value = "NIL";

  constructor(private readonly ground: FetchGround) {}

  batch(uids: Uint32Array): void {
    const { folderId } = this.ground.selected.view;
    const first = uids[0] ?? 0;
    const last = uids[uids.length - 1] ?? 0;
    const dense = last - first < MOST_APART * uids.length;
    const spans = dense ? [[first, last] as const] : Array.from(uids, (uid) => [uid, uid] as const);
    this.#dates = new Map(spans.flatMap(([from, to]) => this.ground.mailstore.savedDates(folderId, from, to)));
  }

  read({ uid }: Row): undefined {
    const at = this.#dates.get(uid);
    if (at === undefined) throw new Refusal("notFound", "This message is gone.");
    this.#value = dateTimeOf(at);
  }

  send(out: Output): undefined {
    out.ascii("SAVEDATE ").ascii(this.#value);
  }
}

/** ENVELOPE and BODYSTRUCTURE: stored ready to send, and read in bulk where the messages lie together. */
class StoredText implements Value {
  #rows: TextRow[] = [];
  #at = 0;
  #value: Uint8Array = new Uint8Array();

  constructor(
    private readonly column: "envelope" | "bodyStructure",
    private readonly name: string,
    private readonly ground: FetchGround,
  ) {}

  batch(uids: Uint32Array): void {
    const { view } = this.ground.selected;
    const first = uids[0] ?? 0;
    const last = uids[uids.length - 1] ?? 0;
    const span = view.lowerBound(last + 1) - view.lowerBound(first);
    this.#at = 0;
    this.#rows = span <= 2 * uids.length ? this.ground.mailstore.texts(this.column, view.folderId, first, last) : [];
  }

  read({ uid, content }: Row): undefined {
    while (this.#at < this.#rows.length && (this.#rows[this.#at]?.[0] as number) < uid) this.#at++;
    const row = this.#rows[this.#at];
    const text = row?.[0] === uid ? row[1] : this.ground.mailstore.text(this.column, content);
    if (text === undefined) throw new Error(`content ${content} has no stored ${this.column}`);
    this.#value = text;
  }

  send(out: Output): undefined {
    out.ascii(this.name).bytes(this.#value);
  }
}

/** BODY: the structure without extension data, which is asked for so rarely that it is not stored. */
class Body implements Value {
  #value: Uint8Array = new Uint8Array();

  constructor(private readonly ground: FetchGround) {}

  read({ content }: Row): undefined {
    const { root } = this.ground.mailstore.structure(content);
    this.#value = imapBodyStructure(root, { extensible: false });
  }

  send(out: Output): undefined {
    out.ascii("BODY ").bytes(this.#value);
  }
}

/** PREVIEW: the first words (RFC 8970). */
class Preview implements Value {
  #words = "";

  constructor(private readonly ground: FetchGround) {}

  read({ content }: Row): Promise<void> | undefined {
    const { turns } = this.ground.store;
    // A page of HTML that is not indexed yet takes a millisecond: others have their turns between the messages.
    if (turns.over) return turns.next().then(() => this.#make(content));
    this.#make(content);
    return undefined;
  }

  #make(content: number): void {
    this.#words = this.ground.mailstore.previews.of(content);
  }

  send(out: Output): undefined {
    out.ascii("PREVIEW ").text(stringOf(this.#words));
  }
}

/** Octets of a content, not read yet. */
interface Place {
  readonly content: number;
  readonly start: number;
  readonly end: number;
}

/** The words of the mime room for what this grammar calls section texts. */
export const TEXTS = {
  all: undefined,
  header: "HEADER",
  headerFields: "HEADER",
  headerFieldsNot: "HEADER",
  text: "TEXT",
  mime: "MIME",
} as const satisfies Record<SectionText, string | undefined>;

class SectionValue implements Value {
  /** The whole message needs no structure to be found. */
  readonly #whole: boolean;
  #value: Uint8Array | Place | undefined;

  constructor(
    private readonly section: Section,
    private readonly partial: OctetRange | undefined,
    private readonly label: string,
    private readonly ground: FetchGround,
  ) {
    this.#whole = section.path.length === 0 && section.text === "all";
  }

  read({ content, index }: Row): undefined {
    const { mailstore, selected, store } = this.ground;
    const { path, text, fields } = this.section;
    const place = this.#whole
      ? { start: 0, end: selected.view.sizeAt(index) }
      : locateSection(mailstore.structure(content), { path, ...(TEXTS[text] && { text: TEXTS[text] }) });
    if (place === undefined) {
      this.#value = undefined;
    } else if (fields.length > 0) {
      const header = store.content.read(content, place.start, place.end);
      const picked = selectFields(header, fields, text === "headerFieldsNot");
      const { start, end } = cut({ start: 0, end: picked.length }, this.partial);
      this.#value = picked.subarray(start, end);
    } else {
      const { start, end } = cut(place, this.partial);
      this.#value = end - start <= READ_AT_ONCE ? store.content.read(content, start, end) : { content, start, end };
    }
  }

  send(out: Output): Promise<void> | undefined {
    const value = this.#value;
    out.ascii(this.label);
    if (value === undefined) out.ascii(" NIL");
    else if (value instanceof Uint8Array) out.ascii(` {${value.length}}\r\n`).bytes(withoutNul(value));
    else return this.#stream(out, value);
    return undefined;
  }

  async #stream(out: Output, { content, start, end }: Place): Promise<void> {
    out.ascii(` {${end - start}}\r\n`);
    for await (const chunk of this.ground.store.content.stream(content, start, end)) {
      out.bytes(withoutNul(chunk));
      if (out.full) await out.drain();
    }
  }
}

/**
 * Octets as a literal may hold them: NUL, which mail must not have and some has, is sent as 128, as other servers do; so
 * sizes stay (RFC 9051 §9 `CHAR8`). BINARY gives it as it is.
 */
function withoutNul(octets: Uint8Array): Uint8Array {
  return octets.includes(0) ? octets.map((octet) => octet || 0x80) : octets;
}

/** What a partial leaves of a range: nothing where it begins behind the end (RFC 9051 §6.4.5). */
export function cut(
  place: { start: number; end: number },
  partial: OctetRange | undefined,
): { start: number; end: number } {
  if (partial === undefined) return place;
  const start = Math.min(place.start + partial.offset, place.end);
  return { start, end: Math.min(start + partial.count, place.end) };
}

class BinaryValue implements Value {
  #value: Decoded | undefined;

  constructor(
    private readonly path: readonly number[],
    private readonly partial: OctetRange | undefined,
    private readonly label: string,
    private readonly ground: FetchGround,
  ) {}

  async read({ content }: Row): Promise<void> {
    this.#value = await decodedPart(this.ground, content, this.path);
  }

  async send(out: Output): Promise<void> {
    const value = this.#value;
    out.ascii(this.label);
    if (value === undefined) {
      out.ascii(" NIL");
      return;
    }
    const { start, end } = cut({ start: 0, end: value.size }, this.partial);
    out.ascii(` ${value.hasNul(start, end) ? "~" : ""}{${end - start}}\r\n`);
    for await (const chunk of value.chunks(start, end)) {
      out.bytes(chunk);
      if (out.full) await out.drain();
    }
  }
}

class BinarySize implements Value {
  #size = 0;

  constructor(
    private readonly path: readonly number[],
    private readonly label: string,
    private readonly ground: FetchGround,
  ) {}

  async read({ content }: Row): Promise<void> {
    this.#size = (await decodedPart(this.ground, content, this.path))?.size ?? 0;
  }

  send(out: Output): undefined {
    out.ascii(`${this.label} `).number(this.#size);
  }
}
