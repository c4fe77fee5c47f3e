/**
 * What a message is made of, as numbers: every word, every two words that follow each other or have one between them, addresses, hosts, and how it is
 * built, each hashed to 40 bits (SpamAssassin keeps as many; among a million tokens one new one in a million meets another). Pure.
 */
import type { Header } from "../../mime/header.ts";
import { decodeOctetWords } from "../../mime/words.ts";
import type { Reading } from "./reading.ts";
import { isOfList, LIST_FIELDS, unmarked, withoutFooter } from "./unlisted.ts";

/** Tokens of one message that count; more are not looked at. */
export const MOST_TOKENS = 2_400;
/** Of these the words of the text may take so many. */
const MOST_OF_TEXT = 2_000;
/** A word longer than this says only how long it is. */
const LONGEST_WORD = 24;

/** Tells a pair with a word between from one without. */
const APART = 7;

/** Tokens lie below this. */
export const TOKEN_SPAN = 2 ** 40;

/** Fields whose words say something of the program or the way a message came; all others only that they are there. */
const TELLING = ["x-mailer", "user-agent", "content-type", "organization", "x-priority", "importance"];
/** Set on the way here, by this server or by a program that kept the message: they say nothing of who wrote. */
const OWN_FIELDS =
  /^(received|return-path|authentication-results|arc-|delivered-to|delivery-date|envelope-to|x-original-to|x-delivered-to|x-envelope|gatepost-|x-spam|x-google|x-ms-exchange|x-authentication-warning|status$|x-status|x-keywords|x-uid|x-sieve|x-mozilla-|x-evolution|lines$|content-length)/;

/** What a message is made of. */
export interface Tokens {
  /** All, each once, ascending: neighbours lie together in the table. */
  readonly all: readonly number[];
  /** Those of single words. */
  readonly words: readonly number[];
  readonly author?: number;
  /** The domain the author writes from, and those the message leads to, by their last two labels. */
  readonly domain?: number;
  readonly hosts: readonly number[];
}

/** Single words that tell how familiar a text is. */
const MOST_WORDS = 600;

export function tokensOf(reading: Reading): Tokens {
  const tokens = new Collector();
  const { header } = reading;
  for (const { name, local, domain } of reading.from) {
    tokens.add(`from:${`${local}@${domain}`.toLowerCase()}`);
    tokens.domain("from", domain.toLowerCase());
    tokens.words("name", name, 10);
  }
  for (const { domain } of reading.replyTo) tokens.domain("reply", domain.toLowerCase());
  const ofList = isOfList(header);
  tokens.words("subject", ofList ? unmarked(reading.subject) : reading.subject, 40);
  fieldTokens(header, tokens);
  for (const host of reading.hosts) tokens.domain("host", host);
  for (const { name, mediaType } of reading.files) tokens.add(`file:${mediaType}:${name.split(".").pop() ?? ""}`);
  for (const charset of reading.charsets) tokens.add(`charset:${charset}`);
  for (const html of reading.html) {
    tokens.add("html");
    if (!reading.plain) tokens.add("html:alone");
    if (html.remoteImages > 0) tokens.add(`html:images:${Math.ceil(Math.log2(html.remoteImages + 1))}`);
    tokens.add(`html:links:${Math.ceil(Math.log2(html.links.length + 1))}`);
  }
  tokens.words("", ofList ? withoutFooter(reading.text) : reading.text, MOST_OF_TEXT);
  const [author] = reading.from;
  return {
    all: [...new Float64Array(tokens.hashes).sort()],
    words: [...tokens.single].slice(0, MOST_WORDS),
    ...(author && {
      author: hashOf(`from:${`${author.local}@${author.domain}`.toLowerCase()}`),
      domain: domainToken("from", author.domain.toLowerCase()),
    }),
    hosts: [...new Set(reading.hosts.map((host) => domainToken("host", host)))],
  };
}

function domainToken(kind: string, name: string): number {
  return hashOf(`${kind}:@${name.split(".").slice(-2).join(".")}`);
}

function fieldTokens(header: Header, tokens: Collector): void {
  for (const field of header.fields.slice(0, 60)) {
    const { key } = field;
    if (OWN_FIELDS.test(key) || LIST_FIELDS.test(key)) continue;
    tokens.add(`field:${header.octets.slice(field.start, Math.min(field.valueStart, field.start + 40))}`);
    if (TELLING.includes(key)) tokens.words(key, decodeOctetWords(header.octetsOf(field).slice(0, 200)), 12);
  }
  const id = header.raw("message-id") ?? "";
  tokens.add(`id:${id === "" ? "none" : shapeOf(id.slice(0, 60))}`);
}

/** Letters as a, digits as 9, runs as one: programs make their identifiers each in their own way. */
function shapeOf(id: string): string {
  return id
    .replace(/@.*/, "@")
    .replace(/[a-z]+/g, "a")
    .replace(/[A-Z]+/g, "A")
    .replace(/[0-9]+/g, "9");
}

const WORD = /[\p{L}\p{N}\p{M}$€£%!'’_-]+/gu;
/** Writing without spaces between words: every two characters are a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** A word without the marks around it. Counted from both ends: a pattern would try each place of a long run of them. */
function bareOf(word: string): string {
  const isMark = (at: number) => "'’_-".includes(word.charAt(at));
  let [from, to] = [0, word.length];
  while (from < to && isMark(from)) from++;
  while (to > from && isMark(to - 1)) to--;
  return word.slice(from, to);
}

class Collector {
  readonly hashes = new Set<number>();
  /** Tokens of the words of the text, not of pairs. */
  readonly single = new Set<number>();

  add(token: string): number {
    const hash = hashOf(token);
    if (this.hashes.size < MOST_TOKENS) this.hashes.add(hash);
    return hash;
  }

  /** A host name, and the domains it stands under. */
  domain(kind: string, name: string): void {
    const labels = name.split(".").slice(-5);
    for (let at = 0; at < Math.max(1, labels.length - 1); at++) this.add(`${kind}:@${labels.slice(at).join(".")}`);
  }

  /** The words of a text, and its pairs of near ones. @param most new tokens at most */
  words(kind: string, text: string, most: number): void {
    const until = Math.min(MOST_TOKENS, this.hashes.size + most);
    let [before, earlier] = [0, 0];
    for (const [found] of text.matchAll(WORD)) {
      if (this.hashes.size >= until) return;
      const word = bareOf(found.toLowerCase());
      if (word.length < 2) continue;
      if (UNSPACED.test(word)) {
        for (let at = 0; at + 2 <= word.length && this.hashes.size < until; at++)
          this.single.add(this.add(kind + word.slice(at, at + 2)));
        continue;
      }
      const hash = this.add(
        word.length > LONGEST_WORD ? `${kind}:long:${Math.min(9, word.length >> 4)}` : `${kind}:${word}`,
      );
      if (kind === "") this.single.add(hash);
      if (before !== 0 && this.hashes.size < until) this.hashes.add(pairOf(before, hash));
      if (earlier !== 0 && this.hashes.size < until) this.hashes.add(pairOf(earlier + APART, hash));
      earlier = before;
      before = hash;
    }
  }
}

/** Two rounds of multiplication over UTF-16 units, 40 bits of the 64 that come of them. */
function hashOf(text: string): number {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x9e3779b1);
    two = Math.imul(two ^ code, 0x5f356495);
  }
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(two ^ (two >>> 13), 0xc2b2ae35);
  two = Math.imul(two ^ (two >>> 16), 0x85ebca6b) ^ Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  return (two & 0xff) * 0x100000000 + (one >>> 0);
}

/** One token of two, in this order. */
function pairOf(first: number, second: number): number {
  const low = Math.imul((first >>> 0) ^ 0x27d4eb2f, 0x9e3779b1) ^ Math.imul((second >>> 0) + 0x165667b1, 0x85ebca6b);
  const high = (Math.floor(first / 0x100000000) * 31 + Math.floor(second / 0x100000000) * 17 + (low >>> 24)) & 0xff;
  return high * 0x100000000 + ((low ^ (low >>> 15)) >>> 0);
}
