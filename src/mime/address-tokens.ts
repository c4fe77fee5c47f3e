/** The lexical level of address lists (RFC 5322 §3.2): atoms, quoted strings, comments, literals and specials. */

import { isBlank } from "./octets.ts";

/** What a token is; `special` is one of `< > @ , ; : .` */
export interface Token {
  readonly kind: "atom" | "quoted" | "literal" | "comment" | "special";
  /** The text without quotes, quoted pairs and the parentheses of a comment. */
  readonly text: string;
  /** Whether white space or a comment stood before it. */
  readonly spaced: boolean;
}

const ENCODED_WORD = /=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?=/y;

/**
 * Cuts an address field into tokens in one pass. A quote, parenthesis or bracket that never closes is taken as an
 * ordinary character (and so are all later ones of its kind, which keeps hostile input linear).
 */
export class Tokenizer {
  readonly #text: string;
  #at = 0;
  #spaced = false;
  readonly #unclosed = { quote: false, comment: false, literal: false };
  #afterAt = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token, or undefined at the end. */
  next(): Token | undefined {
    const text = this.#text;
    while (this.#at < text.length && isBlank(text.charCodeAt(this.#at))) {
      this.#at++;
      this.#spaced = true;
    }
    if (this.#at >= text.length) return undefined;
    const afterAt = this.#afterAt;
    this.#afterAt = false;
    const code = text.charCodeAt(this.#at);
    if (code === 34 && !this.#unclosed.quote) return this.#quoted();
    if (code === 40 && !this.#unclosed.comment) return this.#comment();
    if (code === 91 && afterAt && !this.#unclosed.literal) return this.#literal();
    if (isSpecial(code)) {
      this.#afterAt = code === 64;
      this.#at++;
      return this.#token("special", text[this.#at - 1] as string);
    }
    return this.#atom();
  }

  #token(kind: Token["kind"], text: string): Token {
    const token = { kind, text, spaced: this.#spaced };
    this.#spaced = kind === "comment";
    return token;
  }

  #quoted(): Token {
    const start = this.#at + 1;
    const text = this.#text;
    let pairs = false;
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 34) {
        this.#at = i + 1;
        return this.#token("quoted", withoutPairs(text.slice(start, i), pairs));
      }
      if (code === 92) {
        pairs = true;
        i++;
      }
    }
    this.#unclosed.quote = true;
    this.#at = start;
    return this.#atom();
  }

  #comment(): Token {
    const start = this.#at + 1;
    const text = this.#text;
    let pairs = false;
    let depth = 1;
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 40) depth++;
      else if (code === 41 && --depth === 0) {
        this.#at = i + 1;
        return this.#token("comment", withoutPairs(text.slice(start, i), pairs));
      } else if (code === 92) {
        pairs = true;
        i++;
      }
    }
    this.#unclosed.comment = true;
    return this.#atom();
  }

  #literal(): Token {
    const end = this.#text.indexOf("]", this.#at);
    if (end < 0) {
      this.#unclosed.literal = true;
      return this.#atom();
    }
    const start = this.#at;
    this.#at = end + 1;
    return this.#token("literal", this.#text.slice(start, end + 1));
  }

  #atom(): Token {
    const start = this.#at;
    const text = this.#text;
    if (text.charCodeAt(start) === 61) {
      // An encoded word may hold (unlawfully) commas, colons and at signs that separate nothing.
      ENCODED_WORD.lastIndex = start;
      if (ENCODED_WORD.test(text)) {
        this.#at = ENCODED_WORD.lastIndex;
        return this.#token("atom", text.slice(start, this.#at));
      }
    }
    let i = start;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (isBlank(code) || isSpecial(code)) break;
      if (i > start && ((code === 34 && !this.#unclosed.quote) || (code === 40 && !this.#unclosed.comment))) break;
    }
    this.#at = i;
    return this.#token("atom", text.slice(start, i));
  }
}

function withoutPairs(text: string, pairs: boolean): string {
  return pairs ? text.replace(/\\([\s\S]?)/g, "$1") : text;
}

/** `< > @ , ; : .` */
function isSpecial(code: number): boolean {
  return code === 60 || code === 62 || code === 64 || code === 44 || code === 59 || code === 58 || code === 46;
}
