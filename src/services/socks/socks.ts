/**
 * SOCKS 4, 4A and 5 (port 1080): connections and datagrams for the programs of the local network, to wherever the gateway lets them go.
 * The appliance gives it connections; the gateway judges and dials, the net room passes the octets.
 *
 * What holds here: nothing is opened before the gateway has said yes; a port that is opened for a client (BIND, UDP ASSOCIATE) is for
 * the peers that it named and goes with its connection; who writes nonsense gets the protocol's answer, a strike, and is closed.
 *
 * RFC 1928, RFC 1929; SOCKS 4 and 4A.
 */
import type { Visitor } from "../../gateway/gateway.ts";
import { targetHost } from "../../gateway/hosts.ts";
import { GateRefusal, type Scheme, type Target } from "../../gateway/visit.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import { acceptFor } from "./bind.ts";
import * as codec from "./codec.ts";
import { connectTo } from "./connect.ts";
import { type Client, replyFor, type Shared, type SocksDeps } from "./deps.ts";
import { Handshake, Malformed, TurnedAway } from "./handshake.ts";
import { Places } from "./places.ts";
import { socksSettings } from "./settings.ts";
import { associate } from "./udp.ts";

/** The time in which a client takes its last answer (milliseconds). */
const LAST_WORD = 5_000;

/** The service: one session for each connection. */
export function socksService(deps: SocksDeps): { session(connection: Connection): Promise<void> } {
  const shared: Shared = { ...deps, places: new Places(), settings: () => deps.store.settings.get(socksSettings) };
  return { session: (connection) => serve(shared, connection) };
}

async function serve(shared: Shared, connection: Connection): Promise<void> {
  try {
    const { user, request } = await new Handshake(shared, connection).run();
    connection.deadline(0);
    const { id, remote } = connection;
    const visitor: Visitor = { service: "socks", user, remote: remote.address, session: id };
    await answer(shared, { connection, version: request.version, visitor }, request);
  } catch (error) {
    if (error instanceof Malformed) await dismiss(shared, connection, error);
    else if (!(error instanceof TurnedAway)) throw error;
  }
}

/** Says what was wrong, and counts it against the client. */
async function dismiss({ auth }: Shared, connection: Connection, { message, answer }: Malformed): Promise<void> {
  auth.lockout.strike(connection.remote.address, "protocol", { detail: `SOCKS: ${message}` });
  if (answer === undefined) return;
  connection.deadline(LAST_WORD);
  await connection.write(answer);
}

const SCHEMES: Readonly<Record<number, Scheme>> = {
  [codec.CONNECT]: "tunnel",
  [codec.BIND]: "tunnel",
  [codec.UDP_ASSOCIATE]: "udp",
};

async function answer(shared: Shared, client: Client, request: codec.Request): Promise<void> {
  const { connection, version } = client;
  const { command, port } = request;
  const { bind, udp } = shared.settings();
  const scheme = SCHEMES[command];
  const offered = command === codec.CONNECT || (command === codec.BIND && bind) || (version === 5 && udp);
  if (scheme === undefined || !offered) {
    await connection.write(codec.replyOctets(version, codec.Reply.commandUnsupported));
    return;
  }
  try {
    if (command === codec.UDP_ASSOCIATE) return await associate(shared, client, request);
    const host = targetHost(request.host);
    if (host === undefined) throw new GateRefusal("unresolved", "That is no host name.");
    const target: Target = { host, port, scheme };
    await (command === codec.CONNECT ? connectTo(shared, client, target) : acceptFor(shared, client, target));
  } catch (error) {
    if (error instanceof ConnectionClosed || error instanceof DeadlineExceeded) throw error;
    const reply = error instanceof GateRefusal ? replyFor(error) : codec.Reply.failure;
    connection.deadline(LAST_WORD);
    await connection.write(codec.replyOctets(version, reply));
    if (!(error instanceof GateRefusal)) throw error;
  }
}
