/** Runs compiled scripts on a message. Nothing is done here: what a script asks for is the outcome. */
import { Turns } from "../turns.ts";
import type { Action, Outcome, Step } from "./outcome.ts";
import { RegexError } from "./regex/parse.ts";
import { Run, RunError, Scope } from "./run.ts";
import type { IncludeRequest, Instruction, Script, Source } from "./script.ts";
import type { SieveMessage, Surroundings } from "./surroundings.ts";
import { TooMuchWork } from "./wildcards.ts";

/** Scripts in scripts (RFC 6609 §3.2 wants three at least). */
const DEEPEST_INCLUDE = 10;
/** Instructions between two looks at the clock. */
const STRIDE = 32;
/** Characters of a test or action that the story shows. */
const LONGEST_SHOWN = 200;

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
    const error = execution.failure(thrown);
    const kept = [{ ...keep, flags: [], rewritten: undefined }];
    return { actions: kept, places: new Map(), error, story: state.story };
  }
  const { actions, places, flags, story, view } = state;
  if (state.keeps) actions.push({ ...keep, flags, rewritten: view.rewritten });
  return { actions, places, error: undefined, story };
}

/** What is said of a script that fails; undefined for a fault of ours, or of the surroundings. */
function reasonOf(thrown: unknown): string | undefined {
  if (thrown instanceof TooMuchWork) return "it takes too long with this message.";
  if (thrown instanceof RegexError) return `this is no regular expression: ${thrown.message}`;
  return thrown instanceof RunError ? thrown.message : undefined;
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
  /** Where the instruction at hand stands, and in which text. */
  #source: Source | undefined;
  #text = "";
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
        this.#source = instruction.source;
        const held = instruction.test(state);
        if (state.explains) this.#tell(instruction.source, { kind: "test", held, why: state.because });
        frame.at = held ? instruction.yes : instruction.no;
        return;
      }
      case "act":
        this.#source = instruction.source;
        instruction.act(state);
        if (frame.scope.name === undefined) this.#place(instruction.source);
        if (state.explains) this.#tell(instruction.source, { kind: "action", why: state.because });
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

  /** Notes where the latest actions were asked for. */
  #place(source: Source): void {
    const { actions, places } = this.state;
    for (let at = actions.length - 1; at >= 0; at--) {
      const action = actions[at] as Action;
      if (!places.has(action)) places.set(action, source);
    }
  }

  /** How the script failed. Throws on what is no failure of the script. */
  failure(thrown: unknown): Outcome["error"] {
    const { state } = this;
    const reason = reasonOf(thrown);
    if (reason === undefined) throw thrown;
    const source = this.#source ?? { line: 1, column: 1, start: 0, end: 0 };
    if (state.explains) this.#tell(source, { kind: "error", why: reason });
    return { line: source.line, column: source.column, reason, script: state.scope.name };
  }

  /** Notes a line of the story. */
  #tell({ line, column, start, end }: Source, step: Pick<Step, "kind" | "why" | "held">): void {
    const { state } = this;
    const what = this.#text.slice(start, Math.min(end, start + 4 * LONGEST_SHOWN)).replace(/\s+/g, " ");
    const shown = what.length > LONGEST_SHOWN ? `${what.slice(0, LONGEST_SHOWN - 1)}…` : what;
    state.story.push({ line, column, script: state.scope.name, what: shown, ...step });
    state.because = "";
  }

  async #enter(script: Script, scope: Scope, key: string): Promise<Frame> {
    const { state } = this;
    const { matched } = state;
    if (script.readsBody && !state.view.isLoaded) await state.view.load(state.limits.bodyOctets);
    state.scope = scope;
    this.#text = script.text;
    this.#source = undefined;
    return { script, scope, matched, key, at: 0 };
  }

  #leave({ matched }: Frame): Frame | undefined {
    const caller = this.#frames.pop();
    if (caller !== undefined) {
      this.state.scope = caller.scope;
      this.#text = caller.script.text;
      this.state.matched = matched;
    }
    return caller;
  }

  async #include(frame: Frame, { name, location, once, optional }: IncludeRequest, source: Source): Promise<Frame> {
    const { state } = this;
    this.#source = source;
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
    if (state.explains) this.#tell(source, { kind: "note", why: `The script “${script}” runs.` });
    this.#frames.push(frame);
    return this.#enter(found, new Scope(script), key);
  }
}
