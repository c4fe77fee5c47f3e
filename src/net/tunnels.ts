/**
 * Octets that only pass through: between two connections (proxies, the web ports), or between a connection and a file (FTP, home pages).
 * One for the whole appliance, handed to whoever needs it. Neither side is read faster than the other takes.
 *
 * RFC 9110 §9.3.6 (what a tunnel does at its end: what came from the closed side is still sent to the other), RFC 9293 §3.6 (half-close).
 */
import type { Bucket } from "./bucket.ts";
import type { Connection } from "./connection.ts";
import { copyBoth, copyFromFile, copySome, copyToFile } from "./tunnels-copy.ts";

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

/** Passes octets. */
export class Tunnels {
  /**
   * Passes octets both ways until both ends are gone. What was received and not read goes first; a half-close is passed on. The
   * connections belong to the tunnel from now on: nobody else reads or writes them. `destroy` on either ends the tunnel.
   */
  open(left: Connection, right: Connection, options: TunnelOptions): Tunnel {
    return copyBoth(left, right, options);
  }

  /**
   * Passes exactly so many octets, a body of known length; then both connections are as before. Resolves with the octets that passed:
   * fewer when `from` ended, or either is gone.
   * @throws DeadlineExceeded when nothing passed for idleMs
   */
  passSome(from: Connection, to: Connection, octets: number, options: PassOptions): Promise<number> {
    return copySome(from, to, octets, options);
  }

  /**
   * Sends a part of a file, and waits until the kernel has all of it. Resolves with the octets sent: fewer when the file ends early or
   * the connection is gone. The file stays open.
   * @param fd the file's descriptor
   * @throws DeadlineExceeded when nothing was taken for idleMs; the file's errors
   */
  sendFile(fd: number, offset: number, length: number, to: Connection, options: PassOptions): Promise<number> {
    return copyFromFile(fd, offset, length, to, options);
  }

  /**
   * Writes what the peer sends into a file until it ends. Resolves with the octets written. The file stays open.
   * @throws DeadlineExceeded when nothing came for idleMs; ConnectionClosed when the peer broke off; the file's errors
   */
  receiveFile(from: Connection, fd: number, offset: number, options: PassOptions): Promise<number> {
    return copyToFile(from, fd, offset, options);
  }

  /** Ends all that passes. */
  async close(): Promise<void> {}
}
