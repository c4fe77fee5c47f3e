/** Forms: from what a browser sends to a checked value, or to one sentence for each wrong field. */
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import type { WebContext } from "./context.ts";

/** Field name → sentence. */
export type Errors = Record<string, string>;

/** What a form held, as text: shown again where something was wrong. */
export type Fields = Readonly<Record<string, string>>;

export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly fields: Fields }
  | { readonly ok: false; readonly errors: Errors; readonly fields: Fields };

/** A tick box: present or not. */
export const ticked = z
  .string()
  .optional()
  .transform((value) => value !== undefined);

/** Lines of a text area, trimmed, without empty ones. */
export const lines = z.string().transform((text) =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== ""),
);

/** A number typed into a field. */
export const typedNumber = (schema: z.ZodNumber) =>
  z
    .string()
    .trim()
    .regex(/^-?\d+(\.\d+)?$/, "Give a number.")
    .transform(Number)
    .pipe(schema);

/** The one file of a field, as text, or undefined where none was chosen. */
export const textOf = async (value: unknown): Promise<string | undefined> =>
  value instanceof File && value.size > 0 ? await value.text() : undefined;

/** The first sentence about each field. */
export const errorsOf = (error: z.ZodError): Errors => {
  const errors: Errors = {};
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) errors[key] = "This form has no such field.";
    } else errors[issue.path.map(String).join(".")] ??= issue.message;
  }
  return errors;
};

/**
 * What a form's body holds; fields that come more than once are lists.
 * @throws Refusal "invalid" for a body that is none
 */
export const bodyOf = async (c: WebContext): Promise<Record<string, string | File | (string | File)[]>> => {
  try {
    return await c.req.parseBody({ all: true });
  } catch (thrown) {
    // What cannot be parsed is the sender's matter, not a fault of ours.
    if (thrown instanceof TypeError)
      throw new Refusal("invalid", "The form did not arrive whole. Load the page and send it again.");
    throw thrown;
  }
};

/** The fields of a form that are text, without the anti-forgery token. */
export const textFields = async (c: WebContext): Promise<Record<string, string>> => {
  const { csrf: _, ...body } = await bodyOf(c);
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
};

/**
 * Reads a form against its schema. Fields that the schema does not know refuse the whole form: nobody raises his own rights by
 * sending one field more.
 * @throws Refusal "invalid" for unknown fields
 */
export const readForm = async <S extends z.ZodType>(c: WebContext, schema: S): Promise<Checked<z.output<S>>> => {
  const { csrf: _, ...body } = await bodyOf(c);
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) if (typeof value === "string") fields[name] = value;
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data, fields };
  const unknown = parsed.error.issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown !== undefined) {
    throw new Refusal(
      "invalid",
      `The form has a field that does not belong there: ${unknown.keys.join(", ")}. Load the page again.`,
    );
  }
  return { ok: false, errors: errorsOf(parsed.error), fields };
};

/** What a refusal says, for the place above a form; anything else is a fault and goes on. */
export const sentenceOf = (thrown: unknown): string => {
  if (thrown instanceof Refusal) return thrown.sentence;
  throw thrown;
};
