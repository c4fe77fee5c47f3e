/**
 * Databases of servers that are set up and have users, made by the executable's own commands once per build and kept beside it: each
 * of these commands judges a password, which takes 0.5 s of processor time.
 */
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

const DATABASE = "gatepost.db";

/** What a new server has: its domain and its users. */
export interface Furniture {
  readonly domain: string;
  readonly users: readonly string[];
}

export class Furnished {
  readonly #shelf: string;
  /** Of this build, and of today: what a server has grows old. */
  readonly #stamp: string;

  constructor(executable: string) {
    const { mtimeMs, size } = statSync(executable);
    this.#shelf = join(dirname(executable), "furnished");
    this.#stamp = `${new Date().toISOString().slice(0, 10)}-${Math.round(mtimeMs)}-${size}`;
  }

  /** Puts a database with some furniture into a data folder; tells whether there is one. */
  take(furniture: Furniture, folder: string): boolean {
    try {
      copyFileSync(this.#fileOf(furniture), join(folder, DATABASE));
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    }
  }

  /** Keeps the database of a folder that no process has open. */
  keep(furniture: Furniture, folder: string): void {
    mkdirSync(this.#shelf, { recursive: true });
    for (const name of readdirSync(this.#shelf)) {
      if (!name.startsWith(this.#stamp)) rmSync(join(this.#shelf, name), { force: true });
    }
    const file = this.#fileOf(furniture);
    // Others may be making the same at this moment: whole it appears, or not at all.
    const draft = `${file}.${process.pid}`;
    copyFileSync(join(folder, DATABASE), draft);
    renameSync(draft, file);
  }

  #fileOf({ domain, users }: Furniture): string {
    return join(this.#shelf, `${this.#stamp}-${[domain, ...users].join("-")}.db`);
  }
}
