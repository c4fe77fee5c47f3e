/**
 * Octets on their way out of one connection. Writes of one turn are joined and leave in one system call; what the
 * kernel does not take is kept until it asks for more, and writers wait while too much is kept.
 */
import { ConnectionClosed } from "./errors.ts";

const EMPTY = new Uint8Array(0);
const DONE = Promise.resolve();

/** `write` starts to wait above, and goes on below (octets waiting). */
const HIGH = 128 * 1024;
const LOW = 32 * 1024;
/** Octets written that leave at once instead of at the end of the turn. */
const SEND_AT = 64 * 1024;
/** Small writes are joined up to this size (octets). */
const BATCH = 128 * 1024;
/** Where they are joined: what the kernel does not take at once is copied out, so nothing stays in it from one sending to the next. */
const JOINED = Buffer.alloc(BATCH);

/** The connection under an Output. */
export interface OutputHost {
  /** Where octets go: takes some of them and says how many; negative when the connection is gone. */
  readonly sink: { write(octets: Uint8Array): number };
  /** Told after each sending how many octets went, and whether the kernel wants no more for now. */
  sent(octets: number, blocked: boolean): void;
  /** Told when the sink is gone. */
  lost(): void;
}

interface Waiting {
  /** Goes on once no more than this many octets are unsent. */
  readonly level: number;
  resolve(): void;
  reject(error: Error): void;
}

/** The unsent octets of one connection. */
export class Output {
  /** Octets waiting; text counts its UTF-16 units until it is encoded. */
  size = 0;
  readonly #host: OutputHost;
  /** True while the kernel takes nothing more. */
  #blocked = false;
  #queued = false;
  #closed = false;
  #text = "";
  /** Octets, and text in Latin-1. */
  readonly #pieces: (Uint8Array | string)[] = [];
  #waiting: Waiting[] | undefined;

  constructor(host: OutputHost) {
    this.#host = host;
  }

  /**
   * Adds to the end; octets belong to the output from now on. Resolves at once while few are waiting.
   * @param encoding of text; with Latin-1 each character is an octet, and becomes one when it leaves
   */
  write(data: Uint8Array | string, encoding: "utf8" | "latin1" = "utf8"): Promise<void> {
    if (typeof data === "string" && encoding === "utf8") {
      this.#text += data;
    } else if (data.length > 0) {
      this.#encodeText();
      this.#pieces.push(data.length > BATCH && typeof data === "string" ? Buffer.from(data, encoding) : data);
    }
    this.size += data.length;
    if (this.size >= SEND_AT) this.send();
    else this.#sendSoon();
    return this.size <= HIGH ? DONE : this.#whenDownTo(LOW);
  }

  /** Sends, and waits until the kernel has everything. */
  flush(): Promise<void> {
    this.send();
    return this.size === 0 ? DONE : this.#whenDownTo(0);
  }

  /** Sends as much as the kernel takes. */
  send(): void {
    if (this.#closed || this.size === 0 || this.#blocked) return;
    let sent = 0;
    while (!this.#blocked && this.size > 0) {
      const batch = this.#nextBatch();
      const n = this.#host.sink.write(batch);
      if (n < 0) {
        this.#host.lost();
        return;
      }
      sent += n;
      if (n < batch.length) {
        this.#pieces.unshift(batch.buffer === JOINED.buffer ? batch.slice(n) : batch.subarray(n));
        this.size += batch.length - n;
        this.#blocked = true;
      }
    }
    this.#host.sent(sent, this.#blocked);
    this.#release();
  }

  /** The kernel wants more. */
  drained(): void {
    this.#blocked = false;
    this.send();
  }

  /** Forgets everything unsent and tells those who wait for it. */
  close(why: () => Error): void {
    this.#closed = true;
    this.size = 0;
    this.#text = "";
    this.#pieces.length = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    const error = why();
    for (const each of waiting) each.reject(error);
  }

  #sendSoon(): void {
    if (this.#queued) return;
    this.#queued = true;
    setImmediate(Output.#sendQueued, this);
  }

  static #sendQueued(this: void, output: Output): void {
    output.#queued = false;
    output.send();
  }

  #whenDownTo(level: number): Promise<void> {
    if (this.#closed) return rejected(new ConnectionClosed());
    const promise = new Promise<void>((resolve, reject) => {
      this.#waiting ??= [];
      this.#waiting.push({ level, resolve, reject });
    });
    promise.catch(() => {});
    return promise;
  }

  #release(): void {
    if (!this.#waiting) return;
    const waiting = this.#waiting;
    const still = waiting.filter(({ level }) => level < this.size);
    this.#waiting = still.length > 0 ? still : undefined;
    for (const each of waiting) if (each.level >= this.size) each.resolve();
  }

  #encodeText(): void {
    if (this.#text === "") return;
    const bytes = Buffer.from(this.#text, "utf8");
    this.size += bytes.length - this.#text.length;
    this.#text = "";
    this.#pieces.push(bytes);
  }

  /** Takes the front off: one large piece, or small ones joined to at most BATCH. */
  #nextBatch(): Uint8Array {
    this.#encodeText();
    const pieces = this.#pieces;
    const first = pieces[0];
    if (!first) {
      this.size = 0;
      return EMPTY;
    }
    let count = 1;
    let size = first.length;
    for (let next = pieces[count]; next && size + next.length <= BATCH; next = pieces[++count]) size += next.length;
    const batch = count === 1 && typeof first !== "string" ? first : joined(pieces, count, size);
    if (count === pieces.length) pieces.length = 0;
    else pieces.splice(0, count);
    this.size -= size;
    return batch;
  }
}

/** The first so many pieces, in place until the next are joined. */
function joined(pieces: readonly (Uint8Array | string)[], count: number, size: number): Uint8Array {
  let at = 0;
  for (let n = 0; n < count; n++) {
    const piece = pieces[n] as Uint8Array | string;
    if (typeof piece === "string") JOINED.write(piece, at, "latin1");
    else JOINED.set(piece, at);
    at += piece.length;
  }
  return JOINED.subarray(0, size);
}

/** A rejected promise that nobody has to look at. */
export function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
