/**
 * The main thread's side of the pump: gives it jobs, hears of their end. Called by Tunnels. The thread is started with the first job, and
 * stopped when there has been none for a while.
 *
 * Descriptors given to a job belong to it: they are duplicates, so that whatever happens to the original (closed by its owner, its number
 * taken by another connection) the job never touches somebody else's. The pump closes them; should its thread break, this side does.
 */
import { ptr } from "bun:ffi";
import type { Bucket } from "../bucket.ts";
import * as L from "./layout.ts";
import { canSplice, F_DUPFD_CLOEXEC, O_CLOEXEC, O_NONBLOCK, type System, system } from "./system.ts";
import type { Start } from "./thread.ts";

/** Where the thread's code lies: beside this file, or in the executable, whose root is the folder `src`. */
const THREAD = Bun.isStandaloneExecutable ? "./net/pump/thread.js" : "./thread.ts";
/** After so many broken threads everything is passed in JavaScript. */
const MOST_FAULTS = 3;
/** The thread is let go after this time without a job (milliseconds). */
const IDLE_MS = 60_000;

export { BROKEN, DONE, ENDED, FILE, IDLE, RECEIVE, SEND, SOME, TUNNEL } from "./layout.ts";

/** What the pump is to do, and for whom. */
export interface Job {
  readonly kind: typeof L.TUNNEL | typeof L.SOME | typeof L.SEND | typeof L.RECEIVE;
  /** Duplicates, which belong to the job from now on. */
  readonly first: number;
  readonly second: number;
  readonly idleMs: number;
  readonly bucket?: Bucket | undefined;
  /** Octets to pass at the most; for all but TUNNEL. */
  readonly limit?: number;
  /** Where in the file to begin; for SEND and RECEIVE. */
  readonly offset?: number;
  /** Told once, when all is over; must not throw. */
  ended(ending: Ending): void;
}

/** What came of a job. */
export interface Ending {
  /** DONE, IDLE, BROKEN, ENDED or FILE. */
  readonly status: number;
  /** The system's number of the error, or 0. */
  readonly errno: number;
  /** Octets from the first to the second, and back. */
  readonly forth: number;
  readonly back: number;
}

/** A job under way. */
export interface Running {
  readonly forth: number;
  readonly back: number;
  /** Ends it; `ended` is told all the same. */
  end(): void;
}

interface Thread {
  readonly worker: Worker;
  readonly bell: number;
  readonly memory: L.Shared;
  /** Resolves when nothing runs in it any more. */
  readonly over: PromiseWithResolvers<void>;
  gone: boolean;
}

export class Pump {
  readonly #calls: System;
  readonly #one = new BigUint64Array([1n]);
  readonly #oneAt = ptr(this.#one);
  readonly #onFault: (fault: unknown) => void;
  #thread: Thread | undefined;
  #jobs: (Job | undefined)[] = [];
  #free: number[] = [];
  #running = 0;
  #faults = 0;
  #closing = false;
  /** Bandwidths in use: their cells in shared memory, and how many jobs use each. */
  #buckets = new Map<Bucket, { readonly at: number; jobs: number }>();
  #freeBuckets: number[] = [];
  #idle: ReturnType<typeof setTimeout> | undefined;

  private constructor(calls: System, onFault: (fault: unknown) => void) {
    this.#calls = calls;
    this.#onFault = onFault;
  }

  /** Undefined where the system does not have what it takes. */
  static create(onFault: (fault: unknown) => void): Pump | undefined {
    if (process.platform !== "linux") return undefined;
    try {
      const calls = system();
      return canSplice(calls) ? new Pump(calls, onFault) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Jobs under way. */
  get running(): number {
    return this.#running;
  }

  /** A second descriptor for what one stands for; -1 when there are too many. */
  duplicate(fd: number): number {
    return this.#calls.fcntl(fd, F_DUPFD_CLOEXEC, 3);
  }

  /** Closes a duplicate that was not given to a job. */
  discard(fd: number): void {
    if (fd >= 0) this.#calls.close(fd);
  }

  /** Begins a job; undefined when no more can be taken, and its descriptors are the caller's as before. */
  begin(job: Job): Running | undefined {
    if (this.#closing || this.#thread?.gone || this.#faults >= MOST_FAULTS) return undefined;
    const thread = this.#thread ?? this.#start();
    const slot = this.#free.pop() ?? (this.#jobs.length < L.SLOTS ? this.#jobs.length : -1);
    const bucket = job.bucket === undefined ? -1 : this.#takeBucket(thread, job.bucket);
    if (slot < 0 || bucket === undefined) {
      if (slot >= 0) this.#free.push(slot);
      return undefined;
    }
    clearTimeout(this.#idle);
    this.#jobs[slot] = job;
    this.#running++;
    const { jobs, counts } = thread.memory;
    const words = slot * L.JOB_WORDS;
    jobs[words + L.IDLE_MS] = Math.min(job.idleMs, 0x7fffffff);
    jobs[words + L.BUCKET] = bucket;
    jobs[words + L.FIRST] = job.first;
    jobs[words + L.SECOND] = job.second;
    jobs[words + L.KIND] = job.kind;
    const at = slot * L.COUNT_WORDS;
    counts[at + L.FORTH] = 0;
    counts[at + L.BACK] = 0;
    counts[at + L.LIMIT] = job.limit ?? Number.POSITIVE_INFINITY;
    counts[at + L.OFFSET] = job.offset ?? 0;
    this.#command(thread, slot * 4 + L.BEGIN);
    return new SlotJob(counts, at, () => {
      if (this.#thread === thread && this.#jobs[slot] === job) this.#command(thread, slot * 4 + L.END);
    });
  }

  /** Ends all jobs and the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#quit();
  }

  /** @internal Ends the thread as a fault in it would. */
  break(): void {
    const thread = this.#thread;
    if (!thread) return;
    thread.worker.terminate();
    this.#ring(thread);
  }

  async #quit(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    if (!thread) return;
    // Without jobs the thread is not waited for: the next job starts another.
    if (this.#running === 0) this.#forget();
    this.#command(thread, L.QUIT);
    await thread.over.promise;
  }

  #start(): Thread {
    const memory = L.shared();
    const bell = this.#calls.eventfd(0, O_CLOEXEC | O_NONBLOCK);
    if (bell < 0) throw new Error("eventfd: too many descriptors are open");
    const worker = new Worker(new URL(THREAD, import.meta.url), { smol: true, ref: false });
    const thread: Thread = { worker, bell, memory, over: Promise.withResolvers(), gone: false };
    worker.onmessage = ({ data }) => {
      if (data === "ended") this.#hearOfEnds(thread);
      else this.#over(thread);
    };
    worker.onerror = (event) => this.#broke(thread, event.error ?? event.message);
    worker.addEventListener("close", () => this.#broke(thread, new Error("the pump's thread has ended")));
    worker.postMessage({ buffer: memory.buffer, bell } satisfies Start);
    this.#thread = thread;
    return thread;
  }

  #command(thread: Thread, command: number): void {
    const { control, commands } = thread.memory;
    const at = control[L.COMMANDS_WRITTEN] as number;
    commands[at & (L.RING - 1)] = command;
    Atomics.store(control, L.COMMANDS_WRITTEN, (at + 1) | 0);
    if (Atomics.exchange(control, L.RUNG, 1) === 0) this.#ring(thread);
  }

  #ring(thread: Thread): void {
    this.#calls.write(thread.bell, this.#oneAt, 8);
  }

  #hearOfEnds(thread: Thread): void {
    if (this.#thread !== thread) return;
    const { control, ended, jobs } = thread.memory;
    Atomics.store(control, L.TOLD, 0);
    let at = Atomics.load(control, L.ENDED_READ);
    for (const until = Atomics.load(control, L.ENDED_WRITTEN); at !== until; ) {
      const slot = ended[at & (L.RING - 1)] as number;
      at = (at + 1) | 0;
      Atomics.store(control, L.ENDED_READ, at);
      const words = slot * L.JOB_WORDS;
      this.#finish(thread, slot, jobs[words + L.STATUS] as number, jobs[words + L.ERRNO] as number);
    }
    if (this.#running > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#quit(), IDLE_MS);
    this.#idle.unref();
  }

  #finish(thread: Thread, slot: number, status: number, errno: number): void {
    const job = this.#jobs[slot];
    if (!job) return;
    this.#jobs[slot] = undefined;
    this.#free.push(slot);
    this.#running--;
    if (job.bucket) this.#leaveBucket(job.bucket);
    const at = slot * L.COUNT_WORDS;
    const { counts } = thread.memory;
    job.ended({ status, errno, forth: counts[at + L.FORTH] as number, back: counts[at + L.BACK] as number });
  }

  /** The thread is gone without having been told to: its jobs end, their descriptors are closed from here. */
  #broke(thread: Thread, fault: unknown): void {
    if (thread.gone) return;
    this.#faults++;
    this.#onFault(fault);
    this.#over(thread);
  }

  /** Nothing runs in the thread any more: ends what it has left. */
  #over(thread: Thread): void {
    if (thread.gone) return;
    thread.gone = true;
    if (this.#thread === thread) {
      this.#hearOfEnds(thread);
      const left = [...this.#jobs.entries()];
      for (const [slot, job] of left) {
        if (!job) continue;
        for (const word of [L.FIRST, L.SECOND]) this.#shut(thread.memory.jobs, slot * L.JOB_WORDS + word);
        this.#finish(thread, slot, L.BROKEN, 0);
      }
      this.#forget();
    }
    thread.worker.terminate();
    this.#calls.close(thread.bell);
    thread.over.resolve();
  }

  #forget(): void {
    clearTimeout(this.#idle);
    for (const bucket of this.#buckets.keys()) bucket.move(new Int32Array(2));
    this.#thread = undefined;
    this.#buckets = new Map();
    this.#freeBuckets = [];
    this.#jobs = [];
    this.#free = [];
    this.#running = 0;
  }

  #shut(jobs: Int32Array, word: number): void {
    const fd = Atomics.exchange(jobs, word, -1);
    if (fd >= 0) this.#calls.close(fd);
  }

  #takeBucket(thread: Thread, bucket: Bucket): number | undefined {
    const used = this.#buckets.get(bucket);
    if (used) {
      used.jobs++;
      return used.at;
    }
    const row = this.#freeBuckets.pop() ?? (this.#buckets.size < L.BUCKETS ? this.#buckets.size : undefined);
    if (row === undefined) return undefined;
    const at = row * 2;
    bucket.move(thread.memory.buckets.subarray(at, at + 2));
    this.#buckets.set(bucket, { at, jobs: 1 });
    return at;
  }

  #leaveBucket(bucket: Bucket): void {
    const used = this.#buckets.get(bucket);
    if (!used || --used.jobs > 0) return;
    bucket.move(new Int32Array(2));
    this.#buckets.delete(bucket);
    this.#freeBuckets.push(used.at / 2);
  }
}

class SlotJob implements Running {
  constructor(
    private readonly counts: Float64Array,
    private readonly at: number,
    readonly end: () => void,
  ) {}

  get forth(): number {
    return this.counts[this.at + L.FORTH] as number;
  }

  get back(): number {
    return this.counts[this.at + L.BACK] as number;
  }
}
