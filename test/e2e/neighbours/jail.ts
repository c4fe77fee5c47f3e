/**
 * A small root of its own for servers that are unpacked, not installed (`test/unpacked.sh`): they want their accounts, and their files at
 * fixed places. Needs root.
 */
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, succeed, temporaryFolder, until } from "../../harness.ts";

const UNPACKED = join(import.meta.dir, "..", "..", ".neighbours");
/** As `mknod` takes them. */
const DEVICES = { null: "c 1 3", random: "c 1 8", urandom: "c 1 9" };
/** The first account of a jail; its user and group ids. */
const FIRST_ID = 7_000;

export class Jail {
  #child: Bun.Subprocess | undefined;

  private constructor(
    readonly root: string,
    private readonly ids: ReadonlyMap<string, number>,
  ) {}

  static async make(accounts: readonly string[]): Promise<Jail> {
    const root = temporaryFolder("gatepost-jail");
    chmodSync(root, 0o755);
    cpSync(UNPACKED, root, { recursive: true });
    const ids = new Map([["root", 0], ...accounts.map((name, at) => [name, FIRST_ID + at] as const)]);
    const jail = new Jail(root, ids);
    const list = [...ids];
    jail.write("etc/passwd", list.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/false\n`).join(""));
    jail.write("etc/group", list.map(([name, id]) => `${name}:x:${id}:\n`).join(""));
    jail.write("etc/hosts", "127.0.0.1 localhost\n");
    jail.folder("dev");
    jail.folder("tmp", { mode: 0o1777 });
    for (const [name, kind] of Object.entries(DEVICES)) {
      await succeed(["mknod", "-m", "666", join(root, "dev", name), ...kind.split(" ")]);
    }
    return jail;
  }

  folder(path: string, { owner = "root", mode = 0o755 }: { owner?: string; mode?: number } = {}): void {
    mkdirSync(join(this.root, path), { recursive: true });
    this.hand(path, owner, mode);
  }

  /** Gives a file or a folder to an account. */
  hand(path: string, owner: string, mode: number): void {
    const id = this.ids.get(owner) ?? 0;
    chownSync(join(this.root, path), id, id);
    chmodSync(join(this.root, path), mode);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(join(this.root, path, ".."), { recursive: true });
    writeFileSync(join(this.root, path), text, { mode });
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** Starts the server, whose output goes to the file `said`; waits until it listens. */
  async start(command: readonly string[], address: string, port: number): Promise<void> {
    const into = ["sh", "-c", 'exec chroot "$0" "$@" >> "$0/said" 2>&1', this.root];
    this.#child = Bun.spawn([...into, ...command], { stdin: "ignore" });
    await until(async () => {
      if (this.#child?.exitCode !== null) throw new Error(`${command[0]} ended\n${this.read("said")}`);
      const said = await run(["swaks", "--server", address, "--port", String(port), "--quit-after", "HELO"]);
      return said.code === 0;
    }, `${command[0]} to listen`);
  }

  async command(...words: readonly string[]): Promise<void> {
    await succeed(["chroot", this.root, ...words]);
  }

  async end(): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#child?.exited;
    rmSync(this.root, { recursive: true, force: true });
  }
}
