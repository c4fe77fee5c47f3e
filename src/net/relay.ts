/**
 * Passes octets between two connections, both ways, until either ends. The web ports stand before their HTTP server with it, and
 * proxies between a client and where it wants to go. Neither side is read faster than the other takes.
 */
import type { Connection } from "./connection.ts";
import { ConnectionClosed } from "./errors.ts";

/** Octets taken at a time. */
const PIECE = 65_536;

/** Resolves when both connections are gone; never rejects for what a peer did. */
export async function relay(left: Connection, right: Connection): Promise<void> {
  await Promise.all([pass(left, right), pass(right, left)]);
}

/** Whoever ends is followed by the other, which is sent what was still on its way. */
async function pass(from: Connection, to: Connection): Promise<void> {
  try {
    for (;;) {
      const octets = await from.readSome(PIECE);
      await Promise.all([to.write(octets), to.flush()]);
    }
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  } finally {
    await to.end();
  }
}
