/**
 * SMTP: takes mail from other servers (port 25) and from users (587, 465). The appliance runs a session on each connection;
 * messages go to transport, which answers once they are on disk.
 *
 * RFC 5321, with PIPELINING (2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531), ENHANCEDSTATUSCODES (2034, 3463),
 * CHUNKING and BINARYMIME (3030), DSN (3461), STARTTLS (3207), AUTH (4954), LIMITS (9422), REQUIRETLS (8689), ETRN (1985); submission by
 * RFC 6409 and 8314. No open relay: transport refuses, at RCPT, whom neither a login nor a trusted network lets out.
 */
import type { Connection } from "../../net/connection.ts";
import { type SmtpDeps, type SmtpKind, SmtpSession } from "./session.ts";

/** Serves one connection; resolves when it is over, never rejects. */
export function smtpSession(connection: Connection, deps: SmtpDeps, kind: SmtpKind): Promise<void> {
  return new SmtpSession(connection, deps, kind).run();
}
