/** A response that is being stored while it passes: in memory while it is small, then in a file. */
import { crc32 } from "node:zlib";
import type { Writer } from "../exchange.ts";
import type { Expected } from "./body.ts";
import type { DiskShelf, Draft } from "./disk.ts";

/** Octets that all recordings together may hold in memory; beyond that they give up, and nobody waits for a slow disk. */
const MOST_HELD = 32 * 1_048_576;

/** What all recordings hold in memory. */
export class Held {
  octets = 0;

  get tooMuch(): boolean {
    return this.octets > MOST_HELD;
  }
}

/** Where a recording goes. */
export interface RecordingOptions {
  /** Octets the content must have, where its framing says. */
  readonly expected: number | undefined;
  /** Octets up to which it stays in memory. */
  readonly small: number;
  /** Octets beyond which it is given up. */
  readonly largest: number;
  readonly disk: DiskShelf | undefined;
  readonly held: Held;
  /** It is whole and small. */
  keep(octets: Uint8Array): void;
  /** It is whole and in a file. */
  file(draft: Draft, expected: Expected): Promise<void>;
  /** File work that goes on beside. */
  working(work: Promise<void>): void;
  /** Called once: it was kept, or nothing comes of it. */
  ended(): void;
}

type State = "memory" | "file" | "over";

export class Recording implements Writer {
  /** All of it has come, and it is on its way into its place. */
  whole = false;
  #state: State = "memory";
  #length = 0;
  #pieces: Uint8Array[] = [];
  #checksum = 0;
  #draft: Promise<Draft> | undefined;
  /** The last of the file's writes, each of which waits for the one before. */
  #written: Promise<void> = Promise.resolve();

  constructor(private readonly options: RecordingOptions) {}

  write(piece: Uint8Array): undefined {
    if (this.#state === "over") return;
    this.#length += piece.length;
    const { small, largest, disk, held, expected } = this.options;
    if (this.#length > Math.min(largest, expected ?? largest) || held.tooMuch) {
      this.abort();
      return;
    }
    held.octets += piece.length;
    if (this.#state === "file") {
      this.#append(piece);
      return;
    }
    this.#pieces.push(piece);
    if (this.#length <= small) return;
    if (disk === undefined) this.abort();
    else this.#spill(disk);
  }

  #spill(disk: DiskShelf): void {
    this.#state = "file";
    this.#draft = disk.draft();
    this.#draft.catch(() => this.abort());
    for (const piece of this.#pieces.splice(0)) this.#append(piece);
  }

  #append(piece: Uint8Array): void {
    const before = this.#written;
    this.#checksum = crc32(piece, this.#checksum);
    this.#written = this.#appendAfter(before, piece).catch(() => this.abort());
  }

  async #appendAfter(before: Promise<void>, piece: Uint8Array): Promise<void> {
    try {
      await before;
      const draft = await this.#draft;
      if (this.#state !== "file") return;
      for (let at = 0; at < piece.length; ) {
        const { bytesWritten } = (await draft?.handle.write(piece, at)) ?? { bytesWritten: 0 };
        if (bytesWritten === 0) throw new Error("nothing was written");
        at += bytesWritten;
      }
    } finally {
      this.options.held.octets -= piece.length;
    }
  }

  end(): void {
    if (this.#state === "over") return;
    if (this.options.expected !== undefined && this.options.expected !== this.#length) {
      this.abort();
      return;
    }
    if (this.#state === "memory") this.#keep();
    else {
      this.whole = true;
      this.options.working(this.#file());
    }
  }

  #keep(): void {
    this.#state = "over";
    const octets = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      octets.set(piece, at);
      at += piece.length;
    }
    this.#letGo();
    this.options.keep(octets);
    this.options.ended();
  }

  async #file(): Promise<void> {
    await this.#written;
    const draft = await this.#draft?.catch(() => undefined);
    if (this.#state !== "file" || draft === undefined) return;
    this.#state = "over";
    await this.options.file(draft, { length: this.#length, checksum: this.#checksum });
    this.options.ended();
  }

  abort(): void {
    if (this.#state === "over") return;
    const wasFile = this.#state === "file";
    this.#state = "over";
    if (wasFile) this.options.working(this.#discard());
    else this.#letGo();
    this.options.ended();
  }

  async #discard(): Promise<void> {
    await this.#written;
    const draft = await this.#draft?.catch(() => undefined);
    if (draft !== undefined) await this.options.disk?.discard(draft);
  }

  /** Gives back what the pieces in memory were counted for. */
  #letGo(): void {
    for (const piece of this.#pieces) this.options.held.octets -= piece.length;
    this.#pieces = [];
  }
}
