/** The table of POP3 commands; the session dispatches by it, CAPA and the documentation are made from it. */
import { auth, pass, stls, user, utf8 } from "./login.ts";
import { capa, dele, list, noop, quit, retr, rset, stat, top, uidl } from "./messages.ts";
import type { Pop3Session, State } from "./session.ts";

/** One command: where it may stand, how it is written, what it brings to CAPA, and what it does. */
export interface Command {
  readonly verb: string;
  readonly states: readonly State[];
  readonly syntax: string;
  readonly rfc: string;
  /** One sentence for the documentation. */
  readonly summary: string;
  /** The capabilities that stand for it in this session (RFC 2449 §5). */
  capabilities?(session: Pop3Session): string[];
  /** Gives the response, or what is left of it after what it sent; throws a Refusal for a negative one. */
  run(session: Pop3Session, rest: string): string | Promise<string>;
}

/** All commands by verb. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [user, pass, auth, stls, utf8, capa, stat, list, retr, dele, noop, rset, top, uidl, quit].map((command) => [
    command.verb,
    command,
  ]),
);
