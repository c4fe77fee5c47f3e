import { z } from "zod";
import { Refusal } from "../refusal.ts";

/**
 * Checks a value at the boundary.
 * @throws Refusal "invalid" with the schema's sentence, or zod's words behind the name of the field.
 */
export function validate<S extends z.ZodType>(schema: S, value: z.input<S>): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const sentence = issue === undefined ? "The value is not valid." : issue.message;
  const path = issue?.path.join(".") ?? "";
  throw new Refusal("invalid", sentence.endsWith(".") || path === "" ? sentence : `${path}: ${sentence}.`, {
    cause: parsed.error,
  });
}

/** Whether a text has characters that no name or single-line value may have: controls and line ends. */
export function hasControls(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
}

/** What a property of a change is made of: nobody's usual value. */
type WithoutDefault<S> = S extends z.ZodDefault<infer Inner> ? Inner : S;

/** A schema for changes: what is left out stays as it was, also where the schema of the whole has a usual value for it. */
export function changeOf<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<{ [K in keyof Shape]: z.ZodOptional<WithoutDefault<Shape[K]>> }, z.core.$strict> {
  const fields = Object.entries(shape).map(([name, schema]) => [
    name,
    z.optional(schema instanceof z.ZodDefault ? schema.unwrap() : schema),
  ]);
  return z.strictObject(Object.fromEntries(fields) as { [K in keyof Shape]: z.ZodOptional<WithoutDefault<Shape[K]>> });
}
