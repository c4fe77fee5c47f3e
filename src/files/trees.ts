/** Whole trees below an opened folder: measured and removed, a folder at a time, by handles. */

import { Refusal } from "../refusal.ts";
import type { Account, Usage } from "./account.ts";
import { at, disk, drop, openIn } from "./handles.ts";
import { DEEPEST, type Octets } from "./names.ts";

/** Octets and entries of what lies there, itself included. */
export async function measure(fd: number, name: Octets, depth = 0): Promise<Usage> {
  const stats = await disk.lstat(at(fd, name));
  if (!stats.isDirectory()) return { octets: stats.isFile() ? stats.size : 0, files: 1 };
  let [octets, files] = [0, 1];
  await inside(fd, name, depth, async (folder, entry) => {
    const part = await measure(folder, entry, depth + 1);
    octets += part.octets;
    files += part.files;
  });
  return { octets, files };
}

/**
 * How many names lie below it on the longest way down; 0 for what is no folder.
 * @param most the answer is any larger number as soon as there are more
 */
export async function heightOf(fd: number, name: Octets, most: number): Promise<number> {
  if (!(await disk.lstat(at(fd, name))).isDirectory()) return 0;
  return await heightWithin(fd, name, most);
}

async function heightWithin(fd: number, name: Octets, most: number): Promise<number> {
  const folder = await openIn(fd, name);
  try {
    let height = 0;
    for (const entry of await disk.entries(`/proc/self/fd/${folder}`)) {
      if (height < 1) height = 1;
      if (height > most) break;
      if (entry.isFile() || entry.isSymbolicLink()) continue;
      // Some file systems do not say of what kind an entry is before it is asked for by its name.
      const below = entry.isDirectory() ? heightWithin : heightOf;
      height = Math.max(height, 1 + (await below(folder, entry.name, most - 1)));
    }
    return height;
  } finally {
    drop(folder);
  }
}

/** Removes what lies there, and all that is in it. */
export async function removeTree(
  fd: number,
  name: Octets,
  account: Pick<Account, "add" | "inTurn">,
  depth = 0,
): Promise<void> {
  const isFolder = await account.inTurn(async () => {
    const stats = await disk.lstat(at(fd, name));
    if (stats.isDirectory()) return true;
    await disk.unlink(at(fd, name));
    account.add(stats.isFile() ? -stats.size : 0, -1);
    return false;
  });
  if (!isFolder) return;
  await inside(fd, name, depth, (folder, entry) => removeTree(folder, entry, account, depth + 1));
  await disk.rmdir(at(fd, name));
  account.add(0, -1);
}

/** Each folder on the way down keeps a handle. */
async function inside(
  fd: number,
  name: Octets,
  depth: number,
  work: (folder: number, entry: Octets) => Promise<void>,
): Promise<void> {
  if (depth > DEEPEST) throw new Refusal("invalid", "The folders are too deep.");
  const folder = await openIn(fd, name);
  try {
    for (const entry of await disk.readdir(`/proc/self/fd/${folder}`, { encoding: "latin1" }))
      await work(folder, entry);
  } finally {
    drop(folder);
  }
}
