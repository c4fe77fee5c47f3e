/** The end of every trip through SOCKS, CONNECT or a switch of protocols: octets that pass both ways, seen by nobody. */
import type { Connection } from "../net/connection.ts";
import type { Tunnels } from "../net/tunnels.ts";
import type { Passing } from "./visit.ts";

/** What passing needs. */
export interface PassingThrough {
  readonly tunnels: Tunnels;
  readonly settings: () => { /** Seconds without an octet after which a tunnel ends. */ readonly tunnelIdle: number };
}

/** Passes octets until both ends are gone, and counts them; then the trip is over. */
export async function passThrough(
  { tunnels, settings }: PassingThrough,
  client: Connection,
  peer: Connection,
  passing: Passing,
): Promise<void> {
  try {
    // The tunnel has a time of its own.
    client.deadline(0);
    peer.deadline(0);
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
