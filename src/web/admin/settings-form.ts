/**
 * Forms out of settings schemas: a group's zod schema is read as JSON Schema, every property becomes a field with its description,
 * and what a browser sends becomes the group's values again. Pure; the schema itself judges the values afterwards.
 */
import type { z } from "zod";
import type { SettingField, SettingItem } from "../../../views/admin/settings.tsx";
import { type SettingShape, shapesOf } from "../../store/settings.ts";
import type { Errors } from "../form.ts";

/** Fields whose value is never shown. */
const SECRET = /password|secret|token/i;
/** Items of one list that a form may send. */
const MOST_ITEMS = 1000;

/** "maxMessageSize" → "Max message size"; well-known abbreviations stay. */
export const labelOf = (name: string): string => {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/\b(tls|dns|smtp|imap|ipv4|ipv6|lan|http|https|mx|ip)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
};

type Kind = SettingField["kind"];

const isNumber = (schema: SettingShape | undefined) => schema?.type === "number" || schema?.type === "integer";

/** The words that a property may be instead of a list of lines, such as "lan" instead of networks. */
const wordsOf = ({ anyOf = [] }: SettingShape): string[] => {
  const isLines = (one: SettingShape) => one.type === "array" && one.items?.type === "string";
  const words = anyOf
    .flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]))
    .filter((word) => typeof word === "string");
  return anyOf.length > 1 && anyOf.every((one) => isLines(one) || one.enum !== undefined || one.const !== undefined)
    ? words
    : [];
};

/** How a property is edited. */
const kindOf = (name: string, schema: SettingShape): Kind => {
  if (schema.enum !== undefined) return "choice";
  if (schema.type === "boolean") return "switch";
  if (isNumber(schema)) return "number";
  if (schema.type === "string") return SECRET.test(name) ? "secret" : "text";
  if (schema.type === "array" && (schema.items?.type === "string" || isNumber(schema.items))) return "lines";
  if (schema.type === "array" && schema.items?.properties !== undefined) return "list";
  if (wordsOf(schema).length > 0) return "lines";
  return "json";
};

/** Errors of the schema, found by their path; an error inside a list of lines stands at the list. */
const errorAt = (errors: Errors, path: string): string | undefined =>
  errors[path] ??
  Object.entries(errors).find(([at]) => at.startsWith(`${path}.`) && /^\d+$/.test(at.slice(path.length + 1)))?.[1];

const fieldOf = (name: string, path: string, schema: SettingShape, value: unknown, errors: Errors): SettingField => {
  const error = errorAt(errors, path);
  const about = { path, label: labelOf(name), help: schema.description ?? "", ...(error !== undefined && { error }) };
  const kind = kindOf(name, schema);
  switch (kind) {
    case "choice":
      return { ...about, kind, value: String(value ?? ""), options: (schema.enum ?? []).map(String) };
    case "switch":
      return { ...about, kind, value: value === true };
    case "number":
      return {
        ...about,
        kind,
        value: String(value ?? ""),
        step: schema.type === "integer" ? "1" : "any",
        ...(schema.minimum !== undefined && { min: schema.minimum }),
        ...(schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER && { max: schema.maximum }),
      };
    case "lines":
      return {
        ...about,
        kind,
        value: Array.isArray(value) ? value.join("\n") : typeof value === "string" ? value : "",
      };
    case "list":
      return { ...about, kind, items: itemsOf(path, schema.items ?? {}, Array.isArray(value) ? value : [], errors) };
    case "json":
      return { ...about, kind, value: JSON.stringify(value ?? schema.default ?? null, undefined, 2) };
    default:
      return { ...about, kind, value: typeof value === "string" ? value : "" };
  }
};

/** The entries of a list of groups, and an empty one for one more. */
const itemsOf = (path: string, schema: SettingShape, values: readonly unknown[], errors: Errors): SettingItem[] =>
  [...values, undefined].map((value, index) => {
    const here = `${path}.${index}`;
    const held = (value ?? {}) as Record<string, unknown>;
    const fields = Object.entries(schema.properties ?? {}).map(([name, property]) =>
      fieldOf(name, `${here}.${name}`, property, value === undefined ? property.default : held[name], errors),
    );
    return {
      path: here,
      title: value === undefined ? "Add another" : `No. ${index + 1}`,
      blank: value === undefined,
      fields,
    };
  });

/** The fields of a group with its values. */
export const fieldsOf = (
  schema: z.ZodObject,
  values: Readonly<Record<string, unknown>>,
  errors: Errors = {},
): SettingField[] =>
  Object.entries(shapesOf(schema)).map(([name, property]) => fieldOf(name, name, property, values[name], errors));

type Form = Readonly<Record<string, string>>;

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

const numberOf = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** One value out of the form. `before` is what is set now: an empty password field keeps it. */
const readValue = (name: string, path: string, schema: SettingShape, form: Form, before: unknown): unknown => {
  const text = form[path] ?? "";
  switch (kindOf(name, schema)) {
    case "switch":
      return form[path] !== undefined;
    case "number":
      return numberOf(text);
    case "lines":
      if (wordsOf(schema).includes(text.trim())) return text.trim();
      return isNumber(schema.items) ? lines(text).map(numberOf) : lines(text);
    case "json":
      return jsonOf(text);
    case "secret":
      return text === "" && typeof before === "string" ? before : text;
    case "list":
      return readList(path, schema.items ?? {}, form, Array.isArray(before) ? before : []);
    default:
      return text;
  }
};

/** The entries that the form has, without removed ones and without the empty one if it stayed empty. */
const readList = (path: string, schema: SettingShape, form: Form, before: readonly unknown[]): unknown[] => {
  const properties = Object.entries(schema.properties ?? {});
  const found: unknown[] = [];
  for (let index = 0; index < MOST_ITEMS; index++) {
    const here = `${path}.${index}`;
    if (!Object.keys(form).some((name) => name.startsWith(`${here}.`))) break;
    if (form[`${here}.remove`] !== undefined) continue;
    const held = (before[index] ?? {}) as Record<string, unknown>;
    const value = Object.fromEntries(
      properties.map(([name, property]) => [name, readValue(name, `${here}.${name}`, property, form, held[name])]),
    );
    if (form[`${here}.blank`] !== undefined && isUntouched(properties, value)) continue;
    found.push(value);
  }
  return found;
};

/** Whether the fields that have no default are all empty: nobody filled the entry in. */
const isUntouched = (
  properties: readonly (readonly [string, SettingShape])[],
  value: Record<string, unknown>,
): boolean =>
  properties.every(
    ([name, { default: usual, type }]) => usual !== undefined || type !== "string" || value[name] === "",
  );

/** The group's values as a form says them; what the schema does not know is left out. */
export const readValues = (
  schema: z.ZodObject,
  form: Form,
  before: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(shapesOf(schema)).map(([name, property]) => [
      name,
      readValue(name, name, property, form, before[name]),
    ]),
  );

/** Names in the form that no setting of the group has. */
export const strangersIn = (schema: z.ZodObject, form: Form): string[] => {
  const known = Object.keys(shapesOf(schema));
  return Object.keys(form).filter(
    (name) => !known.some((property) => name === property || name.startsWith(`${property}.`)),
  );
};
