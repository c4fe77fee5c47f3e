/**
 * A file being written. What replaces a file or is new goes into a file of its own in the same folder, hidden, and takes its place at
 * `commit` in one step, when it is on the disk: whoever reads meanwhile sees the old file, and a crash leaves it. What is appended or
 * resumed goes into the file itself, because what is there is the beginning of it. The account's limit is asked octet by octet, and
 * so is the room that the disk must keep.
 */
import * as fs from "node:fs";
import { promisify } from "node:util";
import { Refusal } from "../refusal.ts";
import type { Account } from "./account.ts";
import { type Entry, entryOf } from "./entry.ts";
import { at, disk, drop, O_PATH, openFile } from "./handles.ts";
import { nameOf, type Octets, OWN_PREFIX } from "./names.ts";
import { codeOf, inWords, refusalOf } from "./trouble.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants;

const writeAt = promisify(fs.write) as unknown as (
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ bytesWritten: number } | number>;

/** How hidden files of uploads are named. */
export const UPLOAD_PREFIX = `${OWN_PREFIX}upload-`;
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK"]);
/** The disk is asked how much is free after so many octets written: a part of what there was, and at the most and least as many. */
const PART_OF_ROOM = 8;
const MOST_UNASKED = 64 * 1024 * 1024;
const LEAST_UNASKED = 1024 * 1024;
/** How much of a large file is written before the disk is told to begin with it (octets). */
const EARLY = 64 * 1024 * 1024;

/** How a file is written. */
export interface WriteOptions {
  /**
   * "replace" writes all of it anew; "create" the same, and refuses where something of that name is there at the end; "append" goes on
   * at the end of what is there; a number goes on at that offset and drops what came after it.
   */
  readonly mode?: "replace" | "create" | "append" | number;
  /** Octets that are said to come: too many are refused before the first. */
  readonly expected?: number;
}

/** What uploads of all jails share. */
export interface UploadRoom {
  /** Hidden files and folders in use, by name, and by id files being written in place and those that are being replaced. */
  readonly busy: Set<string>;
  /** Octets of the disk that must stay free. */
  keepFree(): number;
  /** Whether a file must be on the disk before it takes its place. */
  durable(): boolean;
}

/** Where a file is written, by the handle of its folder, which the upload keeps open. */
export interface Target {
  readonly folder: number;
  readonly name: Octets;
  readonly account: Account;
}

interface Begun {
  readonly fd: number;
  /** The hidden file, or undefined where the file itself is written. */
  readonly temporary: Octets | undefined;
  readonly offset: number;
  /** What is there: its octets, undefined where nothing is. */
  readonly before: number | undefined;
  /** Octets of it that this upload may have beside the limit, because they go when it takes the place. */
  readonly gives: number;
  readonly locks: readonly string[];
}

/** Begins to write. The handle of the folder belongs to the upload from now on, whatever comes of it. @throws Refusal */
export async function beginUpload(target: Target, options: WriteOptions, room: UploadRoom): Promise<Upload> {
  const begun = await begin(target, options, room).catch((error: unknown) => {
    drop(target.folder);
    throw refusalOf(error);
  });
  // From here on the handles are the upload's, which lets go of them once.
  const upload = new Upload(target, begun, options.mode === "create", room);
  try {
    await upload.require(options.expected ?? 0);
    return upload;
  } catch (error) {
    await upload.abandon();
    throw refusalOf(error);
  }
}

async function begin(target: Target, { mode = "replace" }: WriteOptions, room: UploadRoom): Promise<Begun> {
  const before = await fileThere(target);
  if (mode === "create" && before !== undefined) {
    throw new Refusal("exists", "There is something of that name already.");
  }
  const size = before?.size ?? 0;
  const offset = mode === "append" ? size : typeof mode === "number" ? mode : 0;
  if (offset > size) throw new Refusal("invalid", "The file is shorter than that; begin at its end.");
  const inPlace = before !== undefined && (mode === "append" || offset > 0);
  return inPlace ? await inFile(target, offset, room) : await hidden(target, before, room);
}

/** The file that is there; undefined where there is none. @throws Refusal where something else is */
async function fileThere(target: Target): Promise<fs.Stats | undefined> {
  const stats = await whatIsThere(target);
  if (stats?.isDirectory()) throw new Refusal("invalid", "There is a folder of that name.");
  if (stats !== undefined && !stats.isFile()) {
    throw new Refusal("notPermitted", "What is there is no file; remove it first.");
  }
  return stats;
}

async function whatIsThere({ folder, name }: Target): Promise<fs.Stats | undefined> {
  try {
    return await disk.lstat(at(folder, name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A handle that only keeps what is there from going; undefined where there is none to be had. */
async function openPath(path: Buffer): Promise<number | undefined> {
  return await disk.open(path, O_PATH | O_NOFOLLOW).catch(() => undefined);
}

async function hidden(target: Target, before: fs.Stats | undefined, { busy }: UploadRoom): Promise<Begun> {
  const { folder, account } = target;
  if (before === undefined) account.requireEntry();
  const temporary = `${UPLOAD_PREFIX}${crypto.randomUUID()}`;
  // Of many that replace one file the first alone has the room that it leaves.
  const replaced = before === undefined ? undefined : `replaced ${before.dev}:${before.ino}`;
  const isFirst = replaced !== undefined && !busy.has(replaced);
  const locks = isFirst ? [temporary, replaced] : [temporary];
  for (const lock of locks) busy.add(lock);
  try {
    const fd = await disk.open(at(folder, temporary), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
    account.add(0, 1);
    return { fd, temporary, offset: 0, before: before?.size, gives: isFirst ? (before?.size ?? 0) : 0, locks };
  } catch (error) {
    for (const lock of locks) busy.delete(lock);
    throw error;
  }
}

async function inFile({ folder, name, account }: Target, offset: number, { busy }: UploadRoom): Promise<Begun> {
  const { fd, stats } = await openFile(folder, name, O_WRONLY);
  const lock = `${stats.dev}:${stats.ino}`;
  if (busy.has(lock)) {
    await disk.close(fd);
    throw new Refusal("inUse", "The file is being written by another session.");
  }
  busy.add(lock);
  if (offset < stats.size) {
    await disk.ftruncate(fd, offset);
    account.add(offset - stats.size, 0);
  }
  return { fd, temporary: undefined, offset, before: offset, gives: 0, locks: [lock] };
}

export class Upload {
  /** Octets that are being put on the disk while more come. */
  #settling: Promise<void> | undefined;
  #settledTo = 0;
  /** The system tells of a failed write once: what it said is kept for the end. */
  #unsettled: unknown;
  /** Where the next octet goes. */
  #position: number;
  /** The largest position the account has been told of. */
  #counted: number;
  #askDiskAt = 0;
  #over = false;

  constructor(
    private readonly target: Target,
    private readonly begun: Begun,
    private readonly exclusive: boolean,
    private readonly room: UploadRoom,
  ) {
    this.#position = begun.offset;
    this.#counted = begun.temporary === undefined ? (begun.before ?? 0) : 0;
    this.#askDiskAt = begun.offset;
  }

  /** For `Tunnels.receiveFile`: see `catchUp`. */
  get fd(): number {
    return this.begun.fd;
  }

  /** Where the next octet goes. */
  get position(): number {
    return this.#position;
  }

  /** Octets written so far. */
  get written(): number {
    return this.#position - this.begun.offset;
  }

  /** Whether a file was there before. */
  get replaces(): boolean {
    return this.begun.before !== undefined;
  }

  /** Octets that the account's limit still permits. What is replaced makes room. */
  get left(): number {
    return this.target.account.room + this.begun.gives + Math.max(0, this.#counted - this.#position);
  }

  /** @throws Refusal "overQuota", "noSpace" where so many more octets have no room */
  async require(octets: number): Promise<void> {
    if (octets > this.left) {
      throw new Refusal("overQuota", `Only ${this.left} octets fit; the limit of this account is reached.`);
    }
    if (this.#position + octets >= this.#askDiskAt) this.#askDiskAt = this.#position + (await this.#ask(octets));
  }

  /**
   * How many octets somebody else may write to `fd` beyond `position` before this is asked again. Others write to the disk as well, so it is
   * a part of what is free.
   * @throws Refusal "noSpace" where there are none
   */
  async portion(): Promise<number> {
    return await this.#ask(1);
  }

  /** Octets that may be written before the disk is asked again: those that have come, and some more. @throws Refusal "noSpace" */
  async #ask(octets: number): Promise<number> {
    const { bavail, bsize } = await disk.statfs(`/proc/self/fd/${this.begun.fd}`);
    const spare = bavail * bsize - this.room.keepFree();
    if (octets > spare) throw new Refusal("noSpace", "The disk is full.");
    const part = Math.min(MOST_UNASKED, Math.max(LEAST_UNASKED, Math.floor(spare / PART_OF_ROOM)));
    return Math.min(spare, octets + part);
  }

  /** Writes octets at the end of what was written. @throws Refusal "overQuota", "noSpace"; what fitted is written */
  async write(octets: Uint8Array): Promise<void> {
    const fits = Math.min(octets.length, this.left);
    await this.require(fits);
    for (let done = 0; done < fits; ) {
      const wrote = await inWords(writeAt(this.begun.fd, octets, done, fits - done, this.#position));
      const count = typeof wrote === "number" ? wrote : wrote.bytesWritten;
      done += count;
      this.#advance(count);
    }
    if (fits < octets.length) await this.require(octets.length - fits);
  }

  /** Counts what somebody else wrote to `fd` beyond `position`; only where the file ended there. */
  async catchUp(): Promise<void> {
    const { size } = await disk.fstat(this.begun.fd);
    if (size > this.#position) this.#advance(size - this.#position);
  }

  #advance(octets: number): void {
    this.#position += octets;
    if (this.#position - this.#settledTo >= EARLY && this.#settling === undefined) this.#settleSome();
    if (this.#position <= this.#counted) return;
    this.target.account.add(this.#position - this.#counted, 0);
    this.#counted = this.#position;
  }

  /** Has the disk begin with a large file: at the end there is less to wait for. */
  #settleSome(): void {
    this.#settledTo = this.#position;
    if (!this.room.durable()) return;
    this.#settling = disk
      .fdatasync(this.begun.fd)
      .catch((error: unknown) => {
        this.#unsettled ??= error;
      })
      .finally(() => {
        this.#settling = undefined;
      });
  }

  /**
   * Puts the file in its place once it is on the disk.
   * @param modified its time of modification, milliseconds since the epoch
   * @throws Refusal "exists" where it must be new and is not
   */
  async commit(options: { readonly modified?: number } = {}): Promise<Entry> {
    if (this.#over) throw new Error("an upload was ended twice");
    const { fd, temporary } = this.begun;
    const { folder, name, account } = this.target;
    try {
      if (temporary === undefined) {
        await disk.ftruncate(fd, this.#position);
        account.add(this.#position - this.#counted, 0);
      }
      if (options.modified !== undefined) await disk.futimes(fd, Date.now() / 1000, options.modified / 1000);
      const durable = this.room.durable();
      await this.#settling;
      if (this.#unsettled !== undefined) throw this.#unsettled;
      if (durable) await disk.fsync(fd);
      if (temporary !== undefined) {
        await this.#place(temporary);
        if (durable) await disk.fsync(folder);
      }
      const entry = entryOf(nameOf(name), await disk.fstat(fd), true);
      await this.#end();
      return entry;
    } catch (error) {
      await this.abandon();
      throw refusalOf(error);
    }
  }

  async #place(temporary: Octets): Promise<void> {
    const { folder, name } = this.target;
    if (!this.exclusive) return await this.#replace(temporary);
    try {
      // Unlike rename, link never replaces.
      await disk.link(at(folder, temporary), at(folder, name));
    } catch (error) {
      // Some file systems have no second names; there it was looked before, and that must do.
      if (!NO_LINKS.has(codeOf(error))) throw error;
      return await disk.rename(at(folder, temporary), at(folder, name));
    }
    await disk.unlink(at(folder, temporary));
  }

  /** What gives way is looked at now: it need not be what was there when the upload began. */
  async #replace(temporary: Octets): Promise<void> {
    const { folder, name, account } = this.target;
    await account.inTurn(async () => {
      const gone = await whatIsThere(this.target);
      // The system gives a large file's room back when nobody has a handle of it any more: that is not waited for.
      const handle = gone !== undefined && gone.size >= EARLY ? await openPath(at(folder, name)) : undefined;
      try {
        await disk.rename(at(folder, temporary), at(folder, name));
      } finally {
        if (handle !== undefined) void disk.close(handle).catch(() => undefined);
      }
      if (gone !== undefined) account.add(gone.isFile() ? -gone.size : 0, -1);
    });
  }

  /**
   * Ends a file that was broken off as FTP clients expect: what came is there, so that they can go on after it. A file that was there
   * before stays as it was, unless it was being resumed. Gives the octets that are kept; undefined where the file is the one before.
   */
  async keepPart(): Promise<number | undefined> {
    if (this.begun.temporary !== undefined && (this.replaces || this.#position === 0)) {
      await this.abandon();
      return undefined;
    }
    const { size } = await this.commit();
    return size;
  }

  /** Gives the file up: what was there before stays as it was; what was appended is cut off again. May be called at any time. */
  async abandon(): Promise<void> {
    if (this.#over) return;
    const { fd, temporary, offset } = this.begun;
    const { folder, account } = this.target;
    try {
      if (temporary !== undefined) {
        await disk.unlink(at(folder, temporary));
        account.add(-this.#counted, -1);
      } else {
        await disk.ftruncate(fd, offset);
        account.add(offset - this.#counted, 0);
      }
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw refusalOf(error);
    } finally {
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    for (const lock of this.begun.locks) this.room.busy.delete(lock);
    drop(this.target.folder);
    await this.#settling;
    await disk.close(this.begun.fd);
  }
}
