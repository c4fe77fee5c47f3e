/**
 * Messages of a folder: append, flags, copy, move, expunge. Every change takes the folder's next mod-sequence (RFC 7162) and
 * tells the change feed. Long lists are worked through in slices, so that nobody waits behind them.
 */
import type { Statement } from "bun:sqlite";
import type { Structure } from "../mime/mime.ts";
import type { Staged } from "../store/content-writer.ts";
import type { Store, Tx } from "../store/store.ts";
import { folderChanged } from "./changes.ts";
import { Expunged } from "./expunged.ts";
import {
  ANSWERED,
  combine,
  DELETED,
  DRAFT,
  FLAGGED,
  type FlagMode,
  type FlagReach,
  type Flags,
  keywordText,
  SEEN,
} from "./flags.ts";
import type { Folders } from "./folders.ts";
import { FOLDER_SPAN, keyOf } from "./keys.ts";
import type { ReadMarks } from "./read-marks.ts";
import type { SearchIndex } from "./search.ts";
import { inSlices } from "./slices.ts";
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
  /** Whose own mark \Seen is, where each reader has his own. */
  readonly reader?: number;
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

/** How flags are changed. */
export interface Storing {
  /** Messages that changed after this mod-sequence are left alone (RFC 7162 §3.1.3). */
  readonly unchangedSince?: number;
  readonly origin?: object;
  /** The flags that may be changed; the others stay. */
  readonly reach?: FlagReach;
  /** Whose own mark \Seen is, where each reader has his own. */
  readonly reader?: number | undefined;
}

/** How messages are copied. */
export interface Copying {
  readonly move?: boolean;
  readonly origin?: object;
  /** The flags that may be set on the copies. */
  readonly reach?: FlagReach;
  /** Whose own marks \Seen is taken from, and set as, where each reader has his own. */
  readonly reader?: number | undefined;
  readonly targetReader?: number | undefined;
  /** The date of arrival that the copies get. */
  readonly arrivedAt?: number;
  /** Done in each commit, with what it copied. */
  readonly within?: (tx: Tx, copied: Copied) => void;
  /** Told after each commit of a long list how many of its messages are done. */
  readonly progress?: (done: number, total: number) => Promise<void>;
}

/** What a STORE did. */
export interface Stored {
  /** UIDs that have the flags now, changed or not. */
  readonly stored: number[];
  /** Those of them that had others before. */
  readonly changed: number[];
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

/** What messages go together with. */
interface MessageParts {
  readonly folders: Folders;
  readonly summaries: Summaries;
  readonly index: SearchIndex;
  readonly usage: Usage;
  readonly marks: ReadMarks;
}

export class Messages {
  readonly #advance: Statement;
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #setFlags: Statement;
  readonly #touch: Statement;
  readonly #remove: Statement;
  readonly #countFrom: Statement;
  readonly #deletedSize: Statement;
  /** What is remembered of messages that are gone. */
  readonly expunged: Expunged;

  constructor(
    private readonly store: Store,
    private readonly parts: MessageParts,
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
    this.#touch = prepare("UPDATE messages SET modseq = ? WHERE id = ?");
    this.#remove = prepare("DELETE FROM messages WHERE id = ?");
    this.#countFrom = prepare("SELECT count(*) FROM messages WHERE id >= ? AND id < ?");
    this.#deletedSize = prepare("SELECT total(size) FROM messages WHERE id > ? AND id < ? AND flags & 8");
  }

  /** When the messages between two UIDs (inclusive) came into a folder. */
  savedDates(folder: number, first: number, last: number): [uid: number, savedAt: number][] {
    const base = folder * FOLDER_SPAN;
    const rows = this.store.client.query("SELECT id, saved_date FROM messages WHERE id BETWEEN ? AND ? ORDER BY id");
    return rows.values(base + first, base + last).map(([id, at]) => [Number(id) - base, Number(at)]);
  }

  /** How many messages have this UID or a greater one. */
  countFrom(folder: number, uid: number): number {
    const base = folder * FOLDER_SPAN;
    return Number(this.#countFrom.values(base + uid, base + FOLDER_SPAN)[0]?.[0] ?? 0);
  }

  /** Octets of the messages with \Deleted. */
  deletedSize(folder: number): number {
    const base = folder * FOLDER_SPAN;
    return Number(this.#deletedSize.values(base, base + FOLDER_SPAN)[0]?.[0] ?? 0);
  }

  /** The content of a message; undefined where there is none of that UID. */
  contentOf(folder: number, uid: number): number | undefined {
    return this.#row(folder, uid)?.content;
  }

  /** Puts a message into a folder, inside a commit. @throws Refusal "notFound" if the folder is gone, "overQuota" */
  append(tx: Tx, incoming: Incoming): Appended {
    const { folder, structure, internalDate, origin, reader } = incoming;
    if (incoming.beyondQuota !== true) this.parts.usage.check(this.parts.folders.mailboxOf(folder), 1, structure.size);
    const given = incoming.flags?.system ?? 0;
    const flags = reader === undefined ? given : given & ~SEEN;
    const keywords = keywordText(incoming.flags?.keywords);
    const content = this.#adopt(tx, incoming.content);
    // What lies in a folder was summarised when it came; its structure may be the stored one, of which that is no longer to be learned.
    const summarised = typeof incoming.content === "number" && this.parts.summaries.listing(content) !== undefined;
    if (!summarised && this.parts.summaries.put(tx, content, structure)) this.parts.index.add(tx, content);
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
    if (reader !== undefined && given & SEEN) this.#mark(tx, { folder, ...state }, reader, [uid], true);
    return { uid, uidValidity: state.uidValidity, modseq: state.modseq, content };
  }

  /** Changes the flags of messages; UIDs that are gone are passed over. */
  async setFlags(
    folder: number,
    uids: readonly number[],
    change: { readonly mode: FlagMode; readonly flags: Flags },
    options: Storing = {},
  ): Promise<Stored> {
    const wanted = { flags: change.flags.system, keywords: keywordText(change.flags.keywords) };
    const result = { stored: [] as number[], changed: [] as number[], modified: [] as number[], modseq: 0 };
    await this.#inSlices(
      uids,
      (tx, slice) => this.#setFlagsWithin(tx, folder, slice, { mode: change.mode, wanted }, options),
      (done) => {
        result.stored.push(...done.stored);
        result.changed.push(...done.changed);
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
  async copy(from: number, uids: readonly number[], to: number, options: Copying = {}): Promise<Copied> {
    const copied: Copied & { uidValidity: number } = { uidValidity: 0, from: [], to: [] };
    try {
      await this.#inSlices(
        uids,
        (tx, slice) => {
          const done = this.#copyWithin(tx, from, slice, to, options);
          if (options.move) this.#expungeWithin(tx, from, done.from, options.origin);
          options.within?.(tx, done);
          return done;
        },
        (done) => {
          copied.uidValidity = done.uidValidity;
          copied.from.push(...done.from);
          copied.to.push(...done.to);
        },
        options.progress,
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
    for (const folder of this.parts.folders.buried()) {
      await inSlices(
        this.store,
        (tx, most) => this.#sweepWithin(tx, folder, most),
        (more) => more,
      );
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

  /** Works through a list, a slice a commit. */
  async #inSlices<T>(
    uids: readonly number[],
    work: (tx: Tx, slice: readonly number[]) => T,
    committed: (result: T) => void,
    progress?: (done: number, total: number) => Promise<void>,
  ): Promise<void> {
    if (uids.length === 0) return;
    let at = 0;
    await inSlices(
      this.store,
      (tx, most) => work(tx, uids.slice(at, at + most)),
      async (result, most) => {
        committed(result);
        at += most;
        if (at >= uids.length) return false;
        await progress?.(at, uids.length);
        return true;
      },
    );
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
    this.parts.marks.forgetFolder(folder);
    this.store.client.query("DELETE FROM folders WHERE id = ?").run(folder);
  }

  #adopt(tx: Tx, content: Staged | number): number {
    if (typeof content !== "number") return this.store.content.adopt(tx, content);
    this.store.content.retain(tx, content);
    return content;
  }

  #row(folder: number, uid: number): Row | null {
    return this.#find.get(keyOf(folder, uid)) as Row | null;
  }

  /** Those that are there, each once however often it is named: what was counted twice would be let go of twice. */
  #rows(folder: number, uids: readonly number[]): Row[] {
    return [...new Set(uids)].map((uid) => this.#row(folder, uid)).filter((row) => row !== null);
  }

  #step(
    tx: Tx,
    folder: number,
    by: { uids?: number; messages?: number; unseen?: number; deleted?: number; size?: number },
  ): { uidNext: number; modseq: number; uidValidity: number; mailbox: number } {
    const mailbox = this.parts.folders.mailboxOf(folder);
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
    if (by.messages !== undefined) this.parts.usage.add(tx, mailbox, by.messages, by.size ?? 0);
    return state;
  }

  #setFlagsWithin(
    tx: Tx,
    folder: number,
    uids: readonly number[],
    change: { mode: FlagMode; wanted: Flagged },
    { unchangedSince, origin, reach = EVERY_FLAG, reader }: Storing,
  ): Stored {
    const { marks } = this.parts;
    const modified: number[] = [];
    const stored: number[] = [];
    const others: number[] = [];
    const changed: ({ uid: number; id: number } & Flagged)[] = [];
    const marked: { uid: number; seen: boolean }[] = [];
    let unseen = 0;
    let deleted = 0;
    for (const uid of new Set(uids)) {
      const row = this.#row(folder, uid);
      if (row === null) continue;
      if (unchangedSince !== undefined && row.modseq > unchangedSince) {
        modified.push(uid);
        continue;
      }
      stored.push(uid);
      const before = reader === undefined ? row : withSeen(row, marks.has(folder, reader, uid));
      const wished = within(reach, before, combine(before, change.mode, change.wanted));
      const after = reader === undefined ? wished : withSeen(wished, (row.flags & SEEN) !== 0);
      if (reader !== undefined && (wished.flags ^ before.flags) & SEEN) {
        marked.push({ uid, seen: (wished.flags & SEEN) !== 0 });
      }
      if (wished.flags !== before.flags || wished.keywords !== before.keywords) others.push(uid);
      if (after.flags === row.flags && after.keywords === row.keywords) continue;
      unseen += (row.flags & SEEN) - (after.flags & SEEN);
      deleted += bit(after.flags) - bit(row.flags);
      changed.push({ uid, id: row.id, ...after });
    }
    if (changed.length + marked.length === 0) return { stored, changed: others, modified, modseq: 0 };
    const state = this.#step(tx, folder, { unseen, deleted });
    const { mailbox, modseq } = state;
    for (const { id, flags, keywords } of changed) this.#setFlags.run(flags, keywords, modseq, id);
    if (changed.length > 0) {
      const messages = changed.map(({ uid, flags, keywords }) => ({ uid, flags, keywords, modseq }));
      tx.emit(folderChanged, { mailbox, folder, change: { kind: "flags", messages, ...(origin && { origin }) } });
    }
    if (reader !== undefined) {
      for (const seen of [true, false]) {
        const of = marked.filter((mark) => mark.seen === seen).map(({ uid }) => uid);
        this.#mark(tx, { folder, mailbox, modseq }, reader, of, seen, origin);
      }
    }
    return { stored, changed: others, modified, modseq };
  }

  /** Sets or takes marks of a reader's own. The messages' mod-sequences move, so that his other programs hear of it. */
  #mark(
    tx: Tx,
    { mailbox, folder, modseq }: MarkedPlace,
    reader: number,
    uids: readonly number[],
    seen: boolean,
    origin?: object,
  ): void {
    if (uids.length === 0) return;
    this.parts.marks.setWithin(tx, folder, reader, uids, seen);
    for (const uid of uids) this.#touch.run(modseq, keyOf(folder, uid));
    const messages = uids.map((uid) => ({ uid, modseq, seen }));
    tx.emit(folderChanged, { mailbox, folder, change: { kind: "marks", reader, messages, ...(origin && { origin }) } });
  }

  #copyWithin(tx: Tx, from: number, uids: readonly number[], to: number, options: Copying): Copied {
    const { folders, usage } = this.parts;
    const rows = this.#rows(from, uids);
    if (rows.length === 0) return { uidValidity: folders.byId(to)?.uidValidity ?? 0, from: [], to: [] };
    const here = rows.map((row) => row.id - from * FOLDER_SPAN);
    const target = folders.mailboxOf(to);
    const sameMailbox = folders.mailboxOf(from) === target;
    const size = rows.reduce((sum, row) => sum + row.size, 0);
    // What stays in its mailbox takes no more room there than before.
    if (options.move !== true || !sameMailbox) usage.check(target, rows.length, size);
    const seen = this.#seenOf(from, rows, options);
    const flagged = rows.map((row, index) => {
      const kept = within(options.reach ?? EVERY_FLAG, NO_FLAGS, row);
      // The mark of the messages themselves is the owner's; where each reader has his own, others do not set it.
      const shared = options.targetReader === undefined ? seen[index] : sameMailbox && (row.flags & SEEN) !== 0;
      return withSeen(kept, shared === true);
    });
    const state = this.#step(tx, to, {
      uids: rows.length,
      messages: rows.length,
      unseen: flagged.filter(({ flags }) => (flags & SEEN) === 0).length,
      deleted: flagged.filter(({ flags }) => (flags & DELETED) !== 0).length,
      size,
    });
    const now = Date.now();
    const first = state.uidNext - rows.length;
    const messages: MessageRow[] = rows.map((row, index) => ({
      uid: first + index,
      content: row.content,
      modseq: state.modseq,
      ...(flagged[index] as Flagged),
      size: row.size,
      internalDate: options.arrivedAt ?? row.internalDate,
    }));
    for (const m of messages) {
      this.store.content.retain(tx, m.content);
      const id = to * FOLDER_SPAN + m.uid;
      this.#insert.run(id, m.content, m.modseq, m.flags, m.keywords, m.size, m.internalDate, now);
    }
    const { origin } = options;
    const change = { kind: "append", messages, from, ...(origin && { origin }) } as const;
    tx.emit(folderChanged, { mailbox: state.mailbox, folder: to, change });
    const copied = { uidValidity: state.uidValidity, from: here, to: messages.map(({ uid }) => uid) };
    const place = { ...state, folder: to };
    if (sameMailbox) this.#carryMarks(tx, from, place, copied, options.targetReader);
    if (options.targetReader !== undefined) {
      const marked = copied.to.filter((_, index) => seen[index]);
      this.#mark(tx, place, options.targetReader, marked, true);
    }
    return copied;
  }

  /** Which of the messages whoever copies them has seen, and may say so of the copies. */
  #seenOf(from: number, rows: readonly Row[], { reach = EVERY_FLAG, reader }: Copying): boolean[] {
    return rows.map((row) => {
      if ((reach.system & SEEN) === 0) return false;
      return reader === undefined
        ? (row.flags & SEEN) !== 0
        : this.parts.marks.has(from, reader, row.id - from * FOLDER_SPAN);
    });
  }

  /** Within a mailbox whoever has seen a message has seen its copy; but for one reader of whom that is known otherwise. */
  #carryMarks(tx: Tx, from: number, place: MarkedPlace, copied: Copied, except: number | undefined): void {
    const copies = new Map(copied.from.map((uid, index) => [uid, copied.to[index] as number]));
    for (const [user, uids] of this.parts.marks.seenBy(from, copied.from)) {
      const marked = uids.map((uid) => copies.get(uid) as number);
      if (user !== except) this.#mark(tx, place, user, marked, true);
    }
  }

  #expungeWithin(tx: Tx, folder: number, uids: readonly number[], origin?: object): number[] {
    const rows = this.#rows(folder, uids);
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
    this.parts.marks.forgetWithin(tx, folder, gone);
    tx.emit(folderChanged, {
      mailbox: state.mailbox,
      folder,
      change: { kind: "expunge", uids: gone, modseq: state.modseq, ...(origin && { origin }) },
    });
    return gone;
  }
}

/** Flags as they are stored. */
interface Flagged {
  readonly flags: number;
  readonly keywords: string;
}

/** Where marks are set, with the mod-sequence of the change. */
interface MarkedPlace {
  readonly mailbox: number;
  readonly folder: number;
  readonly modseq: number;
}

const NO_FLAGS: Flagged = { flags: 0, keywords: "" };
const EVERY_FLAG: FlagReach = { system: SEEN | ANSWERED | FLAGGED | DELETED | DRAFT, keywords: true };

/** What of a change may be done; the rest stays as it was. */
function within(reach: FlagReach, before: Flagged, after: Flagged): Flagged {
  return {
    flags: (after.flags & reach.system) | (before.flags & ~reach.system),
    keywords: reach.keywords ? after.keywords : before.keywords,
  };
}

function withSeen({ flags, keywords }: Flagged, seen: boolean): Flagged {
  return { flags: seen ? flags | SEEN : flags & ~SEEN, keywords };
}

function bit(flags: number): number {
  return flags & DELETED ? 1 : 0;
}
