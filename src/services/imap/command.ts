/**
 * What a command is: one value in one table, from which the session, CAPABILITY and the reference are made. Adding a
 * command means adding a value of this type to a family's file and to the table.
 */
import type { Parser } from "./parse.ts";
import type { Session } from "./session.ts";

/** Session states (RFC 9051 §3). */
export type State = "notAuthenticated" | "authenticated" | "selected";

/** What a command that succeeded adds to its tagged OK. */
export interface Completion {
  /** NO for a command that did part of its work (RFC 7162 §3.1.3). */
  readonly condition?: "OK" | "NO";
  /** Response code without its brackets; a function where it depends on what is told before the tagged response. */
  readonly code?: string | (() => string);
  readonly text?: string;
}

/** One command of the protocol. */
export interface Command<A = unknown> {
  /** In capitals; "UID FETCH" and the like are commands of their own. */
  readonly verb: string;
  readonly states: readonly State[];
  /** Where it is defined. */
  readonly rfc: string;
  /** Its arguments, for the reference. */
  readonly usage: string;
  /** One sentence for the reference. */
  readonly about: string;
  /** Capabilities that this command brings. */
  readonly capabilities?: readonly string[];
  /** Whether it is offered as the settings are now; left out where it always is. */
  readonly offered?: (session: Session) => boolean;
  /** Message numbers are in use while it runs, so that no EXPUNGE may be sent (RFC 9051 §7.5.1). */
  readonly holdsNumbers?: true;
  /** It names messages by number or answers with numbers, and is refused to clients of UIDs only (RFC 9586 §3). */
  readonly speaksNumbers?: true;
  /** `syntax` reads the beginning only; `run` reads the rest itself, and takes literals as they come. */
  readonly streams?: true;
  /** Reads the arguments, from the space after the verb on. */
  syntax(p: Parser, session: Session): A;
  /** Does the work; throws a Refusal or No for NO and a GrammarError for BAD. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands complete without anything to add
  run(session: Session, args: A): Promise<Completion | void>;
}

/** Types a command by what its syntax gives. */
export function command<A>(definition: Command<A>): Command<A> {
  return definition;
}

/** The syntax of a command without arguments. */
export function noArguments(): undefined {
  return undefined;
}

/** Every state after login. */
export const LOGGED_IN: readonly State[] = ["authenticated", "selected"];
/** Every state. */
export const ANY_STATE: readonly State[] = ["notAuthenticated", ...LOGGED_IN];
