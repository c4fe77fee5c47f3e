/**
 * A folder as one reader sees it who has read marks of his own: everything is as in the shared view but \Seen, which is his. So
 * whoever works with a view (FETCH, SEARCH, the counts of SELECT) need not know whose marks it shows.
 */
import { type FlagSet, flagSet, SEEN } from "./flags.ts";
import type { Seen } from "./read-marks.ts";
import type { FolderChange, View } from "./view.ts";

/** One set of flags of the messages, without and with \Seen. */
interface Faces {
  readonly unseen: FlagSet;
  readonly seen: FlagSet;
}

export class ReaderView implements View {
  /** Few sets stand on many messages; those who look at flags know a set again by its identity. */
  readonly #faces = new Map<FlagSet, Faces>();
  readonly #listeners = new Set<(change: FolderChange) => void>();
  readonly #unlisten: () => void;

  constructor(
    private readonly shared: View,
    private readonly reader: number,
    private readonly marks: Seen,
  ) {
    this.#unlisten = shared.onChange((change) => this.#hear(change));
  }

  get count(): number {
    return this.shared.count;
  }
  get uidNext(): number {
    return this.shared.uidNext;
  }
  get highestModseq(): number {
    return this.shared.highestModseq;
  }
  get deleted(): boolean {
    return this.shared.deleted;
  }
  get folderId(): number {
    return this.shared.folderId;
  }
  get uidValidity(): number {
    return this.shared.uidValidity;
  }
  get uids(): Uint32Array {
    return this.shared.uids;
  }
  get keywords(): readonly string[] {
    return this.shared.keywords;
  }
  get weight(): number {
    return this.shared.weight;
  }

  uidAt(index: number): number {
    return this.shared.uidAt(index);
  }
  flagsAt(index: number): FlagSet {
    const { seen, unseen } = this.#facesOf(this.shared.flagsAt(index));
    return this.marks.has(this.shared.uidAt(index)) ? seen : unseen;
  }
  systemAt(index: number): number {
    const system = this.shared.systemAt(index) & ~SEEN;
    return this.marks.has(this.shared.uidAt(index)) ? system | SEEN : system;
  }
  modseqAt(index: number): number {
    return this.shared.modseqAt(index);
  }
  sizeAt(index: number): number {
    return this.shared.sizeAt(index);
  }
  internalDateAt(index: number): number {
    return this.shared.internalDateAt(index);
  }
  contentAt(index: number): number {
    return this.shared.contentAt(index);
  }
  indexOfUid(uid: number): number {
    return this.shared.indexOfUid(uid);
  }
  lowerBound(uid: number): number {
    return this.shared.lowerBound(uid);
  }
  changedSince(modseq: number): number[] {
    return this.shared.changedSince(modseq);
  }

  firstUnseen(): number {
    const { uids } = this;
    for (let index = 0; index < uids.length; index++) if (!this.marks.has(uids[index] as number)) return index;
    return -1;
  }

  onChange(listener: (change: FolderChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#unlisten();
    this.shared.close();
  }

  /** What another reader has seen is nothing to this one. */
  #hear(change: FolderChange): void {
    if (change.kind === "marks") {
      if (change.reader !== this.reader) return;
      for (const { uid, seen } of change.messages) this.marks.set(uid, seen);
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  #facesOf(flags: FlagSet): Faces {
    let faces = this.#faces.get(flags);
    if (faces === undefined) {
      // Sets that no message carries any more are numbered anew in the shared view, and would pile up here.
      if (this.#faces.size > 1_000 + this.count) this.#faces.clear();
      const keywords = flags.keywords.join(" ");
      faces = { unseen: flagSet(flags.system & ~SEEN, keywords), seen: flagSet(flags.system | SEEN, keywords) };
      this.#faces.set(flags, faces);
    }
    return faces;
  }
}
