/**
 * Octets to text in whatever charset a message names. The platform's decoder knows the encodings of the web; the rest
 * (UTF-7, DOS code pages, EBCDIC) comes from iconv-lite, which is loaded only when such a message turns up.
 */

import { isAscii, isUtf8 } from "node:buffer";
import { bufferOver } from "./octets.ts";

const UTF_8 = new TextDecoder("utf-8");
const WINDOWS_1252 = new TextDecoder("windows-1252");

/** Names that senders use for charsets which the platform knows under another name. */
const ALIASES: Readonly<Record<string, string>> = {
  utf8mb4: "utf-8",
  "unicode-1-1-utf-8": "utf-8",
  "unicode-1-1-utf-7": "utf-7",
  utf7: "utf-7",
  unicode: "utf-16",
  "utf-16le": "utf-16le",
  "utf-16be": "utf-16be",
  latin1: "windows-1252",
  "latin-1": "windows-1252",
  ansi: "windows-1252",
  cp932: "shift_jis",
  ms932: "shift_jis",
  "x-ms-cp932": "shift_jis",
  cp936: "gbk",
  ms936: "gbk",
  "gb2312-80": "gbk",
  "x-gbk": "gbk",
  cp949: "euc-kr",
  ms949: "euc-kr",
  uhc: "euc-kr",
  "x-windows-949": "euc-kr",
  cp950: "big5",
  ms950: "big5",
  "x-x-big5": "big5",
  "iso-2022-jp-1": "iso-2022-jp",
  "iso-2022-jp-2": "iso-2022-jp",
  "iso-2022-jp-ms": "iso-2022-jp",
  cp50220: "iso-2022-jp",
  cp50221: "iso-2022-jp",
  eucjp: "euc-jp",
  "x-eucjp": "euc-jp",
  euckr: "euc-kr",
  tis620: "windows-874",
  "x-mac-roman": "macintosh",
  "mac-roman": "macintosh",
  macroman: "macintosh",
};

/** Charsets that mean "seven bits" or "nobody said"; 8-bit octets in them are guessed. */
const UNSAID: ReadonlySet<string> = new Set([
  "",
  "us-ascii",
  "ascii",
  "ansi_x3.4-1968",
  "iso646-us",
  "us",
  "7bit",
  "8bit",
  "unknown",
  "unknown-8bit",
  "x-unknown",
  "default",
  "x-user-defined",
  "default_charset",
]);

/**
 * Decodes octets that a message says are in `charset`. An unknown or missing charset, and US-ASCII with the high bit
 * set, is read as UTF-8 where the octets are that, else as windows-1252. Never throws; what cannot be decoded becomes
 * U+FFFD. A byte order mark is dropped.
 */
export function decodeCharset(bytes: Uint8Array, charset = ""): string {
  const buffer = bufferOver(bytes);
  const name = normalizeCharset(charset);
  if (UNSAID.has(name)) return guess(buffer);
  if (name === "utf-8" || name === "utf8") return UTF_8.decode(bytes);
  if (name === "iso-8859-1" || name === "windows-1252") return WINDOWS_1252.decode(bytes);
  if (name === "iso-2022-jp") return decodeOnPlatform(withoutIdleEscapes(buffer), name) ?? guess(buffer);
  return decodeOnPlatform(bytes, name) ?? decodeWithIconv(buffer, name) ?? guess(buffer);
}

/** UTF-8 where the octets are that, else windows-1252, in which every octet has a meaning. */
function guess(buffer: Buffer): string {
  if (isAscii(buffer)) return buffer.toString("latin1");
  return isUtf8(buffer) ? UTF_8.decode(buffer) : WINDOWS_1252.decode(buffer);
}

/** A charset's name in lower case without quotes, language suffix (RFC 2231 §5) and known misspellings. */
function normalizeCharset(charset: string): string {
  let name = charset.toLowerCase().replace(/["'\s]/g, "");
  const star = name.indexOf("*");
  if (star >= 0) name = name.slice(0, star);
  name = name
    .replace(/^charset=/, "")
    .replace(/^iso_?8859[-_]?(\d+)/, "iso-8859-$1")
    .replace(/^iso-8859(\d)/, "iso-8859-$1")
    .replace(/^(?:x-)?(?:cp|win|windows)[-_]?(125\d)$/, "windows-$1")
    .replace(/^(?:x-)?cp[-_](\d+)$/, "cp$1");
  return ALIASES[name] ?? name;
}

/**
 * Escape sequences that are followed by another one at once, as they meet where encoded words or lines are joined; the
 * web's decoder would put U+FFFD between them.
 */
const IDLE_ESCAPE = /\x1b(?:\([BIJ]|\$[@B])(?=\x1b)/g;

function withoutIdleEscapes(buffer: Buffer): Uint8Array {
  return Buffer.from(buffer.toString("latin1").replace(IDLE_ESCAPE, ""), "latin1");
}

/** The same octets through the platform's decoder, or undefined if it does not know the charset. */
function decodeOnPlatform(bytes: Uint8Array, name: string): string | undefined {
  try {
    return new TextDecoder(name as Bun.Encoding).decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeWithIconv(buffer: Buffer, name: string): string | undefined {
  // Loaded on first use: its tables cost megabytes that a server which never sees such a charset should not spend.
  const iconv = require("iconv-lite") as typeof import("iconv-lite");
  return iconv.encodingExists(name) ? iconv.decode(buffer, name) : undefined;
}
