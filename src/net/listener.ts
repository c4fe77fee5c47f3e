/**
 * A listening port: accepts, decides who may come in, runs a session on each connection, and stops in order.
 * The appliance makes one for every port of every service.
 *
 * Access rule, bars and caps are applied to the client a PROXY header names, where the header comes from a listed proxy.
 * A barred client is closed before anything is made for it, so that an attack costs next to nothing.
 * A session is one async function; when it ends, however it ends, its connection is closed.
 */
import type { Socket, TCPSocketListener } from "bun";
import { type AccessRule, AddressSet, accessSet, normaliseAddress, peerNetwork } from "./access.ts";
import { Connection, connectionHandlers } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import { ConnectionClosed, DeadlineExceeded } from "./errors.ts";
import { join } from "./input.ts";
import { PROXY_HEADER_LIMIT, parseProxyHeader } from "./proxy-protocol.ts";
import type { ContextFor } from "./tls.ts";

/** Why a connection was not let in. */
export type Refused = "access" | "barred" | "perAddress" | "total" | "stopping" | "proxy";

/** Who is connected to all ports together: they share one, where a cap is meant for all of them. */
export class Crowd {
  /** Connections let in and still there. */
  admitted = 0;
  /** Connections that are being told why they are not let in. */
  refused = 0;
}

/** How many connections are let in. */
export interface Caps {
  /** Connections at once on all ports that share a crowd. */
  readonly total: number;
  /** Connections at once from one address; in IPv6 from one /64. */
  readonly perAddress: number;
}

/** What may change while the listener runs. */
export interface Admission {
  readonly access: AccessRule;
  /** The networks "lan" stands for. */
  readonly lan: readonly string[];
  readonly caps: Caps;
  /** Proxies that must send a PROXY header, and are believed. */
  readonly proxies: readonly string[];
  /** Those that stand for many clients and tell the session of each: access rule, bars and the cap per address are not for them. */
  readonly forwarders?: readonly string[];
}

/** Decides about a client before anything else: undefined lets it in, "tell" lets it hear that it is barred, "close" does not. */
export type Door = (address: string) => "tell" | "close" | undefined;

/** What a listener is made with. */
export interface ListenOptions extends Admission {
  /** An address, or "*" for all of IPv6 and IPv4. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether TLS is there from the first octet, can be started, or is not there. */
  readonly tls: "implicit" | "starttls" | "none";
  /** Shared with other ports; where left out, this port stands alone. */
  readonly crowd?: Crowd;
  /** The certificates; needed unless tls is "none". */
  readonly contextFor?: ContextFor;
  /** Longest wait for a PROXY header or a TLS handshake at the start (milliseconds); 30 seconds where left out. */
  readonly handshakeMs?: number;
  /** Serves one connection. ConnectionClosed and DeadlineExceeded end it quietly, anything else is a fault. */
  readonly session: (connection: Connection) => Promise<void>;
  /** Asked once for every connection. */
  readonly door?: Door;
  /** The protocol's own words for a refusal, line end included; undefined says nothing. */
  readonly refusal?: (why: Refused) => string | undefined;
  /** Told of each refusal but those at the door, for the log. */
  readonly onRefused?: (remote: string, why: Refused) => void;
  /** Told of whatever a session threw that was not the peer's matter; must not throw itself. */
  readonly onFault?: (fault: unknown, connection: Connection) => void;
}

/** A running listener. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Connections let in and still there. */
  readonly connections: number;
  /** Changes whom to let in; connections already there stay. */
  update(change: Partial<Admission>): void;
  /** Drops the connections of clients at once. */
  drop(client: (address: string) => boolean): void;
  /**
   * Takes no new connections, lets sessions finish what they began (see Connection.readCommand), and drops what is
   * left after graceMs. Resolves when the last connection is gone.
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Refused connections that may hear why at the same time; beyond that they are dropped without a word. */
const REFUSALS_AT_ONCE = 100;
/** How long a refused connection may take to hear it (milliseconds). */
const REFUSAL_TIME = 5_000;
const HANDSHAKE_TIME = 30_000;

/**
 * Opens a port.
 * @throws the system's error when it cannot be bound (`code` is EADDRINUSE, EACCES, …)
 */
export function listen(options: ListenOptions): Listener {
  if (options.tls !== "none" && !options.contextFor) throw new Error("a listener with TLS needs certificates");
  return new Port(options);
}

class Port implements Listener {
  readonly #options: ListenOptions;
  readonly #listener: TCPSocketListener<Connection | undefined>;
  readonly #deadlines = new Deadlines();
  /** Every connection there is, with the network it is counted for once it has been let in. */
  readonly #connections = new Map<Connection, string | undefined>();
  readonly #perNetwork = new Map<string, number>();
  #admission: Admission;
  #permitted: AddressSet | undefined;
  #proxies: AddressSet;
  #forwarders: AddressSet;
  readonly #crowd: Crowd;
  #admitted = 0;
  #stopped: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#crowd = options.crowd ?? new Crowd();
    this.#admission = options;
    this.#permitted = accessSet(options.access, options.lan);
    this.#proxies = new AddressSet(options.proxies);
    this.#forwarders = new AddressSet(options.forwarders ?? []);
    this.#listener = this.#bind();
  }

  get address(): string {
    return normaliseAddress(this.#listener.hostname);
  }

  get port(): number {
    return this.#listener.port;
  }

  get connections(): number {
    return this.#admitted;
  }

  update(change: Partial<Admission>): void {
    const { access, lan, caps, proxies, forwarders = [] } = { ...this.#admission, ...change };
    this.#admission = { access, lan, caps, proxies, forwarders };
    this.#permitted = accessSet(access, lan);
    this.#proxies = new AddressSet(proxies);
    this.#forwarders = new AddressSet(forwarders);
  }

  drop(client: (address: string) => boolean): void {
    for (const connection of this.#connections.keys()) if (client(connection.remote.address)) connection.destroy();
  }

  stop(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.graceMs ?? 10_000);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#listener.stop(false);
    for (const connection of this.#connections.keys()) connection.stop();
    if (this.#connections.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const timer = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.destroy();
    }, graceMs);
    await empty;
    clearTimeout(timer);
  }

  #bind(): TCPSocketListener<Connection | undefined> {
    const { address, port } = this.#options;
    if (address !== "*") return this.#bindTo(address, port);
    try {
      return this.#bindTo("::", port);
    } catch (error) {
      // A system without IPv6 has no "::".
      const code = (error as { code?: string }).code;
      if (code === "EADDRINUSE" || code === "EACCES") throw error;
      return this.#bindTo("0.0.0.0", port);
    }
  }

  #bindTo(hostname: string, port: number): TCPSocketListener<Connection | undefined> {
    return Bun.listen<Connection | undefined>({
      data: undefined,
      hostname,
      port,
      allowHalfOpen: true,
      socket: { ...connectionHandlers, open: (socket) => this.#accept(socket) },
    });
  }

  #accept(socket: Socket<Connection | undefined>): void {
    const address = socket.remoteAddress as string | undefined;
    if (address === undefined) {
      // The peer has gone between the kernel's accept and ours.
      socket.terminate();
      return;
    }
    const remote = normaliseAddress(address);
    const proxied = this.#proxies.has(remote);
    const verdict = proxied ? undefined : this.#askAtDoor(remote);
    if (verdict === "close") {
      socket.terminate();
      return;
    }
    const connection = new Connection({
      socket,
      deadlines: this.#deadlines,
      remote: { address: remote, port: socket.remotePort },
      contextFor: this.#options.contextFor,
      onGone: this.#left,
    });
    socket.data = connection;
    this.#connections.set(connection, undefined);
    if (this.#stopped) connection.stop();
    const begun = proxied
      ? this.#readProxyHeader(connection).then(() =>
          this.#begin(connection, this.#askAtDoor(connection.remote.address)),
        )
      : Promise.try(() => this.#begin(connection, verdict));
    begun.then(
      () => connection.end(),
      (error) => this.#failed(connection, error),
    );
  }

  #askAtDoor(address: string): ReturnType<Door> {
    return this.#forwarders.has(address) ? undefined : this.#options.door?.(address);
  }

  /** Runs the session of a connection whose client is known; the session's own promise is what it comes to. */
  #begin(connection: Connection, verdict: ReturnType<Door>): Promise<void> {
    const why = verdict === undefined ? this.#admit(connection) : "barred";
    if (why) return this.#turnAway(connection, verdict === "close" ? undefined : why);
    if (this.#options.tls === "implicit") return this.#beginTls(connection);
    return this.#options.session(connection);
  }

  async #beginTls(connection: Connection): Promise<void> {
    connection.deadline(this.#options.handshakeMs ?? HANDSHAKE_TIME);
    await connection.acceptTls();
    connection.deadline(0);
    await this.#options.session(connection);
  }

  #failed(connection: Connection, error: unknown): Promise<void> {
    const quiet = error instanceof ConnectionClosed || error instanceof DeadlineExceeded;
    const ended = connection.end();
    if (!quiet) this.#options.onFault?.(error, connection);
    return ended;
  }

  /** Counts the connection in, or says why not. */
  #admit(connection: Connection): Refused | undefined {
    const { address } = connection.remote;
    const { caps } = this.#admission;
    const forwards = this.#forwarders.has(address);
    if (!forwards && this.#permitted && !this.#permitted.has(address)) return "access";
    if (connection.stopping) return "stopping";
    if (this.#crowd.admitted >= caps.total) return "total";
    const network = peerNetwork(address);
    const count = this.#perNetwork.get(network) ?? 0;
    if (count >= caps.perAddress && !forwards) return "perAddress";
    if (!connection.open) return undefined;
    this.#admitted++;
    this.#crowd.admitted++;
    this.#perNetwork.set(network, count + 1);
    this.#connections.set(connection, network);
    return undefined;
  }

  readonly #left = (connection: Connection): void => {
    const network = this.#connections.get(connection);
    this.#connections.delete(connection);
    if (network !== undefined) {
      this.#admitted--;
      this.#crowd.admitted--;
      const count = (this.#perNetwork.get(network) ?? 1) - 1;
      if (count > 0) this.#perNetwork.set(network, count);
      else this.#perNetwork.delete(network);
    }
    if (this.#connections.size === 0) this.#onEmpty?.();
  };

  /** Says why, where there are words for it; undefined says nothing. */
  async #turnAway(connection: Connection, why: Refused | undefined): Promise<void> {
    if (why !== undefined && why !== "barred") this.#options.onRefused?.(connection.remote.address, why);
    const words = why && this.#options.refusal?.(why);
    if (!words || this.#crowd.refused >= REFUSALS_AT_ONCE) {
      connection.destroy();
      return;
    }
    this.#crowd.refused++;
    try {
      connection.deadline(REFUSAL_TIME);
      if (this.#options.tls === "implicit") await connection.acceptTls();
      await connection.write(words);
      await connection.end();
    } finally {
      this.#crowd.refused--;
    }
  }

  /** Learns the client from the header every listed proxy must send; all of it within one deadline. */
  async #readProxyHeader(connection: Connection): Promise<void> {
    const time = this.#options.handshakeMs ?? HANDSHAKE_TIME;
    const limit = performance.now() + time;
    connection.deadline(time);
    let seen = await connection.readSome(PROXY_HEADER_LIMIT);
    let header = parseProxyHeader(seen);
    while (header.kind === "partial") {
      connection.deadline(Math.max(1, limit - performance.now()));
      seen = join(seen, await connection.readSome(PROXY_HEADER_LIMIT));
      header = parseProxyHeader(seen);
    }
    if (header.kind === "malformed") {
      this.#options.onRefused?.(connection.remote.address, "proxy");
      connection.destroy();
      throw new ConnectionClosed(`PROXY header: ${header.reason}`);
    }
    connection.unread(seen.subarray(header.length));
    connection.deadline(0);
    if (header.kind === "local") return;
    connection.remote = header.source;
    connection.local = header.destination;
  }
}
