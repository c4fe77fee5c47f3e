/**
 * Content-Transfer-Encodings (RFC 2045 §6) undone, in pieces or at once. Tolerant: what is not of the encoding is
 * passed over (base64) or passed through (quoted-printable); nothing throws.
 */

import { octetsOf } from "./octets.ts";

/** Decodes a body that arrives in pieces. */
export interface BodyDecoder {
  /** What these octets add to the result. */
  write(bytes: Uint8Array): Uint8Array;
  /** What was held back. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** A decoder for a Content-Transfer-Encoding in lower case; for 7bit, 8bit, binary and unknown ones the octets pass as they are. */
export function bodyDecoder(encoding: string): BodyDecoder {
  switch (encoding) {
    case "base64":
      return new Base64Decoder();
    case "quoted-printable":
      return new QuotedPrintableDecoder();
    case "x-uuencode":
    case "uuencode":
    case "x-uue":
      return new UuDecoder();
    default:
      return { write: (bytes) => bytes, end: () => NOTHING };
  }
}

/** A whole body decoded. The result may share memory with `bytes` where there was nothing to decode. */
export function decodeBody(bytes: Uint8Array, encoding: string): Uint8Array {
  const decoder = bodyDecoder(encoding);
  const start = decoder.write(bytes);
  const rest = decoder.end();
  return rest.length === 0 ? start : Buffer.concat([start, rest]);
}

const PAD = 64;
const OTHER = 128;
const BASE64 = new Uint8Array(256).fill(OTHER);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  BASE64[char.charCodeAt(0)] = value;
}
BASE64["=".charCodeAt(0)] = PAD;

/** RFC 2045 §6.8: octets outside the alphabet are ignored; padding ends a quantum, and another may follow. */
class Base64Decoder implements BodyDecoder {
  #bits = 0;
  #count = 0;

  write(bytes: Uint8Array): Uint8Array {
    const length = bytes.length;
    const out = new Uint8Array(Math.floor(((length + this.#count) * 3) / 4) + 3);
    let at = 0;
    let to = 0;
    let bits = this.#bits;
    let count = this.#count;
    while (at < length) {
      // Whole quanta of good octets, which is nearly all there is.
      while (count === 0 && at + 4 <= length) {
        const a = BASE64[bytes[at] as number] as number;
        const b = BASE64[bytes[at + 1] as number] as number;
        const c = BASE64[bytes[at + 2] as number] as number;
        const d = BASE64[bytes[at + 3] as number] as number;
        if ((a | b | c | d) >= PAD) break;
        out[to] = (a << 2) | (b >> 4);
        out[to + 1] = (b << 4) | (c >> 2);
        out[to + 2] = (c << 6) | d;
        to += 3;
        at += 4;
      }
      if (at >= length) break;
      const value = BASE64[bytes[at++] as number] as number;
      if (value < PAD) {
        bits = (bits << 6) | value;
        if (++count < 4) continue;
        out[to++] = bits >> 16;
        out[to++] = bits >> 8;
        out[to++] = bits;
      } else if (value === PAD) to = putRest(out, to, bits, count);
      else continue;
      bits = 0;
      count = 0;
    }
    this.#bits = bits;
    this.#count = count;
    return out.subarray(0, to);
  }

  end(): Uint8Array {
    const out = new Uint8Array(2);
    return out.subarray(0, putRest(out, 0, this.#bits, this.#count));
  }
}

/** The octets of an unfinished quantum. */
function putRest(out: Uint8Array, at: number, bits: number, count: number): number {
  let to = at;
  if (count === 2) out[to++] = bits >> 4;
  if (count === 3) {
    out[to++] = bits >> 10;
    out[to++] = bits >> 2;
  }
  return to;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;

/** White space longer than this before a line end is not waited for. */
const MAX_TAIL = 1000;

/** RFC 2045 §6.7: soft line breaks go, white space before a line end goes, an escape that is none stays. */
class QuotedPrintableDecoder implements BodyDecoder {
  #tail: Uint8Array = NOTHING;

  write(bytes: Uint8Array): Uint8Array {
    const input = this.#tail.length > 0 ? Buffer.concat([this.#tail, bytes]) : bytes;
    const end = startOfTail(input);
    this.#tail = input.slice(end);
    return decodeQuotedPrintable(input, end);
  }

  end(): Uint8Array {
    return decodeQuotedPrintable(this.#tail, this.#tail.length, true);
  }
}

/** Where the octets begin whose meaning depends on what follows: an unfinished escape, white space, a CR. */
function startOfTail(input: Uint8Array): number {
  const length = input.length;
  const floor = Math.max(0, length - MAX_TAIL);
  let at = length;
  if (at > floor && input[at - 1] === CR) at--;
  while (at > floor && (input[at - 1] === SPACE || input[at - 1] === TAB)) at--;
  if (at > floor && input[at - 1] === EQUALS) return at - 1;
  if (at === length && at - 2 >= floor && input[at - 2] === EQUALS) return at - 2;
  return at;
}

function decodeQuotedPrintable(input: Uint8Array, length: number, last = false): Uint8Array {
  const out = new Uint8Array(length);
  let to = 0;
  /** White space before this place came from escapes and stays. */
  let kept = 0;
  for (let at = 0; at < length; at++) {
    const octet = input[at] as number;
    if (octet === EQUALS) {
      const high = hexValue(input[at + 1]);
      const low = at + 2 < length ? hexValue(input[at + 2]) : -1;
      if (high >= 0 && low >= 0) {
        out[to++] = (high << 4) | low;
        kept = to;
        at += 2;
        continue;
      }
      const next = afterSoftBreak(input, at + 1, length, last);
      if (next >= 0) {
        kept = to;
        at = next - 1;
        continue;
      }
      out[to++] = octet;
    } else if (octet === LF) {
      const crlf = to > kept && out[to - 1] === CR;
      if (crlf) to--;
      while (to > kept && (out[to - 1] === SPACE || out[to - 1] === TAB)) to--;
      if (crlf) out[to++] = CR;
      out[to++] = LF;
      kept = to;
    } else out[to++] = octet;
  }
  if (last) while (to > kept && (out[to - 1] === SPACE || out[to - 1] === TAB)) to--;
  return out.subarray(0, to);
}

/** Where the next line begins if a soft break stands at `at`, else -1. */
function afterSoftBreak(input: Uint8Array, from: number, length: number, last: boolean): number {
  let at = from;
  while (at < length && at - from < MAX_TAIL && (input[at] === SPACE || input[at] === TAB)) at++;
  if (at >= length) return last ? at : -1;
  if (input[at] === CR) at++;
  if (at >= length) return last ? at : -1;
  return input[at] === LF ? at + 1 : -1;
}

function hexValue(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 48 && octet <= 57) return octet - 48;
  const letter = octet | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** A line of uuencode has at most 61 characters; more is something else. */
const MAX_UU_LINE = 1000;

/** The lines between "begin" and "end" of uuencode. */
class UuDecoder implements BodyDecoder {
  #tail = "";
  #state: "before" | "inside" | "after" = "before";

  write(bytes: Uint8Array): Uint8Array {
    const lines = (this.#tail + octetsOf(bytes)).split("\n");
    this.#tail = (lines.pop() as string).slice(0, MAX_UU_LINE);
    return Buffer.concat(lines.map((line) => this.#line(line)));
  }

  end(): Uint8Array {
    return this.#line(this.#tail);
  }

  #line(line: string): Uint8Array {
    if (this.#state === "before") {
      if (/^begin [0-7]{3,4} /.test(line)) this.#state = "inside";
      return NOTHING;
    }
    if (this.#state === "after") return NOTHING;
    if (/^end[ \t\r]*$/.test(line)) {
      this.#state = "after";
      return NOTHING;
    }
    return decodeUuLine(line);
  }
}

function decodeUuLine(line: string): Uint8Array {
  // As much as the line says, but never much more than it holds: what is missing is blanks lost on the way.
  const count = Math.min((line.charCodeAt(0) - 32) & 63, line.length * 3);
  if (line === "" || count <= 0) return NOTHING;
  const out = new Uint8Array(Math.ceil(count / 3) * 3);
  for (let at = 1, to = 0; to < count; at += 4, to += 3) {
    const a = uuValue(line, at);
    const b = uuValue(line, at + 1);
    const c = uuValue(line, at + 2);
    const d = uuValue(line, at + 3);
    out[to] = (a << 2) | (b >> 4);
    out[to + 1] = (b << 4) | (c >> 2);
    out[to + 2] = (c << 6) | d;
  }
  return out.subarray(0, count);
}

/** Senders drop blanks at line ends; they mean zero. */
function uuValue(line: string, at: number): number {
  return at < line.length ? (line.charCodeAt(at) - 32) & 63 : 0;
}
