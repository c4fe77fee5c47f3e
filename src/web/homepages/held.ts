/**
 * Small files that were asked for lately, in memory, so that a page with its styles and pictures does not walk the disk for each of them.
 * Whether a file is still the same is asked every time; what is held is only its content.
 */
import type { Entry, Jail } from "../../files/files.ts";
import { type Source, wholeOf } from "./body.ts";

/** Octets of one file, and of all. */
const LARGEST = 131_072;
const MOST_OCTETS = 4_194_304;
/** A file that was changed this lately (milliseconds) may be changed again without its time showing it. */
const SETTLED_MS = 2_000;

interface Held {
  readonly entry: Entry;
  readonly octets: Uint8Array;
}

export class HeldFiles {
  readonly #held = new Map<string, Held>();
  #octets = 0;

  constructor(private readonly now: () => number) {}

  /** A file that is held and still the same; undefined where it has to be opened. */
  async find(owner: number, jail: Jail, path: string): Promise<Source | undefined> {
    const key = keyOf(owner, path);
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    const same = await jail.isStill(path, held.entry);
    if (this.#held.get(key) === held) {
      this.#forget(key, held);
      // At the end stand those that were asked for last.
      if (same) this.#put(key, held);
    }
    return same ? sourceOf(held) : undefined;
  }

  /** Holds a file that was opened, where it is small and has settled; gives what to send. */
  async hold(owner: number, path: string, file: Source): Promise<Source> {
    if (file.size > LARGEST || this.now() - file.entry.changed < SETTLED_MS) return file;
    const { entry } = file;
    const octets = await wholeOf(file);
    const held = { entry, octets };
    if (octets.length !== entry.size) return sourceOf(held);
    const key = keyOf(owner, path);
    const before = this.#held.get(key);
    if (before !== undefined) this.#forget(key, before);
    this.#put(key, held);
    for (const [oldest, other] of this.#held) {
      if (this.#octets <= MOST_OCTETS) break;
      this.#forget(oldest, other);
    }
    return sourceOf(held);
  }

  #put(key: string, held: Held): void {
    this.#held.set(key, held);
    this.#octets += held.octets.length;
  }

  #forget(key: string, held: Held): void {
    if (this.#held.delete(key)) this.#octets -= held.octets.length;
  }
}

const keyOf = (owner: number, path: string): string => `${owner} ${path}`;

/** What is held, as a file that was opened. */
const sourceOf = ({ entry, octets }: Held): Source => ({
  entry,
  octets,
  size: octets.length,
  fd: -1,
  read: (buffer, position) => {
    const part = octets.subarray(position, position + buffer.length);
    buffer.set(part);
    return Promise.resolve(part.length);
  },
  async *pieces(start = 0, end = octets.length) {
    yield octets.subarray(start, end);
  },
  close: () => Promise.resolve(),
});
