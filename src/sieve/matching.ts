/**
 * Match types (RFC 5228 §2.7.1, RFC 5231, draft-ietf-sieve-regex, RFC 6134): whether one of some values fits one of some keys. What can
 * be done once for a script (folding keys, compiling patterns) is done when it is compiled.
 */
import { type Comparator, Value } from "./comparators.ts";
import { search } from "./regex/machine.ts";
import { compileRegex } from "./regex/program.ts";
import type { Run } from "./run.ts";
import type { Texts } from "./text.ts";
import { type Span, Wildcards } from "./wildcards.ts";

export type Relation = "gt" | "ge" | "lt" | "le" | "eq" | "ne";

/** How to compare. */
export type Matching =
  | { readonly type: "is" | "contains" | "matches" | "regex" | "list"; readonly comparator: Comparator }
  | { readonly type: "count" | "value"; readonly relation: Relation; readonly comparator: Comparator };

/** Making an instruction of a regular expression costs about as much as comparing so many characters. */
const INSTRUCTION_WORK = 100;

/** Folding a character by itself costs about as much as comparing so many. */
const CHARACTER_WORK = 400;

/** Whether a value fits one key; sets what wildcards stood for where `run` keeps that. */
type Fits = (value: Value, run: Run) => boolean;

const RELATIONS: Readonly<Record<Relation, (order: number) => boolean>> = {
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
};

const RELATION_WORDS: Readonly<Record<Relation, string>> = {
  gt: "more than",
  ge: "at least",
  lt: "less than",
  le: "at most",
  eq: "equal to",
  ne: "not equal to",
};

export function isRelation(word: string): word is Relation {
  return Object.hasOwn(RELATIONS, word);
}

/** A test's match type with its keys. */
export class Matcher {
  readonly #fixed: readonly Fits[] | undefined;
  /** Of constant keys of :is, where one look is enough. */
  readonly #set: ReadonlySet<string> | undefined;

  /** @param captures whether wildcards set variables: only where the script has any, and never by `body` (RFC 5173 §6) */
  constructor(
    private readonly matching: Matching,
    private readonly keys: Texts,
    private readonly captures: boolean,
  ) {
    const { fixed } = keys;
    if (fixed === undefined) return;
    if (matching.type === "is") this.#set = new Set(fixed.map((key) => matching.comparator.fold(key)));
    else this.#fixed = fixed.map((key) => fitting(matching, key, captures));
  }

  /** Whether some value fits some key. `things` are counted by :count, where these are not the values. */
  any(run: Run, values: readonly Value[], things = values.length): boolean {
    if (this.#set !== undefined) return this.#among(run, values, this.#set);
    const fits = this.#fixed ?? run.texts(this.keys).map((key) => fitting(this.matching, key, this.captures, run));
    const compared = this.matching.type === "count" ? [new Value(String(things), "The count")] : values;
    for (const value of compared) if (this.#one(run, value, fits)) return true;
    if (run.explains) run.because = nothing(compared);
    return false;
  }

  #among(run: Run, values: readonly Value[], set: ReadonlySet<string>): boolean {
    const found = values.find((value) => {
      run.spend(1 + value.text.length);
      return set.has(value.folded(this.matching.comparator));
    });
    if (run.explains) run.because = found ? `${told(found)}, which is what the rule names.` : nothing(values);
    return found !== undefined;
  }

  #one(run: Run, value: Value, fits: readonly Fits[]): boolean {
    run.spend((1 + value.text.length) * fits.length);
    const index = fits.findIndex((fit) => fit(value, run));
    if (index < 0) return false;
    if (run.explains) run.because = this.#sentence(run, value, index);
    return true;
  }

  #sentence(run: Run, value: Value, index: number): string {
    const key = shortened(run.text(this.keys.all[index] ?? ""));
    const { matching } = this;
    switch (matching.type) {
      case "contains":
        return `${told(value)}, which contains “${key}”.`;
      case "matches":
        return `${told(value)}, which fits “${key}”.`;
      case "regex":
        return `${told(value)}, which the pattern “${key}” matches.`;
      case "list":
        return `${told(value)}, which is on the list “${key}”.`;
      case "count":
      case "value":
        return `${told(value)}, which is ${RELATION_WORDS[matching.relation]} “${key}”.`;
      default:
        return `${told(value)}, which is what the rule names.`;
    }
  }
}

function told({ label, text }: Value): string {
  return `${label} is “${shortened(text)}”`;
}

function nothing(values: readonly Value[]): string {
  const [first] = values;
  if (first === undefined) return "There is nothing to compare.";
  const more = values.length > 1 ? ` (and ${values.length - 1} more)` : "";
  return `${told(first)}${more}, which does not fit.`;
}

/** A text as it may stand in a sentence. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

/** @param run for keys that are known only in a run, and whose preparation therefore counts */
function fitting(matching: Matching, key: string, captures: boolean, run?: Run): Fits {
  const { comparator } = matching;
  switch (matching.type) {
    case "is": {
      const folded = comparator.fold(key);
      return (value) => value.folded(comparator) === folded;
    }
    case "contains": {
      const folded = comparator.fold(key);
      const factor = folded.length >> 6;
      return (value, run) => {
        if (factor > 0) run.spend(value.text.length * factor);
        return value.folded(comparator).includes(folded);
      };
    }
    case "matches":
      return wildcards(comparator, key, captures);
    case "regex":
      return regex(comparator, key, captures, run);
    case "list":
      return (value, run) => run.onList(key, value.text);
    case "count":
    case "value": {
      const folded = comparator.fold(key);
      const holds = RELATIONS[matching.relation];
      return (value) => holds(comparator.compare(value.folded(comparator), folded));
    }
  }
}

/** Throws a RegexError where the key is no regular expression. */
function regex(comparator: Comparator, key: string, captures: boolean, run?: Run): Fits {
  const { minds, characters } = comparator;
  const letters = minds === "case" ? "exact" : characters === "octets" ? "ascii" : "unicode";
  const program = compileRegex(key, letters);
  run?.spend(program.instructions.length * INSTRUCTION_WORK);
  // Folding a single character may give several beyond ASCII, which the machine does not know.
  const required = letters === "unicode" ? "" : comparator.fold(program.required);
  return (value, run) => {
    const { text } = value;
    if (required !== "" && !value.folded(comparator).includes(required)) return false;
    const found = search(program, text, captures, run.work);
    if (found === undefined) return false;
    if (captures) {
      run.matched = [];
      for (let i = 0; i < found.length; i += 2) run.matched.push(text.slice(found[i], found[i + 1]));
    }
    return true;
  };
}

function wildcards(comparator: Comparator, key: string, captures: boolean): Fits {
  const plain = new Wildcards(key, (text) => comparator.fold(text));
  if (comparator.characters === "code points") return unicodeWildcards(plain, comparator, captures);
  let inOctets: Wildcards | undefined;
  return (value, run) => {
    const { text } = value;
    if (!plain.hasHoles || !/[^\0-\x7f]/.test(text)) {
      const spans = plain.match(value.folded(comparator), undefined, run.work);
      if (spans && captures) run.matched = [text, ...spans.map(([from, to]) => text.slice(from, to))];
      return spans !== undefined;
    }
    // Here a “?” is one octet.
    inOctets ??= new Wildcards(octetsOf(key), (octets) => comparator.fold(octets));
    const octets = octetsOf(text);
    const spans = inOctets.match(comparator.fold(octets), undefined, run.work);
    if (spans && captures) run.matched = [text, ...spans.map((span) => textOf(octets, span))];
    return spans !== undefined;
  };
}

function octetsOf(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function textOf(octets: string, [from, to]: Span): string {
  return Buffer.from(octets.slice(from, to), "latin1").toString("utf8");
}

/** Folding may change lengths here, so it is done a character at a time to know what belongs to which. */
function unicodeWildcards(pattern: Wildcards, comparator: Comparator, captures: boolean): Fits {
  return (value, run) => {
    const { text } = value;
    if (!captures && !pattern.hasHoles)
      return pattern.match(value.folded(comparator), undefined, run.work) !== undefined;
    run.spend(text.length * CHARACTER_WORK);
    let folded = "";
    const places: number[] = [];
    let at = 0;
    for (const character of text) {
      const one = comparator.fold(character);
      for (let i = 0; i < one.length; i++) places.push(i === 0 ? at : -1);
      folded += one;
      at += character.length;
    }
    const starts = Uint8Array.from(places, (place) => (place < 0 ? 0 : 1));
    const spans = pattern.match(folded, starts, run.work);
    if (spans && captures) {
      const original = (place: number): number => {
        let i = place;
        while (i < places.length && (places[i] as number) < 0) i++;
        return i < places.length ? (places[i] as number) : text.length;
      };
      run.matched = [text, ...spans.map(([from, to]) => text.slice(original(from), original(to)))];
    }
    return spans !== undefined;
  };
}
