/**
 * A letter's text in its two forms. What is written with formatting goes out as plain text too (RFC 2046 §5.1.4), made here; and plain
 * text becomes HTML where somebody goes on with formatting, or quotes what has none. Quotations are ">" in one and blockquote in the
 * other. Pure; the HTML comes from tidy.ts, which has made it well formed.
 */
import { decodeEntities } from "../../mime/entities.ts";

const TOKEN = /<(\/?)([a-z][a-z0-9]*)((?:\s[^>]*)?)>|[^<]+/g;
/** Elements that stand on lines of their own; those of the second list have an empty line before and behind. */
const BLOCKS = new Set("address article aside blockquote caption center dd div dl dt figcaption figure".split(" "));
for (const tag of "footer header hr li main nav ol section table tbody td tfoot th thead tr ul".split(" "))
  BLOCKS.add(tag);
const APART = new Set("p h1 h2 h3 h4 h5 h6 pre".split(" "));
const DEEPEST = 20;
/** Characters of a line; a longer one is broken, or each link on it would be looked for in all of it. */
const LONGEST_LINE = 2_000;

/** The plain text of a letter's HTML, with ">" in front of what is quoted. */
export function plainText(html: string): string {
  const writer = new PlainWriter();
  for (const match of html.matchAll(TOKEN)) {
    const [text, slash, tag, attributes = ""] = match;
    if (tag === undefined) writer.words(decodeEntities(text));
    else if (slash === "/") writer.close(tag);
    else writer.open(tag, attributes);
  }
  return writer.text();
}

/** The value of an attribute as tidy.ts writes it. */
const attribute = (attributes: string, name: string): string | undefined => {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : decodeEntities(value);
};

/** A line without the spaces at its end; a pattern would try every place of a long run of them. */
const withoutEnd = (line: string): string => {
  let end = line.length;
  while (line.endsWith(" ", end)) end--;
  return line.slice(0, end);
};

class PlainWriter {
  readonly #lines: string[] = [];
  /** The line that is being written; undefined before its first word. */
  #line = "";
  /** What begins the next line: an item's mark. */
  #mark = "";
  #quoted = 0;
  #pre = 0;
  /** An empty line is due before the next one. */
  #apart = false;
  readonly #lists: { ordered: boolean; number: number }[] = [];
  readonly #links: { href: string; from: number; line: number }[] = [];

  words(text: string): void {
    if (this.#line.length > LONGEST_LINE) this.#end();
    if (this.#pre > 0) {
      const [first = "", ...others] = text.split("\n");
      this.#line += first;
      for (const line of others) {
        this.#end();
        this.#line = line;
      }
      return;
    }
    const words = text.replace(/\u00ad|\u200b|\ufeff/g, "").replace(/[ \t\r\n]+/g, " ");
    this.#line += this.#line === "" || this.#line.endsWith(" ") ? words.replace(/^ +/, "") : words;
  }

  open(tag: string, attributes: string): void {
    if (tag === "br") this.#end();
    else if (tag === "img") this.words(attribute(attributes, "alt") ?? "");
    else if (tag === "a") {
      const href = attribute(attributes, "href");
      this.#links.push({ href: href ?? "", from: this.#line.length, line: this.#lines.length });
    } else if (tag === "td" || tag === "th") {
      if (this.#line !== "") this.words(" ");
    } else if (BLOCKS.has(tag) || APART.has(tag)) this.#block(tag);
  }

  #block(tag: string): void {
    this.#flush();
    if (APART.has(tag)) this.#apart = this.#lines.length > 0;
    if (tag === "blockquote") this.#quoted = Math.min(this.#quoted + 1, DEEPEST);
    if (tag === "pre") this.#pre++;
    if (tag === "ul" || tag === "ol") this.#lists.push({ ordered: tag === "ol", number: 0 });
    if (tag === "hr") {
      this.#line = "---";
      this.#flush();
    }
    if (tag === "li") {
      const list = this.#lists.at(-1);
      if (list !== undefined) list.number++;
      const indent = "  ".repeat(Math.max(0, Math.min(this.#lists.length, DEEPEST) - 1));
      this.#mark = `${indent}${list?.ordered ? `${list.number}.` : "-"} `;
    }
  }

  close(tag: string): void {
    if (tag === "a") this.#endOfLink();
    if (tag === "td" || tag === "th" || !(BLOCKS.has(tag) || APART.has(tag))) return;
    this.#flush();
    if (APART.has(tag)) this.#apart = true;
    if (tag === "blockquote") this.#quoted = Math.max(0, this.#quoted - 1);
    if (tag === "pre") this.#pre = Math.max(0, this.#pre - 1);
    if (tag === "ul" || tag === "ol") this.#lists.pop();
    if (tag === "li") this.#mark = "";
  }

  /** Where a link leads stands behind its words, unless they say it themselves. */
  #endOfLink(): void {
    const link = this.#links.pop();
    if (link === undefined || !/^https?:/.test(link.href)) return;
    const words = link.line === this.#lines.length ? this.#line.slice(link.from).trim() : "";
    const plain = (address: string) => address.replace(/^https?:\/\//, "").replace(/\/$/, "");
    if (words !== "" && plain(words) !== plain(link.href)) this.#line += ` <${link.href}>`;
  }

  /** Ends a line that has something on it. */
  #flush(): void {
    if (/[^ ]/.test(this.#line) || this.#mark.trim() !== "") this.#end();
    this.#line = "";
  }

  #end(): void {
    if (this.#apart && this.#lines.at(-1)?.replace(/^>* ?/, "") !== "") this.#put("");
    this.#apart = false;
    this.#put(this.#mark + withoutEnd(this.#line).replaceAll("\u00a0", " "));
    // Further lines of an item stand below its first word.
    this.#mark = " ".repeat(this.#mark.length);
    this.#line = "";
  }

  #put(line: string): void {
    const marks = ">".repeat(this.#quoted);
    const written = line.trim() === "" ? "" : line;
    this.#lines.push(marks === "" || written === "" ? marks + written : `${marks} ${written}`);
  }

  text(): string {
    this.#mark = "";
    this.#flush();
    return this.#lines.join("\n").trimEnd();
  }
}

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** Blanks that HTML would lose stay. */
const asHtml = (line: string): string => escaped(line).replace(/^ | (?= )/g, "&nbsp;");

/** Plain text as the editor has it: a division each line, and quotations where lines begin with ">". */
export function textAsHtml(text: string): string {
  const out: string[] = [];
  let depth = 0;
  const goTo = (wanted: number) => {
    for (; depth < wanted; depth++) out.push('<blockquote type="cite">');
    for (; depth > wanted; depth--) out.push("</blockquote>");
  };
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const marks = /^(?:> ?)*/.exec(line)?.[0] ?? "";
    goTo(Math.min(marks.replaceAll(" ", "").length, DEEPEST));
    const rest = line.slice(marks.length);
    out.push(`<div>${rest === "" ? "<br>" : asHtml(rest)}</div>`);
  }
  goTo(0);
  return out.join("");
}

/** Lines as divisions, for what the server itself writes into a letter. */
export const linesAsHtml = (lines: readonly string[]): string =>
  lines.map((line) => `<div>${line === "" ? "<br>" : asHtml(line)}</div>`).join("");

/** HTML as the content of a quotation. */
export const quotation = (html: string): string => `<blockquote type="cite">${html}</blockquote>`;
