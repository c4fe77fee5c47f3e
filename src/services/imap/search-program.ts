/**
 * The grammar of SEARCH (RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 4731): pure. A program is a tree of keys; the strings in
 * it are already in Unicode.
 */
import type { Parser } from "./parse.ts";
import type { SequenceSet } from "./sequence.ts";

/** The system flags that SEARCH asks for by a word of its own. */
export type SystemFlag = "\\Seen" | "\\Answered" | "\\Flagged" | "\\Deleted" | "\\Draft";

/** One search key. */
export type SearchKey =
  | { readonly key: "all" | "recent" | "new" | "old" }
  | { readonly key: "and"; readonly of: readonly SearchKey[] }
  | { readonly key: "or"; readonly of: readonly [SearchKey, SearchKey] }
  | { readonly key: "not"; readonly of: SearchKey }
  | { readonly key: "flag"; readonly flag: string; readonly set: boolean }
  | { readonly key: "numbers" | "uids"; readonly set: SequenceSet }
  | {
      readonly key: "date";
      /** The internal date, or that of the Date field. */
      readonly of: "internal" | "sent";
      readonly is: "before" | "on" | "since";
      /** Days since 1970-01-01. */
      readonly day: number;
    }
  | {
      /** Changed since (RFC 7162 §3.1.5). Flags have no mod-sequences of their own here, so the entry's name says nothing. */
      readonly key: "modseq";
      readonly from: number;
    }
  | { readonly key: "size"; readonly is: "larger" | "smaller"; readonly octets: number }
  | { readonly key: "header"; readonly field: string; readonly text: string }
  | { readonly key: "body" | "text"; readonly text: string };

/** Whether a key asks for mod-sequences: then the answer tells the highest (RFC 7162 §3.1.5). */
export function asksModseq(key: SearchKey): boolean {
  if (key.key === "and" || key.key === "or") return key.of.some(asksModseq);
  return key.key === "modseq" || (key.key === "not" && asksModseq(key.of));
}

/** What a SEARCH is to answer with (RFC 9051 §6.4.4); without RETURN, undefined in its place. */
export type SearchReturn = "MIN" | "MAX" | "ALL" | "COUNT" | "SAVE";

/** A whole SEARCH command. */
export interface SearchProgram {
  readonly returns: ReadonlySet<SearchReturn> | undefined;
  readonly key: SearchKey;
}

/** A charset that is not known here: NO [BADCHARSET …] (RFC 9051 §7.1). */
export class UnknownCharset extends Error {
  override readonly name = "UnknownCharset";

  constructor(
    readonly charset: string,
    /** The result was to be saved. */
    readonly saving: boolean,
  ) {
    super(`charset ${charset} is not known`);
  }
}

/** Turns octets in a charset into text; undefined for a charset that is not known. */
export type Decode = (octets: Uint8Array, charset: string) => string | undefined;

/** Keys may nest this deep and be this many: more is no question a person asked. */
const MAX_DEPTH = 100;
const MAX_KEYS = 2000;

interface Context {
  readonly p: Parser;
  readonly text: (octets: Uint8Array) => string;
  depth: number;
  keys: number;
}

type KeyReader = (context: Context) => SearchKey;

const flag =
  (name: SystemFlag, set: boolean): KeyReader =>
  () => ({ key: "flag", flag: name, set });

const date =
  (of: "internal" | "sent", is: "before" | "on" | "since"): KeyReader =>
  ({ p }) => {
    p.space();
    return { key: "date", of, is, day: p.date() };
  };

const field =
  (name: string): KeyReader =>
  (context) => ({ key: "header", field: name, text: argument(context) });

/** Each key's word with what follows it. An extension adds an entry. */
const KEYS: Readonly<Record<string, KeyReader>> = {
  ALL: () => ({ key: "all" }),
  ANSWERED: flag("\\Answered", true),
  BCC: field("bcc"),
  BEFORE: date("internal", "before"),
  BODY: (context) => ({ key: "body", text: argument(context) }),
  CC: field("cc"),
  DELETED: flag("\\Deleted", true),
  DRAFT: flag("\\Draft", true),
  FLAGGED: flag("\\Flagged", true),
  FROM: field("from"),
  HEADER: ({ p, text }) => {
    p.space();
    const name = p.text8("a header field name").toLowerCase();
    p.space();
    return { key: "header", field: name, text: text(p.astring("the text to look for")) };
  },
  KEYWORD: (context) => keyword(context, true),
  LARGER: (context) => size(context, "larger"),
  MODSEQ: modseq,
  NEW: () => ({ key: "new" }),
  NOT: (context) => {
    context.p.space();
    return { key: "not", of: nested(context) };
  },
  OLD: () => ({ key: "old" }),
  ON: date("internal", "on"),
  OR: (context) => {
    context.p.space();
    const first = nested(context);
    context.p.space();
    return { key: "or", of: [first, nested(context)] };
  },
  RECENT: () => ({ key: "recent" }),
  SEEN: flag("\\Seen", true),
  SENTBEFORE: date("sent", "before"),
  SENTON: date("sent", "on"),
  SENTSINCE: date("sent", "since"),
  SINCE: date("internal", "since"),
  SMALLER: (context) => size(context, "smaller"),
  SUBJECT: field("subject"),
  TEXT: (context) => ({ key: "text", text: argument(context) }),
  TO: field("to"),
  UID: ({ p }) => {
    p.space();
    return { key: "uids", set: p.sequenceSet() };
  },
  UNANSWERED: flag("\\Answered", false),
  UNDELETED: flag("\\Deleted", false),
  UNDRAFT: flag("\\Draft", false),
  UNFLAGGED: flag("\\Flagged", false),
  UNKEYWORD: (context) => keyword(context, false),
  UNSEEN: flag("\\Seen", false),
};

/** The words of all search keys, for the reference. */
export const searchKeyWords: readonly string[] = Object.keys(KEYS);

/**
 * Reads the arguments of SEARCH: [RETURN (…)] [CHARSET name] key…
 * @throws UnknownCharset
 */
export function searchProgram(p: Parser, decode: Decode): SearchProgram {
  const returns = p.acceptWord("RETURN") ? returnOptions(p) : undefined;
  const charset = p.acceptWord("CHARSET") ? charsetName(p) : "utf-8";
  if (decode(new Uint8Array(), charset) === undefined) {
    throw new UnknownCharset(charset, returns?.has("SAVE") === true);
  }
  const text = (octets: Uint8Array) => {
    const decoded = decode(octets, charset);
    return decoded ?? p.fail(`The text is not ${charset}`);
  };
  return { returns, key: conjunction({ p, text, depth: 0, keys: 0 }) };
}

const RETURNS: readonly SearchReturn[] = ["MIN", "MAX", "ALL", "COUNT", "SAVE"];

function returnOptions(p: Parser): ReadonlySet<SearchReturn> {
  p.space();
  const options = p.list(() => {
    const word = p.word("a return option");
    return RETURNS.find((option) => option === word) ?? p.fail(`${word} is no return option`);
  });
  p.space();
  return new Set(options.length === 0 ? ["ALL"] : options);
}

function charsetName(p: Parser): string {
  p.space();
  const name = p.text8("a charset");
  p.space();
  return name;
}

/** One or more keys, all of which must hold. */
function conjunction(context: Context): SearchKey {
  const keys = [searchKey(context)];
  while (context.p.accept(" ")) {
    // Some clients leave a space at the end of the line.
    if (context.p.atEnd) break;
    keys.push(searchKey(context));
  }
  return keys.length === 1 ? (keys[0] as SearchKey) : { key: "and", of: keys };
}

function nested(context: Context): SearchKey {
  if (++context.depth > MAX_DEPTH) context.p.fail("The search keys are nested too deep");
  const key = searchKey(context);
  context.depth--;
  return key;
}

function searchKey(context: Context): SearchKey {
  const { p } = context;
  if (++context.keys > MAX_KEYS) p.fail("Too many search keys");
  if (p.seesSequenceSet) return { key: "numbers", set: p.sequenceSet() };
  if (p.accept("(")) {
    if (++context.depth > MAX_DEPTH) p.fail("The search keys are nested too deep");
    const key = conjunction(context);
    p.expect(")");
    context.depth--;
    return key;
  }
  const word = p.word("a search key");
  const read = Object.hasOwn(KEYS, word) ? KEYS[word] : undefined;
  return read ? read(context) : p.fail(`${word} is no search key`);
}

function argument({ p, text }: Context): string {
  p.space();
  return text(p.astring("the text to look for"));
}

function keyword({ p }: Context, set: boolean): SearchKey {
  p.space();
  return { key: "flag", flag: p.atom("a keyword"), set };
}

/** `MODSEQ ["/flags/\\draft" all] 620162338` (RFC 7162 §3.1.5). */
function modseq({ p }: Context): SearchKey {
  p.space();
  if (p.sees('"')) {
    const entry = Buffer.from(p.string()).toString("latin1");
    if (!/^\/flags\/(\\\w+|[^\s(){%*"\\\]]+)$/i.test(entry))
      p.fail('Expected an entry of flags, such as "/flags/$Junk"');
    p.space();
    const type = p.word("priv, shared or all");
    if (type !== "PRIV" && type !== "SHARED" && type !== "ALL") p.fail("Expected priv, shared or all");
    p.space();
  }
  return { key: "modseq", from: p.modseq() };
}

function size({ p }: Context, is: "larger" | "smaller"): SearchKey {
  p.space();
  return { key: "size", is, octets: p.number64("a size") };
}
