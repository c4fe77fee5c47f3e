/** The grammar of scripts (RFC 5228 §8.2): tokens to commands. Knows no command; says in plain words what is missing. */
import { Lexer, type Token } from "./lexer.ts";
import { atOnce, type Steps } from "./steps.ts";
import type { Argument, CommandPhrase, StringLiteral, TestPhrase } from "./syntax.ts";

/** Bounds of a script's text; beyond them it is refused. */
export const SCRIPT_LIMITS = {
  /** Characters. */
  characters: 1_048_576,
  /** Blocks and tests in each other (RFC 5228 §2.10.5 wants 15 at least). */
  depth: 32,
  /** Commands and tests in all. */
  phrases: 20_000,
  /** Strings in one list. */
  strings: 10_000,
};

/** Reads a script; throws a SieveError with the place of the first mistake. */
export const parse = (text: string): CommandPhrase[] => atOnce(parsing(text));

/** The same in steps, a command each. */
export function parsing(text: string): Steps<CommandPhrase[]> {
  const lexer = new Lexer(text);
  if (text.length > SCRIPT_LIMITS.characters) {
    throw lexer.error(0, `the script is longer than ${SCRIPT_LIMITS.characters} characters.`);
  }
  return new Parser(lexer).script();
}

class Parser {
  #token: Token;
  #lastEnd = 0;
  #phrases = 0;

  constructor(private readonly lexer: Lexer) {
    this.#token = lexer.next();
  }

  *script(): Steps<CommandPhrase[]> {
    const commands = yield* this.#commands(0);
    if (this.#token.kind !== "end") throw this.#error("this } closes nothing.");
    return commands;
  }

  *#commands(depth: number): Steps<CommandPhrase[]> {
    const commands: CommandPhrase[] = [];
    while (this.#token.kind !== "end" && !this.#isMark("}")) {
      commands.push(yield* this.#command(depth));
      yield;
    }
    return commands;
  }

  *#command(depth: number): Steps<CommandPhrase> {
    if (this.#token.kind !== "identifier") throw this.#error(`a command was expected here, not ${this.#found()}.`);
    const phrase = this.#phrase(depth);
    const open = this.#token;
    if (this.#takeMark(";")) return { ...phrase, block: undefined, close: this.#lastEnd };
    if (!this.#takeMark("{")) throw this.#missing(phrase.name);
    const block = yield* this.#commands(depth + 1);
    if (!this.#takeMark("}"))
      throw this.lexer.error(open.start, "the block that begins here has no end; write } after it.");
    return { ...phrase, block, close: this.#lastEnd };
  }

  /** What is missing after a command is best shown where the command ends. */
  #missing(name: string) {
    const at = this.#lastEnd;
    if (this.#token.kind === "tag") return this.#error("options stand before the other arguments.");
    return this.lexer.error(at, `after “${name}” comes ; or a block in { }, not ${this.#found()}.`);
  }

  /** A name with arguments and tests: all that commands and tests have in common. */
  #phrase(depth: number): TestPhrase {
    const { text: name, start } = this.#token;
    if (depth > SCRIPT_LIMITS.depth) throw this.#error(`blocks and tests are more than ${SCRIPT_LIMITS.depth} deep.`);
    if (++this.#phrases > SCRIPT_LIMITS.phrases) {
      throw this.#error(`the script has more than ${SCRIPT_LIMITS.phrases} commands and tests.`);
    }
    const at = this.lexer.place(start);
    this.#advance();
    const args: Argument[] = [];
    for (let arg = this.#argument(); arg !== undefined; arg = this.#argument()) args.push(arg);
    const listed = this.#isMark("(");
    const tests = this.#tests(depth + 1);
    return { name, arguments: args, tests, listed, at, start, end: this.#lastEnd };
  }

  #tests(depth: number): TestPhrase[] {
    const open = this.#token;
    if (open.kind === "identifier") return [this.#phrase(depth)];
    if (!this.#takeMark("(")) return [];
    const tests: TestPhrase[] = [];
    do {
      if (this.#token.kind !== "identifier") throw this.#error(`a test was expected here, not ${this.#found()}.`);
      tests.push(this.#phrase(depth));
    } while (this.#takeMark(","));
    if (!this.#takeMark(")")) {
      if (this.#isEnd)
        throw this.lexer.error(open.start, "the list of tests that begins here has no end; write ) after it.");
      throw this.#error(`between tests stands a comma, and ) after the last; here is ${this.#found()}.`);
    }
    return tests;
  }

  #argument(): Argument | undefined {
    const { kind, text, value, start } = this.#token;
    if (kind === "number") {
      this.#advance();
      return { kind: "number", value, at: this.lexer.place(start) };
    }
    if (kind === "tag") {
      this.#advance();
      return { kind: "tag", name: text, at: this.lexer.place(start) };
    }
    if (kind === "string") {
      const string = this.#string();
      return { kind: "strings", strings: [string], list: false, at: string.at };
    }
    return this.#isMark("[") ? this.#list() : undefined;
  }

  #list(): Argument {
    const at = this.lexer.place(this.#token.start);
    this.#advance();
    const strings: StringLiteral[] = [];
    do {
      if (this.#token.kind !== "string")
        throw this.#error(`in a list stand strings in quotation marks, not ${this.#found()}.`);
      if (strings.length >= SCRIPT_LIMITS.strings)
        throw this.#error(`the list has more than ${SCRIPT_LIMITS.strings} strings.`);
      strings.push(this.#string());
    } while (this.#takeMark(","));
    if (!this.#takeMark("]"))
      throw this.#error(`between strings stands a comma, and ] after the last; here is ${this.#found()}.`);
    return { kind: "strings", strings, list: true, at };
  }

  #string(): StringLiteral {
    const { text, start } = this.#token;
    const at = this.lexer.place(start);
    this.#advance();
    return { value: text, at };
  }

  #advance(): void {
    this.#lastEnd = this.#token.end;
    this.#token = this.lexer.next();
  }

  get #isEnd(): boolean {
    return this.#token.kind === "end";
  }

  #isMark(mark: string): boolean {
    return this.#token.kind === "mark" && this.#token.text === mark;
  }

  #takeMark(mark: string): boolean {
    if (!this.#isMark(mark)) return false;
    this.#advance();
    return true;
  }

  #error(reason: string) {
    return this.lexer.error(this.#token.start, reason);
  }

  /** The token at hand, in words. */
  #found(): string {
    const { kind, text } = this.#token;
    if (kind === "end") return "the end of the script";
    if (kind === "string") return "a string";
    return kind === "tag" ? `“:${text}”` : `“${text}”`;
  }
}
