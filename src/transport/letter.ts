/** A letter that the server writes itself: plain text with its fields (RFC 5322 §3.6, RFC 3834 §3.1). Pure. */
import type { Address } from "../mime/addresses.ts";
import { encodeBody } from "../mime/quoted.ts";
import { addressField, structuredField, textField } from "../mime/write.ts";
import { mailDate } from "./received.ts";

export interface Letter {
  readonly from: Address;
  /** An address without a name. */
  readonly to: string;
  /** Where answers go, if not to `from`. */
  readonly replyTo?: Address | undefined;
  readonly subject: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly date: number;
  /** Without angle brackets. */
  readonly messageId: string;
  /** RFC 3834 §5: a reply to one message, something that nobody asked for, or (RFC 5436 §2.7) a notification. */
  readonly submitted: string;
  /** Further fields, complete with their line ends. */
  readonly fields?: string | undefined;
  /** A MIME entity with its own fields, in the place of `text`. */
  readonly entity?: string | undefined;
  /** Message-IDs with angle brackets: the message that is answered, and those before it. */
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[];
}

/** The octets of a letter. No value can begin a field of its own. */
export function composeLetter(letter: Letter): Uint8Array {
  const references = letter.references ?? [];
  const fields = [
    addressField("From", [letter.from]),
    structuredField("To", letter.to),
    ...(letter.replyTo === undefined ? [] : [addressField("Reply-To", [letter.replyTo])]),
    textField("Subject", letter.subject),
    structuredField("Date", mailDate(letter.date)),
    structuredField("Message-ID", `<${letter.messageId}>`),
    ...(letter.inReplyTo === undefined ? [] : [structuredField("In-Reply-To", letter.inReplyTo)]),
    ...(references.length === 0 ? [] : [structuredField("References", references.join(" "))]),
    structuredField("Auto-Submitted", letter.submitted),
    // What Exchange looks at in place of Auto-Submitted.
    "X-Auto-Response-Suppress: All\r\n",
    letter.fields ?? "",
    "MIME-Version: 1.0\r\n",
    letter.entity === undefined ? plain(letter.text) : entityOf(letter.entity),
  ];
  return Buffer.from(fields.join(""), "utf8");
}

/** A MIME entity: of its fields those that describe content (RFC 2045 §3), and nothing that could say who wrote the letter. */
function entityOf(entity: string): string {
  const text = entity.replace(/\r\n|\r|\n/g, "\r\n");
  const end = `\r\n${text}`.indexOf("\r\n\r\n");
  const header = end === -1 ? text : text.slice(0, end);
  const body = end === -1 ? "" : text.slice(end + 2);
  const fields = header.split(/\r\n(?![ \t])/).filter((field) => /^content-[a-z-]+[ \t]*:/i.test(field));
  return `${fields.map((field) => `${field}\r\n`).join("")}\r\n${body}`;
}

function plain(text: string): string {
  const { encoding, body } = encodeBody(text);
  return `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
}

/** Paragraphs broken into lines for a letter; lines that are indented stay as they are. */
export function inLines(text: string, width = 72): string {
  return text
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith(" ")) return line;
      const lines: string[] = [];
      for (const word of line.split(" ")) {
        const last = lines.at(-1);
        if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
        else lines[lines.length - 1] = `${last} ${word}`;
      }
      return lines;
    })
    .join("\n");
}

/** An address in two parts, as fields are written from it. */
export function addressOf(address: string, name = ""): Address {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at).replace(/^"(.*)"$/s, (_, inner: string) => inner.replace(/\\(.)/gs, "$1"));
  return { name, local, domain: address.slice(at + 1) };
}
