/**
 * A message as a page to be printed: who, when, what, and all of its text, on white paper. It is a document like that of the frame, under the
 * same policy and without an origin, but for one script: the one that opens the browser's own print dialogue, which is known by its hash
 * (CSP 3 §2.3.1), so that no other runs.
 */
import { createHash } from "node:crypto";
import { fullTime } from "../../../views/parts/telling.tsx";
import type { MailMessage, Person } from "../../../views/webmail/message.tsx";
import type { TextBlock } from "../../../views/webmail/text.tsx";
import { reader, TONGUES, t } from "../../../views/words/words.ts";
import { bodyOfFrame, frameHeaders } from "./frame.ts";
import type { Messages, StoredMessage } from "./message.ts";
import type { Rendered } from "./rendering.ts";

const SCRIPT = "addEventListener('load',()=>print())";
const HASH = createHash("sha256").update(SCRIPT).digest("base64");

/** Headers of the page. @param withPictures as those of the frame (frame.ts) */
export function printHeaders(withPictures: boolean): Record<string, string> {
  const headers = frameHeaders(true, withPictures);
  const policy = headers["content-security-policy"]
    ?.replace("sandbox allow-popups", "sandbox allow-scripts allow-modals allow-popups")
    .replace("frame-ancestors 'self'", `frame-ancestors 'none'; script-src 'sha256-${HASH}'`);
  return { ...headers, "content-security-policy": policy ?? "", "x-frame-options": "DENY" };
}

const STYLE = `@page{margin:18mm}
:root{color-scheme:light;background:#fff;color:#16211b;font:11pt/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
body{margin:0 auto;max-width:52rem;padding:24px}
@media print{body{padding:0}a[data-leads]::after{content:none!important}}
[class^="mark-"]{margin-inline-start:6px;font-size:9pt}
.letter-head{margin:0 0 20px;padding:0 0 14px;border-bottom:1px solid #b9c4bd}
.letter-head h1{margin:0 0 10px;font-size:16pt;line-height:1.3}
.letter-head dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:0;font-size:10pt}
.letter-head dt{color:#53635a}
.letter-head dd{margin:0;overflow-wrap:anywhere}
.letter-text{white-space:pre-wrap;overflow-wrap:anywhere}
.letter-text blockquote{margin:6px 0;padding-inline-start:12px;border-inline-start:2px solid #9aa69d;color:#41524a}`;

/** The page, piece by piece. */
export async function* printDocument(
  messages: Messages,
  message: StoredMessage,
  shown: MailMessage,
  rendered: Rendered,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const { language } = reader();
  yield encoder.encode(
    `<!doctype html><html lang="${language}" dir="${TONGUES[language].direction}"><head><meta charset="utf-8"><title>${escaped(shown.subject)}</title><style>${STYLE}</style>`,
  );
  const head = headOf(shown);
  if (rendered.kind === "html") {
    yield encoder.encode(`<style>${rendered.css}</style></head><body>${head}<div dir="auto">`);
    yield* bodyOfFrame(messages, message, rendered);
    yield encoder.encode("</div>");
  } else {
    const text = shown.body.kind === "text" ? shown.body.blocks.map(blockOf).join("") : "";
    yield encoder.encode(`</head><body>${head}<div class="letter-text" dir="auto">${text}</div>`);
  }
  yield encoder.encode(`<script>${SCRIPT}</script></body></html>`);
}

function headOf({ subject, from, to, cc, at, attachments }: MailMessage): string {
  const files = attachments.map(({ name, size }) => `${name} (${size})`).join(", ");
  const lines: readonly (readonly [string, string])[] = [
    [t("From"), people([from])],
    [t("To"), people(to)],
    [t("Cc"), people(cc)],
    [t("Date"), fullTime(at)],
    [t("Attachments"), files],
  ];
  const facts = lines
    .filter(([, value]) => value !== "")
    .map(([label, value]) => `<dt>${escaped(label)}</dt><dd><bdi>${escaped(value)}</bdi></dd>`)
    .join("");
  return `<header class="letter-head"><h1 dir="auto">${escaped(subject)}</h1><dl>${facts}</dl></header>`;
}

const people = (list: readonly Person[]): string =>
  list.map(({ name, address }) => (name && name !== address ? `${name} <${address}>` : address)).join(", ");

function blockOf(block: TextBlock): string {
  if (block.kind === "quote") return `<blockquote>${block.blocks.map(blockOf).join("")}</blockquote>`;
  return `<p>${block.runs.map((run) => escaped(typeof run === "string" ? run : run.text)).join("")}</p>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
