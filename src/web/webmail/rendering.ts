/**
 * The body of a message, made fit to be shown: which of its parts, HTML or text, sanitised, with the pictures that came along.
 *
 * The mail store keeps each message's parts with their offsets, so only the parts that are shown are read and decoded (no second
 * parser with ideas of its own, no memory for attachments). What was sanitised for the page, which must say how many pictures were
 * left out, is kept a short while for the frame that asks for it next.
 */

import { type Attachment, attachmentsOf } from "../../mime/attachments.ts";
import { htmlToText } from "../../mime/html.ts";
import { rawParameter } from "../../mime/parameters.ts";
import type { Part } from "../../mime/structure.ts";
import { decodeText } from "../../mime/text.ts";
import { Refusal } from "../../refusal.ts";
import type { Misleading } from "./links.ts";
import { bodyRange, type Messages, type StoredMessage } from "./message.ts";
import type { Pictures } from "./pictures.ts";
import type { Sanitiser } from "./sanitiser.ts";
import { TEXT_LIMIT, type TextFormat } from "./text.ts";

/** How a reader wants to see a message. */
export interface ReadingWish {
  /** The text, although there is HTML. */
  readonly asText: boolean;
  /** Pictures of other hosts, for this one view. */
  readonly pictures: boolean;
  /** Light paper with the message's own colours, though the reader's pages are dark. */
  readonly originalColours: boolean;
}

/** HTML for the frame. */
export interface RenderedHtml {
  readonly kind: "html";
  /** Sanitised; pictures that came along are written as `src="cid:TOKEN"`. */
  readonly html: string;
  readonly css: string;
  /** What stands for each token that occurs. */
  readonly pictures: ReadonlyMap<string, Part>;
  readonly remotePictures: number;
  readonly coloured: boolean;
  readonly clipped: boolean;
  readonly hosts: readonly string[];
  readonly misleading: readonly Misleading[];
  /** The class of what the sanitiser wrote beside links. */
  readonly mark: string;
}

/** Text for the page. */
export interface RenderedText {
  readonly kind: "text";
  readonly text: string;
  readonly format: TextFormat;
  readonly clipped: boolean;
  /** What the reader should know, e.g. that the HTML was too tangled. */
  readonly warning: string | undefined;
}

export type Rendered = RenderedHtml | RenderedText;

/** Octets, as sent, that are read for showing a message: of all parts together where there is HTML. */
const HTML_OCTETS = 2_500_000;
const TEXT_OCTETS = 1_500_000;
/** Parts shown one after the other; a message of ten thousand text parts is no letter. */
const MOST_PARTS = 50;
const KEPT_CHARACTERS = 8_000_000;
const KEPT = 40;

export class Renderings {
  /** In order of last use. */
  readonly #kept = new Map<string, RenderedHtml>();
  #characters = 0;

  constructor(
    private readonly messages: Messages,
    private readonly sanitiser: Sanitiser,
    private readonly pictures: Pick<Pictures, "key">,
  ) {}

  /** Makes the body of a message ready to be shown. */
  async render(message: StoredMessage, wish: ReadingWish): Promise<Rendered> {
    const parts = shownParts(message.structure.root, wish.asText).slice(0, MOST_PARTS);
    if (!parts.some(isHtml) || wish.asText) return this.#text(message, parts, undefined);
    const pictureKey = wish.pictures ? this.pictures.key() : undefined;
    const key = `${message.content} ${pictureKey ?? ""}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    try {
      const rendered = await this.#html(message, parts, pictureKey);
      this.#keep(key, rendered);
      return rendered;
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== "invalid") throw error;
      return this.#text(message, parts, error.sentence);
    }
  }

  /** All of a message as text, for quoting and for readers who prefer it. */
  text(message: StoredMessage): RenderedText {
    return this.#text(message, shownParts(message.structure.root, true).slice(0, MOST_PARTS), undefined);
  }

  /** The HTML of a message as its author wrote it, for quoting and for going on with a draft; undefined where it has none. */
  source(message: StoredMessage): string | undefined {
    const parts = shownParts(message.structure.root, false).slice(0, MOST_PARTS);
    if (!parts.some(isHtml)) return undefined;
    return this.#pieces(message, parts)
      .map(({ html }) => html)
      .join("<hr>");
  }

  #pieces(message: StoredMessage, parts: readonly Part[]): { readonly html: string; readonly cut: boolean }[] {
    let left = HTML_OCTETS;
    return parts.map((part) => {
      const { start, end, cut } = bodyRange(part, isHtml(part) ? left : Math.min(left, TEXT_OCTETS));
      left -= end - start;
      const text = decodeText(part, this.messages.read(message.content, start, end));
      return { html: isHtml(part) ? text : plainAsHtml(text), cut };
    });
  }

  async #html(message: StoredMessage, parts: readonly Part[], pictureKey: string | undefined): Promise<RenderedHtml> {
    const named = new Map(attachmentsOf(message.structure).map((file) => [file.contentId, file]));
    const pictures = new Map<string, Part>();
    const nonce = crypto.randomUUID();
    const tokens: Record<string, string> = {};
    for (const [id, file] of named) {
      if (id === undefined || !isPicture(file)) continue;
      const token = `${nonce}-${file.partNumber}`;
      pictures.set(token, file.part);
      tokens[id] = `cid:${token}`;
    }
    const pieces = this.#pieces(message, parts);
    const source = pieces.map((piece) => piece.html).join("<hr>");
    const clean = await this.sanitiser.sanitise(source, {
      pictureKey,
      pictures: tokens,
      mailto: "/mail/compose?mailto=",
    });
    const { html, css, remotePictures, coloured, hosts, misleading, mark } = clean;
    // One pass, however many pictures there are; what the text does not show stays a file.
    const used = new Set(html.match(new RegExp(`(?<=cid:)${nonce}-(?:TEXT|[0-9.]+)`, "g")));
    for (const token of pictures.keys()) if (!used.has(token)) pictures.delete(token);
    const clipped = clean.clipped || pieces.some((piece) => piece.cut);
    return { kind: "html", html, css, pictures, remotePictures, coloured, clipped, hosts, misleading, mark };
  }

  #text(message: StoredMessage, parts: readonly Part[], warning: string | undefined): RenderedText {
    let clipped = false;
    let left = TEXT_OCTETS;
    const texts = parts.map((part) => {
      const { start, end, cut } = bodyRange(part, left);
      left -= end - start;
      const text = decodeText(part, this.messages.read(message.content, start, end));
      clipped ||= cut || text.length > TEXT_LIMIT;
      return isHtml(part) ? htmlToText(text, TEXT_LIMIT) : text;
    });
    const first = parts[0];
    const parameter = (name: string) =>
      first === undefined ? "" : (rawParameter(first.params, name) ?? "").toLowerCase();
    const flowed = parts.length === 1 && first !== undefined && !isHtml(first) && parameter("format") === "flowed";
    const format = { flowed, delSp: flowed && parameter("delsp") === "yes" };
    return { kind: "text", text: texts.join("\n\n"), format, clipped, warning };
  }

  #keep(key: string, rendered: RenderedHtml): void {
    this.#kept.set(key, rendered);
    this.#characters += rendered.html.length;
    for (const [oldest, { html }] of this.#kept) {
      if (this.#characters <= KEPT_CHARACTERS && this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
      this.#characters -= html.length;
    }
  }
}

/** Pictures of a kind that browsers only draw: no SVG, which is a document. */
export function isPicture(file: Attachment): boolean {
  return /^image\/(?:png|jpe?g|pjpeg|gif|webp|bmp|avif|apng)$/.test(file.mediaType);
}

/** What browsers show by themselves. */
export function isPdf(file: Attachment): boolean {
  return file.mediaType === "application/pdf";
}

function isHtml(part: Part): boolean {
  return part.type === "text" && (part.subtype === "html" || part.subtype === "xhtml+xml");
}

/** The text parts a reader is meant to see, of alternatives the last he can be shown (RFC 2046 §5.1.4), or the plain one. */
function shownParts(part: Part, asText: boolean): Part[] {
  if (part.children.length === 0) {
    const attached = part.disposition?.type === "attachment";
    return part.type === "text" && !attached && !part.opaque && isReadable(part) ? [part] : [];
  }
  if (part.subtype === "related") {
    // The root is the first part unless `start` says otherwise (RFC 2387 §3.2); the others serve it.
    const start = rawParameter(part.params, "start");
    const root = part.children.find((child) => start !== undefined && child.id === start) ?? part.children[0];
    return root === undefined ? [] : shownParts(root, asText);
  }
  if (part.subtype !== "alternative") return part.children.flatMap((child) => shownParts(child, asText));
  const forms = part.children.map((child) => shownParts(child, asText)).filter((form) => form.length > 0);
  const withHtml = forms.filter((form) => form.some(isHtml));
  if (asText) return forms.find((form) => !form.some(isHtml)) ?? forms[0] ?? [];
  return withHtml.at(-1) ?? forms.at(-1) ?? [];
}

/** Calendars, contact cards and the like are text to machines. */
function isReadable(part: Part): boolean {
  return /^(?:plain|html|xhtml\+xml|enriched|markdown|x-markdown|x-patch|x-diff)$/.test(part.subtype);
}

function plainAsHtml(text: string): string {
  const escaped = text.slice(0, TEXT_LIMIT).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return `<div class="message-plain">${escaped.replace(/\r\n|\r|\n/g, "<br>")}</div>`;
}
