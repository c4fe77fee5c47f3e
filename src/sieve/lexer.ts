/** Divides a script into tokens (RFC 5228 §8.1); white space and comments go. Pure, in one pass. */
import { type Place, SieveError } from "./error.ts";

export type TokenKind = "identifier" | "tag" | "number" | "string" | "mark" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The identifier or tag in lower case (a tag without its colon), the string with escapes undone, the mark itself. */
  readonly text: string;
  /** Of a number. */
  readonly value: number;
  /** Offsets into the script. */
  readonly start: number;
  readonly end: number;
}

/** RFC 5228 §8.1: at least 2,147,483,647; IMAP's sizes go further, and so do ours. */
const GREATEST = Number.MAX_SAFE_INTEGER;
const QUANTIFIERS: Readonly<Record<string, number>> = { k: 1 << 10, m: 1 << 20, g: 1 << 30 };
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /([0-9]+)([KkMmGg])?/y;
const BLANK = /[ \t\r\n]*/y;
const TEXT_START = /text:[ \t]*(?:#[^\r\n]*)?\r?\n/iy;

const START = { at: 0, line: 1, column: 1 };

const LF = 10;

/** The second of two units that are one character. */
const isSecondHalf = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

export class Lexer {
  #at = 0;
  /** The place last asked for. */
  #known = START;

  /** @param onComment is given each comment passed over, without the end of its line */
  constructor(
    readonly text: string,
    private readonly onComment?: (comment: string) => void,
  ) {
    // Editors of one system put a mark in front that is no part of the script.
    if (text.startsWith("\ufeff")) this.#at = 1;
    const nul = text.indexOf("\0");
    if (nul >= 0) throw this.error(nul, "a script cannot contain NUL characters.");
  }

  /** The place of an offset. Quick where offsets are asked for in their order, as a parser does. */
  place(offset: number): Place {
    let { at, line, column } = offset >= this.#known.at ? this.#known : START;
    for (; at < offset; at++) {
      const unit = this.text.charCodeAt(at);
      if (unit === LF) {
        line++;
        column = 1;
      } else if (!isSecondHalf(unit)) column++;
    }
    this.#known = { at, line, column };
    return { line, column };
  }

  error(offset: number, reason: string): SieveError {
    return new SieveError(this.place(offset), reason);
  }

  next(): Token {
    this.#skip();
    const start = this.#at;
    const first = this.text[start];
    if (first === undefined) return this.#token("end", "", start);
    if (first === '"') return this.#quoted(start);
    if (first === ":") return this.#tag(start);
    if (first >= "0" && first <= "9") return this.#number(start);
    if ("[](){},;".includes(first)) return this.#token("mark", first, start + 1);
    TEXT_START.lastIndex = start;
    const multiline = TEXT_START.exec(this.text);
    if (multiline) return this.#multiline(start, start + multiline[0].length);
    const name = this.#match(IDENTIFIER, start)?.[0];
    if (name !== undefined) return this.#token("identifier", name.toLowerCase(), start + name.length);
    const character = String.fromCodePoint(this.text.codePointAt(start) as number);
    throw this.error(start, `“${character}” has no meaning here.`);
  }

  #token(kind: TokenKind, text: string, end: number, value = 0): Token {
    const start = this.#at;
    this.#at = end;
    return { kind, text, value, start, end };
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(this.text);
  }

  /** Passes over white space and comments (RFC 5228 §2.2, §2.3). */
  #skip(): void {
    for (;;) {
      this.#at += this.#match(BLANK, this.#at)?.[0].length ?? 0;
      const start = this.#at;
      if (this.text[start] === "#") {
        const lf = this.text.indexOf("\n", start);
        this.#at = lf < 0 ? this.text.length : lf;
      } else if (this.text.startsWith("/*", start)) {
        const close = this.text.indexOf("*/", start + 2);
        if (close < 0) throw this.error(start, "this comment has no end; write */ after it.");
        this.#at = close + 2;
      } else return;
      this.onComment?.(this.text.slice(start, this.#at).replace(/\r$/, ""));
    }
  }

  #tag(start: number): Token {
    const name = this.#match(IDENTIFIER, start + 1)?.[0];
    if (name === undefined) throw this.error(start, "after a colon comes the name of an option, e.g. :contains.");
    return this.#token("tag", name.toLowerCase(), start + 1 + name.length);
  }

  #number(start: number): Token {
    const [whole = "", digits = "", quantifier = ""] = this.#match(NUMBER, start) ?? [];
    const value = Number(digits) * (QUANTIFIERS[quantifier.toLowerCase()] ?? 1);
    if (value > GREATEST) throw this.error(start, "this number is too large.");
    const end = start + whole.length;
    if (/[A-Za-z0-9_]/.test(this.text[end] ?? "")) {
      throw this.error(end, "after a number only K, M or G may stand.");
    }
    return this.#token("number", whole, end, value);
  }

  /** RFC 5228 §2.4.2: a backslash before any other character than these two means nothing. */
  #quoted(start: number): Token {
    let end = start + 1;
    for (;;) {
      const code = this.text.charCodeAt(end);
      if (code === 34) break;
      if (Number.isNaN(code)) throw this.error(start, 'this string has no end; write " after it.');
      end += code === 92 ? 2 : 1;
    }
    const inner = this.text.slice(start + 1, end);
    return this.#token("string", inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner, end + 1);
  }

  /** Lines up to one that is a single dot; a dot at the start of a line is doubled (RFC 5228 §2.4.2). */
  #multiline(start: number, from: number): Token {
    const lines: string[] = [];
    for (let at = from; ; ) {
      const lf = this.text.indexOf("\n", at);
      const end = lf < 0 ? this.text.length : lf;
      const line = this.text.slice(at, this.text[end - 1] === "\r" && end > at ? end - 1 : end);
      if (line === ".") {
        return this.#token("string", lines.map((one) => `${one}\r\n`).join(""), lf < 0 ? end : lf + 1);
      }
      if (lf < 0) throw this.error(start, "this text has no end; write a line with a single dot after it.");
      lines.push(line.startsWith("..") ? line.slice(1) : line);
      at = lf + 1;
    }
  }
}
