/**
 * Bringing a client up to date that comes back to a folder (RFC 7162 §3.2.5 QRESYNC, §3.2.6 VANISHED): what went since, and
 * what changed. Where it is no longer remembered what went, whatever of the client's UIDs is not there counts as gone.
 */
import type { Parser } from "./parse.ts";
import { Bad } from "./refusals.ts";
import {
  holds,
  lowerBound,
  mergeAscending,
  normaliseRanges,
  rangesOf,
  type SequenceRange,
  selectAscending,
  usesStar,
} from "./sequence.ts";
import type { Session } from "./session.ts";
import type { Selected } from "./sync.ts";
import { tellVanished } from "./telling.ts";

/** What a client says that it knows of a folder. */
export interface Remembered {
  readonly uidValidity: number;
  readonly modseq: number;
  /** UIDs it knows, ascending; undefined for all there may be. */
  readonly uids: readonly SequenceRange[] | undefined;
  /** Some message numbers and their UIDs at that time, pairwise. */
  readonly match: { readonly numbers: readonly SequenceRange[]; readonly uids: readonly SequenceRange[] } | undefined;
}

/** Reads `(uidvalidity modseq [known-uids [(known-numbers known-uids)]])`. */
export function remembered(p: Parser, uidOnly: boolean): Remembered {
  p.expect("(");
  const uidValidity = p.nonZero("a UIDVALIDITY");
  p.space();
  const modseq = p.modseq();
  if (modseq === 0) p.fail("Expected a mod-sequence from 1");
  let uids: SequenceRange[] | undefined;
  let match: Remembered["match"];
  if (p.accept(" ") && !p.seesList) {
    uids = knownSet(p);
    if (!p.sees(")")) p.space();
  }
  if (p.accept("(")) {
    // RFC 9586 §3.5: message numbers are of no use here.
    if (uidOnly) throw new Bad("UIDREQUIRED", "Message numbers have no place where UIDs only are used");
    const numbers = knownSet(p);
    p.space();
    match = { numbers, uids: knownSet(p) };
    if (sizeOf(match.numbers) !== sizeOf(match.uids)) p.fail("Expected as many numbers as UIDs");
    p.expect(")");
  }
  p.expect(")");
  return { uidValidity, modseq, uids, match };
}

/** RFC 7162 §7 `known-uids`, `known-sequence-set`: no "*". */
function knownSet(p: Parser): SequenceRange[] {
  const set = p.sequenceSet();
  if (set === "saved" || usesStar(set)) return p.fail('Expected a set without "*" and "$"');
  return normaliseRanges(set, 0);
}

function sizeOf(ranges: readonly SequenceRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** Tells what went and what changed since. */
export async function catchUp(session: Session, selected: Selected, known: Remembered): Promise<void> {
  const { out } = session;
  const { view } = selected;
  const ranges = known.uids ?? [{ first: 1, last: Number.MAX_SAFE_INTEGER }];
  // A mod-sequence that was never given out here is of a folder that was since restored from a copy: nothing is sure then.
  const modseq = known.modseq > view.highestModseq ? 0 : known.modseq;
  await tellVanished(out, session.store.turns, await goneSince(session, selected, modseq, ranges, known.match), true);
  const changed = changedSince(session, selected, modseq);
  for (const uid of changed) {
    const index = view.indexOfUid(uid);
    if (index < 0 || !holds(ranges, uid)) continue;
    selected.tellFlags(out, index, { withUid: true });
    selected.wasShown(uid);
    if (out.full) await out.drain();
    if (session.store.turns.over) await session.store.turns.next();
  }
}

/** UIDs of messages whose flags may be others than a client was told up to a mod-sequence, ascending. */
export function changedSince(session: Session, { view }: Selected, modseq: number): Uint32Array {
  const flagsSince = session.mailstore.folderById(view.folderId)?.flagsSince ?? 0;
  const indexes = view.changedSince(modseq < flagsSince ? 0 : modseq);
  return Uint32Array.from(indexes, (index) => view.uidAt(index));
}

/**
 * UIDs in `ranges` of messages that went after a mod-sequence, where that is still remembered. Otherwise all of them that are not
 * there, which RFC 7162 §3.2.5.1 allows, from behind the last message on that `match` shows to be where it was.
 */
export async function goneSince(
  session: Session,
  selected: Selected,
  modseq: number,
  ranges: readonly SequenceRange[],
  match?: Remembered["match"],
): Promise<SequenceRange[]> {
  const { view } = selected;
  const upTo = view.highestModseq;
  if (modseq >= upTo) return [];
  const remembered = modseq === 0 ? undefined : await session.mailstore.expungedBetween(view.folderId, modseq, upTo);
  const steady = match ? steadyUid(selected, match) : 0;
  // What the client still counts is told when its number goes.
  const gone = remembered?.filter((uid) => holds(ranges, uid));
  if (gone) return rangesOf(selectAscending(gone, selected.unsaid, false));
  return missing(mergeAscending(view.uids, selected.unsaid), ranges, steady + 1, view.uidNext - 1);
}

/** The parts of the ranges between two UIDs, both included, that none of the ascending UIDs is in. */
function missing(
  there: Uint32Array,
  ranges: readonly SequenceRange[],
  lowest: number,
  highest: number,
): SequenceRange[] {
  const gaps: SequenceRange[] = [];
  for (const range of ranges) {
    const last = Math.min(range.last, highest);
    let first = Math.max(range.first, lowest);
    for (let index = lowerBound(there, first); first <= last; index++) {
      const uid = there[index] ?? Number.POSITIVE_INFINITY;
      if (uid > first) gaps.push({ first, last: Math.min(uid - 1, last) });
      first = uid + 1;
    }
  }
  return gaps;
}

/** The greatest UID whose message has the number it had: none up to it has gone. 0 if none is known. */
function steadyUid(selected: Selected, { numbers, uids }: NonNullable<Remembered["match"]>): number {
  const { view } = selected;
  let steady = 0;
  for (let [i, j, a, b] = [0, 0, numbers[0]?.first ?? 0, uids[0]?.first ?? 0]; ; ) {
    const [run, other] = [numbers[i], uids[j]];
    if (run === undefined || other === undefined) return steady;
    const length = Math.min(run.last - a, other.last - b) + 1;
    // The messages' UIDs run ahead of a run without gaps, never back: those that match stand together.
    let low = 0;
    let high = Math.min(length, Math.max(view.count - a + 1, 0));
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (view.uidAt(a + middle - 1) <= b + middle) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && view.uidAt(a + low - 2) === b + low - 1) steady = Math.max(steady, b + low - 1);
    a += length;
    b += length;
    if (a > run.last) a = numbers[++i]?.first ?? 0;
    if (b > other.last) b = uids[++j]?.first ?? 0;
  }
}
