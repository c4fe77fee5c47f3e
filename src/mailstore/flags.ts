import { Refusal } from "../refusal.ts";

/** The system flags of RFC 9051 §2.3.2 and their bits in the store. */
export const SYSTEM_FLAGS = {
  "\\Seen": 1,
  "\\Answered": 2,
  "\\Flagged": 4,
  "\\Deleted": 8,
  "\\Draft": 16,
} as const;

export const SEEN = 1;
export const ANSWERED = 2;
export const FLAGGED = 4;
export const DELETED = 8;
export const DRAFT = 16;

/** Keywords a message may carry. */
const MOST_KEYWORDS = 64;
/** RFC 9051 §9, flag-keyword: an atom. Anything else would end the answers of IMAP in which flags stand as they are. */
const KEYWORD = /^[^\s(){%*"\\\]\x00-\x1f\x7f-\uffff]{1,128}$/;

/** Flags as a command gives them: bits of the system flags, and keywords in any order. */
export interface Flags {
  readonly system: number;
  readonly keywords?: readonly string[];
}

/** Which flags somebody may change; the others stay as they are. */
export interface FlagReach {
  /** Bits of the system flags. */
  readonly system: number;
  readonly keywords: boolean;
}

/** One distinct set of flags, shared by all messages that carry it. */
export interface FlagSet {
  readonly system: number;
  readonly keywords: readonly string[];
  /** As FETCH sends it: `(\Seen $Forwarded)`. */
  readonly text: string;
}

/**
 * The stored form of keywords: sorted, without repetitions that differ only in case (RFC 9051 §2.3.2).
 * @throws Refusal "invalid", "tooMany"
 */
export function keywordText(keywords: readonly string[] = []): string {
  if (keywords.length === 0) return "";
  const seen = new Map<string, string>();
  for (const keyword of keywords) {
    if (!KEYWORD.test(keyword))
      throw new Refusal("invalid", "A keyword has at most 128 letters, digits and signs of ASCII, and no spaces.");
    const folded = keyword.toLowerCase();
    if (!seen.has(folded)) seen.set(folded, keyword);
  }
  if (seen.size > MOST_KEYWORDS) throw new Refusal("tooMany", `A message carries at most ${MOST_KEYWORDS} keywords.`);
  return [...seen.values()].sort().join(" ");
}

/** Takes the stored form apart. */
function keywordsOf(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

/** Builds a flag set from its stored form. */
export function flagSet(system: number, keywords: string): FlagSet {
  const names = Object.entries(SYSTEM_FLAGS)
    .filter(([, bit]) => (system & bit) !== 0)
    .map(([name]) => name);
  const list = keywordsOf(keywords);
  return { system, keywords: list, text: `(${[...names, ...list].join(" ")})` };
}

/** How a STORE combines what it is given with what is there (RFC 9051 §6.4.6). */
export type FlagMode = "add" | "remove" | "replace";

/** The flags after a STORE, in stored form. */
export function combine(
  before: { flags: number; keywords: string },
  mode: FlagMode,
  change: { flags: number; keywords: string },
): { flags: number; keywords: string } {
  if (mode === "replace") return change;
  const flags = mode === "add" ? before.flags | change.flags : before.flags & ~change.flags;
  if (change.keywords === "") return { flags, keywords: before.keywords };
  const given = keywordsOf(change.keywords);
  if (mode === "add") return { flags, keywords: keywordText([...keywordsOf(before.keywords), ...given]) };
  const gone = new Set(given.map((keyword) => keyword.toLowerCase()));
  const left = keywordsOf(before.keywords).filter((keyword) => !gone.has(keyword.toLowerCase()));
  return { flags, keywords: left.join(" ") };
}

/** The distinct flag sets of one open folder, numbered, so that a message's flags are one small integer. */
export class FlagTable {
  #sets: FlagSet[] = [];
  #keywords: readonly string[] | undefined;
  readonly #numbers = new Map<string, number>();

  /** The number of a set, given in stored form. */
  number(system: number, keywords: string): number {
    const key = `${system} ${keywords}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#sets.length;
    this.#sets.push(flagSet(system, keywords));
    this.#keywords = undefined;
    this.#numbers.set(key, number);
    return number;
  }

  /** The set with a number that `number` gave. */
  set(number: number): FlagSet {
    const set = this.#sets[number];
    if (set === undefined) throw new Error(`no flag set ${number}`);
    return set;
  }

  /** How many distinct sets there are. */
  get size(): number {
    return this.#sets.length;
  }

  /** Every keyword that some set carries. */
  keywords(): readonly string[] {
    this.#keywords ??= [...new Set(this.#sets.flatMap((set) => set.keywords))].sort();
    return this.#keywords;
  }
}
