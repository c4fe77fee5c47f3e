/**
 * What a message is made of: its parts with their places in the octets (RFC 2045, RFC 2046), numbered as IMAP numbers
 * them (RFC 9051 §6.4.5.1). The parser (parser.ts) makes structures, stored.ts keeps them, section.ts and imap-text.ts
 * answer IMAP from them. All strings are octet strings (octets.ts) unless they say otherwise.
 */

import type { Header } from "./header.ts";
import type { Parameter } from "./parameters.ts";

/** Content-Disposition (RFC 2183). */
export interface Disposition {
  /** Lower case, e.g. "attachment". */
  readonly type: string;
  readonly params: readonly Parameter[];
}

/** One part of a message, or a whole message. Offsets are octets from the start of the outermost message. */
export interface Part {
  /**
   * The IMAP section that gives the body: "2.1", or for a multipart that is a whole message "TEXT" (of the outermost)
   * or "3.TEXT".
   */
  readonly partNumber: string;
  readonly headerStart: number;
  /** End of the header with its blank line; start of the body. */
  readonly bodyStart: number;
  /** End of the body; the line end before a boundary belongs to the boundary (RFC 2046 §5.1.1). */
  readonly bodyEnd: number;
  /** Line ends (LF) in the body. */
  readonly lines: number;
  /** Lower case; "text" where the message says nothing (RFC 2045 §5.2). */
  readonly type: string;
  readonly subtype: string;
  readonly params: readonly Parameter[];
  /** Content-Transfer-Encoding in lower case; "7bit" where the message says nothing. */
  readonly encoding: string;
  readonly disposition?: Disposition;
  /** Content-ID with its angle brackets. */
  readonly id?: string;
  readonly description?: string;
  readonly md5?: string;
  readonly language?: readonly string[];
  readonly location?: string;
  /** The parts of a multipart; empty for all others. */
  readonly children: readonly Part[];
  /** The message inside a message/rfc822 or message/global part. */
  readonly message?: Part;
  /** Of a whole message: its header fields. After `decodeStructure` an inner message keeps only those of its envelope. */
  readonly header?: Header;
  /** A container that was not opened, because of a limit or its encoding; clients are told it is application/octet-stream. */
  readonly opaque: boolean;
}

/** A whole message. */
export interface Structure {
  readonly root: Part;
  /** Octets of the message. */
  readonly size: number;
  /** The outermost header, as far as the limit goes; empty after `decodeStructure` without it. */
  readonly headerBytes: Uint8Array;
}

/** Bounds on what a message can make the parser keep. Beyond them it goes on with less detail; it never fails. */
export interface StructureLimits {
  /** Octets kept of one header; later fields of it are not seen. */
  readonly headerOctets: number;
  /** Octets of all headers together. */
  readonly totalHeaderOctets: number;
  /** Parts of one message; the part after the last boundary that counts takes the rest of the message. */
  readonly parts: number;
  /** How deep multiparts and messages are opened. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: StructureLimits = {
  headerOctets: 256 * 1024,
  totalHeaderOctets: 2 * 1024 * 1024,
  parts: 2000,
  depth: 50,
};

/** Calls `visit` for a part and everything in it, in the order of the message. */
export function walk(part: Part, visit: (part: Part) => void): void {
  visit(part);
  for (const child of part.children) walk(child, visit);
  if (part.message) walk(part.message, visit);
}

/** The part with that IMAP number (RFC 9051 §6.4.5.1), e.g. [1, 2]; undefined if there is none. */
export function findPart(message: Part, path: readonly number[]): Part | undefined {
  let candidates = message.children.length > 0 ? message.children : [message];
  let part: Part | undefined;
  for (const number of path) {
    part = candidates[number - 1];
    if (!part) return undefined;
    candidates = part.children;
    if (part.message) candidates = part.message.children.length > 0 ? part.message.children : [part.message];
  }
  return part;
}

/** Octets of a part's body as sent. */
export function octetsIn(part: Part): number {
  return part.bodyEnd - part.bodyStart;
}
