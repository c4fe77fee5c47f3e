/**
 * Replies: RFC 5321 §4.2 with the enhanced status codes of RFC 2034 and RFC 3463, and the one mapper from a Refusal to
 * what an SMTP client hears.
 */
import type { Refusal, RefusalKind, SmtpStatus } from "../../refusal.ts";

/** RFC 5321 §4.5.3.1.5 allows 512 octets a line; code, status and line end take up to 16 of them. */
const MAX_TEXT = 480;

/**
 * A complete reply with its line ends. Several texts, or one too long, make a reply of several lines. `enhanced` is ""
 * where no status code may stand (greeting, EHLO, 334, 354).
 */
export function reply(code: number, enhanced: string, ...texts: string[]): string {
  const lines = texts.flatMap(fold);
  const status = enhanced === "" ? "" : `${enhanced} `;
  let all = "";
  for (let i = 0; i < lines.length; i++) all += `${code}${i + 1 < lines.length ? "-" : " "}${status}${lines[i]}\r\n`;
  return all;
}

function fold(text: string): string[] {
  if (text.length <= MAX_TEXT) return [text];
  const lines: string[] = [];
  let rest = text;
  while (rest.length > MAX_TEXT) {
    const blank = rest.lastIndexOf(" ", MAX_TEXT);
    const cut = blank > 0 ? blank : MAX_TEXT;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return rest === "" ? lines : [...lines, rest];
}

/** Text fit for a reply: one line, and ASCII unless the client speaks SMTPUTF8 (RFC 6531 §3.5). */
export function replyText(text: string, utf8: boolean): string {
  const line = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ");
  return utf8 ? line : line.replace(/[^\x20-\x7e]+/gu, "?");
}

const STATUS: Record<RefusalKind, SmtpStatus> = {
  invalid: { code: 501, enhanced: "5.5.4" },
  notFound: { code: 550, enhanced: "5.1.1" },
  exists: { code: 550, enhanced: "5.0.0" },
  notPermitted: { code: 550, enhanced: "5.7.1" },
  unknownRecipient: { code: 550, enhanced: "5.1.1" },
  relayDenied: { code: 550, enhanced: "5.7.1" },
  senderRefused: { code: 550, enhanced: "5.7.1" },
  tooLarge: { code: 552, enhanced: "5.3.4" },
  tooMany: { code: 452, enhanced: "4.5.3" },
  overQuota: { code: 552, enhanced: "5.2.2" },
  loop: { code: 554, enhanced: "5.4.6" },
  credentials: { code: 535, enhanced: "5.7.8" },
  barred: { code: 550, enhanced: "5.7.1" },
  expired: { code: 550, enhanced: "5.2.1" },
  inUse: { code: 450, enhanced: "4.2.0" },
  newerFile: { code: 451, enhanced: "4.3.0" },
  noSpace: { code: 452, enhanced: "4.3.1" },
  temporary: { code: 451, enhanced: "4.3.0" },
};

/** The code and status of a refusal; one that is temporary never becomes a 5xx. */
function statusOf(refusal: Refusal): SmtpStatus {
  const { code, enhanced } = refusal.smtp ?? STATUS[refusal.kind];
  if (!refusal.temporary || code < 500) return { code, enhanced };
  return { code: 450, enhanced: enhanced.replace(/^5/, "4") };
}

/** The reply to a refusal. */
export function refusalReply(refusal: Refusal, utf8 = false): string {
  const { code, enhanced } = statusOf(refusal);
  return reply(code, enhanced, replyText(refusal.sentence, utf8));
}

/** Thrown anywhere in a session to send a last reply and close: 421 and its like (RFC 5321 §3.8). */
export class Farewell extends Error {
  override readonly name = "Farewell";

  constructor(readonly reply: string) {
    super(reply.trimEnd());
  }
}
