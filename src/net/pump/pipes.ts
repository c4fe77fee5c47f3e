/** The pump's pipes: a direction borrows one while octets are in it. Used by the pump's thread alone. */
import { ptr } from "bun:ffi";
import { F_SETPIPE_SZ, O_CLOEXEC, O_NONBLOCK, type System } from "./system.ts";

/** Pipes at the same time; whoever gets none tries again a little later. */
const MOST = 2_048;
/** Pipes of full size at the same time; with more in use, peers are slow, and much in their pipes helps nobody. */
const LARGE_AT_ONCE = 64;
/** Octets of a pipe of full size, and of others. */
const LARGE = 524_288;
const SMALL = 16_384;
/** Empty pipes that are kept. */
const SPARE = 32;

export class Pipes {
  /** Descriptors by the pipe's number. */
  readonly readEnd = new Int32Array(MOST);
  readonly writeEnd = new Int32Array(MOST);
  /** Octets that may be put into a pipe. */
  readonly capacity = new Int32Array(MOST);
  readonly #made = new Int32Array(2);
  readonly #madeAt = ptr(this.#made);
  /** Empty pipes, and numbers that have none. */
  readonly #spare = new Int32Array(MOST);
  #spares = 0;
  readonly #unused = new Int32Array(MOST);
  #unuseds = 0;
  #numbers = 0;
  #large = 0;

  constructor(private readonly calls: System) {}

  /** An empty pipe's number; -1 when there is none to be had now. */
  borrow(): number {
    if (this.#spares > 0) return this.#spare[--this.#spares] as number;
    if (this.#unuseds === 0 && this.#numbers === MOST) return -1;
    if (this.calls.pipe2(this.#madeAt, O_CLOEXEC | O_NONBLOCK) !== 0) return -1;
    const pipe = this.#unuseds > 0 ? (this.#unused[--this.#unuseds] as number) : this.#numbers++;
    this.readEnd[pipe] = this.#made[0] as number;
    this.writeEnd[pipe] = this.#made[1] as number;
    // Without privileges the kernel limits what all pipes of a user hold together; the size it starts with is good then.
    const large =
      this.#large < LARGE_AT_ONCE && this.calls.fcntl(this.writeEnd[pipe] as number, F_SETPIPE_SZ, LARGE) > 0;
    if (large) this.#large++;
    this.capacity[pipe] = large ? LARGE : SMALL;
    return pipe;
  }

  /** Gives a pipe back. One that still holds octets is never used again: they belong to somebody. */
  giveBack(pipe: number, held: number): void {
    if (held === 0 && this.#spares < SPARE) {
      this.#spare[this.#spares++] = pipe;
      return;
    }
    if (this.capacity[pipe] === LARGE) this.#large--;
    this.calls.close(this.readEnd[pipe] as number);
    this.calls.close(this.writeEnd[pipe] as number);
    this.#unused[this.#unuseds++] = pipe;
  }

  /** Closes the spare ones. */
  close(): void {
    const spares = this.#spares;
    for (let i = 0; i < spares; i++) {
      const pipe = this.#spare[i] as number;
      this.calls.close(this.readEnd[pipe] as number);
      this.calls.close(this.writeEnd[pipe] as number);
    }
    this.#spares = 0;
  }
}
