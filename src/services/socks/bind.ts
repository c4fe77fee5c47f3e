/**
 * BIND (RFC 1928 §4): a port on which the client expects one connection from the host it named; then a tunnel. Two replies: where the
 * port is, and who has come. Connections from anybody else are closed without a word, and do not use up the wait.
 */

import { passThrough } from "../../gateway/pass-through.ts";
import type { Target } from "../../gateway/visit.ts";
import { normaliseAddress } from "../../net/access.ts";
import type { Connection, Endpoint } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import { type Listener, listen } from "../../net/listener.ts";
import { Reply, replyOctets } from "./codec.ts";
import type { Client, Shared } from "./deps.ts";

/** Resolves when the tunnel has ended, or nobody came. @throws GateRefusal */
export async function acceptFor(shared: Shared, client: Client, target: Target): Promise<void> {
  const { connection, version, visitor } = client;
  const { udpPerClient, udpTotal, bindTimeout } = shared.settings();
  const leave = shared.places.take(connection.remote.address, udpPerClient, udpTotal);
  if (!leave) {
    await connection.write(replyOctets(version, Reply.failure));
    return;
  }
  try {
    const named = await shared.gateway.reachable(visitor, target);
    // SOCKS 4 has no room for another address.
    const peers = version === 4 ? named.filter((address) => !address.includes(":")) : named;
    const door = await Door.open(peers);
    if (!door) {
      await connection.write(replyOctets(version, Reply.hostUnreachable));
      return;
    }
    try {
      await connection.write(replyOctets(version, Reply.succeeded, door.endpoint));
      const peer = await door.wait(connection, bindTimeout * 1_000);
      if (!peer) {
        await connection.write(replyOctets(version, Reply.expired));
        return;
      }
      await introduce(shared, client, target, peer);
    } finally {
      door.close();
    }
  } finally {
    leave();
  }
}

/** The second reply, and the tunnel. @throws GateRefusal */
async function introduce(shared: Shared, client: Client, target: Target, peer: Connection): Promise<void> {
  const { connection, version, visitor } = client;
  try {
    const passing = shared.gateway.begin(visitor, target, peer.remote.address);
    void connection.write(replyOctets(version, Reply.succeeded, peer.remote));
    await passThrough(shared, connection, peer, passing);
  } finally {
    peer.destroy();
  }
}

/** The longest time a timer knows (milliseconds). */
const FOREVER = 0x7fffffff;

/** A port for one connection of a few hosts. */
class Door {
  readonly #came = Promise.withResolvers<Connection>();
  readonly #listener: Listener;
  #taken = false;

  private constructor(
    peers: readonly string[],
    private readonly address: string,
  ) {
    this.#listener = listen({
      ...{ address, port: 0, tls: "none", access: peers, lan: [], proxies: [] },
      caps: { total: 1, perAddress: 1 },
      session: (connection) => this.#arrived(connection),
    });
  }

  /** Opens a port at the address by which the first of the peers reaches this machine; undefined where there is no way. */
  static async open(peers: readonly string[]): Promise<Door | undefined> {
    const [first] = peers;
    const address = first === undefined ? undefined : await ownAddressTowards(first);
    return address === undefined ? undefined : new Door(peers, address);
  }

  get endpoint(): Endpoint {
    return { address: this.address, port: this.#listener.port };
  }

  /** The connection that came; undefined when none did in time. @throws ConnectionClosed when the client has left */
  async wait(client: Connection, ms: number): Promise<Connection | undefined> {
    // The client has nothing to say now: reading is how one hears that it has gone.
    client.deadline(ms);
    const left = client.readSome(1).then(
      (octets) => client.unread(octets),
      (error) => error,
    );
    const first = await Promise.race([this.#came.promise, left]);
    if (first instanceof DeadlineExceeded) return undefined;
    if (first instanceof ConnectionClosed) throw first;
    const peer = first ?? (await Promise.race([this.#came.promise, Bun.sleep(ms), client.closed])) ?? undefined;
    // Nobody else may be reading when the tunnel begins.
    client.deadline(1);
    await left;
    client.deadline(0);
    return peer;
  }

  /** Closes the port if it is still open. */
  close(): void {
    void this.#listener.stop({ graceMs: 0 });
  }

  /** The port closes as soon as somebody has come, who stays. */
  async #arrived(connection: Connection): Promise<void> {
    if (this.#taken) return;
    this.#taken = true;
    void this.#listener.stop({ graceMs: FOREVER });
    this.#came.resolve(connection);
    await connection.closed;
  }
}

/** The address of this machine that a peer would see; the system's routes decide. Nothing is sent. */
async function ownAddressTowards(peer: string): Promise<string | undefined> {
  try {
    const hostname = peer.includes(":") ? "::" : "0.0.0.0";
    const socket = await Bun.udpSocket({ hostname, connect: { hostname: peer, port: 9 }, socket: {} });
    const { address } = socket.address;
    socket.close();
    return normaliseAddress(address);
  } catch {
    return undefined;
  }
}
