/** Encoded words (RFC 2047) in header fields, read leniently. */

import { decodeCharset } from "./charset.ts";
import { textOfOctets } from "./octets.ts";

const WORD = /=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=/g;

/**
 * Text with its encoded words decoded (RFC 2047). Adjacent words of one charset are decoded together, because senders
 * split characters between them; white space between adjacent words is dropped (§6.2). Words inside quoted strings or
 * next to other text, which the RFC forbids, are decoded too. Never throws.
 *
 * @example decodeWords("=?iso-8859-1?q?Keld_J=F8rn?= Simonsen") // "Keld Jørn Simonsen"
 */
export function decodeWords(text: string): string {
  return decode(text, (plain) => plain);
}

/** The same for an octet string: what is not in encoded words is UTF-8, or else `fallback` or windows-1252. */
export function decodeOctetWords(octets: string, fallback?: (bytes: Uint8Array) => string): string {
  return decode(octets, (plain) => textOfOctets(plain, fallback));
}

function decode(text: string, plain: (text: string) => string): string {
  if (!text.includes("=?")) return plain(text);
  let result = "";
  let last = 0;
  let charset = "";
  let run: Buffer[] = [];
  const flush = () => {
    if (run.length > 0) result += decodeCharset(run.length === 1 ? (run[0] as Buffer) : Buffer.concat(run), charset);
    run = [];
  };
  for (const match of text.matchAll(WORD)) {
    const [whole, wordCharset = "", encoding = "", content = ""] = match;
    const between = text.slice(last, match.index);
    const adjacent = run.length > 0 && /^[ \t\r\n]*$/.test(between);
    if (!adjacent || wordCharset.toLowerCase() !== charset) flush();
    if (!adjacent) result += plain(between);
    charset = wordCharset.toLowerCase();
    run.push(encoding === "b" || encoding === "B" ? Buffer.from(content, "base64") : decodeQ(content));
    last = match.index + whole.length;
  }
  flush();
  return result + plain(text.slice(last));
}

/** The Q encoding (RFC 2047 §4.2). */
function decodeQ(content: string): Buffer {
  const octets = content
    .replace(/_/g, " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return /[^\x00-\xff]/.test(octets) ? Buffer.from(octets, "utf8") : Buffer.from(octets, "latin1");
}
