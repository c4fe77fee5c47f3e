/** How hard a password is to guess, judged by zxcvbn with the user's own names among the words an attacker tries first. */
import { Worker } from "node:worker_threads";
import { Refusal } from "../refusal.ts";

/** What zxcvbn says about a password. */
export interface Strength {
  /** 0 guessed at once, 1 weak, 2 fair, 3 good, 4 strong. */
  readonly score: 0 | 1 | 2 | 3 | 4;
  /** What is wrong with it; empty where nothing is. */
  readonly warning: string;
  readonly suggestions: readonly string[];
}

/** What the judging thread is asked. */
export interface Question {
  readonly id: number;
  readonly password: string;
  readonly words: readonly string[];
}

/** What it answers. */
export interface Judged {
  readonly id: number;
  readonly strength: Strength;
}

interface Waiting {
  readonly resolve: (strength: Strength) => void;
  readonly reject: (reason: Refusal) => void;
}

/** What is beyond is not looked at: the time grows faster than the length. */
const MOST_CHARACTERS = 72;
const MOST_WAITING = 100;
/** The thread and its word lists are let go after this time without a question. */
const IDLE_MS = 60_000;

/** Where the thread's code lies: beside this file, or in the executable, whose root is the folder `src`. */
const WORKER = Bun.isStandaloneExecutable ? "./auth/strength-worker.js" : "./strength-worker.ts";

/** Judges passwords on a thread of its own, which is started when it is needed. */
export class StrengthMeter {
  #worker: Worker | undefined;
  #next = 0;
  readonly #waiting = new Map<number, Waiting>();
  #idle: ReturnType<typeof setTimeout> | undefined;

  /**
   * Judges a password. `userInputs` are names and addresses of the user; each counts whole and in its parts.
   * @throws Refusal "temporary" if it cannot be judged now
   */
  strength(password: string, userInputs: readonly string[] = []): Promise<Strength> {
    if (password === "") return Promise.resolve({ score: 0, warning: "", suggestions: [] });
    if (this.#waiting.size >= MOST_WAITING) return Promise.reject(unavailable());
    const question = { id: this.#next++, password: password.slice(0, MOST_CHARACTERS), words: wordsOf(userInputs) };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject });
      this.#start().postMessage(question);
    });
  }

  /** Ends the thread. */
  close(): void {
    clearTimeout(this.#idle);
    this.#worker?.terminate().catch(() => undefined);
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(unavailable());
    this.#waiting.clear();
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    this.#worker?.ref();
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL(WORKER, import.meta.url));
    worker.on("message", (judged: Judged) => this.#answer(judged));
    worker.on("error", () => this.close());
    this.#worker = worker;
    return worker;
  }

  #answer({ id, strength }: Judged): void {
    this.#waiting.get(id)?.resolve(strength);
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) return;
    this.#worker?.unref();
    this.#idle = setTimeout(() => this.close(), IDLE_MS);
    this.#idle.unref();
  }
}

function unavailable(): Refusal {
  return new Refusal("temporary", "The strength of the password cannot be judged now; try again.");
}

function wordsOf(inputs: readonly string[]): string[] {
  const words = inputs.flatMap((input) => [input, ...input.split(/[^\p{L}\p{N}]+/u)]);
  return [...new Set(words.map((word) => word.toLowerCase()).filter((word) => word.length > 2))];
}
