/** The trace fields a server writes in front of a message (RFC 5321 §4.4), and the count of those that are there. Pure. */
import { isIPv6 } from "node:net";
import { formatDate } from "../mime/dates.ts";
import type { Origin } from "./envelope.ts";

/** A date as mail writes it (RFC 5322 §3.3), in the server's time zone. */
export function mailDate(ms: number): string {
  return formatDate(ms, -new Date(ms).getTimezoneOffset());
}

/** Return-Path, for final delivery. */
export function returnPathField(reversePath: string): string {
  return `Return-Path: <${clean(reversePath)}>\r\n`;
}

/**
 * Received, folded. `for` is written only where there is one recipient, so that no recipient learns of another
 * (RFC 5321 §7.2).
 */
export function receivedField(origin: Origin, hostname: string, recipients: readonly string[], now: number): string {
  const lines: string[] = [];
  if (origin.remote !== undefined || origin.helo !== undefined) lines.push(fromClause(origin));
  const tls = origin.tls === undefined ? "" : ` (${clean(origin.tls.version)} ${clean(origin.tls.cipher)})`;
  const protocol = origin.protocol === undefined ? "" : ` with ${origin.protocol}${tls}`;
  lines.push(`by ${hostname} (Gatepost)${protocol}`);
  const only = recipients.length === 1 ? recipients[0] : undefined;
  // An address beyond ASCII may stand only where the header may be UTF-8 (RFC 6531 §3.7.3).
  const named = only !== undefined && (isAscii(only) || origin.protocol?.startsWith("UTF8") === true);
  lines.push(`id ${clean(origin.trace)}${named ? ` for <${clean(only)}>` : ""};`);
  lines.push(mailDate(now));
  return `Received: ${lines.join("\r\n ")}\r\n`;
}

/** `from helo (name [address])`: what the client said, then what is known (RFC 5321 §4.4 TCP-info). */
function fromClause(origin: Origin): string {
  const said = origin.helo === undefined || origin.helo === "" ? "unknown" : hostText(origin.helo);
  if (origin.remote === undefined) return `from ${said}`;
  const address = isIPv6(origin.remote) ? `[IPv6:${origin.remote}]` : `[${clean(origin.remote)}]`;
  const name = origin.hostname === undefined || origin.hostname === "" ? "" : `${hostText(origin.hostname)} `;
  return `from ${said} (${name}${address})`;
}

/** A name that somebody else gave, without anything that could end the clause or begin a comment. */
function hostText(name: string): string {
  return name.replace(/[^A-Za-z0-9._:[\]-]+/g, "?").slice(0, 255);
}

/** Text without control characters: nothing may begin a new field. */
function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, "?");
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** How many servers a message came through, and how often through this one, by the Received fields of its header. */
export function countHops(header: Uint8Array, hostname: string): { hops: number; own: number } {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.length);
  let hops = 0;
  let own = 0;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    const end = newline === -1 ? bytes.length : newline + 1;
    if (isReceived(bytes, at)) {
      hops++;
      const field = bytes.toString("latin1", at, Math.min(fieldEnd(bytes, end), at + 2_000));
      if (namesHost(field, hostname)) own++;
    }
    at = end;
  }
  return { hops, own };
}

function isReceived(bytes: Buffer, at: number): boolean {
  const first = bytes[at];
  if ((first !== 0x52 && first !== 0x72) || at + 9 > bytes.length) return false;
  return bytes.toString("latin1", at, at + 9).toLowerCase() === "received:";
}

/** Where a field ends whose first line ends at `at`: before the next line that does not begin with white space. */
function fieldEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (bytes[end] === 32 || bytes[end] === 9) {
    const newline = bytes.indexOf(10, end);
    if (newline === -1) return bytes.length;
    end = newline + 1;
  }
  return end;
}

function namesHost(field: string, hostname: string): boolean {
  const by = /\sby\s+([^\s;()]+)/i.exec(field);
  return by?.[1] !== undefined && by[1].toLowerCase() === hostname.toLowerCase();
}
