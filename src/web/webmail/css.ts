/**
 * The style filter for HTML mail: style attributes and style sheets go in as a stranger wrote them, and come out as
 * declarations from an allow-list, written anew from checked pieces (CSS Syntax Level 3). Called by sanitise.ts.
 * Nothing here loads anything: `url()` survives only where the caller's own picture policy gives an address for it.
 */

import { type BothPapers, roleOf } from "./dark-colours.ts";

/** What the filter saw besides the declarations it let through. */
export interface StyleFindings {
  /** True when a colour or background was set: such mail was designed for white paper. */
  coloured: boolean;
  /** Gives colours their companions for dark paper; without it they stay alone. */
  readonly bothPapers?: BothPapers;
}

/** Gives the address to use for a picture named in a style, or undefined to leave it out. */
export type PicturePolicy = (url: string) => string | undefined;

const noPictures: PicturePolicy = () => undefined;

/** Properties a message may set. Nothing that positions outside the flow, generates content, animates, or filters. */
const PROPERTIES: ReadonlySet<string> = new Set([
  ..."color background background-color background-image background-position background-repeat background-size".split(
    " ",
  ),
  ..."font font-family font-size font-style font-variant font-weight font-stretch line-height letter-spacing".split(
    " ",
  ),
  ..."text-align text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent".split(
    " ",
  ),
  ..."text-transform text-overflow white-space word-break word-spacing word-wrap overflow-wrap hyphens".split(" "),
  ..."vertical-align direction quotes tab-size".split(" "),
  ..."margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right".split(" "),
  ..."padding-bottom padding-left width height min-width min-height max-width max-height box-sizing".split(" "),
  ..."border border-top border-right border-bottom border-left border-color border-style border-width".split(" "),
  ..."border-top-color border-right-color border-bottom-color border-left-color border-top-style".split(" "),
  ..."border-right-style border-bottom-style border-left-style border-top-width border-right-width".split(" "),
  ..."border-bottom-width border-left-width border-radius border-top-left-radius border-top-right-radius".split(" "),
  ..."border-bottom-left-radius border-bottom-right-radius border-collapse border-spacing table-layout".split(" "),
  ..."caption-side empty-cells list-style list-style-type list-style-position display float clear overflow".split(" "),
  ..."overflow-x overflow-y visibility opacity page-break-before page-break-after page-break-inside".split(" "),
]);

const COLOURING: ReadonlySet<string> = new Set(["color", "background", "background-color", "background-image"]);

/** Functions a value may call. `url` is handled apart. */
const FUNCTIONS: ReadonlySet<string> = new Set(
  "rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient".split(" "),
);

/** Everything a checked value may be written with: no backslash, colon, semicolon, brace, angle bracket or at sign. */
const PLAIN_VALUE = /^[\p{L}\p{N}_\s#%.,()+\-/*'"!]*$/u;

const MAX_VALUE = 500;
const MAX_DECLARATIONS = 100;
const MAX_SHEET = 65_536;
const MAX_RULES = 600;

/**
 * Filters the text of a style attribute.
 * @returns declarations joined by "; ", empty when nothing may stay.
 */
export function cleanDeclarations(text: string, findings: StyleFindings, pictures: PicturePolicy = noPictures): string {
  const kept: string[] = [];
  for (const piece of splitOutside(withoutComments(text), ";", MAX_DECLARATIONS)) {
    const colon = piece.indexOf(":");
    if (colon < 1) continue;
    const property = unescapeCss(piece.slice(0, colon)).trim().toLowerCase();
    if (!PROPERTIES.has(property)) continue;
    const value = cleanValue(piece.slice(colon + 1).trim(), pictures);
    if (value === undefined) continue;
    if (COLOURING.has(property) && !/^(transparent|inherit|initial|none|unset|currentcolor)$/i.test(value)) {
      findings.coloured = true;
    }
    kept.push(`${property}: ${value}`);
    const role = findings.bothPapers && roleOf(property);
    const both = role && findings.bothPapers?.of(value, role);
    // Browsers that do not know of both take the first.
    if (both !== undefined) kept.push(`${property}: ${both}`);
  }
  return kept.join("; ");
}

/**
 * Filters a style sheet: plain rules and `@media` blocks of plain rules. Selectors with attribute tests, functions or
 * pseudo-elements go, and so does every other at-rule (`@import`, `@font-face`, `@keyframes`, …).
 */
export function cleanStylesheet(text: string, findings: StyleFindings): string {
  const source = withoutComments(text.slice(0, MAX_SHEET).replace(/<!--|-->/g, " "));
  const out: string[] = [];
  const budget = { rules: MAX_RULES };
  cleanRules(source, findings, out, budget, 0);
  return out.join("\n");
}

function cleanRules(source: string, findings: StyleFindings, out: string[], budget: { rules: number }, depth: number) {
  let at = 0;
  while (at < source.length && budget.rules-- > 0) {
    const open = source.indexOf("{", at);
    if (open < 0) return;
    const close = closingBrace(source, open);
    const prelude = source
      .slice(source.lastIndexOf(";", open) >= at ? source.lastIndexOf(";", open) + 1 : at, open)
      .trim();
    const block = source.slice(open + 1, close);
    at = close + 1;
    if (prelude.startsWith("@")) {
      const condition = /^@media\s([\w\s():,.-]+)$/i.exec(prelude)?.[1];
      if (condition === undefined || depth > 0) continue;
      const inner: string[] = [];
      cleanRules(block, findings, inner, budget, depth + 1);
      // A sheet for dark screens says the author thought of both: it still may not repaint ours half way.
      if (inner.length > 0 && !/prefers-/i.test(condition))
        out.push(`@media ${condition.trim()} {\n${inner.join("\n")}\n}`);
      continue;
    }
    const selectors = prelude
      .split(",")
      .map(cleanSelector)
      .filter((selector) => selector !== undefined);
    if (selectors.length === 0) continue;
    const declarations = cleanDeclarations(block, findings);
    if (declarations !== "") out.push(`${selectors.join(", ")} { ${declarations} }`);
  }
}

/** One selector of types, classes, ids and a few pseudo-classes, with at most eight compounds; else undefined. */
function cleanSelector(text: string): string | undefined {
  const selector = text.trim().replace(/\s+/g, " ");
  if (selector.length > 200 || selector.split(/[ >+~]+/).length > 8) return undefined;
  const compound = /^(?:\*|[a-z][\w-]*)?(?:[.#][\w-]+)*(?::(?:link|visited|hover|active|first-child|last-child))?$/i;
  for (const part of selector.split(/\s*[>+~]\s*|\s/)) if (part === "" || !compound.test(part)) return undefined;
  // The page around the message is ours: its root and body are styled by the frame alone.
  return selector
    .replace(/^html\s*[ >]\s*(?=body\b)/i, "")
    .replace(/(^|[ >+~])(?:html|body)(?=$|[ >+~.#:])/gi, "$1.message-body");
}

/** A value written anew from allowed pieces, or undefined. */
function cleanValue(raw: string, pictures: PicturePolicy): string | undefined {
  if (raw === "" || raw.length > MAX_VALUE * 4) return undefined;
  let value = unescapeCss(raw);
  const addresses: string[] = [];
  value = value.replace(/url\((?:\s*"([^"]*)"\s*|\s*'([^']*)'\s*|([^)"']*))\)/gi, (_, double, single, bare) => {
    const address = pictures(String(double ?? single ?? bare ?? "").trim());
    if (address === undefined) return "none";
    addresses.push(address);
    return ` --picture${addresses.length - 1}-- `;
  });
  // A comment that came in escapes would run on over what stands behind it.
  if (value.length > MAX_VALUE || !PLAIN_VALUE.test(value) || value.includes("/*")) return undefined;
  for (const call of value.matchAll(/([\p{L}\p{N}_-]*)\(/gu))
    if (!FUNCTIONS.has((call[1] ?? "").toLowerCase())) return undefined;
  if (!balanced(value) || outsized(value)) return undefined;
  return value
    .replace(/ --picture(\d+)-- /g, (_, index) => ` url("${encodeForCss(addresses[Number(index)] ?? "")}") `)
    .replace(/\s+/g, " ")
    .trim();
}

/** Lengths of five digits and more serve only to break layout or to make a renderer sweat. */
function outsized(value: string): boolean {
  return /(?<![.\d])\d{5,}/.test(value.replace(/#[\da-f]{3,8}\b/gi, ""));
}

function balanced(value: string): boolean {
  let depth = 0;
  let quote = "";
  for (const character of value) {
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "(") depth++;
    else if (character === ")" && --depth < 0) return false;
  }
  return depth === 0 && quote === "";
}

function encodeForCss(address: string): string {
  return address.replace(/["'()\\\s<>]/g, (character) => encodeURIComponent(character).replace(/['()]/g, hexEscape));
}

function hexEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

/** CSS Syntax §4.3.7: a backslash and up to six hex digits, or a backslash and the character itself. */
function unescapeCss(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:([0-9a-f]{1,6})\s?|([^\n]))/gi, (_, hex, character) => {
    if (hex === undefined) return character;
    const code = Number.parseInt(hex, 16);
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? "\ufffd" : String.fromCodePoint(code);
  });
}

function withoutComments(text: string): string {
  if (!text.includes("/*")) return text;
  let out = "";
  let at = 0;
  for (;;) {
    const open = text.indexOf("/*", at);
    if (open < 0) return out + text.slice(at);
    out += `${text.slice(at, open)} `;
    const close = text.indexOf("*/", open + 2);
    if (close < 0) return out;
    at = close + 2;
  }
}

/** Splits at `mark` outside quotes and parentheses, at most `limit` pieces. */
function splitOutside(text: string, mark: string, limit: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  let depth = 0;
  let quote = "";
  for (let at = 0; at < text.length && pieces.length < limit; at++) {
    const character = text[at] ?? "";
    if (character === "\\") at++;
    else if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "(") depth++;
    else if (character === ")") depth = Math.max(0, depth - 1);
    else if (character === mark && depth === 0) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  if (pieces.length < limit) pieces.push(text.slice(start));
  return pieces;
}

/** Where the brace opened at `open` closes; the end of the text when it does not. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 123) depth++;
    else if (code === 125 && --depth === 0) return at;
  }
  return text.length;
}
