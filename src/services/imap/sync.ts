/**
 * What a session believes about its selected folder, beside the shared View that knows what is so (RFC 9051 §7.4–7.5,
 * §5.5). The view moves on at every commit of anybody; a client's message numbers may move only when it is told. So this
 * keeps, for one session: the largest UID it was told of, the UIDs that are gone but not yet told (their numbers still
 * count), and the UIDs whose flags others changed. `report` tells all that and catches up.
 *
 * A number's message is found from the view and the short list of what is gone: no array of all messages per session.
 */
import type { FolderChange, View } from "../../mailstore/view.ts";
import type { Turns } from "../../turns.ts";
import { GrammarError } from "./parse.ts";
import { changesNothing, permanentFlags } from "./permissions.ts";
import type { Place } from "./places.ts";
import type { Output } from "./respond.ts";
import {
  largestNamed,
  lowerBound,
  mergeAscending,
  normaliseRanges,
  rangesOf,
  type SequenceRange,
  selectAscending,
  usesStar,
} from "./sequence.ts";
import { type Known, type Telling, tellExpunged, tellFlags, tellVanished } from "./telling.ts";

/** Above this many UIDs with changed flags, remembering the mod-sequence from which they changed is cheaper. */
const MOST_DIRTY = 2_000;
const NONE = new Uint32Array(0);

/** Messages that a sequence set names, by ascending UID. */
export interface Resolved {
  readonly uids: Uint32Array;
  /** Some numbers belong to messages that are gone already (RFC 5530 EXPUNGEISSUED). */
  readonly missing: boolean;
}

/** A selected folder as one session sees it. */
export class Selected {
  /** Messages the client knows of. */
  exists: number;
  /** True once the folder is no longer there to be worked with. */
  gone = false;
  /** Called when there is something to report: IDLE and NOTIFY listen here. */
  onNews: (() => void) | undefined;
  /** Keywords named in the last FLAGS response, in lower case. */
  readonly #toldKeywords = new Set<string>();
  #largestUid: number;
  #expunged: Uint32Array = NONE;
  /** Messages that the client put here itself, and was not told of yet. */
  #own: Set<number> | undefined;
  #dirty = new Set<number>();
  /** Set where the dirty ones are too many to list: all changed after this mod-sequence. */
  #dirtySince: number | undefined;
  /** Whatever changed up to this mod-sequence was told. */
  #told: number;
  #recent: SequenceRange[] = [];
  /** The user's rights here are not those that he was told of. */
  #rightsChanged = false;
  readonly #unlisten: () => void;

  constructor(
    readonly view: View,
    /** Which folder it is for this user. */
    public place: Place,
    /** It was opened by EXAMINE. */
    readonly readOnly: boolean,
    readonly telling: Telling,
    /** Gives the first UID that no other session was told as recent, and takes those up to `next` for this one. */
    private readonly claimRecent: (next: number) => number,
    private readonly turns: Turns,
  ) {
    this.exists = view.count;
    this.#largestUid = view.count > 0 ? view.uidAt(view.count - 1) : 0;
    this.#told = view.highestModseq;
    this.#takeRecent();
    this.#unlisten = view.onChange((change) => this.#hear(change));
  }

  /** Whether `report` would say anything. */
  get hasNews(): boolean {
    return this.#expunged.length > 0 || this.#hasChanges || this.#hasNew;
  }

  /** The mod-sequence up to which the client was told of everything (RFC 7162 HIGHESTMODSEQ). */
  get modseq(): number {
    return this.hasNews ? this.#told : this.view.highestModseq;
  }

  get #hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#dirtySince !== undefined;
  }

  get #hasNew(): boolean {
    const { view } = this;
    return view.count > 0 && view.uidAt(view.count - 1) > this.#largestUid;
  }

  /** The folder's messages that the client knows of and that are still there. */
  get known(): number {
    return this.view.lowerBound(this.#largestUid + 1);
  }

  /** The largest UID the client was told of. */
  get largestUid(): number {
    return this.#largestUid;
  }

  /** Gives the view back. */
  close(): void {
    this.#unlisten();
    this.view.close();
  }

  /** The folder is another place for its user than before, or (undefined) none that he may read: as good as deleted. */
  move(place: Place | undefined): void {
    const { rights, reader } = this.place;
    if (place === undefined || place.reader !== reader) this.gone = true;
    else if (place.rights === rights) return;
    else {
      this.place = place;
      this.#rightsChanged = !this.readOnly;
    }
    this.onNews?.();
  }

  /** The flags that this user can change for good (RFC 4314 §5.1.1). */
  tellPermanentFlags(out: Output): void {
    const flags = this.readOnly ? "()" : permanentFlags(this.place.rights, this.view.keywords);
    out.ascii(`* OK [PERMANENTFLAGS ${flags}] Flags that can be kept\r\n`);
  }

  /** Others changed what the user may do here. */
  #reportRights(out: Output): void {
    this.#rightsChanged = false;
    this.tellKeywords(out, true);
    this.tellPermanentFlags(out);
    const word = changesNothing(this.place) ? "READ-ONLY" : "READ-WRITE";
    out.ascii(`* OK [${word}] Your rights in this folder have changed\r\n`);
  }

  #hear(change: FolderChange): void {
    if (change.kind === "deleted") this.gone = true;
    else if (change.kind === "expunge") this.#hearExpunge(change.uids);
    else if (change.kind === "append" && change.origin === this) this.#hearOwn(change.messages);
    // A view of shared marks also hears of those of single readers, which are nothing to its sessions.
    else if (change.kind === "marks" && this.place.reader === undefined) return;
    else if ((change.kind === "flags" || change.kind === "marks") && change.origin !== this) {
      this.#hearFlags(change.messages);
    }
    this.onNews?.();
  }

  #hearOwn(messages: readonly { uid: number }[]): void {
    this.#own ??= new Set();
    for (const { uid } of messages) this.#own.add(uid);
  }

  #hearExpunge(uids: ArrayLike<number>): void {
    const gone = uids instanceof Uint32Array ? uids : Uint32Array.from(uids).sort();
    const known = gone.subarray(0, lowerBound(gone, this.#largestUid + 1));
    this.#expunged = mergeAscending(this.#expunged, known);
  }

  #hearFlags(messages: readonly { uid: number; modseq: number }[]): void {
    if (this.#dirtySince !== undefined) return;
    for (const { uid } of messages) if (uid <= this.#largestUid) this.#dirty.add(uid);
    if (this.#dirty.size <= MOST_DIRTY) return;
    this.#dirtySince = this.#told;
    this.#dirty.clear();
  }

  /** The client works out by itself that these are gone (CLOSE): they are not told. */
  forgetGone(uids: readonly number[]): void {
    this.#expunged = selectAscending(this.#expunged, Uint32Array.from(uids).sort(), false);
  }

  /** UIDs of messages that are gone while the client still counts them. */
  get unsaid(): Uint32Array {
    return this.#expunged;
  }

  /** The message was just shown with its flags: nothing about it is left to report. */
  wasShown(uid: number): void {
    if (this.#dirty.size > 0) this.#dirty.delete(uid);
  }

  /** The number by which the client knows the message at an index of the view. */
  numberAt(index: number): number {
    const { length } = this.#expunged;
    return index + 1 + (length === 0 ? 0 : lowerBound(this.#expunged, this.view.uidAt(index)));
  }

  /** The number by which the client knows the message of a UID, be it gone or not. */
  numberOf(uid: number): number {
    return this.view.lowerBound(uid) + this.goneBefore(uid) + 1;
  }

  /** How many messages before this UID are gone without the client knowing. */
  goneBefore(uid: number): number {
    return this.#expunged.length === 0 ? 0 : lowerBound(this.#expunged, uid);
  }

  /**
   * The messages that a set of numbers names.
   * @param lenient numbers beyond the messages there are name none
   * @throws GrammarError for such numbers otherwise (RFC 9051 §9 `seq-number`)
   */
  byNumber(ranges: readonly SequenceRange[], lenient = false): Resolved {
    const empty = this.exists === 0;
    if (!lenient && largestNamed(ranges) > this.exists && !(empty && usesStar(ranges))) {
      throw new GrammarError(`There are only ${this.exists} messages`);
    }
    if (empty) return { uids: NONE, missing: false };
    const chosen: Uint32Array[] = [];
    let missing = false;
    for (const { first, last } of normaliseRanges(ranges, this.exists)) {
      const from = this.#indexOfNumber(first);
      const to = this.#indexOfNumber(last + 1);
      chosen.push(this.view.uids.slice(from, to));
      missing ||= to - from < Math.min(last, this.exists) - first + 1;
    }
    return { uids: concatenate(chosen), missing };
  }

  /** The messages that a set of UIDs names; UIDs without a message are passed over (RFC 9051 §6.4.9). */
  byUid(ranges: readonly SequenceRange[]): Resolved {
    const known = this.known;
    // "*" is the last message the client knows of, gone or not: it must not come to mean another one behind its back.
    const last = Math.max(known > 0 ? this.view.uidAt(known - 1) : 0, this.#expunged.at(-1) ?? 0);
    const star = last > 0 ? last : this.#largestUid;
    const chosen = normaliseRanges(ranges, star).map(({ first, last }) => {
      const from = Math.min(this.view.lowerBound(first), known);
      return this.view.uids.slice(from, Math.min(this.view.lowerBound(last + 1), known));
    });
    return { uids: concatenate(chosen), missing: false };
  }

  /** The index in the view of the first message whose number is not below `number`. */
  #indexOfNumber(number: number): number {
    const gone = this.#expunged;
    if (gone.length === 0) return Math.min(number - 1, this.known);
    // The numbers of the gone ones ascend: the k-th has as many before it as live messages and gone ones come before.
    let low = 0;
    let high = gone.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.view.lowerBound(gone[middle] as number) + middle + 1 < number) low = middle + 1;
      else high = middle;
    }
    return Math.min(number - 1 - low, this.known);
  }

  /** All messages the client knows of that are still there, by UID. */
  all(): Uint32Array {
    return this.view.uids.slice(0, this.known);
  }

  /** Whether the message is recent for this session (RFC 3501 §2.3.2). */
  isRecent(uid: number): boolean {
    return this.#recent.some(({ first, last }) => uid >= first && uid <= last);
  }

  /** How many are. */
  get recentCount(): number {
    let count = 0;
    for (const { first, last } of this.#recent) {
      count += Math.max(0, Math.min(this.view.lowerBound(last + 1), this.known) - this.view.lowerBound(first));
    }
    return count;
  }

  #takeRecent(): void {
    if (this.exists === 0 && this.#largestUid === 0) return;
    const next = this.#largestUid + 1;
    const first = this.claimRecent(next);
    if (first >= next) return;
    this.#recent = normaliseRanges([...this.#recent, { first, last: next - 1 }], 0);
  }

  /** The FLAGS response, where it says more than the last one did or `always` asks for it. */
  tellKeywords(out: Output, always = false): void {
    const keywords = this.view.keywords;
    const fresh = keywords.some((keyword) => !this.#toldKeywords.has(keyword.toLowerCase()));
    if (!fresh && !always) return;
    for (const keyword of keywords) this.#toldKeywords.add(keyword.toLowerCase());
    out.ascii(`* FLAGS (${["\\Answered \\Flagged \\Deleted \\Seen \\Draft", ...keywords].join(" ")})\r\n`);
  }

  /** Whether a FLAGS response has named all of these. */
  knowsKeywords(keywords: readonly string[]): boolean {
    return keywords.every((keyword) => this.#toldKeywords.has(keyword.toLowerCase()));
  }

  /**
   * Tells the client what changed since it was last told. Message numbers may only go where no command that uses them is
   * under way (RFC 9051 §7.5.1): `expunges` says so; without it, what is gone keeps its number until later. Without `flags`
   * nothing is told of messages that the client knows of. Gives the UIDs of new messages that others put here.
   */
  async report(out: Output, expunges: boolean, flags = true): Promise<Uint32Array> {
    if (this.#rightsChanged) this.#reportRights(out);
    if (expunges && this.#expunged.length > 0) await this.#reportExpunged(out);
    const fresh = this.#hasNew ? this.#reportNew(out) : NONE;
    if (flags && this.#hasChanges) await this.#reportChanged(out);
    if (!this.hasNews) this.#told = this.view.highestModseq;
    return fresh;
  }

  async #reportExpunged(out: Output): Promise<void> {
    const gone = this.#expunged;
    // All numbers are worked out in one go; sending them may take turns in which more goes, and that is the next report's.
    const numbers = gone.map((uid, k) => this.view.lowerBound(uid) + k + 1);
    this.#expunged = NONE;
    this.exists -= gone.length;
    await (this.telling.vanished
      ? tellVanished(out, this.turns, rangesOf(gone))
      : tellExpunged(out, this.turns, numbers));
  }

  #reportNew(out: Output): Uint32Array {
    const own = this.#own;
    const all = this.view.uids.slice(this.known);
    const fresh = own ? all.filter((uid) => !own.has(uid)) : all;
    this.#own = undefined;
    this.#largestUid = this.view.uidAt(this.view.count - 1);
    this.exists = this.view.count + this.#expunged.length;
    this.#takeRecent();
    out.ascii(`* ${this.exists} EXISTS\r\n`);
    if (this.telling.recent) out.ascii(`* ${this.recentCount} RECENT\r\n`);
    return fresh;
  }

  async #reportChanged(out: Output): Promise<void> {
    const uids =
      this.#dirtySince === undefined
        ? Uint32Array.from(this.#dirty).sort()
        : Uint32Array.from(this.view.changedSince(this.#dirtySince), (index) => this.view.uidAt(index));
    this.#dirty.clear();
    this.#dirtySince = undefined;
    this.tellKeywords(out);
    for (const uid of uids) {
      const index = this.view.indexOfUid(uid);
      if (index < 0 || uid > this.#largestUid) continue;
      this.tellFlags(out, index, { withUid: true });
      if (out.full) {
        await out.drain();
        if (this.turns.over) await this.turns.next();
      }
    }
  }

  /** Tells the flags of a message, and its mod-sequence where the client wants that; `silent` tells only the latter. */
  tellFlags(out: Output, index: number, { withUid, silent = false }: { withUid: boolean; silent?: boolean }): void {
    const flags = silent ? undefined : this.flagsText(index);
    const modseq = this.telling.modseqs ? this.view.modseqAt(index) : undefined;
    tellFlags(out, this.telling, this.knownAt(index), { flags, modseq, withUid });
  }

  /** The message at an index of the view, as the client knows it. */
  knownAt(index: number): Known {
    return { number: this.telling.uidOnly ? 0 : this.numberAt(index), uid: this.view.uidAt(index) };
  }

  /** The flags of a message as FETCH gives them, \Recent included where the client hears of it. */
  flagsText(index: number): string {
    const { text } = this.view.flagsAt(index);
    if (!this.telling.recent || this.#recent.length === 0 || !this.isRecent(this.view.uidAt(index))) return text;
    return text === "()" ? "(\\Recent)" : `(\\Recent ${text.slice(1)}`;
  }

  /** Whether any message may carry \Recent. */
  get hasRecent(): boolean {
    return this.telling.recent && this.#recent.length > 0;
  }
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  if (parts.length === 1) return parts[0] as Uint32Array;
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
