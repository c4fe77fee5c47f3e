/**
 * The FTP proxy (port 2121): reaches FTP servers for the people of the LAN, who log in to it with their own name and password or come as
 * guests, by the gateway's rules. The appliance runs a session on each connection.
 *
 * RFC 959, RFC 2389 (FEAT), RFC 2428 (EPSV, EPRT), RFC 2577 (no bounce), RFC 4217 (TLS on either side by itself).
 */
import type { Connection } from "../../../net/connection.ts";
import { type FtpProxyDeps, FtpProxySession } from "./session.ts";

export { ftpProxySettings } from "./settings.ts";

/** Serves one connection; never rejects. */
export async function ftpProxySession(connection: Connection, deps: FtpProxyDeps): Promise<void> {
  await new FtpProxySession(connection, deps).run();
}
