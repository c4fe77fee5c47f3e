/**
 * The fields of one header with their offsets (RFC 5322 §2.2, §3.6). Malformed lines are passed over; nothing throws.
 */

import { isBlank, octetsOf, textOfOctets, trimOctets } from "./octets.ts";

/** One field; offsets count from the start of the header. */
export interface HeaderField {
  /** The name in lower case. */
  readonly key: string;
  /** First octet of the name. */
  readonly start: number;
  /** First octet after the colon. */
  readonly valueStart: number;
  /** First octet after the field, its last line end included. */
  readonly end: number;
}

const FOLD = /\r?\n/g;

/** A header as octets and the list of its fields, in order. */
export class Header {
  /** The whole header as an octet string. */
  readonly octets: string;
  readonly fields: readonly HeaderField[];

  /** @param header the octets of a header; a blank line ends it, what follows is not looked at. */
  constructor(header: Uint8Array | string) {
    this.octets = typeof header === "string" ? header : octetsOf(header);
    this.fields = scan(this.octets);
  }

  /** The first field of that name (lower case). */
  field(key: string): HeaderField | undefined {
    for (const field of this.fields) if (field.key === key) return field;
    return undefined;
  }

  /** The unfolded value of a field, trimmed, as an octet string. */
  octetsOf(field: HeaderField): string {
    let from = field.valueStart;
    let to = field.end;
    while (from < to && isBlank(this.octets.charCodeAt(from))) from++;
    while (to > from && isBlank(this.octets.charCodeAt(to - 1))) to--;
    return joinLines(this.octets.slice(from, to));
  }

  /** The unfolded octets of the first field of that name (lower case); undefined if there is none. */
  raw(key: string): string | undefined {
    const field = this.field(key);
    return field && this.octetsOf(field);
  }

  /** The unfolded octets of every field of that name (lower case). */
  rawAll(key: string): string[] {
    const values: string[] = [];
    for (const field of this.fields) if (field.key === key) values.push(this.octetsOf(field));
    return values;
  }

  /** The unfolded value of the first field of that name (any case) as text; encoded words stay as they are. */
  get(name: string): string | undefined {
    const raw = this.raw(name.toLowerCase());
    return raw === undefined ? undefined : textOfOctets(raw);
  }

  /** The unfolded values of all fields of that name (any case) as text; encoded words stay as they are. */
  getAll(name: string): string[] {
    return this.rawAll(name.toLowerCase()).map((raw) => textOfOctets(raw));
  }
}

function joinLines(value: string): string {
  return value.includes("\n") ? value.replace(FOLD, "") : value;
}

function scan(octets: string): HeaderField[] {
  const fields: HeaderField[] = [];
  const length = octets.length;
  let start = 0;
  while (start < length) {
    if (isBlankLine(octets, start)) break;
    const end = endOfField(octets, start);
    const colon = colonOf(octets, start, end);
    if (colon > start) {
      const key = trimOctets(octets.slice(start, colon)).toLowerCase();
      if (key !== "") fields.push({ key, start, valueStart: colon + 1, end });
    }
    start = end;
  }
  return fields;
}

function isBlankLine(octets: string, at: number): boolean {
  const code = octets.charCodeAt(at);
  return code === 10 || (code === 13 && octets.charCodeAt(at + 1) === 10);
}

/** The end of the line at `start` together with the lines that continue it. */
function endOfField(octets: string, start: number): number {
  let end = start;
  for (;;) {
    const lineEnd = octets.indexOf("\n", end);
    if (lineEnd < 0) return octets.length;
    end = lineEnd + 1;
    const next = octets.charCodeAt(end);
    if (next !== 32 && next !== 9) return end;
  }
}

/** Where the name ends: the colon, after printable octets and (obsolete, RFC 5322 §4.5) blanks; -1 if this is no field. */
function colonOf(octets: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = octets.charCodeAt(i);
    if (code === 58) return i;
    if (code > 32 && code < 127) continue;
    if (code !== 32 && code !== 9) return -1;
    while (i < end && isBlank(octets.charCodeAt(i))) i++;
    return i > start && octets.charCodeAt(i) === 58 ? i : -1;
  }
  return -1;
}
