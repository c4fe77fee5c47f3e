/**
 * The data connection of a session: opened by the client (PASV, EPSV) or from here (PORT, EPRT), always to and from the address of the
 * control connection and nowhere else (RFC 2577 §3 and §5: no bounce, no stolen ports).
 */
import { readFileSync } from "node:fs";
import { formatAddress, parseAddress } from "../../net/access.ts";
import { connect } from "../../net/connect.ts";
import type { Connection, Endpoint } from "../../net/connection.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import { type Listener, type ListenOptions, listen } from "../../net/listener.ts";
import { Refusal } from "../../refusal.ts";

/** No data connection: reply 425. */
export class NoChannel extends Error {}

/** What a channel is made with. */
export interface ChannelOptions {
  readonly control: Connection;
  readonly timeoutMs: () => number;
  /** Ports to listen on; from 0 leaves it to the system. */
  readonly ports: () => { readonly from: number; readonly to: number };
  /** Told of somebody else who came to a port that waits for this session's client. */
  readonly onStranger: (address: string) => void;
}

/** Taken, forbidden, or (behind a PROXY header) not an address of this machine. */
const UNAVAILABLE: ReadonlySet<string> = new Set(["EADDRINUSE", "EACCES", "EADDRNOTAVAIL"]);

function systemPorts(): readonly [number, number] | undefined {
  try {
    const [range = "", reserved] = ["ip_local_port_range", "ip_local_reserved_ports"].map((name) =>
      readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim(),
    );
    const [from = 0, to = 0] = range.split(/\s+/).map(Number);
    return reserved === "" && from >= 1024 && to > from && to <= 65_535 ? [from, to] : undefined;
  } catch {
    return undefined;
  }
}

function none(): never {
  throw new NoChannel("No port for a data connection is free; try again.");
}

/** Ports that are tried before it is said that none is free. */
const TRIES = 200;
/** The same where the kernel can be asked for any port. */
const GUESSES = 4;
/** From which ports the kernel chooses; undefined where that cannot be told, or some of them are kept for others. */
const SYSTEM_PORTS = systemPorts();
/** How long a port that nobody has asked for stays open (milliseconds). */
const PREPARED_MS = 1_000;
/** A port is closed for newcomers while its connection goes on (milliseconds, as long as a timer can be). */
const FOREVER = 2 ** 31 - 1;

export class Channel {
  #listener: Listener | undefined;
  /** A port that nobody has been told of yet. */
  #next: Listener | undefined;
  /** The client was last told of a port here. */
  #isPassive = false;
  #target: Endpoint | undefined;
  /** A connection that came before it was asked for. */
  #came: Connection | undefined;
  #waiting: { resolve(connection: Connection): void; reject(error: Error): void } | undefined;
  #dialling: AbortController | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ChannelOptions) {}

  /** Whether a data connection can be had. */
  get ready(): boolean {
    return this.#listener !== undefined || this.#came !== undefined || this.#target !== undefined;
  }

  /** Opens a port for the client to come to, and gives it. @throws NoChannel */
  listen(): number {
    const next = this.#next;
    this.#next = undefined;
    this.reset();
    this.#isPassive = true;
    this.#listener = next ?? this.#bind();
    // Who asks for a port and never comes does not keep it.
    this.#expiry = setTimeout(() => this.reset(), 2 * this.options.timeoutMs());
    return this.#listener.port;
  }

  /** Keeps where to connect to. @throws Refusal "notPermitted" for any place but the client's own */
  target(address: string, port: number): void {
    const parsed = parseAddress(address);
    if (parsed === undefined || formatAddress(parsed) !== this.options.control.remote.address) {
      throw new Refusal("notPermitted", "Data connections lead to your own address only.");
    }
    if (port < 1024 || port > 65_535) throw new Refusal("notPermitted", "Data connections lead to ports from 1024 on.");
    this.reset();
    this.#isPassive = false;
    this.#target = { address: this.options.control.remote.address, port };
  }

  /** The data connection of one transfer. @throws NoChannel */
  async take(): Promise<Connection> {
    const target = this.#target;
    this.#target = undefined;
    if (target !== undefined) return await this.#dial(target);
    const came = this.#came;
    this.#came = undefined;
    if (came !== undefined) return came;
    if (this.#listener === undefined) throw new NoChannel("Say PASV or PORT first.");
    return await this.#wait();
  }

  /**
   * Opens the port of the next data connection before it is asked for, while the client reads what it was sent: with many small files that
   * is what it would wait for most. Only where the client came to a port the last time, and not where ports are few.
   */
  prepare(): void {
    if (!this.#isPassive || this.ready || this.#next !== undefined || this.options.ports().from !== 0) return;
    try {
      this.#next = this.#bind();
    } catch (error) {
      // Whoever asks for a port will hear of it.
      if (!(error instanceof NoChannel)) throw error;
      return;
    }
    this.#expiry = setTimeout(() => this.reset(), PREPARED_MS);
  }

  /** Lets go of whatever was prepared. */
  reset(): void {
    void this.#next?.stop({ graceMs: 0 });
    this.#next = undefined;
    clearTimeout(this.#expiry);
    const listener = this.#listener;
    this.#listener = undefined;
    void listener?.stop({ graceMs: 0 });
    this.#target = undefined;
    this.#came?.destroy();
    this.#came = undefined;
    this.#dialling?.abort();
    this.#waiting?.reject(new NoChannel("The data connection was given up."));
    this.#waiting = undefined;
  }

  async #wait(): Promise<Connection> {
    const timer = setTimeout(
      () => this.#waiting?.reject(new NoChannel("No data connection came.")),
      this.options.timeoutMs(),
    );
    try {
      return await new Promise<Connection>((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  #bind(): Listener {
    const { from, to } = this.options.ports();
    if (from !== 0) return this.#bindWithin(from, to, TRIES) ?? none();
    // Asked for any port the kernel looks at all that lately closed connections still hold (RFC 9293 §3.6.1), which takes it longer with
    // each small file; a port by number is looked at alone.
    const guessed = SYSTEM_PORTS && this.#bindWithin(...SYSTEM_PORTS, GUESSES);
    return guessed ?? this.#bindTo(0) ?? none();
  }

  #bindWithin(from: number, to: number, tries: number): Listener | undefined {
    const count = Math.max(1, to - from + 1);
    // Not the first free one: the next port of somebody else should not be easy to guess (RFC 2577 §5).
    const start = Math.floor(Math.random() * count);
    for (let n = 0; n < Math.min(count, tries); n++) {
      const listener = this.#bindTo(from + ((start + n) % count));
      if (listener !== undefined) return listener;
    }
    return undefined;
  }

  /** Undefined where the port cannot be opened. */
  #bindTo(port: number): Listener | undefined {
    const { control } = this.options;
    const options: ListenOptions = {
      address: control.local.address,
      port,
      tls: control.contextFor === undefined ? "none" : "starttls",
      ...(control.contextFor && { contextFor: control.contextFor }),
      access: "any",
      lan: [],
      proxies: [],
      caps: { total: 10, perAddress: 10 },
      session: (connection) => this.#arrived(connection),
    };
    try {
      return listen(options);
    } catch (error) {
      if (UNAVAILABLE.has(String((error as { code?: string }).code))) return undefined;
      throw error;
    }
  }

  /** Somebody came to the port: the client, or somebody who tries to be quicker. */
  async #arrived(connection: Connection): Promise<void> {
    const { control, onStranger } = this.options;
    if (connection.remote.address !== control.remote.address) {
      onStranger(connection.remote.address);
      connection.destroy();
      return;
    }
    const listener = this.#listener;
    if (listener === undefined) {
      // Somebody has found a port that nobody was told of: then the client is told of another.
      if (this.#next !== undefined) this.reset();
      connection.destroy();
      return;
    }
    this.#listener = undefined;
    clearTimeout(this.#expiry);
    // A port is for one connection.
    void listener.stop({ graceMs: FOREVER });
    if (this.#waiting) this.#waiting.resolve(connection);
    else this.#came = connection;
    await connection.closed;
  }

  async #dial({ address, port }: Endpoint): Promise<Connection> {
    this.#dialling = new AbortController();
    const { contextFor } = this.options.control;
    const timeoutMs = this.options.timeoutMs();
    try {
      return await connect({ host: address, port, timeoutMs, signal: this.#dialling.signal, contextFor });
    } catch (error) {
      if (error instanceof ConnectionClosed) throw error;
      throw new NoChannel(`No connection to port ${port}.`);
    } finally {
      this.#dialling = undefined;
    }
  }
}
