/**
 * Sieve: what becomes of a message, said by its recipient in a language that cannot harm anybody (RFC 5228 and the extensions of
 * table.ts). Pure: `compile` checks a script and says in plain words what is wrong with it, `run` asks it about one message; what
 * comes out are actions as values, which delivery carries out. Called by delivery, ManageSieve and the pages that edit rules.
 *
 * The way of a script: lexer.ts → grammar.ts (phrases) → compiler.ts, which holds each phrase against table.ts (call.ts) and makes
 * instructions (script.ts) → interpreter.ts, which runs them with the state in run.ts. commands/ has a file for each extension.
 * Matching is in matching.ts, comparators.ts, wildcards.ts and regex/; the message as scripts see it in view.ts and fields.ts.
 */
export { type CompileOptions, compile, compileInTurns } from "./compiler.ts";
export { type Place, SieveError } from "./error.ts";
export { SCRIPT_LIMITS } from "./grammar.ts";
export { run } from "./interpreter.ts";
export type * from "./outcome.ts";
export type { Script } from "./script.ts";
export {
  bareSurroundings,
  RUN_LIMITS,
  type RunLimits,
  type SieveEnvelope,
  type SieveMessage,
  type Surroundings,
} from "./surroundings.ts";
export { EXTENSIONS } from "./table.ts";
