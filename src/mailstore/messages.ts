/**
 * Messages of a folder: append, flags, copy, move, expunge. Every change takes the folder's next mod-sequence (RFC 7162) and
 * tells the change feed. Long lists are worked through in slices, so that nobody waits behind them.
 */
import type { Statement } from "bun:sqlite";
import type { Structure } from "../mime/mime.ts";
import type { Staged } from "../store/content.ts";
import type { Store, Tx } from "../store/store.ts";
import { folderChanged } from "./changes.ts";
import { Expunged } from "./expunged.ts";
import { combine, DELETED, type FlagMode, type Flags, keywordText, SEEN } from "./flags.ts";
import type { Folders } from "./folders.ts";
import type { SearchIndex } from "./search.ts";
import type { Summaries } from "./summaries.ts";
import type { Usage } from "./usage.ts";
import type { MessageRow } from "./view.ts";

/** A message to put into a folder. */
export interface Incoming {
  readonly folder: number;
  /** Octets that were received, or the id of a content that is stored already (its reference is taken here). */
  readonly content: Staged | number;
  readonly structure: Structure;
  /** Milliseconds since the epoch. */
  readonly internalDate: number;
  readonly flags?: Flags;
  readonly origin?: object;
  /** Whoever puts it there has judged the mailbox's limits himself, or they do not count. */
  readonly beyondQuota?: boolean;
}

/** Where a message went. */
export interface Appended {
  readonly uid: number;
  readonly uidValidity: number;
  readonly modseq: number;
  readonly content: number;
}

/** What a STORE did. */
export interface Stored {
  /** UIDs that have the flags now, changed or not. */
  readonly stored: number[];
  /** UIDs left alone because their mod-sequence was greater than `unchangedSince` (RFC 7162 §3.1.3). */
  readonly modified: number[];
  /** The mod-sequence of this change. */
  readonly modseq: number;
}

/** UIDs here and there, pairwise (RFC 4315 COPYUID). */
export interface Copied {
  readonly uidValidity: number;
  readonly from: number[];
  readonly to: number[];
}

interface Row {
  id: number;
  content: number;
  modseq: number;
  flags: number;
  keywords: string;
  size: number;
  internalDate: number;
}

/** Messages handled in the first commit of a long list, and in each that follows at least and at most. */
const SLICE = 200;
const SMALLEST_SLICE = 20;
const LARGEST_SLICE = 5_000;
/** How long the work of one commit should hold the event loop, in milliseconds. */
const SLICE_MS = 6;
/** The key of a message: folder × 2³² + UID. */
export const FOLDER_SPAN = 2 ** 32;

export class Messages {
  readonly #advance: Statement;
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #setFlags: Statement;
  readonly #remove: Statement;
  readonly #countFrom: Statement;
  /** What is remembered of messages that are gone. */
  readonly expunged: Expunged;

  constructor(
    private readonly store: Store,
    private readonly folders: Folders,
    private readonly summaries: Summaries,
    private readonly index: SearchIndex,
    private readonly usage: Usage,
  ) {
    this.expunged = new Expunged(store);
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#advance = prepare(
      `UPDATE folders SET uid_next = uid_next + ?1, highest_modseq = highest_modseq + 1, messages = messages + ?2,
       unseen = unseen + ?3, deleted = deleted + ?4, size = size + ?5 WHERE id = ?6
       RETURNING uid_next AS uidNext, highest_modseq AS modseq, uid_validity AS uidValidity, mailbox`,
    );
    this.#insert = prepare(
      `INSERT INTO messages (id, content, modseq, flags, keywords, size, internal_date, saved_date)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#find = prepare(
      "SELECT id, content, modseq, flags, keywords, size, internal_date AS internalDate FROM messages WHERE id = ?",
    );
    this.#setFlags = prepare("UPDATE messages SET flags = ?, keywords = ?, modseq = ? WHERE id = ?");
    this.#remove = prepare("DELETE FROM messages WHERE id = ?");
    this.#countFrom = prepare("SELECT count(*) FROM messages WHERE id >= ? AND id < ?");
  }

  /** How many messages have this UID or a greater one. */
  countFrom(folder: number, uid: number): number {
    const base = folder * FOLDER_SPAN;
    return Number(this.#countFrom.values(base + uid, base + FOLDER_SPAN)[0]?.[0] ?? 0);
  }

  /** Puts a message into a folder, inside a commit. @throws Refusal "notFound" if the folder is gone, "overQuota" */
  append(tx: Tx, incoming: Incoming): Appended {
    const { folder, structure, internalDate, origin } = incoming;
    if (incoming.beyondQuota !== true) this.usage.check(this.folders.mailboxOf(folder), 1, structure.size);
    const flags = incoming.flags?.system ?? 0;
    const keywords = keywordText(incoming.flags?.keywords);
    const content = this.#adopt(tx, incoming.content);
    if (this.summaries.put(tx, content, structure)) this.index.add(tx, content);
    const size = structure.size;
    const state = this.#step(tx, folder, {
      uids: 1,
      messages: 1,
      unseen: flags & SEEN ? 0 : 1,
      deleted: bit(flags),
      size,
    });
    const uid = state.uidNext - 1;
    this.#insert.run(
      folder * FOLDER_SPAN + uid,
      content,
      state.modseq,
      flags,
      keywords,
      size,
      internalDate,
      Date.now(),
    );
    const message: MessageRow = { uid, content, modseq: state.modseq, flags, keywords, size, internalDate };
    tx.emit(folderChanged, {
      mailbox: state.mailbox,
      folder,
      change: { kind: "append", messages: [message], ...(origin && { origin }) },
    });
    return { uid, uidValidity: state.uidValidity, modseq: state.modseq, content };
  }

  /** Changes the flags of messages; UIDs that are gone are passed over. */
  async setFlags(
    folder: number,
    uids: readonly number[],
    change: { readonly mode: FlagMode; readonly flags: Flags },
    options: { readonly unchangedSince?: number; readonly origin?: object } = {},
  ): Promise<Stored> {
    const wanted = { flags: change.flags.system, keywords: keywordText(change.flags.keywords) };
    const result = { stored: [] as number[], modified: [] as number[], modseq: 0 };
    await this.#inSlices(
      uids,
      (tx, slice) => this.#setFlagsWithin(tx, folder, slice, { mode: change.mode, wanted }, options),
      (done) => {
        result.stored.push(...done.stored);
        result.modified.push(...done.modified);
        result.modseq = Math.max(result.modseq, done.modseq);
      },
    );
    return result;
  }

  /**
   * Copies messages with their flags and dates, or moves them. All or nothing as far as one commit reaches; a longer list
   * that fails midway takes back what it copied (RFC 9051 §6.4.7).
   * @throws Refusal "notFound", "overQuota"
   */
  async copy(
    from: number,
    uids: readonly number[],
    to: number,
    options: { readonly move?: boolean; readonly origin?: object } = {},
  ): Promise<Copied> {
    const copied: Copied & { uidValidity: number } = { uidValidity: 0, from: [], to: [] };
    try {
      await this.#inSlices(
        uids,
        (tx, slice) => {
          const done = this.#copyWithin(tx, from, slice, to, options.move === true);
          if (options.move) this.#expungeWithin(tx, from, done.from, options.origin);
          return done;
        },
        (done) => {
          copied.uidValidity = done.uidValidity;
          copied.from.push(...done.from);
          copied.to.push(...done.to);
        },
      );
    } catch (error) {
      if (!options.move && copied.to.length > 0) await this.expunge(to, copied.to);
      throw error;
    }
    return copied;
  }

  /** Removes messages for good; answers with the UIDs that were there. */
  async expunge(
    folder: number,
    uids: readonly number[],
    options: { readonly origin?: object } = {},
  ): Promise<number[]> {
    const gone: number[] = [];
    await this.#inSlices(
      uids,
      (tx, slice) => this.#expungeWithin(tx, folder, slice, options.origin),
      (done) => gone.push(...done),
    );
    return gone;
  }

  /** The same inside a commit that does more; for short lists. */
  expungeWithin(tx: Tx, folder: number, uids: readonly number[]): number[] {
    return this.#expungeWithin(tx, folder, uids);
  }

  /** Empties deleted folders, a slice a commit. */
  async sweep(): Promise<void> {
    for (const folder of this.folders.buried()) {
      let [size, left] = [SLICE, true];
      while (left) {
        const limit = size;
        const { more, ms } = await this.store.commit((tx) => {
          const begun = performance.now();
          return { more: this.#sweepWithin(tx, folder, limit), ms: performance.now() - begun };
        });
        left = more;
        size = nextSize(size, ms);
      }
    }
  }

  /** True if there is more. */
  #sweepWithin(tx: Tx, folder: number, limit: number): boolean {
    const rows = this.#slice(folder, limit);
    for (const row of rows) {
      this.#remove.run(row.id);
      this.store.content.release(tx, row.content);
    }
    if (rows.length < limit) this.#forget(folder);
    return rows.length === limit;
  }

  /** Works through a list, a slice a commit; slices are as large as the time allows that each may take. */
  async #inSlices<T>(
    uids: readonly number[],
    work: (tx: Tx, slice: readonly number[]) => T,
    committed: (result: T) => void,
  ): Promise<void> {
    for (let [at, size] = [0, SLICE]; at < uids.length; ) {
      const slice = uids.slice(at, at + size);
      const { result, ms } = await this.store.commit((tx) => {
        const begun = performance.now();
        return { result: work(tx, slice), ms: performance.now() - begun };
      });
      committed(result);
      at += size;
      size = nextSize(size, ms);
    }
  }

  #slice(folder: number, limit: number): { id: number; content: number }[] {
    return this.store.client
      .query<{ id: number; content: number }, [number, number, number]>(
        "SELECT id, content FROM messages WHERE id BETWEEN ? AND ? LIMIT ?",
      )
      .all(folder * FOLDER_SPAN, (folder + 1) * FOLDER_SPAN - 1, limit);
  }

  #forget(folder: number): void {
    this.expunged.forgetFolder(folder);
    this.store.client.query("DELETE FROM folders WHERE id = ?").run(folder);
  }

  #adopt(tx: Tx, content: Staged | number): number {
    if (typeof content !== "number") return this.store.content.adopt(tx, content);
    this.store.content.retain(tx, content);
    return content;
  }

  #row(folder: number, uid: number): Row | null {
    return this.#find.get(folder * FOLDER_SPAN + uid) as Row | null;
  }

  #step(
    tx: Tx,
    folder: number,
    by: { uids?: number; messages?: number; unseen?: number; deleted?: number; size?: number },
  ): { uidNext: number; modseq: number; uidValidity: number; mailbox: number } {
    const mailbox = this.folders.mailboxOf(folder);
    const state = this.#advance.get(
      by.uids ?? 0,
      by.messages ?? 0,
      by.unseen ?? 0,
      by.deleted ?? 0,
      by.size ?? 0,
      folder,
    ) as {
      uidNext: number;
      modseq: number;
      uidValidity: number;
      mailbox: number;
    };
    if (by.messages !== undefined) this.usage.add(tx, mailbox, by.messages, by.size ?? 0);
    return state;
  }

  #setFlagsWithin(
    tx: Tx,
    folder: number,
    uids: readonly number[],
    change: { mode: FlagMode; wanted: { flags: number; keywords: string } },
    options: { readonly unchangedSince?: number; readonly origin?: object },
  ): Stored {
    const rows = uids.map((uid) => ({ uid, row: this.#row(folder, uid) }));
    const modified: number[] = [];
    const stored: number[] = [];
    const changed: { uid: number; id: number; flags: number; keywords: string }[] = [];
    let unseen = 0;
    let deleted = 0;
    for (const { uid, row } of rows) {
      if (row === null) continue;
      if (options.unchangedSince !== undefined && row.modseq > options.unchangedSince) {
        modified.push(uid);
        continue;
      }
      stored.push(uid);
      const after = combine(row, change.mode, change.wanted);
      if (after.flags === row.flags && after.keywords === row.keywords) continue;
      unseen += (row.flags & SEEN) - (after.flags & SEEN);
      deleted += bit(after.flags) - bit(row.flags);
      changed.push({ uid, id: row.id, ...after });
    }
    if (changed.length === 0) return { stored, modified, modseq: 0 };
    const state = this.#step(tx, folder, { unseen, deleted });
    for (const { id, flags, keywords } of changed) this.#setFlags.run(flags, keywords, state.modseq, id);
    const messages = changed.map(({ uid, flags, keywords }) => ({ uid, flags, keywords, modseq: state.modseq }));
    const origin = options.origin;
    tx.emit(folderChanged, {
      mailbox: state.mailbox,
      folder,
      change: { kind: "flags", messages, ...(origin && { origin }) },
    });
    return { stored, modified, modseq: state.modseq };
  }

  #copyWithin(tx: Tx, from: number, uids: readonly number[], to: number, move: boolean): Copied {
    const rows = uids.map((uid) => this.#row(from, uid)).filter((row) => row !== null);
    if (rows.length === 0) return { uidValidity: this.folders.byId(to)?.uidValidity ?? 0, from: [], to: [] };
    const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
    const target = this.folders.mailboxOf(to);
    // What stays in its mailbox takes no more room there than before.
    const stays = move && this.folders.mailboxOf(from) === target;
    if (!stays)
      this.usage.check(
        target,
        rows.length,
        sum((row) => row.size),
      );
    const state = this.#step(tx, to, {
      uids: rows.length,
      messages: rows.length,
      unseen: sum((row) => (row.flags & SEEN ? 0 : 1)),
      deleted: sum((row) => bit(row.flags)),
      size: sum((row) => row.size),
    });
    const now = Date.now();
    const first = state.uidNext - rows.length;
    const messages: MessageRow[] = rows.map((row, index) => ({
      uid: first + index,
      content: row.content,
      modseq: state.modseq,
      flags: row.flags,
      keywords: row.keywords,
      size: row.size,
      internalDate: row.internalDate,
    }));
    for (const m of messages) {
      this.store.content.retain(tx, m.content);
      const id = to * FOLDER_SPAN + m.uid;
      this.#insert.run(id, m.content, m.modseq, m.flags, m.keywords, m.size, m.internalDate, now);
    }
    tx.emit(folderChanged, { mailbox: state.mailbox, folder: to, change: { kind: "append", messages } });
    return {
      uidValidity: state.uidValidity,
      from: rows.map((row) => row.id - from * FOLDER_SPAN),
      to: messages.map((message) => message.uid),
    };
  }

  #expungeWithin(tx: Tx, folder: number, uids: readonly number[], origin?: object): number[] {
    const rows = uids.map((uid) => this.#row(folder, uid)).filter((row) => row !== null);
    if (rows.length === 0) return [];
    const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
    const state = this.#step(tx, folder, {
      messages: -rows.length,
      unseen: -sum((row) => (row.flags & SEEN ? 0 : 1)),
      deleted: -sum((row) => bit(row.flags)),
      size: -sum((row) => row.size),
    });
    const gone = rows.map((row) => row.id - folder * FOLDER_SPAN);
    for (const row of rows) {
      this.#remove.run(row.id);
      this.store.content.release(tx, row.content);
    }
    this.expunged.bury(folder, state.modseq, gone);
    tx.emit(folderChanged, {
      mailbox: state.mailbox,
      folder,
      change: { kind: "expunge", uids: gone, modseq: state.modseq, ...(origin && { origin }) },
    });
    return gone;
  }
}

/** How many to take next, after so many took so long. */
function nextSize(size: number, ms: number): number {
  const fitting = Math.round((size * SLICE_MS) / Math.max(ms, 0.1));
  return Math.min(Math.max(Math.min(fitting, size * 4), SMALLEST_SLICE), LARGEST_SLICE);
}

function bit(flags: number): number {
  return flags & DELETED ? 1 : 0;
}
