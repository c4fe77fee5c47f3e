/** Conditions of rules as tests of Sieve, and back. */
import type { TestPhrase } from "../syntax.ts";
import type { Comparison, Condition } from "./model.ts";
import { Arguments, listed, NotShown, quoted } from "./phrases.ts";

/** What a condition is written as, without its `not`, and the extensions it needs. */
export interface Written {
  readonly text: string;
  readonly needs: readonly string[];
}

/** What stands for “of high priority”: fields that programs write, and how their values begin. */
const PRIORITY_FIELDS = ["x-priority", "importance", "x-msmail-priority", "priority"];
const PRIORITIES = { high: ["1*", "2*", "high*", "urgent*"], low: ["4*", "5*", "low*", "non-urgent*"] } as const;
const NUMERIC = "i;ascii-numeric";
const PLAIN = "i;ascii-casemap";
const CONTACTS = ":addrbook:default";
const PARTS = ["all", "localpart", "domain", "user", "detail"] as const;
const MATCHES = ["is", "contains", "matches", "regex"] as const;
const VALUED = ["comparator", "value", "count"];

const escaped = (text: string): string => text.replace(/[*?\\]/g, "\\$&");

/** A pattern without wildcards as the text it stands for; undefined for one with any. */
function literal(pattern: string): string | undefined {
  const text = pattern.replace(/\\(.)/gs, (_, one: string) => one);
  return text !== "" && escaped(text) === pattern ? text : undefined;
}

function all<T>(values: readonly (T | undefined)[]): T[] | undefined {
  return values.every((value) => value !== undefined) ? (values as T[]) : undefined;
}

/** How patterns would be said more simply. */
function fromPatterns(patterns: readonly string[]): { comparison: Comparison; values: string[] } {
  const begins = all(patterns.map((one) => (one.endsWith("*") ? literal(one.slice(0, -1)) : undefined)));
  if (begins !== undefined) return { comparison: "begins", values: begins };
  const ends = all(patterns.map((one) => (one.startsWith("*") ? literal(one.slice(1)) : undefined)));
  if (ends !== undefined) return { comparison: "ends", values: ends };
  return { comparison: "matches", values: [...patterns] };
}

/** The tag and the keys of a comparison. */
function comparing({ comparison, values }: { comparison: Comparison; values: readonly string[] }): Written {
  switch (comparison) {
    case "begins":
      return { text: listed(values.map((value) => `${escaped(value)}*`)), needs: [":matches"] };
    case "ends":
      return { text: listed(values.map((value) => `*${escaped(value)}`)), needs: [":matches"] };
    default:
      return { text: listed(values), needs: [`:${comparison}`] };
  }
}

/** A condition as a test. */
export function writeCondition(condition: Condition): Written {
  const written = writeTest(condition);
  return condition.not ? { ...written, text: `not ${written.text}` } : written;
}

function writeTest(condition: Condition): Written {
  switch (condition.test) {
    case "header":
    case "address":
    case "envelope":
    case "body":
      return writeComparison(condition);
    case "exists":
      return { text: `exists ${listed(condition.fields)}`, needs: [] };
    case "size":
      return { text: `size ${condition.over ? ":over" : ":under"} ${sizeText(condition.octets)}`, needs: [] };
    case "attachment":
      return { text: `header :mime :anychild :contains "content-disposition" "attachment"`, needs: ["mime"] };
    case "priority":
      return { text: `header :matches ${listed(PRIORITY_FIELDS)} ${listed(PRIORITIES[condition.level])}`, needs: [] };
    case "date":
      return writeDate(condition);
    case "spam": {
      const needs = ["spamtest", "relational", `comparator-${NUMERIC}`];
      return { text: `spamtest :value "ge" :comparator "${NUMERIC}" ${quoted(String(condition.atLeast))}`, needs };
    }
    case "known":
      return { text: `address :list :all "from" "${CONTACTS}"`, needs: ["extlists"] };
  }
}

type Compared = Extract<Condition, { comparison: Comparison }>;

function writeComparison(condition: Exclude<Compared, { test: "date" }>): Written {
  const { text, needs } = comparing(condition);
  const [match = ""] = needs;
  const regex = condition.comparison === "regex" ? ["regex"] : [];
  if (condition.test === "body") return { text: `body :text ${match} ${text}`, needs: ["body", ...regex] };
  const fields = listed(condition.fields);
  if (condition.test === "header") return { text: `header ${match} ${fields} ${text}`, needs: regex };
  const { test, part } = condition;
  const parts = part === "user" || part === "detail" ? ["subaddress"] : [];
  return {
    text: `${test} :${part} ${match} ${fields} ${text}`,
    needs: [...regex, ...parts, ...(test === "envelope" ? ["envelope"] : [])],
  };
}

function writeDate({ part, comparison, values }: Extract<Condition, { test: "date" }>): Written {
  if (comparison === "is") return { text: `currentdate :is "${part}" ${listed(values)}`, needs: ["date"] };
  const relation = comparison === "from" ? "ge" : "le";
  return { text: `currentdate :value "${relation}" "${part}" ${listed(values)}`, needs: ["date", "relational"] };
}

function sizeText(octets: number): string {
  const units = [
    ["G", 1 << 30],
    ["M", 1 << 20],
    ["K", 1 << 10],
  ] as const;
  for (const [unit, size] of units) if (octets > 0 && octets % size === 0) return `${octets / size}${unit}`;
  return String(octets);
}

/** A test as a condition. @throws NotShown */
export function readCondition(phrase: TestPhrase): Condition {
  const [inner] = phrase.tests;
  if (phrase.name === "not" && inner !== undefined && inner.name !== "not") {
    return { ...readTest(inner), not: true };
  }
  return readTest(phrase);
}

function readTest(phrase: TestPhrase): Condition {
  if (phrase.tests.length > 0) throw new NotShown();
  const args = new Arguments(phrase, VALUED);
  const condition = readBy(phrase.name, args);
  args.end();
  return condition;
}

function readBy(name: string, args: Arguments): Condition {
  switch (name) {
    case "header":
      return readHeader(args);
    case "address":
    case "envelope":
      return readAddress(name, args);
    case "exists":
      return { test: "exists", fields: namesIn(args), not: false };
    case "body":
      args.tag("text");
      return { test: "body", ...comparisonIn(args)(args.nextTexts()), not: false };
    case "size": {
      const which = args.oneOf("over", "under");
      if (which === undefined) throw new NotShown();
      return { test: "size", over: which === "over", octets: args.nextNumber(), not: false };
    }
    case "currentdate":
      return readDate(args);
    case "spamtest":
      return readSpam(args);
    default:
      throw new NotShown();
  }
}

const namesIn = (args: Arguments): string[] => {
  const names = args.nextTexts().map((name) => name.toLowerCase());
  if (names.length === 0 || !names.every((name) => /^[!-9;-~]{1,100}$/.test(name))) throw new NotShown();
  return names;
};

/** How it is compared; takes the keys behind the fields. */
function comparisonIn(args: Arguments): (keys: readonly string[]) => { comparison: Comparison; values: string[] } {
  const match = args.oneOf(...MATCHES) ?? "is";
  const comparator = args.text("comparator");
  if (comparator !== undefined && comparator !== PLAIN) throw new NotShown();
  return (keys) => {
    if (keys.length === 0 || keys.includes("")) throw new NotShown();
    return match === "matches" ? fromPatterns(keys) : { comparison: match, values: [...keys] };
  };
}

function readHeader(args: Arguments): Condition {
  if (args.tag("list")) return readKnown(args);
  const isMime = args.tag("mime");
  const isAny = args.tag("anychild");
  const compared = comparisonIn(args);
  const fields = namesIn(args);
  const { comparison, values } = compared(args.nextTexts());
  const [value = ""] = values;
  if (isMime || isAny) {
    const isFile = fields.join() === "content-disposition" && comparison === "contains" && values.length === 1;
    if (isMime && isAny && isFile && value.toLowerCase() === "attachment") return { test: "attachment", not: false };
    throw new NotShown();
  }
  if (comparison === "begins" && fields.join() === PRIORITY_FIELDS.join()) {
    const patterns = values.map((one) => `${one}*`).join();
    for (const level of ["high", "low"] as const) {
      if (PRIORITIES[level].join() === patterns) return { test: "priority", level, not: false };
    }
  }
  return { test: "header", fields, comparison, values, not: false };
}

function readKnown(args: Arguments): Condition {
  args.tag("all");
  const isAuthor = args.nextText().toLowerCase() === "from";
  if (!isAuthor || args.nextText().toLowerCase() !== CONTACTS) throw new NotShown();
  return { test: "known", not: false };
}

function readAddress(test: "address" | "envelope", args: Arguments): Condition {
  if (test === "address" && args.tag("list")) return readKnown(args);
  const part = args.oneOf(...PARTS) ?? "all";
  const compared = comparisonIn(args);
  const fields = namesIn(args);
  const more = { part, ...compared(args.nextTexts()), not: false };
  if (test === "address") return { test, fields, ...more };
  if (!fields.every((field) => field === "from" || field === "to")) throw new NotShown();
  return { test, fields: fields as ("from" | "to")[], ...more };
}

function readDate(args: Arguments): Condition {
  const relation = args.text("value");
  const comparison =
    relation === undefined ? "is" : relation === "ge" ? "from" : relation === "le" ? "until" : undefined;
  if (comparison === "is") args.tag("is");
  const comparator = args.text("comparator");
  if (comparison === undefined || (comparator !== undefined && comparator !== PLAIN)) throw new NotShown();
  const part = args.nextText();
  const values = args.nextTexts();
  if (part !== "date" && part !== "time" && part !== "weekday") throw new NotShown();
  if (comparison !== "is" && values.length !== 1) throw new NotShown();
  return { test: "date", part, comparison, values, not: false };
}

function readSpam(args: Arguments): Condition {
  const isAtLeast = args.text("value") === "ge" && args.text("comparator") === NUMERIC;
  const score = args.nextText();
  if (!isAtLeast || !/^([1-9]|10)$/.test(score)) throw new NotShown();
  return { test: "spam", atLeast: Number(score), not: false };
}
