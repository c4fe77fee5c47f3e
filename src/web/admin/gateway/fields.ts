/** Fields of the gateway's forms: lists in lines and behind commas, boxes that are ticked. Pure. */
import type { z } from "zod";
import { Refusal } from "../../../refusal.ts";
import type { Fields } from "../../form.ts";

const filled = (text: string): boolean => text !== "";

/** Lines of a text area, trimmed, without empty ones. */
export const linesOf = (text = ""): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(filled);

/** What stands between commas, blanks and lines. */
export const listOf = (text = ""): string[] => text.split(/[\s,;]+/).filter(filled);

/** The values of boxes that are named "group.value". */
export const tickedOf = (fields: Fields, group: string): string[] =>
  Object.keys(fields)
    .filter((name) => name.startsWith(`${group}.`))
    .map((name) => name.slice(group.length + 1));

/** A form's values as an operation takes them. @throws Refusal "invalid" with the schema's words by field */
export function parsed<S extends z.ZodType>(schema: S, values: unknown): z.input<S> {
  const { success, error } = schema.safeParse(values);
  if (!success) throw new Refusal("invalid", "", { cause: error });
  return values as z.input<S>;
}
