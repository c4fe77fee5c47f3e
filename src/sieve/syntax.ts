/** What a script is made of after parsing (RFC 5228 §8.2): commands, tests and their arguments, each with its place. */
import type { Place } from "./error.ts";

/** A string as written, escapes undone. */
export interface StringLiteral {
  readonly value: string;
  readonly at: Place;
}

export type Argument =
  | { readonly kind: "number"; readonly value: number; readonly at: Place }
  | { readonly kind: "tag"; readonly name: string; readonly at: Place }
  /** A single string counts as a list of one wherever a list may stand; `list` says which it was (RFC 5228 §2.4.2.1). */
  | {
      readonly kind: "strings";
      readonly strings: readonly StringLiteral[];
      readonly list: boolean;
      readonly at: Place;
    };

/** What commands and tests have in common. */
interface Phrase {
  /** In lower case. */
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly tests: readonly TestPhrase[];
  readonly at: Place;
  /** Where it stands in the text, tests included, without the block: for the story. */
  readonly start: number;
  readonly end: number;
}

export interface TestPhrase extends Phrase {
  /** The tests stand in parentheses, as allof and anyof want them. */
  readonly listed: boolean;
}

export interface CommandPhrase extends Phrase {
  readonly listed: boolean;
  readonly block: readonly CommandPhrase[] | undefined;
  /** Where it ends, behind its ; or the } of its block. */
  readonly close: number;
}
