/**
 * The boundaries a line may match while a message is read: those of all multiparts that are open (RFC 2046 §5.1.2).
 */

/** Longer boundaries than this are not recognised; the standard allows 70 octets. */
export const MAX_BOUNDARY = 250;

/** How much of a line decides whether it is a delimiter: "--", the boundary, "--". */
export const DELIMITER_OCTETS = MAX_BOUNDARY + 4;

const DASH = 45;

interface OpenBoundary {
  readonly bytes: Uint8Array;
  /** How many octets it has in common with the boundary opened after it. */
  shared: number;
}

/** A stack of boundaries, the innermost last. */
export class Boundaries {
  readonly #open: OpenBoundary[] = [];
  #closing = false;

  get size(): number {
    return this.#open.length;
  }

  /** Whether the last match ended with "--". */
  get closing(): boolean {
    return this.#closing;
  }

  push(bytes: Uint8Array): void {
    const outer = this.#open.at(-1);
    if (outer) outer.shared = commonPrefix(outer.bytes, bytes);
    this.#open.push({ bytes, shared: 0 });
  }

  /** Drops the boundaries from `level` inward. */
  truncate(level: number): void {
    this.#open.length = level;
  }

  /**
   * The level of the boundary that the line at `from` begins with, or -1. A delimiter need only begin with the
   * boundary (RFC 2046 §5.1.1), so the longest match wins, and of equal ones the innermost.
   *
   * The boundaries are compared from the innermost outward; what each shares with the next one tells how far it
   * matches, so that no octet of the line is compared twice however deep the nesting.
   */
  match(line: Uint8Array, from: number, to: number): number {
    if (line[from] !== DASH || line[from + 1] !== DASH || to - from < 3) return -1;
    const start = from + 2;
    let best = -1;
    let bestLength = 0;
    let matched = 0;
    for (let level = this.#open.length - 1; level >= 0; level--) {
      const { bytes, shared } = this.#open[level] as OpenBoundary;
      if (level === this.#open.length - 1 || shared === matched) {
        while (matched < bytes.length && start + matched < to && bytes[matched] === line[start + matched]) matched++;
      } else if (shared < matched) matched = shared;
      if (matched === bytes.length && matched > bestLength) {
        best = level;
        bestLength = matched;
      }
    }
    if (best < 0) return -1;
    const after = start + bestLength;
    this.#closing = after + 1 < to && line[after] === DASH && line[after + 1] === DASH;
    return best;
  }
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a[i] === b[i]) i++;
  return i;
}
