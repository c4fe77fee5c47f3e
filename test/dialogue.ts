/**
 * A client's side of a line protocol, for tests that read as a dialogue: lines go out, replies are expected. It stands on
 * node:net and node:tls, so that the program's own connections are tested by somebody else.
 *
 *     const client = await Dialogue.open({ port });
 *     await client.expect("220 ");
 *     await client.ask("EHLO me.example", /^250/);
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";

export interface DialogueOptions {
  readonly port: number;
  readonly host?: string;
  /** TLS from the first octet. The certificate is not checked. */
  readonly tls?: boolean;
  /** How long a reply may take until the test fails, in milliseconds. */
  readonly patience?: number;
  /** The address to connect from. */
  readonly localAddress?: string;
  /** Sent before anything else, the TLS handshake included: a PROXY header. */
  readonly preface?: string;
}

/** What a line must be: begin with the text, or match. */
export type Pattern = string | RegExp;

interface Waiter {
  ready(): boolean;
  resolve(): void;
  reject(error: Error): void;
}

export class Dialogue {
  #socket: Socket;
  /** Where what is sent goes: the socket, or what compresses it. */
  #outlet: Pick<Socket, "write">;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #waiter: Waiter | undefined;
  readonly #transcript: string[] = [];
  readonly #patience: number;

  private constructor(socket: Socket, patience: number) {
    this.#socket = socket;
    this.#outlet = socket;
    this.#patience = patience;
    this.#listen();
  }

  /** Connects; the greeting is still to be read. */
  static async open(options: DialogueOptions): Promise<Dialogue> {
    const { port, host = "127.0.0.1", tls = false, patience = 10_000, localAddress, preface } = options;
    const socket = connectTcp({ port, host, ...(localAddress !== undefined && { localAddress }) });
    socket.setNoDelay(true);
    await once(socket, "connect");
    if (preface !== undefined) socket.write(preface);
    if (!tls) return new Dialogue(socket, patience);
    const secure = connectTls({ socket, rejectUnauthorized: false });
    await once(secure, "secureConnect");
    return new Dialogue(secure, patience);
  }

  /** Sends lines, each ended with CR LF, in one write. */
  send(...lines: string[]): void {
    this.sendRaw(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Sends octets as they are; text as UTF-8. */
  sendRaw(data: string | Uint8Array): void {
    this.#note("C", typeof data === "string" ? data : Buffer.from(data).toString("latin1"));
    this.#outlet.write(data);
  }

  /** Sends octets and resolves when the kernel has taken them. */
  async sendAll(data: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#socket.write(data, (error) => (error ? reject(error) : resolve())),
    );
  }

  /** The next line, without its CR LF. */
  async line(): Promise<string> {
    await this.#until(() => this.#received.includes("\r\n"), "a line");
    const end = this.#received.indexOf("\r\n");
    const line = this.#received.subarray(0, end).toString();
    this.#received = this.#received.subarray(end + 2);
    return line;
  }

  /** Exactly so many octets. */
  async octets(count: number): Promise<Buffer> {
    await this.#until(() => this.#received.length >= count, `${count} octets`);
    const octets = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return octets;
  }

  /** Reads a line, which must fit. */
  async expect(pattern: Pattern): Promise<string> {
    const line = await this.line();
    if (!fits(line, pattern)) throw this.#wrong(`expected ${pattern}, got ${JSON.stringify(line)}`);
    return line;
  }

  /** Sends a line and reads one, which must fit. */
  async say(line: string, pattern: Pattern): Promise<string> {
    this.send(line);
    return await this.expect(pattern);
  }

  /** Reads an SMTP-like reply of one or more lines (`250-…`, `250 …`); all of it must fit. */
  async reply(pattern: Pattern = ""): Promise<string> {
    const lines = [await this.line()];
    const code = /^(\d{3})-/.exec(lines[0] ?? "")?.[1];
    // In FTP lines between the first and the last may be anything (RFC 959 §4.2).
    while (code !== undefined && !lines.at(-1)?.startsWith(`${code} `)) lines.push(await this.line());
    const reply = lines.join("\n");
    if (!fits(reply, pattern)) throw this.#wrong(`expected ${pattern}, got ${JSON.stringify(reply)}`);
    return reply;
  }

  /** Sends a line and reads an SMTP-like reply, which must fit. */
  async ask(line: string, pattern: Pattern = ""): Promise<string> {
    this.send(line);
    return await this.reply(pattern);
  }

  /** Reads lines up to one with a single dot, and takes the doubled dots out (POP3, NNTP). */
  async block(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === ".") return lines;
      lines.push(line.startsWith(".") ? line.slice(1) : line);
    }
  }

  /** Goes on in TLS; call it when the server has agreed. */
  async startTls(): Promise<void> {
    this.#socket.removeAllListeners();
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await once(secure, "secureConnect");
    this.#socket = secure;
    this.#outlet = secure;
    this.#received = Buffer.alloc(0);
    this.#listen();
  }

  /** Goes on in DEFLATE (RFC 4978); call it when the server has agreed. */
  compress(): void {
    const socket = this.#socket;
    const deflater = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
    deflater.on("data", (octets: Buffer) => socket.write(octets));
    const inflater = createInflateRaw({ flush: constants.Z_SYNC_FLUSH });
    // What is on its way through the inflater has come, too: the end is behind it.
    let inflating = 0;
    let closed = false;
    const look = () => {
      if (!closed || inflating > 0) return;
      this.#ended = true;
      this.#wake();
    };
    socket.removeAllListeners();
    socket.on("data", (octets: Buffer) => {
      inflating++;
      inflater.write(octets, () => {
        inflating--;
        setImmediate(look);
      });
    });
    socket.on("close", () => {
      closed = true;
      look();
    });
    socket.on("error", () => {});
    inflater.on("data", (octets: Buffer) => this.#hear(octets));
    inflater.on("error", () => socket.destroy());
    this.#outlet = deflater;
  }

  /** The connection's tls-exporter value (RFC 9266), for channel binding. */
  tlsExporter(): Uint8Array {
    if (!(this.#socket instanceof TLSSocket)) throw new Error("there is no TLS");
    return this.#socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  }

  /** Resolves when the server has closed; gives what it still said. */
  async closed(): Promise<string> {
    await this.#until(() => this.#ended, "the end of the connection");
    return this.#received.toString();
  }

  /** What has come and was not read. */
  get pending(): string {
    return this.#received.toString();
  }

  /** Closes orderly: the server sees the end of input. */
  end(): void {
    this.#socket.end();
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const socket = this.#socket;
    const ended = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("data", (data: Buffer) => this.#hear(data));
    socket.on("end", ended);
    socket.on("close", ended);
    socket.on("error", ended);
  }

  #hear(data: Buffer): void {
    this.#note("S", data.toString("latin1"));
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    this.#wake();
  }

  #wake(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    if (waiter.ready()) waiter.resolve();
    else if (this.#ended) waiter.reject(this.#wrong("the server closed the connection"));
  }

  async #until(ready: () => boolean, what: string): Promise<void> {
    if (ready()) return;
    if (this.#ended) throw this.#wrong(`no ${what}: the server closed the connection`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { ready, resolve, reject };
        timer = setTimeout(() => reject(this.#wrong(`no ${what} in time`)), this.#patience);
      });
    } finally {
      clearTimeout(timer);
      this.#waiter = undefined;
    }
  }

  #note(who: "C" | "S", text: string): void {
    this.#transcript.push(`${who}: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`);
    if (this.#transcript.length > 40) this.#transcript.shift();
  }

  #wrong(what: string): Error {
    return new Error(`${what}\n${this.#transcript.join("\n")}`);
  }
}

function fits(text: string, pattern: Pattern): boolean {
  return typeof pattern === "string" ? text.startsWith(pattern) : pattern.test(text);
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}
