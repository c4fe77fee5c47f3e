/** A small IMAP client for the benchmarks: the same commands to every server, octets counted, nothing parsed but the tag. */
import type { Socket } from "bun";

const LF = 10;

export class ImapClient {
  #tag = 0;
  #socket: Socket | undefined;
  #waiting: { tag: Uint8Array; resolve: (ok: boolean) => void } | undefined;
  #continuation: (() => void) | undefined;
  #tail: Buffer = Buffer.alloc(0);
  #rest: Uint8Array | undefined;
  #drained: (() => void) | undefined;
  /** Octets received since the last command began. */
  received = 0;
  /** Messages in the selected folder, by the last EXISTS. */
  exists = 0;
  /** The last line of the last command. */
  status = "";

  /** Connects and waits for the greeting. */
  static async connect(port: number): Promise<ImapClient> {
    const client = new ImapClient();
    await new Promise<void>((resolve, reject) => {
      client.#continuation = resolve;
      Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          data: (_socket, chunk) => client.#take(chunk),
          drain: () => client.#drain(),
          close: () => client.#waiting?.resolve(false),
        },
      }).then((socket) => {
        client.#socket = socket;
      }, reject);
    });
    return client;
  }

  /** Connects and logs in. */
  static async login(port: number, login: string, password: string): Promise<ImapClient> {
    const client = await ImapClient.connect(port);
    await client.command(`LOGIN "${login}" "${password}"`);
    return client;
  }

  /** Sends a command and waits for its tagged response. */
  async command(text: string): Promise<void> {
    const tag = `a${++this.#tag}`;
    this.received = 0;
    const done = this.#completion(tag);
    await this.#send(Buffer.from(`${tag} ${text}\r\n`));
    if (!(await done)) throw new Error(`${text.slice(0, 80)}: ${this.status}`);
  }

  /** APPENDs one message with a non-synchronising literal (RFC 7888). `flags` ends in a space or is empty. */
  async append(folder: string, message: Uint8Array, flags = ""): Promise<void> {
    const tag = `a${++this.#tag}`;
    const done = this.#completion(tag);
    const head = Buffer.from(`${tag} APPEND ${folder} ${flags}{${message.length}+}\r\n`);
    await this.#send(Buffer.concat([head, message, Buffer.from("\r\n")]));
    if (!(await done)) throw new Error(`APPEND: ${this.status}`);
  }

  /** Goes into IDLE and stays there. */
  async idle(): Promise<void> {
    const ready = new Promise<void>((resolve) => {
      this.#continuation = resolve;
    });
    await this.#send(Buffer.from(`a${++this.#tag} IDLE\r\n`));
    await ready;
  }

  /** Resolves with the next line that the server sends by itself. */
  nextLine(): Promise<void> {
    return new Promise((resolve) => {
      this.#continuation = resolve;
    });
  }

  close(): void {
    this.#socket?.end();
  }

  #completion(tag: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting = { tag: Buffer.from(`${tag} `), resolve };
    });
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const sent = this.#socket?.write(bytes) ?? 0;
    if (sent >= bytes.length) return;
    this.#rest = bytes.subarray(Math.max(0, sent));
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #drain(): void {
    if (this.#rest === undefined) return;
    const sent = this.#socket?.write(this.#rest) ?? 0;
    this.#rest = this.#rest.subarray(Math.max(0, sent));
    if (this.#rest.length > 0) return;
    this.#rest = undefined;
    this.#drained?.();
  }

  /** Only the end of what came is looked at: the tagged line is the last one. */
  #take(chunk: Uint8Array): void {
    this.received += chunk.length;
    const tail = Buffer.concat([this.#tail, chunk]);
    this.#tail = Buffer.from(tail.subarray(Math.max(0, tail.length - 2_000)));
    const exists = /^\* (\d+) EXISTS\r$/m.exec(this.#tail.toString("latin1"))?.[1];
    if (exists !== undefined) this.exists = Number(exists);
    if (this.#tail.at(-1) !== LF) return;
    const start = this.#tail.lastIndexOf(LF, this.#tail.length - 2) + 1;
    const line = this.#tail.subarray(start);
    const waiting = this.#waiting;
    if (waiting !== undefined && line.subarray(0, waiting.tag.length).equals(waiting.tag)) {
      this.status = line.toString().trimEnd();
      this.#waiting = undefined;
      waiting.resolve(line.subarray(waiting.tag.length, waiting.tag.length + 2).toString() === "OK");
    } else if (this.#continuation !== undefined) {
      const go = this.#continuation;
      this.#continuation = undefined;
      go();
    }
  }
}
