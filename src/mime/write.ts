/**
 * Header fields as they go out: folded (RFC 5322 §2.2.3), ASCII with encoded words (RFC 2047) and extended parameters
 * (RFC 2231). For bounces, trace fields and whatever else the server writes itself. No value can begin a new field:
 * control characters become spaces.
 */

import { type Address, type AddressOrGroup, isGroup } from "./addresses.ts";

/** Where lines are folded; a single word may be longer. */
const LINE = 78;
/** RFC 2047 §2: an encoded word has at most 75 characters. */
const MAX_WORD = 75;
/** Words are cut beyond this: no line may have more than 998 characters (RFC 5322 §2.1.1), the name and all. */
const MAX_PIECE = 900;

/**
 * A field of text, e.g. Subject: words that are not ASCII go out as encoded words. Ends in CRLF.
 *
 * @example textField("Subject", "Grüße") // "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"
 */
export function textField(name: string, text: string): string {
  return structuredField(name, encodeText(text, LINE - name.length - 2));
}

/** A field whose value is already ASCII and of the field's own syntax, e.g. Received; folded at white space. Ends in CRLF. */
export function structuredField(name: string, value: string): string {
  return `${name}: ${fold(oneLine(value), name.length + 2)}\r\n`;
}

/** A field of addresses, e.g. To. Ends in CRLF; "" for an empty list, because such a field must not be empty. */
export function addressField(name: string, list: readonly AddressOrGroup[]): string {
  if (list.length === 0) return "";
  return structuredField(name, formatAddressList(list, { encoded: true }));
}

/**
 * A field with parameters, e.g. Content-Disposition; values that are long or not ASCII are written as RFC 2231 says.
 * Ends in CRLF.
 */
export function parameterField(name: string, value: string, params: Readonly<Record<string, string>>): string {
  let field = `${name}: ${oneLine(value)}`;
  let width = field.length;
  for (const [key, text] of Object.entries(params)) {
    for (const param of formatParameter(key, oneLine(text))) {
      const apart = width + param.length + 3 > LINE;
      field += apart ? `;\r\n ${param}` : `; ${param}`;
      width = apart ? param.length + 1 : width + param.length + 2;
    }
  }
  return `${field}\r\n`;
}

/**
 * A mailbox as text: `Ann Example <ann@example.org>`, quoted where that is needed.
 *
 * @param options.encoded for a header: names that are not ASCII as encoded words. Without it, for people.
 */
export function formatAddress(address: Address, options: { readonly encoded?: boolean } = {}): string {
  const spec = formatSpec(address);
  if (address.name === "") return spec;
  if (address.local === "" && address.domain === "") return formatPhrase(address.name, options.encoded === true);
  return `${formatPhrase(address.name, options.encoded === true)} <${spec}>`;
}

/** A list of mailboxes and groups as text, as `formatAddress` writes each. */
export function formatAddressList(
  list: readonly AddressOrGroup[],
  options: { readonly encoded?: boolean } = {},
): string {
  return list
    .map((entry) => {
      if (!isGroup(entry)) return formatAddress(entry, options);
      const members = entry.members.map((member) => formatAddress(member, options)).join(", ");
      return `${formatPhrase(entry.group, options.encoded === true)}:${members === "" ? "" : ` ${members}`};`;
    })
    .join(", ");
}

/** `local@domain`, the local part quoted where that is needed (RFC 5321 §4.1.2). */
export function formatSpec({ local, domain }: Pick<Address, "local" | "domain">): string {
  const plain = /^[^\s"(),:;<>@[\\\]\x00-\x1f.]+(?:\.[^\s"(),:;<>@[\\\]\x00-\x1f.]+)*$/.test(local);
  const written = plain ? local : quote(oneLine(local));
  return domain === "" ? written : `${written}@${oneLine(domain)}`;
}

/** Text with what is not ASCII as encoded words (RFC 2047); plain ASCII words stay. */
export function encodeText(text: string, firstWidth = LINE): string {
  const line = oneLine(text);
  if (!needsEncoding(line)) return line;
  // From the first word that needs it to the last: white space between encoded words would be lost otherwise.
  const parts = line.split(/( +)/);
  let first = 0;
  while (!needsEncoding(parts[first] as string)) first += 2;
  let last = parts.length - 1;
  while (!needsEncoding(parts[last] as string)) last -= 2;
  const before = parts.slice(0, first).join("");
  const after = parts.slice(last + 1).join("");
  const middle = parts.slice(first, last + 1).join("");
  return `${before}${encodeWords(middle, Math.max(20, firstWidth - before.length)).join(" ")}${after}`;
}

/** An ASCII word that looks like an encoded word must be encoded itself, or its reader would decode it. */
function needsEncoding(text: string): boolean {
  return /[^\x20-\x7e]/.test(text) || text.includes("=?");
}

/** Encoded words of UTF-8 in the shorter of both encodings, each with whole characters (RFC 2047 §5). */
function encodeWords(text: string, firstWidth: number): string[] {
  const quoted = [...text].reduce((sum, char) => sum + quotedWord(char).length, 0);
  const useQ = quoted <= Math.ceil(Buffer.byteLength(text) / 3) * 4;
  const overhead = "=?UTF-8?Q??=".length;
  const words: string[] = [];
  let chunk = "";
  let size = 0;
  let room = Math.min(firstWidth, MAX_WORD) - overhead;
  const flush = () => {
    if (chunk !== "") words.push(useQ ? `=?UTF-8?Q?${[...chunk].map(quotedWord).join("")}?=` : base64Word(chunk));
    chunk = "";
    size = 0;
    room = MAX_WORD - overhead;
  };
  for (const char of text) {
    const bytes = Buffer.byteLength(char);
    const length = useQ ? size + quotedWord(char).length : Math.ceil((size + bytes) / 3) * 4;
    if (length > room) flush();
    chunk += char;
    size += useQ ? quotedWord(char).length : bytes;
  }
  flush();
  return words;
}

function base64Word(text: string): string {
  return `=?UTF-8?B?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

/** One character in the Q encoding, within what RFC 2047 §5 (3) allows in a phrase. */
function quotedWord(char: string): string {
  if (char === " ") return "_";
  if (/^[A-Za-z0-9!*+/-]$/.test(char)) return char;
  return Array.from(Buffer.from(char, "utf8"), hex("=")).join("");
}

function hex(mark: string): (octet: number) => string {
  return (octet) => `${mark}${octet.toString(16).toUpperCase().padStart(2, "0")}`;
}

function formatPhrase(name: string, encoded: boolean): string {
  const line = oneLine(name);
  if (encoded && needsEncoding(line)) return encodeWords(line, MAX_WORD).join(" ");
  return /^[^"(),.:;<>@[\\\]]+$/.test(line) ? line : quote(line);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** A parameter, in continuations if it is long (RFC 2231 §3, §4). */
function formatParameter(name: string, value: string): string[] {
  const ascii = /^[\x20-\x7e]*$/.test(value);
  const token = /^[A-Za-z0-9!#$&+.^_`{|}~-]+$/.test(value);
  const plain = `${name}=${token ? value : quote(value)}`;
  if (ascii && plain.length <= LINE - 2) return [plain];
  const encoded = Array.from(value, extendedCharacter);
  const whole = `${name}*=utf-8''${encoded.join("")}`;
  if (whole.length <= LINE - 2) return [whole];
  const pieces: string[] = [];
  let piece = `${name}*0*=utf-8''`;
  for (const char of encoded) {
    if (piece.length + char.length > LINE - 2) {
      pieces.push(piece);
      piece = `${name}*${pieces.length}*=`;
    }
    piece += char;
  }
  return [...pieces, piece];
}

function extendedCharacter(char: string): string {
  if (/^[A-Za-z0-9!#$&+.^_`{|}~-]$/.test(char)) return char;
  return Array.from(Buffer.from(char, "utf8"), hex("%")).join("");
}

/** Control characters, line ends among them, as spaces; lone surrogates replaced. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x1f\x7f]+/g, " ")
    .trim();
}

/** Breaks a value before white space so that lines stay within 78 characters where its words allow. */
function fold(value: string, indent: number): string {
  let result = "";
  let width = indent;
  for (const piece of value.split(/(?= )/)) {
    const blank = /^ *$/.test(piece);
    if (width + piece.length > LINE && width > indent && (!blank || width > MAX_PIECE)) {
      result += "\r\n";
      width = 0;
    }
    for (const part of cut(piece, MAX_PIECE)) {
      if (part !== piece && result !== "" && width > 0) {
        result += "\r\n ";
        width = 1;
      }
      result += part;
      width += part.length;
    }
  }
  return result;
}

function cut(text: string, size: number): string[] {
  if (text.length <= size) return [text];
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += size) parts.push(text.slice(at, at + size));
  return parts;
}
