/** Replies (RFC 959 §4.2): a code and a text, or several lines. */
import { octetsOf } from "../../files/names.ts";
import { Refusal } from "../../refusal.ts";

/** A reply of one line. */
export const reply = (code: number, text: string) => `${code} ${oneLine(text)}\r\n`;

/** A reply of several lines; those between the first and the last begin with a blank, as no code does (RFC 959 §4.2). */
export function replyLines(code: number, first: string, body: readonly string[], last: string): string {
  const between = body.map((line) => ` ${oneLine(line)}\r\n`).join("");
  return `${code}-${oneLine(first)}\r\n${between}${code} ${oneLine(last)}\r\n`;
}

/** A path in quotes, a quote in it doubled (RFC 959, appendix II). */
export const quoted = (path: string) => `"${path.replaceAll('"', '""')}"`;

const oneLine = (text: string) => text.replace(/[\x00-\x1f\x7f]+/g, "?");

/** Text as it travels: names with the octets they have on disk. */
export function wire(text: string): Uint8Array {
  return Buffer.from(octetsOf(text), "latin1");
}

/** The reply that tells a refusal (RFC 959 §5.4). */
export function refusalReply(refusal: Refusal): string {
  return reply(codeOf(refusal), refusal.sentence);
}

function codeOf({ kind, temporary }: Refusal): number {
  switch (kind) {
    case "noSpace":
      return 452;
    case "overQuota":
      return 552;
    case "inUse":
      return 450;
    case "invalid":
      return 553;
    default:
      return temporary ? 451 : 550;
  }
}

/** The syntax of a command is wrong. */
export class SyntaxRefusal extends Refusal {
  constructor(syntax: string) {
    super("invalid", `Syntax: ${syntax}`);
  }
}
