/**
 * The scripts that are run, compiled: each once, until some script of its mailbox or of the house changes. Read when the first message
 * comes that a script sorts, or the first script is checked.
 */
import type { Store } from "../store/store.ts";
import type { Turns } from "../turns.ts";
import type { Script } from "./script.ts";
import { AFTER, BEFORE, HOUSE, type Scripts, scriptsChanged } from "./scripts.ts";
import { compile, compileInTurns } from "./sieve.ts";

/**
 * Instructions of the compiled scripts that are kept, at about 600 octets each; the script that was not used for the longest time
 * makes room.
 */
const MOST_KEPT = 20_000;

/** A script that is run for a mailbox. */
export interface Running {
  /** The mailbox, or the house. */
  readonly owner: number;
  readonly name: string;
}

export class Library {
  readonly #kept = new Map<string, Script>();

  constructor(
    store: Store,
    private readonly scripts: Scripts,
  ) {
    store.changes.on(scriptsChanged, ({ mailbox }) => {
      for (const key of [...this.#kept.keys()]) if (key.startsWith(`${mailbox} `)) this.#kept.delete(key);
    });
  }

  /** The scripts that run for a mailbox, in order: before, its own, after. */
  running(mailbox: number): Running[] {
    const own = this.scripts.active(mailbox);
    return [
      { owner: HOUSE, name: BEFORE },
      ...(own === undefined ? [] : [{ owner: mailbox, name: own }]),
      { owner: HOUSE, name: AFTER },
    ];
  }

  /** A script compiled; undefined where there is none. @throws SieveError for one that is not good any more */
  compiled(mailbox: number, name: string): Script | undefined {
    const key = `${mailbox} ${name}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const text = this.scripts.get(mailbox, name)?.text;
    if (text === undefined) return undefined;
    const script = compile(text);
    this.#kept.set(key, script);
    this.#makeRoom(key);
    return script;
  }

  /** Makes a script ready in slices of the event loop, so that `compiled` has it at once. @throws SieveError as `compiled` */
  async prepare({ owner, name }: Running, turns: Turns): Promise<void> {
    const key = `${owner} ${name}`;
    const text = this.#kept.has(key) ? undefined : this.scripts.get(owner, name)?.text;
    if (text === undefined) return;
    const script = await compileInTurns(text, turns);
    // It may have been changed in the meantime.
    if (this.scripts.get(owner, name)?.text !== text) return;
    this.#kept.set(key, script);
    this.#makeRoom(key);
  }

  #makeRoom(latest: string): void {
    let size = 0;
    for (const { program } of this.#kept.values()) size += program.length;
    for (const [key, { program }] of this.#kept) {
      if (size <= MOST_KEPT || key === latest) return;
      this.#kept.delete(key);
      size -= program.length;
    }
  }
}
