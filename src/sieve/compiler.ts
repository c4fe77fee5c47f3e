/**
 * Turns a parsed script into instructions, and finds what the grammar cannot: commands nobody knows, arguments that are wrong, what
 * was not required (RFC 5228 §2.10.5), an else without its if.
 */

import type { Turns } from "../turns.ts";
import { Call, type CallContext } from "./call.ts";
import { CONTROLS, IHAVE, NESTING } from "./controls.ts";
import { type Place, SieveError } from "./error.ts";
import { parsing } from "./grammar.ts";
import { RunError } from "./run.ts";
import type { Instruction, Script, Source, Test } from "./script.ts";
import { atOnce, inTurns, type Steps } from "./steps.ts";
import type { CommandPhrase, TestPhrase } from "./syntax.ts";
import { ACTIONS, EXTENSIONS, TESTS } from "./table.ts";

export interface CompileOptions {
  /** The extensions a script may require; all there are, if it is not said. */
  readonly extensions?: ReadonlySet<string>;
}

/**
 * Compiles a script. Throws a SieveError with line, column and a plain sentence for the first thing that is wrong.
 *
 * @param text the script, lines ended by CRLF or LF
 */
export const compile = (text: string, options: CompileOptions = {}): Script => atOnce(compiling(text, options));

/** The same in slices of the event loop: a large script takes some ten milliseconds. */
export const compileInTurns = (text: string, turns: Turns): Promise<Script> => inTurns(compiling(text, {}), turns);

function* compiling(text: string, options: CompileOptions): Steps<Script> {
  return yield* new Compiler(text, options).compile(yield* parsing(text));
}

/** A place in the program that is not known yet, and who wants to know it. */
class Label {
  #users: ((at: number) => void)[] = [];

  use(user: (at: number) => void): void {
    this.#users.push(user);
  }

  bind(at: number): void {
    for (const user of this.#users) user(at);
  }
}

/** A foreverypart that is open. */
interface OpenLoop {
  readonly name: string | undefined;
  readonly end: Label;
}

class Compiler implements CallContext {
  readonly #program: Instruction[] = [];
  readonly #required = new Set<string>();
  readonly #warnings: (Place & { reason: string })[] = [];
  readonly #loops: OpenLoop[] = [];
  readonly #allowed: (name: string) => boolean;
  #readsBody = false;

  constructor(
    private readonly text: string,
    { extensions }: CompileOptions,
  ) {
    this.#allowed = (name) => Object.hasOwn(EXTENSIONS, name) && (extensions?.has(name) ?? true);
  }

  *compile(commands: readonly CommandPhrase[]): Steps<Script> {
    let rest = 0;
    while (commands[rest]?.name === "require") this.#require(commands[rest++] as CommandPhrase);
    yield* this.#block(commands.slice(rest));
    return {
      text: this.text,
      program: this.#program,
      extensions: this.#required,
      readsBody: this.#readsBody,
      warnings: this.#warnings,
    };
  }

  requires(extension: string): boolean {
    return this.#required.has(extension);
  }

  get isInLoop(): boolean {
    return this.#loops.length > 0;
  }

  warn({ line, column }: Place, reason: string): void {
    this.#warnings.push({ line, column, reason });
  }

  #require(phrase: CommandPhrase): void {
    const call = this.#control(phrase, "require");
    for (const { value, at } of call.literals("capabilities")) {
      if (!this.#allowed(value)) throw new SieveError(at, `this server does not know the extension “${value}”.`);
      this.#enable(value);
    }
  }

  #enable(extension: string): void {
    this.#required.add(extension);
    for (const implied of EXTENSIONS[extension]?.implies ?? []) this.#required.add(implied);
  }

  *#block(commands: readonly CommandPhrase[]): Steps<void> {
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i] as CommandPhrase;
      if (command.name === "if") i = yield* this.#if(commands, i);
      else yield* this.#command(command);
      yield;
    }
  }

  /** An if with all its elsif and else; gives the index of the last of them. */
  *#if(commands: readonly CommandPhrase[], first: number): Steps<number> {
    const done = new Label();
    for (let i = first; ; i++) {
      const branch = commands[i] as CommandPhrase;
      this.#control(branch, branch.name);
      const otherwise = new Label();
      const [test] = branch.tests;
      if (test !== undefined) {
        const then = new Label();
        this.#condition(test, then, otherwise);
        this.#bind(then);
      }
      yield* this.#block(branch.block ?? []);
      const next = commands[i + 1]?.name;
      const goesOn = branch.name !== "else" && (next === "elsif" || next === "else");
      if (goesOn) this.#jump(done);
      this.#bind(otherwise);
      if (goesOn) continue;
      this.#bind(done);
      return i;
    }
  }

  *#command(phrase: CommandPhrase): Steps<void> {
    const { name, at } = phrase;
    if (name === "elsif" || name === "else")
      throw new SieveError(at, `“${name}” stands right behind the block of an if or elsif.`);
    if (name === "require")
      throw new SieveError(at, "“require” stands at the start of the script, before everything else.");
    if (Object.hasOwn(CONTROLS, name)) {
      yield* this.#controlCommand(phrase);
      return;
    }
    this.#leniently(phrase, () => this.#action(phrase));
  }

  #action(phrase: CommandPhrase): void {
    const spec = ACTIONS.get(phrase.name);
    if (spec === undefined) {
      const isTest = TESTS.has(phrase.name) || Object.hasOwn(NESTING, phrase.name);
      const hint = isTest ? "is a test; it stands behind if or elsif." : "is no command that this server knows.";
      throw new SieveError(phrase.at, `“${phrase.name}” ${hint}`);
    }
    this.#shape(phrase, { tests: "none", block: false });
    const call = new Call(phrase, spec, this);
    this.#readsBody ||= spec.readsBody?.(call) ?? false;
    this.#program.push({ kind: "act", act: spec.build(call), source: this.#source(phrase) });
  }

  /** With ihave, what this server does not know fails only if it is reached (RFC 5463 §4). */
  #leniently(phrase: CommandPhrase | TestPhrase, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SieveError) || !this.requires("ihave")) throw error;
      this.warn(error, error.reason);
      const { reason } = error;
      const act = () => {
        throw new RunError(reason);
      };
      this.#program.push({ kind: "act", act, source: this.#source(phrase) });
    }
  }

  #control(phrase: CommandPhrase, name: string): Call {
    const spec = CONTROLS[name as keyof typeof CONTROLS];
    this.#shape(phrase, spec);
    return new Call(phrase, spec, this);
  }

  /** Whether tests and a block stand where they must, and only there. */
  #shape({ name, at, tests, listed, block }: CommandPhrase, wants: { tests: "none" | "one"; block: boolean }): void {
    if (wants.tests === "none" && tests[0])
      throw new SieveError(tests[0].at, `“${name}” takes no test; is a ; missing before it?`);
    if (wants.tests === "one" && (tests.length !== 1 || listed)) {
      throw new SieveError(at, `“${name}” takes one test; several are joined by allof (…) or anyof (…).`);
    }
    if (wants.block && block === undefined) throw new SieveError(at, `after “${name}” comes a block in { }.`);
    if (!wants.block && block !== undefined) throw new SieveError(at, `“${name}” ends in ; and has no block.`);
  }

  *#controlCommand(phrase: CommandPhrase): Steps<void> {
    const call = this.#control(phrase, phrase.name);
    switch (phrase.name) {
      case "stop":
        this.#program.push({ kind: "stop" });
        return;
      case "return":
        this.#program.push({ kind: "return" });
        return;
      case "foreverypart":
        yield* this.#foreverypart(phrase, call);
        return;
      case "break":
        this.#break(call);
        return;
      case "include":
        this.#include(phrase, call);
        return;
      case "error":
        this.#error(phrase, call);
        return;
      default:
        this.#global(phrase, call);
    }
  }

  /** RFC 5703 §3.1. */
  *#foreverypart(phrase: CommandPhrase, call: Call): Steps<void> {
    this.#readsBody = true;
    const end = new Label();
    const parts: Instruction = { kind: "parts", source: this.#source(phrase), end: 0 };
    end.use((at) => {
      parts.end = at;
    });
    this.#program.push(parts);
    const body = this.#program.length;
    this.#loops.push({ name: call.literals(":name")[0]?.value, end });
    yield* this.#block(phrase.block ?? []);
    this.#loops.pop();
    this.#program.push({ kind: "nextPart", body });
    this.#bind(end);
  }

  /** RFC 5703 §3.2. */
  #break(call: Call): void {
    const name = call.literals(":name")[0]?.value;
    const index = name === undefined ? this.#loops.length - 1 : this.#loops.findLastIndex((loop) => loop.name === name);
    const loop = this.#loops[index];
    if (loop === undefined) {
      const which =
        name === undefined
          ? "“break” stands inside of foreverypart."
          : `there is no foreverypart called “${name}” around this.`;
      throw call.error(which);
    }
    const leave: Instruction = { kind: "break", loops: this.#loops.length - index, to: 0 };
    loop.end.use((at) => {
      leave.to = at;
    });
    this.#program.push(leave);
  }

  /** RFC 6609 §3.2. */
  #include(phrase: CommandPhrase, call: Call): void {
    const source = this.#source(phrase);
    const name = call.text("name");
    const location = call.has(":global") ? "global" : "personal";
    const once = call.has(":once");
    const optional = call.has(":optional");
    this.#program.push({ kind: "include", request: { name, location, once, optional }, source });
  }

  /** RFC 5463 §5. */
  #error(phrase: CommandPhrase, call: Call): void {
    const message = call.text("message");
    const act: Extract<Instruction, { kind: "act" }>["act"] = (run) => {
      throw new RunError(run.text(message));
    };
    this.#program.push({ kind: "act", act, source: this.#source(phrase) });
  }

  /** RFC 6609 §3.4. */
  #global(phrase: CommandPhrase, call: Call): void {
    if (!this.requires("variables"))
      throw call.error('“global” needs require "variables"; at the start of the script.');
    const names = call.fixed("names").map((name) => name.toLowerCase());
    for (const { value, at } of call.literals("names")) {
      if (!/^[a-z_][a-z0-9_]*$/i.test(value)) throw new SieveError(at, `“${value}” cannot be the name of a variable.`);
    }
    this.#program.push({
      kind: "act",
      act: (run) => {
        for (const name of names) run.scope.globals.add(name);
        run.because = `All scripts share ${names.join(", ")}.`;
      },
      source: this.#source(phrase),
    });
  }

  /** Emits a test that goes on at one of two labels; allof, anyof and not are nothing but jumps. */
  #condition(phrase: TestPhrase, yes: Label, no: Label): void {
    const { name, tests, listed, at } = phrase;
    if (Object.hasOwn(NESTING, name)) {
      const isNot = name === "not";
      new Call(phrase, NESTING[name as keyof typeof NESTING], this);
      if (isNot && (tests.length !== 1 || listed))
        throw new SieveError(at, "“not” takes one test, without parentheses.");
      if (!isNot && (!listed || tests.length === 0))
        throw new SieveError(at, `“${name}” takes tests in parentheses: ${name} (…, …).`);
      if (isNot) this.#condition(tests[0] as TestPhrase, no, yes);
      else this.#several(tests, name === "allof", yes, no);
      return;
    }
    if (tests[0])
      throw new SieveError(tests[0].at, `“${name}” takes no further test; join tests by allof (…) or anyof (…).`);
    if (name === "ihave") {
      this.#jump(this.#ihave(phrase) ? yes : no);
      return;
    }
    this.#leniently(phrase, () => this.#leaf(phrase, yes, no));
  }

  #several(tests: readonly TestPhrase[], all: boolean, yes: Label, no: Label): void {
    for (const [index, test] of tests.entries()) {
      if (index === tests.length - 1) {
        this.#condition(test, yes, no);
        return;
      }
      const next = new Label();
      if (all) this.#condition(test, next, no);
      else this.#condition(test, yes, next);
      this.#bind(next);
    }
  }

  #leaf(phrase: TestPhrase, yes: Label, no: Label): void {
    const spec = TESTS.get(phrase.name);
    if (spec === undefined) {
      const isCommand = ACTIONS.has(phrase.name) || Object.hasOwn(CONTROLS, phrase.name);
      const hint = isCommand ? "is a command and no test." : "is no test that this server knows.";
      throw new SieveError(phrase.at, `“${phrase.name}” ${hint}`);
    }
    const call = new Call(phrase, spec, this);
    this.#readsBody ||= spec.readsBody?.(call) ?? false;
    this.#test(spec.build(call), this.#source(phrase), yes, no);
  }

  #test(test: Test, source: Source, yes: Label, no: Label): void {
    const instruction = { kind: "test" as const, test, source, yes: 0, no: 0 };
    yes.use((at) => {
      instruction.yes = at;
    });
    no.use((at) => {
      instruction.no = at;
    });
    this.#program.push(instruction);
  }

  /** RFC 5463 §4: what is there may be used from here on. */
  #ihave(phrase: TestPhrase): boolean {
    const names = new Call(phrase, IHAVE, this).fixed("capabilities");
    const all = names.every((name) => this.#allowed(name));
    if (all) for (const name of names) this.#enable(name);
    return all;
  }

  #jump(label: Label): void {
    const jump = { kind: "jump" as const, to: 0 };
    label.use((at) => {
      jump.to = at;
    });
    this.#program.push(jump);
  }

  #bind(label: Label): void {
    label.bind(this.#program.length);
  }

  #source({ at, start, end }: CommandPhrase | TestPhrase): Source {
    return { line: at.line, column: at.column, start, end };
  }
}
