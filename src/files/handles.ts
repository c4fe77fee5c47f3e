/**
 * Handles of folders, and what is done in a folder by its handle. A handle stands for the folder itself and not for its name: whatever
 * is renamed or swapped meanwhile, "/proc/self/fd/N/name" is the entry `name` of the folder that was opened, as openat(2) and its
 * siblings have it. Nothing here follows a link: the kernel is asked not to (O_NOFOLLOW), or the call never does (lstat, unlink,
 * rename, mkdir).
 *
 * node:fs opens nothing relative to a handle, but the magic links of /proc do the same without a gap between check and use. Where /proc
 * is not mounted there is no safe way, and nothing is opened at all.
 */
import * as fs from "node:fs";
import { promisify } from "node:util";
import { Refusal } from "../refusal.ts";
import type { Octets } from "./names.ts";
import { refusalOf } from "./trouble.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
/** open(2): a handle that is not for reading and not for writing; node:fs has no name for it. */
export const O_PATH = 0o10000000;
const FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;

const listed = promisify(fs.readdir) as unknown as (
  path: string,
  options: { encoding: "latin1"; withFileTypes: true },
) => Promise<fs.Dirent<Octets>[]>;

// Promises of node:fs would make an object for each handle; the handles here are numbers, which the pump takes as they are.
export const disk = {
  open: promisify(fs.open) as (path: fs.PathLike, flags: number, mode?: number) => Promise<number>,
  close: promisify(fs.close),
  lstat: promisify(fs.lstat) as (path: fs.PathLike) => Promise<fs.Stats>,
  fstat: promisify(fs.fstat) as (fd: number) => Promise<fs.Stats>,
  mkdir: promisify(fs.mkdir) as (path: fs.PathLike, mode: number) => Promise<void>,
  unlink: promisify(fs.unlink),
  rmdir: promisify(fs.rmdir) as (path: fs.PathLike) => Promise<void>,
  rename: promisify(fs.rename),
  link: promisify(fs.link),
  fsync: promisify(fs.fsync),
  fdatasync: promisify(fs.fdatasync),
  ftruncate: promisify(fs.ftruncate) as (fd: number, length: number) => Promise<void>,
  fchmod: promisify(fs.fchmod),
  futimes: promisify(fs.futimes),
  statfs: promisify(fs.statfs) as (path: fs.PathLike) => Promise<fs.StatsFs>,
  readdir: promisify(fs.readdir) as unknown as (
    path: fs.PathLike,
    options: { encoding: "latin1" },
  ) => Promise<Octets[]>,
  /** What lies in a folder, with its kinds as far as the file system tells them on the way. */
  entries: async (path: string): Promise<fs.Dirent<Octets>[]> =>
    await listed(path, { encoding: "latin1", withFileTypes: true }),
};

/** Where an entry of an opened folder is. */
export function at(fd: number, name: Octets): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}/${name}`, "latin1");
}

/** @throws Refusal "notPermitted" where the system has no handles that can be walked */
export function requireHandles(): void {
  if (!fs.existsSync("/proc/self/fd")) {
    throw new Refusal("notPermitted", "Files cannot be served safely here: /proc is not mounted.");
  }
}

/** Lets go of the handle of a folder, or of a file that was not written: nothing is waited for. */
export function drop(fd: number): void {
  fs.closeSync(fd);
}

/** Opens a folder by its whole path: for the data folder alone, which is ours. */
export async function openBase(path: string): Promise<number> {
  return await disk.open(path, FOLDER);
}

/** Opens a folder in an opened folder. */
export async function openIn(fd: number, name: Octets): Promise<number> {
  return await disk.open(at(fd, name), FOLDER);
}

/**
 * Walks down from a handle, a folder at a time, and gives a handle of the last one; the one it starts from stays open.
 * @param make makes folders that are missing
 */
export async function walk(from: number, names: readonly Octets[], make = false): Promise<number> {
  if (names.length === 0) return await openIn(from, ".");
  let fd = from;
  for (const name of names) {
    let next: number;
    try {
      next = await openIn(fd, name).catch(async (error) => {
        if (!make || error.code !== "ENOENT") throw error;
        await disk.mkdir(at(fd, name), 0o750).catch((second) => {
          if (second.code !== "EEXIST") throw second;
        });
        return await openIn(fd, name);
      });
    } finally {
      if (fd !== from) drop(fd);
    }
    fd = next;
  }
  return fd;
}

/** Does something in the folder at the end of a walk. @throws Refusal */
export async function within<T>(
  from: number,
  names: readonly Octets[],
  work: (fd: number) => Promise<T>,
  make = false,
): Promise<T> {
  try {
    const fd = await walk(from, names, make);
    try {
      return await work(fd);
    } finally {
      drop(fd);
    }
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Opens a regular file in a folder. Anything else is not opened: a device or a pipe may act on being opened. */
export async function openFile(fd: number, name: Octets, flags: number): Promise<{ fd: number; stats: fs.Stats }> {
  const seen = await disk.lstat(at(fd, name));
  if (seen.isDirectory()) throw new Refusal("invalid", "That is a folder.");
  if (seen.isSymbolicLink()) throw new Refusal("notPermitted", "Links are not followed here.");
  if (!seen.isFile()) throw new Refusal("notPermitted", "That is not a file.");
  // Should it be swapped now, O_NOFOLLOW holds for a link and O_NONBLOCK for a pipe, and the handle tells what came of it.
  const file = await disk.open(at(fd, name), flags | O_NOFOLLOW | O_NONBLOCK);
  const stats = await disk.fstat(file);
  if (stats.isFile()) return { fd: file, stats };
  await disk.close(file);
  throw new Refusal("notPermitted", "That is not a file.");
}
