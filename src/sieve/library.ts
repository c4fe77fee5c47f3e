/**
 * The scripts that are run, compiled: each once, until some script of its mailbox or of the house changes. Read when the first message
 * comes that a script sorts, or the first script is checked.
 *
 * RFC 6609 §3.2 (include: personal scripts are those of the mailbox, global ones those of the house).
 */
import type { Store } from "../store/store.ts";
import type { SieveError } from "./error.ts";
import type { Script } from "./script.ts";
import { AFTER, BEFORE, HOUSE, type Scripts, scriptsChanged } from "./scripts.ts";
import { compile } from "./sieve.ts";
import type { IncludedScripts } from "./surroundings.ts";

/** Compiled scripts that are kept; the one that was not used for the longest time makes room. */
const MOST_KEPT = 500;

/** A script that is run for a mailbox. */
export interface Running {
  /** What it is called to people: "rules", or "before" of the house. */
  readonly name: string;
  readonly house: boolean;
  readonly script: Script;
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

  /** The scripts that run for a mailbox, in order: before, its own, after. @throws SieveError for one that is not good any more */
  running(mailbox: number): Running[] {
    const own = this.scripts.active(mailbox);
    const wanted = [
      { owner: HOUSE, name: BEFORE },
      ...(own === undefined ? [] : [{ owner: mailbox, name: own }]),
      { owner: HOUSE, name: AFTER },
    ];
    return wanted.flatMap(({ owner, name }) => {
      const script = this.compiled(owner, name);
      return script === undefined ? [] : [{ name, house: owner === HOUSE, script }];
    });
  }

  /** A script compiled; undefined where there is none. @throws SieveError */
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

  /** What scripts of a mailbox may include. */
  included(mailbox: number): IncludedScripts {
    return (location, name) => this.compiled(location === "global" ? HOUSE : mailbox, name);
  }
}

export type { SieveError };
