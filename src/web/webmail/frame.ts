/**
 * The document inside the reading pane's frame: a stranger's HTML, sanitised. It is served from an address of its own under the
 * strictest policy there is, and stands in a frame without allow-scripts and allow-same-origin: no script, no plug-in, no form,
 * no font, no connection; pictures only as data, or where the reader wants them, from this server's own proxy (pictures.ts).
 *
 * Pictures that came with the message are written into the document as data (their base64 is taken over from the message), because
 * a frame without an origin sends no cookie with which to fetch them. Everything is streamed.
 */

import type { Part } from "../../mime/structure.ts";
import { octetsIn } from "../../mime/structure.ts";
import { PAPER } from "./dark-colours.ts";
import type { Messages, StoredMessage } from "./message.ts";
import type { Rendered, RenderedHtml } from "./rendering.ts";

/** Octets of pictures, as sent, that are put into one document. */
const PICTURE_OCTETS = 40_000_000;

const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/** Headers of the frame's document. @param withPictures pictures that came along are written into it, and it is sent as it is made */
export function frameHeaders(remotePictures: boolean, withPictures: boolean): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `img-src data:${remotePictures ? " 'self'" : ""}`,
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    // Holds even where the document is opened by itself.
    "sandbox allow-popups allow-popups-to-escape-sandbox",
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy.join("; "),
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-dns-prefetch-control": "off",
    "cache-control": withPictures ? "no-store, no-transform" : "no-store",
  };
}

/** Whether pictures that came along stand in what is shown. */
export const hasPictures = (rendered: Rendered): boolean => rendered.kind === "html" && rendered.pictures.size > 0;

/** How the paper looks: with the reader's theme, or as a message with colours of its own was meant. */
export interface Paper {
  readonly theme: "light" | "dark" | undefined;
  readonly originalColours: boolean;
}

/** The look of the paper; its edges are those of the page around it. The message's own colours have companions for dark paper (dark-colours.ts); the scheme chooses between them. */
function look({ theme, originalColours }: Paper): string {
  const scheme = originalColours ? "light" : (theme ?? "light dark");
  return `:root{color-scheme:${scheme};background:#fff;background:light-dark(#fff,${PAPER});color:#16211b;color:light-dark(#16211b,#e7eee9);font:15.5px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
body{margin:0;padding:20px 24px}
@media(max-width:420px){body{padding-inline:16px}}
a{color:#14523a;color:light-dark(#14523a,#98e3bd)}
blockquote{margin:8px 0;padding-inline-start:12px;border-inline-start:2px solid #9aa69d}
pre{white-space:pre-wrap}
table{max-width:100%}`;
}

/**
 * What a message cannot undo, whatever it says: rules of a layer that are important win over all important ones outside (CSS Cascade 5
 * §6.4.4). Where a link leads stands at the edge of the frame while it is pointed at; the mark beside a misleading one stays, and nothing
 * around either makes it fade or cuts it off.
 */
const guarded = (mark: string): string => `@layer guard{
a[data-leads]:is(:hover,:focus-visible)::after{all:initial!important;content:attr(data-leads)!important;position:fixed!important;z-index:9!important;inset:auto auto 0 0!important;max-width:92vw!important;max-height:4.2em!important;overflow:hidden!important;padding:4px 10px!important;border-radius:0 8px 0 0!important;background:#20302a!important;color:#f3f8f5!important;font:13px/1.4 ui-monospace,monospace!important;overflow-wrap:anywhere!important;direction:ltr!important;unicode-bidi:isolate!important}
a[data-leads]:focus-visible{outline:2px solid #2f8f66!important;outline-offset:2px!important}
:has(a[data-leads]:is(:hover,:focus-visible)),a[data-leads]:is(:hover,:focus-visible),:has(.${mark}){opacity:1!important}
:has(.${mark}){overflow:visible!important}
.${mark}{all:initial!important;display:inline!important;position:relative!important;z-index:8!important;margin-inline-start:6px!important;padding:1px 6px!important;border-radius:6px!important;background:#fff1d0!important;color:#6b4300!important;font:600 12px/1.5 system-ui,sans-serif!important;direction:ltr!important;unicode-bidi:isolate!important}
@media print{a[data-leads]::after{content:none!important}}
}`;

const HELD = `img{max-width:100%}
img.picture-held{display:inline-block;min-width:24px;min-height:24px;background:#8f9f9522;outline:1px dashed #8f9f95;outline-offset:-1px}
img.picture-tracker{display:none}
.message-plain{white-space:normal}
body,.message-body{overflow-wrap:anywhere}
body:has(>.message-body:only-child){padding:0}
body>.message-body:only-child{box-sizing:border-box;min-height:100vh;padding:16px!important}
@media(max-width:640px){
table:not([width$="%"]):not([style*="width: 100%"]),td:not([width$="%"]),th:not([width$="%"]){width:auto!important;min-width:0!important}
div,p,table,td,th{max-width:100%!important}
body>.message-body:only-child{padding:8px!important}
}`;

/** The document, piece by piece. */
export async function* frameDocument(
  messages: Messages,
  message: StoredMessage,
  rendered: RenderedHtml,
  paper: Paper,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(
    `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Message</title><style>${guarded(rendered.mark)}${look(paper)}</style><style>${rendered.css}</style><style>${HELD}</style></head><body dir="auto">`,
  );
  yield* bodyOfFrame(messages, message, rendered);
  yield encoder.encode("</body></html>");
}

/** What stands in the document's body: the message's HTML, with the pictures that came along. */
export async function* bodyOfFrame(
  messages: Messages,
  message: StoredMessage,
  rendered: RenderedHtml,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let left = PICTURE_OCTETS;
  for (const piece of pieces(rendered)) {
    if (typeof piece === "string") yield encoder.encode(piece);
    else if (octetsIn(piece) > left) yield encoder.encode(BLANK);
    else {
      left -= octetsIn(piece);
      yield* asData(messages, message.content, piece);
    }
  }
}

/** The HTML cut where a picture's data belongs. */
function* pieces({ html, pictures }: RenderedHtml): Generator<string | Part> {
  const [token] = pictures.keys();
  if (token === undefined) {
    yield html;
    return;
  }
  // All tokens of one rendering share their first 36 characters, which nobody could guess.
  const mark = `cid:${token.slice(0, 36)}-`;
  let at = 0;
  for (let next = html.indexOf(mark); next >= 0; next = html.indexOf(mark, at)) {
    yield html.slice(at, next);
    const number = /^[\d.]+|^TEXT/.exec(html.slice(next + mark.length, next + mark.length + 100))?.[0] ?? "";
    const part = pictures.get(`${token.slice(0, 36)}-${number}`);
    if (part !== undefined) yield part;
    at = next + mark.length + number.length;
  }
  yield html.slice(at);
}

/** A picture as a data: URL; decoded and encoded anew, so that nothing but base64 comes out. */
async function* asData(messages: Messages, content: number, part: Part): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`data:image/${part.subtype === "pjpeg" ? "jpeg" : part.subtype};base64,`, "latin1");
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const chunk of messages.decoded(content, part)) {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    rest = bytes.subarray(whole);
    yield Buffer.from(bytes.subarray(0, whole).toString("base64"), "latin1");
  }
  yield Buffer.from(Buffer.from(rest).toString("base64"), "latin1");
}
