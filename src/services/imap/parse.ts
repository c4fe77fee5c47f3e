/**
 * The grammar of IMAP commands over bytes (RFC 3501 §9, RFC 9051 §9): pure, no state but a position. The session reads
 * the lines and literals of a command, and each command's `syntax` takes its arguments from a Parser. What does not fit
 * throws a GrammarError that says what was expected and where; the session answers it with BAD.
 */
import { isUtf8 } from "node:buffer";
import { decodeUtf7 } from "../../mime/utf7.ts";
import { type SequenceRange, type SequenceSet, STAR } from "./sequence.ts";

/**
 * A command that does not follow the grammar. `at` counts octets from the start of the command line; it is left out where
 * the command is well formed but makes no sense here.
 */
export class GrammarError extends Error {
  override readonly name = "GrammarError";

  constructor(
    readonly sentence: string,
    readonly at?: number,
  ) {
    super(at === undefined ? sentence : `${sentence} at octet ${at + 1}`);
  }
}

/** The announcement of a literal at the end of a line (RFC 9051 §4.3, RFC 7888, RFC 3516 §4.2). */
export interface LiteralMark {
  /** Octets announced. */
  readonly size: number;
  /** Whether the client waits for "+" before it sends them. */
  readonly synchronising: boolean;
  /** "~{n}": may hold NUL. */
  readonly binary: boolean;
  /** Where in the line the mark begins. */
  readonly at: number;
}

/**
 * A command as received: lines without their line ends, and the literals between them. There is one line more than
 * there are literals, except where the last line announces a literal that has not been read.
 */
export interface CommandText {
  readonly lines: Uint8Array[];
  readonly literals: Uint8Array[];
}

/** Thrown when the grammar reaches a literal that the session has not read yet. */
export class LiteralPending extends Error {
  override readonly name = "LiteralPending";
}

const ZERO = 0x30;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x28;
const CLOSE = 0x29;

/** Octets that may stand in an atom (RFC 9051 §9 `ATOM-CHAR`), in an astring ("]" too), and in a tag (no "+"). */
const ATOM = 1;
const ASTRING = 2;
const LIST = 4;
const TAG = 8;
const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  for (let octet = 0x21; octet < 0x7f; octet++) {
    const char = String.fromCharCode(octet);
    const special = '(){"\\'.includes(char);
    if (!special && !"%*]".includes(char)) table[octet] = ATOM | ASTRING | LIST | TAG;
    else if (char === "]") table[octet] = ASTRING | LIST | TAG;
    else if (char === "%" || char === "*") table[octet] = LIST;
  }
  table[0x2b] = ATOM | ASTRING | LIST;
  return table;
}

/** The literal announced at the end of a line, if there is one. */
export function literalMark(line: Uint8Array): LiteralMark | undefined {
  let at = line.length - 1;
  if (line[at] !== 0x7d) return undefined;
  at--;
  const nonSynchronising = line[at] === 0x2b;
  if (nonSynchronising) at--;
  const end = at;
  let size = 0;
  let scale = 1;
  for (let octet = line[at]; octet !== undefined && octet >= ZERO && octet < ZERO + 10; octet = line[at]) {
    size += (octet - ZERO) * scale;
    scale *= 10;
    at--;
  }
  if (at === end || end - at > 15 || line[at] !== 0x7b) return undefined;
  const binary = line[at - 1] === 0x7e;
  return { size, synchronising: !nonSynchronising, binary, at: binary ? at - 1 : at };
}

/** How names and strings are to be read. */
export interface ParserOptions {
  /** IMAP4rev2 or UTF8=ACCEPT is enabled: folder names are UTF-8, not modified UTF-7 (RFC 9051 §5.1, RFC 9755 §3). */
  readonly utf8?: boolean;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_MS = 86_400_000;
const MAX_NUMBER = 0xffff_ffff;

/** Reads one command's text, part by part. */
export class Parser {
  #line = 0;
  #at = 0;
  #before = 0;
  #bytes: Buffer;
  #mark: LiteralMark | undefined;

  constructor(
    private readonly text: CommandText,
    private readonly options: ParserOptions = {},
  ) {
    this.#bytes = asBuffer(text.lines[0] ?? new Uint8Array());
    this.#mark = literalMark(this.#bytes);
  }

  /** Octets from the start of the command to here (literals not counted). */
  get position(): number {
    return this.#before + this.#at;
  }

  /** Refuses the command at this place. */
  fail(sentence: string): never {
    throw new GrammarError(sentence, this.position);
  }

  /** The next octet, or undefined at the end of the line. */
  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** Whether the next character is this one. */
  sees(char: string): boolean {
    return this.#bytes[this.#at] === char.charCodeAt(0);
  }

  /** Takes the character if it comes next. */
  accept(char: string): boolean {
    if (!this.sees(char)) return false;
    this.#at++;
    return true;
  }

  /** Takes the character or refuses. */
  expect(char: string): void {
    if (!this.accept(char)) this.fail(`Expected ${char === " " ? "a space" : `"${char}"`}`);
  }

  /** Takes one space. */
  space(): void {
    this.expect(" ");
  }

  /** Whether the whole command has been read. */
  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Whether the rest of the line says nothing: clients send spaces there. */
  get onlySpacesLeft(): boolean {
    let at = this.#at;
    while (this.#bytes[at] === SPACE) at++;
    return at >= this.#bytes.length;
  }

  /** Refuses anything left over. Trailing spaces are let pass. */
  end(): void {
    while (this.#bytes[this.#at] === SPACE) this.#at++;
    if (!this.atEnd) this.fail("Unexpected text after the arguments");
  }

  #take(mask: number): string {
    const start = this.#at;
    let at = start;
    while ((CLASSES[this.#bytes[at] ?? 0] as number) & mask) at++;
    this.#at = at;
    return this.#bytes.toString("latin1", start, at);
  }

  /** The command's tag (RFC 9051 §9 `tag`). */
  tag(): string {
    const tag = this.#take(TAG);
    if (tag === "") this.fail("Expected a tag");
    return tag;
  }

  /** An atom as written. */
  atom(what = "an atom"): string {
    const atom = this.#take(ATOM);
    if (atom === "") this.fail(`Expected ${what}`);
    return atom;
  }

  /** An atom in upper case: the words of the grammar do not mind case. */
  word(what = "a word"): string {
    return this.atom(what).toUpperCase();
  }

  /** Letters, digits, "." and "-" in upper case: names of FETCH items, which "[" and "<" may follow at once. */
  name(what: string): string {
    const start = this.#at;
    let at = start;
    for (let octet = this.#bytes[at]; octet !== undefined && isNameOctet(octet); octet = this.#bytes[at]) at++;
    if (at === start) this.fail(`Expected ${what}`);
    this.#at = at;
    return this.#bytes.toString("latin1", start, at).toUpperCase();
  }

  /** Takes the word if it comes next and ends there; otherwise stays. */
  acceptWord(word: string): boolean {
    const end = this.#at + word.length;
    if (this.#bytes.toString("latin1", this.#at, end).toUpperCase() !== word) return false;
    if ((CLASSES[this.#bytes[end] ?? 0] as number) & ATOM) return false;
    this.#at = end;
    return true;
  }

  /** A number of 32 bits (RFC 9051 §9 `number`), or of 63 with `limit` raised (`number64`). */
  number(what = "a number", limit = MAX_NUMBER): number {
    const start = this.#at;
    let value = 0;
    for (let octet = this.#bytes[this.#at]; octet !== undefined && isDigit(octet); octet = this.#bytes[this.#at]) {
      value = value * 10 + (octet - ZERO);
      if (value > limit) this.fail(`${sentenceCase(what)} is too large`);
      this.#at++;
    }
    if (this.#at === start) this.fail(`Expected ${what}`);
    return value;
  }

  /** A number that is not zero (`nz-number`). */
  nonZero(what = "a number from 1"): number {
    const start = this.#at;
    const value = this.number(what);
    if (value === 0) {
      this.#at = start;
      this.fail(`Expected ${what}, not 0`);
    }
    return value;
  }

  /** A number64 (RFC 9051 §9); values above 2^53 are no size or place that exists here. */
  number64(what = "a number"): number {
    return this.number(what, Number.MAX_SAFE_INTEGER);
  }

  /** A mod-sequence, of 63 bits (RFC 7162 §7); those above 2^53 are none that were given out here. */
  modseq(): number {
    const start = this.#at;
    const digits = this.#take(ATOM);
    if (!/^\d{1,19}$/.test(digits) || BigInt(digits) >= 2n ** 63n) {
      this.#at = start;
      this.fail("Expected a mod-sequence");
    }
    return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
  }

  /** Whether a quoted string or a literal comes next. */
  get seesString(): boolean {
    return this.sees('"') || this.#atLiteral();
  }

  #atLiteral(): boolean {
    return this.#mark !== undefined && this.#mark.at === this.#at;
  }

  /** A quoted string or literal, as octets (RFC 9051 §9 `string`). */
  string(what = "a string"): Uint8Array {
    if (this.sees('"')) return this.#quoted();
    if (this.#atLiteral()) return this.#literal();
    return this.fail(`Expected ${what}`);
  }

  #quoted(): Uint8Array {
    const start = this.#at + 1;
    let at = start;
    let escaped = false;
    for (let octet = this.#bytes[at]; octet !== QUOTE; octet = this.#bytes[at]) {
      if (octet === BACKSLASH) {
        escaped = true;
        octet = this.#bytes[++at];
        if (octet !== undefined && octet !== QUOTE && octet !== BACKSLASH) {
          this.#at = at;
          this.fail('Only "\\" and "\\"" may follow a backslash');
        }
      }
      if (octet === undefined) this.fail("The quoted string does not end");
      if (octet === 0 || octet === 0x0d || octet === 0x0a) {
        this.#at = at;
        this.fail("A quoted string may not hold CR, LF or NUL");
      }
      at++;
    }
    // RFC 9755 §3: octets with the high bit are UTF-8, or nothing.
    if (this.options.utf8 && !isUtf8(this.#bytes.subarray(start, at))) this.fail("The quoted string is not UTF-8");
    this.#at = at + 1;
    return escaped ? withoutEscapes(this.#bytes.subarray(start, at)) : this.#bytes.subarray(start, at);
  }

  #literal(): Uint8Array {
    const literal = this.text.literals[this.#line];
    const next = this.text.lines[this.#line + 1];
    if (!literal || !next) throw new LiteralPending();
    this.#before += this.#bytes.length;
    this.#line++;
    this.#bytes = asBuffer(next);
    this.#mark = literalMark(next);
    this.#at = 0;
    return literal;
  }

  /** The literal announced here, to be streamed by the session and not read: the message of an APPEND. */
  announcedLiteral(what: string): LiteralMark {
    if (!this.#mark || !this.#atLiteral()) this.fail(`Expected ${what}`);
    if (this.text.literals[this.#line]) this.fail(`Expected ${what} to be the last argument`);
    this.#at = this.#bytes.length;
    return this.#mark;
  }

  /** An astring as octets (atom with "]", quoted string or literal). */
  astring(what = "a string"): Uint8Array {
    const start = this.#at;
    let at = start;
    while ((CLASSES[this.#bytes[at] ?? 0] as number) & ASTRING) at++;
    if (at === start) return this.string(what);
    this.#at = at;
    return this.#bytes.subarray(start, at);
  }

  /** An astring as text: UTF-8. */
  text8(what = "a string"): string {
    return this.#utf8(this.astring(what), what);
  }

  /** A string or NIL, as text. */
  nstring(what = "a string or NIL"): string | undefined {
    if (this.acceptWord("NIL")) return undefined;
    return this.#utf8(this.string(what), what);
  }

  #utf8(octets: Uint8Array, what: string): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    } catch {
      return this.fail(`${sentenceCase(what)} is not UTF-8`);
    }
  }

  /** A folder name: modified UTF-7 or UTF-8 on the wire, Unicode in NFC here; "INBOX" in any case is "INBOX". */
  folder(): string {
    return inboxName(this.#folderText(this.astring("a folder name")));
  }

  /** A LIST pattern: a folder name in which "%" and "*" may stand (RFC 9051 §9 `list-mailbox`). */
  pattern(): string {
    const start = this.#at;
    let at = start;
    while ((CLASSES[this.#bytes[at] ?? 0] as number) & LIST) at++;
    this.#at = at;
    return this.#folderText(at === start ? this.string("a folder pattern") : this.#bytes.subarray(start, at));
  }

  #folderText(octets: Uint8Array): string {
    const text = this.#utf8(octets, "the folder name");
    if (/[\0\r\n]/.test(text)) this.fail("A folder name may not hold CR, LF or NUL");
    if (this.options.utf8 || /[^\0-\x7f]/.test(text)) return text.normalize("NFC");
    const decoded = decodeUtf7(text);
    if (decoded === undefined) this.fail("The folder name is not modified UTF-7 (RFC 3501 section 5.1.3)");
    return decoded.normalize("NFC");
  }

  /** A sequence set of message numbers or UIDs, or "$". */
  sequenceSet(): SequenceSet {
    if (this.accept("$")) return "saved";
    const ranges: SequenceRange[] = [];
    do {
      const first = this.#sequenceNumber();
      ranges.push({ first, last: this.accept(":") ? this.#sequenceNumber() : first });
    } while (this.accept(","));
    return ranges;
  }

  #sequenceNumber(): number {
    return this.accept("*") ? STAR : this.nonZero("a message number");
  }

  /** Whether a sequence set begins here. */
  get seesSequenceSet(): boolean {
    const octet = this.peek();
    return octet !== undefined && (isDigit(octet) || octet === 0x2a || octet === 0x24);
  }

  /** A parenthesised list; `item` reads one. Empty lists are allowed where `empty` says so. */
  list<T>(item: () => T, empty = true): T[] {
    this.expect("(");
    const items: T[] = [];
    if (this.peek() === CLOSE && empty) {
      this.#at++;
      return items;
    }
    do items.push(item());
    while (this.accept(" "));
    this.expect(")");
    return items;
  }

  /** Whether a parenthesis opens here. */
  get seesList(): boolean {
    return this.peek() === OPEN;
  }

  /** Whether a list comes next, behind a space. */
  get seesInnerList(): boolean {
    return this.peek() === SPACE && this.#bytes[this.#at + 1] === OPEN;
  }

  /** One flag: "\Name" of the five that a client may set, or a keyword (RFC 9051 §2.3.2), as written. */
  flag(): string {
    if (!this.accept("\\")) return this.atom("a flag");
    const name = this.atom("a flag").toLowerCase();
    const known = ["Seen", "Answered", "Flagged", "Deleted", "Draft"].find((flag) => flag.toLowerCase() === name);
    return known ? `\\${known}` : this.fail(`\\${name} is no flag that can be set`);
  }

  /** Flags in parentheses. */
  flagList(): string[] {
    return this.list(() => this.flag());
  }

  /** A date-time in quotes (RFC 9051 §9), as milliseconds since 1970. */
  dateTime(): number {
    const start = this.position;
    const text = Buffer.from(this.#quoted()).toString("latin1");
    const match = /^([ \d]\d)-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/i.exec(text);
    const day = match ? dayNumber(match[1], match[2], match[3]) : undefined;
    if (!match || day === undefined) throw new GrammarError('Expected a date like " 7-Feb-1994 21:52:25 -0800"', start);
    const [hours, minutes, seconds] = [Number(match[4]), Number(match[5]), Number(match[6])];
    if (hours > 23 || minutes > 59 || seconds > 60) throw new GrammarError("That time of day does not exist", start);
    const zone = (Number(match[8]) * 60 + Number(match[9])) * (match[7] === "-" ? -1 : 1);
    return day * DAY_MS + ((hours * 60 + minutes - zone) * 60 + seconds) * 1000;
  }

  /** A date of SEARCH, quoted or not (RFC 9051 §9 `date`), as days since 1970-01-01. */
  date(): number {
    const start = this.position;
    const text = this.sees('"') ? Buffer.from(this.#quoted()).toString("latin1") : this.atom("a date");
    const match = /^(\d\d?)-([a-z]{3})-(\d{4})$/i.exec(text);
    const day = match ? dayNumber(match[1], match[2], match[3]) : undefined;
    if (day === undefined) throw new GrammarError("Expected a date like 1-Feb-1994", start);
    return day;
  }
}

/** "INBOX" in any case is one folder, as is whatever stands below it (RFC 9051 §5.1). */
export function inboxName(name: string): string {
  return /^inbox(?=\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name;
}

function dayNumber(day: string | undefined, month: string | undefined, year: string | undefined): number | undefined {
  const index = MONTHS.indexOf((month ?? "").toLowerCase());
  const date = new Date(0);
  date.setUTCFullYear(Number(year), index, Number(day));
  const exists = index >= 0 && date.getUTCMonth() === index && date.getUTCDate() === Number(day);
  return exists ? Math.floor(date.getTime() / DAY_MS) : undefined;
}

function withoutEscapes(quoted: Uint8Array): Uint8Array {
  const plain = new Uint8Array(quoted.length);
  let used = 0;
  for (let at = 0; at < quoted.length; at++) {
    if (quoted[at] === BACKSLASH) at++;
    plain[used++] = quoted[at] as number;
  }
  return plain.subarray(0, used);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet < ZERO + 10;
}

function isNameOctet(octet: number): boolean {
  const letter = octet | 0x20;
  return isDigit(octet) || (letter >= 0x61 && letter <= 0x7a) || octet === 0x2e || octet === 0x2d;
}

function sentenceCase(what: string): string {
  return what.charAt(0).toUpperCase() + what.slice(1);
}
