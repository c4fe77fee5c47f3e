/** What is wrong with a value, in words for people: a schema that says it itself is quoted, zod's own words are replaced. Pure. */
import type { z } from "zod";

const TECHNICAL = /^(Too (small|big)|Invalid|Unrecognized|Expected|Required)\b/;

const KINDS: Readonly<Record<string, string>> = {
  number: "This is a number.",
  int: "This is a whole number.",
  string: "This is a text.",
  boolean: "This is yes or no.",
  array: "This is a list.",
  object: "This is a group of values.",
  date: "This is a date.",
};

/** One sentence about an issue. */
export function wordsFor(issue: z.core.$ZodIssue): string {
  if (!TECHNICAL.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? "This value does not fit here.";
    case "too_small":
      return least(issue.origin, Number(issue.minimum), issue.inclusive !== false);
    case "too_big":
      return most(issue.origin, Number(issue.maximum), issue.inclusive !== false);
    case "invalid_value":
      return issue.values.length === 1
        ? `This can only be ${String(issue.values[0])}.`
        : `This is one of: ${issue.values.join(", ")}.`;
    case "invalid_union":
      return unionWords(issue.errors);
    case "unrecognized_keys":
      return `There is nothing called ${issue.keys.join(", ")} here.`;
    case "not_multiple_of":
      return `This is a multiple of ${issue.divisor}.`;
    default:
      return "This value does not fit here.";
  }
}

/** Sentences by the path of the value, such as "smartHosts.0.port"; the first about each. */
export function issuesOf(error: z.ZodError): Record<string, string> {
  const found: Record<string, string> = {};
  for (const issue of error.issues) found[issue.path.map(String).join(".")] ??= wordsFor(issue);
  return found;
}

/** All that is wrong in one text, each with where it is. */
export function sentenceOfIssues(error: z.ZodError, prefix = ""): string {
  return Object.entries(issuesOf(error))
    .map(([path, words]) => {
      const at = [prefix, path].filter((part) => part !== "").join(".");
      return at === "" ? words : `${at}: ${words}`;
    })
    .join(" ");
}

const number = (value: number) => value.toLocaleString("en");
const items = (count: number) => (count === 1 ? "one entry" : `${number(count)} entries`);
const characters = (count: number) => (count === 1 ? "one character" : `${number(count)} characters`);

function least(origin: string, minimum: number, inclusive: boolean): string {
  if (origin === "string")
    return minimum <= 1 ? "This must not be empty." : `This has at least ${characters(minimum)}.`;
  if (origin === "array" || origin === "set") return `This has at least ${items(minimum)}.`;
  return inclusive ? `This is ${number(minimum)} or more.` : `This is more than ${number(minimum)}.`;
}

function most(origin: string, maximum: number, inclusive: boolean): string {
  if (origin === "string") return `This has at most ${characters(maximum)}.`;
  if (origin === "array" || origin === "set") return `This has at most ${items(maximum)}.`;
  return inclusive ? `This is ${number(maximum)} or less.` : `This is less than ${number(maximum)}.`;
}

/** Of what a value may be, the one it comes nearest to says what is wrong: the one that fails deepest inside. */
function unionWords(options: readonly (readonly z.core.$ZodIssue[])[]): string {
  const deepest = options
    .flatMap((issues) => issues.slice(0, 1))
    .reduce<z.core.$ZodIssue | undefined>(
      (best, issue) => (best === undefined || issue.path.length > best.path.length ? issue : best),
      undefined,
    );
  const allowed = options.flatMap((issues) =>
    issues.flatMap((issue) => (issue.code === "invalid_value" ? issue.values.map(String) : [])),
  );
  if (deepest !== undefined && deepest.path.length > 0) return wordsFor(deepest);
  return allowed.length > 0 ? `This is one of: ${allowed.join(", ")}, or a list.` : "This value does not fit here.";
}
