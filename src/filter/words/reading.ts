/**
 * A message as a person and the tests of its contents see it: who it says it is from, what it says, what it hides, where its
 * links lead, which files it carries. Read from the beginning of its octets, as far as that goes. Pure.
 */

import { type Address, flatten, parseAddressList } from "../../mime/addresses.ts";
import { attachmentsOf } from "../../mime/attachments.ts";
import { headerOf } from "../../mime/envelope.ts";
import type { Header } from "../../mime/header.ts";
import { rawParameter } from "../../mime/parameters.ts";
import type { Part, Structure } from "../../mime/structure.ts";
import { decodeText, isHtml } from "../../mime/text.ts";
import { decodeOctetWords } from "../../mime/words.ts";
import { type HtmlLook, hostOf, lookAtHtml } from "./html-look.ts";

export interface Reading {
  readonly header: Header;
  /** Decoded. */
  readonly subject: string;
  readonly from: readonly Address[];
  readonly replyTo: readonly Address[];
  /** What there is to read, of every text part. */
  readonly text: string;
  readonly html: readonly HtmlLook[];
  /** There is text that is not HTML. */
  readonly plain: boolean;
  /** Hosts that the message leads to, lower case, each once. */
  readonly hosts: readonly string[];
  readonly files: readonly { readonly name: string; readonly mediaType: string }[];
  /** Charsets its text parts name, lower case. */
  readonly charsets: readonly string[];
}

/** Octets from the start of a message that are read; what lies beyond is judged by nobody. */
export const READ_OCTETS = 512 * 1024;
/** Characters of text that are read. */
const LONGEST_TEXT = 48 * 1024;
const MOST_PARTS = 24;
const MOST_HOSTS = 100;
const LONGEST_FIELD = 2_000;
const MOST_AUTHORS = 20;
const LONGEST_NAME = 255;

/** Reads a message. @param start its first octets, all of them where they are no more than READ_OCTETS */
export function readMessage(structure: Structure, start: Uint8Array): Reading {
  const header = headerOf(structure.root);
  const bodies = bodiesOf(structure.root, start);
  const text = bodies.map((body) => body.text).join("\n");
  return {
    header,
    subject: decodeOctetWords((header.raw("subject") ?? "").slice(0, LONGEST_FIELD)),
    from: addressesOf(header, "from"),
    replyTo: addressesOf(header, "reply-to"),
    text,
    html: bodies.flatMap(({ html }) => (html === undefined ? [] : [html])),
    plain: bodies.some(({ html }) => html === undefined),
    hosts: hostsOf(text, bodies),
    files: attachmentsOf(structure)
      .filter(({ inline, part }) => !inline || part.type !== "image")
      .slice(0, 100)
      .map(({ fileName, mediaType }) => ({ name: fileName.slice(0, LONGEST_NAME), mediaType })),
    charsets: [...new Set(bodies.map(({ charset }) => charset))],
  };
}

interface Body {
  readonly text: string;
  readonly html?: HtmlLook;
  readonly charset: string;
}

function bodiesOf(root: Part, start: Uint8Array): Body[] {
  const bodies: Body[] = [];
  let room = LONGEST_TEXT;
  for (const part of textParts(root)) {
    if (room <= 0 || bodies.length >= MOST_PARTS || part.bodyStart >= start.length) break;
    const end = Math.min(part.bodyEnd, start.length, part.bodyStart + room * 6);
    const decoded = decodeText(part, start.subarray(part.bodyStart, end));
    const html = isHtml(part) ? lookAtHtml(decoded, room) : undefined;
    const text = html === undefined ? decoded.slice(0, room) : html.visible;
    room -= text.length;
    const charset = (rawParameter(part.params, "charset") ?? "").toLowerCase();
    bodies.push({ text, charset, ...(html && { html }) });
  }
  return bodies;
}

function* textParts(part: Part): Generator<Part> {
  if (part.message !== undefined) yield* textParts(part.message);
  else if (part.children.length > 0) for (const child of part.children) yield* textParts(child);
  else if (part.type === "text") yield part;
}

function addressesOf(header: Header, key: string): Address[] {
  const value = header.get(key);
  return value === undefined ? [] : flatten(parseAddressList(value.slice(0, LONGEST_FIELD))).slice(0, MOST_AUTHORS);
}

const WEB_ADDRESS = /\bhttps?:\/\/[^\s<>"'()]{1,500}/gi;

function hostsOf(text: string, bodies: readonly Body[]): string[] {
  const hosts = new Set<string>();
  for (const { html } of bodies) for (const { host } of html?.links ?? []) if (hosts.size < MOST_HOSTS) hosts.add(host);
  for (const [address] of text.matchAll(WEB_ADDRESS)) {
    if (hosts.size >= MOST_HOSTS) break;
    hosts.add(hostOf(address));
  }
  hosts.delete("");
  return [...hosts];
}
