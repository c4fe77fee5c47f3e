/**
 * Plain text made pleasant to read: paragraphs re-joined (format=flowed, RFC 3676), quotations nested and folded, the
 * signature set apart, links found. Pure: text in, blocks out, which views/webmail/text.tsx draws. Called by the reading page.
 */

import type { Run, TextBlock } from "../../../views/webmail/text.tsx";

/** How the text was labelled (RFC 3676). */
export interface TextFormat {
  readonly flowed?: boolean;
  readonly delSp?: boolean;
}

/** Text beyond this many characters is cut; the caller says so to the reader. */
export const TEXT_LIMIT = 1_000_000;
const MAX_LINES = 50_000;
/** Blocks and links of one text, and characters in which links are looked for: what comes behind is shown as it stands. */
const MOST_BLOCKS = 2_000;
const MOST_LINKS = 3_000;
const LINKED_CHARACTERS = 300_000;
const MAX_DEPTH = 20;
/** A quotation in the middle of a message stays open up to this many lines. */
const OPEN_QUOTE_LINES = 14;

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** What may still be drawn of one text, whatever its sender likes to have drawn. */
interface Left {
  blocks: number;
  links: number;
  characters: number;
}

const all = (): Left => ({ blocks: MOST_BLOCKS, links: MOST_LINKS, characters: LINKED_CHARACTERS });

/** Reads a text part's characters into blocks. Linear in the text's length. */
export function readText(text: string, format: TextFormat = {}, compose = composeLink): TextBlock[] {
  const lines = quotedLines(text.slice(0, TEXT_LIMIT), format);
  while (lines.length > 0 && lines.at(-1)?.text.trim() === "") lines.pop();
  return blocksOf(lines, 0, compose, all(), true);
}

/** Splits into lines with their quote depth, joining flowed lines of one paragraph. */
function quotedLines(text: string, format: TextFormat): Line[] {
  const lines: Line[] = [];
  let open: { depth: number; parts: string[] } | undefined;
  const close = () => {
    if (open !== undefined) lines.push({ depth: open.depth, text: open.parts.join("") });
    open = undefined;
  };
  for (const raw of text.split(/\r\n|\n|\r/, MAX_LINES)) {
    const { depth, rest } = quoteDepth(raw, format.flowed === true);
    if (format.flowed !== true) {
      lines.push({ depth, text: rest });
      continue;
    }
    const signature = rest === "-- ";
    const soft = rest.endsWith(" ") && !signature;
    // A paragraph ends where the depth changes, whatever its last line promised (RFC 3676 §4.5).
    if (open !== undefined && (open.depth !== depth || signature)) close();
    open ??= { depth, parts: [] };
    open.parts.push(soft && format.delSp === true ? rest.slice(0, -1) : rest);
    if (!soft) close();
  }
  close();
  return lines;
}

/** Leading ">" of a line. Unflowed text may have blanks between them; "From" escaped by mbox (">From ") is no quotation. */
function quoteDepth(line: string, flowed: boolean): { depth: number; rest: string } {
  if (line.charCodeAt(0) !== 62 || (!flowed && line.startsWith(">From "))) {
    return { depth: 0, rest: flowed && line.startsWith(" ") ? line.slice(1) : line };
  }
  let at = 0;
  let depth = 0;
  while (at < line.length) {
    if (line[at] === ">") {
      depth++;
      at++;
    } else if (!flowed && line[at] === " " && line[at + 1] === ">") at++;
    else break;
  }
  if (line[at] === " ") at++;
  return { depth: Math.min(depth, MAX_DEPTH), rest: line.slice(at) };
}

function blocksOf(
  lines: readonly Line[],
  depth: number,
  compose: ComposeLink,
  left: Left,
  outermost: boolean,
): TextBlock[] {
  const blocks: TextBlock[] = [];
  const isSignature = (line: Line | undefined) => line?.depth === depth && /^--\s?$/.test(line.text);
  /** The next line with text behind the last quotation. It only moves on, so that blank lines are passed over once. */
  let next = 0;
  let at = 0;
  while (at < lines.length) {
    if (--left.blocks <= 0) {
      const rest = lines.slice(at).map((line) => ">".repeat(line.depth - depth) + line.text);
      return [...blocks, { kind: "text", runs: [rest.join("\n")] }];
    }
    const quoted = (lines[at]?.depth ?? 0) > depth;
    let end = at + 1;
    if (quoted) {
      while (end < lines.length && (lines[end]?.depth ?? 0) > depth) end++;
      const inner = blocksOf(lines.slice(at, end), depth + 1, compose, left, false);
      for (next = Math.max(next, end); lines[next]?.text.trim() === ""; next++);
      const trailing = next >= lines.length || isSignature(lines[next]);
      const folded = (trailing && blocks.length > 0) || end - at > OPEN_QUOTE_LINES;
      blocks.push({ kind: "quote", folded: folded && outermost, lines: end - at, blocks: inner });
    } else {
      const signature = isSignature(lines[at]);
      while (lines[end]?.depth === depth && (signature || !isSignature(lines[end]))) end++;
      const text = lines
        .slice(at, end)
        .map((line) => line.text)
        .join("\n")
        .replace(/^\n+/, "")
        .trimEnd();
      if (text !== "") blocks.push({ kind: signature ? "signature" : "text", runs: linkify(text, compose, left) });
    }
    at = end;
  }
  return blocks;
}

/** Gives the address of the compose page for a mail address found in text. */
export type ComposeLink = (address: string) => string;
const composeLink: ComposeLink = (address) => `mailto:${address}`;

// Each alternative begins with something definite and runs over one class of characters: no backtracking.
const LINK =
  /\b(?:https?:\/\/|www\.)[^\s<>"'`\u0000-\u001f\u201c\u201d]{1,2000}|\b[\w.+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}\b/gi;

/** Finds web and mail addresses in text. */
export function linkify(text: string, compose: ComposeLink = composeLink, left: Left = all()): Run[] {
  const runs: Run[] = [];
  let at = 0;
  const looked = text.slice(0, Math.max(left.characters, 0));
  left.characters -= text.length;
  for (const match of looked.matchAll(LINK)) {
    if (left.links <= 0) break;
    const found = match[0].includes("@") && !/^(?:https?:|www\.)/i.test(match[0]) ? match[0] : trimmed(match[0]);
    const href = hrefOf(found, compose);
    if (href === undefined) continue;
    if (match.index > at) runs.push(text.slice(at, match.index));
    runs.push({ text: found, href });
    left.links--;
    at = match.index + found.length;
  }
  if (at < text.length) runs.push(text.slice(at));
  return runs;
}

function hrefOf(found: string, compose: ComposeLink): string | undefined {
  if (/^https?:/i.test(found) || /^www\./i.test(found)) {
    const url = URL.parse(/^www\./i.test(found) ? `http://${found}` : found);
    return url === null || url.username !== "" || url.hostname === "" ? undefined : url.href;
  }
  return compose(found);
}

/** Punctuation that ends a sentence is not part of a link, nor is a bracket that was opened before it. */
function trimmed(link: string): string {
  let end = link.length;
  let opened = 0;
  for (const character of link) opened += character === "(" ? 1 : character === ")" ? -1 : 0;
  for (; end > 0; end--) {
    const last = link[end - 1] ?? "";
    if (last === ")" && opened < 0) opened++;
    else if (!".,;:!?*_~]}>".includes(last)) break;
  }
  return link.slice(0, end);
}
