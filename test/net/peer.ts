/** A plain client for dialogues: not made of the code under test, but of node:net and node:tls. */
import net from "node:net";
import tls from "node:tls";
import { type Listener, type ListenOptions, listen } from "../../src/net/listener.ts";

/** A listener on loopback that lets everyone in. */
export function serve(session: ListenOptions["session"], options: Partial<ListenOptions> = {}): Listener {
  return listen({
    address: "127.0.0.1",
    port: 0,
    tls: "none",
    access: "any",
    lan: [],
    caps: { total: 100_000, perAddress: 100_000 },
    proxies: [],
    session,
    ...options,
  });
}

/** The text of octets. */
export const text = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");

export class Peer {
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

  static async connect(port: number, host = "127.0.0.1"): Promise<Peer> {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.setNoDelay(true);
    return peer;
  }

  static async connectTls(port: number, options: tls.ConnectionOptions = {}): Promise<Peer> {
    return new Peer(await handshake(tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options })));
  }

  /** Shakes hands over this connection, which is used up by it. */
  async startTls(options: tls.ConnectionOptions = {}): Promise<Peer> {
    this.socket.removeAllListeners("data");
    return new Peer(await handshake(tls.connect({ socket: this.socket, rejectUnauthorized: false, ...options })));
  }

  get tls(): tls.TLSSocket {
    return this.socket as tls.TLSSocket;
  }

  send(data: string | Uint8Array): void {
    this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** The next line; rejects when the server closes before. */
  async line(): Promise<string> {
    return (await this.until("\n")).replace(/\r?\n$/, "");
  }

  /** Everything up to and with a text. */
  async until(mark: string): Promise<string> {
    for (let at = this.#received.indexOf(mark); ; at = this.#received.indexOf(mark)) {
      if (at >= 0) return this.#take(at + mark.length);
      if (this.#ended) throw new Error(`closed before ${JSON.stringify(mark)}, after ${this.#received.length} octets`);
      await this.#change();
    }
  }

  /** Everything until the server closes. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#change();
    return this.#take(this.#received.length);
  }

  close(): void {
    this.socket.destroy();
  }

  #take(n: number): string {
    const taken = text(this.#received.subarray(0, n));
    this.#received = this.#received.subarray(n);
    return taken;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

function handshake(socket: tls.TLSSocket): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed in the handshake")));
  });
}
