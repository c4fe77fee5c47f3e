/**
 * The table of SMTP commands. The session dispatches by it, EHLO and HELP are made from it, and so is the reference in
 * the documentation.
 */
import { bdat, data } from "./data.ts";
import { etrn } from "./etrn.ts";
import { ehlo, helo, help, noop, quit, rset, starttls } from "./hello.ts";
import { auth } from "./login.ts";
import { expn, mail, rcpt, vrfy } from "./mail.ts";
import type { SmtpSession, State } from "./session.ts";

/** One command: where it may stand, how it is written, what it brings to EHLO, and what it does. */
export interface Command {
  readonly verb: string;
  readonly states: readonly State[];
  /** As HELP shows it. */
  readonly syntax: string;
  readonly rfc: string;
  /** One sentence for HELP and the documentation. */
  readonly summary: string;
  /** Whether it leads to no message by itself, so that many in a row are only a burden. */
  readonly idle: boolean;
  /** The EHLO keywords that stand for it in this session (RFC 5321 §4.1.1.1). */
  keywords?(session: SmtpSession): string[];
  /** Gives the complete reply; throws a Refusal for one made from it. `rest` is what follows the verb. */
  run(session: SmtpSession, rest: string): string | Promise<string>;
}

/** All commands by verb, in the order of HELP. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [ehlo, helo, mail, rcpt, data, bdat, rset, noop, quit, vrfy, expn, etrn, help, starttls, auth].map((command) => [
    command.verb,
    command,
  ]),
);
