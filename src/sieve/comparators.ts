/** Comparators (RFC 4790, RFC 5228 §2.7.3, RFC 5051): texts folded so that equal ones are the same string, and their order. */
import { casemap } from "../mime/casemap.ts";

export interface Comparator {
  readonly name: string;
  /** The extension that must be required for it; undefined for those every script may use. */
  readonly extension?: string;
  /** Texts that are equal give the same string; a substring gives a substring. */
  fold(text: string): string;
  /** The order of two folded texts: below 0, 0 or above. */
  compare(a: string, b: string): number;
  /** Whether :contains, :matches and :regex have a meaning. */
  readonly substrings: boolean;
  /** What the “?” of :matches stands for (RFC 5228 §2.7.1), and whether a regex minds case. */
  readonly characters: "octets" | "code points";
  readonly minds: "case" | "nothing";
}

const ONLY_ASCII = /^[\0-\x7f]*$/;

function asciiUpper(text: string): string {
  return ONLY_ASCII.test(text) ? text.toUpperCase() : text.replace(/[a-z]+/g, (run) => run.toUpperCase());
}

/** The order of the octets in UTF-8, which is that of the code points. */
function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff;
    // Surrogates stand for what comes after U+FFFF.
    if (isSurrogate(left) !== isSurrogate(right)) return isSurrogate(left) ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

/** What does not begin with a digit is greater than every number, and equal to its like (RFC 4790 §9.1). */
const INFINITE = "";

function byNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (a === INFINITE) return 1;
  if (b === INFINITE) return -1;
  return a.length === b.length ? byCodePoints(a, b) : a.length - b.length;
}

export const COMPARATORS: ReadonlyMap<string, Comparator> = new Map(
  (
    [
      {
        name: "i;octet",
        fold: (text) => text,
        compare: byCodePoints,
        substrings: true,
        characters: "octets",
        minds: "case",
      },
      {
        name: "i;ascii-casemap",
        fold: asciiUpper,
        compare: byCodePoints,
        substrings: true,
        characters: "octets",
        minds: "nothing",
      },
      {
        name: "i;ascii-numeric",
        extension: "comparator-i;ascii-numeric",
        fold: (text) => /^0*([0-9]*)/.exec(text)?.[1] || (/^0/.test(text) ? "0" : INFINITE),
        compare: byNumbers,
        substrings: false,
        characters: "octets",
        minds: "case",
      },
      {
        name: "i;unicode-casemap",
        extension: "comparator-i;unicode-casemap",
        fold: casemap,
        compare: byCodePoints,
        substrings: true,
        characters: "code points",
        minds: "nothing",
      },
    ] satisfies Comparator[]
  ).map((comparator) => [comparator.name, comparator]),
);

/** RFC 5228 §2.7.3. */
export const DEFAULT_COMPARATOR = COMPARATORS.get("i;ascii-casemap") as Comparator;

/** A text that is compared, with what it was folded to, so that two hundred rules fold a subject once. */
export class Value {
  #comparator: Comparator | undefined;
  #folded = "";

  constructor(
    readonly text: string,
    /** What it is, for the story, e.g. "Subject". */
    readonly label: string,
  ) {}

  folded(comparator: Comparator): string {
    if (this.#comparator !== comparator) {
      this.#folded = comparator.fold(this.text);
      this.#comparator = comparator;
    }
    return this.#folded;
  }
}
