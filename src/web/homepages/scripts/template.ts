/**
 * What stands in a page: text to send as it is, and what the server runs. Pure, and linear in the length of the page.
 *
 * `<% statements %>`, `<%= expression %>` (escaped for HTML), `<%- expression %>` (as it is), `<%# comment %>`, `<%-- comment --%>`,
 * `<%%` for a plain `<%`; `<script runat="server">…</script>`; `<!--#include file="…" -->`. As much of HTML is followed as decides
 * where a tag is one (HTML standard §13.2.5): comments, quoted attribute values, and elements whose content is text.
 */

/** A piece of a page. */
export interface Segment {
  readonly kind: "text" | "code" | "escaped" | "raw" | "include";
  /** The text or code; for "include" the name of the file as written. */
  readonly text: string;
  /** Where `text` begins: the line from 1, the column from 0. */
  readonly line: number;
  readonly column: number;
}

/** The page cannot be read; `line` says where, from 1. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";

  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/** Elements whose content is text for the browser, and not markup. */
const RAW = /<(script|style|textarea|title)(?=[\t\n\f\r />])/iy;
const INCLUDE = /<!--\s*#include\s+file\s*=\s*(?:"([^"\n]{1,500})"|'([^'\n]{1,500})')\s*-->/iy;
const ATTRIBUTE = /([^\s"'>/=<]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/g;
/** A start tag without `<%` in it; longer ones hold no `runat`. */
const LONGEST_TAG = 2_000;
/** Signs of markup that are looked at to tell whether a page is to be run: a few milliseconds. */
const MOST_STEPS = 20_000;
const TAG = /^<script((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/i;

/**
 * Whether a page holds something for the server to do, or is broken where it says so. Asked on the event loop for every page: it looks only
 * so far, and a page that is tangled beyond that counts as one that does. Running it then gives its text as it is.
 */
export function holdsScript(source: string): boolean {
  if (!source.includes("<%") && !/<script[^<>]*runat|<!--\s*#include/i.test(source)) return false;
  try {
    return new Reader(source).holdsMore(MOST_STEPS);
  } catch (error) {
    if (error instanceof TemplateError) return true;
    throw error;
  }
}

/**
 * Takes a page apart.
 * @throws TemplateError where something that was begun is not ended
 */
export function parseTemplate(source: string): Segment[] {
  return new Reader(source).read();
}

/** Where the reader is in the HTML. */
type State =
  | { readonly in: "data" | "tag" | "comment" }
  | { readonly in: "value"; readonly quote: string }
  | { readonly in: "raw"; readonly end: RegExp };

/** Until where nothing can be of interest, in each state. */
const NEXT = {
  data: /</g,
  tag: /<%|>|=\s*["']/g,
  comment: /<%|-->|<script(?=[\t\n\f\r />])/gi,
} as const;

class Reader {
  readonly #segments: Segment[] = [];
  #at = 0;
  #state: State = { in: "data" };
  /** Elements of text whose start tag is being read. */
  #opening: RegExp | undefined;
  #text = "";
  #textFrom = 0;
  /** The line and column of `#countedAt`. */
  #line = 1;
  #lineStart = 0;
  #countedAt = 0;

  constructor(private readonly source: string) {}

  read(): Segment[] {
    while (this.#at < this.source.length) this.#advance();
    this.#flush();
    return this.#segments;
  }

  /** Whether there is more than text, as far as so many steps show; true where they do not reach the end. */
  holdsMore(mostSteps: number): boolean {
    for (let steps = 0; this.#at < this.source.length; steps++) {
      // What is left out of the page is no segment, but leaves a gap before where the text goes on.
      if (steps >= mostSteps || this.#segments.length > 0 || this.#text.length < this.#at) return true;
      this.#advance();
    }
    return this.#segments.length > 0 || this.#text !== this.source;
  }

  #advance(): void {
    const found = this.#find();
    this.#take(found);
    if (found < this.source.length) this.#step();
  }

  #find(): number {
    const state = this.#state;
    const pattern =
      state.in === "raw"
        ? state.end
        : state.in === "value"
          ? state.quote === '"'
            ? /<%|"/g
            : /<%|'/g
          : NEXT[state.in];
    pattern.lastIndex = this.#at;
    return pattern.exec(this.source)?.index ?? this.source.length;
  }

  /** Text up to `end` is sent as it is. */
  #take(end: number): void {
    if (this.#text === "") this.#textFrom = this.#at;
    this.#text += this.source.slice(this.#at, end);
    this.#at = end;
  }

  #flush(): void {
    if (this.#text !== "") this.#push("text", this.#text, this.#textFrom);
    this.#text = "";
  }

  #push(kind: Segment["kind"], text: string, from: number): void {
    this.#segments.push({ kind, text, ...this.#place(from) });
  }

  /** Places are asked for in the order of the page, so that each line is counted once. */
  #place(offset: number): { line: number; column: number } {
    for (;;) {
      const next = this.source.indexOf("\n", this.#countedAt);
      if (next === -1 || next >= offset) break;
      this.#line++;
      this.#lineStart = next + 1;
      this.#countedAt = next + 1;
    }
    return { line: this.#line, column: offset - this.#lineStart };
  }

  /** Something of interest begins here. */
  #step(): void {
    const state = this.#state;
    if (this.source.startsWith("<%", this.#at)) this.#island();
    else if (state.in === "data") this.#markup();
    else if (state.in === "raw") this.#turn({ in: "data" }, 2);
    else if (state.in === "value") this.#turn({ in: "tag" }, 1);
    else if (state.in === "tag") this.#inTag();
    else if (this.source[this.#at] === "-") this.#turn({ in: "data" }, 3);
    else if (!this.#serverScript(false)) this.#take(this.#at + 1);
  }

  /** Goes on in another state, behind so many characters of text. */
  #turn(state: State, characters: number): void {
    this.#state = state;
    this.#take(this.#at + characters);
  }

  #inTag(): void {
    if (this.source[this.#at] === ">") {
      this.#turn(this.#opening === undefined ? { in: "data" } : { in: "raw", end: this.#opening }, 1);
      this.#opening = undefined;
      return;
    }
    const quote = /["']/g;
    quote.lastIndex = this.#at;
    const at = quote.exec(this.source)?.index ?? this.#at;
    this.#turn({ in: "value", quote: this.source[at] ?? '"' }, at + 1 - this.#at);
  }

  /** `<` outside of tags and comments. */
  #markup(): void {
    const { source } = this;
    const isComment = source.startsWith("<!--", this.#at);
    if (isComment && !this.#include()) this.#turn({ in: "comment" }, 4);
    if (isComment) return;
    RAW.lastIndex = this.#at;
    const name = RAW.exec(source)?.[1]?.toLowerCase();
    if (name === "script" && this.#serverScript(true)) return;
    if (name !== undefined) this.#opening = new RegExp(`<%|</${name}(?=[\\t\\n\\f\\r />])`, "gi");
    const isTag = name !== undefined || /[a-z/]/i.test(source[this.#at + 1] ?? "");
    this.#turn(isTag ? { in: "tag" } : { in: "data" }, 1);
  }

  #include(): boolean {
    INCLUDE.lastIndex = this.#at;
    const match = INCLUDE.exec(this.source);
    if (match === null) return false;
    this.#flush();
    this.#push("include", match[1] ?? match[2] ?? "", this.#at);
    this.#at = INCLUDE.lastIndex;
    return true;
  }

  /** A `<script runat="server">`; one in a comment is neither run nor shown to visitors. */
  #serverScript(run: boolean): boolean {
    const tag = TAG.exec(this.source.slice(this.#at, this.#at + LONGEST_TAG));
    const attributes = new Map<string, string>();
    for (const [, name = "", value = ""] of tag?.[1]?.matchAll(ATTRIBUTE) ?? []) {
      attributes.set(
        name.toLowerCase(),
        value
          .replace(/^(["'])(.*)\1$/s, "$2")
          .trim()
          .toLowerCase(),
      );
    }
    if (tag === null || attributes.get("runat") !== "server") return false;
    const begin = this.#at;
    const from = begin + tag[0].length;
    const close = /<\/script[\t\n\f\r ]*>/gi;
    close.lastIndex = from;
    const end = close.exec(this.source);
    this.#flush();
    if (end === null)
      throw new TemplateError('This <script runat="server"> has no </script>.', this.#place(begin).line);
    if (attributes.has("src")) {
      const words = 'A script that the server runs has no src; write <!--#include file="…" --> instead.';
      throw new TemplateError(words, this.#place(begin).line);
    }
    if (run) this.#push("code", this.source.slice(from, end.index), from);
    this.#at = close.lastIndex;
    return true;
  }

  /** `<%` and what follows, wherever it stands. */
  #island(): void {
    const { source } = this;
    const begin = this.#at;
    if (source[begin + 2] === "%") {
      this.#take(begin + 2);
      this.#at++;
      return;
    }
    const isComment = source.startsWith("<%--", begin);
    const close = isComment ? "--%>" : "%>";
    const end = source.indexOf(close, begin + (isComment ? 4 : 2));
    this.#flush();
    if (end === -1) {
      throw new TemplateError(
        `This ${isComment ? "<%--" : "<%"} is not closed with ${close}.`,
        this.#place(begin).line,
      );
    }
    const sign = source[begin + 2];
    if (sign === "=" || sign === "-") {
      if (!isComment) this.#push(sign === "=" ? "escaped" : "raw", source.slice(begin + 3, end), begin + 3);
    } else if (sign !== "#") {
      this.#push("code", source.slice(begin + 2, end), begin + 2);
    }
    this.#at = end + close.length;
  }
}
