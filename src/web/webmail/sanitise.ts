/**
 * Makes a stranger's HTML fit to be shown: sanitize-html with a strict allow-list, our style filter, and our policy for
 * links and pictures. Called by sanitiser.ts on a thread of its own; the sandboxed frame and Content-Security-Policy would still hold if
 * something slipped through here; and this would still hold without them.
 *
 * The output consists of ordinary HTML elements only. No element with raw text or of a foreign namespace (style, script,
 * textarea, title, noscript, template, svg, math, …) is ever written, all text and every attribute value is escaped,
 * and so a browser that reads the output anew (mutation XSS) finds the same tree.
 *
 * The cost is bounded before and during the work: length and number of tags are cut, nesting ends the attempt, and so does
 * the clock.
 */

import type { IOptions, Tag } from "sanitize-html";
import { Refusal } from "../../refusal.ts";
import { cleanDeclarations, cleanStylesheet, type PicturePolicy, type StyleFindings } from "./css.ts";
import { BothPapers } from "./dark-colours.ts";
import { type Misleading, markLinks } from "./links.ts";
import { pictureAddress } from "./picture-address.ts";

/** How one message is to be shown. */
export interface SanitiseOptions {
  /** With what the addresses of pictures of other hosts are signed, where they are shown; see picture-address.ts. */
  readonly pictureKey: string | undefined;
  /** What to put where the message says `cid:` and a Content-ID (without angle brackets), for the pictures that came along. */
  readonly pictures: Readonly<Record<string, string>>;
  /** Where a mailto: link leads: this, followed by the escaped URL as written. */
  readonly mailto: string;
}

/** HTML that may be shown, and what the reader should be told about it. */
export interface Sanitised {
  readonly html: string;
  /** Style rules of the message, filtered, for a style element in the frame. */
  readonly css: string;
  /** Pictures on other hosts: left out, or let through where that was asked for. */
  readonly remotePictures: number;
  /** True when the message sets colours of its own: dark paper changes them. */
  readonly coloured: boolean;
  /** The hosts that links lead to, and links that say another than they lead to. */
  readonly hosts: readonly string[];
  readonly misleading: readonly Misleading[];
  /** The class of what the sanitiser itself wrote beside links; the message cannot know it. */
  readonly mark: string;
  /** True when the message was too long and its end is missing. */
  readonly clipped: boolean;
}

/** Bounds of one message's HTML; beyond the first two it is clipped, beyond the others refused. */
export const SANITISE_LIMITS = {
  characters: 2_000_000,
  /** Occurrences of "<": about twice the number of elements. */
  tags: 24_000,
  /** Open elements at one time. Honest mail stays under a hundred; browsers stop at 512. */
  depth: 400,
  /** Of the processor: a busy machine makes no message tangled. */
  milliseconds: 400,
} as const;

/** Elements that are written out; every other one goes. */
export const TAGS = [
  ..."a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn".split(
    " ",
  ),
  ..."div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol".split(
    " ",
  ),
  ..."p pre q rp rt ruby s samp section small span strike strong sub sup table tbody td tfoot th thead time tr".split(
    " ",
  ),
  ..."tt u ul var wbr".split(" "),
];

/** Elements whose content is not text of the message; it goes with them. (style is missing here: see #text.) */
export const SILENT = [
  ..."script textarea option select title xmp noscript noembed noframes plaintext template iframe".split(" "),
  ..."frameset svg math audio video canvas object applet datalist dialog portal".split(" "),
];

const EVERYWHERE = ["style", "class", "id", "dir", "lang", "align", "valign", "bgcolor", "width", "height", "title"];

const ATTRIBUTES: Record<string, string[]> = {
  "*": EVERYWHERE,
  a: ["href", "name", "target", "rel", "data-leads"],
  img: ["src", "alt", "border", "hspace", "vspace"],
  table: ["border", "cellpadding", "cellspacing", "rules", "frame", "summary"],
  td: ["colspan", "rowspan", "nowrap", "abbr", "headers", "scope"],
  th: ["colspan", "rowspan", "nowrap", "abbr", "headers", "scope"],
  col: ["span"],
  colgroup: ["span"],
  font: ["color", "face", "size"],
  hr: ["size", "color", "noshade"],
  ol: ["start", "type", "reversed"],
  ul: ["type"],
  li: ["value", "type"],
  time: ["datetime"],
  br: ["clear"],
};

export const LONGEST_ADDRESS = 8_000;

/** A transparent picture of one pixel: keeps the place of a picture that is not loaded. */
export const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/** Colours in attributes of one message that get companions for dark paper. */
const MOST_ATTRIBUTE_COLOURS = 300;
/** Characters of an address that are shown where a link is pointed at. */
const LONGEST_SHOWN = 400;

const DATA_PICTURE = /^data:image\/(?:png|jpe?g|gif|webp|bmp|avif);base64,[a-z0-9+/=\s]+$/i;

/**
 * Filters the HTML of one message part (or of several, one after the other).
 * @throws Refusal "invalid" where the markup is nested or tangled beyond what can be shown; show the text then.
 */
export async function sanitise(html: string, options: SanitiseOptions): Promise<Sanitised> {
  const [{ default: sanitizeHtml }, { parse }] = await Promise.all([import("sanitize-html"), import("tldts")]);
  const source = clip(html);
  const attempt = new Attempt(options);
  const clean = sanitizeHtml(source, attempt.options());
  const mark = `mark-${crypto.randomUUID()}`;
  const siteOf = (host: string) => {
    const { domain, isIcann, isPrivate } = parse(host, { allowPrivateDomains: true });
    return isIcann === true || isPrivate === true ? domain : null;
  };
  const links = markLinks(clean, siteOf, mark);
  return {
    ...{ ...links, mark },
    css: [...attempt.attributeRules(), cleanStylesheet(attempt.sheets.join("\n"), attempt.findings)].join("\n"),
    remotePictures: attempt.remote,
    coloured: attempt.findings.coloured,
    clipped: source.length < html.length,
  };
}

/** Cuts where the length or the number of tags passes its limit. */
export function clip(html: string): string {
  let at = -1;
  for (let tags = 0; tags <= SANITISE_LIMITS.tags; tags++) {
    at = html.indexOf("<", at + 1);
    if (at < 0 || at >= SANITISE_LIMITS.characters) return html.slice(0, SANITISE_LIMITS.characters);
  }
  return html.slice(0, at);
}

/** How long this thread has worked. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** One run over one message: its options for sanitize-html, and what it found. */
class Attempt {
  readonly sheets: string[] = [];
  readonly findings: StyleFindings = { coloured: false, bothPapers: new BothPapers() };
  /** Colours in attributes, as `name value`. */
  readonly #attributeColours = new Set<string>();
  readonly #end = workedMs() + SANITISE_LIMITS.milliseconds;
  readonly #pictures: PicturePolicy;
  readonly #remoteSeen = new Set<string>();
  #depth = 0;

  constructor(private readonly wanted: SanitiseOptions) {
    this.#pictures = (url) => this.#picture(url);
  }

  /** Distinct pictures on other hosts. */
  get remote(): number {
    return this.#remoteSeen.size;
  }

  /** Rules for the colours that stand in attributes. */
  attributeRules(): string[] {
    return [...this.#attributeColours].flatMap((colour) => {
      const [name = "", value = ""] = colour.split(" ");
      return this.findings.bothPapers?.ruleForAttribute(name, value) ?? [];
    });
  }

  options(): IOptions {
    return {
      allowedTags: TAGS,
      allowedAttributes: ATTRIBUTES,
      nonTextTags: SILENT,
      disallowedTagsMode: "discard",
      allowedSchemes: ["http", "https", "tel"],
      allowedSchemesByTag: { img: ["http", "https", "data", "cid"] },
      allowedSchemesAppliedToAttributes: ["href", "src"],
      allowProtocolRelative: false,
      parseStyleAttributes: false,
      nestingLimit: SANITISE_LIMITS.depth / 2,
      enforceHtmlBoundary: false,
      parser: { lowerCaseTags: true, lowerCaseAttributeNames: true, decodeEntities: true },
      onOpenTag: () => this.#opened(),
      onCloseTag: () => {
        this.#depth--;
      },
      textFilter: (text, tag) => this.#text(text, tag),
      transformTags: { "*": (name, attribs) => this.#element(name, attribs) },
    };
  }

  #opened() {
    if (++this.#depth > SANITISE_LIMITS.depth || workedMs() > this.#end) {
      throw new Refusal("invalid", "The formatting of this message is too tangled to show; this is its text.");
    }
  }

  /** Style sheets are taken aside; their text reaches us escaped as any text is. */
  #text(text: string, tag: string): string {
    if (tag !== "style") return text;
    this.sheets.push(
      text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&"),
    );
    return "";
  }

  #element(name: string, attribs: Record<string, string>): Tag {
    // The body's own colours belong to the paper, which in the frame is an element of its own.
    const tagName = name === "body" ? "div" : name;
    if (!TAGS.includes(tagName)) return { tagName, attribs: {} };
    const kept: Record<string, string> = {};
    for (const key of [...EVERYWHERE, ...(ATTRIBUTES[tagName] ?? [])]) {
      const value = Object.hasOwn(attribs, key) ? attribs[key] : undefined;
      const clean = value === undefined ? undefined : cleanAttribute(key, value, this.findings, this.#pictures);
      if (clean === undefined) continue;
      kept[key] = clean;
      if ((key === "bgcolor" || key === "color") && this.#attributeColours.size < MOST_ATTRIBUTE_COLOURS)
        this.#attributeColours.add(`${key} ${clean}`);
    }
    if (name === "body") kept.class = `message-body ${kept.class ?? ""}`.trim();
    if (tagName === "a") this.#link(kept);
    if (tagName === "img") this.#image(kept);
    return { tagName, attribs: kept };
  }

  /** Links lead out of the frame into a window that knows nothing of this one; only web, mail and telephone links stay. */
  #link(attribs: Record<string, string>) {
    const raw = attribs.href;
    delete attribs.href;
    delete attribs["data-leads"];
    if (raw === undefined) return;
    const text = withoutControls(raw);
    if (/^#[\w.:-]{1,200}$/.test(text)) {
      attribs.href = text;
      return;
    }
    const href = /^mailto:/i.test(text)
      ? this.wanted.mailto + encodeURIComponent(text.slice(0, LONGEST_ADDRESS))
      : /^tel:[\d+*#(). -]{1,40}$/i.test(text)
        ? text
        : webAddress(text);
    if (href === undefined) return;
    attribs.href = href;
    // Shown by the frame where the link is pointed at or reached with keys.
    attribs["data-leads"] = (/^mailto:/i.test(text) ? text : href).slice(0, LONGEST_SHOWN);
    attribs.target = "_blank";
    attribs.rel = "noopener noreferrer nofollow";
  }

  #image(attribs: Record<string, string>) {
    const raw = attribs.src;
    const address = raw === undefined ? undefined : this.#picture(raw);
    if (address !== undefined) {
      attribs.src = address;
      return;
    }
    attribs.src = BLANK;
    attribs.alt ??= "";
    const side = (value: string | undefined) => Number.parseFloat(value ?? "");
    const tracker = side(attribs.width) <= 3 || side(attribs.height) <= 3;
    attribs.class = `${attribs.class ?? ""} ${tracker ? "picture-tracker" : "picture-held"}`.trim();
  }

  #picture(raw: string): string | undefined {
    const url = withoutControls(raw);
    if (/^cid:/i.test(url)) {
      const { pictures } = this.wanted;
      const id = decoded(url.slice(4));
      return Object.hasOwn(pictures, id) ? pictures[id] : undefined;
    }
    if (/^data:/i.test(url)) return DATA_PICTURE.test(url) ? url.replace(/\s+/g, "") : undefined;
    const address = webAddress(url);
    if (address === undefined) return undefined;
    this.#remoteSeen.add(address);
    const { pictureKey } = this.wanted;
    return pictureKey === undefined ? undefined : pictureAddress(address, pictureKey);
  }
}

/** An attribute's value as it may stand, apart from addresses; undefined where it goes. */
export function cleanAttribute(
  key: string,
  value: string,
  findings: StyleFindings,
  pictures: PicturePolicy,
): string | undefined {
  switch (key) {
    case "style":
      return cleanDeclarations(value, findings, pictures) || undefined;
    case "bgcolor":
    case "color":
      if (!/^#?\w{1,24}$/.test(value.trim())) return undefined;
      findings.coloured = true;
      return value.trim();
    case "width":
    case "height":
      return /^\d{1,4}(?:\.\d+)?(?:%|px)?$/.test(value.trim()) ? value.trim() : undefined;
    case "colspan":
    case "rowspan":
    case "span":
      return /^\d{1,2}$/.test(value.trim()) ? value.trim() : undefined;
    case "border":
    case "cellpadding":
    case "cellspacing":
    case "hspace":
    case "vspace":
      return /^\d{1,3}$/.test(value.trim()) ? value.trim() : undefined;
    case "class":
    case "id":
    case "name":
      return /^[\w\s.:-]{1,200}$/.test(value) ? value : undefined;
    case "target":
    case "rel":
      return undefined; // ours to say, in #link
    default:
      return value.slice(0, key === "href" || key === "src" ? undefined : 2000);
  }
}

/** The URL in its normal form (hosts in ASCII, so that look-alikes show), if it is an absolute web address. */
export function webAddress(text: string): string | undefined {
  const written = text.startsWith("//") ? `https:${text}` : text;
  if (!/^https?:\/\//i.test(written) || written.length > LONGEST_ADDRESS) return undefined;
  const url = URL.parse(written);
  // A name before the host ("https://bank.example@elsewhere") only ever misleads.
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  return url.href;
}

/** As browsers do (URL standard §4.4): tabs and newlines vanish, controls and blanks around go. */
export function withoutControls(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end).replace(/[\t\n\r]/g, "");
}

export function decoded(contentId: string): string {
  try {
    return decodeURIComponent(contentId);
  } catch {
    return contentId;
  }
}
