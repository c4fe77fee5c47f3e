/**
 * The document inside the reading pane's frame: a stranger's HTML, sanitised. It is served from an address of its own under the
 * strictest policy there is, and stands in a frame without allow-scripts and allow-same-origin: no script, no plug-in, no form,
 * no font, no connection; pictures only as data, or from anywhere when the reader asked for them for this one view.
 *
 * Pictures that came with the message are written into the document as data (their base64 is taken over from the message), because
 * a frame without an origin sends no cookie with which to fetch them. Everything is streamed.
 */

import type { Part } from "../../mime/structure.ts";
import { octetsIn } from "../../mime/structure.ts";
import type { Messages, StoredMessage } from "./message.ts";
import type { RenderedHtml } from "./rendering.ts";

/** Octets of pictures, as sent, that are put into one document. */
const PICTURE_OCTETS = 40_000_000;

const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/** Headers of the frame's document. */
export function frameHeaders(remotePictures: boolean): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `img-src data:${remotePictures ? " https: http:" : ""}`,
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
    "cache-control": "no-store",
  };
}

/**
 * The look of the paper. Mail that brings colours was designed for white; mail that brings none takes the theme's. Our rules come
 * after the message's own, and hold what it must not undo.
 */
function paper(coloured: boolean, theme: "light" | "dark" | undefined): string {
  const dark = ":root{color-scheme:dark;background:#161e19;color:#e7eee9}a{color:#98e3bd}";
  const themed =
    coloured || theme === "light" ? "" : theme === "dark" ? dark : `@media(prefers-color-scheme:dark){${dark}}`;
  return `:root{color-scheme:light;background:#fff;color:#16211b;font:15.5px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
body{margin:0;padding:20px clamp(16px,3vw,32px)}
a{color:#14523a}
blockquote{margin:8px 0 8px 2px;padding-left:12px;border-left:2px solid #9aa69d}
pre{white-space:pre-wrap}
table{max-width:100%}
${themed}`;
}

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
  theme: "light" | "dark" | undefined,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(
    `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Message</title><style>${paper(rendered.coloured, theme)}</style><style>${rendered.css}</style><style>${HELD}</style></head><body dir="auto">`,
  );
  let left = PICTURE_OCTETS;
  for (const piece of pieces(rendered)) {
    if (typeof piece === "string") yield encoder.encode(piece);
    else if (octetsIn(piece) > left) yield encoder.encode(BLANK);
    else {
      left -= octetsIn(piece);
      yield* asData(messages, message.content, piece);
    }
  }
  yield encoder.encode("</body></html>");
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
