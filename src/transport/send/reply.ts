/**
 * Replies of other servers (RFC 5321 §4.2), a line at a time. Pure, and hard to surprise: a server that sends no end of
 * lines, lines without end or something that is no reply at all gets an error, not our memory.
 */

/** A complete reply. */
export interface Reply {
  readonly code: number;
  /** The enhanced status code of the last line that has one (RFC 2034): "5.1.1". */
  readonly enhanced: string | undefined;
  /** The text of each line, without codes, fit to be shown: printable characters only. */
  readonly lines: readonly string[];
}

/** What came is no reply. */
export class MalformedReply extends Error {
  override readonly name = "MalformedReply";
}

/** Octets of a line. RFC 5321 §4.5.3.1.5 allows 512; some servers explain themselves at length. */
export const REPLY_LINE_LIMIT = 4_096;
const MOST_LINES = 200;
const MOST_OCTETS = 65_536;

const ENHANCED = /^([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)/;

/** Puts lines together to replies. */
export class ReplyReader {
  #code = 0;
  #enhanced: string | undefined;
  #lines: string[] = [];
  #octets = 0;

  /**
   * Takes one line without its line end; gives the reply where the line completes it.
   * @throws MalformedReply
   */
  push(line: Uint8Array): Reply | undefined {
    const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString("utf8");
    const match = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(text);
    if (match === null) throw new MalformedReply(`not an SMTP reply: ${printable(text).slice(0, 100)}`);
    const code = Number(match[1]);
    if (this.#lines.length > 0 && code !== this.#code) throw new MalformedReply("a reply with two codes");
    this.#octets += line.length;
    if (this.#lines.length >= MOST_LINES || this.#octets > MOST_OCTETS) throw new MalformedReply("a reply without end");
    this.#code = code;
    this.#lines.push(this.#text(match[3] ?? "", code));
    if (match[2] === "-") return undefined;
    const reply: Reply = { code, enhanced: this.#enhanced, lines: this.#lines };
    this.#enhanced = undefined;
    this.#lines = [];
    this.#octets = 0;
    return reply;
  }

  /** The text of a line; a status code at its front is kept apart if it is of the reply's own class. */
  #text(text: string, code: number): string {
    const status = ENHANCED.exec(text);
    if (status === null || Number(status[1]) !== Math.floor(code / 100)) return printable(text);
    this.#enhanced = `${status[1]}.${Number(status[2])}.${Number(status[3])}`;
    return printable(text.slice(status[0].length).trimStart());
  }
}

/** Text without control characters, so that it can stand in a log line, a header field or a page. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ").trimEnd();
}

/** A reply in one line, as it would be quoted: `550 5.1.1 No such user`. */
export function replyText(reply: Reply): string {
  const text = reply.lines.filter((line) => line !== "").join(" ");
  const full = [String(reply.code), reply.enhanced, text].filter((part) => part !== undefined && part !== "").join(" ");
  return full.length > 1_000 ? `${full.slice(0, 999)}…` : full;
}

/** The extensions of an EHLO reply (RFC 5321 §4.1.1.1): keyword in capitals and its parameters. */
export function extensionsOf(reply: Reply): ReadonlyMap<string, string> {
  const extensions = new Map<string, string>();
  for (const line of reply.lines.slice(1)) {
    // Some old servers write AUTH=LOGIN.
    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =](.*))?$/.exec(line);
    if (match?.[1] === undefined) continue;
    const keyword = match[1].toUpperCase();
    const known = extensions.get(keyword);
    extensions.set(keyword, known === undefined ? (match[2] ?? "").trim() : `${known} ${match[2] ?? ""}`.trim());
  }
  return extensions;
}
