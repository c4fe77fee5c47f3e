/** PROPERTY=VALUE on the command line: the text of a value becomes what the property's schema expects. */
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import { UsageError } from "./command.ts";

/** Splits `name=value` words. @throws UsageError */
export function assignments(words: readonly string[]): [name: string, value: string][] {
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at < 1) throw new UsageError(`“${word}” is not of the form PROPERTY=VALUE.`);
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

/**
 * Reads assignments into a patch. Lists are separated by commas; `none` or nothing empties an optional property; yes/no, on/off and
 * true/false are switches; a time may be written as a date, a size with K, M, G or T. What lies within a property stands behind a dot:
 * `entry.city=Bonn`.
 * @throws Refusal "invalid" naming the properties there are
 */
export function patchFrom(schema: z.ZodObject, words: readonly [string, string][]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const within = new Map<string, { readonly schema: z.ZodObject; readonly words: [string, string][] }>();
  for (const [name, text] of words) {
    const dot = name.indexOf(".");
    const outer = dot < 1 ? undefined : name.slice(0, dot);
    const inner = outer === undefined ? undefined : objectIn(schema.shape[outer]);
    if (outer !== undefined && inner !== undefined) {
      const known = within.get(outer) ?? { schema: inner, words: [] };
      within.set(outer, { schema: inner, words: [...known.words, [name.slice(dot + 1), text]] });
      continue;
    }
    const field = schema.shape[name];
    if (field === undefined) {
      throw new Refusal("invalid", `There is no property “${name}”. There are: ${propertiesOf(schema).join(", ")}.`);
    }
    patch[name] = valueFor(field, text);
  }
  for (const [name, { schema, words }] of within) patch[name] = patchFrom(schema, words);
  return patch;
}

/** The names of what can be set, also within properties. */
export function propertiesOf(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = objectIn(field);
    return inner === undefined ? [name] : propertiesOf(inner).map((one) => `${name}.${one}`);
  });
}

/** The object that a field takes, where it takes one. */
function objectIn(field: z.core.$ZodType | undefined): z.ZodObject | undefined {
  if (field instanceof z.ZodObject) return field;
  const isWrapped = field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault;
  return isWrapped ? objectIn(field.unwrap()) : undefined;
}

/** The text as a value that this schema accepts, or as what comes nearest, so that the schema can say what is wrong. */
export function valueFor(field: z.core.$ZodType, text: string): unknown {
  let nearest: unknown = text;
  let isNear = false;
  for (const candidate of candidates(text)) {
    const { success, error } = z.safeParse(field, candidate);
    if (success) return candidate;
    // Of the right kind, only not good enough: a number that is too small.
    if (isNear || error.issues.some(({ code, path }) => path.length === 0 && WRONG_KIND.has(code))) continue;
    nearest = candidate;
    isNear = true;
  }
  return nearest;
}

const WRONG_KIND = new Set(["invalid_type", "invalid_union"]);

const YES = new Set(["yes", "on", "true"]);
const NO = new Set(["no", "off", "false"]);
const NUMBER = /^-?\d+(\.\d+)?$/;
/** A size as people write it: 500M, 1.5 GB. As on the pages, each unit is a thousand of the one before. */
const SIZE = /^(\d{1,9}(?:\.\d{1,9})?) ?([kmgt])b?$/;
const UNITS = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

function* candidates(text: string): Generator<unknown> {
  const word = text.trim().toLowerCase();
  if (YES.has(word)) yield true;
  if (NO.has(word)) yield false;
  if (NUMBER.test(word)) yield Number(word);
  const [, size = "", unit = ""] = SIZE.exec(word) ?? [];
  if (unit !== "") yield Math.round(Number(size) * UNITS[unit as keyof typeof UNITS]);
  if (word === "" || word === "none") yield null;
  if (/^[{[]/.test(word)) {
    try {
      yield JSON.parse(text);
    } catch {
      // Not JSON after all: the schema's own words on the text are clearer.
    }
  }
  yield text;
  const list = text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
  yield list.map((item) => (NUMBER.test(item) ? Number(item) : item));
  yield list;
  if (/^\d{4}-\d\d-\d\d/.test(word)) yield Date.parse(word);
}
