/**
 * What an HTML text shows, and what it hides: the words a reader sees, those he does not, where links lead and what they say
 * of it. One pass in linear time over whatever a stranger wrote; nesting costs nothing, and every list is bounded. Pure.
 */
import { decodeEntities } from "../../mime/entities.ts";

/** A link: where it leads, and what the reader is shown of it. */
export interface Link {
  /** The host it leads to, lower case; "" for what is no web address. */
  readonly host: string;
  /** What stands between its tags, at most 200 characters. */
  readonly shown: string;
}

/** An HTML text as its reader meets it. */
export interface HtmlLook {
  readonly visible: string;
  /** Text that is there and cannot be read: hidden by style, or in the colour of its ground. */
  readonly hidden: string;
  readonly links: readonly Link[];
  readonly images: number;
  /** Images fetched from elsewhere when the message is opened. */
  readonly remoteImages: number;
  /** Comments and empty tags within words, which take a word apart for programs only. */
  readonly tornWords: number;
  readonly forms: number;
  readonly scripts: number;
}

const MOST_LINKS = 500;
/** Tags that are looked at; nothing that people read has more, and what follows is not read. */
const MOST_TAGS = 6_000;
const LONGEST_SHOWN = 200;
/** A tag longer than this is not read to its end. */
const LONGEST_TAG = 8_192;
const LONGEST_HIDDEN = 16_384;

const BLOCKS = new Set(
  "address article blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li ol p pre table tbody td th tr ul".split(
    " ",
  ),
);
const UNREAD = new Set(["script", "style", "title", "template", "noframes", "object", "svg"]);
/** Elements without a content of their own. */
const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const WHITE = "#ffffff";
const NAMED: Readonly<Record<string, string>> = { white: WHITE, black: "#000000" };

const pattern = (name: string) => new RegExp(`[\\s"']${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i");
const ATTRIBUTES = {
  ...{ style: pattern("style"), bgcolor: pattern("bgcolor"), background: pattern("background") },
  ...{ color: pattern("color"), href: pattern("href"), src: pattern("src") },
};

/** Looks at an HTML text. @param limit characters of visible text at most */
export function lookAtHtml(html: string, limit: number): HtmlLook {
  const looker = new Looker(html, limit);
  looker.read();
  return looker.look();
}

class Looker {
  #at = 0;
  #tags = 0;
  #visible = "";
  /** A line has just ended. */
  #broken = true;
  #hidden = "";
  readonly #links: Link[] = [];
  #link: { host: string; shown: string } | undefined;
  #images = 0;
  #remoteImages = 0;
  #tornWords = 0;
  #forms = 0;
  #scripts = 0;
  /** The element that hides its content, and how many of its name are open within it. */
  #hiding: { readonly name: string; open: number } | undefined;
  #ground = WHITE;
  /** Other grounds are painted too: what has the page's colour may well be read on them. */
  #painted = false;

  constructor(
    private readonly html: string,
    private readonly limit: number,
  ) {}

  look(): HtmlLook {
    return {
      ...{ visible: this.#visible, hidden: this.#hidden.trim(), links: this.#links },
      ...{ images: this.#images, remoteImages: this.#remoteImages, tornWords: this.#tornWords },
      ...{ forms: this.#forms, scripts: this.#scripts },
    };
  }

  read(): void {
    const { html } = this;
    while (this.#at < html.length && this.#visible.length < this.limit && this.#tags < MOST_TAGS) {
      const open = html.indexOf("<", this.#at);
      const end = open < 0 ? html.length : open;
      if (end > this.#at) this.#text(html.slice(this.#at, end));
      if (open < 0) break;
      this.#at = open;
      this.#markup();
    }
    this.#endLink();
  }

  #text(source: string): void {
    const piece = source.slice(0, (this.limit - this.#visible.length) * 8 + 100);
    const text = piece.includes("&") ? decodeEntities(piece) : piece;
    if (this.#hiding !== undefined) {
      if (this.#hidden.length < LONGEST_HIDDEN) this.#hidden += text.slice(0, LONGEST_HIDDEN);
      return;
    }
    this.#visible += text.slice(0, this.limit - this.#visible.length);
    this.#broken = false;
    if (this.#link !== undefined && this.#link.shown.length < LONGEST_SHOWN) {
      this.#link.shown = (this.#link.shown + text).slice(0, LONGEST_SHOWN);
    }
  }

  #markup(): void {
    const { html } = this;
    const next = html.charCodeAt(this.#at + 1);
    if (html.startsWith("<!--", this.#at)) this.#pass("-->", 4);
    else if (next === 33 || next === 63) this.#pass(">", 2);
    else if (isLetter(next)) this.#startTag();
    else if (next === 47) this.#endTag();
    else {
      this.#text("<");
      this.#at++;
    }
  }

  /** A comment or a declaration; one between two letters takes a word apart. */
  #pass(mark: string, from: number): void {
    const { html } = this;
    const end = html.indexOf(mark, this.#at + from);
    const before = html.charCodeAt(this.#at - 1);
    this.#at = end < 0 ? html.length : end + mark.length;
    if (isLetter(before) && isLetter(html.charCodeAt(this.#at))) this.#tornWords++;
  }

  #nameAt(start: number): string {
    const { html } = this;
    let end = start;
    while (end < html.length && end - start < 20 && isNameCode(html.charCodeAt(end))) end++;
    return html.slice(start, end).toLowerCase();
  }

  #endTag(): void {
    const name = this.#nameAt(this.#at + 2);
    const end = this.html.indexOf(">", this.#at + 2);
    this.#at = end < 0 ? this.html.length : end + 1;
    if (name === "a") this.#endLink();
    if (this.#hiding?.name === name && --this.#hiding.open === 0) this.#hiding = undefined;
    if (BLOCKS.has(name)) this.#break();
  }

  #startTag(): void {
    this.#tags++;
    const name = this.#nameAt(this.#at + 1);
    const start = this.#at + 1 + name.length;
    this.#at = this.#endOfTag(start);
    const attributes = this.html.slice(start, Math.min(this.#at, start + LONGEST_TAG));
    if (BLOCKS.has(name)) this.#break();
    if (UNREAD.has(name)) {
      if (name === "script") this.#scripts++;
      this.#passElement(name);
      return;
    }
    if (this.#hiding !== undefined) {
      if (this.#hiding.name === name) this.#hiding.open++;
    } else if (attributes.length > 1) this.#styled(name, attributes);
    this.#counted(name, attributes);
  }

  #counted(name: string, attributes: string): void {
    if (name === "a") {
      this.#endLink();
      const href = attribute(attributes, "href");
      if (href !== undefined && this.#links.length < MOST_LINKS) this.#link = { host: hostOf(href), shown: "" };
    } else if (name === "img") {
      this.#images++;
      if (/^\s*(https?:)?\/\//i.test(attribute(attributes, "src") ?? "")) this.#remoteImages++;
    } else if (name === "form") this.#forms++;
  }

  /** Colours and what hides. */
  #styled(name: string, attributes: string): void {
    const style = attributes.includes("=") ? (attribute(attributes, "style") ?? "").toLowerCase() : "";
    const ground = attribute(attributes, "bgcolor") ?? /background(?:-color)?\s*:\s*([^;]+)/.exec(style)?.[1];
    if (name === "body") this.#ground = colourOf(ground) ?? WHITE;
    else if (attribute(attributes, "background") !== undefined) this.#painted = true;
    else if (ground !== undefined && colourOf(ground) !== this.#ground) this.#painted = true;
    if (!VOID.has(name) && name !== "body" && this.#hides(name, attributes, style)) {
      this.#hiding = { name, open: 1 };
    }
  }

  #hides(name: string, attributes: string, style: string): boolean {
    if (/display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0*[01]?(px|pt|em|%|\s*[;"']|$)/.test(style))
      return true;
    if (this.#painted) return false;
    const own = name === "font" ? attribute(attributes, "color") : /(?:^|[;\s])color\s*:\s*([^;]+)/.exec(style)?.[1];
    const colour = own === undefined ? undefined : colourOf(own);
    return colour !== undefined && near(colour, this.#ground);
  }

  #endLink(): void {
    if (this.#link === undefined) return;
    this.#links.push({ host: this.#link.host, shown: this.#link.shown.replace(/\s+/g, " ").trim() });
    this.#link = undefined;
  }

  #break(): void {
    if (!this.#broken) this.#visible += "\n";
    this.#broken = true;
  }

  /** After the ">" of a tag; one in quotes does not count, as long as the quotes are closed soon. */
  #endOfTag(from: number): number {
    const { html } = this;
    const last = Math.min(html.length, from + LONGEST_TAG);
    for (let at = from; at < last; at++) {
      const code = html.charCodeAt(at);
      if (code === 62) return at + 1;
      if ((code === 34 || code === 39) && html.charCodeAt(at - 1) === 61) {
        let close = at + 1;
        while (close < last && html.charCodeAt(close) !== code) close++;
        if (close < last) at = close;
      }
    }
    return last;
  }

  #passElement(name: string): void {
    const close = new RegExp(`</${name}`, "gi");
    close.lastIndex = this.#at;
    this.#at = close.exec(this.html)?.index ?? this.html.length;
  }
}

/** The value of an attribute; undefined where it is not there. */
function attribute(attributes: string, name: keyof typeof ATTRIBUTES): string | undefined {
  const match = ATTRIBUTES[name].exec(attributes);
  return match === null ? undefined : (match[1] ?? match[2] ?? match[3]);
}

/** #rrggbb of a colour as HTML and styles write it; undefined for what is none of those. */
function colourOf(text: string | undefined): string | undefined {
  const plain = (text ?? "").trim().toLowerCase();
  const named = NAMED[plain];
  if (named !== undefined) return named;
  const long = /^#?([0-9a-f]{6})$/.exec(plain)?.[1];
  if (long !== undefined) return `#${long}`;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(plain);
  return short === null
    ? undefined
    : `#${short
        .slice(1)
        .map((digit) => digit + digit)
        .join("")}`;
}

/** Whether the eye sees no difference. */
function near(one: string, other: string): boolean {
  const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const second = channels(other);
  return channels(one).every((value, at) => Math.abs(value - (second[at] ?? 0)) <= 8);
}

/** The host of a web address, lower case; "" where there is none. */
export function hostOf(address: string): string {
  const match = /^\s*(?:https?:)?\/\/(?:[^/?#@\s]*@)?([^/?#:\s\\]+)/i.exec(address.slice(0, 2_000));
  if (match === null) return "";
  const host = (match[1] ?? "").toLowerCase().replace(/\.$/, "");
  return host.length <= 253 ? host : "";
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

function isNameCode(code: number): boolean {
  return isLetter(code) || (code >= 48 && code <= 58) || code === 45;
}
