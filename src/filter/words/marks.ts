/**
 * How familiar a message is: how many of its words wanted mail had before, and whether its author and the hosts it leads to were met in
 * wanted mail, in junk, in both or never. What is said in another tongue, or by a stranger, shows here though none of its words is known.
 * Pure.
 */
import type { Counts } from "./chances.ts";
import type { Tokens } from "./tokens.ts";

/** Shares of unknown words that are told apart: eighths. */
const LEVELS = 8;
const STATES = 4;
/** Hosts: none, some or all met in wanted mail, the same in junk; and no hosts at all. */
const HOST_STATES = 10;
const [NOVELTY, AUTHOR, DOMAIN, HOSTS] = [1, 10, 14, 18] as const;

/** The tokens that marks are kept under; hashes of words are never so small. */
export const MARK_TOKENS: readonly number[] = Array.from({ length: 27 }, (_, at) => at + 1);

interface Known {
  of(token: number): Counts | undefined;
}

/** The marks of a message, all in one whole number. */
export function marksOf({ words, author, domain, hosts }: Tokens, known: Known): number {
  const isIn = (kind: keyof Counts) => (token: number) => (known.of(token)?.[kind] ?? 0) > 0;
  const state = (token: number | undefined) =>
    token === undefined ? 0 : (isIn("ham")(token) ? 1 : 0) + (isIn("spam")(token) ? 2 : 0);
  const wanted = words.length === 0 ? 0 : words.filter(isIn("ham")).length / words.length;
  const novelty = Math.round((words.length === 0 ? 0 : 1 - wanted) * LEVELS);
  const met = (kind: keyof Counts) => {
    const count = hosts.filter(isIn(kind)).length;
    return count === 0 ? 0 : count < hosts.length ? 1 : 2;
  };
  const leads = hosts.length === 0 ? HOST_STATES - 1 : met("ham") * 3 + met("spam");
  return ((leads * STATES + state(domain)) * STATES + state(author)) * (LEVELS + 1) + novelty;
}

/** The tokens that marks are kept under. */
export function markTokens(marks: number): readonly number[] {
  const authors = Math.floor(marks / (LEVELS + 1));
  const domains = Math.floor(authors / STATES);
  return [
    NOVELTY + (marks % (LEVELS + 1)),
    AUTHOR + (authors % STATES),
    DOMAIN + (domains % STATES),
    HOSTS + Math.floor(domains / STATES),
  ];
}
