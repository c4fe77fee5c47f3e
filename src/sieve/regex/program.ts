/** Turns the tree of a regular expression into a program for the machine (K. Thompson 1968, R. Pike). */
import type { Case } from "./characters.ts";
import { type Assertion, type Node, parseRegex, RegexError } from "./parse.ts";
import { requiredText } from "./required.ts";

export type Instruction =
  | { readonly op: "set"; readonly test: (code: number) => boolean }
  | { readonly op: "assert"; readonly what: Assertion }
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "jump"; to: number }
  /** Goes on at both places; the first is preferred. */
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "match" };

export interface RegexProgram {
  readonly instructions: readonly Instruction[];
  readonly groups: number;
  /** Whether a match can begin with that character; undefined where one may be empty. */
  readonly first: ((code: number) => boolean) | undefined;
  /** A text that every match contains, in any case where case does not count. */
  readonly required: string;
}

/** Instructions of one pattern: with the length of the text they bound the time. */
const MOST_INSTRUCTIONS = 2_000;

/** Compiles a pattern; throws a RegexError that says what is wrong in plain words. */
export function compileRegex(pattern: string, letters: Case): RegexProgram {
  const { node, groups } = parseRegex(pattern);
  const emitter = new Emitter(letters);
  emitter.node({ kind: "group", number: 0, node });
  emitter.push({ op: "match" });
  return {
    instructions: emitter.instructions,
    groups,
    first: firstOf(emitter.instructions),
    required: requiredText(node),
  };
}

/** The characters that the first sets take, whatever is asserted before them. */
function firstOf(instructions: readonly Instruction[]): RegexProgram["first"] {
  const seen = new Set<number>();
  const tests: ((code: number) => boolean)[] = [];
  const waiting = [0];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    const instruction = instructions[place] as Instruction;
    if (instruction.op === "match") return undefined;
    if (instruction.op === "set") tests.push(instruction.test);
    else if (instruction.op === "jump") waiting.push(instruction.to);
    else if (instruction.op === "split") waiting.push(instruction.first, instruction.second);
    else waiting.push(place + 1);
  }
  return (code) => tests.some((test) => test(code));
}

class Emitter {
  readonly instructions: Instruction[] = [];

  constructor(private readonly letters: Case) {}

  push<T extends Instruction>(instruction: T): T {
    if (this.instructions.length >= MOST_INSTRUCTIONS) throw new RegexError("it is too large; repeat less.");
    this.instructions.push(instruction);
    return instruction;
  }

  node(node: Node): void {
    switch (node.kind) {
      case "set":
        this.push({ op: "set", test: node.set.tester(this.letters) });
        return;
      case "assert":
        this.push({ op: "assert", what: node.what });
        return;
      case "sequence":
        for (const one of node.nodes) this.node(one);
        return;
      case "choice":
        this.#choice(node.nodes);
        return;
      case "group":
        this.push({ op: "save", slot: 2 * node.number });
        this.node(node.node);
        this.push({ op: "save", slot: 2 * node.number + 1 });
        return;
      case "repeat":
        this.#repeat(node);
    }
  }

  get #here(): number {
    return this.instructions.length;
  }

  #choice(nodes: readonly Node[]): void {
    const jumps: { to: number }[] = [];
    for (const [index, node] of nodes.entries()) {
      if (index === nodes.length - 1) {
        this.node(node);
        break;
      }
      const split = this.push({ op: "split", first: this.#here + 1, second: 0 });
      this.node(node);
      jumps.push(this.push({ op: "jump", to: 0 }));
      split.second = this.#here;
    }
    for (const jump of jumps) jump.to = this.#here;
  }

  #repeat({ node, least, most }: Extract<Node, { kind: "repeat" }>): void {
    for (let i = 0; i < least; i++) this.node(node);
    if (most === Number.POSITIVE_INFINITY) {
      const split = this.push({ op: "split", first: this.#here + 1, second: 0 });
      const loop = this.#here - 1;
      this.node(node);
      this.push({ op: "jump", to: loop });
      split.second = this.#here;
      return;
    }
    const splits: { second: number }[] = [];
    for (let i = least; i < most; i++) {
      splits.push(this.push({ op: "split", first: this.#here + 1, second: 0 }));
      this.node(node);
    }
    for (const split of splits) split.second = this.#here;
  }
}
