/** Values as operations take and give them: times as ISO 8601 text, names as people write them. */
import { z } from "zod";
import { hasControls } from "../directory/validate.ts";

/** A time as operations give it. */
export const timeText = z.string().describe("A time in ISO 8601.");

/** A time as operations take it: a date (its beginning, where the server is) or a time in ISO 8601. Becomes epoch milliseconds. */
export const moment = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true, local: true })],
    "A time is written like 2027-01-31 or 2027-01-31T18:00:00Z.",
  )
  .transform(timeOf)
  .describe("A date or a time in ISO 8601.");

/** The same where something ends: a date stands for its last moment, so that the day belongs to it. */
export const lastMoment = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true, local: true })],
    "A time is written like 2027-01-31 or 2027-01-31T18:00:00Z.",
  )
  .transform((text) => timeOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59.999` : text))
  .describe("A date, that day included, or a time in ISO 8601.");

/** Epoch milliseconds of a date or time in ISO 8601; what names no zone is meant where the server is. */
export function timeOf(text: string): number {
  return Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
}

/** A time in ISO 8601; null stays. */
export function textOfTime<T extends number | null>(at: T): T extends null ? null : string;
export function textOfTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** One page of a list. */
export const paging = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(1_000).default(100),
};

/** What is searched for. */
export const searching = z.string().trim().max(200).default("");

/** A switch in a query or a body. */
export const switched = z.union([z.boolean(), z.stringbool()]);

/** A text in one line. */
export const oneLine = (most: number) =>
  z
    .string()
    .trim()
    .max(most, `At most ${most} characters.`)
    .refine((text) => !hasControls(text), "A single line.");

/** The values that are there. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
