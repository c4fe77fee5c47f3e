/** What the header of a message gives away: oddities of its fields that mail programs of people do not make (RFC 5322 §3.6). Pure. */

import type { Address } from "../../mime/addresses.ts";
import { parseDate } from "../../mime/dates.ts";
import { organizationalDomain } from "../authentication/organization.ts";
import type { Look, Seen } from "./look.ts";

const DAY_MS = 86_400_000;
const ADDRESS = /[\p{L}\p{N}._%+-]+@((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})/u;
/** Providers at which anybody gets an address in a minute. */
const FREE =
  /^(gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|aol|gmx|web|mail|inbox|yandex|proton|protonmail|icloud|zoho|rediffmail|qq|163|126|naver|excite|lycos|netscape|juno)\.[a-z.]{2,6}$/;
const WORD = /\p{L}{3,}/gu;

/** Whether a word has Latin letters and others that look like them. */
function isMixed(word: string): boolean {
  return /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word);
}

const has = ({ reading }: Seen, ...keys: string[]) => keys.some((key) => reading.header.field(key) !== undefined);
const author = ({ reading }: Seen): Address | undefined => reading.from[0];
const isList = (seen: Seen) => has(seen, "list-id", "list-post", "mailing-list");

/** The Date field's distance from now, in days; undefined where it cannot be read. */
function daysOff({ reading, at }: Seen): number | undefined {
  const sent = parseDate(reading.header.raw("date") ?? "");
  return sent && (sent.time - at) / DAY_MS;
}

/** Letters of a text, and how many of them are capitals. */
function capitals(text: string): { letters: number; upper: number } {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return { letters, upper: text.match(/\p{Lu}/gu)?.length ?? 0 };
}

/** An address in the display name that is not the one the mail is from. */
function otherAddress(seen: Seen): string {
  const from = author(seen);
  const shown = ADDRESS.exec(from?.name ?? "");
  if (from === undefined || shown === null) return "";
  return organizationalDomain(shown[1] ?? "") === organizationalDomain(from.domain) ? "" : shown[0];
}

/** Where answers go, if that is another domain than the author's. */
function answersElsewhere(seen: Seen): string {
  const [reply] = seen.reading.replyTo;
  const domain = author(seen)?.domain ?? "";
  if (reply === undefined || reply.domain === "" || domain === "" || isList(seen)) return "";
  return organizationalDomain(reply.domain) === organizationalDomain(domain) ? "" : reply.domain.toLowerCase();
}

export const HEADER_LOOKS: readonly Look[] = [
  { result: "no-date", points: 1.2, sentence: "It has no date.", is: (seen) => !has(seen, "date") },
  {
    ...{ result: "bad-date", points: 1, sentence: "Its date cannot be read." },
    is: (seen) => has(seen, "date") && daysOff(seen) === undefined,
  },
  {
    ...{ result: "future-date", points: 1.8, sentence: "Its date lies in the future." },
    is: (seen) => (daysOff(seen) ?? 0) > 1.5,
  },
  {
    ...{ result: "old-date", points: 1, sentence: "Its date lies more than a week back." },
    is: (seen) => (daysOff(seen) ?? 0) < -7,
  },
  {
    ...{ result: "no-message-id", points: 1.2, sentence: "It has no Message-ID." },
    is: (seen) => !has(seen, "message-id", "resent-message-id"),
  },
  {
    ...{ result: "odd-message-id", points: 0.8, sentence: "Its Message-ID is not one that a mail program makes." },
    is: ({ reading }) => {
      const id = reading.header.raw("message-id");
      return id !== undefined && !/^<[^<>\s@]+@[^<>\s@]+>$/.test(id);
    },
  },
  {
    result: "no-from",
    points: 2,
    sentence: "It does not say who wrote it.",
    is: (seen) => (author(seen)?.domain ?? "") === "",
  },
  {
    ...{ result: "several-from", points: 1.5, sentence: "It names several fields or people as its author." },
    is: ({ reading }) => reading.header.rawAll("from").length > 1 || reading.from.length > 3,
  },
  {
    ...{
      result: "name-is-other-address",
      points: 3.5,
      sentence: "The author's name shows another address (…) than the mail has.",
    },
    is: otherAddress,
  },
  {
    ...{ result: "numbers-in-from", points: 0.7, sentence: "The author's address is letters and many digits." },
    is: (seen) => /\d{5,}|[a-z]\d+[a-z]+\d+[a-z]/i.test(author(seen)?.local ?? "") && !isList(seen),
  },
  {
    ...{ result: "answers-elsewhere", points: 0.4, sentence: "Answers to it go to another domain (…)." },
    is: answersElsewhere,
  },
  {
    ...{
      result: "answers-to-free-mail",
      points: 1.6,
      sentence: "Answers to it go to an address that anybody gets (…).",
    },
    is: (seen) => {
      const domain = answersElsewhere(seen);
      return FREE.test(domain) ? domain : "";
    },
  },
  {
    result: "no-subject",
    points: 0.6,
    sentence: "It has no subject.",
    is: ({ reading }) => reading.subject.trim() === "",
  },
  {
    ...{ result: "capitals", points: 1.3, sentence: "Its subject is in capitals." },
    is: ({ reading }) => {
      const { letters, upper } = capitals(reading.subject.replace(/^(\s*(re|fwd?|aw|wg)\s*:|\[[^\]]*\])+/i, ""));
      return letters >= 9 && upper >= letters * 0.9 && /\s/.test(reading.subject.trim());
    },
  },
  {
    ...{ result: "spaced-subject", points: 2.5, sentence: "Its subject is written with spaces between the letters." },
    is: ({ reading }) => /(?:^|\s)(?:\p{L}[ ._*-]){5,}\p{L}(?:\s|[!?.]|$)/u.test(reading.subject),
  },
  {
    ...{ result: "tail-in-subject", points: 2, sentence: "Its subject ends with something odd after many spaces." },
    is: ({ reading }) => /\S\s{6,}\S{3,}\s*$/.test(reading.subject),
  },
  {
    ...{ result: "shouting", points: 0.8, sentence: "Its subject shouts." },
    is: ({ reading }) => /[!?]{2,}|\${2,}|!.*!/.test(reading.subject),
  },
  {
    ...{ result: "subject-octets", points: 1, sentence: "Its subject is in an encoding that it does not name." },
    is: ({ reading }) =>
      /[\x80-\xff]{2}/.test(reading.header.raw("subject") ?? "") && reading.subject.includes("\ufffd"),
  },
  {
    ...{
      result: "mixed-scripts",
      points: 2.5,
      sentence: "Words in its subject or its author's name mix letters that only look alike.",
    },
    is: (seen) => (`${seen.reading.subject} ${author(seen)?.name ?? ""}`.match(WORD) ?? []).some(isMixed),
  },
  {
    ...{ result: "needless-encoding", points: 1, sentence: "Its subject is encoded though it need not be." },
    is: ({ reading }) =>
      /^[\x20-\x7e]+$/.test(reading.subject) && /=\?[^?]+\?b\?/i.test(reading.header.raw("subject") ?? ""),
  },
  {
    ...{ result: "false-answer", points: 0.8, sentence: "It looks like an answer and answers nothing." },
    is: (seen) => /^\s*re\s*:/i.test(seen.reading.subject) && !has(seen, "references", "in-reply-to"),
  },
  {
    ...{ result: "to-nobody", points: 0.8, sentence: "It is addressed to nobody." },
    is: (seen) => !has(seen, "to", "cc") || /undisclosed/i.test(seen.reading.header.raw("to") ?? ""),
  },
  {
    ...{ result: "says-to-me", points: 1, sentence: "Its author and its reader are the same address." },
    is: (seen) => {
      const from = author(seen);
      const to = (seen.reading.header.raw("to") ?? "").toLowerCase();
      return from !== undefined && from.domain !== "" && to.includes(`${from.local}@${from.domain}`.toLowerCase());
    },
  },
  {
    ...{ result: "bulk-program", points: 1.5, sentence: "It was made by a program for sending to many (…)." },
    is: ({ reading }) =>
      /\b(group ?mail|mass ?mail|bulk|blaster|direct e?mail|stealth|cybercreek|mailing list pro|advanced mass|dm ?mailer|emailer platinum|extractor)\b/i.exec(
        reading.header.raw("x-mailer") ?? "",
      )?.[0] ?? "",
  },
  {
    ...{ result: "answer", points: -1.2, sentence: "It answers another message." },
    is: (seen) => has(seen, "in-reply-to", "references"),
  },
  {
    result: "list",
    points: -0.6,
    sentence: "It came by a mailing list.",
    is: (seen) => isList(seen) && has(seen, "list-id"),
  },
];
