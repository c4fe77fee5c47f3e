/** Drives the compiled executable: a server on loopback with a temporary data folder, its command line, and other programs. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Furnished, type Furniture } from "./furnished.ts";

/** The executable under test; `make test` builds it. */
export const EXECUTABLE = process.env.GATEPOST_EXECUTABLE ?? join(import.meta.dir, "..", "dist", "gatepost");

/** What a program said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a program to its end. It is killed after `seconds`. */
export async function run(
  command: readonly string[],
  options: {
    readonly stdin?: string | Uint8Array;
    readonly env?: Record<string, string>;
    readonly cwd?: string;
    readonly seconds?: number;
  } = {},
): Promise<Said> {
  const child = Bun.spawn([...command], {
    stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    timeout: (options.seconds ?? 60) * 1_000,
    killSignal: "SIGKILL",
  });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, error };
}

/** The same, and the program must succeed. */
export async function succeed(command: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const said = await run(command, options);
  if (said.code !== 0) throw new Error(`${command.join(" ")} ended with ${said.code}\n${said.out}\n${said.error}`);
  return said.out;
}

/** Waits until `condition` gives something. */
export async function until<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  seconds = 20,
): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A free temporary folder. */
export function temporaryFolder(name = "gatepost"): string {
  return mkdtempSync(join(tmpdir(), `${name}-`));
}

/** The domain, the administrator and the password that `Gatepost.start` sets up. */
export const DOMAIN = "example.test";
export const PASSWORD = "correct-horse-battery-staple";

const STANDARD_PORTS = [21, 25, 80, 110, 143, 443, 465, 587, 990, 993, 995, 1080, 2121, 3128, 3129, 4190];

/** How often another program may take one of the ports in between. */
const STARTS = 5;

/** An offset at which all standard ports are free now; below those that the system gives to outgoing connections. */
function freeOffset(): number {
  for (let attempt = 0; attempt < 200; attempt++) {
    const offset = 10_000 + Math.floor(Math.random() * 21_000);
    const held: { stop: (close?: boolean) => void }[] = [];
    try {
      for (const port of STANDARD_PORTS) {
        held.push(Bun.listen({ hostname: "127.0.0.1", port: port + offset, socket: { data() {} } }));
      }
      return offset;
    } catch {
      // Somebody listens there: another offset.
    } finally {
      for (const listener of held) listener.stop(true);
    }
  }
  throw new Error("no free ports");
}

/** A running server. */
export class Gatepost {
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  #log = "";
  #offset = freeOffset();
  #rootFile: string | undefined;

  private constructor(
    readonly folder: string,
    private readonly env: Record<string, string>,
    private readonly through: readonly string[],
    private readonly options: readonly string[],
  ) {}

  /**
   * Starts a server, set up with the domain `example.test`, the administrator `admin` and the given users, all with
   * `PASSWORD`; with `bare` the first start's questions are left open.
   */
  static async start(
    options: {
      readonly users?: readonly string[];
      readonly bare?: boolean;
      readonly folder?: string;
      readonly env?: Record<string, string>;
      /** A command that runs the server, given as its arguments: `sh -c 'ulimit …; exec "$@"' sh`. */
      readonly through?: readonly string[];
      /** Another domain than `DOMAIN`. */
      readonly domain?: string;
      /** Settings, as `gatepost settings set` takes them. */
      readonly settings?: readonly string[];
      /** Further options of `gatepost serve`. */
      readonly serve?: readonly string[];
    } = {},
  ): Promise<Gatepost> {
    const { folder = temporaryFolder(), env = {}, through = [], serve = [], domain = DOMAIN, settings = [] } = options;
    const server = new Gatepost(folder, env, through, serve);
    if (options.bare !== true) await server.#furnish({ domain, users: options.users ?? [] });
    if (settings.length > 0) await server.set(...settings);
    await server.#startSomewhere();
    return server;
  }

  /** What is added to the standard ports. */
  get offset(): number {
    return this.#offset;
  }

  /** The port of a service whose standard port is this. */
  port(standard: number): number {
    return standard + this.#offset;
  }

  /** The server's process. */
  get pid(): number {
    if (this.#child === undefined) throw new Error("the server is not running");
    return this.#child.pid;
  }

  /** What it has written to standard error. */
  get log(): string {
    return this.#log;
  }

  /** Runs one of its commands; it must succeed. */
  async command(args: readonly string[], stdin?: string): Promise<string> {
    const said = await this.attempt(args, stdin);
    if (said.code !== 0) throw new Error(`${args.join(" ")} ended with ${said.code}\n${said.out}\n${said.error}`);
    return said.out;
  }

  /** Runs one of its commands, whatever comes of it. */
  async attempt(args: readonly string[], stdin?: string): Promise<Said> {
    return await run([EXECUTABLE, ...args, "--data", this.folder], {
      ...(stdin !== undefined && { stdin: `${stdin}\n` }),
      env: this.env,
    });
  }

  /** What one of its commands answers to programs. */
  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.command([...args, "--json"])) as T;
  }

  /** Changes settings: `smtp.maxMessageSize=2000`. */
  async set(...assignments: string[]): Promise<void> {
    await this.command(["settings", "set", ...assignments]);
  }

  /** A file with the root certificate, as the server offers it to every device. */
  async rootFile(): Promise<string> {
    if (this.#rootFile === undefined) {
      const response = await fetch(`http://127.0.0.1:${this.port(80)}/ca.crt`);
      const root = new X509Certificate(Buffer.from(await response.arrayBuffer()));
      this.#rootFile = join(temporaryFolder("gatepost-root"), "root.pem");
      writeFileSync(this.#rootFile, root.toString());
    }
    return this.#rootFile;
  }

  async addUser(login: string, ...more: string[]): Promise<void> {
    await this.command(["user", "add", login, "--password-stdin", ...more], PASSWORD);
  }

  /** Sets the server up and adds users; what was made so before is copied. */
  async #furnish({ domain, users }: Furniture): Promise<void> {
    const furnished = new Furnished(EXECUTABLE);
    let there = users.length;
    while (there >= 0 && !furnished.take({ domain, users: users.slice(0, there) }, this.folder)) there--;
    if (there === -1) {
      await this.command(["setup", "--domain", domain, "--password-stdin"], PASSWORD);
      furnished.keep({ domain, users: [] }, this.folder);
    }
    for (const [at, login] of users.entries()) {
      if (at < there) continue;
      await this.addUser(login);
      furnished.keep({ domain, users: users.slice(0, at + 1) }, this.folder);
    }
  }

  /** Starts on free ports; takes others where somebody was quicker. */
  async #startSomewhere(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.resume();
      if (!this.#log.includes("is taken by another program")) return;
      await this.kill();
      if (attempt === STARTS) throw new Error(`no free ports\n${this.#log}`);
      this.#offset = freeOffset();
    }
  }

  /** Starts the process, on the folder as it is. */
  async resume(): Promise<void> {
    const place = ["--data", this.folder, "--listen", "127.0.0.1", "--port-offset", String(this.#offset)];
    const child = Bun.spawn([...this.through, EXECUTABLE, "serve", ...place, ...this.options], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, ...this.env },
    });
    this.#child = child;
    this.#log = "";
    void this.#collect(child.stderr);
    void this.#collect(child.stdout);
    const ended = () => child.exitCode ?? child.signalCode;
    await until(() => this.#log.includes("Gatepost is ready") || ended() !== null, "the server to be ready");
    if (ended() !== null) throw new Error(`the server ended with ${ended()}\n${this.#log}`);
  }

  /** Ends the process as an administrator would, and waits for it. */
  async stop(): Promise<number> {
    this.#child?.kill("SIGTERM");
    return await this.ended();
  }

  /** Waits until the process has ended, and gives its exit code. */
  async ended(): Promise<number> {
    return (await this.#child?.exited) ?? 0;
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** Stops it and removes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
    if (this.#rootFile !== undefined) rmSync(dirname(this.#rootFile), { recursive: true, force: true });
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#log += decoder.decode(chunk, { stream: true });
  }
}
