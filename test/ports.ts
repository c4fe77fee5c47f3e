/** Ports on loopback for the servers of other makers, which want to be told theirs. */

/** A port that is free now: below those that the system gives to outgoing connections, of which other tests make many meanwhile. */
export function freePort(hostname = "127.0.0.1"): number {
  for (;;) {
    const port = 5_000 + Math.floor(Math.random() * 5_000);
    try {
      Bun.listen({ hostname, port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody listens there.
    }
  }
}

/** Whether somebody listens there. */
export async function listens(port: number, hostname = "127.0.0.1"): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname, port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
