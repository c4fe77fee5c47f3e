/** The content of a stored response, in memory or in a file, read by pieces. */

import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Content } from "../exchange.ts";
import type { Span } from "./ranges.ts";

/** Octets read from a file at once. */
const PIECE = 262_144;

/** A content that can be read once or by spans, and is then let go of. */
export interface Body {
  readonly length: number;
  /** Reads a span. May be called several times before `release`. */
  read(span: Span): Content;
  /** All its octets, where they are in memory; nobody may change them. */
  readonly octets?: Uint8Array;
  /** Where a span's octets are in an open file, if that was found to be in order. */
  file?(span: Span): { readonly fd: number; readonly offset: number } | undefined;
  release(): void;
}

/** A content in memory: shared by all who read it, so nobody may change it. */
export class MemoryBody implements Body {
  constructor(readonly octets: Uint8Array) {}

  get length(): number {
    return this.octets.length;
  }

  async *read({ start, end }: Span): Content {
    if (end > start) yield this.octets.subarray(start, end);
  }

  release(): void {}
}

/** What a file must hold. */
export interface Expected {
  readonly length: number;
  /** CRC-32 of the content. */
  readonly checksum: number;
}

/** What is known of a file, and who is told more. */
export interface Watch {
  /** Whether it was written or read to its end since the start. */
  sound(): boolean;
  /** It was read to its end and is what was written. */
  verified(): void;
  /** It does not hold what it should. */
  damaged(): void;
}

/** A stored file does not hold what was written into it. */
export class Damaged extends Error {
  override readonly name = "Damaged";
}

/** A content in a file that is open: it can be deleted meanwhile, and is read to its end all the same. */
export class FileBody implements Body {
  #released = false;

  private constructor(
    readonly handle: FileHandle,
    private readonly expected: Expected,
    private readonly watch: Watch,
  ) {}

  /**
   * Opens a file; undefined where it is missing or has another length.
   */
  static async open(path: string, expected: Expected, watch: Watch): Promise<FileBody | undefined> {
    const handle = await open(path, "r").catch(() => undefined);
    if (handle === undefined) return undefined;
    const size = await handle.stat().then(
      (stat) => (stat.isFile() ? stat.size : -1),
      () => -1,
    );
    if (size === expected.length) return new FileBody(handle, expected, watch);
    await handle.close().catch(() => {});
    return undefined;
  }

  get length(): number {
    return this.expected.length;
  }

  /**
   * The whole is checked while it is read, and its last piece is held back until it is known to be right: who is sent a damaged content
   * sees it break off, and does not take it for complete.
   */
  async *read({ start, end }: Span): Content {
    const whole = start === 0 && end === this.expected.length;
    let checksum = 0;
    for (let at = start; at < end; ) {
      const piece = await this.#piece(at, Math.min(PIECE, end - at));
      at += piece.length;
      if (whole) checksum = crc32(piece, checksum);
      if (whole && at === end) {
        if (checksum !== this.expected.checksum) this.#fail("its checksum is another");
        this.watch.verified();
      }
      yield piece;
    }
  }

  file({ start }: Span): { readonly fd: number; readonly offset: number } | undefined {
    return this.watch.sound() ? { fd: this.handle.fd, offset: start } : undefined;
  }

  async #piece(at: number, octets: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(octets);
    const { bytesRead } = await this.handle.read(buffer, 0, octets, at);
    if (bytesRead === 0) this.#fail("it is shorter than it was");
    return bytesRead === octets ? buffer : buffer.subarray(0, bytesRead);
  }

  #fail(why: string): never {
    this.watch.damaged();
    throw new Damaged(`a file of the cache is damaged: ${why}`);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    void this.handle.close().catch(() => {});
  }
}
