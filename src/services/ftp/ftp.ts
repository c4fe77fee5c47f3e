/**
 * FTP: the folders of people for whoever wants them as files (ports 21 and 990). The appliance runs a session on each connection.
 *
 * RFC 959 (all of it but record and page structure, block and compressed mode), RFC 1123 §4.1, RFC 2228 and RFC 4217 (TLS), RFC 2389 (FEAT,
 * OPTS), RFC 2428 (EPSV, EPRT), RFC 2577 (what must not be possible), RFC 2640 (UTF-8), RFC 3659 (MLSD, MLST, SIZE, MDTM, REST), and HASH and
 * MFMT of two drafts. Guests where the guest entry may log in: for reading, in a folder of their own (RFC 1635).
 *
 * Session (session.ts), table of commands (commands.ts) and the commands by family; a data connection is a Channel, what goes over it a
 * Transfer. Everything that touches a disk is done by the jail of src/files.
 */
export { Crowd } from "./crowd.ts";
export { ftpSettings } from "./settings.ts";

import type { Connection } from "../../net/connection.ts";
import { type FtpDeps, FtpSession } from "./session.ts";

export type { FtpDeps } from "./session.ts";

/** Serves one connection; resolves when it is over, never rejects. */
export function ftpSession(connection: Connection, deps: FtpDeps): Promise<void> {
  return new FtpSession(connection, deps).run();
}
