/** A house for the web proxy: sessions on loopback, a gateway that leads every name to loopback, and origins that answer as told. */
import { join } from "node:path";
import type { Socket, TCPSocketListener } from "bun";
import type { z } from "zod";
import type { Passing, Target, Trip, TurnedAway, Visitor } from "../../src/gateway/gateway.ts";
import { GateRefusal, type GateRefusalKind } from "../../src/gateway/visit.ts";
import { connect } from "../../src/net/connect.ts";
import { ConnectFailed } from "../../src/net/connection.ts";
import { Tunnels } from "../../src/net/tunnels.ts";
import { cacheSettings, ResponseCache } from "../../src/services/proxy/cache/cache.ts";
import type { Gate } from "../../src/services/proxy/deps.ts";
import { WebProxy } from "../../src/services/proxy/proxy.ts";
import { proxySettings } from "../../src/services/proxy/settings.ts";
import { ServiceHouse } from "../house.ts";

export { PASSWORD } from "../house.ts";

/** Hosts that the fake policy refuses: `barred.test` is barred, and so on. */
const REFUSED = /^(barred|warned|quota|special|unresolved|unreachable|timeout|connections|permission)\.test$/;

/** What a trip came to. */
export interface Counted {
  readonly host: string;
  readonly login: string | null;
  sent: number;
  received: number;
  closed: boolean;
  cut: ((why: GateRefusal) => void) | undefined;
  /** Why the service cut it. */
  why?: GateRefusal;
}

/** A gateway that knows no rules but those in names, and no addresses but loopback. */
export class OpenGateway implements Gate {
  guests = true;
  passwords = true;
  readonly trips: Counted[] = [];
  readonly accepted: string[] = [];
  /** Hosts that the proxy refused by itself. */
  readonly refusals: string[] = [];
  readonly away: TurnedAway[] = [];
  dials = 0;

  turnedAway(one: TurnedAway): void {
    this.away.push(one);
  }

  mayGuest(): boolean {
    return this.guests;
  }

  mayTakePassword(_remote: string, secure: boolean): boolean {
    return this.passwords || secure;
  }

  judge(_visitor: Visitor, { host }: Target): void {
    const kind = REFUSED.exec(host)?.[1] as GateRefusalKind | undefined;
    if (kind === "warned" && this.accepted.includes(host)) return;
    if (kind) throw new GateRefusal(kind, `It is <b>${kind}</b>.`, "rule");
  }

  refused(_visitor: Visitor, { host, scheme }: Target): void {
    this.refusals.push(`${scheme} ${host}`);
  }

  async open(visitor: Visitor, target: Target, options: { readonly signal?: AbortSignal } = {}): Promise<Trip> {
    this.judge(visitor, target);
    this.dials++;
    const host = target.host === "::1" ? "::1" : "127.0.0.1";
    try {
      const to = (port: number) => connect({ host, port, timeoutMs: 5_000, ...options });
      const upstream =
        target.host === "upstream.test" ? { kind: "http" as const, authorization: "Basic c2VjcmV0" } : undefined;
      return {
        ...{ connection: await to(target.port), passing: this.begin(visitor, target), beside: to },
        ...(upstream && target.scheme === "http" && { upstream }),
      };
    } catch (error) {
      if (error instanceof ConnectFailed) throw new GateRefusal("unreachable", "Nothing listens there.");
      throw error;
    }
  }

  begin(visitor: Visitor, target: Target): Passing {
    this.judge(visitor, target);
    const login = visitor.user?.login ?? null;
    const counted: Counted = { host: target.host, login, sent: 0, received: 0, closed: false, cut: undefined };
    this.trips.push(counted);
    return {
      id: this.trips.length,
      add: (sent, received) => {
        counted.sent += sent;
        counted.received += received;
      },
      count: ({ sent, received }) => Object.assign(counted, { sent, received }),
      close: () => {
        counted.closed = true;
      },
      cut: (why) => {
        counted.why = why;
        counted.cut?.(why);
      },
      onCut: (callback) => {
        counted.cut = callback;
      },
    };
  }

  async acceptWarning(_visitor: Visitor, host: string): Promise<void> {
    this.accepted.push(host);
  }
}

/** A house with the web proxy and the user ann, who may use it. */
export class House extends ServiceHouse {
  readonly gateway = new OpenGateway();
  readonly tunnels = new Tunnels({ onFault: (fault) => this.faults.push(String(fault)) });
  readonly proxy: WebProxy;

  /** The moment as the cache sees it, in milliseconds beside the real one. */
  later = 0;
  readonly cache: ResponseCache;

  private constructor(cached: boolean) {
    super("proxy");
    this.cache = new ResponseCache({
      folder: join(this.folder, "cache"),
      settings: () => this.store.settings.get(cacheSettings),
      fault: (text, error) => this.faults.push(`${text} ${error}`),
      now: () => Date.now() + this.later,
    });
    this.proxy = new WebProxy({
      ...{ store: this.store, auth: this.auth, gateway: this.gateway, tunnels: this.tunnels },
      ...(cached && { cache: this.cache }),
      hostname: () => "gate.home.example",
      ports: () => ({ plain: this.port(3128), tls: this.port(3129) }),
    });
    this.listen(3128, "starttls", (connection) => this.proxy.serve(connection));
    this.listen(3129, "implicit", (connection) => this.proxy.serve(connection));
  }

  static async build({ cached = false } = {}): Promise<House> {
    const house = await new House(cached).furnish();
    await house.addUser("ann", { permissions: ["http.proxy"] });
    await house.addUser("bob", { permissions: [] });
    await house.setLockout({ allow: ["127.0.0.1"] });
    return house;
  }

  override async close(): Promise<void> {
    await this.stop(0);
    this.proxy.close();
    await this.tunnels.close();
    await this.cache.close();
    await super.close();
  }

  async set(patch: Partial<z.input<typeof proxySettings.schema>>): Promise<void> {
    await this.store.settings.set(proxySettings, patch);
  }

  async dial(): Promise<Raw> {
    return await Raw.dial(this.port(3128));
  }

  /** Sends octets on a connection of their own, and gives all that comes until the end. */
  async say(octets: string): Promise<string> {
    const raw = await this.dial();
    raw.write(octets);
    return await raw.rest();
  }
}

/** A connection of plain octets, as Latin-1 text. */
export class Raw {
  received = "";
  ended = false;
  #socket: Socket<undefined> | undefined;
  #unsent: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  static async dial(port: number, hostname = "127.0.0.1"): Promise<Raw> {
    const raw = new Raw();
    raw.#socket = await Bun.connect({ hostname, port, allowHalfOpen: true, socket: raw.handlers });
    return raw;
  }

  readonly handlers = {
    open: (socket: Socket<undefined>) => {
      this.#socket = socket;
    },
    data: (_socket: Socket<undefined>, octets: Buffer) => {
      this.received += octets.toString("latin1");
      this.#wake?.();
    },
    drain: () => this.#send(),
    end: () => this.#ended(),
    close: () => this.#ended(),
    error: () => this.#ended(),
  };

  #ended(): void {
    this.ended = true;
    this.#wake?.();
  }

  write(octets: string | Uint8Array): void {
    this.#unsent = Buffer.concat([this.#unsent, typeof octets === "string" ? Buffer.from(octets, "latin1") : octets]);
    this.#send();
  }

  #send(): void {
    const sent = this.#socket?.write(this.#unsent) ?? 0;
    if (sent > 0) this.#unsent = this.#unsent.subarray(sent);
    this.#socket?.flush();
  }

  /** Sends one octet at a time, each in a turn of its own. */
  async trickle(octets: string, step = 1): Promise<void> {
    for (let at = 0; at < octets.length; at += step) {
      this.write(octets.slice(at, at + step));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits until what was received matches, and takes it. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.received);
      if (found) {
        const end = found.index + found[0].length;
        const text = this.received.slice(0, end);
        this.received = this.received.slice(end);
        return text;
      }
      if (this.ended) throw new Error(`ended before ${pattern}: ${JSON.stringify(this.received.slice(0, 2_000))}`);
      await this.#more();
    }
  }

  /** All that comes until the other side ends. */
  async rest(): Promise<string> {
    while (!this.ended) await this.#more();
    this.close();
    return this.received;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Octets written that the kernel has not taken. */
  get waiting(): number {
    return this.#unsent.length;
  }

  /** Stops reading. */
  pause(): void {
    this.#socket?.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket?.resume();
  }

  /** Says that nothing more is sent. */
  finish(): void {
    this.#socket?.shutdown();
  }

  close(): void {
    this.#socket?.end();
  }

  /** Breaks the connection off. */
  reset(): void {
    this.#socket?.terminate();
  }
}

/** An origin: each connection is handed to a script. */
export class RawOrigin {
  /** Connections so far. */
  accepted = 0;
  readonly open = new Set<Raw>();
  readonly faults: unknown[] = [];
  readonly #listener: TCPSocketListener<Raw>;

  constructor(
    public script: (raw: Raw, number: number) => Promise<void>,
    hostname = "127.0.0.1",
  ) {
    this.#listener = Bun.listen<Raw>({
      hostname,
      port: 0,
      allowHalfOpen: true,
      socket: {
        open: (socket) => {
          const raw = new Raw();
          socket.data = raw;
          raw.handlers.open(socket as unknown as Socket<undefined>);
          this.open.add(raw);
          this.script(raw, ++this.accepted).catch((fault: unknown) => this.faults.push(fault));
        },
        data: (socket, octets) => socket.data.handlers.data(socket as unknown as Socket<undefined>, octets),
        drain: (socket) => socket.data.handlers.drain(),
        end: (socket) => socket.data.handlers.end(),
        close: (socket) => {
          socket.data?.handlers.close();
          this.open.delete(socket.data);
        },
        error: () => {},
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Its authority under a name. */
  at(host = "site.test"): string {
    return `${host}:${this.port}`;
  }

  close(): void {
    this.#listener.stop(true);
  }
}

/** A script that answers every request head with the same octets. */
export function always(answer: string): (raw: Raw) => Promise<void> {
  return async (raw) => {
    for (;;) {
      try {
        await raw.until(/\r\n\r\n/);
      } catch {
        raw.close();
        return;
      }
      raw.write(answer);
    }
  };
}
