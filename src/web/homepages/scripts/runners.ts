/**
 * The processes that run pages, and who waits for them. One is started with the first page, more while pages wait, as many as are set;
 * they end when no page has come for a while. A page that does not yield is ended with its process: a thread could not be, since
 * neither Bun nor the engine can stop WebAssembly that loops in native code (docs/decisions/page-scripts.md).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Subprocess } from "bun";
import { PATIENCE } from "./clock.ts";
import {
  encodeFrame,
  type Failed,
  type Frame,
  FrameReader,
  type FromRunner,
  type Made,
  mostHeadOctets,
  type Question,
  type Reply,
  RUN_PAGES,
  type Run,
} from "./frames.ts";
import type { PageScriptLimits } from "./settings.ts";

/** A page to be run. */
export interface Job {
  /** Whose page it is. */
  readonly owner: number;
  readonly run: Run;
  readonly octets: readonly Uint8Array[];
  /** Answers what the script asks. Never rejects. */
  readonly answer: (question: Question) => Promise<Reply>;
}

/** What came of it; "stopped" where the process had to be ended, "busy" where it was not begun. */
export type Result =
  | { readonly kind: "done"; readonly head: Made | Failed; readonly octets: Uint8Array }
  | { readonly kind: "stopped"; readonly why: "time" | "died" }
  | { readonly kind: "busy" };

interface Waiting {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly giveUp: ReturnType<typeof setTimeout>;
}

const STARTING_MS = 15_000;
/** What a page may take beyond its limit, which it keeps itself wherever it can. */
const GRACE_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** What a process is replaced after, so that nothing gathers in it. */
const MOST_PAGES = 2_000;
/** Octets that no page's output has more of, whatever is set. */
const MOST_OUTPUT = 16_777_216;

/** The executable, or Bun with the main file where the program is run from its source. */
const COMMAND = Bun.isStandaloneExecutable
  ? [process.execPath, RUN_PAGES]
  : [process.execPath, fileURLToPath(new URL("../../../main.ts", import.meta.url)), RUN_PAGES];

export class Runners {
  readonly #processes = new Set<Runner>();
  readonly #running = new Map<number, number>();
  #waiting: Waiting[] = [];
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    private readonly limits: () => PageScriptLimits,
    /** Told where no process can be started. */
    private readonly fault: (thrown: unknown) => void,
    private readonly command: readonly string[] = COMMAND,
  ) {}

  /** Processes there are now. */
  get size(): number {
    return this.#processes.size;
  }

  /** Runs a page, perhaps after a while. Never rejects. */
  run(job: Job): Promise<Result> {
    const limits = this.limits();
    const own = this.#waiting.filter(({ job: { owner } }) => owner === job.owner).length;
    if (this.#closed || this.#waiting.length >= limits.waiting || own >= limits.waitingPerUser) {
      return Promise.resolve({ kind: "busy" });
    }
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one.resolve !== resolve);
        resolve({ kind: "busy" });
      }, LONGEST_WAIT_MS);
      this.#waiting.push({ job, resolve, giveUp });
      this.#advance();
    });
  }

  /** Ends all processes; what they run and what waits is answered. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#idle);
    for (const { resolve, giveUp } of this.#waiting.splice(0)) {
      clearTimeout(giveUp);
      resolve({ kind: "busy" });
    }
    for (const runner of this.#processes) runner.kill();
    this.#processes.clear();
  }

  #advance(): void {
    const { perUser, processes } = this.limits();
    for (;;) {
      const at = this.#waiting.findIndex(({ job }) => (this.#running.get(job.owner) ?? 0) < perUser);
      const runner = at === -1 ? undefined : this.#free(processes);
      const [next] = runner === undefined ? [] : this.#waiting.splice(at, 1);
      if (runner === undefined || next === undefined) break;
      clearTimeout(next.giveUp);
      if (runner === "none") next.resolve({ kind: "stopped", why: "died" });
      else this.#begin(runner, next);
    }
    this.#rest();
  }

  /** A process that is free or can be started; "none" where it cannot. */
  #free(most: number): Runner | "none" | undefined {
    for (const runner of this.#processes) if (!runner.isBusy) return runner;
    if (this.#closed || this.#processes.size >= most) return undefined;
    try {
      const runner = new Runner(this.command, this.limits, () => this.#processes.delete(runner));
      this.#processes.add(runner);
      return runner;
    } catch (thrown) {
      this.fault(thrown);
      return "none";
    }
  }

  #begin(runner: Runner, { job, resolve }: Waiting): void {
    const { owner } = job;
    this.#running.set(owner, (this.#running.get(owner) ?? 0) + 1);
    void runner.run(job).then((result) => {
      const left = (this.#running.get(owner) ?? 1) - 1;
      if (left > 0) this.#running.set(owner, left);
      else this.#running.delete(owner);
      if (runner.pages >= MOST_PAGES) runner.kill();
      resolve(result);
      this.#advance();
    });
  }

  /** Ends the processes some time after the last page. */
  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#running.size > 0 || this.#waiting.length > 0 || this.#processes.size === 0) return;
    this.#idle = setTimeout(() => {
      for (const runner of this.#processes) runner.kill();
    }, this.limits().idleSeconds * 1_000);
    this.#idle.unref();
  }
}

interface Current {
  readonly job: Job;
  readonly settle: (result: Result) => void;
  /** Milliseconds that the page may have its turn, by the processor's clock and by the wall's. */
  readonly limit: number;
  /** What the process had computed when it got the page; undefined where the system does not say. */
  readonly cpuFrom: number | undefined;
  /** Milliseconds of its turns before this one, by the wall clock. */
  taken: number;
  turnBegan: number;
}

/** One process; it runs one page at a time. */
class Runner {
  /** Pages it was given. */
  pages = 0;
  readonly #process: Subprocess<"pipe", "pipe", "ignore">;
  #current: Current | undefined;
  #isReady = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    command: readonly string[],
    private readonly limits: () => PageScriptLimits,
    private readonly gone: () => void,
  ) {
    // No environment, and the root as its folder: nothing of the server's is told to it.
    this.#process = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "ignore", env: {}, cwd: "/" });
    this.#process.unref();
    void this.#listen();
  }

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  run(job: Job): Promise<Result> {
    this.pages++;
    return new Promise((settle) => {
      const limit = job.run.limits.milliseconds + GRACE_MS;
      this.#current = { job, settle, limit, cpuFrom: computedBy(this.#process.pid), taken: 0, turnBegan: 0 };
      if (this.#isReady) this.#start();
      else this.#timer = setTimeout(() => this.#stop("died"), STARTING_MS);
    });
  }

  kill(): void {
    this.#stop("died");
  }

  #start(): void {
    if (this.#current === undefined) return;
    const { run, octets } = this.#current.job;
    this.#send(encodeFrame(run, octets));
  }

  /** Gives the process its turn: it has what is left of its time to say something. */
  #send(frame: Uint8Array): void {
    const current = this.#current;
    if (current === undefined) return;
    current.turnBegan = performance.now();
    this.#watch(current, Math.max(0, current.limit - current.taken));
    this.#process.stdin.write(frame);
    // What cannot be written any more is noticed by the reading side.
    Promise.resolve(this.#process.stdin.flush()).catch(() => undefined);
  }

  /** Looks after a while whether the page has used up its time. On a busy machine it may not have got it yet. */
  #watch(current: Current, milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { limit, cpuFrom } = current;
      const cpu = computedBy(this.#process.pid);
      const left = cpu === undefined || cpuFrom === undefined ? 0 : limit - (cpu - cpuFrom);
      const wall = current.taken + performance.now() - current.turnBegan;
      if (left <= 0 || wall > limit * PATIENCE) this.#stop("time");
      else this.#watch(current, left);
    }, milliseconds);
  }

  #stop(why: "time" | "died"): void {
    clearTimeout(this.#timer);
    this.#process.kill("SIGKILL");
    this.gone();
    this.#settle({ kind: "stopped", why });
  }

  #settle(result: Result): void {
    const current = this.#current;
    this.#current = undefined;
    clearTimeout(this.#timer);
    current?.settle(result);
  }

  async #listen(): Promise<void> {
    try {
      const reader = new FrameReader(() => ({ head: mostHeadOctets(this.limits()), octets: MOST_OUTPUT }));
      for await (const piece of this.#process.stdout) {
        for (const frame of reader.push(piece)) this.#hear(frame as Frame<FromRunner>);
      }
    } catch {
      // A process that writes what no page leads to is ended as one that died.
    }
    this.#stop("died");
  }

  #hear({ head, octets }: Frame<FromRunner>): void {
    if (head.kind === "ready") {
      this.#isReady = true;
      this.#start();
    } else if (head.kind === "ask") {
      void this.#answer(head);
    } else {
      this.#settle({ kind: "done", head, octets });
    }
  }

  async #answer(question: Question): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    current.taken += performance.now() - current.turnBegan;
    clearTimeout(this.#timer);
    const reply = await current.job.answer(question);
    if (this.#current === current) this.#send(encodeFrame(reply));
  }
}

/** Milliseconds that a process has computed (proc(5), /proc/pid/stat: utime and stime, a hundredth of a second each). */
function computedBy(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
