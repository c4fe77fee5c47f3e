/**
 * UDP ASSOCIATE (RFC 1928 §4 and §7): a port that takes datagrams from the client and sends them on, and sends back to it what comes from
 * those it wrote to. It lives as long as the connection it was asked for on.
 *
 * Only the client's address may use the port, and of it only the port that it named or wrote from first. Answers are taken only from where
 * something was sent to. Fragments are dropped, as §7 allows. Where a datagram goes is judged by the gateway, once for each destination.
 */
import type { Passing } from "../../gateway/gateway.ts";
import { targetHost } from "../../gateway/hosts.ts";
import { GateRefusal } from "../../gateway/visit.ts";
import { normaliseAddress } from "../../net/access.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import { datagramOctets, parseDatagram, Reply, type Request, replyOctets } from "./codec.ts";
import type { Client, Shared } from "./deps.ts";

/** Destinations of one association that are known at once; the oldest makes room. */
const DESTINATIONS = 256;
/** Datagrams that wait until their destination has been judged. */
const WAITING = 64;
/** How long a judgement holds, in milliseconds. */
const JUDGED_MS = 60_000;
/** The largest datagram that fits behind the head of one to the client. */
const LARGEST = 65_507 - 22;
/** Octets on the connection of an association that are thrown away at a time; there should be none. */
const STRAY = 4_096;

/** A host and port that the client sends to. */
interface Destination {
  readonly port: number;
  /** Undefined where nothing may be sent. */
  address: string | undefined;
  passing: Passing | undefined;
  judgedUntil: number;
  /** Datagrams that wait for the judgement; undefined when there is none under way. */
  waiting: Uint8Array[] | undefined;
}

/** Resolves when the connection has ended, or nothing was passed for long. @throws GateRefusal */
export async function associate(shared: Shared, client: Client, request: Request): Promise<void> {
  const { connection, version } = client;
  const { udpPerClient, udpTotal } = shared.settings();
  const leave = shared.places.take(connection.remote.address, udpPerClient, udpTotal);
  if (!leave) {
    await connection.write(replyOctets(version, Reply.failure));
    return;
  }
  const association = new Association(shared, client, request.port);
  try {
    const bound = await association.open();
    await connection.write(replyOctets(version, Reply.succeeded, bound));
    await association.last();
  } finally {
    association.close();
    leave();
  }
}

type UdpSocket = Bun.udp.Socket<"buffer">;

class Association {
  /** Towards the client, and outward by family. */
  #inner: UdpSocket | undefined;
  readonly #outer: Partial<Record<4 | 6, UdpSocket>> = {};
  /** The client's port; 0 until it is known. */
  #clientPort: number;
  /** By host and port as the client writes them. */
  readonly #destinations = new Map<string, Destination>();
  /** Who may answer: address and port of destinations that were sent to. */
  readonly #peers = new Map<string, Destination>();
  #waiting = 0;
  #movedAt = performance.now();
  #closed = false;

  constructor(
    private readonly shared: Shared,
    private readonly client: Client,
    port: number,
  ) {
    this.#clientPort = port;
  }

  /** Opens the port, at the address that the client is connected to. */
  async open(): Promise<{ address: string; port: number }> {
    const { local, remote } = this.client.connection;
    const error = () => {};
    this.#inner = await Bun.udpSocket({
      hostname: local.address,
      port: 0,
      socket: {
        error,
        data: (_socket, data, port, address) => {
          if (normaliseAddress(address) === remote.address) this.#fromClient(data, port);
        },
      },
    });
    for (const family of [4, 6] as const) {
      this.#outer[family] = await Bun.udpSocket({
        hostname: family === 4 ? "0.0.0.0" : "::",
        port: 0,
        socket: {
          error,
          data: (_socket, data, port, address) => this.#fromPeer(data, port, normaliseAddress(address)),
        },
      }).catch(() => undefined);
    }
    return { address: local.address, port: this.#inner.port };
  }

  /** Resolves when the client has ended its connection, or nothing was passed for long. */
  async last(): Promise<void> {
    const { connection } = this.client;
    const idleMs = this.shared.settings().udpIdle * 1_000;
    for (;;) {
      const left = this.#movedAt + idleMs - performance.now();
      if (left <= 0 || this.#closed) return;
      connection.deadline(left);
      try {
        await connection.readSome(STRAY);
      } catch (error) {
        if (error instanceof ConnectionClosed) return;
        if (!(error instanceof DeadlineExceeded)) throw error;
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#inner?.close();
    this.#outer[4]?.close();
    this.#outer[6]?.close();
    for (const destination of this.#destinations.values()) destination.passing?.close();
    this.#destinations.clear();
    this.#peers.clear();
  }

  #fromClient(octets: Uint8Array, port: number): void {
    if (this.#clientPort !== 0 && port !== this.#clientPort) return;
    const datagram = parseDatagram(octets);
    if (!datagram || datagram.port === 0) return;
    this.#clientPort = port;
    this.#movedAt = performance.now();
    const key = `${datagram.host} ${datagram.port}`;
    const destination = this.#destinations.get(key) ?? this.#meet(key, datagram.port);
    if (destination.waiting === undefined && destination.judgedUntil > performance.now()) {
      this.#send(destination, datagram.data);
      return;
    }
    if (this.#waiting < WAITING) {
      this.#waiting++;
      // The socket's own octets are overwritten by the next datagram.
      const copy = datagram.data.slice();
      if (destination.waiting) destination.waiting.push(copy);
      else {
        destination.waiting = [copy];
        void this.#judge(destination, datagram.host, key);
      }
    }
  }

  #meet(key: string, port: number): Destination {
    const [oldest] = this.#destinations.keys();
    if (this.#destinations.size >= DESTINATIONS && oldest !== undefined) this.#forget(oldest);
    const destination: Destination = {
      port,
      address: undefined,
      passing: undefined,
      judgedUntil: 0,
      waiting: undefined,
    };
    this.#destinations.set(key, destination);
    return destination;
  }

  #forget(key: string): void {
    const destination = this.#destinations.get(key);
    this.#destinations.delete(key);
    if (destination) this.#bar(destination);
  }

  /** Nothing more goes to a destination or comes from it. */
  #bar(destination: Destination): void {
    destination.passing?.close();
    destination.passing = undefined;
    const peer = `${destination.address} ${destination.port}`;
    if (this.#peers.get(peer) === destination) this.#peers.delete(peer);
    destination.address = undefined;
  }

  /** Asks the gateway where a destination is and whether it may be reached; then sends what has waited. Never rejects. */
  async #judge(destination: Destination, host: string, key: string): Promise<void> {
    const { gateway, store } = this.shared;
    const { connection, visitor } = this.client;
    try {
      const name = targetHost(host);
      if (name === undefined) throw new GateRefusal("unresolved", "That is no host name.");
      const target = { host: name, port: destination.port, scheme: "udp" as const };
      const addresses = await gateway.reachable(visitor, target);
      const address = this.#choose(addresses);
      if (address === undefined) throw new GateRefusal("unreachable", "There is no way to any of its addresses.");
      if (this.#closed || this.#destinations.get(key) !== destination) return;
      if (destination.address !== address || !destination.passing) this.#settle(destination, address, target);
    } catch (error) {
      this.#bar(destination);
      if (!(error instanceof GateRefusal)) {
        store.events.fault("socks", "judge a datagram", error, {
          session: connection.id,
          remote: connection.remote.address,
        });
      }
    } finally {
      destination.judgedUntil = performance.now() + JUDGED_MS;
      const waiting = destination.waiting ?? [];
      destination.waiting = undefined;
      this.#waiting -= waiting.length;
      for (const data of waiting) this.#send(destination, data);
    }
  }

  /** Nobody says when a datagram is lost; so the family that the client itself uses is the best guess. */
  #choose(addresses: readonly string[]): string | undefined {
    const possible = addresses.filter((each) => this.#outer[each.includes(":") ? 6 : 4] !== undefined);
    const six = this.client.connection.remote.address.includes(":");
    return possible.find((each) => each.includes(":") === six) ?? possible[0];
  }

  #settle(destination: Destination, address: string, target: { host: string; port: number; scheme: "udp" }): void {
    this.#bar(destination);
    const passing = this.shared.gateway.begin(this.client.visitor, target, address);
    destination.passing = passing;
    destination.address = address;
    this.#peers.set(`${address} ${destination.port}`, destination);
    passing.onCut(() => this.#bar(destination));
  }

  /** Sends on; what cannot be sent is lost, as datagrams may be. */
  #send(destination: Destination, data: Uint8Array): void {
    const { address, port, passing } = destination;
    if (this.#closed || address === undefined || !passing || !this.#mayPass(passing, data)) return;
    if (attempt(this.#outer[address.includes(":") ? 6 : 4], data, port, address)) passing.add(data.length, 0);
  }

  #fromPeer(data: Uint8Array, port: number, address: string): void {
    const passing = this.#peers.get(`${address} ${port}`)?.passing;
    if (!passing || data.length > LARGEST || !this.#mayPass(passing, data)) return;
    this.#movedAt = performance.now();
    const octets = datagramOctets({ address, port }, data);
    if (attempt(this.#inner, octets, this.#clientPort, this.client.connection.remote.address)) {
      passing.add(0, data.length);
    }
  }

  /** Whether the bandwidth has something left; what is too much is lost. */
  #mayPass({ bucket }: Passing, data: Uint8Array): boolean {
    if (!bucket) return true;
    if (bucket.wait > 0) return false;
    bucket.spend(data.length);
    return true;
  }
}

/** Sends a datagram; false where the system does not take it. */
function attempt(socket: UdpSocket | undefined, data: Uint8Array, port: number, address: string): boolean {
  try {
    return socket?.send(data, port, address) ?? false;
  } catch {
    return false;
  }
}
