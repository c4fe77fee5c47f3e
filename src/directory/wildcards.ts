/**
 * Addresses with a `*` in the part before the @: `shop-*@home.example` takes what nobody else there has. The patterns of a domain are
 * few and stay in memory; matching looks for their literal pieces one after the other, so that no pattern can make it slow.
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { addressChanged, domainChanged, mailboxRemoved } from "./changes.ts";

/** Addresses with a `*` that a domain may have. */
export const MOST_WILDCARDS = 100;
/** Stars in one address. */
const MOST_STARS = 3;
/** Characters besides the stars: with fewer it would be a catch-all in disguise. */
const FEWEST_LITERALS = 2;

/** One pattern and the mailboxes that it stands on. */
interface Pattern {
  readonly key: string;
  readonly pieces: readonly string[];
  /** Characters that are not stars: the more, the closer the pattern fits. */
  readonly literals: number;
  readonly mailboxes: readonly { readonly id: number; readonly expiresAt: number | null }[];
}

interface Row {
  readonly local_key: string;
  readonly mailbox_id: number;
  readonly expires_at: number | null;
}

/** Whether the part before the @ is a pattern. */
export function isWildcard(localPart: string): boolean {
  return localPart.includes("*");
}

/** @throws Refusal "invalid" for a pattern that takes nearly everything, or is hard to follow */
export function checkWildcard(localPart: string): void {
  const stars = localPart.split("*").length - 1;
  if (stars > MOST_STARS) throw new Refusal("invalid", `An address has at most ${MOST_STARS} stars.`);
  if (localPart.includes("**")) throw new Refusal("invalid", "Two stars in a row say no more than one.");
  if ([...localPart].length - stars < FEWEST_LITERALS) {
    throw new Refusal(
      "invalid",
      "Besides the star an address has at least two characters. For everything else the domain has its catch-all.",
    );
  }
}

/** Whether a folded local part fits a pattern's pieces: what stands between its stars, the ends included. */
export function fits(pieces: readonly string[], local: string): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (pieces.length === 1) return local === first;
  if (local.length < first.length + last.length || !local.startsWith(first) || !local.endsWith(last)) return false;
  let at = first.length;
  const end = local.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = local.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

export class Wildcards {
  readonly #ofDomain: Statement<Row, [number]>;
  readonly #known = new Map<number, readonly Pattern[]>();

  constructor(private readonly store: Store) {
    // The condition is that of the index addresses_wildcard, word for word: else all addresses would be read.
    this.#ofDomain = store.client.prepare(
      `SELECT local_key, mailbox_id, expires_at FROM addresses
       WHERE domain_id = ? AND instr(local_key, '*') > 0 ORDER BY id`,
    );
    for (const change of [addressChanged, domainChanged, mailboxRemoved]) {
      store.changes.on<unknown>(change, () => this.#known.clear());
    }
  }

  /**
   * The mailboxes of the pattern that fits a folded local part most closely, which is the one with the most characters that are not
   * stars; "over" where that pattern has ended.
   */
  match(domainId: number, local: string, now: number): readonly number[] | "over" | undefined {
    const pattern = this.#patterns(domainId).find(({ pieces }) => fits(pieces, local));
    if (pattern === undefined) return undefined;
    const valid = pattern.mailboxes.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    return valid.length > 0 ? valid.map(({ id }) => id) : "over";
  }

  #patterns(domainId: number): readonly Pattern[] {
    const fresh = this.store.client.inTransaction;
    const known = fresh ? undefined : this.#known.get(domainId);
    if (known !== undefined) return known;
    const patterns = this.#read(domainId);
    if (!fresh) this.#known.set(domainId, patterns);
    return patterns;
  }

  #read(domainId: number): Pattern[] {
    const byKey = Map.groupBy(this.#ofDomain.all(domainId), (row) => row.local_key);
    const patterns = [...byKey].map(([key, rows]) => {
      const pieces = key.split("*");
      return {
        key,
        pieces,
        literals: pieces.reduce((sum, piece) => sum + piece.length, 0),
        mailboxes: rows.map((row) => ({ id: row.mailbox_id, expiresAt: row.expires_at })),
      };
    });
    // Equally close ones in the order of their letters, so that the answer does not depend on which came first.
    return patterns.sort(
      (left, right) =>
        right.literals - left.literals || left.pieces.length - right.pieces.length || (left.key < right.key ? -1 : 1),
    );
  }
}
