/**
 * Reads extended regular expressions (IEEE 1003.1 §9.4, as draft-ietf-sieve-regex wants them) into a tree. Beyond POSIX, `\w`, `\s`,
 * `\d`, their opposites and `\b`, `\B`, `\<`, `\>` are known, since scripts from other servers have them.
 */
import { CharacterSet, isClass, SHORTHANDS } from "./characters.ts";

export type Assertion = "start" | "end" | "word" | "notWord" | "wordStart" | "wordEnd";

export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet; readonly literal?: string }
  | { readonly kind: "assert"; readonly what: Assertion }
  | { readonly kind: "sequence"; readonly nodes: readonly Node[] }
  | { readonly kind: "choice"; readonly nodes: readonly Node[] }
  | { readonly kind: "group"; readonly number: number; readonly node: Node }
  | { readonly kind: "repeat"; readonly node: Node; readonly least: number; readonly most: number };

/** What is wrong with a pattern, in plain words. */
export class RegexError extends Error {}

const MOST_REPETITIONS = 255;
const MOST_GROUPS = 99;
const DEEPEST = 64;
const ANY: readonly [number, number] = [0, 0x10ffff];
const ASSERTIONS: Readonly<Record<string, Assertion>> = { b: "word", B: "notWord", "<": "wordStart", ">": "wordEnd" };

/** Reads a pattern; `groups` is how many parentheses it has. Throws a RegexError. */
export function parseRegex(pattern: string): { readonly node: Node; readonly groups: number } {
  return new RegexParser(pattern).parse();
}

class RegexParser {
  readonly #characters: readonly string[];
  #at = 0;
  #groups = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  parse(): { node: Node; groups: number } {
    const node = this.#choice(0);
    if (this.#peek() === ")") throw new RegexError("a ) has no ( before it; write \\) for the character.");
    return { node, groups: this.#groups };
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  #take(wanted: string): boolean {
    if (this.#peek() !== wanted) return false;
    this.#at++;
    return true;
  }

  #choice(depth: number): Node {
    if (depth > DEEPEST) throw new RegexError("its parentheses are too deep.");
    const nodes = [this.#sequence(depth)];
    while (this.#take("|")) nodes.push(this.#sequence(depth));
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: "choice", nodes };
  }

  #sequence(depth: number): Node {
    const nodes: Node[] = [];
    for (let c = this.#peek(); c !== undefined && c !== "|" && c !== ")"; c = this.#peek()) {
      nodes.push(this.#repeated(this.#atom(depth)));
    }
    return { kind: "sequence", nodes };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (let times = 0; ; times++) {
      const range = this.#repetition();
      if (range === undefined) return node;
      if (times > 2) throw new RegexError("too many repetitions follow each other.");
      node = { kind: "repeat", node, least: range[0], most: range[1] };
    }
  }

  #repetition(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    if (this.#peek() !== "{" || !/[0-9,]/.test(this.#peek(1) ?? "")) return undefined;
    this.#at++;
    const least = this.#digits() ?? 0;
    const most = this.#take(",") ? (this.#digits() ?? Number.POSITIVE_INFINITY) : least;
    if (!this.#take("}")) throw new RegexError("a { of repetitions has no }.");
    if (most < least) throw new RegexError(`{${least},${most}} repeats at least more often than at most.`);
    if (least > MOST_REPETITIONS || (most > MOST_REPETITIONS && most !== Number.POSITIVE_INFINITY)) {
      throw new RegexError(`more than ${MOST_REPETITIONS} repetitions cannot be counted.`);
    }
    return [least, most];
  }

  #digits(): number | undefined {
    let digits = "";
    while (/[0-9]/.test(this.#peek() ?? "") && digits.length < 5) digits += this.#characters[this.#at++];
    return digits === "" ? undefined : Number(digits);
  }

  #atom(depth: number): Node {
    const c = this.#characters[this.#at++] as string;
    switch (c) {
      case "(":
        return this.#group(depth);
      case "[":
        return { kind: "set", set: this.#bracket() };
      case ".":
        return { kind: "set", set: new CharacterSet().add(ANY) };
      case "^":
        return { kind: "assert", what: "start" };
      case "$":
        return { kind: "assert", what: "end" };
      case "*":
      case "+":
      case "?":
        throw new RegexError(`there is nothing before ${c} that it could repeat; write \\${c} for the character.`);
      case "\\":
        return this.#escape();
      default:
        return literal(c);
    }
  }

  #group(depth: number): Node {
    if (this.#peek() === "?") throw new RegexError("(? is not known here; groups are plain parentheses.");
    const number = ++this.#groups;
    if (number > MOST_GROUPS) throw new RegexError(`it has more than ${MOST_GROUPS} parentheses.`);
    const node = this.#choice(depth + 1);
    if (!this.#take(")")) throw new RegexError("a ( has no ) after it; write \\( for the character.");
    return { kind: "group", number, node };
  }

  #escape(): Node {
    const c = this.#characters[this.#at++];
    if (c === undefined) throw new RegexError("it ends in a backslash; in a script a backslash is written \\\\.");
    const assertion = ASSERTIONS[c];
    if (assertion !== undefined) return { kind: "assert", what: assertion };
    const ranges = SHORTHANDS[c.toLowerCase()];
    if (ranges === undefined) {
      if (/[1-9]/.test(c)) throw new RegexError(`\\${c} refers back to a group, which cannot be done in linear time.`);
      return literal(c);
    }
    const set = new CharacterSet().add(...ranges);
    set.negated = c !== c.toLowerCase();
    return { kind: "set", set };
  }

  /** A bracket expression; its first `[` is taken. */
  #bracket(): CharacterSet {
    const set = new CharacterSet();
    set.negated = this.#take("^");
    for (let first = true; ; first = false) {
      const c = this.#characters[this.#at++];
      if (c === undefined) throw new RegexError("a [ has no ] after it; write \\[ for the character.");
      if (c === "]" && !first) return set;
      const next = this.#peek();
      if (c === "[" && (next === ":" || next === "=" || next === ".")) {
        this.#named(set, next);
        continue;
      }
      const from = c.codePointAt(0) as number;
      if (next !== "-" || this.#peek(1) === undefined || this.#peek(1) === "]") {
        set.add([from, from]);
        continue;
      }
      this.#at++;
      const last = this.#characters[this.#at++] as string;
      const to = last.codePointAt(0) as number;
      if (to < from) throw new RegexError(`the range ${c}-${last} ends before it begins.`);
      set.add([from, to]);
    }
  }

  /** `[:alpha:]`, and `[=e=]` and `[.-.]` of single characters. */
  #named(set: CharacterSet, mark: string): void {
    const from = this.#at + 1;
    let to = from;
    while (to < this.#characters.length && !(this.#characters[to] === mark && this.#characters[to + 1] === "]")) to++;
    const name = this.#characters.slice(from, to).join("");
    this.#at = to + 2;
    if (mark === ":") {
      if (!isClass(name))
        throw new RegexError(`there is no class [:${name}:]; [:alpha:], [:digit:] and [:space:] are some.`);
      set.addClass(name);
      return;
    }
    const code = name.codePointAt(0);
    if (code === undefined || to - from !== 1) throw new RegexError(`[${mark}${name}${mark}] is no single character.`);
    set.add([code, code]);
  }
}

function literal(character: string): Node {
  const code = character.codePointAt(0) as number;
  return { kind: "set", set: new CharacterSet().add([code, code]), literal: character };
}
