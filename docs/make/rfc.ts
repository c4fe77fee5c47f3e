/** The ledger as a page: titles and states by hand, and where each standard is kept, found in tables and sources. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commands as ftpCommands } from "../../src/services/ftp/commands.ts";
import { GENERAL } from "../../src/services/imap/capability.ts";
import { COMMANDS as imapCommands } from "../../src/services/imap/commands/table.ts";
import { commands as managesieveCommands } from "../../src/services/managesieve/commands.ts";
import { commands as pop3Commands } from "../../src/services/pop3/commands.ts";
import { commands as smtpCommands } from "../../src/services/smtp/commands.ts";
import { KEYWORDS } from "./keywords.ts";
import { type Chapter, type Entry, LEDGER } from "./ledger.ts";
import { code, table } from "./regions.ts";

const ROOT = join(import.meta.dir, "..", "..");
/** "RFC 2045", and what follows it in lists such as "RFC 2045, 2046 and 2047" or "RFC 5321 §4.4, RFC 3464". */
const CITED = /\bRFC (\d{3,5})((?:(?:,| and|, and| to) \d{3,5}\b(?!\s*(?:octets|§)))*)/g;
/** A word and its RFC, as headers list extensions: "PIPELINING (2920)". */
const IN_BRACKETS = /\((\d{4})(?:, (\d{4}))*\)/g;

/** Which RFCs a source cites. */
export function citedIn(text: string): Set<number> {
  const found = new Set<number>();
  for (const [, first = "", more = ""] of text.matchAll(CITED)) {
    for (const number of [first, ...(more.match(/\d+/g) ?? [])]) found.add(Number(number));
  }
  return found;
}

/** Names in brackets count only where the ledger knows the number: a year may stand in brackets too. */
function listedIn(text: string): Set<number> {
  const known = new Set(entries().map(({ rfc }) => rfc));
  const listed = [...text.matchAll(IN_BRACKETS)].flatMap((match) => match[0].match(/\d{4}/g) ?? []).map(Number);
  return new Set(listed.filter((number) => known.has(number)));
}

/** Every line of the ledger. */
export function entries(): readonly Entry[] {
  return LEDGER.flatMap((chapter) => chapter.entries);
}

/** The sources that cite each RFC, in order. */
export function citations(): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  const sources = [...new Bun.Glob("{src,views}/**/*.{ts,tsx}").scanSync({ cwd: ROOT })].sort();
  for (const source of sources) {
    const text = readFileSync(join(ROOT, source), "utf8");
    for (const rfc of new Set([...citedIn(text), ...listedIn(text)])) {
      found.set(rfc, [...(found.get(rfc) ?? []), source]);
    }
  }
  return found;
}

/** The tables that name an RFC for each of their words. */
export function words(): { readonly service: string; readonly word: string; readonly rfc: string }[] {
  return [
    ...[...smtpCommands.values()].map(({ verb, rfc }) => ({ service: "SMTP", word: verb, rfc })),
    ...Object.entries(KEYWORDS.smtp).map(([word, { rfc }]) => ({ service: "SMTP", word, rfc })),
    ...[...pop3Commands.values()].map(({ verb, rfc }) => ({ service: "POP3", word: verb, rfc })),
    ...Object.entries(KEYWORDS.pop3).map(([word, { rfc }]) => ({ service: "POP3", word, rfc })),
    ...[...managesieveCommands.values()].map(({ verb, rfc }) => ({ service: "ManageSieve", word: verb, rfc })),
    ...[...ftpCommands.values()].map(({ verb, rfc }) => ({ service: "FTP", word: verb, rfc })),
    ...Object.entries(KEYWORDS.ftp).map(([word, { rfc }]) => ({ service: "FTP", word, rfc })),
    ...imapCommands.map(({ verb, rfc }) => ({ service: "IMAP", word: verb, rfc })),
    ...GENERAL.map(({ name, rfc }) => ({ service: "IMAP", word: name, rfc })),
  ];
}

/** More words than this are told by their number. */
const MOST_WORDS = 5;

function whereOf({ rfc, state }: Entry, cited: ReadonlyMap<number, readonly string[]>): string {
  if (state === "no") return "";
  const byService = Map.groupBy(
    words().filter((one) => citedIn(one.rfc).has(rfc)),
    ({ service }) => service,
  );
  const inTables = [...byService].map(([service, list]) => {
    const unique = [...new Set(list.map(({ word }) => word))];
    return unique.length > MOST_WORDS
      ? `${service}: ${unique.length} commands and words`
      : `${service}: ${unique.map(code).join(", ")}`;
  });
  return [...inTables, ...inRooms(cited.get(rfc) ?? [], inTables.length > 0)].join("; ");
}

/** The rooms that cite it; what tables say already is not said again. */
function inRooms(files: readonly string[], tabled: boolean): string[] {
  const plain = files.filter((file) => !tabled || !/\/(?:commands|capability)\.ts$|\/commands\//.test(file));
  return [...new Set(plain.map(roomOf))].map(code);
}

/** "src/services/imap", "src/transport/send", "src/refusal.ts". */
function roomOf(file: string): string {
  const parts = file.split("/");
  if (parts[1] === "services") return parts.slice(0, 3).join("/");
  return parts.length === 2 ? file : parts.slice(0, -1).join("/");
}

/** All chapters of the page. */
export function ledger(): string {
  const cited = citations();
  return LEDGER.map((chapter) => chapterText(chapter, cited)).join("\n\n");
}

function chapterText({ title, entries: list }: Chapter, cited: ReadonlyMap<number, readonly string[]>): string {
  const rows = [...list]
    .sort((a, b) => a.rfc - b.rfc)
    .map((entry) => [
      `[${entry.rfc}](https://www.rfc-editor.org/rfc/rfc${entry.rfc})`,
      entry.title,
      entry.note === "" ? entry.state : `${entry.state}: ${entry.note}`,
      whereOf(entry, cited),
    ]);
  return `## ${title}\n\n${table(["RFC", "title", "kept", "where"], rows)}`;
}

/** How many of each state, in a sentence. */
export function ledgerCount(): string {
  const count = (state: Entry["state"]) => entries().filter((entry) => entry.state === state).length;
  return `Of the standards in the list ${count("yes")} are kept, ${count("partly")} partly, ${count("no")} not.`;
}
