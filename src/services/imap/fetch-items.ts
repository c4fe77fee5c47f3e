/**
 * The grammar of FETCH items (RFC 9051 §6.4.5, RFC 3501 §6.4.5): pure. An item knows the label under which its value is
 * answered, so that what writes responses needs no second copy of the grammar.
 */
import type { Parser } from "./parse.ts";
import { astringOf } from "./respond.ts";

/** What of a part a BODY[…] names (RFC 9051 §9 `section-text`); "all" is the whole part. */
export type SectionText = "all" | "header" | "headerFields" | "headerFieldsNot" | "text" | "mime";

/** `<offset.count>` (RFC 9051 §9 `partial`): octets. */
export interface OctetRange {
  readonly offset: number;
  readonly count: number;
}

/** A body section. */
export interface Section {
  /** Part numbers, outermost first; empty for the message itself. */
  readonly path: readonly number[];
  readonly text: SectionText;
  /** Field names of HEADER.FIELDS and HEADER.FIELDS.NOT, in lower case. */
  readonly fields: readonly string[];
}

/** One thing asked of each message. */
export type FetchItem =
  | { readonly kind: "flags" | "modseq" | "uid" | "internalDate" | "size" | "envelope" | "body" | "bodyStructure" }
  | { readonly kind: "saveDate" | "emailId" | "threadId" }
  | {
      readonly kind: "section";
      readonly section: Section;
      readonly partial: OctetRange | undefined;
      /** Leaves \Seen as it is. */
      readonly peek: boolean;
      /** What stands before the value: "BODY[TEXT]<0>". */
      readonly label: string;
    }
  | {
      readonly kind: "binary";
      readonly path: readonly number[];
      readonly partial: OctetRange | undefined;
      readonly peek: boolean;
      readonly label: string;
    }
  | { readonly kind: "preview" }
  | { readonly kind: "binarySize"; readonly path: readonly number[]; readonly label: string };

const FAST: readonly FetchItem[] = [{ kind: "flags" }, { kind: "internalDate" }, { kind: "size" }];
const MACROS: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST,
  ALL: [...FAST, { kind: "envelope" }],
  FULL: [...FAST, { kind: "envelope" }, { kind: "body" }],
};

const WHOLE: Section = { path: [], text: "all", fields: [] };

type ItemReader = (p: Parser) => FetchItem;

/** Each item's word with what follows it. An extension adds an entry. */
const ITEMS: Readonly<Record<string, ItemReader>> = {
  FLAGS: () => ({ kind: "flags" }),
  MODSEQ: () => ({ kind: "modseq" }),
  UID: () => ({ kind: "uid" }),
  INTERNALDATE: () => ({ kind: "internalDate" }),
  "RFC822.SIZE": () => ({ kind: "size" }),
  SAVEDATE: () => ({ kind: "saveDate" }),
  EMAILID: () => ({ kind: "emailId" }),
  THREADID: () => ({ kind: "threadId" }),
  ENVELOPE: () => ({ kind: "envelope" }),
  BODYSTRUCTURE: () => ({ kind: "bodyStructure" }),
  BODY: (p) => (p.sees("[") ? section(p, false) : { kind: "body" }),
  "BODY.PEEK": (p) => section(p, true),
  PREVIEW: (p) => {
    // Previews are made when they are asked for, so that the lazy are served like the others (RFC 8970 §4.1).
    if (p.acceptWord(" (LAZY")) p.expect(")");
    return { kind: "preview" };
  },
  RFC822: () => ({ kind: "section", section: WHOLE, partial: undefined, peek: false, label: "RFC822" }),
  "RFC822.HEADER": () => ({
    kind: "section",
    section: { ...WHOLE, text: "header" },
    partial: undefined,
    peek: true,
    label: "RFC822.HEADER",
  }),
  "RFC822.TEXT": () => ({
    kind: "section",
    section: { ...WHOLE, text: "text" },
    partial: undefined,
    peek: false,
    label: "RFC822.TEXT",
  }),
  BINARY: (p) => binary(p, false),
  "BINARY.PEEK": (p) => binary(p, true),
  "BINARY.SIZE": (p) => {
    const path = binaryPath(p);
    return { kind: "binarySize", path, label: `BINARY.SIZE[${path.join(".")}]` };
  },
};

/** The words of all items and macros, for the reference. */
export const fetchItemWords: readonly string[] = [...Object.keys(MACROS), ...Object.keys(ITEMS)];

/** Deepest part number path and longest list of field names that is worth an answer. */
const MAX_DEPTH = 128;
const MAX_FIELDS = 256;

/** Reads the items of a FETCH: a macro, one item, or a list of items. */
export function fetchItems(p: Parser): FetchItem[] {
  if (p.seesList) return p.list(() => item(p, p.name("a FETCH item")), false);
  const word = p.name("a FETCH item");
  const macro = MACROS[word];
  return macro ? [...macro] : [item(p, word)];
}

function item(p: Parser, word: string): FetchItem {
  const read = Object.hasOwn(ITEMS, word) ? ITEMS[word] : undefined;
  return read ? read(p) : p.fail(`${word} is no FETCH item`);
}

function section(p: Parser, peek: boolean): FetchItem {
  p.expect("[");
  const path = sectionPath(p);
  const text = sectionText(p, path);
  p.expect("]");
  const partial = partialRange(p);
  const origin = partial ? `<${partial.offset}>` : "";
  return { kind: "section", section: { path, ...text }, partial, peek, label: `BODY[${spell(path, text)}]${origin}` };
}

function binary(p: Parser, peek: boolean): FetchItem {
  const path = binaryPath(p);
  const partial = partialRange(p);
  const label = `BINARY[${path.join(".")}]${partial ? `<${partial.offset}>` : ""}`;
  return { kind: "binary", path, partial, peek, label };
}

function binaryPath(p: Parser): number[] {
  p.expect("[");
  const path = p.sees("]") ? [] : [p.nonZero("a part number")];
  while (p.accept(".")) addPart(p, path);
  p.expect("]");
  return path;
}

function addPart(p: Parser, path: number[]): void {
  path.push(p.nonZero("a part number"));
  if (path.length > MAX_DEPTH) p.fail("The part number is too deep");
}

/** Reads "1.2." or "1.2"; the dot before a section text is taken too. */
function sectionPath(p: Parser): number[] {
  const path: number[] = [];
  const digit = () => {
    const octet = p.peek() ?? 0;
    return octet >= 0x30 && octet <= 0x39;
  };
  while (digit()) {
    addPart(p, path);
    if (!p.accept(".")) break;
  }
  return path;
}

type TextPart = Pick<Section, "text" | "fields">;

function sectionText(p: Parser, path: readonly number[]): TextPart {
  if (p.sees("]")) return { text: "all", fields: [] };
  const word = p.name("a section");
  switch (word) {
    case "HEADER":
      return { text: "header", fields: [] };
    case "HEADER.FIELDS":
      return { text: "headerFields", fields: fieldNames(p) };
    case "HEADER.FIELDS.NOT":
      return { text: "headerFieldsNot", fields: fieldNames(p) };
    case "TEXT":
      return { text: "text", fields: [] };
    case "MIME":
      return path.length > 0 ? { text: "mime", fields: [] } : p.fail("MIME needs a part number");
    default:
      return p.fail(`${word} is no section of a message`);
  }
}

function fieldNames(p: Parser): string[] {
  p.space();
  const names = p.list(() => p.text8("a header field name").toLowerCase(), false);
  return names.length <= MAX_FIELDS ? names : p.fail("Too many header fields");
}

function partialRange(p: Parser): OctetRange | undefined {
  if (!p.accept("<")) return undefined;
  const offset = p.number64("an offset");
  p.expect(".");
  const count = p.number64("a count");
  if (count === 0) p.fail("Expected a count from 1");
  p.expect(">");
  return { offset, count };
}

const TEXT_WORDS: Readonly<Record<SectionText, string>> = {
  all: "",
  header: "HEADER",
  headerFields: "HEADER.FIELDS",
  headerFieldsNot: "HEADER.FIELDS.NOT",
  text: "TEXT",
  mime: "MIME",
};

function spell(path: readonly number[], part: TextPart): string {
  const words = path.map(String);
  if (part.text !== "all") words.push(TEXT_WORDS[part.text]);
  const fields =
    part.fields.length > 0 ? ` (${part.fields.map((name) => astringOf(name.toUpperCase())).join(" ")})` : "";
  return words.join(".") + fields;
}
