/**
 * The folders that one person sees, as a tree with paths of its own ("/a/b.txt"). Nothing outside can be named: a path is taken apart
 * into names (names.ts), and the names are walked one by one from the handle of `files/` (handles.ts), so that neither "..", nor a link,
 * nor a folder that is swapped for a link at the worst moment leads out. Links are shown, renamed and removed as what they are, and never
 * followed. What is given or taken counts on the account of whoever owns the place. Hard links cannot be told apart from files; only
 * somebody with an account on the machine itself can make one.
 *
 * Refusals: "notFound", "exists", "notPermitted", "noSpace" (the disk), "overQuota" (the account), "invalid", "inUse".
 */
import * as fs from "node:fs";
import { Refusal } from "../refusal.ts";
import type { Account, Turns, Usage } from "./account.ts";
import { takePlace } from "./aside.ts";
import type { AtOnce } from "./at-once.ts";
import { copyFile, copyTree, type Place } from "./copy.ts";
import { type Entry, entryOf } from "./entry.ts";
import { at, disk, drop, openFile, openIn, walk, within } from "./handles.ts";
import { isShown, MOST_SEGMENTS, nameOf, normalise, type Octets, octetsOf, segmentsOf } from "./names.ts";
import { OpenFile } from "./open-file.ts";
import { heightOf, measure, removeTree } from "./trees.ts";
import { codeOf, inWords, refusalOf } from "./trouble.ts";
import { beginUpload, type Upload, type UploadRoom, type WriteOptions } from "./upload.ts";

/** A place on disk that is somebody's. */
export interface Root {
  /** Names below `files/`. */
  readonly folder: readonly Octets[];
  readonly account: Account;
}

/** A shared folder in somebody's tree. */
export interface Mount {
  readonly name: string;
  readonly root: Root;
  readonly writable: boolean;
}

/** What jails work with. */
export interface JailRoom {
  /** The handle of `files/`. */
  base(): Promise<number>;
  /** The same where it is open. */
  opened(): number | undefined;
  /** Undefined where the system cannot. */
  atOnce(): AtOnce | undefined;
  readonly uploads: UploadRoom;
  /** Folders are moved down one at a time, so that the place one is moved to does not itself go down meanwhile. */
  readonly descents: Turns;
  /** The name of the folder under which mounts appear. */
  mountPoint(): string;
}

/** What a path means. */
interface Location {
  readonly root: Root;
  /** Names from the root down; none for the root itself. */
  readonly names: readonly Octets[];
  readonly writable: boolean;
}

/** Entries that are looked at together. */
const SLICE = 64;
/** More are listed in the order in which the disk has them. */
const MOST_SORTED = 20_000;

export class Jail {
  constructor(
    private readonly room: JailRoom,
    private readonly root: Root,
    /** Asked each time: rights may change. */
    private readonly mounts: () => readonly Mount[] = () => [],
    readonly writable = true,
  ) {}

  /** The account of what lies at a path. */
  accountOf(path: string): Account {
    return this.#locate(path)?.root.account ?? this.root.account;
  }

  /** What lies at a path. */
  async stat(path: string): Promise<Entry> {
    const location = this.#locate(path);
    const shownAs = segmentsOf(path).at(-1) ?? "";
    if (location === undefined) return this.#mountPoint(shownAs);
    const { names, root, writable } = location;
    const base = await this.room.base();
    const seen = this.room.atOnce()?.look(base, [...root.folder, ...names]);
    if (seen !== undefined) return entryOf(shownAs, seen, writable);
    return await within(base, [...root.folder, ...names.slice(0, -1)], async (fd) =>
      entryOf(shownAs, await disk.lstat(at(fd, names.at(-1) ?? ".")), writable),
    );
  }

  /**
   * Whether a file is still the one that was seen, for those who hold its content: one question to the system, where walking takes many.
   * Links on the way are not looked at, because nothing is opened and what is compared is the file itself.
   */
  async isStill(path: string, { id, version }: Entry): Promise<boolean> {
    const location = this.#locate(path);
    if (location === undefined) return false;
    const way = [...location.root.folder, ...location.names].join("/");
    const stats = await disk.lstat(at(await this.room.base(), way)).catch(() => undefined);
    if (stats === undefined || !stats.isFile()) return false;
    const now = entryOf("", stats, false);
    return now.id === id && now.version === version;
  }

  /**
   * The same question for a file that is asked for again and again, made ready: it is put to the system at once and takes a microsecond or
   * two, as long as the system has the names in memory. Undefined where the file is another one already.
   */
  watch(path: string, { id, version }: Entry): (() => boolean) | undefined {
    const location = this.#locate(path);
    const base = this.room.opened();
    if (location === undefined || base === undefined) return undefined;
    const place = at(base, [...location.root.folder, ...location.names].join("/"));
    const look = () => (this.room.opened() === base ? statsAt(place) : undefined);
    const seen = look();
    if (seen === undefined || !seen.isFile()) return undefined;
    const entry = entryOf("", seen, false);
    if (entry.id !== id || entry.version !== version) return undefined;
    return () => {
      const now = look();
      return (
        now !== undefined &&
        now.ino === seen.ino &&
        now.ctimeMs === seen.ctimeMs &&
        now.mtimeMs === seen.mtimeMs &&
        now.size === seen.size &&
        now.dev === seen.dev &&
        now.mode === seen.mode
      );
    };
  }

  /** What lies at a path; undefined where nothing does. */
  async find(path: string): Promise<Entry | undefined> {
    try {
      return await this.stat(path);
    } catch (error) {
      if (error instanceof Refusal && error.kind === "notFound") return undefined;
      throw error;
    }
  }

  /** What lies in a folder, by name; in slices, so that a large folder holds nobody up. */
  async *list(path: string): AsyncGenerator<Entry> {
    const location = this.#locate(path);
    const mounts = this.mounts();
    if (location === undefined) {
      for (const { name } of mounts) yield await this.stat(`/${this.room.mountPoint()}/${name}`);
      return;
    }
    const isRoot = location.root === this.root && location.names.length === 0;
    const covered = isRoot && mounts.length > 0 ? this.room.mountPoint() : undefined;
    if (covered !== undefined) yield this.#mountPoint(covered);
    yield* this.#entries(location, covered);
  }

  async *#entries({ root, names, writable }: Location, covered: string | undefined): AsyncGenerator<Entry> {
    const base = await this.room.base();
    const fd = await inWords(walk(base, [...root.folder, ...names]));
    try {
      const all = await inWords(disk.readdir(`/proc/self/fd/${fd}`, { encoding: "latin1" }));
      const shown = all.filter((name) => isShown(name) && name !== covered);
      if (shown.length <= MOST_SORTED) shown.sort();
      for (let from = 0; from < shown.length; from += SLICE) {
        const slice = shown.slice(from, from + SLICE);
        const found = await Promise.all(slice.map((name) => disk.lstat(at(fd, name)).catch(() => undefined)));
        for (const [index, stats] of found.entries()) {
          if (stats !== undefined) yield entryOf(nameOf(slice[index] as Octets), stats, writable);
        }
      }
    } finally {
      drop(fd);
    }
  }

  /** Opens a file for reading; the caller closes it. */
  async openRead(path: string): Promise<OpenFile> {
    const { root, names, writable } = this.#place(path);
    const name = names.at(-1);
    if (name === undefined) throw new Refusal("invalid", "That is a folder.");
    const base = await this.room.base();
    const atOnce = this.room.atOnce();
    const opened = ({ fd, stats }: { readonly fd: number; readonly stats: fs.Stats }) =>
      new OpenFile(fd, entryOf(nameOf(name), stats, writable), atOnce);
    const here = atOnce?.open(base, [...root.folder, ...names]);
    if (here !== undefined) return opened(here);
    return await within(base, [...root.folder, ...names.slice(0, -1)], async (folder) =>
      opened(await openFile(folder, name, fs.constants.O_RDONLY)),
    );
  }

  /** Opens a file for writing; the caller commits or abandons what comes of it. */
  async openWrite(path: string, options: WriteOptions = {}): Promise<Upload> {
    const { root, folder, name } = this.#changeable(path);
    const fd = await inWords(walk(await this.room.base(), folder));
    return await beginUpload({ folder: fd, name, account: root.account }, options, this.room.uploads);
  }

  /** Makes a folder. */
  async mkdir(path: string): Promise<Entry> {
    const { root, folder, name } = this.#changeable(path);
    root.account.requireEntry();
    return await within(await this.room.base(), folder, async (fd) => {
      await disk.mkdir(at(fd, name), 0o750);
      root.account.add(0, 1);
      return entryOf(nameOf(name), await disk.lstat(at(fd, name)), true);
    });
  }

  /** Removes a file, a link or whatever is no folder. */
  async remove(path: string): Promise<void> {
    const { root, folder, name } = this.#changeable(path);
    await within(await this.room.base(), folder, (fd) =>
      root.account.inTurn(async () => {
        const stats = await disk.lstat(at(fd, name));
        if (stats.isDirectory()) throw new Refusal("invalid", "That is a folder.");
        await disk.unlink(at(fd, name));
        root.account.add(stats.isFile() ? -stats.size : 0, -1);
      }),
    );
  }

  /** Removes a folder in which nothing is. @throws Refusal "exists" where something is */
  async removeDir(path: string): Promise<void> {
    const { root, folder, name } = this.#changeable(path);
    await within(await this.room.base(), folder, async (fd) => {
      await disk.rmdir(at(fd, name));
      root.account.add(0, -1);
    });
  }

  /** Removes whatever is there, and all that is in it. What was removed before something was refused stays removed. */
  async removeAll(path: string): Promise<void> {
    const { root, folder, name } = this.#changeable(path);
    await within(await this.room.base(), folder, (fd) => removeTree(fd, name, root.account));
  }

  /**
   * Gives something another name or place. Without `replace` what is there stays; with it a file there gives way in the same step, a
   * folder there only where it is empty, and with "whole" a folder with all that is in it. A folder moves down only as far as all that is
   * in it can still be named.
   */
  async rename(from: string, to: string, options: { readonly replace?: boolean | "whole" } = {}): Promise<void> {
    const source = this.#changeable(from);
    const target = this.#changeable(to);
    const [above, below] = [segmentsOf(from).length, segmentsOf(to).length];
    const base = await this.room.base();
    await within(base, source.folder, async (left) => {
      const place = () =>
        within(base, target.folder, async (right) => {
          const [spot, goal] = [
            { fd: left, ...source },
            { fd: right, ...target },
          ];
          const put = () => move(spot, goal, options.replace !== undefined && options.replace !== false);
          const whole = options.replace === "whole" && !(await inOneStep(spot, goal));
          if (!whole) return await put();
          await takePlace({ ...goal, account: goal.root.account }, { put }, this.room.uploads.busy);
        });
      const descends = below > above && (await disk.lstat(at(left, source.name))).isDirectory();
      if (!descends) return await place();
      await this.room.descents.take(async () => {
        requireHeight(await heightOf(left, source.name, MOST_SEGMENTS - below), below);
        await place();
      });
    });
  }

  /** @throws Refusal "invalid" where not all that lies in a folder could still be named below another path */
  async requireDepth(from: string, to: string): Promise<void> {
    const location = this.#locate(from);
    const [above, below] = [segmentsOf(from).length, segmentsOf(to).length];
    if (location === undefined || below <= above) return;
    await within(await this.room.base(), [...location.root.folder, ...location.names], async (fd) =>
      requireHeight(await heightOf(fd, ".", MOST_SEGMENTS - below), below),
    );
  }

  /**
   * Copies a file, or a folder with (unless `shallow`) all that is in it; links and special files are left out. With `replace` what is
   * there gives way when all of the copy is there.
   * @throws Refusal; then nothing of the copy is there, and what was there is
   */
  async copy(
    from: string,
    to: string,
    options: { readonly replace?: boolean; readonly shallow?: boolean } = {},
  ): Promise<void> {
    const [source, path] = [{ jail: this, path: normalise(from) }, normalise(to)];
    if (path === source.path || path.startsWith(`${source.path}/`)) {
      throw new Refusal("invalid", "Something cannot be copied into itself.");
    }
    const shallow = options.shallow === true;
    const { kind } = await this.stat(from);
    if (kind === "folder" && !shallow) await this.requireDepth(from, to);
    const there = options.replace === true ? await this.find(path) : undefined;
    if (there === undefined) return await copyTree(source, { jail: this, path }, shallow);
    if (kind === "file" && there.kind === "file") return await copyFile(source, { jail: this, path }, true);
    await this.#copyOver(source, path, shallow);
  }

  /** Makes the copy beside what it takes the place of. */
  async #copyOver(from: Place, path: string, shallow: boolean): Promise<void> {
    const { root, folder, name } = this.#changeable(path);
    await within(await this.room.base(), folder, async (fd) => {
      const prepare = async (hidden: Octets) => {
        const beside = new Jail(this.room, { folder: [...folder, hidden], account: root.account });
        if (!shallow) root.account.requireRoom((await this.#measure(from.path)).octets);
        await copyTree(from, { jail: beside, path: `/${nameOf(name)}` }, shallow);
      };
      const put = (hidden: Octets) => disk.rename(at(fd, `${hidden}/${name}`), at(fd, name));
      await takePlace({ fd, name, account: root.account }, { prepare, put }, this.room.uploads.busy);
    });
  }

  /** Octets and entries of what lies at a path, itself included. */
  async #measure(path: string): Promise<Usage> {
    const { root, names } = this.#place(path);
    const folder = [...root.folder, ...names.slice(0, -1)];
    return await within(await this.room.base(), folder, (fd) => measure(fd, names.at(-1) ?? "."));
  }

  /** Sets the time of modification, milliseconds since the epoch. */
  async setModified(path: string, modified: number): Promise<void> {
    await this.#opened(path, (fd) => disk.futimes(fd, Date.now() / 1000, modified / 1000));
  }

  /** Sets the permission bits, of which the owner keeps reading and writing: this program is the owner. */
  async setMode(path: string, mode: number): Promise<void> {
    await this.#opened(path, (fd, isFolder) => disk.fchmod(fd, (mode & 0o777) | (isFolder ? 0o700 : 0o600)));
  }

  async #opened(path: string, work: (fd: number, isFolder: boolean) => Promise<void>): Promise<void> {
    const { folder, name } = this.#changeable(path);
    await within(await this.room.base(), folder, async (parent) => {
      const isFolder = (await disk.lstat(at(parent, name))).isDirectory();
      const fd = isFolder ? await openIn(parent, name) : (await openFile(parent, name, fs.constants.O_RDONLY)).fd;
      try {
        await work(fd, isFolder);
      } finally {
        drop(fd);
      }
    });
  }

  /** What a path means; undefined for the folder under which mounts appear. */
  #locate(path: string): Location | undefined {
    const segments = segmentsOf(path);
    const mounts = this.mounts();
    if (mounts.length === 0 || segments[0] !== this.room.mountPoint()) {
      return { root: this.root, names: segments.map(octetsOf), writable: this.writable };
    }
    const [, name, ...rest] = segments;
    if (name === undefined) return undefined;
    const mount = mounts.find((one) => one.name === name);
    if (mount === undefined) throw new Refusal("notFound", "There is no such folder, or it is not open to you.");
    const writable = mount.writable && this.writable;
    return { root: mount.root, names: rest.map(octetsOf), writable };
  }

  #place(path: string): Location {
    const location = this.#locate(path);
    if (location === undefined) throw new Refusal("invalid", "That is a folder.");
    return location;
  }

  /** Where something is changed: the folder it lies in, and its name there. */
  #changeable(path: string): { root: Root; folder: readonly Octets[]; name: Octets } {
    const location = this.#locate(path);
    const name = location?.names.at(-1);
    if (location === undefined || name === undefined) {
      throw new Refusal("notPermitted", "That folder itself cannot be changed.");
    }
    if (!location.writable) throw new Refusal("notPermitted", "This folder is for reading only.");
    const { root, names } = location;
    return { root, folder: [...root.folder, ...names.slice(0, -1)], name };
  }

  #mountPoint(name: string): Entry {
    const never = { size: 0, modified: 0, changed: 0, mode: 0o555 };
    return { ...never, name, kind: "folder", id: "shared", version: "shared", writable: false };
  }
}

function statsAt(path: Buffer): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** @throws Refusal where a tree of that height does not fit at that depth */
function requireHeight(height: number, depth: number): void {
  if (height + depth > MOST_SEGMENTS) {
    throw new Refusal(
      "invalid",
      `The folders would lie more than ${MOST_SEGMENTS} deep there; choose a place further up.`,
    );
  }
}

interface Spot {
  readonly fd: number;
  readonly name: Octets;
  readonly root: Root;
}

/** Renames, and moves what it holds from one account to the other. */
async function move(from: Spot, to: Spot, replace: boolean): Promise<void> {
  const accounts = [from.root.account, to.root.account] as const;
  const carried = accounts[0] === accounts[1] ? undefined : await measure(from.fd, from.name);
  await accounts[1].inTurn(async () => {
    const moved = await disk.lstat(at(from.fd, from.name));
    const found = await existing(to.fd, to.name);
    const there = found?.ino === moved.ino && found.dev === moved.dev ? undefined : found;
    if (there && !replace) throw new Refusal("exists", "There is something of that name already.");
    if (carried !== undefined) {
      accounts[1].requireRoom(carried.octets);
      accounts[1].requireEntry();
    }
    await disk.rename(at(from.fd, from.name), at(to.fd, to.name));
    if (carried !== undefined) {
      accounts[0].add(-carried.octets, -carried.files);
      accounts[1].add(carried.octets, carried.files);
    }
    if (there) accounts[1].add(there.isFile() ? -there.size : 0, -1);
  });
}

/** Whether what is there gives way by the rename alone: nothing, or a file to what is no folder. */
async function inOneStep(from: Spot, to: Spot): Promise<boolean> {
  const there = await existing(to.fd, to.name);
  return there === undefined || (!there.isDirectory() && !(await disk.lstat(at(from.fd, from.name))).isDirectory());
}

async function existing(fd: number, name: Octets): Promise<fs.Stats | undefined> {
  try {
    return await disk.lstat(at(fd, name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw refusalOf(error);
  }
}
