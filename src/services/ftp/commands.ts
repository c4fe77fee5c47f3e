/** The table of FTP commands; the session dispatches by it, HELP, FEAT and the documentation are made from it. */
import { cdup, cwd, dele, hash, mdtm, mfmt, mkd, pwd, rmd, rnfr, rnto, site, size } from "./folders.ts";
import { list, mlsd, mlst, nlst } from "./listing.ts";
import { acct, auth, ccc, pass, pbsz, prot, quit, rein, user } from "./login.ts";
import type { FtpSession } from "./session.ts";
import { allo, clnt, csid, feat, help, mode, noop, opts, smnt, stru, syst, type } from "./settling.ts";
import { abor, appe, eprt, epsv, pasv, port, rest, retr, stat, stor, stou } from "./transfers.ts";

/** One command: where it may stand, how it is written, what it brings to FEAT, and what it does. */
export interface Command {
  readonly verb: string;
  /** Older names of the same (RFC 775, RFC 1123 §4.1.3.1). */
  readonly also?: readonly string[];
  /** Before the login too, or after it only. */
  readonly states: "any" | "in";
  readonly syntax: string;
  readonly rfc: string;
  /** One sentence for the documentation. */
  readonly summary: string;
  /** It changes files: the permission Upload / Modify is asked. */
  readonly modifies?: true;
  /** The lines that stand for it in FEAT (RFC 2389 §3). */
  features?(session: FtpSession): string[];
  /** Gives the reply, or "" where it comes later; throws a Refusal for a negative one. */
  run(session: FtpSession, rest: string): string | Promise<string>;
}

const TABLE: readonly Command[] = [
  ...[user, pass, acct, rein, quit, auth, pbsz, prot, ccc],
  ...[cwd, cdup, pwd, mkd, rmd, dele, rnfr, rnto, size, mdtm, mfmt, hash, site],
  ...[list, nlst, mlsd, mlst, stat],
  ...[retr, stor, appe, stou, rest, allo, abor, pasv, epsv, port, eprt],
  ...[type, mode, stru, feat, opts, help, syst, noop, clnt, csid, smnt],
];

/** All commands by verb, their older names not among them. */
export const commands: ReadonlyMap<string, Command> = new Map(TABLE.map((command) => [command.verb, command]));

const named = new Map(
  TABLE.flatMap((command) => [command.verb, ...(command.also ?? [])].map((verb) => [verb, command])),
);

/** The command of a verb or an older name of it. */
export function commandOf(verb: string): Command | undefined {
  return named.get(verb);
}
