/**
 * HTML that is written here, made fit for a letter or for the editor. What comes from the editor is as little to be trusted as a
 * stranger's mail: people paste, quote and forward. So the same allow-list holds as for reading (sanitise.ts), and less than it: no
 * names and classes, which would meet those of the page around the editor; no style sheets. Called by sanitiser.ts on its thread.
 *
 * In a letter a picture is `cid:` and a Content-ID (RFC 2392). The editor shows it from an address of ours, and keeps the Content-ID
 * beside it. A picture of another server is not loaded while one writes; its address goes along unseen.
 */
import type { IFrame, IOptions, Tag } from "sanitize-html";
import { Refusal } from "../../refusal.ts";
import type { StyleFindings } from "./css.ts";
import {
  BLANK,
  cleanAttribute,
  clip,
  decoded,
  LONGEST_ADDRESS,
  SANITISE_LIMITS,
  SILENT,
  TAGS,
  webAddress,
  withoutControls,
} from "./sanitise.ts";

/** What the HTML is for. */
export type TidyOptions =
  | { readonly for: "letter" /** Somebody else's words, without his signature. */; readonly quoting?: boolean }
  /** `picture`: the address of the letter's pictures; a Content-ID follows it. */
  | { readonly for: "editor"; readonly picture: string };

const EVERYWHERE = ["style", "dir", "lang", "align", "valign", "bgcolor", "width", "height", "title"];

const ATTRIBUTES: Record<string, readonly string[]> = {
  a: ["href"],
  img: ["src", "alt", "data-cid", "data-remote"],
  blockquote: ["type"],
  // So that another sender's signature can take the place of this one.
  div: ["data-signature"],
  table: ["border", "cellpadding", "cellspacing"],
  td: ["colspan", "rowspan", "nowrap"],
  th: ["colspan", "rowspan", "nowrap"],
  col: ["span"],
  colgroup: ["span"],
  font: ["color", "face", "size"],
  ol: ["start", "type"],
  ul: ["type"],
};

/** How a quotation looks to its reader, where it has no look yet. */
const QUOTED = "margin: 0 0 0 0.5em; padding-left: 0.75em; border-left: 2px solid #b5c2b9";

/** How other programs name signatures: nobody answers those. */
const SIGNATURE = /(?:^|\s)(?:moz-signature|gmail_signature)(?:\s|$)/;

/** Whoever writes waits longer for it than whoever reads: for him there is no text in its place. */
const LONGEST_MS = 3_000;

const CONTENT_ID = /^[\w.!#$%&*+/=?^`{|}~@-]{1,250}$/;

/**
 * Tidies the HTML of a letter.
 * @throws Refusal "invalid" where it is nested or tangled beyond what can be worked with
 */
export async function tidy(html: string, options: TidyOptions): Promise<string> {
  // What somebody wrote is never cut: better none of it is taken, and he still has it.
  if (clip(html).length < html.length) throw new Refusal("invalid", "This text has too much formatting to work with.");
  const { default: sanitizeHtml } = await import("sanitize-html");
  return sanitizeHtml(html, new Tidying(options).options()).trim();
}

class Tidying {
  readonly #findings: StyleFindings = { coloured: false };
  readonly #deadline = performance.now() + LONGEST_MS;
  /** Attributes of elements that go with all that is in them. */
  readonly #gone = new WeakSet<object>();
  #depth = 0;

  constructor(private readonly wanted: TidyOptions) {}

  options(): IOptions {
    return {
      allowedTags: TAGS,
      allowedAttributes: { "*": EVERYWHERE, ...ATTRIBUTES } as Record<string, string[]>,
      nonTextTags: ["style", ...SILENT],
      allowedSchemes: ["http", "https", "mailto", "tel"],
      allowedSchemesByTag: { img: ["http", "https", "data", "cid"] },
      allowedSchemesAppliedToAttributes: ["href"],
      parseStyleAttributes: false,
      nestingLimit: SANITISE_LIMITS.depth / 2,
      onOpenTag: () => this.#opened(),
      onCloseTag: () => {
        this.#depth--;
      },
      exclusiveFilter: ({ attribs }: IFrame) => this.#gone.has(attribs),
      transformTags: { "*": (name, attribs) => this.#element(name, attribs) },
    };
  }

  #opened() {
    if (++this.#depth > SANITISE_LIMITS.depth || performance.now() > this.#deadline) {
      throw new Refusal("invalid", "The formatting of this text is too tangled to work with.");
    }
  }

  #element(tagName: string, attribs: Record<string, string>): Tag {
    if (!TAGS.includes(tagName)) return { tagName, attribs: {} };
    if (this.#isSignature(attribs)) return { tagName, attribs: this.#without({}) };
    if (tagName === "img") return { tagName, attribs: this.#picture(attribs) };
    const kept = this.#kept(tagName, attribs);
    if (tagName === "a") link(kept);
    if (tagName === "blockquote" && kept.type !== "cite") delete kept.type;
    if (kept.type === "cite" && this.wanted.for === "letter") kept.style ??= QUOTED;
    return { tagName, attribs: kept };
  }

  #isSignature(attribs: Record<string, string>): boolean {
    const { wanted } = this;
    return wanted.for === "letter" && wanted.quoting === true && SIGNATURE.test(attribs.class ?? "");
  }

  #without(attribs: Record<string, string>): Record<string, string> {
    this.#gone.add(attribs);
    return attribs;
  }

  #kept(tagName: string, attribs: Record<string, string>): Record<string, string> {
    const kept: Record<string, string> = {};
    for (const key of [...EVERYWHERE, ...(ATTRIBUTES[tagName] ?? [])]) {
      const value = Object.hasOwn(attribs, key) ? attribs[key] : undefined;
      // A picture behind text would be loaded by whoever reads, and never seen by whoever writes.
      const clean = value === undefined ? undefined : cleanAttribute(key, value, this.#findings, () => undefined);
      if (clean !== undefined) kept[key] = clean;
    }
    return kept;
  }

  #picture(attribs: Record<string, string>): Record<string, string> {
    const { src = "", "data-cid": cid, "data-remote": remote, ...kept } = this.#kept("img", { alt: "", ...attribs });
    const url = withoutControls(src);
    const id = cid ?? (/^cid:/i.test(url) ? decoded(url.slice(4)) : undefined);
    const editing = this.wanted.for === "editor";
    if (id !== undefined && CONTENT_ID.test(id)) {
      return this.wanted.for === "editor"
        ? { ...kept, src: this.wanted.picture + encodeURIComponent(id), "data-cid": id }
        : { ...kept, src: `cid:${encodeURIComponent(id).replaceAll("%40", "@")}` };
    }
    const address = webAddress(withoutControls(remote ?? url));
    if (address === undefined) return this.#without(kept);
    return editing ? { ...kept, src: BLANK, "data-remote": address } : { ...kept, src: address };
  }
}

/** Links of a letter lead to the web, to an address or to a telephone. */
function link(attribs: Record<string, string>): void {
  const text = withoutControls(attribs.href ?? "").slice(0, LONGEST_ADDRESS);
  const plain = /^(?:mailto:[^\s<>"]+|tel:[\d+*#(). -]{1,40})$/i.test(text) ? text : undefined;
  const href = plain ?? webAddress(text);
  if (href === undefined) delete attribs.href;
  else attribs.href = href;
}

/** The Content-IDs of the pictures that a letter shows. */
export function picturesOf(html: string): ReadonlySet<string> {
  return new Set(Array.from(html.matchAll(/<img\b[^>]*? src="cid:([^"]+)"/g), ([, id = ""]) => decoded(id)));
}
