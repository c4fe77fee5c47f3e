/**
 * Runs one page in QuickJS. Every page gets an instance of the WebAssembly module of its own, with memory of its own: nothing of one
 * page is there for the next, even if the engine itself were broken. Used by the process that runs pages (runner.ts) and by nobody
 * else, since an instance that loops inside the engine can only be ended together with its process.
 */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import wasm from "@jitl/quickjs-wasmfile-release-sync/wasm" with { type: "file" };
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import {
  type CookieOptions,
  type CookieWish,
  checkedField,
  checkedRedirect,
  checkedStatus,
  cookieField,
  NO_COOKIES,
} from "./answering.ts";
import { Clock } from "./clock.ts";
import { type Failed, type Made, mostHeadOctets, type Reply, type Run } from "./frames.ts";
import { PRELUDE } from "./prelude.ts";
import { compile, excerptOf, type Program, spotsOf } from "./program.ts";
import { TemplateError } from "./template.ts";

/** Form fields and query parameters, in order. */
export type Pairs = readonly (readonly [string, string])[];

/** What a page can reach. */
export interface Outside {
  /** Asks the server; blocks until it answers. */
  ask(about: string, values: readonly unknown[]): Reply;
}

/** What came of a page. */
export interface Outcome {
  readonly head: Made | Failed;
  readonly output: readonly string[];
}

const PAGE_OCTETS = 65_536;
/** What the engine itself has from the start, in pages of WebAssembly memory. */
const BASE_PAGES = 256;
const STACK_OCTETS = 256 * 1024;
/** What is left to a page whose time is up, to say where it was. */
const LAST_WORDS_MS = 100;
const TOO_LONG = JSON.stringify({ refused: "That is too long to be kept or sent." });
const DEEPEST_INCLUDE = 10;
const MOST_INCLUDES = 50;

/** Makes instances of the engine; the compiled module is kept. */
export class Engines {
  #module: WebAssembly.Module | undefined;

  /** A fresh engine that can grow to so many megabytes. */
  async make(megabytes: number): Promise<QuickJSWASMModule> {
    this.#module ??= new WebAssembly.Module(readFileSync(wasm));
    const maximum = BASE_PAGES + (megabytes * 1_048_576) / PAGE_OCTETS;
    const wasmMemory = new WebAssembly.Memory({ initial: BASE_PAGES, maximum });
    return await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: this.#module, wasmMemory }));
  }
}

/** Runs a page in a fresh engine, which is not to be used again. Never throws. */
export function runPage(quickjs: QuickJSWASMModule, run: Run, source: string, form: Pairs, outside: Outside): Outcome {
  const attempt = new Attempt(quickjs, run, outside);
  try {
    return attempt.page(source, form);
  } catch (thrown) {
    return attempt.broken(thrown);
  }
}

class Attempt {
  readonly #programs = new Map<string, Program>();
  readonly #sources = new Map<string, string>();
  readonly #texts: string[] = [];
  readonly #output: string[] = [];
  readonly #files: string[] = [];
  readonly #context: QuickJSContext;
  #octets = 0;
  #included = 0;
  readonly #clock: Clock;
  #isLate = false;
  #isFull = false;

  constructor(
    quickjs: QuickJSWASMModule,
    private readonly run: Run,
    private readonly outside: Outside,
  ) {
    const { limits } = run;
    this.#clock = new Clock(limits.milliseconds);
    const runtime = quickjs.newRuntime();
    runtime.setMemoryLimit(limits.memoryMegabytes * 1_048_576);
    runtime.setMaxStackSize(STACK_OCTETS);
    runtime.setInterruptHandler(() => {
      this.#isLate ||= this.#clock.isOver();
      return this.#isLate || this.#isFull;
    });
    this.#context = runtime.newContext();
  }

  page(source: string, form: Pairs): Outcome {
    const { path } = this.run.request;
    const page = this.#prepare(form);
    const program = this.#compile(path, source, false);
    this.#files.push(path);
    const result = this.#context.evalCode(program.code, path);
    const thrown = result.error ?? this.#drain();
    if (thrown === undefined) return this.#made(page);
    const described = this.#describe(page, thrown);
    return described === "end" ? this.#made(page) : described;
  }

  /** What was thrown out of the engine: it is out of memory or stack, or the page could not be read. */
  broken(thrown: unknown): Outcome {
    const { path } = this.run.request;
    if (thrown instanceof TemplateError) return this.#failed(thrown.message, { file: path, line: thrown.line });
    if (this.#isLate || this.#isFull) return this.#failed(this.#bound(), { file: path, line: 0 });
    return this.#failed("The page used up its memory, or its calls went too deep.", { file: path, line: 0 });
  }

  /** Runs the prelude; gives the object that tells the outcome. */
  #prepare(form: Pairs): QuickJSHandle {
    const context = this.#context;
    const { request } = this.run;
    const text = (handle: QuickJSHandle) => context.getString(handle);
    const functions = [
      context.newFunction("ask", (about, values) => context.newString(this.#ask(text(about), text(values)))),
      context.newFunction("write", (value) => this.#write(text(value))),
      context.newFunction("writeText", (index) => this.#write(this.#texts[context.getNumber(index)] ?? "")),
      context.newFunction("include", (name) => this.#include(text(name))),
    ];
    const query = [...new URL(request.url, "http://page.invalid").searchParams];
    const prelude = context.unwrapResult(context.evalCode(PRELUDE, "<gatepost>"));
    const given = context.newString(JSON.stringify({ ...request, query, form }));
    return context.unwrapResult(context.callFunction(prelude, context.undefined, ...functions, given));
  }

  #ask(about: string, values: string): string {
    if (Buffer.byteLength(values) * 2 > mostHeadOctets(this.run.limits)) return TOO_LONG;
    const given = JSON.parse(values) as unknown[];
    return JSON.stringify(this.#itself(about, given) ?? this.#clock.pause(() => this.outside.ask(about, given)));
  }

  /** What is said to the browser needs no server to be checked; it is checked there once more. */
  #itself(about: string, [first, second, third]: readonly unknown[]): Reply | undefined {
    try {
      if (about === "token")
        return { kind: "reply", value: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex") };
      if (about === "response.status") return { kind: "reply", value: checkedStatus(first) };
      if (about === "response.header") return { kind: "reply", value: checkedField(String(first), String(second)) };
      if (about === "response.redirect")
        return { kind: "reply", value: checkedRedirect(String(first), Number(second)) };
      if (about !== "response.cookie") return undefined;
      const wish: CookieWish = [String(first), String(second), Object(third) as CookieOptions];
      if (this.run.request.cookies === null) throw new Error(NO_COOKIES);
      cookieField(wish, true);
      return { kind: "reply", value: wish };
    } catch (error) {
      return { kind: "reply", refused: error instanceof Error ? error.message : String(error) };
    }
  }

  #write(text: string): undefined {
    this.#octets += Buffer.byteLength(text);
    if (this.#octets > this.run.limits.outputOctets) {
      this.#isFull = true;
      throw new Error(this.#bound());
    }
    this.#output.push(text);
  }

  #compile(path: string, source: string, isIncluded: boolean): Program {
    this.#sources.set(path, source);
    const program = compile(source, this.#texts, isIncluded);
    this.#programs.set(path, program);
    return program;
  }

  #include(name: string) {
    const path = posix.resolve(posix.dirname(this.#files.at(-1) ?? "/"), name);
    if (this.#files.length > DEEPEST_INCLUDE) throw new Error(`“${name}”: files include each other too deep.`);
    if (++this.#included > MOST_INCLUDES) throw new Error(`A page includes at most ${MOST_INCLUDES} files.`);
    const program = this.#programs.get(path) ?? this.#fetch(path, name);
    this.#files.push(path);
    try {
      const result = this.#context.evalCode(program.code, path);
      return result.error === undefined ? undefined : { error: result.error };
    } finally {
      this.#files.pop();
    }
  }

  #fetch(path: string, name: string): Program {
    const { value, refused } = this.#clock.pause(() => this.outside.ask("include", [path]));
    if (refused !== undefined) throw new Error(`“${name}” cannot be included: ${refused}`);
    try {
      return this.#compile(path, String(value), true);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new Error(`${path}, line ${error.line}: ${error.message}`);
    }
  }

  /** Runs what promises have left to do; gives what one of them threw beyond reach. */
  #drain(): QuickJSHandle | undefined {
    const { runtime } = this.#context;
    while (runtime.hasPendingJob()) {
      const result = runtime.executePendingJobs(1_000);
      if (result.error !== undefined) return result.error;
      if (this.#isLate || this.#isFull) return this.#context.undefined;
    }
    return undefined;
  }

  #call(page: QuickJSHandle, name: string, ...values: QuickJSHandle[]): string {
    const context = this.#context;
    return context.getString(
      context.unwrapResult(context.callFunction(context.getProp(page, name), context.undefined, ...values)),
    );
  }

  #describe(page: QuickJSHandle, thrown: QuickJSHandle): Outcome | "end" {
    const stopped = this.#isLate || this.#isFull ? this.#bound() : undefined;
    this.#isLate = this.#isFull = false;
    this.#clock.give(LAST_WORDS_MS);
    const { end, message, stack, notes } = JSON.parse(this.#call(page, "describe", thrown)) as {
      readonly end?: boolean;
      readonly message?: string;
      readonly stack?: string;
      readonly notes: readonly string[];
    };
    if (end === true && stopped === undefined) return "end";
    const { path } = this.run.request;
    const spot = spotsOf(stack ?? "", this.#programs)[0] ?? { file: path, line: 0 };
    return this.#failed(stopped ?? message ?? "", spot, notes);
  }

  #bound(): string {
    const { milliseconds, outputOctets } = this.run.limits;
    return this.#isFull
      ? `The page wrote more than the ${outputOctets} octets that a page may have.`
      : // A loop without a call has no place of its own.
        `The page took longer than the ${milliseconds} milliseconds that it may have. The line is that of the last call in it.`;
  }

  #failed(
    message: string,
    spot: { file: string; line: number; column?: number },
    notes: readonly string[] = [],
  ): Outcome {
    const source = this.#sources.get(spot.file);
    const excerpt = source === undefined || spot.line === 0 ? "" : excerptOf(source, spot.line);
    return { head: { kind: "failed", message, column: 0, ...spot, excerpt, notes }, output: [] };
  }

  #made(page: QuickJSHandle): Outcome {
    if (this.#isLate || this.#isFull) return this.broken(undefined);
    this.#clock.give(LAST_WORDS_MS);
    const { status, headers, cookies, notes } = JSON.parse(this.#call(page, "outcome")) as Made;
    return { head: { kind: "made", status, headers, cookies, notes }, output: this.#output };
  }
}
