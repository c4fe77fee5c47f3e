/**
 * HTML as plain text, for search and previews. One pass; no markup makes it slow or throws. What it gives is to be
 * read or searched, never to be shown as HTML again.
 */

import { decodeEntities } from "./entities.ts";

/** Elements after which, and before which, a new line begins. */
const BLOCKS: ReadonlySet<string> = new Set(
  "address article aside blockquote br center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul".split(
    " ",
  ),
);

/** Pieces of text between markup that are taken; honest documents have a few thousand. */
const MOST_PIECES = 150_000;

/** Elements whose content is not text for a reader. */
const HIDDEN: ReadonlySet<string> = new Set(["script", "style", "title", "template", "noframes", "object", "svg"]);

/** Soft hyphens and what newsletters pad their previews with. */
const INVISIBLE = /(?:\u00ad|\u034f|\u200b|\u2060|\ufeff)+/g;
/** White space that is not a single space; joiners after it join nothing. */
const SPACE = /\s(?:\s|\u200c|\u200d)+|[^\S ]/g;

/** The text of an HTML document, at most `limit` characters of it. */
export function htmlToText(html: string, limit: number): string {
  const reader = new HtmlReader(html, limit);
  reader.read();
  return reader.text();
}

class HtmlReader {
  readonly #html: string;
  readonly #limit: number;
  readonly #pieces: string[] = [];
  #length = 0;
  /** What stands before the next word. */
  #gap: "" | " " | "\n" = "";
  #at = 0;
  /** Quotes of that kind are known to be unclosed from here on. */
  readonly #unclosed = new Set<string>();

  constructor(html: string, limit: number) {
    this.#html = html;
    this.#limit = limit;
  }

  text(): string {
    return this.#pieces.join("").slice(0, this.#limit);
  }

  read(): void {
    const html = this.#html;
    while (this.#at < html.length && this.#length < this.#limit && this.#pieces.length < MOST_PIECES) {
      const open = html.indexOf("<", this.#at);
      if (open < 0) {
        this.#words(html.slice(this.#at, this.#at + this.#room()));
        return;
      }
      if (open > this.#at) this.#words(html.slice(this.#at, Math.min(open, this.#at + this.#room())));
      this.#at = open;
      this.#markup();
    }
  }

  /** How much of a long text is looked at: entities and white space make the result shorter than the source. */
  #room(): number {
    return (this.#limit - this.#length) * 12 + 100;
  }

  #words(source: string): void {
    const text = source.includes("&") ? decodeEntities(source) : source;
    const words = text.replace(INVISIBLE, "").replace(SPACE, " ");
    if (words === "" || words === " ") {
      if (words === " " && this.#gap === "") this.#gap = " ";
      return;
    }
    const gap = words.startsWith(" ") && this.#gap === "" ? " " : this.#gap;
    const before = this.#pieces.length === 0 ? "" : gap;
    const piece = before + words.trim();
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#gap = words.endsWith(" ") ? " " : "";
  }

  /** At a "<": a comment, a declaration, a tag, or only the character. */
  #markup(): void {
    const html = this.#html;
    const next = html.charCodeAt(this.#at + 1);
    if (html.startsWith("<!--", this.#at)) this.#skipPast("-->", 4);
    else if (next === 33 || next === 63) this.#skipPast(">", 2);
    else if (isLetter(next) || (next === 47 && isLetter(html.charCodeAt(this.#at + 2)))) this.#tag(next === 47);
    else {
      // Of many, the last one may begin a tag.
      let end = this.#at + 1;
      while (html.charCodeAt(end + 1) === 60 && html.charCodeAt(end) === 60) end++;
      this.#words(html.slice(this.#at, end));
      this.#at = end;
    }
  }

  #skipPast(mark: string, from: number): void {
    const end = this.#html.indexOf(mark, this.#at + from);
    this.#at = end < 0 ? this.#html.length : end + mark.length;
  }

  #tag(closing: boolean): void {
    const html = this.#html;
    const start = this.#at + (closing ? 2 : 1);
    let end = start;
    while (end < html.length && end - start < 20 && !endsName(html.charCodeAt(end))) end++;
    const name = html.slice(start, end).toLowerCase();
    this.#at = this.#endOfTag(end);
    if (!closing && HIDDEN.has(name)) this.#skipElement(name);
    if (BLOCKS.has(name)) this.#gap = "\n";
    else if ((name === "td" || name === "th") && this.#gap === "") this.#gap = " ";
  }

  /** After the ">" of a tag; one inside a quoted attribute does not count. */
  #endOfTag(from: number): number {
    const html = this.#html;
    for (let at = from; at < html.length; at++) {
      const c = html[at] as string;
      if (c === ">") return at + 1;
      if ((c === '"' || c === "'") && !this.#unclosed.has(c)) {
        const close = html.indexOf(c, at + 1);
        if (close < 0) this.#unclosed.add(c);
        else at = close;
      }
    }
    return html.length;
  }

  #skipElement(name: string): void {
    const close = new RegExp(`</${name}`, "gi");
    close.lastIndex = this.#at;
    const match = close.exec(this.#html);
    this.#at = match ? match.index : this.#html.length;
  }
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

function endsName(code: number): boolean {
  return code === 62 || code === 47 || code <= 32;
}
