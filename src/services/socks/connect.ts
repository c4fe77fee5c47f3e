/** CONNECT (RFC 1928 §4): a connection to the target, and from then on a tunnel. */
import { passThrough } from "../../gateway/pass-through.ts";
import type { Target } from "../../gateway/visit.ts";
import { Reply, replyOctets } from "./codec.ts";
import type { Client, Shared } from "./deps.ts";

/** Resolves when the tunnel has ended. @throws GateRefusal */
export async function connectTo(shared: Shared, client: Client, target: Target): Promise<void> {
  const { connection, version, visitor } = client;
  const trip = await shared.gateway.open(visitor, target, { signal: connection.signal });
  void connection.write(replyOctets(version, Reply.succeeded, trip.connection.local));
  await passThrough(shared, connection, trip.connection, trip.passing);
}
