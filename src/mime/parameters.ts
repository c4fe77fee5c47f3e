/**
 * Values with parameters: Content-Type (RFC 2045 §5.1), Content-Disposition (RFC 2183), and their extended parameters
 * (RFC 2231). Reads what senders really write: missing quotes, missing semicolons, comments, 8-bit names.
 */

import { decodeCharset } from "./charset.ts";
import { bytesOf, isBlank, textOfOctets, trimOctets } from "./octets.ts";
import { decodeOctetWords } from "./words.ts";

/**
 * A parameter as octets. Continuations (RFC 2231 §3) are already joined. A name that ends in `*` means the value is
 * `charset'language'percent-encoded` (RFC 2231 §4).
 */
export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** What stands before the first semicolon (lower case), and the parameters. */
export interface ParameterizedValue {
  readonly value: string;
  readonly params: readonly Parameter[];
}

const NO_PARAMETERS: readonly Parameter[] = [];
const MAX_PARAMETERS = 200;
const QUOTE = 34;
const COMMA = 44;
const SLASH = 47;
const COMMENT = /\([^()]*\)/g;
const FREE_TEXT = /^(file)?name/;

/** Splits an unfolded header value (octets). Never throws. */
export function parseParameters(octets: string): ParameterizedValue {
  let i = skipBlanksAndComments(octets, 0);
  let start = i;
  let value = "";
  if (octets.charCodeAt(i) === QUOTE) {
    i = endOfQuoted(octets, i);
    value = trimOctets(unquote(octets.slice(start, i)));
  } else {
    // Blanks and comments may stand around the slash of a type (RFC 2045 §5.1).
    for (;;) {
      while (i < octets.length && octets.charCodeAt(i) !== COMMA && !endsValue(octets.charCodeAt(i))) i++;
      value += octets.slice(start, i);
      const next = skipBlanksAndComments(octets, i);
      const atSlash = octets.charCodeAt(next) === SLASH || value.endsWith("/");
      if (next === i || !atSlash) break;
      i = next;
      start = next;
    }
  }
  value = value.toLowerCase();
  i = skipBlanksAndComments(octets, i);
  if (i >= octets.length) return { value, params: NO_PARAMETERS };
  return { value, params: joinContinuations(scanParameters(octets, i)) };
}

/** A semicolon, a comment, or a blank. */
function endsValue(code: number): boolean {
  return code === 59 || code === 40 || isBlank(code);
}

function scanParameters(octets: string, from: number): Parameter[] {
  const params: Parameter[] = [];
  const length = octets.length;
  let i = from;
  while (i < length && params.length < MAX_PARAMETERS) {
    // A comma in the place of the first semicolon.
    if (octets.charCodeAt(i) === 59 || octets.charCodeAt(i) === COMMA) i++;
    i = skipBlanksAndComments(octets, i);
    const nameStart = i;
    while (i < length && octets.charCodeAt(i) !== 61 && octets.charCodeAt(i) !== 59) i++;
    if (i >= length || octets.charCodeAt(i) === 59) continue;
    const name = trimOctets(octets.slice(nameStart, i).replace(COMMENT, "")).toLowerCase();
    i = skipBlanksAndComments(octets, i + 1);
    const quoted = octets.charCodeAt(i) === 34;
    const valueStart = i;
    i = quoted ? endOfQuoted(octets, i) : endOfPlain(octets, i);
    const written = octets.slice(valueStart, i);
    if (name !== "") params.push({ name, value: quoted ? unquote(written) : plainValue(name, written) });
    if (quoted) while (i < length && octets.charCodeAt(i) !== 59) i++;
  }
  return params;
}

function endOfPlain(octets: string, from: number): number {
  const end = octets.indexOf(";", from);
  return end < 0 ? octets.length : end;
}

function endOfQuoted(octets: string, from: number): number {
  let i = from + 1;
  while (i < octets.length) {
    const code = octets.charCodeAt(i);
    if (code === 34) return i + 1;
    i += code === 92 ? 2 : 1;
  }
  return octets.length;
}

/** The content of a quoted string, which may lack its closing quote. */
function unquote(written: string): string {
  const inner = written.length > 1 && written.endsWith('"') ? written.slice(1, -1) : written.slice(1);
  return inner.includes("\\") ? inner.replace(/\\(.?)/g, "$1") : inner;
}

/** An unquoted value is a token; only file names are commonly written with spaces and parentheses and no quotes. */
function plainValue(name: string, written: string): string {
  const value = trimOctets(written);
  if (FREE_TEXT.test(name)) return value;
  let end = 0;
  while (end < value.length && !endsValue(value.charCodeAt(end))) end++;
  return value.slice(0, end);
}

function skipBlanksAndComments(octets: string, from: number): number {
  let i = from;
  let depth = 0;
  for (; i < octets.length; i++) {
    const code = octets.charCodeAt(i);
    if (code === 40) depth++;
    else if (depth > 0) {
      if (code === 41) depth--;
      else if (code === 92) i++;
    } else if (!isBlank(code)) break;
  }
  return Math.min(i, octets.length);
}

interface Segment {
  readonly index: number;
  readonly extended: boolean;
  readonly value: string;
}

const CONTINUED = /^([^*]+)\*(\d{1,3})(\*?)$/;

/** Joins `name*0`, `name*1*`… into one parameter where the first stood, and drops repeated names. */
function joinContinuations(params: readonly Parameter[]): readonly Parameter[] {
  if (params.length < 2 && !params[0]?.name.includes("*")) return params;
  const segments = new Map<string, Segment[]>();
  const joined = new Map<string, string>();
  for (const { name, value } of params) {
    const match = name.includes("*") ? CONTINUED.exec(name) : null;
    if (!match) {
      if (!joined.has(name)) joined.set(name, value);
      continue;
    }
    const base = match[1] as string;
    const list = segments.get(base) ?? [];
    if (list.length === 0) segments.set(base, list);
    list.push({ index: Number(match[2]), extended: match[3] === "*", value });
  }
  for (const [base, list] of segments) {
    const whole = joinSegments(list);
    if (whole && !joined.has(base + whole.suffix)) joined.set(base + whole.suffix, whole.value);
  }
  return Array.from(joined, ([name, value]) => ({ name, value }));
}

function joinSegments(list: Segment[]): { suffix: "" | "*"; value: string } | undefined {
  list.sort((a, b) => a.index - b.index);
  const run: Segment[] = [];
  for (const segment of list) {
    if (segment.index === run.length) run.push(segment);
    else if (segment.index > run.length) break;
  }
  if (run.length === 0) return undefined;
  if (!run.some((segment) => segment.extended)) return { suffix: "", value: run.map((s) => s.value).join("") };
  const value = run.map((s) => (s.extended ? s.value : percentEncode(s.value))).join("");
  return { suffix: "*", value: run[0]?.extended ? value : `''${value}` };
}

function percentEncode(octets: string): string {
  return octets.replace(
    /[^A-Za-z0-9!#$&+.^_`{|}~-]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The octets of a parameter that needs no charset (boundary, charset); undefined if it is not there. */
export function rawParameter(params: readonly Parameter[], name: string): string | undefined {
  let extended: string | undefined;
  for (const param of params) {
    if (param.name === name) return param.value;
    if (param.name === `${name}*`) extended = param.value;
  }
  return extended === undefined ? undefined : percentDecode(splitExtended(extended).encoded);
}

/**
 * A parameter as text: the extended form (RFC 2231) first, else the plain one, in which encoded words (forbidden by
 * RFC 2047 §5, common all the same) and raw 8-bit octets are read too.
 */
export function textParameter(params: readonly Parameter[], name: string): string | undefined {
  let plain: string | undefined;
  for (const param of params) {
    if (param.name === `${name}*`) return decodeExtended(param.value);
    if (param.name === name) plain = param.value;
  }
  return plain === undefined ? undefined : decodeOctetWords(plain);
}

function decodeExtended(value: string): string {
  const { charset, encoded } = splitExtended(value);
  const octets = percentDecode(encoded);
  return charset === "" ? textOfOctets(octets) : decodeCharset(bytesOf(octets), charset);
}

function splitExtended(value: string): { charset: string; encoded: string } {
  const first = value.indexOf("'");
  const second = first < 0 ? -1 : value.indexOf("'", first + 1);
  if (second < 0) return { charset: "", encoded: value };
  return { charset: value.slice(0, first), encoded: value.slice(second + 1) };
}

function percentDecode(value: string): string {
  if (!value.includes("%")) return value;
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
