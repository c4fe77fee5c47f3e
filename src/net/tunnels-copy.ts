/**
 * Passing octets in JavaScript: for TLS, whose octets only this process can read, and for systems without splice(2). Called by Tunnels.
 */
import { read, write } from "node:fs";
import { promisify } from "node:util";
import type { Connection } from "./connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "./errors.ts";
import type { Passed, PassOptions, SomeOptions, Tunnel, TunnelOptions } from "./tunnels.ts";

/** Octets taken at a time. */
const PIECE = 65_536;
/** Octets read from a file at a time. */
const FILE_PIECE = 262_144;
/** How often progress is told (milliseconds). */
const PROGRESS_MS = 1_000;

const readFile = promisify(read);
const writeFile = promisify(write);

/** Two connections, passed to each other. */
export function copyBoth(left: Connection, right: Connection, options: TunnelOptions): Tunnel {
  return new Copying(left, right, options);
}

class Copying implements Tunnel {
  readonly done: Promise<Passed>;
  #sent = 0;
  #received = 0;
  #movedAt = performance.now();
  #toldAt = this.#movedAt;

  constructor(
    private readonly left: Connection,
    private readonly right: Connection,
    private readonly options: TunnelOptions,
  ) {
    left.deadline(options.idleMs);
    right.deadline(options.idleMs);
    this.done = this.#run();
  }

  get passed(): Passed {
    return { sent: this.#sent, received: this.#received };
  }

  end(): void {
    this.left.destroy();
    this.right.destroy();
  }

  async #run(): Promise<Passed> {
    await Promise.all([
      this.#pass(this.left, this.right, (octets) => {
        this.#sent += octets;
      }),
      this.#pass(this.right, this.left, (octets) => {
        this.#received += octets;
      }),
    ]);
    await Promise.all([this.left.end(), this.right.end()]);
    const { passed } = this;
    this.options.onProgress?.(passed);
    return passed;
  }

  /** One direction. Whoever ends is followed by the other, which is sent what was still on its way. */
  async #pass(from: Connection, to: Connection, count: (octets: number) => void): Promise<void> {
    const { bucket } = this.options;
    try {
      for (;;) {
        const octets = await this.#next(from, bucket?.portion ?? PIECE);
        if (octets === undefined) break;
        await send(octets, to);
        count(octets.length);
        this.#moved();
        if (bucket) await bucket.pay(octets.length, () => from.open);
      }
      // Whoever has gone altogether will not take what still comes either.
      if (from.open) await to.finish();
      else await to.end();
    } catch (error) {
      if (error instanceof DeadlineExceeded) this.end();
      else if (!(error instanceof ConnectionClosed)) throw error;
      else if (!to.open) from.destroy();
    }
  }

  /** The next octets of one side; undefined at their end. One side may be silent while the other is not. */
  async #next(from: Connection, most: number): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        return await from.readSome(most);
      } catch (error) {
        if (error instanceof ConnectionClosed) return undefined;
        if (!(error instanceof DeadlineExceeded)) throw error;
        if (performance.now() - this.#movedAt >= this.options.idleMs) throw error;
      }
    }
  }

  #moved(): void {
    this.#movedAt = performance.now();
    const { onProgress } = this.options;
    if (!onProgress || this.#movedAt - this.#toldAt < PROGRESS_MS) return;
    this.#toldAt = this.#movedAt;
    onProgress(this.passed);
  }
}

/** Exactly so many octets from one connection to another; fewer when one of them ends. */
export async function copySome(
  from: Connection,
  to: Connection,
  octets: number,
  { idleMs, bucket, least = 0 }: SomeOptions,
): Promise<number> {
  from.deadline(idleMs);
  to.deadline(idleMs);
  let passed = 0;
  let enoughAt = performance.now();
  let enough = 0;
  try {
    while (passed < octets) {
      const piece = await from.readSome(Math.min(octets - passed, bucket?.portion ?? PIECE));
      const { length } = piece;
      await send(piece, to);
      passed += length;
      if (bucket) await bucket.pay(length, () => to.open);
      const now = performance.now();
      if (bucket || passed - enough >= least) {
        enough = passed;
        enoughAt = now;
      } else if (now - enoughAt >= idleMs && passed < octets) throw new DeadlineExceeded(idleMs);
    }
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  }
  from.deadline(0);
  to.deadline(0);
  return passed;
}

/** A part of a file to a connection. */
export async function copyFromFile(
  fd: number,
  offset: number,
  length: number,
  to: Connection,
  { idleMs, bucket }: PassOptions,
): Promise<number> {
  to.deadline(idleMs);
  let passed = 0;
  try {
    while (passed < length) {
      const size = Math.min(length - passed, bucket?.portion ?? FILE_PIECE);
      // A buffer for each piece: octets belong to the connection once they are written.
      const { bytesRead, buffer } = await readFile(fd, new Uint8Array(size), 0, size, offset + passed);
      if (bytesRead === 0) break;
      await send(buffer.subarray(0, bytesRead), to);
      passed += bytesRead;
      if (bucket) await bucket.pay(bytesRead, () => to.open);
    }
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  }
  to.deadline(0);
  return passed;
}

/** Everything a connection receives until it ends, into a file; where `most` is given, no more than that many octets. */
export async function copyToFile(
  from: Connection,
  fd: number,
  offset: number,
  { idleMs, bucket }: PassOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  from.deadline(idleMs);
  let passed = 0;
  while (passed < most) {
    const piece = await from
      .readSome(Math.min(bucket?.portion ?? FILE_PIECE, most - passed))
      .catch((error: unknown) => {
        if (error instanceof ConnectionClosed && from.peerFinished) return undefined;
        throw error;
      });
    if (piece === undefined) break;
    for (let at = 0; at < piece.length; ) {
      const { bytesWritten } = await writeFile(fd, piece, at, piece.length - at, offset + passed + at);
      at += bytesWritten;
    }
    passed += piece.length;
    if (bucket) await bucket.pay(piece.length, () => from.open);
  }
  from.deadline(0);
  return passed;
}

/** Octets go out, and are waited for until the kernel has them. */
async function send(octets: Uint8Array, to: Connection): Promise<void> {
  await Promise.all([to.write(octets), to.flush()]);
}
