/** Counts what lies below folders, a little at a time, and clears up what a server that was killed left there. */

import { Refusal } from "../refusal.ts";
import type { Usage } from "./account.ts";
import { bringBack, isAside } from "./aside.ts";
import { at, disk, within } from "./handles.ts";
import { DEEPEST, type Octets } from "./names.ts";
import { UPLOAD_PREFIX } from "./upload.ts";

/** Entries that are looked at together. */
const SLICE = 64;

export class Sweep {
  #stopped = false;

  constructor(
    private readonly base: () => Promise<number>,
    /** Hidden files and folders of what goes on. */
    private readonly busy: ReadonlySet<string>,
  ) {}

  /** Ends counts that go on. */
  stop(): void {
    this.#stopped = true;
  }

  /** Octets and entries below some folders, they themselves not counted; undefined where it was stopped. */
  async count(places: readonly (readonly Octets[])[]): Promise<Usage | undefined> {
    const base = await this.base();
    let [octets, files] = [0, 0];
    const waiting = places.map((place) => [...place]);
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      if (this.#stopped) return undefined;
      const here = await this.#folder(base, folder);
      octets += here.octets;
      files += here.files;
      if (folder.length < DEEPEST) for (const name of here.folders) waiting.push([...folder, name]);
    }
    return { octets, files };
  }

  async #folder(base: number, names: readonly Octets[]): Promise<Usage & { folders: Octets[] }> {
    const found = { octets: 0, files: 0, folders: [] as Octets[] };
    try {
      await within(base, names, async (fd) => {
        const entries = await this.#entries(fd);
        for (let from = 0; from < entries.length && !this.#stopped; from += SLICE) {
          await Promise.all(entries.slice(from, from + SLICE).map((name) => this.#entry(fd, name, found)));
        }
      });
    } catch (error) {
      // Removed meanwhile, or closed to this account: either way there is nothing to count.
      if (!(error instanceof Refusal)) throw error;
    }
    return found;
  }

  /** What lies in a folder, when what was put aside is back. */
  async #entries(fd: number): Promise<Octets[]> {
    const read = () => disk.readdir(`/proc/self/fd/${fd}`, { encoding: "latin1" });
    const entries = await read();
    const left = entries.filter((name) => isAside(name) && !this.busy.has(name));
    if (left.length === 0) return entries;
    for (const name of left) await bringBack(fd, name).catch(() => undefined);
    return await read();
  }

  async #entry(fd: number, name: Octets, found: { octets: number; files: number; folders: Octets[] }): Promise<void> {
    const stats = await disk.lstat(at(fd, name)).catch(() => undefined);
    if (stats === undefined) return;
    if (stats.isFile() && name.startsWith(UPLOAD_PREFIX) && !this.busy.has(name)) {
      await disk.unlink(at(fd, name)).catch(() => undefined);
      return;
    }
    found.files++;
    if (stats.isFile()) found.octets += stats.size;
    else if (stats.isDirectory()) found.folders.push(name);
  }
}
