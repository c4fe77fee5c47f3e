/**
 * Runs a search over folders, newest messages first. The index names candidates, from the newest contents on; folders that are open say
 * which of them they hold and when they came, which costs next to nothing for 100,000 messages; then candidates are read, in the order of
 * their days. More are named only where some message that was not named yet may be newer than the next. All of it works in turns of the
 * event loop.
 */
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { Naming } from "../../mailstore/search.ts";
import type { View } from "../../mailstore/view.ts";
import type { Turns } from "../../turns.ts";
import type { RoledFolder } from "./access.ts";
import { type Matcher, matcherOf } from "./matching.ts";
import type { Token } from "./query.ts";

/** A message that was found. */
export interface Hit {
  readonly folder: RoledFolder;
  readonly uid: number;
}

/** How far a search goes. */
export interface Wish {
  /** Hits that are enough. */
  readonly enough: number;
  /** Milliseconds after which it stops where it is. */
  readonly patience: number;
}

export interface Found {
  readonly hits: readonly Hit[];
  /** All messages were looked at. */
  readonly done: boolean;
}

/** Messages looked at between two looks at the clock. */
const STRIDE = 512;
/** Candidates in one sorted piece. */
const PIECE = 65_536;
/** A key is seconds since the epoch and, below them, the number of the candidate in its piece. */
const NUMBERS = PIECE;
/** In 6325. Messages may say any year; those behind it count as of this second, so that every key is a whole number (2^53). */
const LATEST_SECOND = 2 ** 37 - 1;

/** What one search has found so far; it can be taken up again while its folders stand as they were. */
export class Searching {
  readonly #hits: Hit[] = [];
  readonly #pieces: Piece[] = [];
  #naming: Naming | undefined;
  /** Contents from this on were looked for in the folders. */
  #gathered = Number.MAX_SAFE_INTEGER;
  /** Two requests may want the next candidates at the same time. */
  #gathering: Promise<void> | undefined;
  /** The latest day, in seconds since the epoch, of any message that was not named yet. */
  #latestUnnamed = Number.POSITIVE_INFINITY;
  #done = false;

  constructor(
    private readonly mailstore: Mailstore,
    private readonly turns: Turns,
    private readonly folders: readonly RoledFolder[],
    private readonly tokens: readonly Token[],
  ) {}

  /** Goes on until there are enough hits, the time is up, or everything was looked at. */
  async go({ enough, patience }: Wish): Promise<Found> {
    const until = performance.now() + patience;
    const matcher = matcherOf(this.mailstore, this.tokens);
    const views = new Map<number, View>();
    try {
      for (const folder of this.folders) {
        if (folder.exists === 0) continue;
        const view = await this.mailstore.open(folder.id, folder.reader).catch(() => undefined);
        if (view !== undefined) views.set(folder.id, view);
      }
      this.#naming ??= this.mailstore.index.newest(matcher.needles);
      await this.#read(this.#naming, matcher, views, { enough, until });
      return { hits: this.#hits, done: this.#done };
    } finally {
      for (const view of views.values()) view.close();
    }
  }

  /** Memory this takes, about, in octets. */
  get weight(): number {
    const keys = this.#pieces.reduce((sum, piece) => sum + piece.keys.length, 0);
    return 2_000 + this.#hits.length * 40 + (keys + (this.#naming?.size ?? 0)) * 24;
  }

  /** Names some more, and takes what of it may be a match by what the open folders say, in sorted pieces. */
  async #gather(naming: Naming, matcher: Matcher, views: ReadonlyMap<number, View>): Promise<void> {
    const above = this.#gathered;
    await naming.further();
    const { below } = naming;
    let latest = 0;
    const pieces = [new Piece()];
    for (const folder of this.folders) {
      const view = views.get(folder.id);
      if (view === undefined) continue;
      // By UID and not by index: messages may come and go between two turns.
      for (let [index, looked] = [view.count - 1, 0]; index >= 0; index--, looked++) {
        if (looked % STRIDE === 0 && this.turns.over) {
          const uid = view.uidAt(index);
          await this.turns.next();
          index = view.lowerBound(uid + 1) - 1;
          if (index < 0) break;
        }
        const content = view.contentAt(index);
        if (content < below) latest = Math.max(latest, view.internalDateAt(index));
        if (content < below || content >= above) continue;
        if (!naming.has(content) || !matcher.cheap(view, index)) continue;
        if (pieces.at(-1)?.full) pieces.push(new Piece());
        pieces.at(-1)?.add(view.internalDateAt(index), folder, view.uidAt(index));
      }
    }
    for (const each of pieces) {
      each.sort();
      if (this.turns.over) await this.turns.next();
    }
    this.#pieces.push(...pieces);
    this.#gathered = below;
    this.#latestUnnamed = below === 0 ? 0 : secondsOf(latest);
  }

  async #read(
    naming: Naming,
    matcher: Matcher,
    views: ReadonlyMap<number, View>,
    { enough, until }: { readonly enough: number; readonly until: number },
  ): Promise<void> {
    while (this.#hits.length < enough) {
      const next = latestOf(this.#pieces);
      if (this.#latestUnnamed > 0 && (next === undefined || next.latest < this.#latestUnnamed)) {
        this.#gathering ??= this.#gather(naming, matcher, views).finally(() => {
          this.#gathering = undefined;
        });
        await this.#gathering;
        continue;
      }
      if (next === undefined) {
        this.#done = true;
        return;
      }
      const hit = next.take();
      const view = views.get(hit.folder.id);
      const index = view?.indexOfUid(hit.uid) ?? -1;
      if (view !== undefined && index >= 0 && (!matcher.reads || matcher.dear(view, index))) this.#hits.push(hit);
      if (!this.turns.over) continue;
      if (performance.now() > until) return;
      await this.turns.next();
    }
  }
}

const secondsOf = (milliseconds: number): number =>
  Math.min(Math.max(1, Math.floor(milliseconds / 1000)), LATEST_SECOND);

const latestOf = (pieces: readonly Piece[]): Piece | undefined => {
  let latest: Piece | undefined;
  for (const piece of pieces) if (piece.next > (latest?.next ?? 0)) latest = piece;
  return latest;
};

/** Candidates in the order of their days. */
class Piece {
  keys: Float64Array = new Float64Array(256);
  #uids = new Uint32Array(256);
  #folders: RoledFolder[] = [];
  #count = 0;

  get full(): boolean {
    return this.#count >= PIECE;
  }

  add(at: number, folder: RoledFolder, uid: number): void {
    if (this.#count === this.keys.length) {
      const [keys, uids] = [new Float64Array(this.#count * 2), new Uint32Array(this.#count * 2)];
      keys.set(this.keys);
      uids.set(this.#uids);
      this.keys = keys;
      this.#uids = uids;
    }
    // Newer UIDs come first here, and stand behind in their second.
    this.keys[this.#count] = secondsOf(at) * NUMBERS + (NUMBERS - 1 - this.#count);
    this.#uids[this.#count] = uid;
    this.#folders.push(folder);
    this.#count++;
  }

  sort(): void {
    this.keys = this.keys.subarray(0, this.#count).sort();
  }

  /** The key of the latest candidate that was not taken; 0 when there is none. */
  get next(): number {
    return this.keys[this.#count - 1] ?? 0;
  }

  /** The day of that candidate, in seconds since the epoch. */
  get latest(): number {
    return Math.floor(this.next / NUMBERS);
  }

  take(): Hit {
    const number = NUMBERS - 1 - (this.next % NUMBERS);
    this.#count--;
    return { folder: this.#folders[number] as RoledFolder, uid: this.#uids[number] as number };
  }
}

/** What a search in one folder found so far, newest first. It goes only as far as its reader does, and is taken up again where it stopped. */
export interface FoundInFolder {
  readonly uids: readonly number[];
  /** Messages below this UID were not looked at yet. */
  readonly below: number;
  /** All messages were looked at. */
  readonly done: boolean;
}

/** Before the first message. */
export const NOTHING_YET: FoundInFolder = { uids: [], below: Number.POSITIVE_INFINITY, done: false };

/** The longest one request looks; what it did not reach, the next one does. */
const LONGEST_MS = 3_000;

/** Searches an open folder in the order of its list, on from `before`, until `enough` are found or there is no message left. */
export async function searchFolder(
  { mailstore, turns }: { readonly mailstore: Mailstore; readonly turns: Turns },
  view: View,
  tokens: readonly Token[],
  before: FoundInFolder,
  enough: number,
): Promise<FoundInFolder> {
  const matcher = matcherOf(mailstore, tokens);
  const naming = mailstore.index.newest(matcher.needles);
  const uids = [...before.uids];
  const end = performance.now() + LONGEST_MS;
  for (let { below } = before; ; ) {
    if (uids.length >= enough) return { uids, below, done: false };
    // By UID and not by index: messages may come and go between two turns.
    const index = (below > view.uidNext ? view.count : view.lowerBound(below)) - 1;
    if (index < 0) return { uids, below: 0, done: true };
    const content = view.contentAt(index);
    if (content < naming.below) {
      await naming.further();
      continue;
    }
    below = view.uidAt(index);
    const possible = naming.has(content) && matcher.cheap(view, index);
    if (possible && matcher.dear(view, index)) uids.push(below);
    if (!turns.over) continue;
    if (performance.now() > end) return { uids, below, done: false };
    await turns.next();
  }
}
