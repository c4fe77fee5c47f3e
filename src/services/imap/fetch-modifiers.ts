/**
 * What narrows a FETCH down to some of the messages it names (RFC 4466 §2.2): CHANGEDSINCE with VANISHED (RFC 7162 §3.1.4,
 * §3.2.6) and PARTIAL (RFC 9394 §3.3).
 */
import type { Parser } from "./parse.ts";

/** A slice of a list: places counted from 1 at the front, or backwards from −1 at the end. */
export interface PartialRange {
  readonly first: number;
  readonly last: number;
  /** As the client wrote it, which is how it is answered (RFC 9394 §4 `ret-data-partial`). */
  readonly asked: string;
}

/** Modifiers of a FETCH. */
export interface FetchModifiers {
  /** Only messages whose mod-sequence is greater. */
  readonly changedSince?: number;
  /** What went since is told as well. */
  readonly vanished?: true;
  readonly partial?: PartialRange;
}

/** Where a modifier is allowed. */
export interface FetchContext {
  readonly byUid: boolean;
  readonly qresync: boolean;
}

/** Reads the modifiers in parentheses, if there are any. */
export function fetchModifiers(p: Parser, { byUid, qresync }: FetchContext): FetchModifiers {
  if (!p.accept(" ") || !p.seesList) return {};
  const given: { changedSince?: number; vanished?: true; partial?: PartialRange } = {};
  p.list(() => {
    const word = p.word("a FETCH modifier");
    if (word === "CHANGEDSINCE") {
      p.space();
      given.changedSince = p.modseq();
    } else if (word === "VANISHED") given.vanished = true;
    else if (word === "PARTIAL" && byUid) {
      p.space();
      given.partial = partialRange(p);
    } else p.fail(`${word} is no modifier of ${byUid ? "UID FETCH" : "FETCH"}`);
  }, false);
  // RFC 7162 §3.2.6
  if (given.vanished && (!byUid || !qresync || given.changedSince === undefined)) {
    p.fail("VANISHED needs UID FETCH, CHANGEDSINCE, and QRESYNC enabled");
  }
  return given;
}

/** Reads `1:100` or `-1:-100` (RFC 9394 §4 `partial-range`). */
export function partialRange(p: Parser): PartialRange {
  const first = place(p);
  p.expect(":");
  const last = place(p);
  if (first < 0 !== last < 0) p.fail("Expected both ends of the range to count from the same side");
  const asked = `${first}:${last}`;
  return Math.abs(first) <= Math.abs(last) ? { first, last, asked } : { first: last, last: first, asked };
}

function place(p: Parser): number {
  const sign = p.accept("-") ? -1 : 1;
  return sign * p.nonZero("a place from 1");
}

/** What a range leaves of a list; nothing where it begins behind the end. */
export function sliceOf(list: Uint32Array, { first, last }: Pick<PartialRange, "first" | "last">): Uint32Array {
  if (first > 0) return list.subarray(Math.min(first - 1, list.length), Math.min(last, list.length));
  return list.subarray(Math.max(list.length + last, 0), Math.max(list.length + first + 1, 0));
}
