/** CONNECT (RFC 1928 §4): a connection to the target, and from then on a tunnel. */
import type { Passing } from "../../gateway/gateway.ts";
import type { Target } from "../../gateway/visit.ts";
import type { Connection } from "../../net/connection.ts";
import { Reply, replyOctets } from "./codec.ts";
import type { Client, Shared } from "./deps.ts";

/** Resolves when the tunnel has ended. @throws GateRefusal */
export async function connectTo(shared: Shared, client: Client, target: Target): Promise<void> {
  const { connection, version, visitor } = client;
  const trip = await shared.gateway.open(visitor, target, { signal: connection.signal });
  void connection.write(replyOctets(version, Reply.succeeded, trip.connection.local));
  await passThrough(shared, connection, trip.connection, trip.passing);
}

/** Passes octets until both ends are gone, and counts them. */
export async function passThrough(
  { tunnels, settings }: Shared,
  client: Connection,
  peer: Connection,
  passing: Passing,
): Promise<void> {
  try {
    const tunnel = tunnels.open(client, peer, {
      idleMs: settings().tunnelIdle * 1_000,
      bucket: passing.bucket,
      onProgress: (passed) => passing.count(passed),
    });
    passing.onCut(() => tunnel.end());
    passing.count(await tunnel.done);
  } finally {
    passing.close();
  }
}
