/**
 * The language of the search box: words, and operators that narrow. Each thing that is typed is one token, and each token one condition;
 * all must hold. What is no operator is looked for as it stands, so that nothing that is typed is an error. Pure.
 */
import { casemap } from "../../mime/casemap.ts";

/** What a message must be. */
export type Condition =
  | { readonly kind: "text"; readonly needle: string }
  | { readonly kind: "field"; readonly field: TextField; readonly needle: string }
  | { readonly kind: "is"; readonly what: State }
  | { readonly kind: "attachment" }
  | { readonly kind: "time"; readonly side: "before" | "after"; readonly at: number }
  | { readonly kind: "size"; readonly side: "larger" | "smaller"; readonly octets: number }
  | { readonly kind: "label"; readonly label: string }
  /** Says where to look, and is no condition on what is there. */
  | { readonly kind: "in"; readonly folder: string };

export type TextField = "from" | "to" | "cc" | "subject" | "body" | "filename";
type State = "unread" | "read" | "starred" | "unstarred" | "answered" | "unanswered" | "draft";

/** One thing that was typed. */
export interface Token {
  /** As it was typed. */
  readonly text: string;
  readonly condition: Condition;
  /** The condition must not hold: "-" stands before it. */
  readonly not: boolean;
}

/** Operators with their other names. */
const FIELDS: Readonly<Record<string, TextField>> = {
  from: "from",
  to: "to",
  cc: "cc",
  subject: "subject",
  body: "body",
  filename: "filename",
};
const STATES: Readonly<Record<string, State>> = {
  unread: "unread",
  unseen: "unread",
  read: "read",
  seen: "read",
  starred: "starred",
  flagged: "starred",
  unstarred: "unstarred",
  unflagged: "unstarred",
  answered: "answered",
  replied: "answered",
  unanswered: "unanswered",
  draft: "draft",
};

/** The words before the colon, as suggestions offer them. */
export const OPERATORS = [
  ...["from", "to", "cc", "subject", "body", "filename", "has", "is", "in", "label"],
  ...["before", "after", "older", "newer", "larger", "smaller"],
] as const;

const MOST_TOKENS = 12;
export const LONGEST_QUERY = 500;
const DAY_MS = 86_400_000;

/** Everywhere, the trash and the junk included. */
export const ANYWHERE = "any";
const ANYWHERE_WORDS = new Set(["any", "anywhere", "all", "everywhere"]);

/** When a query is read, and in which time zone its days are. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** An IANA name; the server's own where there is none. */
  readonly zone?: string | undefined;
}

/** Reads what was typed: `from:ann "second draft" is:unread -has:attachment before:2026-03-01 in:Sent`. */
export function parseQuery(text: string, moment: Moment = { now: Date.now() }): Token[] {
  return wordsOf(text.slice(0, LONGEST_QUERY))
    .slice(0, MOST_TOKENS)
    .flatMap((word) => tokenOf(word, moment) ?? []);
}

/** The pieces of what was typed: words, and what stands between quotes, with the operator before it. */
export const wordsOf = (text: string): string[] => text.match(/-?[a-z_]+:"[^"]*"?|-?"[^"]*"?|\S+/gi) ?? [];

function tokenOf(text: string, moment: Moment): Token | undefined {
  const not = text.length > 1 && text.startsWith("-");
  const word = not ? text.slice(1) : text;
  const [, name = "", given = ""] = /^([a-z_]+):(.*)$/is.exec(word) ?? [];
  const value = unquoted(given);
  // An operator is still being typed while nothing stands behind it.
  if (name !== "" && value === "" && isOperator(name.toLowerCase())) return undefined;
  const condition = (name === "" ? undefined : operator(name.toLowerCase(), value, moment)) ?? {
    kind: "text" as const,
    needle: casemap(unquoted(word)),
  };
  return "needle" in condition && condition.needle === "" ? undefined : { text, condition, not };
}

const unquoted = (text: string): string => text.replaceAll('"', "").replace(/\s+/g, " ").trim();
const isOperator = (name: string): boolean => OPERATORS.some((operator) => operator === name);

function operator(name: string, value: string, moment: Moment): Condition | undefined {
  if (Object.hasOwn(FIELDS, name)) return { kind: "field", field: FIELDS[name] as TextField, needle: casemap(value) };
  switch (name) {
    case "is": {
      const what = Object.hasOwn(STATES, value.toLowerCase()) ? STATES[value.toLowerCase()] : undefined;
      return what && { kind: "is", what };
    }
    case "has":
      if (/^(attach|file)/i.test(value)) return { kind: "attachment" };
      return /^star/i.test(value) ? { kind: "is", what: "starred" } : undefined;
    case "in":
      return { kind: "in", folder: ANYWHERE_WORDS.has(value.toLowerCase()) ? ANYWHERE : value };
    case "label":
      return { kind: "label", label: value };
    case "larger":
    case "smaller": {
      const octets = octetsOf(value);
      return octets === undefined ? undefined : { kind: "size", side: name, octets };
    }
    default:
      return timeOf(name, value, moment);
  }
}

function timeOf(name: string, value: string, moment: Moment): Condition | undefined {
  if (name === "older" || name === "newer" || name === "older_than" || name === "newer_than") {
    const at = ago(value, moment);
    return at === undefined ? undefined : { kind: "time", side: name.startsWith("older") ? "before" : "after", at };
  }
  if (name !== "before" && name !== "after") return undefined;
  const at = dayOf(value, moment);
  return at === undefined ? undefined : { kind: "time", side: name, at };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1_000, m: 1_000_000, g: 1_000_000_000 };

/** "5M", "500 KB", "20000": octets. */
function octetsOf(text: string): number | undefined {
  const [, number = "", unit = ""] = /^(\d{1,12}(?:\.\d{1,3})?)\s?([kmg]?)b?$/i.exec(text) ?? [];
  return number === "" ? undefined : Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
}

const SPANS: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30.44, y: 365.25 };

/** "7d", "2w", "3m", "1y" before now. */
function ago(text: string, { now }: Moment): number | undefined {
  const [, number = "", unit = ""] = /^(\d{1,4})\s?([dwmy])/i.exec(text) ?? [];
  return number === "" ? undefined : now - Number(number) * (SPANS[unit.toLowerCase()] ?? 1) * DAY_MS;
}

/** When a day begins: "2026-03-01", "2026-03", "2026", "1.3.2026", "today", "yesterday". */
function dayOf(text: string, moment: Moment): number | undefined {
  const word = text.toLowerCase();
  if (word === "today" || word === "yesterday") {
    const { year, month, day } = dateAt(moment.now - (word === "today" ? 0 : DAY_MS), moment.zone);
    return beginning(year, month, day, moment.zone);
  }
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (german !== null) return beginning(Number(german[3]), Number(german[2]), Number(german[1]), moment.zone);
  const [, year = "", month = "1", day = "1"] = /^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?$/.exec(text) ?? [];
  return year === "" ? undefined : beginning(Number(year), Number(month), Number(day), moment.zone);
}

/** Midnight of a day in a zone; undefined where there is no such day. */
function beginning(year: number, month: number, day: number, zone: string | undefined): number | undefined {
  const utc = Date.UTC(year, month - 1, day);
  const date = new Date(utc);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (zone === undefined) return new Date(year, month - 1, day).getTime();
  // What the clock of the zone shows at that instant says how far it is from it; near a change of the clock, once more.
  let at = utc;
  for (let turn = 0; turn < 2; turn++) {
    const seen = dateAt(at, zone);
    at += utc - Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute);
  }
  return at;
}

function dateAt(at: number, zone: string | undefined) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return { year: part("year"), month: part("month"), day: part("day"), hour: part("hour"), minute: part("minute") };
}

/** Tokens as they are typed again. */
export const queryText = (tokens: readonly Pick<Token, "text">[]): string => tokens.map(({ text }) => text).join(" ");

/** A token as one types it: quoted where it needs to be. */
export const written = (operator: string, value: string): string => {
  const plain = value.replaceAll('"', "").trim();
  const quoted = /\s/.test(plain) ? `"${plain}"` : plain;
  return operator === "" ? quoted : `${operator}:${quoted}`;
};
