/**
 * A transfer: what goes over a data connection while the control connection stays open for ABOR, STAT and NOOP (RFC 959 §4.1.3). Files
 * in TYPE I pass by Tunnels, in plaintext without coming up here at all.
 */
import type { OpenFile, Upload } from "../../files/files.ts";
import { refusalOf } from "../../files/trouble.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../net/errors.ts";
import type { Tunnels } from "../../net/tunnels.ts";
import { Refusal } from "../../refusal.ts";
import { FromNetwork, ToNetwork } from "./ascii.ts";
import { NoChannel } from "./channel.ts";
import { refusalReply, reply, wire } from "./reply.ts";

/** What a transfer needs of its session. */
export interface TransferHost {
  readonly tunnels: Tunnels;
  readonly dataTimeoutMs: number;
  /** Whether the data connection is to be in TLS, and must resume the control connection's session. */
  readonly tls: false | "any" | "resumed";
  take(): Promise<Connection>;
  say(text: string): Promise<void>;
}

/** Octets that are read and written here before a file is handed to Tunnels: small files are quicker so. */
const HERE = 512 * 1024;
const PIECE = 256 * 1024;
/** How long a client may go on sending what is not taken (milliseconds). */
const DRAIN_MS = 5_000;
/** How often somebody else's writing is looked at (milliseconds). */
const WATCH_MS = 500;

export class Transfer {
  /** Resolves when it is over and its reply is sent; never rejects. */
  readonly done: Promise<void>;
  /** Octets of files. */
  sent = 0;
  received = 0;
  #aborted = false;
  #receiving = false;
  #data: Connection | undefined;

  constructor(
    private readonly host: TransferHost,
    /** What it does, for the pages: "RETR /a.txt". */
    readonly doing: string,
    opening: string,
    work: (transfer: Transfer, data: Connection) => Promise<string>,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.done = this.#run(opening, work);
  }

  /** Breaks it off; `done` tells when that is done. */
  abort(): void {
    this.#aborted = true;
    this.#data?.destroy();
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  async #run(opening: string, work: (transfer: Transfer, data: Connection) => Promise<string>): Promise<void> {
    let answer: string;
    try {
      answer = await this.#transfer(opening, work);
    } catch (error) {
      answer = this.#troubled(error);
    }
    this.#end();
    await this.host.say(answer).catch(() => undefined);
  }

  async #transfer(opening: string, work: (transfer: Transfer, data: Connection) => Promise<string>): Promise<string> {
    const data = await this.host.take();
    this.#data = data;
    if (this.#aborted) data.destroy();
    data.deadline(this.host.dataTimeoutMs);
    await this.host.say(reply(150, opening));
    if (this.host.tls !== false) {
      try {
        // Some clients greet as soon as they are connected: what they said belongs to TLS.
        await data.acceptTls();
      } catch (error) {
        if (!(error instanceof ConnectionClosed)) throw error;
        // RFC 4217 §10.2: no protection could be agreed on.
        return this.#aborted ? BROKEN : reply(522, "The data connection could not be protected.");
      }
      // A session that began here: with the address asked for besides, a stranger has none.
      if (this.host.tls === "resumed" && data.tls?.resumed !== true) {
        return reply(522, "The data connection must resume the TLS session of this one.");
      }
    }
    data.deadline(this.host.dataTimeoutMs);
    return await work(this, data);
  }

  #end(): void {
    const data = this.#data;
    if (data === undefined) return;
    if (this.#aborted) data.destroy();
    else if (this.#receiving) void drain(data);
    else void data.end();
  }

  #troubled(error: unknown): string {
    if (this.#aborted) return BROKEN;
    if (error instanceof NoChannel) return reply(425, error.message);
    if (error instanceof Refusal) return refusalReply(error);
    if (error instanceof DeadlineExceeded) {
      this.#data?.destroy();
      return reply(426, "The data connection stood still for too long.");
    }
    if (error instanceof ConnectionClosed) return BROKEN;
    this.onFault(error);
    this.#data?.destroy();
    return reply(451, "Something went wrong here; try again later.");
  }

  /** Sends a file from an offset on, as it is. */
  async send(file: OpenFile, offset: number, data: Connection): Promise<void> {
    const length = Math.max(0, file.size - offset);
    if (length > HERE) {
      const idleMs = this.host.dataTimeoutMs;
      this.sent += await this.host.tunnels.sendFile(file.fd, offset, length, data, { idleMs });
      if (this.sent < length) throw new ConnectionClosed();
      return;
    }
    for await (const piece of file.pieces(offset)) {
      this.sent += piece.length;
      await data.write(piece);
    }
    await data.flush();
  }

  /** Sends a file as text; the offset counts in octets as they are sent (RFC 3659 §5.3). */
  async sendText(file: OpenFile, offset: number, data: Connection): Promise<void> {
    const convert = new ToNetwork();
    let skip = offset;
    for await (const piece of file.pieces()) {
      const octets = convert.convert(piece);
      const rest = octets.subarray(Math.min(skip, octets.length));
      skip -= octets.length - rest.length;
      if (rest.length === 0) continue;
      this.sent += rest.length;
      await data.write(rest);
    }
    await data.flush();
  }

  /** Sends lines as they are made. */
  async sendLines(lines: AsyncIterable<string>, data: Connection): Promise<void> {
    let text = "";
    for await (const line of lines) {
      text += `${line}\r\n`;
      if (text.length < 16_384) continue;
      await data.write(wire(text));
      text = "";
    }
    if (text !== "") await data.write(wire(text));
    await data.flush();
  }

  /** Receives a file to its end. @throws what kept it from its end; what came is in the upload */
  async receive(upload: Upload, data: Connection): Promise<void> {
    this.#receiving = true;
    for (;;) {
      if (upload.written >= HERE && data.tls === undefined && upload.left === Number.POSITIVE_INFINITY) {
        if (!(await this.#receiveBeside(upload, data))) return;
        continue;
      }
      const piece = await this.#piece(data);
      if (piece === undefined) return;
      this.received += piece.length;
      await upload.write(piece);
    }
  }

  /** Receives a text to its end. */
  async receiveText(upload: Upload, data: Connection): Promise<void> {
    this.#receiving = true;
    const convert = new FromNetwork();
    for (let piece = await this.#piece(data); piece !== undefined; piece = await this.#piece(data)) {
      this.received += piece.length;
      await upload.write(convert.convert(piece));
    }
    await upload.write(convert.end());
  }

  /** The next octets; undefined at the end that the peer meant. */
  async #piece(data: Connection): Promise<Uint8Array | undefined> {
    try {
      return await data.readSome(PIECE);
    } catch (error) {
      // Whoever has sent all may be gone altogether by now.
      if (error instanceof ConnectionClosed && data.peerFinished && !this.#aborted) return undefined;
      throw error;
    }
  }

  /** Lets Tunnels write as much as there is room for before the disk is asked again; false where the peer has sent all. */
  async #receiveBeside(upload: Upload, data: Connection): Promise<boolean> {
    const most = await upload.portion();
    const [before, sofar] = [upload.position, this.received];
    const look = async () => {
      await upload.catchUp();
      this.received = sofar + upload.position - before;
    };
    const timer = setInterval(() => void look().catch(this.onFault), WATCH_MS);
    try {
      const options = { idleMs: this.host.dataTimeoutMs };
      return (await this.host.tunnels.receiveFile(data, upload.fd, before, options, most)) === most;
    } catch (error) {
      throw refusalOf(error);
    } finally {
      clearInterval(timer);
      await look();
    }
  }
}

const BROKEN = reply(426, "The transfer was broken off.");

/**
 * Ends the connection of an upload. A client that is still sending, because it was refused in the middle, would take a connection that
 * breaks for the whole trouble and not read why: what it sends is thrown away for a while.
 */
async function drain(data: Connection): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  data.deadline(DRAIN_MS);
  try {
    while (performance.now() < until) await data.readSome(PIECE);
  } catch {
    // It has ended, or says nothing more.
  }
  await data.end();
}
