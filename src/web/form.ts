/**
 * What a browser sends, checked by a schema before its route runs: `asked` for what stands behind the "?" of an address, `posted` for
 * forms. A form becomes a value, or one sentence for each wrong field.
 */
import { zValidator } from "@hono/zod-validator";
import { z } from "zod";
import { wordsFor } from "../administration/words.ts";
import { Refusal } from "../refusal.ts";

/** Field name → sentence. */
export type Errors = Record<string, string>;

/** What a form held, as text: shown again where something was wrong. Several of one name stand in lines. */
export type Fields = Readonly<Record<string, string>>;

/** A form as its route gets it. */
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

/** Several fields of one name, such as ticked lines of a list: at most so many of so many characters. */
export const several = (most: number, characters: number) =>
  z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .pipe(z.array(z.string().max(characters, "That is too long.")).max(most, `At most ${most} at once.`));

/** The file of a field as text, "" where none was chosen. */
export const fileText = z
  .instanceof(File)
  .optional()
  .catch(undefined)
  .transform(async (file) => (await file?.text()) ?? "");

/** The first sentence about each field. */
export const errorsOf = (error: z.ZodError): Errors => {
  const errors: Errors = {};
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) errors[key] = "This form has no such field.";
    } else errors[issue.path.map(String).join(".")] ??= wordsFor(issue);
  }
  return errors;
};

/** Checks a form. @throws Refusal "invalid" for fields that the schema does not know */
const checked = async <S extends z.ZodType>(
  schema: S,
  sent: Record<string, unknown>,
): Promise<Checked<z.output<S>>> => {
  const { csrf: _, ...body } = sent;
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === "string") fields[name] = value;
    else if (Array.isArray(value)) fields[name] = value.filter((one) => typeof one === "string").join("\n");
  }
  const parsed = await schema.safeParseAsync(body);
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

/**
 * Reads the form of a request; the route finds it as `c.req.valid("form")`. Fields that a strict schema does not know refuse the whole
 * form: nobody raises his own rights by sending one field more.
 */
export const posted = <S extends z.ZodType>(schema: S) =>
  zValidator(
    "form",
    z.record(z.string(), z.unknown()).transform((body) => checked(schema, body)),
  );

/** Reads what an address asks for; the route finds it as `c.req.valid("query")`. What a schema does not forgive is refused. */
export const asked = <S extends z.ZodObject>(schema: S) =>
  zValidator("query", schema, ({ success }) => {
    if (!success)
      throw new Refusal("invalid", "This address asks for something that there is not. Go back and try again.");
  });

/** What was typed into a search box. */
export const searchText = z
  .string()
  .default("")
  .transform((text) => text.trim().slice(0, 200));

/** The page of a list, 1 or more. Addresses are typed and kept: what is no page is the first. */
export const pageNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number)
  .catch(1);

/** One of a few words; anything else stands for the usual one. */
export const oneOf = <W extends string>(usual: W, ...others: readonly W[]) =>
  z.enum([usual, ...others] as const).catch(usual);

/** A form of which only the text matters: whoever reads it looks at `fields`. */
export const anyFields = z.looseObject({});

/** A wish that is there or not. */
export const flag = z
  .string()
  .optional()
  .transform((value) => value === "1");

/** A date field: the day as it was typed, null where it was left empty. */
export const dayOrNone = z.union([z.literal("").transform(() => null), z.iso.date("A date looks like 2027-01-31.")]);

/** A time's day as a date field holds it, where the server is; "" for none. */
export const dayOf = (at: number | string | null): string => {
  if (at === null) return "";
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** The wishes of every list: a search and a page. */
export const listQuery = { q: searchText, page: pageNumber };

/** Names one address on one mailbox. */
export const standingForm = z.strictObject({ address: z.string().max(320), mailbox: z.coerce.number().int() });

/** The value of a form that our own pages cannot get wrong. @throws Refusal "invalid" */
export const whole = <T>(form: Checked<T>): T => {
  if (form.ok) return form.value;
  throw new Refusal("invalid", "That form was not complete. Load the page again.");
};

/** What a refusal says, for the place above a form; anything else is a fault and goes on. */
export const sentenceOf = (thrown: unknown): string => {
  if (thrown instanceof Refusal) return thrown.sentence;
  throw thrown;
};

/**
 * What a refusal says beside the fields of a form: by the properties it names, which `names` turns into the form's own where they differ.
 * What names no field of the form stands above it, under "". Anything but a refusal is a fault and goes on.
 */
export const errorsFrom = (thrown: unknown, names: Readonly<Record<string, string>> = {}): Errors => {
  if (!(thrown instanceof Refusal)) throw thrown;
  const fieldOf = (property: string) => names[property] ?? property;
  const { cause } = thrown.options;
  if (!(cause instanceof z.ZodError)) return { [fieldOf(thrown.field ?? "")]: thrown.sentence };
  const errors: Errors = {};
  for (const issue of cause.issues) {
    const { path, code } = issue;
    const message = wordsFor(issue);
    const [property = "", within, item = within] = path;
    // Properties of a group have fields of their own; items of a list are the lines of one.
    const field = typeof within === "string" ? within : fieldOf(String(property));
    const sentence = typeof item === "number" ? `Line ${item + 1}: ${message}` : message;
    errors[code === "unrecognized_keys" ? "" : field] ??= sentence;
  }
  return errors;
};

/** The status of the answer to a form that was refused: whoever may not hears so; for the rest something has to be corrected. */
export const statusFrom = (thrown: unknown): 403 | 422 =>
  thrown instanceof Refusal && thrown.kind === "notPermitted" ? 403 : 422;
