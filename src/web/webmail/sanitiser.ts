/**
 * Sanitises HTML mail on a thread of its own, one message after the other, so that no message can hold up the server: what takes
 * too long is ended with its thread, and the reader gets the text. The thread starts when it is needed and goes when it is not.
 */

import { Worker } from "node:worker_threads";
import { Refusal } from "../../refusal.ts";
import type { Sanitised, SanitiseOptions } from "./sanitise.ts";

/** What the thread is asked. */
export interface Job {
  readonly id: number;
  readonly html: string;
  readonly options: SanitiseOptions;
}

/** What it answers: the result, a sentence for the reader, or what broke. */
export interface Result {
  readonly id: number;
  readonly clean?: Sanitised;
  readonly sentence?: string | undefined;
  readonly fault?: string | undefined;
}

interface Waiting extends Job {
  readonly resolve: (clean: Sanitised) => void;
  readonly reject: (reason: unknown) => void;
}

/** A thread may take so long to start and for one message; its own clock ends most attempts before. */
const LONGEST_MS = 5_000;
const IDLE_MS = 60_000;
const MOST_WAITING = 200;

/** Where the thread's code lies: beside this file, or in the executable, whose root is the folder `src`. */
const WORKER = Bun.isStandaloneExecutable ? "./web/webmail/sanitise-worker.js" : "./sanitise-worker.ts";

export class Sanitiser {
  #worker: Worker | undefined;
  #next = 0;
  readonly #queue: Waiting[] = [];
  #current: Waiting | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Sanitises one message's HTML.
   * @throws Refusal "invalid" where it is too tangled to be shown, "temporary" where too many wait
   */
  sanitise(html: string, options: SanitiseOptions): Promise<Sanitised> {
    if (this.#queue.length >= MOST_WAITING) {
      return Promise.reject(new Refusal("temporary", "Too many messages are being opened at once; try again."));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ id: this.#next++, html, options, resolve, reject });
      this.#advance();
    });
  }

  /** Ends the thread; what waits is refused. */
  close(): void {
    this.#end();
    const left = [...(this.#current ? [this.#current] : []), ...this.#queue.splice(0)];
    this.#current = undefined;
    for (const { reject } of left) reject(new Refusal("temporary", "The server is stopping."));
  }

  #advance(): void {
    if (this.#current !== undefined) return;
    const job = this.#queue.shift();
    clearTimeout(this.#timer);
    if (job === undefined) {
      this.#worker?.unref();
      this.#timer = setTimeout(() => this.#end(), IDLE_MS);
      this.#timer.unref();
      return;
    }
    this.#current = job;
    const { id, html, options } = job;
    this.#thread().postMessage({ id, html, options } satisfies Job);
    this.#timer = setTimeout(() => {
      this.#end();
      this.#settle({ id, sentence: "The formatting of this message takes too long to read; this is its text." });
    }, LONGEST_MS);
  }

  #thread(): Worker {
    this.#worker?.ref();
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL(WORKER, import.meta.url));
    worker.on("message", (result: Result) => this.#settle(result));
    worker.on("error", (error: unknown) => {
      if (worker !== this.#worker) return;
      this.#end();
      if (this.#current !== undefined) this.#settle({ id: this.#current.id, fault: String(error) });
    });
    this.#worker = worker;
    return worker;
  }

  #settle({ id, clean, sentence, fault }: Result): void {
    const job = this.#current;
    if (job?.id !== id) return;
    this.#current = undefined;
    if (clean !== undefined) job.resolve(clean);
    else
      job.reject(sentence === undefined ? new Error(`sanitising failed: ${fault}`) : new Refusal("invalid", sentence));
    this.#advance();
  }

  #end(): void {
    clearTimeout(this.#timer);
    // A thread that ends by itself at the same moment is what was wanted.
    this.#worker?.terminate().catch(() => undefined);
    this.#worker = undefined;
  }
}
