/**
 * One TCP or TLS connection, for both sides of it: bytes, no meaning. Every protocol session and every client in
 * this program reads and writes through a Connection; the listener and connect() make them.
 *
 * What holds here:
 * - Received octets wait in a bounded buffer; a reader that falls behind stops the socket, and so the peer.
 * - Writes of one turn leave in one system call. What the kernel does not take is kept, and `write` then waits.
 * - One read at a time. What was written leaves when the turn ends, so nobody has to flush before reading.
 * - An idle connection costs no timer, no promise but its reader's, and no buffer.
 * - Nothing here rejects unhandled: a session may ignore what `write` returns.
 *
 * RFC 3207 §4.2 (nothing received before TLS survives into it), RFC 9266 (tls-exporter).
 */
import type { X509Certificate } from "node:crypto";
import type { Socket } from "bun";
import {
  type Coding,
  type CodingHost,
  type ConnectionOptions,
  type Endpoint,
  Farewell,
  Handshake,
  localEndOf,
  newId,
  type Parting,
  Reader,
  Turn,
  upgraded,
} from "./connection-parts.ts";
import type { Timed } from "./deadlines.ts";
import { Dues, NEVER } from "./dues.ts";
import { ConnectionClosed, DeadlineExceeded, Stopping, TlsFailed, Undecodable } from "./errors.ts";
import { Input } from "./input.ts";
import { Output, type OutputHost, rejected } from "./output.ts";
import { Reads } from "./reads.ts";
import * as tls from "./tls.ts";

export { type ConnectionOptions, connectionHandlers, type Endpoint } from "./connection-parts.ts";
export { ConnectFailed, ConnectionClosed, DeadlineExceeded, LineTooLong, TlsFailed } from "./errors.ts";
export type { Line } from "./input.ts";
export type { ClientTls } from "./tls.ts";

/** Reading from the socket stops above, and goes on below (octets waiting). */
const INPUT_HIGH = 256 * 1024;
const INPUT_LOW = 64 * 1024;
/** How long a handshake may take where no deadline was set (milliseconds). */
const HANDSHAKE = 60_000;
/** How long an orderly end waits for the peer to close its side (milliseconds), and how much it still swallows. */
const LINGER = 2_000;
const LINGER_OCTETS = 1 << 20;
const GONE = Promise.resolve();

/** A connection: octets in, octets out. */
export class Connection extends Reads implements Timed, OutputHost {
  /** The other side: where a PROXY header spoke, the client it named. */
  remote: Endpoint;
  /** What TLS agreed on; undefined in plaintext. */
  tls: tls.TlsInfo | undefined;
  /** Octets received and sent, TLS overhead not counted. */
  bytesIn = 0;
  bytesOut = 0;
  /** True once the server wants to stop: finish what was accepted, then end. */
  stopping = false;
  /** Server side: the certificates for startTls. */
  readonly contextFor: tls.ContextFor | undefined;

  #id: string | undefined;
  #local: Endpoint | undefined;
  #socket: Socket<Connection | undefined>;
  readonly #dues: Dues;
  readonly #onGone: ((connection: Connection) => void) | undefined;
  readonly #input = new Input();
  readonly #output = new Output(this);
  readonly #turn = new Turn();
  #paused = false;
  /** Not read by anybody here for now: see hold. */
  #held = false;
  /** Called to end what the socket was given away to. */
  #elsewhere: (() => void) | undefined;
  #inputEnded = false;
  #peerFinished = false;
  #ending = false;
  #finished = false;
  #closed = false;
  #discarded = 0;
  #cause: Error | undefined;
  readonly #reader = new Reader();
  #watcher: (() => void) | undefined;
  readonly #handshake = new Handshake();
  readonly #farewell = new Farewell();
  #coding: Coding | undefined;

  constructor(options: ConnectionOptions) {
    super();
    this.#socket = options.socket;
    this.#dues = new Dues(options.deadlines);
    this.contextFor = options.contextFor;
    this.#onGone = options.onGone;
    this.remote = options.remote;
    this.#local = options.local;
    options.deadlines.add(this);
  }

  /** For Deadlines: when `expire` is due. */
  get due(): number {
    return this.#dues.next;
  }

  /** Short, sortable by time, unique for all practical purposes; names the session in the log. */
  get id(): string {
    this.#id ??= newId();
    return this.#id;
  }

  /** This side of it. */
  get local(): Endpoint {
    this.#local ??= localEndOf(this.#socket);
    return this.#local;
  }

  set local(local: Endpoint) {
    this.#local = local;
  }

  /** True under TLS. */
  get secure(): boolean {
    return this.tls !== undefined;
  }

  /** True on a server's plaintext connection that has certificates to start TLS with. */
  get canStartTls(): boolean {
    return this.tls === undefined && this.contextFor !== undefined;
  }

  /** Octets received and not yet read. With 0, a pipelining peer has nothing more for now. */
  get buffered(): number {
    return this.#input.length;
  }

  /** Octets that were written and not taken by the kernel yet. */
  get unsent(): number {
    return this.#output.size;
  }

  /** False once the connection is gone. */
  get open(): boolean {
    return !this.#closed;
  }

  /** True once the peer has said that it sends no more, in order; also after the connection is gone. */
  get peerFinished(): boolean {
    return this.#peerFinished;
  }

  /** Resolves when the connection is gone; never rejects. */
  get closed(): Promise<void> {
    return this.#farewell.promise;
  }

  /** Aborts when the connection is gone. */
  get signal(): Parting {
    return this.#farewell;
  }

  /** Calls back once when the connection is gone; at once if it is. The callback must not throw. */
  onClose(callback: () => void): void {
    this.#farewell.on(callback);
  }

  /** Takes an onClose back. */
  offClose(callback: () => void): void {
    this.#farewell.off(callback);
  }

  // Reading

  /**
   * The longest any one read or blocked write may take from now on, until set again; 0 for no limit. Each read
   * starts the time anew, and so does this call for a read that is already waiting.
   * @param ms milliseconds
   */
  deadline(ms: number): void {
    this.#dues.patience = ms;
    if (this.#reader.waits) this.#dues.readWithin(NEVER);
  }

  unread(rest: Uint8Array): void {
    this.#input.unread(rest);
  }

  /** Not an async function: an idle connection waits here, and one promise is all it should cost. */
  readBy<T>(take: (input: Input) => T | undefined, interruptible = false): Promise<T> {
    if (this.#reader.waits) return rejected(new Error("a connection is being read twice at the same time"));
    if (this.#turn.isOver()) return this.#readLater(take, interruptible);
    try {
      const taken = take(this.#input);
      this.#relieve();
      if (taken !== undefined) return Promise.resolve(taken);
    } catch (error) {
      return rejected(error);
    }
    const problem = this.#noMore(interruptible);
    if (problem) return rejected(problem);
    this.#dues.readWithin(NEVER);
    return this.#reader.begin(take, interruptible);
  }

  #readLater<T>(take: (input: Input) => T | undefined, interruptible: boolean): Promise<T> {
    return this.#turn.next().then(() => this.readBy(take, interruptible));
  }

  /** Why a reader that has not found enough will not find more; undefined while it may. */
  #noMore(interruptible: boolean): Error | undefined {
    if (this.#coding?.rest !== undefined) this.#cause ??= new Undecodable("The encoded stream has ended");
    if (this.dry || this.#coding?.rest !== undefined) return this.#closedError();
    if (interruptible && this.stopping && this.#input.length === 0) return new Stopping();
    return undefined;
  }

  /** Lets the waiting reader look again after something has happened. */
  #wakeReader(): void {
    if (this.#watcher) {
      this.#watcher();
      return;
    }
    const reader = this.#reader;
    if (!reader.waits) return;
    try {
      const taken = reader.look(this.#input);
      const problem = taken === undefined ? this.#noMore(reader.interruptible) : undefined;
      if (taken !== undefined || problem) this.#dues.readDone();
      if (problem) reader.reject(problem);
      else if (taken !== undefined) reader.resolve(taken);
    } catch (error) {
      this.#dues.readDone();
      reader.reject(error);
    }
    this.#relieve();
  }

  /** Lets the peer go on once the buffer has been read down. */
  #relieve(): void {
    if (!this.#paused || this.#held || this.#input.length > INPUT_LOW) return;
    this.#coding?.resume();
    if (this.#coding && this.#coding.waiting > INPUT_LOW) return;
    this.#paused = false;
    if (!this.#closed) this.#socket.resume();
  }

  // Writing

  /**
   * Writes octets, or text. Octets belong to the connection from now on. Resolves at once while few are
   * waiting, otherwise when the peer has taken them; rejects with ConnectionClosed, which may be ignored.
   */
  write(data: Uint8Array | string, encoding: "utf8" | "latin1" = "utf8"): Promise<void> {
    if (this.#closed || this.#ending || this.#finished) return rejected(this.#closedError());
    if (!this.#coding) return this.#output.write(data, encoding);
    return this.#output.write(this.#coding.encode(typeof data === "string" ? Buffer.from(data, encoding) : data));
  }

  /** Sends what was written and waits until the kernel has all of it. */
  flush(): Promise<void> {
    return this.#closed ? rejected(this.#closedError()) : this.#output.flush();
  }

  #closedError(): ConnectionClosed {
    return new ConnectionClosed("connection closed", { cause: this.#cause });
  }

  /** @internal */
  get sink(): { write(octets: Uint8Array): number } {
    return this.#socket;
  }

  /** @internal Any progress counts: a slow reader is fine, one that takes nothing is not. */
  sent(octets: number, blocked: boolean): void {
    this.bytesOut += octets;
    this.#dues.wrote(blocked);
  }

  /** @internal */
  lost(): void {
    this.destroy();
  }

  // TLS

  /**
   * Starts TLS after the protocol has agreed to it: sends what was written, drops everything received in plaintext
   * (RFC 3207 §4.2) and shakes hands, within the deadline. A server side needs no options, a client side does.
   * @throws TlsFailed when the handshake or the certificate is not good; the connection is closed then
   */
  async startTls(client?: tls.ClientTls): Promise<void> {
    this.#input.clear();
    await this.flush();
    this.#input.clear();
    await this.#shakeHands(client, undefined);
  }

  /** Server side of a port that speaks TLS from its first octet; what was received already belongs to it. */
  async acceptTls(): Promise<void> {
    await this.#shakeHands(undefined, this.#input.takeAll());
  }

  /**
   * Keying material of the TLS session (RFC 5705, RFC 8446 §7.5), the same on both sides; undefined in plaintext.
   * @param length octets
   */
  exportKeyingMaterial(label: string, length: number): Uint8Array | undefined {
    if (!this.tls || this.#closed) return undefined;
    return tls.exportKeyingMaterial(this.#socket, label, length);
  }

  /** The "tls-exporter" channel binding (RFC 9266); undefined where there is none. */
  channelBinding(): Uint8Array | undefined {
    return this.tls && tls.mayBind(this.tls) ? this.exportKeyingMaterial(tls.CHANNEL_BINDING_LABEL, 32) : undefined;
  }

  /** Client side: the certificate the server showed, good or not; undefined in plaintext. */
  peerCertificate(): X509Certificate | undefined {
    return this.tls && !this.#closed ? tls.peerCertificate(this.#socket) : undefined;
  }

  async #shakeHands(client: tls.ClientTls | undefined, already: Uint8Array | undefined): Promise<void> {
    if (this.tls) throw new Error("TLS is already there");
    if (this.#closed || this.#inputEnded) throw new TlsFailed("connection closed before TLS", { cause: this.#cause });
    if (this.#paused) this.#socket.resume();
    this.#paused = false;
    const shaken = this.#handshake.begin();
    this.#dues.readWithin(HANDSHAKE);
    this.#socket = upgraded(this, this.#socket, client, already);
    const { info, error } = await shaken;
    this.#dues.readDone();
    if (!info) {
      this.destroy();
      throw new TlsFailed(error?.message ?? "TLS handshake failed", { cause: error ?? this.#cause });
    }
    const { agreed, refused } = client ? tls.judge(this.#socket, client, info, error) : { agreed: info };
    if (refused !== undefined) {
      this.destroy();
      throw new TlsFailed(refused);
    }
    this.tls = agreed;
  }

  // The end

  /**
   * Ends the connection in order: sends what was written, says goodbye, and waits a little for the peer to close,
   * so that its kernel does not throw our last words away. Resolves when the connection is gone; never rejects.
   */
  end(): Promise<void> {
    if (this.#elsewhere) this.destroy();
    if (this.#closed) return GONE;
    return this.#ending ? this.closed : this.#endInOrder();
  }

  async #endInOrder(): Promise<void> {
    try {
      const flushed = this.flush();
      this.#ending = true;
      this.#wakeReader();
      await flushed;
    } catch {
      return this.closed;
    }
    this.#input.clear();
    this.#dues.readIn(LINGER);
    if (this.#inputEnded) this.#socket.end();
    else {
      this.#socket.shutdown();
      if (this.#paused) this.#socket.resume();
      this.#paused = false;
    }
    return this.closed;
  }

  /**
   * Sends what was written and says that no more will come, and goes on reading: a half-close (RFC 9293 §3.6). The connection is gone
   * once the peer has ended too. Rejects with ConnectionClosed.
   */
  async finish(): Promise<void> {
    await this.flush();
    if (this.#closed || this.#ending || this.#finished) return;
    this.#finished = true;
    if (this.#inputEnded) this.#socket.end();
    else this.#socket.shutdown();
  }

  /** Drops the connection at once, whatever was still to be sent. */
  destroy(): void {
    if (this.#closed) return;
    const end = this.#elsewhere;
    if (!end) this.#socket.terminate();
    this.gone();
    end?.();
  }

  // Octets that pass by: Tunnels reads and writes the socket itself for a while, or for good.

  /** @internal The socket's descriptor; undefined under TLS, while something is unsent, and when it is gone. */
  get descriptor(): number | undefined {
    if (
      this.#output.size > 0 ||
      this.tls ||
      this.#handshake.underWay ||
      this.#closed ||
      this.#ending ||
      this.#input.spoilt
    )
      return undefined;
    const { fd } = this.#socket as unknown as { readonly fd?: number };
    return fd !== undefined && fd >= 0 ? fd : undefined;
  }

  /** @internal Nothing more is read from the socket; who reads looks again. What was on its way may still come in this turn of the loop. */
  hold(): void {
    this.#held = true;
    this.#wakeReader();
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#socket.pause();
  }

  /** @internal Reads on after hold. */
  release(): void {
    this.#held = false;
    this.#relieve();
  }

  /**
   * @internal Instead of a reader, for who is content to look: called when octets have come, and when no more will; undefined for nobody.
   * Costs neither promises nor, at the end, an error.
   */
  watch(watcher: (() => void) | undefined): void {
    this.#watcher = watcher;
  }

  /** @internal True once no more octets will come. */
  get dry(): boolean {
    const more = this.#coding !== undefined && this.#coding.waiting > 0;
    return (this.#inputEnded && !more) || this.#ending || this.#input.spoilt;
  }

  /** @internal Takes everything that was received and not read. */
  takeBuffered(): Uint8Array {
    return this.#input.takeAll();
  }

  /** Exactly n octets, where they have come already. */
  takeNow(n: number): Uint8Array | undefined {
    const taken = this.#input.take(n);
    this.#relieve();
    return taken;
  }

  /**
   * @internal Lets go of the socket, whose duplicate lives on elsewhere. The connection stays counted and can be destroyed until `leave`.
   * @param end ends what has the duplicate now; called by destroy
   */
  giveAway(end: () => void): void {
    this.#elsewhere = end;
    this.deadline(0);
    this.#socket.data = undefined;
    // Closes the descriptor, and nothing more: terminate and end would tell the peer, which still has the duplicate.
    this.#socket.close();
  }

  /** @internal What has the duplicate says that it has closed it, and how many octets passed there. */
  leave(received: number, sent: number): void {
    this.bytesIn += received;
    this.bytesOut += sent;
    this.#elsewhere = undefined;
    this.gone();
  }

  /** @internal */
  received(chunk: Uint8Array): void {
    this.bytesIn += chunk.length;
    if (this.#ending || this.#input.spoilt) {
      this.#discarded += chunk.length;
      if (this.#discarded > LINGER_OCTETS) this.destroy();
      return;
    }
    this.#turn.begin();
    if (this.#coding) this.#coding.receive(chunk);
    else this.#input.push(chunk);
    this.#limit();
    if (!this.#coding) this.#wakeReader();
  }

  /** Lets the peer wait while more has come than is read. */
  #limit(): void {
    const full = this.#input.length > INPUT_HIGH;
    if (full) this.#coding?.pause();
    if (this.#paused || !(full || (this.#coding && this.#coding.waiting > INPUT_HIGH))) return;
    this.#paused = true;
    this.#socket.pause();
  }

  // Codings

  /** Ends the coding: what is written and what comes from here on is as it is, also what the peer sent already behind its end. */
  uncode(): void {
    const rest = this.#coding?.rest;
    this.#coding?.close();
    this.#coding = undefined;
    if (rest !== undefined) this.#input.push(rest);
  }

  /** True once octets go through a coding. */
  get coded(): boolean {
    return this.#coding !== undefined;
  }

  /**
   * From here on octets go through a coding in both directions. What was written before leaves as it is; what has come and was not
   * read belongs to the coding. A peer whose octets cannot be decoded is as good as gone: ConnectionClosed with Undecodable as cause.
   */
  code(make: (host: CodingHost) => Coding): void {
    if (this.#coding) throw new Error("a coding is already there");
    this.#coding = make({
      decoded: (octets) => {
        if (this.#ending) return;
        this.#input.push(octets);
        this.#limit();
        this.#wakeReader();
        this.#relieve();
      },
      undecodable: (why) => {
        this.#cause ??= new Undecodable(why);
        this.#inputEnded = true;
        this.#coding?.close();
        this.#wakeReader();
      },
    });
    const already = this.#input.takeAll();
    if (already.length > 0) this.#coding.receive(already);
  }

  /** @internal */
  drained(): void {
    this.#output.drained();
  }

  /** @internal The peer has sent all it will send; it may still be listening. */
  ended(): void {
    if (!this.#closed) this.#peerFinished = true;
    this.#inputEnded = true;
    this.#handshake.end({ info: undefined, error: null });
    this.#wakeReader();
    if ((this.#ending && this.#output.size === 0) || this.#finished) this.#socket.end();
  }

  /** @internal TLS broke down, or a handler of ours threw: either way nothing can be made of the socket any more. */
  failed(error: Error): void {
    this.#cause ??= error;
    this.destroy();
  }

  /** @internal */
  shaken(socket: unknown, error: Error | null): void {
    this.#handshake.end({ info: tls.agreed(socket), error });
  }

  /** @internal */
  expire(now: number): void {
    const stalled = this.#dues.writeIsDue(now);
    if (stalled) this.#cause ??= new DeadlineExceeded(this.#dues.stall);
    if (stalled || this.#ending) {
      this.destroy();
      return;
    }
    this.#dues.readDone();
    if (this.#handshake.end({ info: undefined, error: new DeadlineExceeded(this.#dues.patience || HANDSHAKE) })) return;
    if (this.#reader.waits) this.#reader.reject(new DeadlineExceeded(this.#dues.patience));
  }

  /** The listener calls this when the server stops, a service to end one session: a read between commands throws Stopping. */
  stop(): void {
    this.stopping = true;
    this.#wakeReader();
  }

  /** @internal */
  gone(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inputEnded = true;
    this.#cause ??= error;
    this.#coding?.close();
    this.#dues.over(this);
    this.#wakeReader();
    this.#handshake.end({ info: undefined, error: this.#cause ?? null });
    this.#output.close(() => this.#closedError());
    this.#onGone?.(this);
    this.#farewell.say();
  }
}
