/**
 * Where the mail of addresses goes that only a directory elsewhere knows: it is asked when a client names the address, and the answer is
 * kept for a while, also that nobody has it. Whoever plans a message reads only what is kept, so that nothing waits for a directory but
 * the session that asked.
 */
import { fold, normaliseDomain } from "../directory/address.ts";
import { BoundedMap } from "../directory/cache.ts";
import type { Directory } from "../directory/directory.ts";
import type { Resolution } from "../directory/resolve.ts";
import { Refusal } from "../refusal.ts";
import { cut } from "./return-path/tag.ts";

/** What a directory says of an address. */
export interface Led {
  /** The address to which its mail goes; missing: the same. */
  readonly address?: string;
  /** The server that has its mail, perhaps with a port; missing: as for any address. */
  readonly host?: string;
}

/** Directories that say where mail goes. */
export interface MailDirectory {
  /** Whether one is asked about addresses of a domain (in A-labels). */
  covers(domain: string): boolean;
  /** Where the mail of an address goes; undefined where nobody has it. @throws Refusal "temporary" where that cannot be said now */
  find(address: string): Promise<Led | undefined>;
  /** Calls back when what it says may be another. */
  onChange(listener: () => void): void;
}

type Answer = Led | "nobody" | "away";

interface Kept {
  readonly answer: Answer;
  readonly at: number;
}

const MOST_KEPT = 10_000;
/** How long an answer is good before the directory is asked again (milliseconds). */
const GOOD_MS: Readonly<Record<"led" | "nobody" | "away", number>> = { led: 300_000, nobody: 60_000, away: 5_000 };

/** Whether the directory here has no address that fits exactly: then others may know better. */
export function isVague(found: Resolution): boolean {
  if (found.kind === "local") return found.via === "catchAll" || found.via === "wildcard";
  return found.kind === "unknown" || found.relayed === true;
}

export class Whereabouts {
  readonly #kept = new BoundedMap<string, Kept>(MOST_KEPT);
  readonly #asking = new Map<string, Promise<void>>();

  constructor(
    private readonly directory: MailDirectory | undefined,
    private readonly here: Pick<Directory, "resolve">,
    private readonly now: () => number,
  ) {
    directory?.onChange(() => this.#kept.clear());
  }

  /** Finds out about addresses; undefined where there is nothing to ask. Never rejects: what cannot be found out is an answer, too. */
  ask(addresses: readonly string[]): Promise<unknown> | undefined {
    if (this.directory === undefined) return undefined;
    const keys = addresses
      .flatMap((address) => this.#keyOf(address) ?? [])
      .filter((key) => !this.#isFresh(key) && isVague(this.here.resolve(key)));
    return keys.length === 0 ? undefined : Promise.all(keys.map((key) => this.#askOnce(key)));
  }

  /**
   * Where the mail of an address goes, as far as is known; undefined where no directory is asked about it, or nobody has it.
   * @throws Refusal "temporary" (451 4.3.0) where the directory does not answer, or was not asked yet
   */
  of(address: string): Led | undefined {
    const key = this.directory === undefined ? undefined : this.#keyOf(address);
    if (key === undefined) return undefined;
    const answer = this.#kept.get(key)?.answer;
    if (answer === undefined) void this.#askOnce(key);
    if (answer === undefined || answer === "away") {
      const sentence = `The directory that knows where mail for ${address} goes does not answer; try again later.`;
      throw new Refusal("temporary", sentence, { smtp: { code: 451, enhanced: "4.3.0" } });
    }
    return answer === "nobody" ? undefined : answer;
  }

  #keyOf(address: string): string | undefined {
    const parts = cut(address);
    const domain = parts && normaliseDomain(parts.domain);
    if (parts === undefined || domain === undefined || this.directory?.covers(domain) !== true) return undefined;
    return `${fold(parts.local)}@${domain}`;
  }

  #isFresh(key: string): boolean {
    const kept = this.#kept.get(key);
    if (kept === undefined) return false;
    const kind = typeof kept.answer === "string" ? kept.answer : "led";
    return this.now() - kept.at < GOOD_MS[kind];
  }

  /** Whoever asks for the same at once waits for the same answer. */
  #askOnce(key: string): Promise<void> {
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const asked = this.#find(key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }

  async #find(key: string): Promise<void> {
    let answer: Answer;
    try {
      answer = (await this.directory?.find(key)) ?? "nobody";
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = "away";
    }
    // What was known before is better than nothing while the directory is away.
    const before = this.#kept.get(key)?.answer;
    this.#kept.set(key, { answer: answer === "away" && before !== undefined ? before : answer, at: this.now() });
  }
}
