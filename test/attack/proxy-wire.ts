/** What attacks on the web proxy are made with: an origin that records every octet, and a client that sends any. */
import net from "node:net";
import { Gatepost } from "../harness.ts";

/** A server in which guests may use the proxies, and loopback plays the world. */
export function startGateway(...settings: string[]): Promise<Gatepost> {
  return startProxy("gateway.reachable=127.0.0.0/8,::1/128", "gateway.tunnelPorts=any", ...settings);
}

/** The same with the addresses that are refused by default. */
export async function startProxy(...settings: string[]): Promise<Gatepost> {
  const server = await Gatepost.start({ settings: ["lockout.allow=127.0.0.1,::1", ...settings] });
  await server.command(["user", "set", "guest", "permissions=+http.proxy"]);
  return server;
}

/** One request that an origin understood. */
export interface Understood {
  /** The head with Via made the same everywhere. */
  readonly head: string;
  readonly body: string;
  /** Octets of both, as they came. */
  readonly length: number;
}

/** What an origin answers, as octets; undefined: it says nothing. "end" closes behind it. */
export type Script = (
  request: Understood,
  count: number,
) => { readonly octets: string; readonly end?: boolean } | undefined;

const OK: Script = () => ({ octets: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });

/** Records what reaches it. */
export class Recorder {
  script: Script = OK;
  /** What came on each connection. */
  connections: { octets: string; ended: boolean }[] = [];
  requests: Understood[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;

  private constructor() {
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async open(host = "127.0.0.1"): Promise<Recorder> {
    const recorder = new Recorder();
    await new Promise<void>((resolve) => recorder.#server.listen(0, host, resolve));
    return recorder;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Everything that came, on whatever connection. */
  get octets(): string {
    return this.connections.map(({ octets }) => octets).join("");
  }

  /** Forgets what came, and closes what is open, so that nothing of one attack is taken for the next one's. */
  forget(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.connections = [];
    this.requests = [];
    this.script = OK;
  }

  close(): void {
    this.forget();
    this.#server.close();
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    const connection = { octets: "", ended: false };
    this.connections.push(connection);
    let taken = 0;
    socket.on("data", (data) => {
      connection.octets += data.toString("latin1");
      for (;;) {
        const request = understand(connection.octets.slice(taken));
        if (request === undefined) return;
        taken += request.length;
        this.requests.push(request);
        const said = this.script(request, this.requests.length);
        if (said !== undefined) socket.write(said.octets, "latin1");
        if (said?.end === true) socket.end();
      }
    });
    const gone = () => {
      connection.ended = true;
      this.#sockets.delete(socket);
    };
    socket.on("end", () => {
      gone();
      socket.end();
    });
    socket.on("error", gone);
    socket.on("close", gone);
  }
}

function understand(octets: string): Understood | undefined {
  const end = octets.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const raw = octets.slice(0, end + 4);
  const head = raw.replace(/^(Via: 1\.[01] gatepost)-\w+/im, "$1");
  const rest = octets.slice(end + 4);
  if (/^transfer-encoding: chunked\r$/im.test(raw)) {
    const body = /^(?:[0-9a-f]+\r\n[\s\S]*?\r\n)*?0\r\n(?:[^\r\n]+\r\n)*\r\n/i.exec(rest)?.[0];
    return body === undefined ? undefined : { head, body, length: raw.length + body.length };
  }
  const octetsOf = Number(/^content-length: (\d+)\r$/im.exec(raw)?.[1] ?? 0);
  if (rest.length < octetsOf) return undefined;
  return { head, body: rest.slice(0, octetsOf), length: raw.length + octetsOf };
}

/** A client of the proxy that sends octets and keeps what it is sent. */
export class Sender {
  received = "";
  ended = false;
  #changed: () => void = () => {};

  private constructor(readonly socket: net.Socket) {
    socket.on("data", (data) => {
      this.received += data.toString("latin1");
      this.#changed();
    });
    for (const event of ["end", "close", "error"]) {
      socket.on(event, () => {
        this.ended = true;
        this.#changed();
      });
    }
  }

  static async dial(port: number, host = "127.0.0.1"): Promise<Sender> {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    const sender = new Sender(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    socket.setNoDelay(true);
    return sender;
  }

  send(octets: string): this {
    if (!this.socket.destroyed) this.socket.write(octets, "latin1");
    return this;
  }

  /** Waits until the text matches what was received, or the proxy has closed. */
  async until(pattern: RegExp, seconds = 15): Promise<string> {
    const end = Date.now() + seconds * 1_000;
    while (!pattern.test(this.received) && !this.ended) await this.#more(end, String(pattern));
    return this.received;
  }

  /** All there is until the proxy closes. */
  async rest(seconds = 15): Promise<string> {
    const end = Date.now() + seconds * 1_000;
    while (!this.ended) await this.#more(end, "the end");
    this.socket.destroy();
    return this.received;
  }

  async #more(end: number, what: string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#changed = resolve;
      const late = () => reject(new Error(`waited for ${what}: ${JSON.stringify(this.received.slice(0, 500))}`));
      timer = setTimeout(late, Math.max(1, end - Date.now()));
    }).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Sends octets on a connection of their own, and gives all that comes until the proxy closes. */
export async function say(port: number, octets: string): Promise<string> {
  const sender = await Sender.dial(port);
  return await sender.send(octets).rest();
}

/** The status of the first response in a text. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}
