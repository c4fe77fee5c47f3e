/**
 * Results that are kept up while a folder stays selected (RFC 5267 §4): SEARCH and SORT with RETURN (UPDATE). What goes and what
 * comes is told with the folder's other news: what is expunged before its number goes, everything else after.
 */
import type { Criterion } from "../../mailstore/order.ts";
import type { FolderChange } from "../../mailstore/view.ts";
import type { SearchKey } from "./search-program.ts";
import { correlator } from "./search-results.ts";
import { runSearch } from "./search-run.ts";
import { formatSet, mergeAscending, selectAscending } from "./sequence.ts";
import type { Session } from "./session.ts";
import type { Selected } from "./sync.ts";

/** What is kept up. */
export interface Kept {
  readonly key: SearchKey;
  /** The order of a SORT; undefined for SEARCH. */
  readonly criteria: readonly Criterion[] | undefined;
  readonly byUid: boolean;
}

interface Context extends Kept {
  readonly tag: string;
  /** UIDs as the client has them, in its order. */
  members: Uint32Array;
}

/** A session keeps up so many; more are refused with NOUPDATE (RFC 5267 §4.3.1). */
const MOST = 16;
/** From so many changed messages on everything is searched anew. */
const MANY = 5_000;

/** The kept results of one selected folder. */
export class Contexts {
  readonly #contexts = new Map<string, Context>();
  #changed = new Set<number>();
  /** Any message may have changed. */
  #all = false;
  readonly #gone = new Set<number>();
  /** UIDs from here on were not looked at yet. */
  #next: number;
  readonly #unlisten: () => void;

  constructor(
    private readonly session: Session,
    readonly selected: Selected,
  ) {
    this.#next = selected.largestUid + 1;
    this.#unlisten = selected.view.onChange((change) => this.#hear(change));
  }

  /** Whether a tag names one. */
  has(tag: string): boolean {
    return this.#contexts.has(tag);
  }

  /** Begins to keep a result up; false where there are too many. */
  add(tag: string, kept: Kept, members: Uint32Array): boolean {
    if (this.#contexts.size >= MOST) return false;
    this.#contexts.set(tag, { ...kept, tag, members: members.slice() });
    return true;
  }

  /** Ends one. */
  cancel(tag: string): boolean {
    return this.#contexts.delete(tag);
  }

  /** Ends all. */
  close(): void {
    this.#unlisten();
    this.#contexts.clear();
  }

  #hear(change: FolderChange): void {
    if (change.kind === "expunge") for (const uid of change.uids) this.#gone.add(uid);
    // Whatever else happens to messages may change what is found.
    else if (change.kind === "reflagged") this.#all = true;
    else if (change.kind !== "deleted") for (const { uid } of change.messages) this.#changed.add(uid);
  }

  /** Before EXPUNGE is told: what goes, while its numbers still count. Waits for nothing, so that the numbers stay right. */
  tellGone(): void {
    if (this.#gone.size === 0) return;
    for (const context of this.#contexts.values()) {
      const left = context.members.filter((uid) => !this.#gone.has(uid));
      if (left.length === context.members.length) continue;
      const gone = context.members.filter((uid) => this.#gone.has(uid)).sort();
      context.members = left;
      this.#tell(context, `REMOVEFROM (0 ${this.#names(context, gone)})`);
    }
    this.#gone.clear();
  }

  /** After everything else was told: what fits no more, and what fits now. */
  async tellChanged(): Promise<void> {
    const { selected } = this;
    const fresh = selected.largestUid >= this.#next;
    if (this.#changed.size === 0 && !fresh && !this.#all) return;
    const known = selected.all();
    const from = this.#next;
    const touched = this.#changed;
    this.#changed = new Set([...touched].filter((uid) => uid > selected.largestUid));
    this.#next = selected.largestUid + 1;
    const all = this.#all || touched.size > MANY;
    this.#all = false;
    const some = all ? known : known.filter((uid) => uid >= from || touched.has(uid));
    for (const context of [...this.#contexts.values()]) await this.#renew(context, some, known);
  }

  async #renew(context: Context, some: Uint32Array, known: Uint32Array): Promise<void> {
    const { session, selected } = this;
    const { uids } = await runSearch(context.key, {
      store: session.store,
      mailstore: session.mailstore,
      view: selected.view,
      uids: some,
      resolve: (set, byUid) => session.resolve(set, byUid, true).uids,
      isRecent: (uid) => selected.isRecent(uid),
    });
    const before = context.members.slice().sort();
    const kept = selectAscending(before, selectAscending(before, some, true), false);
    const now = mergeAscending(kept, uids);
    const removed = selectAscending(selectAscending(before, now, false), known, true);
    const added = selectAscending(now, before, false);
    if (removed.length > 0) {
      const out = new Set(removed);
      context.members = context.members.filter((uid) => !out.has(uid));
      this.#tell(context, `REMOVEFROM (0 ${this.#names(context, removed)})`);
    }
    if (added.length === 0) return;
    if (context.criteria === undefined) {
      context.members = mergeAscending(context.members, added);
      this.#tell(context, `ADDTO (0 ${this.#names(context, added)})`);
      return;
    }
    const sorted = await session.mailstore.orders.sorted(selected.view, now, context.criteria);
    this.#tell(context, this.#insertions(context, sorted, new Set(added)));
    context.members = sorted;
  }

  /** RFC 5267 §4.3.2: what comes in with its place, places counted as the earlier ones leave them. */
  #insertions(context: Context, sorted: Uint32Array, added: ReadonlySet<number>): string {
    const items: string[] = [];
    for (let at = 0; at < sorted.length; ) {
      if (!added.has(sorted[at] as number)) {
        at++;
        continue;
      }
      const from = at;
      while (at < sorted.length && added.has(sorted[at] as number)) at++;
      items.push(`${from + 1} ${this.#names(context, sorted.subarray(from, at))}`);
    }
    return `ADDTO (${items.join(" ")})`;
  }

  #names({ byUid }: Context, uids: Uint32Array): string {
    if (byUid) return formatSet(uids);
    const { selected } = this;
    return formatSet(uids.map((uid) => selected.view.lowerBound(uid) + selected.goneBefore(uid) + 1));
  }

  #tell({ tag, byUid }: Context, items: string): void {
    this.session.out.ascii(`* ESEARCH ${correlator(tag)}${byUid ? " UID" : ""} ${items}\r\n`);
  }
}
