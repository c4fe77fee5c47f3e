/** Sentences of pages that have elements within: `{link}` in them stands for one, so that a language can put them elsewhere. */
import type { Child } from "hono/jsx";
import { formats, t } from "./words.ts";

/** A text in the reader's language whose holes are filled with elements, or with values as `t` writes them. */
export function rich(english: string, values: Readonly<Record<string, Child>>): Child {
  // Between the holes, and every second one the name of a hole.
  return t(english)
    .split(/\{(\w+)\}/)
    .map((piece, at) => {
      if (at % 2 === 0) return piece;
      const value = values[piece];
      return typeof value === "number" ? formats().number(value) : (value ?? "");
    });
}
