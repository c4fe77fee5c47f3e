/** What a Connection is made of, beside its input and output: how it is made, what its socket reports, who hears of its end. */
import type { Socket } from "bun";
import { normaliseAddress } from "./access.ts";
import type { Connection } from "./connection.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Input } from "./input.ts";
import * as tls from "./tls.ts";

/** One end of a connection; an IPv4-mapped IPv6 address is shown as IPv4. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a Connection is made with. Its socket has TCP_NODELAY: Bun sets it on every one that it accepts or opens. */
export interface ConnectionOptions {
  readonly socket: Socket<Connection | undefined>;
  readonly deadlines: Deadlines;
  readonly remote: Endpoint;
  /** Asked of the socket when somebody wants to know, where left out. */
  readonly local?: Endpoint;
  /** Server side: the certificates to choose from when TLS starts. */
  readonly contextFor?: tls.ContextFor | undefined;
  /** Told when the connection is gone, before those who asked with onClose. */
  readonly onGone?: ((connection: Connection) => void) | undefined;
}

/** A name for a session: short, sortable by time, unique for all practical purposes. */
export function newId(): string {
  return `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 7).padEnd(5, "0")}`;
}

/** This side of a socket; nothing is known of one that is gone. */
export function localEndOf({ localAddress, localPort }: Socket<Connection | undefined>): Endpoint {
  return { address: normaliseAddress((localAddress as string | undefined) ?? ""), port: localPort ?? 0 };
}

/** What octets go through between the wire and a session, once both sides have agreed to that. */
export interface Coding {
  /** Octets that came and are not decoded yet. */
  readonly waiting: number;
  /** What came behind the end of what the peer has encoded: it is meant as it is. */
  readonly rest: Uint8Array | undefined;
  /** Takes octets from the wire; what they mean is told to the host, now or later. */
  receive(octets: Uint8Array): void;
  /** What goes over the wire for octets of the session. */
  encode(octets: Uint8Array): Uint8Array;
  /** Decodes no more for now. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** The connection under a Coding. */
export interface CodingHost {
  /** Octets for the session; none where some of the wire's had nothing to say. */
  decoded(octets: Uint8Array): void;
  /** Nothing can be made of what comes. */
  undecodable(why: string): void;
}

/** A session fed from its buffer gives the event loop back after this time (milliseconds), and the clock is asked once in so many reads. */
const TURN = 5;
const READS = 32;

/** For how long a reader has been served from the buffer. */
export class Turn {
  #began = 0;
  #served = 0;

  /** Octets have just come. */
  begin(): void {
    this.#began = performance.now();
  }

  /** True when others should have a turn. */
  isOver(): boolean {
    return ++this.#served % READS === 0 && performance.now() - this.#began > TURN;
  }

  /** Gives them one. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.begin();
  }
}

/** The read that waits for more, if there is one. The object stays from one to the next: there is one for every command and request. */
export class Reader {
  interruptible = false;
  #take: ((input: Input) => unknown) | undefined;
  #resolve: ((taken: never) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  get waits(): boolean {
    return this.#take !== undefined;
  }

  /** @param take gives what was asked for, or undefined while too little has come; throws what the read is to end with */
  begin<T>(take: (input: Input) => T | undefined, interruptible: boolean): Promise<T> {
    this.#take = take;
    this.interruptible = interruptible;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#resolve = resolve;
    this.#reject = reject;
    return promise;
  }

  /** What has come of it. */
  look(input: Input): unknown {
    return this.#take?.(input);
  }

  resolve(taken: unknown): void {
    const resolve = this.#resolve;
    this.#dismiss();
    resolve?.(taken as never);
  }

  reject(error: unknown): void {
    const reject = this.#reject;
    this.#dismiss();
    reject?.(error);
  }

  #dismiss(): void {
    this.#take = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }
}

/** How a handshake went. */
export interface Shaken {
  /** Undefined when the handshake failed. */
  readonly info: tls.TlsInfo | undefined;
  /** Why it failed, or what is wrong with the peer's certificate. */
  readonly error: Error | null;
}

/** A handshake under way, if there is one. */
export class Handshake {
  #resolve: ((result: Shaken) => void) | undefined;

  get underWay(): boolean {
    return this.#resolve !== undefined;
  }

  /** Resolves with how it went. */
  begin(): Promise<Shaken> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** True when one was under way. */
  end(result: Shaken): boolean {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(result);
    return resolve !== undefined;
  }
}

/** Handlers for every socket under a Connection; the socket's data is the connection. */
export const connectionHandlers: tls.Handlers<Connection> = {
  binaryType: "uint8array",
  data: (socket, chunk) => socket.data?.received(chunk),
  drain: (socket) => socket.data?.drained(),
  end: (socket) => socket.data?.ended(),
  close: (socket, error) => socket.data?.gone(error),
  error: (socket, error) => socket.data?.failed(error),
  handshake: (socket, _success, error) => socket.data?.shaken(socket, error),
  serverName: (connection, name) => connection?.contextFor?.(name.toLowerCase()).native,
};

/** The socket that speaks TLS in place of a connection's. @param client options of a client; undefined for a server */
export function upgraded(
  connection: Connection,
  socket: Socket<Connection | undefined>,
  client: tls.ClientTls | undefined,
  already: Uint8Array | undefined,
): Socket<Connection | undefined> {
  if (client) return tls.upgradeClient(socket, connection, connectionHandlers, client);
  const { contextFor } = connection;
  if (!contextFor) throw new Error("startTls needs certificates on a server, and options on a client");
  return tls.upgradeServer(socket, connection, connectionHandlers, contextFor(undefined), already);
}

/** What says that nobody waits for something any more: an AbortSignal, or the end of a connection, which costs far less. */
export interface Parting {
  readonly aborted: boolean;
  addEventListener(event: "abort", listener: () => void): void;
  removeEventListener(event: "abort", listener: () => void): void;
}

/** Those who want to hear that a connection is gone. */
export class Farewell implements Parting {
  #said = false;
  #listeners: (() => void)[] | undefined;
  #promise: Promise<void> | undefined;

  get promise(): Promise<void> {
    this.#promise ??= new Promise((resolve) => this.on(resolve));
    return this.#promise;
  }

  get aborted(): boolean {
    return this.#said;
  }

  /** As of an AbortSignal: whoever comes too late is not told. */
  addEventListener(_event: "abort", listener: () => void): void {
    if (!this.#said) this.on(listener);
  }

  removeEventListener(_event: "abort", listener: () => void): void {
    this.off(listener);
  }

  on(listener: () => void): void {
    if (this.#said) listener();
    else if (this.#listeners) this.#listeners.push(listener);
    else this.#listeners = [listener];
  }

  off(listener: () => void): void {
    if (this.#listeners === undefined) return;
    const at = this.#listeners.indexOf(listener);
    // Another list, lest somebody who leaves while all are told makes one be passed over.
    if (at >= 0) this.#listeners = this.#listeners.length === 1 ? undefined : this.#listeners.toSpliced(at, 1);
  }

  say(): void {
    this.#said = true;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }
}
