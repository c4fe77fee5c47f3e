/** Variables (RFC 5229), with the modifiers that other extensions add to `set`. */
import type { ActionSpec, Call, Tags, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { shortened } from "../matching.ts";
import { COMPARE } from "../options.ts";

interface Modifier {
  readonly change: (value: string) => string;
  readonly extension?: string;
}

/** RFC 5229 §4.1: those of one precedence exclude one another; the highest works first. */
const MODIFIERS: readonly (readonly [number, Readonly<Record<string, Modifier>>])[] = [
  [40, { lower: { change: (value) => value.toLowerCase() }, upper: { change: (value) => value.toUpperCase() } }],
  [
    30,
    {
      lowerfirst: { change: (value) => first(value, (character) => character.toLowerCase()) },
      upperfirst: { change: (value) => first(value, (character) => character.toUpperCase()) },
    },
  ],
  [
    20,
    {
      quotewildcard: { change: (value) => value.replace(/[*?\\]/g, "\\$&") },
      // draft-ietf-sieve-regex §3.
      quoteregex: { change: (value) => value.replace(/[\\^$.[\]|()?*+{}]/g, "\\$&"), extension: "regex" },
    },
  ],
  // RFC 5435 §6: as a part of a URI, in UTF-8.
  [15, { encodeurl: { change: encodeUrl, extension: "enotify" } }],
  // Characters, not octets.
  [10, { length: { change: (value) => String([...value].length) } }],
];

function first(value: string, change: (character: string) => string): string {
  const [character = ""] = value;
  return change(character) + value.slice(character.length);
}

function encodeUrl(value: string): string {
  const octets = Buffer.from(value, "utf8").toString("latin1");
  return octets.replace(
    /[^A-Za-z0-9._~-]/g,
    (octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The options of `set` and `extracttext` that change the value. */
export const MODIFIER_TAGS: Tags = Object.fromEntries(
  MODIFIERS.flatMap(([precedence, modifiers]) =>
    Object.entries(modifiers).map(([name, { extension }]) => [
      name,
      extension === undefined ? { group: `modifier ${precedence}` } : { group: `modifier ${precedence}`, extension },
    ]),
  ),
);

/** What the given modifiers make of a value. */
export function modifiersOf(call: Call): (value: string) => string {
  const given = MODIFIERS.flatMap(([, modifiers]) =>
    Object.entries(modifiers).flatMap(([name, { change }]) => (call.has(`:${name}`) ? [change] : [])),
  );
  return (value) => given.reduce((changed, change) => change(changed), value);
}

/** A variable's name that may be set, in lower case (RFC 5229 §3). */
export function variableName(call: Call, argument: string): string {
  const name = (call.literals(argument)[0]?.value ?? "").toLowerCase();
  const known = /^(?:global\.)?[a-z_][a-z0-9_]*$/.test(name);
  const shared = name.startsWith("global.");
  if (known && (!shared || call.requires("include"))) return name;
  const hint = /^[0-9]+$/.test(name) ? "numbers are set by wildcards alone" : "a name has letters, digits and _";
  throw call.error(`“${name}” cannot be the name of a variable: ${hint}.`, call.place(argument));
}

export const set: ActionSpec = {
  rfc: "RFC 5229 §4",
  extension: "variables",
  tags: MODIFIER_TAGS,
  takes: [
    { name: "name", kind: "string" },
    { name: "value", kind: "string" },
  ],
  build(call) {
    const name = variableName(call, "name");
    const value = call.text("value");
    const modify = modifiersOf(call);
    return (run) => {
      run.setVariable(name, modify(run.text(value)));
      run.because = `The variable ${name} is now “${shortened(run.variable(name))}”.`;
    };
  },
};

export const string: TestSpec = {
  rfc: "RFC 5229 §5",
  extension: "variables",
  tags: COMPARE,
  takes: [
    { name: "source", kind: "strings" },
    { name: "key list", kind: "strings" },
  ],
  build(call) {
    const source = call.texts("source");
    const matcher = call.matcher("key list");
    return (run) => {
      const values = run.texts(source).map((text) => new Value(text, "The text"));
      // Empty strings do not count.
      return matcher.any(run, values, values.filter(({ text }) => text !== "").length);
    };
  },
};

export const variableCommands = { tests: { string }, actions: { set } };
