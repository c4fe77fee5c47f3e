/**
 * Sanitises HTML mail on a thread of its own, one message after the other, so that no message can hold up the server: what takes
 * too long is ended with its thread, and the reader gets the text. The thread starts when it is needed and goes when it is not.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { Refusal } from "../../refusal.ts";
import type { Sanitised, SanitiseOptions } from "./sanitise.ts";
import type { TidyOptions } from "./tidy.ts";

/** What is wanted of the thread: HTML that a stranger wrote, to be read; or what is written here. */
export type Task =
  | { readonly kind: "read"; readonly html: string; readonly options: SanitiseOptions }
  | { readonly kind: "write"; readonly html: string; readonly options: TidyOptions };

/** What the thread is asked. */
export interface Job {
  readonly id: number;
  readonly task: Task;
}

/** What it answers: the result, a sentence for the reader, or what broke. */
export interface Result {
  readonly id: number;
  readonly clean?: Sanitised | string;
  readonly sentence?: string | undefined;
  readonly fault?: string | undefined;
}

interface Waiting extends Job {
  readonly resolve: (clean: Sanitised | string) => void;
  readonly reject: (reason: unknown) => void;
}

/** A thread may take so long to start and for one message; its own clock ends most attempts before. */
const LONGEST_MS = 5_000;
const IDLE_MS = 60_000;
/** Messages that wait, of everybody and of one. */
const MOST_WAITING = 120;
const MOST_EACH = 20;

/** Where the thread's code lies: beside this file, or in the executable, whose root is the folder `src`. */
const WORKER = Bun.isStandaloneExecutable ? "./web/webmail/sanitise-worker.js" : "./sanitise-worker.ts";

export class Sanitiser {
  #worker: Worker | undefined;
  #next = 0;
  /** By whom they are asked for, in the order in which they have their turn: nobody's tangled messages wait before all of others'. */
  readonly #queues = new Map<number, Waiting[]>();
  readonly #asking = new AsyncLocalStorage<number>();
  #current: Waiting | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Does somebody's work, so that what is asked for in it is known to be his. */
  onBehalf<T>(user: number, work: () => T): T {
    return this.#asking.run(user, work);
  }

  /**
   * Sanitises one message's HTML.
   * @throws Refusal "invalid" where it is too tangled to be shown, "temporary" where too many wait
   */
  sanitise(html: string, options: SanitiseOptions): Promise<Sanitised> {
    return this.#ask({ kind: "read", html, options }) as Promise<Sanitised>;
  }

  /** Tidies what is written here. @throws Refusal as above */
  tidy(html: string, options: TidyOptions): Promise<string> {
    return this.#ask({ kind: "write", html, options }) as Promise<string>;
  }

  #ask(task: Task): Promise<Sanitised | string> {
    const who = this.#asking.getStore() ?? 0;
    const mine = this.#queues.get(who) ?? [];
    const all = [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
    if (mine.length >= MOST_EACH || all >= MOST_WAITING) {
      return Promise.reject(new Refusal("temporary", "Too many messages are being opened at once; try again."));
    }
    return new Promise((resolve, reject) => {
      mine.push({ id: this.#next++, task, resolve, reject });
      this.#queues.set(who, mine);
      this.#advance();
    });
  }

  /** Ends the thread; what waits is refused. */
  close(): void {
    this.#end();
    const left = [...(this.#current ? [this.#current] : []), ...[...this.#queues.values()].flat()];
    this.#queues.clear();
    this.#current = undefined;
    for (const { reject } of left) reject(new Refusal("temporary", "The server is stopping."));
  }

  #advance(): void {
    if (this.#current !== undefined) return;
    const job = this.#following();
    clearTimeout(this.#timer);
    if (job === undefined) {
      this.#worker?.unref();
      this.#timer = setTimeout(() => this.#end(), IDLE_MS);
      this.#timer.unref();
      return;
    }
    this.#current = job;
    const { id, task } = job;
    this.#thread().postMessage({ id, task } satisfies Job);
    this.#timer = setTimeout(() => {
      this.#end();
      this.#settle({ id, sentence: "The formatting of this message takes too long to read; this is its text." });
    }, LONGEST_MS);
  }

  /** The first message of whoever has his turn; then everybody else has his. */
  #following(): Waiting | undefined {
    const [first] = this.#queues;
    if (first === undefined) return undefined;
    const [who, queue] = first;
    const job = queue.shift();
    this.#queues.delete(who);
    if (queue.length > 0) this.#queues.set(who, queue);
    return job;
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
