/**
 * Whether a message may be answered by a machine, and the answer itself. Pure.
 *
 * RFC 3834 §2 (when not to respond), §3 (the response), §5 (Auto-Submitted); RFC 5230 §4.6 (what to look for in practice).
 */
import type { Header } from "../mime/header.ts";
import { decodeWords } from "../mime/words.ts";
import { addressOf, composeLetter } from "./letter.ts";
import { printable } from "./send/reply.ts";

/** Local parts behind which nobody reads, or a list is (RFC 3834 §2, RFC 5230 §4.6, and what is usual). */
const MACHINES =
  /^(?:mailer-daemon|postmaster|listserv|listproc|majordomo|sympa|(?:no|do[._-]?not)[._-]?reply|bounces?|owner-.*|.*-(?:request|owner|relay|bounces?))(?:[+=-].*)?$/;

/** Characters of the answered subject that are repeated. */
const LONGEST_SUBJECT = 150;
/** Message-IDs repeated in References, the last ones. */
const MOST_REFERENCES = 20;
const MESSAGE_ID = /<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>/g;

/** Why a message is not answered, or undefined where it may be. `reversePath` is who would get the answer. */
export function whyNotAnswered(header: Header, reversePath: string): string | undefined {
  const at = reversePath.lastIndexOf("@");
  if (at <= 0) return "it has no return path";
  if (MACHINES.test(reversePath.slice(0, at).toLowerCase())) return "its sender is a machine or a list";
  const submitted = first(header.raw("auto-submitted"));
  if (submitted !== "" && submitted !== "no") return "it was sent by a machine";
  if (["bulk", "list", "junk"].includes(first(header.raw("precedence")))) return "it is bulk mail";
  if (header.fields.some(({ key }) => key.startsWith("list-") || key === "mailing-list")) return "it came over a list";
  const suppress = (header.raw("x-auto-response-suppress") ?? "").toLowerCase();
  if (/\b(?:all|oof|autoreply)\b/.test(suppress)) return "its sender wants no automatic answers";
  if (/^\s*multipart\/report\b/i.test(header.raw("content-type") ?? "")) return "it is a report";
  return undefined;
}

/** The first word of a field, without comments and parameters, in lower case. */
function first(value: string | undefined): string {
  return (
    (value ?? "")
      .replace(/\([^()]*\)/g, " ")
      .trim()
      .split(/[\s;]/, 1)[0]
      ?.toLowerCase() ?? ""
  );
}

/**
 * Whether an address is on a list of patterns, in any case; `*` stands for any characters. Takes time in proportion to both lengths,
 * whatever the pattern.
 */
export function matchesPattern(patterns: readonly string[], address: string): boolean {
  const text = address.normalize("NFC").toLowerCase();
  return patterns.some((pattern) => matches(pattern.normalize("NFC").toLowerCase(), text));
}

function matches(pattern: string, text: string): boolean {
  const pieces = pattern.split("*");
  if (pieces.length === 1) return pattern === text;
  const [head = ""] = pieces;
  const tail = pieces.at(-1) ?? "";
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  // Taking each piece where it first stands leaves the most for those behind it.
  let at = head.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= text.length - tail.length;
}

/** What an answer is made from. */
export interface Answer {
  /** The mailbox's return address, and its owner's name. */
  readonly from: string;
  readonly name: string;
  /** The return path that is answered. */
  readonly to: string;
  /** "" repeats the subject that is answered behind `Auto:`. */
  readonly subject: string;
  /** "" says that the message arrived. */
  readonly text: string;
  /** A MIME entity in its place (RFC 5230 §4.5). */
  readonly entity?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly messageId: string;
}

const DEFAULT_TEXT =
  "Your message has arrived. This is an automatic reply: the recipient is away\nor cannot answer at the moment, and will read it later.";

/** The octets of an answer. */
export function composeAnswer(header: Header, answer: Answer): Uint8Array {
  const id = (header.raw("message-id") ?? "").match(MESSAGE_ID)?.[0];
  // RFC 5322 §3.6.4: without References, the one message that was answered before.
  const earlier = header.raw("references")?.match(MESSAGE_ID) ?? header.raw("in-reply-to")?.match(MESSAGE_ID) ?? [];
  const before = earlier.length > 1 && header.raw("references") === undefined ? [] : earlier;
  return composeLetter({
    from: addressOf(answer.from, answer.name),
    to: answer.to,
    subject: answer.subject === "" ? autoSubject(header) : answer.subject,
    text: answer.text.trim() === "" ? DEFAULT_TEXT : answer.text,
    entity: answer.entity,
    date: answer.now,
    messageId: answer.messageId,
    submitted: "auto-replied",
    inReplyTo: id,
    references: id === undefined ? [] : [...before.slice(-MOST_REFERENCES), id],
  });
}

/** RFC 3834 §3.1.5. */
function autoSubject(header: Header): string {
  const subject = printable(decodeWords(header.get("subject") ?? "")).trim();
  const cut = [...subject].slice(0, LONGEST_SUBJECT).join("");
  return subject === "" ? "Auto: your message" : `Auto: ${cut}${cut.length < subject.length ? "…" : ""}`;
}
