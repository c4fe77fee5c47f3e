/**
 * A compiled script: a flat list of instructions with jumps. Tests and actions are closures with all their constant arguments
 * looked up, folded and parsed beforehand; allof, anyof, not, if and loops are jumps. So a run is one loop that can stop for a
 * moment anywhere, and that counts what it does.
 */
import type { Place } from "./error.ts";
import type { Run } from "./run.ts";
import type { Text } from "./text.ts";

/** Whether a test holds. */
export type Test = (run: Run) => boolean;
/** Does something in a run. */
export type Act = (run: Run) => void;

/** Where an instruction stands in the script's text, for errors and the story. */
export interface Source extends Place {
  /** Offsets of its text. */
  readonly start: number;
  readonly end: number;
}

export type Instruction =
  | { readonly kind: "test"; readonly test: Test; readonly source: Source; yes: number; no: number }
  | { readonly kind: "act"; readonly act: Act; readonly source: Source }
  | { readonly kind: "jump"; to: number }
  /** Begins the loop of a foreverypart (RFC 5703 §3) with the parts of the message or of the part at hand. */
  | { readonly kind: "parts"; readonly source: Source; end: number }
  /** Goes to the next part: to `body` if there is one, else on. */
  | { readonly kind: "nextPart"; readonly body: number }
  /** Leaves so many loops. */
  | { readonly kind: "break"; readonly loops: number; to: number }
  | { readonly kind: "include"; readonly request: IncludeRequest; readonly source: Source }
  | { readonly kind: "return" }
  | { readonly kind: "stop" };

/** Another script that is to be run at this place (RFC 6609 §3.2). */
export interface IncludeRequest {
  readonly name: Text;
  readonly location: "personal" | "global";
  /** Not again, if it was run already. */
  readonly once: boolean;
  /** Nothing is wrong if there is none. */
  readonly optional: boolean;
}

/** A script that was checked and may be run any number of times. */
export interface Script {
  readonly text: string;
  readonly program: readonly Instruction[];
  /** The extensions it requires. */
  readonly extensions: ReadonlySet<string>;
  /** Some instruction looks into the body, or at the headers of parts. */
  readonly readsBody: boolean;
  /** What is allowed and yet hardly meant, e.g. a header field that cannot exist. */
  readonly warnings: readonly (Place & { readonly reason: string })[];
}
