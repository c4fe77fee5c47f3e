/**
 * Results that are kept up while a folder stays selected (RFC 5267 §4): SEARCH and SORT with RETURN (UPDATE). What goes and what
 * comes is told with the folder's other news: what is expunged before its number goes, everything else after. Where a key asks
 * how old messages are, a clock looks after those whose time has come (RFC 5032 §2).
 */
import type { Criterion } from "../../mailstore/order.ts";
import type { FolderChange } from "../../mailstore/view.ts";
import type { FetchItem } from "./fetch-items.ts";
import { intervalsOf, type SearchKey, withoutNumbers } from "./search-program.ts";
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
  /** What is shown of messages that come into it (RFC 5465 §7). */
  readonly items?: readonly FetchItem[];
}

/** What became of the results. */
export interface Renewed {
  /** Whether anything is to be shown of new messages. */
  readonly shows: boolean;
  /** What is. */
  itemsOf(uid: number): readonly FetchItem[];
  /** Tells what went and what came. */
  tell(): void;
}

/** What became of one of them. */
interface Difference {
  readonly context: Context;
  readonly removed: Uint32Array;
  readonly added: Uint32Array;
}

interface Context extends Kept {
  readonly tag: string;
  /** UIDs as the client has them, in its order. */
  members: Uint32Array;
  /** In seconds. */
  readonly intervals: readonly number[];
}

/** A session keeps up so many; more are refused with NOUPDATE (RFC 5267 §4.3.1). */
const MOST = 16;
/** From so many changed messages on everything is searched anew. */
const MANY = 5_000;
/** A message's time is looked after this long afterwards at the latest, and clocks go no further than that. */
const SOONEST_MS = 1_000;
const LATEST_MS = 86_400_000;

/** The kept results of one selected folder. */
export class Contexts {
  readonly #contexts = new Map<string, Context>();
  #changed = new Set<number>();
  /** Any message may have changed. */
  #all = false;
  readonly #gone = new Set<number>();
  /** UIDs from here on were not looked at yet. */
  #next: number;
  /** Up to when messages' ages were looked at, and when the next is due. */
  #aged = Number.POSITIVE_INFINITY;
  #due = Number.POSITIVE_INFINITY;
  #clock: NodeJS.Timeout | undefined;
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

  /** Before the search of a result that is to be kept up. */
  begin(): void {
    this.#aged = Math.min(this.#aged, Date.now());
  }

  /** Begins to keep a result up; false where there are too many. */
  add(tag: string, kept: Kept, members: Uint32Array): boolean {
    if (this.#contexts.size >= MOST) return false;
    // RFC 5267 §4.3: numbers mean what they meant when the command came.
    const key = withoutNumbers(kept.key, (set, byUid) => this.session.resolve(set, byUid, true).uids);
    this.#contexts.set(tag, { ...kept, key, tag, members: members.slice(), intervals: intervalsOf(key) });
    this.#wind();
    return true;
  }

  /** Ends one. */
  cancel(tag: string): boolean {
    return this.#contexts.delete(tag);
  }

  /** Ends all. */
  close(): void {
    this.#unlisten();
    clearTimeout(this.#clock);
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
      this.session.out.ascii(this.#response(context, `REMOVEFROM (0 ${this.#names(context, gone)})`));
    }
    this.#gone.clear();
  }

  /** The intervals that any key asks for. */
  get #intervals(): ReadonlySet<number> {
    return new Set([...this.#contexts.values()].flatMap(({ intervals }) => intervals));
  }

  /** Sets the clock to when the next message is as old as some key asks for. */
  #wind(): void {
    clearTimeout(this.#clock);
    const { view } = this.selected;
    const intervals = this.#intervals;
    this.#due = Number.POSITIVE_INFINITY;
    this.#aged = intervals.size === 0 ? Number.POSITIVE_INFINITY : this.#aged;
    for (const seconds of intervals) {
      for (let index = 0; index < view.count; index++) {
        const moment = view.internalDateAt(index) + seconds * 1_000;
        if (moment >= this.#aged) this.#due = Math.min(this.#due, moment + 1);
      }
    }
    if (this.#due === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(this.#due - Date.now(), SOONEST_MS), LATEST_MS);
    this.#clock = setTimeout(() => {
      if (Date.now() < this.#due) this.#wind();
      else this.selected.onNews?.();
    }, wait);
    this.#clock.unref();
  }

  /** Notes the messages whose time came since the last look. */
  #age(): void {
    const { view } = this.selected;
    const now = Date.now();
    for (const seconds of this.#intervals) {
      for (let index = 0; index < view.count; index++) {
        const moment = view.internalDateAt(index) + seconds * 1_000;
        if (moment >= this.#aged && moment < now) this.#changed.add(view.uidAt(index));
      }
    }
    this.#aged = now;
  }

  /** After everything else was told: looks at what fits no more, and what fits now. Undefined where nothing happened. */
  async renew(): Promise<Renewed | undefined> {
    const { selected } = this;
    const fresh = selected.largestUid >= this.#next;
    const due = Date.now() >= this.#due;
    if (due) this.#age();
    if (due || (fresh && this.#aged !== Number.POSITIVE_INFINITY)) this.#wind();
    if (this.#changed.size === 0 && !fresh && !this.#all) return undefined;
    const known = selected.all();
    const from = this.#next;
    const touched = this.#changed;
    this.#changed = new Set([...touched].filter((uid) => uid > selected.largestUid));
    this.#next = selected.largestUid + 1;
    const all = this.#all || touched.size > MANY;
    this.#all = false;
    const some = all ? known : known.filter((uid) => uid >= from || touched.has(uid));
    const shown: { readonly uids: ReadonlySet<number>; readonly items: readonly FetchItem[] }[] = [];
    const told: string[] = [];
    for (const context of [...this.#contexts.values()]) {
      const difference = await this.#difference(context, some, known);
      if (context.items) shown.push({ uids: new Set(difference.added), items: context.items });
      told.push(...(await this.#renewed(difference)));
    }
    const { out } = this.session;
    return {
      shows: shown.length > 0,
      itemsOf: (uid) => shown.flatMap(({ uids, items }) => (uids.has(uid) ? items : [])),
      tell: () => {
        for (const line of told) out.ascii(line);
      },
    };
  }

  async #difference(context: Context, some: Uint32Array, known: Uint32Array): Promise<Difference> {
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
    return { context, removed, added: selectAscending(now, before, false) };
  }

  /** Takes a difference over into the members; gives the responses that tell it. */
  async #renewed({ context, removed, added }: Difference): Promise<string[]> {
    const told: string[] = [];
    if (removed.length > 0) {
      const out = new Set(removed);
      context.members = context.members.filter((uid) => !out.has(uid));
      told.push(this.#response(context, `REMOVEFROM (0 ${this.#names(context, removed)})`));
    }
    if (added.length === 0) return told;
    if (context.criteria === undefined) {
      context.members = mergeAscending(context.members, added);
      return [...told, this.#response(context, `ADDTO (0 ${this.#names(context, added)})`)];
    }
    const all = mergeAscending(context.members.slice().sort(), added);
    const { view } = this.selected;
    context.members = await this.session.mailstore.orders.sorted(view, all, context.criteria);
    return [...told, this.#response(context, this.#insertions(context, context.members, new Set(added)))];
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

  #response({ tag, byUid }: Context, items: string): string {
    return `* ESEARCH ${correlator(tag)}${byUid ? " UID" : ""} ${items}\r\n`;
  }
}
