/** Runs compiled scripts on a message. Nothing is done here: what a script asks for is the outcome. */
import { Turns } from "../turns.ts";
import type { Outcome } from "./outcome.ts";
import { RegexError } from "./regex/parse.ts";
import { Run, RunError, Scope } from "./run.ts";
import type { IncludeRequest, Instruction, Script, Source } from "./script.ts";
import type { SieveMessage, Surroundings } from "./surroundings.ts";
import { TooMuchWork } from "./wildcards.ts";

/** Scripts in scripts (RFC 6609 §3.2 wants three at least). */
const DEEPEST_INCLUDE = 10;
/** Instructions between two looks at the clock. */
const STRIDE = 32;

/**
 * Runs a script on a message. A script that fails leaves the message kept, and nothing else done (RFC 5228 §2.10.6). Never throws for
 * anything that a script or a message can do; what the surroundings throw passes through.
 */
export async function run(script: Script, message: SieveMessage, surroundings: Surroundings): Promise<Outcome> {
  const state = new Run(message, surroundings);
  const execution = new Execution(state, surroundings.turns ?? new Turns());
  const keep = { kind: "keep", implicit: true } as const;
  try {
    await execution.run(script);
  } catch (thrown) {
    const error = failure(thrown, execution, state);
    return { actions: [{ ...keep, flags: [], rewritten: undefined }], error, story: state.story };
  }
  const { actions, flags, story, view } = state;
  if (state.keeps) actions.push({ ...keep, flags, rewritten: view.rewritten });
  return { actions, error: undefined, story };
}

function failure(thrown: unknown, execution: Execution, state: Run): Outcome["error"] {
  const reason =
    thrown instanceof TooMuchWork
      ? "it takes too long with this message."
      : thrown instanceof RegexError
        ? `this is no regular expression: ${thrown.message}`
        : thrown instanceof RunError
          ? thrown.message
          : undefined;
  // A fault of ours, or of the surroundings.
  if (reason === undefined) throw thrown;
  const source = execution.source ?? { line: 1, column: 1, what: "" };
  if (state.explains) state.tell(source, { kind: "error", why: reason });
  const { line, column } = source;
  return { line, column, reason, script: state.scope.name };
}

/** A script under way and where it goes on. */
interface Frame {
  readonly script: Script;
  readonly scope: Scope;
  readonly matched: string[] | undefined;
  readonly key: string;
  at: number;
}

class Execution {
  /** Those that wait for a script they include. */
  readonly #frames: Frame[] = [];
  readonly #included = new Set<string>();
  /** The instruction at hand, for errors. */
  source: Source | undefined;
  #steps = 0;

  constructor(
    private readonly state: Run,
    private readonly turns: Turns,
  ) {}

  async run(script: Script): Promise<void> {
    const { state } = this;
    let frame = await this.#enter(script, state.scope, "");
    for (;;) {
      const instruction = frame.script.program[frame.at];
      if (++this.#steps > state.limits.steps) throw new RunError(`it has more than ${state.limits.steps} steps.`);
      if (this.#steps % STRIDE === 0 && this.turns.over) await this.turns.next();
      if (instruction === undefined || instruction.kind === "return") {
        const caller = this.#leave(frame);
        if (caller === undefined) return;
        frame = caller;
      } else if (instruction.kind === "stop") return;
      else if (instruction.kind === "include") {
        frame.at++;
        frame = await this.#include(frame, instruction.request, instruction.source);
      } else this.#step(frame, instruction);
    }
  }

  #step(frame: Frame, instruction: Exclude<Instruction, { kind: "include" | "return" | "stop" }>): void {
    const { state } = this;
    const { loops } = state.scope;
    switch (instruction.kind) {
      case "test": {
        this.source = instruction.source;
        const held = instruction.test(state);
        if (state.explains) this.#tell(instruction.source, "test", held);
        frame.at = held ? instruction.yes : instruction.no;
        return;
      }
      case "act":
        this.source = instruction.source;
        instruction.act(state);
        if (state.explains) this.#tell(instruction.source, "action");
        frame.at++;
        return;
      case "jump":
        frame.at = instruction.to;
        return;
      case "parts": {
        const { part, view } = state;
        // Inside of another loop, the parts in the part at hand.
        const parts = part === undefined ? view.parts() : view.parts(part).slice(1);
        if (parts.length === 0) {
          frame.at = instruction.end;
          return;
        }
        loops.push({ parts, next: 1 });
        frame.at++;
        return;
      }
      case "nextPart": {
        const loop = loops.at(-1);
        if (loop !== undefined && loop.next < loop.parts.length) {
          loop.next++;
          frame.at = instruction.body;
          return;
        }
        loops.pop();
        frame.at++;
        return;
      }
      case "break":
        loops.length -= instruction.loops;
        frame.at = instruction.to;
    }
  }

  #tell(source: Source, kind: "test" | "action", held?: boolean): void {
    const { state } = this;
    state.tell(source, held === undefined ? { kind, why: state.because } : { kind, held, why: state.because });
    state.because = "";
  }

  async #enter(script: Script, scope: Scope, key: string): Promise<Frame> {
    const { state } = this;
    const { matched } = state;
    if (script.readsBody && !state.view.isLoaded) await state.view.load(state.limits.bodyOctets);
    state.scope = scope;
    return { script, scope, matched, key, at: 0 };
  }

  #leave({ matched }: Frame): Frame | undefined {
    const caller = this.#frames.pop();
    if (caller !== undefined) {
      this.state.scope = caller.scope;
      this.state.matched = matched;
    }
    return caller;
  }

  async #include(frame: Frame, { name, location, once, optional }: IncludeRequest, source: Source): Promise<Frame> {
    const { state } = this;
    this.source = source;
    const script = state.text(name);
    const key = `${location} ${script}`;
    if (once && this.#included.has(key)) return frame;
    if (frame.key === key || this.#frames.some((one) => one.key === key))
      throw new RunError(`the script “${script}” includes itself.`);
    if (this.#frames.length >= DEEPEST_INCLUDE)
      throw new RunError(`scripts include each other more than ${DEEPEST_INCLUDE} deep.`);
    const found = state.surroundings.include(location, script);
    if (found === undefined) {
      if (optional) return frame;
      throw new RunError(`there is no script “${script}” to include.`);
    }
    this.#included.add(key);
    if (state.explains) state.tell(source, { kind: "note", why: `The script “${script}” runs.` });
    this.#frames.push(frame);
    return this.#enter(found, new Scope(script), key);
  }
}
