/**
 * The mail store: folders and messages of every mailbox. Called by the transport (delivery), IMAP, POP3 and the webmail; it
 * knows no user, no protocol and no permission. A folder that is open is a view in memory, shared by all its sessions.
 *
 * Invariants: a change is in the file before any view shows it; a folder's UIDs and mod-sequences only grow; the counters on a
 * folder's row are changed by the statement that changes its messages' number, and so is what a mailbox holds in all.
 * RFC 9051 §2.3, RFC 7162, RFC 4315, RFC 9208.
 */
import type { Structure } from "../mime/mime.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { Annotations } from "./annotations.ts";
import { Archive } from "./archive.ts";
import type { Arrangement } from "./arrangement.ts";
import { folderChanged, foldersChanged } from "./changes.ts";
import { Colours } from "./colours.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { FlagMode, Flags } from "./flags.ts";
import { type Creating, type Folder, Folders } from "./folders.ts";
import { Grants } from "./grants.ts";
import type { Heads } from "./heads.ts";
import { FOLDER_SPAN } from "./keys.ts";
import { Labels } from "./labels.ts";
import {
  type Appended,
  type Copied,
  type Copying,
  type Incoming,
  Messages,
  type Stored,
  type Storing,
} from "./messages.ts";
import { Mutes } from "./mutes.ts";
import { Orders } from "./order.ts";
import { Previews } from "./previews.ts";
import { ReadMarks } from "./read-marks.ts";
import { ReaderView } from "./reader-view.ts";
import { Reprieve } from "./reprieve.ts";
import { SearchIndex } from "./search.ts";
import { Snoozes } from "./snoozes.ts";
import { type Listing, Summaries, type TextRow } from "./summaries.ts";
import type { Threading, Threads } from "./threads.ts";
import { type LimitsOf, type MailboxQuota, Usage } from "./usage.ts";
import { FolderView, type View } from "./view.ts";

/** Messages read in one turn of the event loop when a folder is opened. */
const LOAD_SLICE = 4_000;
/** Views that nobody holds are kept up to this many octets in all, and the latest in any case, for the next who opens them. */
const IDLE_VIEWS = 16_000_000;

interface Open {
  readonly view: FolderView;
  holders: number;
  readonly loading: Promise<void>;
}

/** What the mail store is told by those who know more. */
export interface MailstoreOptions {
  /** What a mailbox may hold; without it there are no limits. */
  readonly limits?: LimitsOf;
}

export class Mailstore {
  readonly index: SearchIndex;
  readonly summaries: Summaries;
  /** What messages begin with. */
  readonly previews: Previews;
  /** Messages sorted. */
  readonly orders: Orders;
  /** What expires, and what did: shown, searched and restored. */
  readonly archive: Archive;
  /** How much lies in each mailbox, and how much may. */
  readonly room: Usage;
  /** Who was given which rights on single folders. */
  readonly grants: Grants;
  /** What clients keep with folders and accounts. */
  readonly annotations: Annotations;
  /** The colours of folders, as each user gave them. */
  readonly colours: Colours;
  /** What single readers have seen, where each has marks of his own. */
  readonly marks: ReadMarks;
  /** Conversations that are not to be heard of. */
  readonly mutes: Mutes;
  /** Messages that are put off. */
  readonly snoozes: Snoozes;
  /** What keywords are called. */
  readonly labels: Labels;
  /** What was deleted for good, and can be called back for a moment. */
  readonly reprieve: Reprieve;
  readonly #folders: Folders;
  readonly #messages: Messages;
  #exchange: Promise<Exchange> | undefined;
  /** In order of last use. */
  readonly #open = new Map<number, Open>();
  #sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    options: MailstoreOptions = {},
  ) {
    this.room = new Usage(store, options.limits ?? (() => undefined));
    this.grants = new Grants(store);
    this.marks = new ReadMarks(store);
    this.annotations = new Annotations(store);
    this.colours = new Colours(store, this.annotations);
    this.#folders = new Folders(store, this.room, this.grants, this.annotations);
    this.summaries = new Summaries(store);
    this.orders = new Orders(store, this.summaries.heads);
    this.previews = new Previews(store, (content) => this.summaries.structure(content));
    this.index = new SearchIndex(store, this.summaries, this.previews);
    this.#messages = new Messages(store, {
      ...{ folders: this.#folders, summaries: this.summaries, index: this.index },
      ...{ usage: this.room, marks: this.marks },
    });
    this.mutes = new Mutes(store, this.summaries);
    this.snoozes = new Snoozes(store, { folders: this.#folders, messages: this.#messages });
    this.labels = new Labels(store);
    this.reprieve = new Reprieve(store, { messages: this.#messages, summaries: this.summaries });
    this.archive = new Archive(
      store,
      { folders: this.#folders, messages: this.#messages },
      { summaries: this.summaries, index: this.index },
    );
    store.changes.on(folderChanged, ({ folder, change }) => this.#open.get(folder)?.view.apply(change));
    store.changes.on(foldersChanged, ({ kind, folder, before }) => {
      // Whoever has INBOX open does not have the folder open that its messages were moved to.
      if (kind === "renamed" && before === "INBOX") this.#open.get(folder)?.view.apply({ kind: "deleted" });
      else if (kind !== "deleted") return;
      this.#forget(folder);
      if (kind === "deleted") this.#sweepSoon(() => this.#messages.sweep());
    });
  }

  /** Takes up what an earlier run left: emptying deleted folders, indexing. */
  start(): void {
    this.index.start();
    this.snoozes.start();
    this.#sweepSoon(() => this.reprieve.sweep());
    if (this.#folders.buried().length > 0) this.#sweepSoon(() => this.#messages.sweep());
  }

  /** Ends background work. */
  async stop(): Promise<void> {
    await (await this.#exchange)?.close();
    this.index.stop();
    await this.snoozes.stop();
    await this.#sweeping;
  }

  // Folders

  /** The folders of a mailbox, INBOX first, then by name; the first ones are made when first asked for. */
  folders(mailbox: number): Folder[] {
    return this.#folders.list(mailbox);
  }
  /** Messages and octets in a mailbox. Cheap, and makes no folders. */
  usage(mailbox: number): { messages: number; size: number } {
    return this.room.of(mailbox);
  }
  /** Usage and limits of a mailbox in the units of RFC 9208: STORAGE (1024 octets) and MESSAGE. */
  quota(mailbox: number): MailboxQuota {
    return this.room.quota(mailbox);
  }
  /** Messages and octets in every mailbox that has folders. */
  usages(): { mailbox: number; messages: number; size: number }[] {
    return this.#folders.usages();
  }
  folder(mailbox: number, name: string): Folder | undefined {
    return this.#folders.byName(mailbox, name);
  }
  /** The folder of a role ("Sent", "Trash" …). */
  folderOfUse(mailbox: number, use: string): Folder | undefined {
    return this.#folders.byUse(mailbox, use);
  }
  folderById(id: number): Folder | undefined {
    return this.#folders.byId(id);
  }
  /** The id of a mailbox's INBOX, inside a commit. */
  inbox(tx: Tx, mailbox: number): number {
    return this.#folders.inbox(tx, mailbox);
  }
  /** The id of the folder of a role ("Sent", "Trash" …), made if need be, inside a commit. */
  specialFolder(tx: Tx, mailbox: number, role: string): number {
    return this.#folders.special(tx, mailbox, role);
  }
  createFolder(mailbox: number, name: string, options: Creating = {}): Promise<Folder> {
    return this.#folders.create(mailbox, name, options);
  }
  /** The same inside a commit. @throws Refusal "exists", "invalid", "tooMany" */
  createFolderWithin(tx: Tx, mailbox: number, name: string, options: { specialUse?: string } = {}): Folder {
    return this.#folders.createWithin(tx, mailbox, name, options);
  }
  /** Gives a folder a special use, or none, inside a commit. @throws Refusal "exists" where another folder has it */
  assignWithin(tx: Tx, folder: Folder, specialUse: string | undefined): void {
    this.#folders.assignWithin(tx, folder, specialUse);
  }
  renameFolder(mailbox: number, from: string, to: string, origin?: object): Promise<void> {
    return this.#folders.rename(mailbox, from, to, origin);
  }
  deleteFolder(mailbox: number, name: string, origin?: object): Promise<void> {
    return this.#folders.remove(mailbox, name, origin);
  }
  subscribe(mailbox: number, name: string, on: boolean, origin?: object): Promise<void> {
    return this.#folders.subscribe(mailbox, name, on, origin);
  }
  /** Subscribed names without a folder. */
  subscribedOnly(mailbox: number): string[] {
    return this.#folders.subscribedOnly(mailbox);
  }
  /** Ids of the mailboxes that have folders. */
  mailboxes(): number[] {
    return this.#folders.mailboxes();
  }
  /** Whose marks the readers of a mailbox see becomes another matter, inside that commit. */
  reflagWithin(tx: Tx, mailbox: number): void {
    this.#folders.reflagWithin(tx, mailbox);
  }
  /** Deletes all folders of a mailbox that is being removed, and what was kept of it beside them, inside that commit. */
  removeMailbox(tx: Tx, mailbox: number): void {
    this.#folders.removeAll(tx, mailbox);
    this.mutes.forgetWithin(tx, mailbox);
    this.labels.forgetWithin(tx, mailbox);
  }
  /** Notes that the messages below UID `next` were recent for some session; `Folder.recentUid` is then at least that. */
  claimRecent(folder: number, next: number): Promise<void> {
    return this.store.commit((tx) => this.#folders.claimRecent(tx, folder, next));
  }
  /** How many messages of a folder have this UID or a greater one. */
  countFrom(folder: number, uid: number): number {
    return this.#messages.countFrom(folder, uid);
  }

  /** Takes away what was kept of a user who is gone: rights on folders, read marks. */
  async forgetUser(user: number): Promise<void> {
    await this.store.commit((tx) => {
      this.grants.forgetUserWithin(tx, user);
      this.annotations.forgetUserWithin(tx, user);
      this.marks.forgetReaderWithin(tx, user);
    });
  }
  /** Octets of a folder's messages with \Deleted. */
  deletedSize(folder: Folder): number {
    return folder.deleted === 0 ? 0 : this.#messages.deletedSize(folder.id);
  }
  /** How many messages of a folder its reader has not seen. */
  unseen(folder: Folder, reader: number | undefined): number {
    return reader === undefined ? folder.unseen : folder.exists - this.marks.count(folder.id, reader);
  }

  // Messages

  /** Works out what is stored beside a message, ahead of the commit. Not needed, but shortens it. */
  prepare(structure: Structure): void {
    this.summaries.prepare(structure);
  }
  /** Puts a message into a folder, inside a commit. @throws Refusal "notFound", "overQuota" */
  append(tx: Tx, incoming: Incoming): Appended {
    return this.#messages.append(tx, incoming);
  }
  /** Changes flags; UIDs that are gone are passed over. */
  setFlags(
    folder: number,
    uids: readonly number[],
    change: { readonly mode: FlagMode; readonly flags: Flags },
    options: Storing = {},
  ): Promise<Stored> {
    return this.#messages.setFlags(folder, uids, change, options);
  }
  /** Copies or moves messages to another folder, flags and dates included. @throws Refusal "notFound", "overQuota" */
  copy(from: number, uids: readonly number[], to: number, options: Copying = {}): Promise<Copied> {
    return this.#messages.copy(from, uids, to, options);
  }
  /** Removes messages for good. */
  expunge(folder: number, uids: readonly number[], options: { readonly origin?: object } = {}): Promise<number[]> {
    return this.#messages.expunge(folder, uids, options);
  }
  /**
   * UIDs of messages that were removed after one mod-sequence and not after another, ascending (RFC 7162); undefined where that is
   * no longer remembered.
   */
  expungedBetween(folder: number, after: number, upTo: number): Promise<Uint32Array | undefined> {
    return this.#messages.expunged.between(folder, after, upTo);
  }
  /** Removes a few messages inside a commit that does more. */
  expungeWithin(tx: Tx, folder: number, uids: readonly number[]): number[] {
    return this.#messages.expungeWithin(tx, folder, uids);
  }

  // Reading

  /** When the messages between two UIDs (inclusive) came into a folder: UIDs and milliseconds since the epoch, ascending. */
  savedDates(folder: number, first: number, last: number): [uid: number, savedAt: number][] {
    return this.#messages.savedDates(folder, first, last);
  }

  /** Messages in threads (RFC 5256). @param uids ascending */
  async threaded(view: View, uids: Uint32Array, how: Threading): Promise<Threads> {
    const { threaded } = await import("./threads.ts");
    return await threaded({ store: this.store, heads: this.heads, orders: this.orders }, view, uids, how);
  }

  /**
   * A folder as lists show it, current until `arrangement.close()`.
   * @param beside folders whose messages belong to its conversations; undefined where each message stands alone
   * @throws Refusal "notFound"
   */
  async arranged(folder: number, beside: readonly number[] | undefined): Promise<Arrangement> {
    const { Arrangement } = await import("./arrangement.ts");
    const views: View[] = [];
    try {
      for (const id of [folder, ...(beside ?? [])]) views.push(await this.open(id));
    } catch (thrown) {
      for (const view of views) view.close();
      throw thrown;
    }
    return await Arrangement.of({ heads: this.heads, turns: this.store.turns }, views, beside !== undefined);
  }

  /** Mail that comes in files and goes out in them. */
  async exchange(): Promise<Exchange> {
    this.#exchange ??= import("./exchange/exchange.ts").then(
      ({ Exchange }) => new Exchange({ store: this.store, mailstore: this }, Date.now),
    );
    return await this.#exchange;
  }

  /** What is kept of messages' headers. */
  get heads(): Heads {
    return this.summaries.heads;
  }

  /** The content of a message; undefined where there is none of that UID. */
  contentOf(folder: number, uid: number): number | undefined {
    return this.#messages.contentOf(folder, uid);
  }
  /** Parts and offsets of a stored message. */
  structure(content: number): Structure {
    return this.summaries.structure(content);
  }
  /** What a list shows of a message. */
  listing(content: number): Listing | undefined {
    return this.summaries.listing(content);
  }
  /** ENVELOPE or BODYSTRUCTURE of one content, ready to send. */
  text(column: "envelope" | "bodyStructure", content: number): Uint8Array | undefined {
    return this.summaries.text(column, content);
  }
  /** The same for all messages of a folder from UID `first` to `last`; a few hundred at a time. */
  texts(column: "envelope" | "bodyStructure", folder: number, first: number, last: number): TextRow[] {
    return this.summaries.range(column, folder, first, last);
  }

  /**
   * Opens a folder; the view is shared and stays current until `view.close()`.
   * @param reader whose own read marks stand for \Seen, where each reader has his own
   * @throws Refusal "notFound"
   */
  async open(folder: number, reader?: number): Promise<View> {
    const row = this.#folders.byId(folder);
    if (row === undefined) throw new Refusal("notFound", "This folder is gone.");
    let open = this.#open.get(folder);
    if (open === undefined) {
      const view = new FolderView(folder, row.uidValidity, (closed) => this.#giveBack(closed));
      open = { view, holders: 0, loading: this.#load(view) };
    }
    this.#open.delete(folder);
    this.#open.set(folder, open);
    open.holders++;
    try {
      await open.loading;
    } catch (error) {
      this.#forget(folder);
      throw error;
    }
    return reader === undefined ? open.view : new ReaderView(open.view, reader, this.marks.of(folder, reader));
  }

  /** Reads a folder's rows in slices; the view keeps the changes that come in between. */
  async #load(view: FolderView): Promise<void> {
    const rows = this.store.client.query<
      [number, number, number, number, string, number, number],
      [number, number, number]
    >(
      `SELECT id, content, modseq, flags, keywords, size, internal_date FROM messages
       WHERE id > ? AND id < ? ORDER BY id LIMIT ?`,
    );
    const base = view.folderId * FOLDER_SPAN;
    for (let after = base; ; ) {
      const slice = rows.values(after, base + FOLDER_SPAN, LOAD_SLICE) as [
        number,
        number,
        number,
        number,
        string,
        number,
        number,
      ][];
      for (const [id, content, modseq, flags, keywords, size, date] of slice) {
        view.push(id - base, content, modseq, flags, keywords, size, date);
        after = id;
      }
      if (slice.length < LOAD_SLICE) break;
      await this.store.turns.next();
    }
    const folder = this.#folders.byId(view.folderId);
    // What was read may not be on disk yet; nobody may hear of a mod-sequence that a power failure could give out again.
    await this.store.settled();
    view.loaded();
    if (folder === undefined) return;
    view.uidNext = Math.max(view.uidNext, folder.uidNext);
    view.highestModseq = Math.max(view.highestModseq, folder.highestModseq);
  }

  #giveBack(view: FolderView): void {
    const open = this.#open.get(view.folderId);
    if (open?.view !== view) return;
    open.holders--;
    let idle = 0;
    // Latest used last: walk from there, and let go what does not fit.
    const [, ...others] = [...this.#open].reverse().filter(([, { holders }]) => holders === 0);
    for (const [folder, { view: other }] of others) {
      idle += other.weight;
      if (idle > IDLE_VIEWS) this.#open.delete(folder);
    }
  }

  #forget(folder: number): void {
    this.#open.delete(folder);
  }

  #sweepSoon(sweep: () => Promise<void>): void {
    this.#sweeping = this.#sweeping
      .then(sweep)
      .catch((fault: unknown) => this.store.events.fault("mailstore", "let go of what was deleted", fault));
  }
}
