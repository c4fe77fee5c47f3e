/** What a Connection is made of, beside its input and output: how it is made, what its socket reports, who hears of its end. */
import type { Socket } from "bun";
import type { Connection } from "./connection.ts";
import type { Deadlines } from "./deadlines.ts";
import { ConnectionClosed } from "./errors.ts";
import type { Input } from "./input.ts";
import type * as tls from "./tls.ts";

/** One end of a connection; an IPv4-mapped IPv6 address is shown as IPv4. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a Connection is made with. */
export interface ConnectionOptions {
  readonly socket: Socket<Connection | undefined>;
  readonly deadlines: Deadlines;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Server side: the certificates to choose from when TLS starts. */
  readonly contextFor?: tls.ContextFor | undefined;
  /** Told when the connection is gone, before those who asked with onClose. */
  readonly onGone?: ((connection: Connection) => void) | undefined;
}

/** A read that waits for more. */
export interface Reader {
  /** What was asked for, or undefined while too little has come; throws what the read is to end with. */
  take(input: Input): unknown;
  resolve(taken: unknown): void;
  reject(error: unknown): void;
  readonly interruptible: boolean;
}

/** How a handshake went. */
export interface Shaken {
  /** Undefined when the handshake failed. */
  readonly info: tls.TlsInfo | undefined;
  /** Why it failed, or what is wrong with the peer's certificate. */
  readonly error: Error | null;
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

/** Those who want to hear that a connection is gone. */
export class Farewell {
  #said = false;
  #listeners: (() => void)[] | undefined;
  #promise: Promise<void> | undefined;
  #abort: AbortController | undefined;

  get promise(): Promise<void> {
    this.#promise ??= new Promise((resolve) => this.on(resolve));
    return this.#promise;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      this.on(() => abort.abort(new ConnectionClosed()));
    }
    return this.#abort.signal;
  }

  on(listener: () => void): void {
    if (this.#said) listener();
    else if (this.#listeners) this.#listeners.push(listener);
    else this.#listeners = [listener];
  }

  off(listener: () => void): void {
    const left = this.#listeners?.filter((each) => each !== listener);
    this.#listeners = left?.length ? left : undefined;
  }

  say(): void {
    this.#said = true;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }
}
