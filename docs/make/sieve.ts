/** The regions of the page about Sieve, from the tables that scripts are checked by. */
import type { Signature, Tags } from "../../src/sieve/call.ts";
import { SCRIPT_LIMITS } from "../../src/sieve/grammar.ts";
import { ADDRESS_PART, COMPARE } from "../../src/sieve/options.ts";
import { RUN_LIMITS } from "../../src/sieve/surroundings.ts";
import { ACTIONS, EXTENSIONS, TESTS } from "../../src/sieve/table.ts";
import { code, table } from "./regions.ts";

const count = (number: number) => number.toLocaleString("en-US");

function extensions(): string {
  const rows = Object.entries(EXTENSIONS).map(([name, { about, rfc }]) => [code(name), about, rfc]);
  return table(["extension", "what it adds", "from"], rows);
}

function commands(known: ReadonlyMap<string, Signature>): string {
  const rows = [...known]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, signature]) => [code(usage(name, signature)), needs(signature), signature.rfc]);
  return table(["written", "needs", "from"], rows);
}

/** Options that many have, by one word each. */
const TOGETHER: readonly (readonly [string, Tags])[] = [
  ["MATCH", COMPARE],
  ["PART", ADDRESS_PART],
];

function usage(name: string, { tags = {}, takes }: Signature): string {
  const together = TOGETHER.filter(([, group]) => Object.keys(group).every((tag) => Object.hasOwn(tags, tag)));
  const told = new Set(together.flatMap(([, group]) => Object.keys(group)));
  const own = Object.entries(tags).filter(([tag]) => !told.has(tag));
  return [
    name,
    ...together.map(([word]) => `[${word}]`),
    ...own.map(([tag, { takes: kind }]) => `[${option(tag, kind)}]`),
    ...takes.map(({ name: argument, optional }) => (optional ? `[<${argument}>]` : `<${argument}>`)),
  ].join(" ");
}

function option(tag: string, kind: string | undefined): string {
  return kind === undefined ? `:${tag}` : `:${tag} ${kind}`;
}

function groups(): string {
  const rows = TOGETHER.map(([word, tags]) => [
    code(word),
    Object.entries(tags)
      .map(([tag, { takes, extension }]) => code(option(tag, takes)) + (extension ? ` (${extension})` : ""))
      .join(", "),
  ]);
  return table(["word", "stands for"], rows);
}

function needs({ extension }: Signature): string {
  if (extension === undefined) return "";
  return typeof extension === "string" ? code(extension) : extension.map(code).join(" or ");
}

function limits(): string {
  return table(
    ["bound", "value"],
    [
      ["characters in a script", count(SCRIPT_LIMITS.characters)],
      ["commands and tests in a script", count(SCRIPT_LIMITS.phrases)],
      ["blocks and tests in each other", count(SCRIPT_LIMITS.depth)],
      ["strings in a list", count(SCRIPT_LIMITS.strings)],
      ["tests and actions carried out for a message", count(RUN_LIMITS.steps)],
      ["actions for a message", count(RUN_LIMITS.actions)],
      ["redirects of a message, unless the settings say otherwise", count(RUN_LIMITS.redirects)],
      ["notifications about a message, unless the settings say otherwise", count(RUN_LIMITS.notifications)],
      ["octets of a message that body and foreverypart look at", count(RUN_LIMITS.bodyOctets)],
      ["characters of a variable", count(RUN_LIMITS.variable)],
      ["characters compared for a message", count(RUN_LIMITS.work)],
    ],
  );
}

export const sieveMakers: readonly (readonly [string, () => string])[] = [
  ["sieve.extensions", extensions],
  ["sieve.options", groups],
  ["sieve.tests", () => commands(TESTS)],
  ["sieve.actions", () => commands(ACTIONS)],
  ["sieve.limits", limits],
];
