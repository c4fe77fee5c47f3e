/**
 * How results of searching and sorting are told: the old SEARCH and SORT, and ESEARCH (RFC 4731, RFC 9051 §7.3.4, RFC 5267 §3,
 * RFC 9394 §3.1, RFC 6203 §4).
 */
import type { View } from "../../mailstore/view.ts";
import { type PartialRange, sliceOf } from "./fetch-modifiers.ts";
import type { ReturnOptions, SearchReturn } from "./search-program.ts";
import { formatSet } from "./sequence.ts";
import type { Session } from "./session.ts";

/** What is to be told. */
export interface Results {
  /** UIDs in the order of the result. */
  readonly uids: Uint32Array;
  readonly byUid: boolean;
  readonly scoreOf: (uid: number) => number;
  /** The highest mod-sequence, where a key asked for mod-sequences (RFC 7162 §3.1.5). */
  readonly modseq: number | undefined;
}

/** What an ESEARCH response says of itself: `(TAG "a1")`. */
export function correlator(tag: string, more = ""): string {
  return `(TAG "${tag}"${more})`;
}

/** Numbers of messages in place of their UIDs. */
export function toNumbers(session: Session, uids: Uint32Array): Uint32Array {
  const selected = session.folderSelected;
  const numbers = new Uint32Array(uids.length);
  let used = 0;
  for (const uid of uids) {
    const index = selected.view.indexOfUid(uid);
    if (index >= 0) numbers[used++] = selected.numberAt(index);
  }
  return numbers.subarray(0, used);
}

/** The highest mod-sequence of messages; undefined for none. */
export function highestModseq(view: View, uids: Uint32Array): number | undefined {
  let highest: number | undefined;
  for (const uid of uids) {
    const index = view.indexOfUid(uid);
    if (index >= 0) highest = Math.max(highest ?? 0, view.modseqAt(index));
  }
  return highest;
}

/** `* SEARCH 2 84 882`, and the like. */
export async function tellPlain(session: Session, word: "SEARCH" | "SORT", results: Results): Promise<void> {
  const { out } = session;
  const { turns } = session.store;
  out.ascii(`* ${word}`);
  for (const number of results.byUid ? results.uids : toNumbers(session, results.uids)) {
    out.ascii(" ").number(number);
    if (!out.full) continue;
    await out.drain();
    if (turns.over) await turns.next();
  }
  out.ascii(results.modseq === undefined ? "" : ` (MODSEQ ${results.modseq})`).line();
}

/** RFC 4731 §3.1: what has no value is left out; only SAVE asked for means no response at all. */
export function tellExtended(session: Session, results: Results, options: ReturnOptions, about: string): void {
  const { partial } = options;
  const returns = options.returns ?? new Set<SearchReturn>(["ALL"]);
  if (returns.size === 1 && returns.has("SAVE")) return;
  const numbers = results.byUid ? results.uids : toNumbers(session, results.uids);
  const parts = [`* ESEARCH ${about}`];
  if (results.byUid) parts.push("UID");
  if (numbers.length > 0) {
    if (returns.has("MIN")) parts.push(`MIN ${numbers[0]}`);
    if (returns.has("MAX")) parts.push(`MAX ${numbers[numbers.length - 1]}`);
    if (returns.has("ALL")) parts.push(`ALL ${formatSet(numbers)}`);
    if (returns.has("RELEVANCY")) {
      const wanted = partial === undefined ? results.uids : sliceOf(results.uids, partial);
      parts.push(`RELEVANCY (${Array.from(wanted, results.scoreOf).join(" ")})`);
    }
  }
  if (returns.has("COUNT")) parts.push(`COUNT ${numbers.length}`);
  if (partial !== undefined) parts.push(`PARTIAL (${partial.asked} ${partOf(numbers, partial)})`);
  if (results.modseq !== undefined) parts.push(`MODSEQ ${results.modseq}`);
  session.out.ascii(parts.join(" ")).line();
}

/** RFC 9394 §3.1: NIL where the range names nothing. */
function partOf(numbers: Uint32Array, range: PartialRange): string {
  return formatSet(sliceOf(numbers, range)) || "NIL";
}

/**
 * What was told of a result: with MIN or MAX and neither ALL nor COUNT only those, with PARTIAL that part. It is what SAVE saves
 * (RFC 9051 §6.4.4.1, RFC 9394 §3.1), and the mod-sequence told is theirs (RFC 7162 §3.1.10).
 */
export function toldOf(uids: Uint32Array, { returns, partial }: ReturnOptions): Uint32Array<ArrayBuffer> {
  if (returns === undefined || returns.has("ALL") || returns.has("COUNT") || uids.length === 0) return uids.slice();
  const ends = [returns.has("MIN") ? uids[0] : undefined, returns.has("MAX") ? uids.at(-1) : undefined];
  const some = new Set<number>(partial === undefined ? [] : sliceOf(uids, partial));
  for (const end of ends) if (end !== undefined) some.add(end);
  const narrowed = partial !== undefined || returns.has("MIN") || returns.has("MAX");
  return narrowed ? Uint32Array.from(some).sort() : uids.slice();
}
