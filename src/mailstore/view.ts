/**
 * A folder in memory: UIDs, flags, mod-sequences, sizes, dates and content ids in typed arrays (36 octets a message), shared
 * by all sessions that have the folder open and kept current by the change feed. Sequence numbers are indexes plus one.
 */
import { type FlagSet, FlagTable, SEEN } from "./flags.ts";

/** One message as the change feed tells it. */
export interface MessageRow {
  readonly uid: number;
  readonly content: number;
  readonly modseq: number;
  readonly flags: number;
  readonly keywords: string;
  readonly size: number;
  readonly internalDate: number;
}

/** What happened in a folder, in commit order. `origin` is whatever the one who asked for it gave to know himself again. */
export type FolderChange =
  | {
      readonly kind: "append";
      readonly messages: readonly MessageRow[];
      /** The folder they were copied or moved from. */
      readonly from?: number;
      readonly origin?: object;
    }
  | {
      readonly kind: "flags";
      readonly messages: readonly { uid: number; modseq: number; flags: number; keywords: string }[];
      readonly origin?: object;
    }
  /** One reader's own marks, where each has his own: the flags of the messages are as before. */
  | {
      readonly kind: "marks";
      readonly reader: number;
      readonly messages: readonly { uid: number; modseq: number; seen: boolean }[];
      readonly origin?: object;
    }
  | {
      readonly kind: "expunge";
      /** A view tells its listeners those that were there, ascending, in one array for all of them. */
      readonly uids: readonly number[] | Uint32Array;
      readonly modseq: number;
      readonly origin?: object;
    }
  /** All flags may be others for those who read, though no message changed. */
  | { readonly kind: "reflagged"; readonly modseq: number }
  | { readonly kind: "deleted" };

const FIRST_ROOM = 64;

/** A folder as those see it who open it. */
export type View = Omit<FolderView, "push" | "apply" | "loaded">;

export class FolderView {
  /** Messages in the folder. */
  count = 0;
  uidNext = 1;
  highestModseq = 1;
  #uids = new Uint32Array(FIRST_ROOM);
  #flags = new Uint32Array(FIRST_ROOM);
  #sizes = new Uint32Array(FIRST_ROOM);
  #modseqs = new Float64Array(FIRST_ROOM);
  #dates = new Float64Array(FIRST_ROOM);
  #contents = new Float64Array(FIRST_ROOM);
  #table = new FlagTable();
  readonly #listeners = new Set<(change: FolderChange) => void>();
  /** Changes that came while the rows are being read. */
  #waiting: FolderChange[] | undefined = [];
  /** True once the folder is gone. */
  deleted = false;
  /** Every message before this index has \\Seen: SELECT asks for the first without it, and most have it. */
  #seenBefore = 0;

  constructor(
    readonly folderId: number,
    readonly uidValidity: number,
    private readonly onClose: (view: FolderView) => void,
  ) {}

  /** The UID at an index (sequence number − 1); 0 behind the last message, where the array may hold what is gone. */
  uidAt(index: number): number {
    return index < this.count ? (this.#uids[index] ?? 0) : 0;
  }
  flagsAt(index: number): FlagSet {
    return this.#table.set(this.#flags[index] ?? -1);
  }
  /** The bits of the system flags. */
  systemAt(index: number): number {
    return this.flagsAt(index).system;
  }
  modseqAt(index: number): number {
    return this.#modseqs[index] ?? 0;
  }
  /** Octets. */
  sizeAt(index: number): number {
    return this.#sizes[index] ?? 0;
  }
  /** Milliseconds since the epoch. */
  internalDateAt(index: number): number {
    return this.#dates[index] ?? 0;
  }
  contentAt(index: number): number {
    return this.#contents[index] ?? 0;
  }
  /** The UIDs in order; valid until the next change. */
  get uids(): Uint32Array {
    return this.#uids.subarray(0, this.count);
  }
  /** Every keyword in use here. */
  get keywords(): readonly string[] {
    return this.#table.keywords();
  }

  /** The index of a UID, or −1. */
  indexOfUid(uid: number): number {
    const index = this.lowerBound(uid);
    return index < this.count && this.#uids[index] === uid ? index : -1;
  }

  /** The index of the first message with this UID or a greater one; `count` if there is none. */
  lowerBound(uid: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#uids[middle] as number) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index of the first message without \Seen, or −1 (RFC 3501 §7.1 UNSEEN). */
  firstUnseen(): number {
    while (this.#seenBefore < this.count && (this.systemAt(this.#seenBefore) & SEEN) !== 0) this.#seenBefore++;
    return this.#seenBefore < this.count ? this.#seenBefore : -1;
  }

  /** Indexes of messages whose mod-sequence is greater, ascending. */
  changedSince(modseq: number): number[] {
    const changed: number[] = [];
    if (this.highestModseq <= modseq) return changed;
    for (let index = 0; index < this.count; index++) if ((this.#modseqs[index] as number) > modseq) changed.push(index);
    return changed;
  }

  /** Calls `listener` after each change was applied here; returns the function that ends it. */
  onChange(listener: (change: FolderChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the view back. Every `open` needs one `close`. */
  close(): void {
    this.onClose(this);
  }

  /** Octets of memory this view takes, about. */
  get weight(): number {
    return this.#uids.length * 36 + this.#table.size * 200;
  }

  /** Ends loading: what happened in the meantime is applied now. Rows that were read with it already are passed over. */
  loaded(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const change of waiting) this.apply(change);
  }

  /** Applies a change and tells it to the listeners, as far as it was not known: loading may have read its rows already. */
  apply(change: FolderChange): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(change);
      return;
    }
    const news = this.#take(change);
    if (news !== undefined) for (const listener of [...this.#listeners]) listener(news);
  }

  #take(change: FolderChange): FolderChange | undefined {
    switch (change.kind) {
      case "append": {
        const last = this.uidAt(this.count - 1);
        const messages = change.messages.filter(({ uid }) => uid > last);
        this.#append(messages);
        return messages.length > 0 ? { ...change, messages } : undefined;
      }
      case "flags":
        this.#setFlags(change.messages);
        return change;
      case "marks":
        for (const { uid, modseq } of change.messages) this.#advance(uid, modseq);
        return change;
      case "expunge": {
        const uids = Uint32Array.from(change.uids)
          .filter((uid) => this.indexOfUid(uid) >= 0)
          .sort();
        this.#expunge(uids, change.modseq);
        return uids.length > 0 ? { ...change, uids } : undefined;
      }
      case "reflagged":
        this.highestModseq = Math.max(this.highestModseq, change.modseq);
        return undefined;
      case "deleted":
        this.deleted = true;
        return change;
    }
  }

  /** Adds one message at the end; used when loading. */
  push(
    uid: number,
    content: number,
    modseq: number,
    flags: number,
    keywords: string,
    size: number,
    date: number,
  ): void {
    if (this.count > 0 && uid <= (this.#uids[this.count - 1] as number)) return;
    if (this.count === this.#uids.length) this.#grow();
    const at = this.count++;
    this.#uids[at] = uid;
    this.#contents[at] = content;
    this.#modseqs[at] = modseq;
    this.#flags[at] = this.#table.number(flags, keywords);
    this.#sizes[at] = size;
    this.#dates[at] = date;
    if (uid >= this.uidNext) this.uidNext = uid + 1;
    if (modseq > this.highestModseq) this.highestModseq = modseq;
  }

  #append(rows: readonly MessageRow[]): void {
    for (const row of rows) {
      this.push(row.uid, row.content, row.modseq, row.flags, row.keywords, row.size, row.internalDate);
    }
  }

  #setFlags(rows: readonly { uid: number; modseq: number; flags: number; keywords: string }[]): void {
    for (const row of rows) {
      const index = this.indexOfUid(row.uid);
      // Its row may have been read with a later change in it.
      if (index < 0 || row.modseq < this.modseqAt(index)) continue;
      this.#flags[index] = this.#table.number(row.flags, row.keywords);
      if ((row.flags & SEEN) === 0 && index < this.#seenBefore) this.#seenBefore = index;
      this.#modseqs[index] = row.modseq;
      if (row.modseq > this.highestModseq) this.highestModseq = row.modseq;
    }
    if (this.#table.size > 1_000 + 2 * this.count) this.#renumber();
  }

  #advance(uid: number, modseq: number): void {
    const index = this.indexOfUid(uid);
    if (index < 0 || modseq < this.modseqAt(index)) return;
    this.#modseqs[index] = modseq;
    if (modseq > this.highestModseq) this.highestModseq = modseq;
  }

  /** @param uids ascending, all of them here */
  #expunge(uids: Uint32Array, modseq: number): void {
    if (modseq > this.highestModseq) this.highestModseq = modseq;
    if (uids.length === 0) return;
    const gone = uids.map((uid) => this.indexOfUid(uid));
    const columns = [this.#uids, this.#flags, this.#sizes, this.#modseqs, this.#dates, this.#contents];
    for (const column of columns) {
      let to = gone[0] as number;
      for (const [n, index] of gone.entries()) {
        const until = gone[n + 1] ?? this.count;
        column.copyWithin(to, index + 1, until);
        to += until - index - 1;
      }
    }
    this.#seenBefore -= gone.filter((index) => index < this.#seenBefore).length;
    this.count -= gone.length;
  }

  #grow(): void {
    const room = this.#uids.length * 2;
    const widen = <A extends Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(column: A, larger: A): A => {
      larger.set(column);
      return larger;
    };
    this.#uids = widen(this.#uids, new Uint32Array(room));
    this.#flags = widen(this.#flags, new Uint32Array(room));
    this.#sizes = widen(this.#sizes, new Uint32Array(room));
    this.#modseqs = widen(this.#modseqs, new Float64Array(room));
    this.#dates = widen(this.#dates, new Float64Array(room));
    this.#contents = widen(this.#contents, new Float64Array(room));
  }

  /** Flag sets that no message carries any more would otherwise pile up. */
  #renumber(): void {
    const table = new FlagTable();
    for (let index = 0; index < this.count; index++) {
      const set = this.flagsAt(index);
      this.#flags[index] = table.number(set.system, set.keywords.join(" "));
    }
    this.#table = table;
  }
}
