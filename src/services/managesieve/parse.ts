/**
 * The grammar of ManageSieve commands (RFC 5804 §4): a line is atoms, numbers and strings, and may end in the announcement of a
 * literal. Pure.
 */

/** A string longer than may be read: its octets were passed over. */
export interface Overlong {
  readonly overlong: number;
}

/** One word of a command. */
export type Token =
  | { readonly kind: "atom"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly octets: Uint8Array | Overlong };

/** A line taken apart. */
export interface Scanned {
  readonly tokens: readonly Token[];
  /** Octets of the literal that follows the line. */
  readonly literal: number | undefined;
}

/** The line is no command; the sentence says why. */
export class GrammarError extends Error {
  override readonly name = "GrammarError";
}

/** Octets between the quotes of a string (RFC 5804 §4). */
const LONGEST_QUOTED = 1_024;
/** RFC 5804 §4: a number has 32 bits. */
const LARGEST_NUMBER = 4_294_967_295;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const BRACE = 0x7b;

const LITERAL = /^\{(\d{1,10})(\+?)\}$/;
/** The announcement of a literal where the rest of the line is not known. */
const MARK_AT_END = /\{\d{1,10}\+?\}$/;

/** Whether a line that was not read whole announced a literal. */
export function announcesLiteral(tail: Uint8Array): boolean {
  return MARK_AT_END.test(Buffer.from(tail).toString("latin1"));
}

/** Takes a line apart. @throws GrammarError */
export function scan(line: Uint8Array): Scanned {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; ) {
    const octet = line[at];
    if (octet === SPACE) {
      at++;
    } else if (octet === QUOTE) {
      const { octets, end } = quoted(line, at + 1);
      tokens.push({ kind: "string", octets });
      at = end;
    } else {
      const end = endOfWord(line, at);
      const word = Buffer.from(line.buffer, line.byteOffset + at, end - at).toString("latin1");
      if (octet === BRACE) return { tokens, literal: literalOf(word, end === line.length) };
      tokens.push(wordOf(word));
      at = end;
    }
  }
  return { tokens, literal: undefined };
}

function endOfWord(line: Uint8Array, start: number): number {
  let at = start;
  while (at < line.length && line[at] !== SPACE && line[at] !== QUOTE) at++;
  return at;
}

function literalOf(word: string, last: boolean): number {
  const [, digits = "", plus] = LITERAL.exec(word) ?? [];
  if (digits === "" || !last) throw new GrammarError("A literal is announced as {12+} at the end of the line.");
  // RFC 5804 §4: a client's literals do not wait to be asked for.
  if (plus === "") throw new GrammarError("A client's literal is announced with a plus sign: {12+}.");
  const size = Number(digits);
  if (size > LARGEST_NUMBER) throw new GrammarError("The literal is too large.");
  return size;
}

function wordOf(word: string): Token {
  if (/^\d+$/.test(word)) {
    const value = Number(word);
    if (value > LARGEST_NUMBER) throw new GrammarError("The number is too large.");
    return { kind: "number", value };
  }
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(word)) throw new GrammarError("That is no command of ManageSieve.");
  return { kind: "atom", text: word.toUpperCase() };
}

function quoted(line: Uint8Array, start: number): { octets: Uint8Array; end: number } {
  const octets: number[] = [];
  for (let at = start; at < line.length; at++) {
    let octet = line[at] ?? 0;
    if (octet === QUOTE) {
      const next = line[at + 1];
      if (next !== undefined && next !== SPACE) throw new GrammarError("A space is missing behind a string.");
      return { octets: Uint8Array.from(octets), end: at + 1 };
    }
    if (octet === BACKSLASH) {
      octet = line[++at] ?? 0;
      if (octet !== QUOTE && octet !== BACKSLASH) throw new GrammarError('A backslash stands before " or \\ alone.');
    }
    if (octets.length === LONGEST_QUOTED) {
      throw new GrammarError(`A quoted string has at most ${LONGEST_QUOTED} octets; use a literal.`);
    }
    octets.push(octet);
  }
  throw new GrammarError("A quoted string has no end.");
}

/** Takes the words of one command in order, each of the kind that the command's grammar has there. */
export class Arguments {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Whether there is another one. */
  get more(): boolean {
    return this.#at < this.tokens.length;
  }

  /** A string as text. @throws GrammarError */
  text(what: string): string {
    const octets = this.octets(what);
    if ("overlong" in octets) throw new GrammarError(`The ${what} is too long.`);
    return textOf(octets, what);
  }

  /** A string as octets, or how long it would have been. @throws GrammarError */
  octets(what: string): Uint8Array | Overlong {
    const token = this.tokens[this.#at++];
    if (token?.kind !== "string") throw new GrammarError(`The ${what} is missing: a string stands here.`);
    return token.octets;
  }

  /** @throws GrammarError */
  number(what: string): number {
    const token = this.tokens[this.#at++];
    if (token?.kind !== "number") throw new GrammarError(`The ${what} is missing: a number stands here.`);
    return token.value;
  }

  /** @throws GrammarError */
  end(): void {
    if (this.more) throw new GrammarError("The command has more arguments than it takes.");
  }
}

/** Octets as text. @throws GrammarError where they are no UTF-8 */
export function textOf(octets: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new GrammarError(`The ${what} is not UTF-8.`);
  }
}
