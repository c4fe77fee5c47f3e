/**
 * Octet strings: a JavaScript string in which every character is one octet (0–255). Header fields are kept this way,
 * so that offsets into the string are offsets into the message, nothing is lost of malformed input, and what is sent
 * to a client is what was received. Beware of `trim()` and `\s` on them: U+00A0 is white space to JavaScript, and the
 * second octet of "à" in UTF-8.
 */

import { isUtf8 } from "node:buffer";

const HIGH = /[\x80-\xff]/;
const WINDOWS_1252 = new TextDecoder("windows-1252");

/** The octets `from` (inclusive) to `to` (exclusive) as an octet string. */
export function octetsOf(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return bufferOver(bytes).toString("latin1", from, to);
}

/** The bytes of an octet string. */
export function bytesOf(octets: string): Uint8Array {
  return Buffer.from(octets, "latin1");
}

/** A Buffer over the same memory. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A plain Uint8Array over the same memory; its `indexOf` is the faster one. */
export function plainView(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
}

/**
 * Octets of unknown charset as text: UTF-8 where they are that (RFC 6532), else `fallback`, else windows-1252, which
 * gives every octet a meaning.
 */
export function textOfOctets(octets: string, fallback?: (bytes: Uint8Array) => string): string {
  if (!HIGH.test(octets)) return octets;
  const bytes = Buffer.from(octets, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  return fallback ? fallback(bytes) : WINDOWS_1252.decode(bytes);
}

/** The first octets of a string, at most `most`, without a character of UTF-8 that the cut would part. */
export function firstOctets(octets: string, most: number): string {
  return octets.length <= most ? octets : octets.slice(0, most).replace(/[\xc0-\xff][\x80-\xbf]{0,3}$/, "");
}

/** Without spaces, tabs and line ends at both ends; other characters stay. */
export function trimOctets(octets: string): string {
  let from = 0;
  let to = octets.length;
  while (from < to && isBlank(octets.charCodeAt(from))) from++;
  while (to > from && isBlank(octets.charCodeAt(to - 1))) to--;
  return from === 0 && to === octets.length ? octets : octets.slice(from, to);
}

/** Without spaces, tabs and line ends at the end. */
export function trimEndOctets(octets: string): string {
  let to = octets.length;
  while (to > 0 && isBlank(octets.charCodeAt(to - 1))) to--;
  return octets.slice(0, to);
}

/** Space, tab, CR or LF. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10;
}
