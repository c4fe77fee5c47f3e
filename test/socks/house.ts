/** A house for SOCKS: sessions on loopback, and a gateway that leads every name to loopback and refuses as names say. */
import net from "node:net";
import type { z } from "zod";
import type { Passing, Target, Trip, TurnedAway, Visitor } from "../../src/gateway/gateway.ts";
import { GateRefusal, type GateRefusalKind } from "../../src/gateway/visit.ts";
import { connect } from "../../src/net/connect.ts";
import { ConnectFailed } from "../../src/net/connection.ts";
import { Tunnels } from "../../src/net/tunnels.ts";
import type { Gate } from "../../src/services/socks/deps.ts";
import { socksSettings } from "../../src/services/socks/settings.ts";
import { socksService } from "../../src/services/socks/socks.ts";
import { ServiceHouse } from "../house.ts";

export { PASSWORD } from "../house.ts";

const REFUSED = /^(barred|warned|quota|special|unresolved|timeout|connections|permission)\.test$/;

/** What a trip came to. */
export interface Counted {
  readonly target: Target;
  readonly login: string | null;
  sent: number;
  received: number;
  closed: boolean;
  cut: ((why: GateRefusal) => void) | undefined;
}

export class NamedGateway implements Gate {
  guests = true;
  passwords = true;
  readonly trips: Counted[] = [];
  readonly away: TurnedAway[] = [];

  turnedAway(one: TurnedAway): void {
    this.away.push(one);
  }

  mayGuest(): boolean {
    return this.guests;
  }

  mayTakePassword(): boolean {
    return this.passwords;
  }

  async open(visitor: Visitor, target: Target, options: { readonly signal?: AbortSignal } = {}): Promise<Trip> {
    judge(target);
    try {
      const reach = (port: number) => connect({ host: "127.0.0.1", port, timeoutMs: 2_000, ...options });
      return { connection: await reach(target.port), passing: this.begin(visitor, target), beside: reach };
    } catch (error) {
      if (error instanceof ConnectFailed) throw new GateRefusal("unreachable", "Nobody answers.", undefined, error);
      throw error;
    }
  }

  async reachable(_visitor: Visitor, target: Target): Promise<readonly string[]> {
    judge(target);
    return ["127.0.0.1"];
  }

  begin(visitor: Visitor, target: Target): Passing {
    judge(target);
    const login = visitor.user?.login ?? null;
    const counted: Counted = { target, login, sent: 0, received: 0, closed: false, cut: undefined };
    this.trips.push(counted);
    return {
      id: this.trips.length,
      add: (sent, received) => {
        counted.sent += sent;
        counted.received += received;
      },
      count: (passed) => Object.assign(counted, passed),
      close: () => {
        counted.closed = true;
      },
      cut: () => {},
      onCut: (callback) => {
        counted.cut = callback;
      },
    };
  }
}

function judge({ host }: Target): void {
  const kind = REFUSED.exec(host)?.[1] as GateRefusalKind | undefined;
  if (kind) throw new GateRefusal(kind, "No.", "rule");
}

export class House extends ServiceHouse {
  readonly gateway = new NamedGateway();
  readonly tunnels = new Tunnels({ onFault: (fault) => this.faults.push(String(fault)) });

  private constructor() {
    super("socks");
    const { store, auth, gateway, tunnels } = this;
    const { session } = socksService({ store, auth, gateway, tunnels });
    this.listen(1080, "starttls", session);
  }

  /** With the users ann, who may use it, and bob, who may not. */
  static async build(): Promise<House> {
    const house = await new House().furnish();
    await house.addUser("ann", { permissions: ["http.proxy"] });
    await house.addUser("bob", { permissions: [] });
    await house.setLockout({ allow: ["127.0.0.1"] });
    return house;
  }

  override async close(): Promise<void> {
    await this.stop(0);
    await this.tunnels.close();
    await super.close();
  }

  async set(patch: Partial<z.input<typeof socksSettings.schema>>): Promise<void> {
    await this.store.settings.set(socksSettings, patch);
  }

  dial(): Promise<Raw> {
    return Raw.dial(this.port(1080));
  }

  /** Sends octets on a connection of their own, and gives all that comes until the end, in hexadecimal. */
  async say(...octets: (number | string | Uint8Array)[]): Promise<string> {
    const raw = await this.dial();
    raw.write(...octets);
    return await raw.rest();
  }
}

/** A connection of plain octets. */
export class Raw {
  #received = Buffer.alloc(0);
  #ended = false;
  #changed: () => void = () => {};

  private constructor(readonly socket: net.Socket) {
    socket.on("data", (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#changed();
    });
    for (const event of ["end", "close", "error"]) {
      socket.on(event, () => {
        this.#ended = true;
        this.#changed();
      });
    }
  }

  static async dial(port: number): Promise<Raw> {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Raw(socket);
  }

  write(...pieces: (number | string | Uint8Array)[]): void {
    this.socket.write(octetsOf(...pieces));
  }

  /** So many octets, in hexadecimal. */
  async take(n: number): Promise<string> {
    while (this.#received.length < n) {
      if (this.#ended) throw new Error(`ended after ${this.#received.toString("hex")}`);
      await this.#change();
    }
    const taken = this.#received.subarray(0, n);
    this.#received = this.#received.subarray(n);
    return taken.toString("hex");
  }

  async rest(): Promise<string> {
    while (!this.#ended) await this.#change();
    this.socket.destroy();
    return this.#received.toString("hex");
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

/** Octets from numbers, texts and octets. */
export function octetsOf(...pieces: (number | string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) => (typeof piece === "number" ? Uint8Array.of(piece) : Buffer.from(piece as string, "latin1"))),
  );
}

/** The two octets of a port. */
export const portOctets = (port: number): Uint8Array => Uint8Array.of(port >> 8, port & 255);
