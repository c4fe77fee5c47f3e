/** Sets of characters in a regular expression: bracket expressions, classes and single characters (POSIX, IEEE 1003.1 §9.3.5). */

/** Whether case counts, and for which letters it does not. */
export type Case = "exact" | "ascii" | "unicode";

/** First and last code point. */
export type Range = readonly [number, number];

const DIGIT: readonly Range[] = [[48, 57]];
const UPPER: readonly Range[] = [[65, 90]];
const LOWER: readonly Range[] = [[97, 122]];
const SPACE: readonly Range[] = [
  [9, 13],
  [32, 32],
];
const WORD: readonly Range[] = [...DIGIT, ...UPPER, ...LOWER, [95, 95]];

/** Classes in brackets, e.g. `[[:alpha:]]`; letters beyond ASCII are told apart by what Unicode says of them. */
const CLASSES: Readonly<Record<string, { readonly ranges: readonly Range[]; readonly beyond?: RegExp }>> = {
  alnum: { ranges: [...DIGIT, ...UPPER, ...LOWER], beyond: /^[\p{L}\p{N}]$/u },
  alpha: { ranges: [...UPPER, ...LOWER], beyond: /^\p{L}$/u },
  blank: {
    ranges: [
      [9, 9],
      [32, 32],
    ],
  },
  cntrl: {
    ranges: [
      [0, 31],
      [127, 159],
    ],
  },
  digit: { ranges: DIGIT },
  graph: { ranges: [[33, 126]], beyond: /^[^\p{Z}\p{C}]$/u },
  lower: { ranges: LOWER, beyond: /^\p{Ll}$/u },
  print: { ranges: [[32, 126]], beyond: /^\P{C}$/u },
  punct: {
    ranges: [
      [33, 47],
      [58, 64],
      [91, 96],
      [123, 126],
    ],
    beyond: /^[\p{P}\p{S}]$/u,
  },
  space: { ranges: SPACE, beyond: /^\p{Z}$/u },
  upper: { ranges: UPPER, beyond: /^\p{Lu}$/u },
  xdigit: { ranges: [...DIGIT, [65, 70], [97, 102]] },
};

/** What `\w`, `\s` and `\d` stand for, as the regular expressions of other systems have them. */
export const SHORTHANDS: Readonly<Record<string, readonly Range[]>> = { w: WORD, s: SPACE, d: DIGIT };

/** Whether a character belongs to a word, for `\b` and its kin. */
export function isWordCharacter(code: number): boolean {
  return code > 127 ? /^[\p{L}\p{N}]$/u.test(String.fromCodePoint(code)) : within(WORD, code);
}

/** Whether there is a class of that name. */
export function isClass(name: string): boolean {
  return Object.hasOwn(CLASSES, name);
}

/** A set under construction. */
export class CharacterSet {
  readonly #ranges: Range[] = [];
  readonly #beyond: RegExp[] = [];
  negated = false;

  add(...ranges: readonly Range[]): this {
    this.#ranges.push(...ranges);
    return this;
  }

  addClass(name: string): void {
    const found = CLASSES[name];
    if (found === undefined) return;
    this.add(...found.ranges);
    if (found.beyond) this.#beyond.push(found.beyond);
  }

  /** The finished set as a question; ASCII is answered from a table. */
  tester(letters: Case): (code: number) => boolean {
    const [only, ...others] = this.#ranges;
    if (
      only !== undefined &&
      others.length === 0 &&
      only[0] === only[1] &&
      !this.negated &&
      this.#beyond.length === 0
    ) {
      const [first, second = first] = [...new Set(variants(only[0], letters))];
      return (code) => code === first || code === second;
    }
    const slow = (code: number) => this.negated !== variants(code, letters).some((one) => this.#has(one));
    const table = Uint8Array.from({ length: 128 }, (_, code) => (slow(code) ? 1 : 0));
    return (code) => (code < 128 ? table[code] === 1 : slow(code));
  }

  #has(code: number): boolean {
    if (within(this.#ranges, code)) return true;
    if (code < 128 || this.#beyond.length === 0) return false;
    const character = String.fromCodePoint(code);
    return this.#beyond.some((pattern) => pattern.test(character));
  }
}

function within(ranges: readonly Range[], code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last);
}

/** A character and what it is the same as where case does not count. */
function variants(code: number, letters: Case): readonly number[] {
  if (letters === "exact" || (letters === "ascii" && code > 127)) return [code];
  const character = String.fromCodePoint(code);
  const both = [code, single(character.toLowerCase()), single(character.toUpperCase())];
  return both.filter((one): one is number => one !== undefined && (letters === "unicode" || one < 128));
}

function single(text: string): number | undefined {
  const code = text.codePointAt(0);
  return code !== undefined && text.length === (code > 0xffff ? 2 : 1) ? code : undefined;
}
