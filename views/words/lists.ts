/** Several in one sentence: "one, two and three". */
import { t } from "./words.ts";

/** All of them. */
export const allOf = (values: readonly string[]): string =>
  joined(values, (one, other) => t("{one} and {other}", { one, other }));

/** Any of them. */
export const anyOf = (values: readonly string[]): string =>
  joined(values, (one, other) => t("{one} or {other}", { one, other }));

const joined = (values: readonly string[], last: (one: string, other: string) => string): string =>
  values.length < 2 ? (values[0] ?? "") : last(values.slice(0, -1).join(", "), values.at(-1) ?? "");
