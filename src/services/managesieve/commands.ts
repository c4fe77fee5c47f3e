/** The table of ManageSieve commands; the session dispatches by it, and the documentation is made from it. */
import { authenticate, logout, starttls, unauthenticate } from "./login.ts";
import type { Arguments } from "./parse.ts";
import {
  capability,
  checkscript,
  deletescript,
  getscript,
  havespace,
  listscripts,
  noop,
  putscript,
  renamescript,
  setactive,
} from "./scripts.ts";
import type { ManageSieveSession, State } from "./session.ts";

/** One command: where it may stand, how it is written, and what it does. */
export interface Command {
  readonly verb: string;
  readonly states: readonly State[];
  readonly syntax: string;
  readonly rfc: string;
  /** One sentence for the documentation. */
  readonly summary: string;
  /** Gives the response; throws a Refusal or a GrammarError for a negative one. */
  run(session: ManageSieveSession, args: Arguments): string | Promise<string>;
}

/** All commands by verb. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    ...[capability, starttls, authenticate, havespace, putscript, listscripts, setactive, getscript, deletescript],
    ...[renamescript, checkscript, noop, unauthenticate, logout],
  ].map((command) => [command.verb, command]),
);
