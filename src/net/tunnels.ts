/**
 * Octets that only pass through: between two connections (proxies, the web ports), or between a connection and a file (FTP, home pages).
 * One for the whole appliance, handed to whoever needs it. Neither side is read faster than the other takes.
 *
 * In plaintext the kernel moves them, told by a thread of its own (pump/), so that the sessions of the main loop are not disturbed; under
 * TLS, for little, and where the system cannot, JavaScript does (tunnels-copy.ts). Which of them makes no difference to who asks.
 * docs/decisions/tunnels.md.
 *
 * RFC 9110 §9.3.6 (what a tunnel does at its end: what came from the closed side is still sent to the other), RFC 9293 §3.6 (half-close).
 */
import { getSystemErrorName } from "node:util";
import type { Bucket } from "./bucket.ts";
import type { Connection } from "./connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "./errors.ts";
import * as pump from "./pump/pump.ts";
import { copyBoth, copyFromFile, copySome, copyToFile } from "./tunnels-copy.ts";
import { PumpedTunnel } from "./tunnels-pumped.ts";

export { Bucket } from "./bucket.ts";

/** Octets that have passed. */
export interface Passed {
  /** From left to right. */
  readonly sent: number;
  /** From right to left. */
  readonly received: number;
}

export interface PassOptions {
  /** Ends it when nothing has passed in either direction for this time (milliseconds). */
  readonly idleMs: number;
  /** Bandwidth, shared with all that were given the same one. */
  readonly bucket?: Bucket | undefined;
}

export interface SomeOptions extends PassOptions {
  /** So many octets must pass in idleMs, where one is not enough; a limited bandwidth makes no haste. */
  readonly least?: number | undefined;
}

export interface TunnelOptions extends PassOptions {
  /** Told about once a second while octets pass, and at the end. Must not throw. */
  readonly onProgress?: ((passed: Passed) => void) | undefined;
}

/** Two connections whose octets pass to each other. */
export interface Tunnel {
  /** Resolves when both connections are gone; never rejects. */
  readonly done: Promise<Passed>;
  /** What has passed by now. */
  readonly passed: Passed;
  /** Ends both connections at once. */
  end(): void;
}

/** What a Tunnels is made with. */
export interface TunnelsOptions {
  /** Told when the pump's thread broke; its tunnels have ended then, and later ones are passed all the same. */
  readonly onFault: (fault: unknown) => void;
  /** False passes everything in JavaScript. */
  readonly pump?: boolean;
}

/** Fewer octets than this are passed in JavaScript: to hand descriptors over costs more (octets). */
const WORTH_IT = 262_144;
/** How long the rest of a connection that is gone is waited for (milliseconds). */
const EBB_MS = 100;
/** How often progress is told (milliseconds). */
const PROGRESS_MS = 1_000;
/** Tunnels that are given to the pump in one turn of the loop. */
const AT_ONCE = 100;

/** Passes octets. */
export class Tunnels {
  /** Loaded when the first octets are to pass; null where it cannot be had. */
  #loaded: pump.Pump | null | undefined;
  readonly #tunnels = new Set<Tunnel>();
  /** Those that the pump passes, or will. */
  readonly #watched = new Set<PumpedTunnel>();
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly options: TunnelsOptions) {}

  get #pump(): pump.Pump | undefined {
    if (this.#loaded === undefined) {
      this.#loaded = this.options.pump === false ? null : (pump.Pump.create(this.options.onFault) ?? null);
    }
    return this.#loaded ?? undefined;
  }

  /** True where the kernel passes what it can. */
  get pumps(): boolean {
    return this.#pump !== undefined;
  }

  /**
   * Passes octets both ways until both ends are gone. What was received and not read goes first; a half-close is passed on. The
   * connections belong to the tunnel from now on: nobody else reads or writes them. `destroy` on either ends the tunnel.
   */
  open(left: Connection, right: Connection, options: TunnelOptions): Tunnel {
    const pumped = left.secure || right.secure ? undefined : this.#pump;
    const tunnel = pumped ? new PumpedTunnel(pumped, left, right, options) : copyBoth(left, right, options);
    this.#tunnels.add(tunnel);
    if (tunnel instanceof PumpedTunnel) this.#tellProgress(tunnel);
    void tunnel.done.then(() => {
      this.#tunnels.delete(tunnel);
      if (tunnel instanceof PumpedTunnel) this.#watched.delete(tunnel);
    });
    return tunnel;
  }

  /**
   * Passes exactly so many octets, a body of known length; then both connections are as before, without a deadline. Meanwhile nobody else reads `from` or
   * writes `to`. Resolves with the octets that passed: fewer when `from` ended, or either is gone.
   * @throws DeadlineExceeded when nothing, or too little, passed for idleMs; what was on its way is lost then
   */
  async passSome(from: Connection, to: Connection, octets: number, options: SomeOptions): Promise<number> {
    const rest = octets - from.buffered;
    if (!this.#pump || rest < WORTH_IT || from.secure || to.secure) return copySome(from, to, octets, options);
    let first = 0;
    from.hold();
    try {
      await turn();
      const waiting = Math.min(from.buffered, octets);
      first = await copySome(from, to, waiting, options);
      if (first < waiting) return first;
      await to.flush();
      const ending = await this.#run(pump.SOME, from, to, { ...options, limit: octets - first });
      if (ending === undefined) {
        from.release();
        return first + (await copySome(from, to, octets - first, options));
      }
      this.#judge(ending, options);
      return first + ending.forth;
    } catch (error) {
      if (error instanceof ConnectionClosed) return first;
      throw error;
    } finally {
      from.release();
    }
  }

  /**
   * Sends a part of a file, and waits until the kernel has all of it. Resolves with the octets sent: fewer when the file ends early or
   * the connection is gone. The file stays open.
   * @param fd the file's descriptor
   * @throws DeadlineExceeded when nothing was taken for idleMs; the file's errors
   */
  async sendFile(fd: number, offset: number, length: number, to: Connection, options: PassOptions): Promise<number> {
    if (!this.#pump || length < WORTH_IT || to.secure) return copyFromFile(fd, offset, length, to, options);
    await to.flush().catch(() => undefined);
    if (!to.open) return 0;
    const ending = await this.#run(pump.SEND, fd, to, { ...options, limit: length, offset });
    if (ending === undefined) return copyFromFile(fd, offset, length, to, options);
    this.#judge(ending, options);
    return ending.forth;
  }

  /**
   * Writes what the peer sends into a file until it ends, or until there are `most` octets of it. Resolves with the octets written: fewer
   * than that when the peer has sent all. The file stays open; it must not have been opened for appending.
   * @throws DeadlineExceeded when nothing came for idleMs; ConnectionClosed when the peer broke off; the file's errors
   */
  async receiveFile(
    from: Connection,
    fd: number,
    offset: number,
    options: PassOptions,
    most = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    if (!this.#pump || from.secure) return copyToFile(from, fd, offset, options, most);
    from.hold();
    try {
      await turn();
      const waiting = Math.min(from.buffered, most);
      const first = await copyToFile(from, fd, offset, options, waiting);
      if (first === most) return first;
      const ending = await this.#run(pump.RECEIVE, from, fd, {
        ...options,
        offset: offset + first,
        limit: most - first,
      });
      if (ending === undefined) {
        from.release();
        return first + (await copyToFile(from, fd, offset + first, options, most - first));
      }
      this.#judge(ending, options);
      if (ending.status !== pump.DONE) throw new ConnectionClosed("connection closed in the middle of a file");
      return first + ending.forth;
    } finally {
      from.release();
    }
  }

  /** Ends all that passes. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    for (const tunnel of this.#tunnels) tunnel.end();
    await this.#loaded?.close();
  }

  /** @internal Ends the pump's thread as a fault in it would. */
  breakPump(): void {
    this.#pump?.break();
  }

  /** Has the pump do one thing with duplicates of two descriptors; undefined when it cannot. */
  async #run(
    kind: typeof pump.SOME | typeof pump.SEND | typeof pump.RECEIVE,
    from: Connection | number,
    to: Connection | number,
    options: SomeOptions & { readonly limit?: number; readonly offset?: number },
  ): Promise<pump.Ending | undefined> {
    const { promise, resolve } = Promise.withResolvers<pump.Ending | undefined>();
    const [first, second] = [this.#duplicate(from), this.#duplicate(to)];
    const begun =
      first >= 0 && second >= 0 ? this.#pump?.begin({ kind, first, second, ...options, ended: resolve }) : undefined;
    if (!begun) {
      this.#pump?.discard(first);
      this.#pump?.discard(second);
      return undefined;
    }
    // A connection that was reset may still hold what was sent before: the pump gets that and finds the end itself. One that was
    // destroyed from here has no end to find.
    const ebb = () => void setTimeout(begun.end, EBB_MS).unref();
    if (typeof from !== "number") from.onClose(ebb);
    if (typeof to !== "number") to.onClose(begun.end);
    const haste = options.least && !options.bucket ? new Hastening(begun, options.idleMs, options.least) : undefined;
    const ending = await promise;
    haste?.stop();
    if (typeof from !== "number") from.bytesIn += ending?.forth ?? 0;
    if (typeof to !== "number") to.bytesOut += ending?.forth ?? 0;
    if (typeof from !== "number") from.offClose(ebb);
    if (typeof to !== "number") to.offClose(begun.end);
    return haste?.late && ending?.status === pump.ENDED ? { ...ending, status: pump.IDLE } : ending;
  }

  #duplicate(end: Connection | number): number {
    const fd = typeof end === "number" ? end : end.descriptor;
    return fd === undefined ? -1 : (this.#pump?.duplicate(fd) ?? -1);
  }

  #judge({ status, errno }: pump.Ending, { idleMs }: PassOptions): void {
    if (status === pump.IDLE) throw new DeadlineExceeded(idleMs);
    if (status !== pump.FILE) return;
    const code = getSystemErrorName(-errno);
    throw Object.assign(new Error(`a file could not be passed: ${code}`), { code, errno: -errno });
  }

  /** Gives what has stood for a moment to the pump, some at a time. */
  async #settle(tunnels: readonly PumpedTunnel[]): Promise<void> {
    let settled = 0;
    for (const tunnel of tunnels) {
      if (!tunnel.light) continue;
      tunnel.settle();
      if (++settled % AT_ONCE === 0) await turn();
    }
  }

  #tellProgress(tunnel: PumpedTunnel): void {
    this.#watched.add(tunnel);
    if (this.#watch) return;
    this.#watch = setInterval(() => {
      if (this.#watched.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      }
      for (const each of this.#watched) each.tellProgress();
      void this.#settle([...this.#watched]);
    }, PROGRESS_MS);
    this.#watch.unref();
  }
}

/** Ends what passes too little in a time. */
class Hastening {
  late = false;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(running: pump.Running, idleMs: number, least: number) {
    let before = 0;
    this.#timer = setInterval(() => {
      this.late = running.forth - before < least;
      before = running.forth;
      if (this.late) running.end();
    }, idleMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** The rest of this turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
