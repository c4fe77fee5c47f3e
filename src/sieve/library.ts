/**
 * The scripts that are run, compiled: each once, until some script of its mailbox or of the house changes. Read when the first message
 * comes that a script sorts, or the first script is checked.
 */
import type { Store } from "../store/store.ts";
import type { Script } from "./script.ts";
import { AFTER, BEFORE, HOUSE, type Scripts, scriptsChanged } from "./scripts.ts";
import { compile } from "./sieve.ts";

/** Compiled scripts that are kept; the one that was not used for the longest time makes room. */
const MOST_KEPT = 500;

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
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= MOST_KEPT) this.#kept.delete(oldest);
    this.#kept.set(key, script);
    return script;
  }
}
