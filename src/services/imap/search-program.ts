/**
 * The grammar of SEARCH (RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 4731): pure. A program is a tree of keys; the strings in
 * it are already in Unicode.
 */
import { type FetchItem, fetchItems } from "./fetch-items.ts";
import { type PartialRange, partialRange } from "./fetch-modifiers.ts";
import type { Parser } from "./parse.ts";
import { rangesOf, type SequenceSet } from "./sequence.ts";

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
      /** The internal date, that of the Date field, or when it came into the folder (RFC 8514 §4.3). */
      readonly of: "internal" | "sent" | "saved";
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
  /** `fuzzy`: it need not match exactly (RFC 6203). */
  | { readonly key: "header"; readonly field: string; readonly text: string; readonly fuzzy?: true }
  | { readonly key: "body" | "text"; readonly text: string; readonly fuzzy?: true }
  /** How long ago the internal date is (RFC 5032). */
  | { readonly key: "within"; readonly is: "older" | "younger"; readonly seconds: number }
  /** RFC 8474 §5.3 */
  | { readonly key: "emailId" | "threadId"; readonly id: string };

/** Whether any of the keys is satisfied. */
function anyKey(key: SearchKey, is: (key: SearchKey) => boolean): boolean {
  if (key.key === "and" || key.key === "or") return key.of.some((each) => anyKey(each, is));
  return is(key) || (key.key === "not" && anyKey(key.of, is));
}

/** Whether a key asks for mod-sequences: then the answer tells the highest (RFC 7162 §3.1.5). */
export function asksModseq(key: SearchKey): boolean {
  return anyKey(key, (each) => each.key === "modseq");
}

/** Whether any key is fuzzy: then messages have scores (RFC 6203 §4). */
export function asksFuzzily(key: SearchKey): boolean {
  return anyKey(key, (each) => "fuzzy" in each);
}

/** Whether any key names the messages that were saved, which the selected folder alone knows. */
export function asksSaved(key: SearchKey): boolean {
  return anyKey(key, (each) => "set" in each && each.set === "saved");
}

/** The keys with each that names messages by what changes behind its back, numbers and "$", put into UIDs. */
export function withoutNumbers(key: SearchKey, uidsOf: (set: SequenceSet, byUid: boolean) => Uint32Array): SearchKey {
  const inner = (each: SearchKey) => withoutNumbers(each, uidsOf);
  switch (key.key) {
    case "and":
      return { ...key, of: key.of.map(inner) };
    case "or":
      return { ...key, of: [inner(key.of[0]), inner(key.of[1])] };
    case "not":
      return { ...key, of: inner(key.of) };
    case "numbers":
      return { key: "uids", set: rangesOf(uidsOf(key.set, false)) };
    case "uids":
      return key.set === "saved" ? { key: "uids", set: rangesOf(uidsOf(key.set, true)) } : key;
    default:
      return key;
  }
}

/** How many seconds ago the keys ask for: their results change as time passes (RFC 5032 §2). */
export function intervalsOf(key: SearchKey): number[] {
  if (key.key === "and" || key.key === "or") return key.of.flatMap(intervalsOf);
  if (key.key === "not") return intervalsOf(key.of);
  return key.key === "within" ? [key.seconds] : [];
}

/** What a SEARCH is to answer with (RFC 9051 §6.4.4); without RETURN, undefined in its place. */
export type SearchReturn =
  | ("MIN" | "MAX" | "ALL" | "COUNT" | "SAVE")
  | ("PARTIAL" | "UPDATE" | "CONTEXT")
  | "RELEVANCY";

/** A whole SEARCH command. */
export interface SearchProgram {
  readonly returns: ReadonlySet<SearchReturn> | undefined;
  /** The part of the result that is wanted (RFC 9394 §3.1, RFC 5267 §4.4). */
  readonly partial?: PartialRange;
  /** What is shown of messages that come into a result that is kept up (RFC 5465 §7). */
  readonly items?: readonly FetchItem[];
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

/** Gives the program of a named filter (FILTER of RFC 5466 §3), as it was stored; throws No "UNDEFINED-FILTER" for one that is none. */
export type Filters = (name: string) => SearchKey;

/** Keys may nest this deep and be this many: more is no question a person asked. */
const MAX_DEPTH = 100;
const MAX_KEYS = 2000;

interface Context {
  readonly p: Parser;
  readonly text: (octets: Uint8Array) => string;
  readonly filter: Filters | undefined;
  depth: number;
  keys: number;
}

type KeyReader = (context: Context) => SearchKey;

const flag =
  (name: SystemFlag, set: boolean): KeyReader =>
  () => ({ key: "flag", flag: name, set });

const date =
  (of: "internal" | "sent" | "saved", is: "before" | "on" | "since"): KeyReader =>
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
  EMAILID: (context) => objectId(context, "emailId"),
  FILTER: ({ p, filter }) => {
    if (filter === undefined) return p.fail("FILTER is no search key");
    p.space();
    return filter(p.atom("the name of a filter"));
  },
  FLAGGED: flag("\\Flagged", true),
  FROM: field("from"),
  FUZZY: (context) => {
    context.p.space();
    return fuzzily(nested(context));
  },
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
  OLDER: (context) => within(context, "older"),
  ON: date("internal", "on"),
  OR: (context) => {
    context.p.space();
    const first = nested(context);
    context.p.space();
    return { key: "or", of: [first, nested(context)] };
  },
  RECENT: () => ({ key: "recent" }),
  SAVEDATESUPPORTED: () => ({ key: "all" }),
  SAVEDBEFORE: date("saved", "before"),
  SAVEDON: date("saved", "on"),
  SAVEDSINCE: date("saved", "since"),
  SEEN: flag("\\Seen", true),
  SENTBEFORE: date("sent", "before"),
  SENTON: date("sent", "on"),
  SENTSINCE: date("sent", "since"),
  SINCE: date("internal", "since"),
  SMALLER: (context) => size(context, "smaller"),
  SUBJECT: field("subject"),
  TEXT: (context) => ({ key: "text", text: argument(context) }),
  THREADID: (context) => objectId(context, "threadId"),
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
  YOUNGER: (context) => within(context, "younger"),
};

/** The words of all search keys, for the reference. */
export const searchKeyWords: readonly string[] = Object.keys(KEYS);

/** How the texts of a program are read. */
export interface ProgramOptions {
  readonly decode: Decode;
  /** The named filters of whoever asks; without them FILTER is no key. */
  readonly filter?: Filters;
  /** All is UTF-8, and no charset may be named (RFC 9755 §3). */
  readonly utf8Only?: boolean;
}

/**
 * Reads the arguments of SEARCH: [RETURN (…)] [CHARSET name] key…
 * @throws UnknownCharset
 */
export function searchProgram(p: Parser, options: ProgramOptions): SearchProgram {
  const given = returnOptions(p);
  const names = p.acceptWord("CHARSET");
  if (names && options.utf8Only) p.fail("No charset may be named where UTF8=ACCEPT is enabled");
  const charset = names ? charsetName(p) : "utf-8";
  return { ...given, key: checked(p, given, searchKeys(p, charset, options, given.returns?.has("SAVE") === true)) };
}

/** RFC 6203 §4: scores are of fuzzy keys. */
function checked(p: Parser, { returns }: ReturnOptions, key: SearchKey): SearchKey {
  if (returns?.has("RELEVANCY") && !asksFuzzily(key)) p.fail("RELEVANCY needs a FUZZY key");
  return key;
}

/** Reads one key or more in a charset. @throws UnknownCharset */
export function searchKeys(p: Parser, charset: string, options: ProgramOptions, saving = false): SearchKey {
  const { decode } = options;
  if (decode(new Uint8Array(), charset) === undefined) throw new UnknownCharset(charset, saving);
  const text = (octets: Uint8Array) => decode(octets, charset) ?? p.fail(`The text is not ${charset}`);
  return conjunction({ p, text, filter: options.filter, depth: 0, keys: 0 });
}

const RETURNS: readonly SearchReturn[] = [
  ...(["MIN", "MAX", "ALL", "COUNT", "SAVE"] as const),
  ...(["PARTIAL", "UPDATE", "CONTEXT", "RELEVANCY"] as const),
];

/** What stands behind RETURN. */
export interface ReturnOptions {
  readonly returns: ReadonlySet<SearchReturn> | undefined;
  readonly partial?: PartialRange;
  readonly items?: readonly FetchItem[];
}

/** Reads `RETURN (…)` with the space behind it, if it comes next. */
export function returnOptions(p: Parser): ReturnOptions {
  if (!p.acceptWord("RETURN")) return { returns: undefined };
  p.space();
  let partial: PartialRange | undefined;
  let items: readonly FetchItem[] | undefined;
  const options = p.list(() => {
    const word = p.word("a return option");
    const option = RETURNS.find((each) => each === word) ?? p.fail(`${word} is no return option`);
    if (option === "UPDATE" && p.seesInnerList) {
      p.space();
      items = fetchItems(p);
    }
    if (option !== "PARTIAL") return option;
    if (partial !== undefined) p.fail("PARTIAL may stand once");
    p.space();
    partial = partialRange(p);
    return option;
  });
  // RFC 5267 §4.4, RFC 9394 §3.1
  if (partial !== undefined && options.includes("ALL")) p.fail("PARTIAL and ALL exclude each other");
  p.space();
  const returns = new Set<SearchReturn>(options.length === 0 ? ["ALL"] : options);
  return { returns, ...(partial && { partial }), ...(items && { items }) };
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

/** `YOUNGER 259200` (RFC 5032 §2). */
function within({ p }: Context, is: "older" | "younger"): SearchKey {
  p.space();
  return { key: "within", is, seconds: p.nonZero("a number of seconds from 1") };
}

/** `EMAILID M123` (RFC 8474 §5.3). */
function objectId({ p }: Context, key: "emailId" | "threadId"): SearchKey {
  p.space();
  return { key, id: p.atom("an identifier") };
}

/** What looks for texts below the key need not match exactly any more (RFC 6203 §3). */
function fuzzily(key: SearchKey): SearchKey {
  switch (key.key) {
    case "and":
      return { key: "and", of: key.of.map(fuzzily) };
    case "or":
      return { key: "or", of: [fuzzily(key.of[0]), fuzzily(key.of[1])] };
    case "not":
      return { key: "not", of: fuzzily(key.of) };
    case "header":
    case "body":
    case "text":
      return { ...key, fuzzy: true };
    default:
      return key;
  }
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
