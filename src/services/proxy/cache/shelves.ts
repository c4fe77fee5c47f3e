/** The two places responses are kept in, as one: memory for what is small and asked for, the disk for the rest. */
import type { Fields } from "../../../net/http/fields.ts";
import { type Body, type Expected, MemoryBody } from "./body.ts";
import { canBeValidated } from "./conditions.ts";
import { DiskShelf, type Draft, type Filed } from "./disk.ts";
import type { Entry } from "./entry.ts";
import { ageOf } from "./freshness.ts";
import { chosen, type Kept, MemoryShelf, sameKey } from "./memory.ts";
import { type CacheSettings, MEBIBYTE } from "./settings.ts";

/** The largest content that is kept in memory, and the share of memory that one may take. */
const SMALL = 262_144;
const SMALL_SHARE = 1 / 8;
/** How long what is in memory alone may take to be written at the end (milliseconds). */
const CLOSING_MS = 3_000;

/** A stored response, wherever it is. */
export type Found = { readonly at: "memory"; readonly kept: Kept } | { readonly at: "disk"; readonly filed: Filed };

/** What the shelves need. */
export interface ShelvesOptions {
  /** The cache's folder; what is in it may be deleted at any time. */
  readonly folder: string;
  settings(): CacheSettings;
  now(): number;
  fault(text: string, error: unknown): void;
}

export class Shelves {
  readonly memory = new MemoryShelf((kept) => this.#evicted(kept));
  /** Opened with the first request; "none" where that did not work. */
  #disk: DiskShelf | "none" | undefined;
  /** Contents on their way from memory to disk. */
  readonly #moving = new Set<Promise<void>>();

  constructor(private readonly options: ShelvesOptions) {}

  /** The disk, where anything is to be kept there. */
  get disk(): DiskShelf | undefined {
    if (this.options.settings().disk === 0) return undefined;
    if (this.#disk === undefined) this.#disk = this.#openDisk();
    return this.#disk === "none" ? undefined : this.#disk;
  }

  #openDisk(): DiskShelf | "none" {
    try {
      return new DiskShelf(this.options.folder, this.options.fault);
    } catch (error) {
      this.options.fault("the cache's folder cannot be used", error);
      return "none";
    }
  }

  /** Octets there may be in memory and on disk. */
  get #room(): { memory: number; disk: number } {
    const { memory, disk } = this.options.settings();
    return { memory: memory * MEBIBYTE, disk: disk * MEBIBYTE };
  }

  /** Octets up to which a content is kept in memory. */
  get small(): number {
    return Math.min(SMALL, this.#room.memory * SMALL_SHARE);
  }

  /** The stored response that fits a request. */
  find(url: string, request: Fields): Found | undefined {
    const kept = chosen(this.memory.variants(url), request);
    if (kept !== undefined) return { at: "memory", kept };
    const filed = this.disk?.find(url, request);
    return filed === undefined ? undefined : { at: "disk", filed };
  }

  /** Whether there are responses for other requests for the same. */
  knows(url: string): boolean {
    return this.memory.variants(url).length > 0 || (this.disk?.variants(url).length ?? 0) > 0;
  }

  /** Opens what is on disk, and takes it into memory where it is small. Undefined where it is not there any more, or not what it was. */
  async open(filed: Filed): Promise<{ found: Found; body: Body } | undefined> {
    const body = await this.disk?.open(filed);
    if (body === undefined) return undefined;
    if (body.length > this.small) return { found: { at: "disk", filed }, body };
    try {
      const octets = new Uint8Array(body.length);
      let at = 0;
      for await (const piece of body.read({ start: 0, end: body.length })) {
        octets.set(piece, at);
        at += piece.length;
      }
      const kept = { entry: filed.entry, octets, filed };
      this.memory.put(kept, this.#room.memory);
      return { found: { at: "memory", kept }, body: new MemoryBody(octets) };
    } catch {
      return undefined;
    } finally {
      body.release();
    }
  }

  /** Notes that it was used. */
  use(found: Found): void {
    if (found.at === "memory") this.memory.use(found.kept, this.#room.memory);
    const filed = found.at === "memory" ? found.kept.filed : found.filed;
    if (filed !== undefined) this.disk?.use(filed, this.options.now());
  }

  /** Keeps a small content. */
  keep(entry: Entry, octets: Uint8Array): void {
    this.#forgetSame(entry);
    this.memory.put({ entry, octets }, this.#room.memory);
  }

  /** Keeps a content that was written into a file. */
  async file(draft: Draft, entry: Entry, expected: Expected, wanted: () => boolean): Promise<void> {
    await this.disk?.file(draft, entry, expected, () => {
      if (!wanted()) return false;
      for (const kept of this.memory.variants(entry.url)) if (sameKey(kept.entry, entry)) this.memory.remove(kept);
      return true;
    });
    this.disk?.trim(this.#room.disk);
  }

  #forgetSame(entry: Entry): void {
    for (const { id, entry: other } of this.disk?.variants(entry.url) ?? []) {
      if (sameKey(other, entry)) this.disk?.remove(id);
    }
  }

  /** Replaces the head of a stored response, if it is still there. */
  update(found: Found, entry: Entry): void {
    const filed = found.at === "memory" ? found.kept.filed : found.filed;
    if (filed !== undefined) this.disk?.update(filed, entry);
    if (found.at === "memory") this.memory.update(found.kept, entry, this.#room.memory);
  }

  remove(found: Found): void {
    if (found.at === "memory") this.memory.remove(found.kept);
    const filed = found.at === "memory" ? found.kept.filed : found.filed;
    if (filed !== undefined) this.disk?.remove(filed.id);
  }

  /** Forgets all there is of a URL; answers how many responses that were. */
  removeUrl(url: string): number {
    let removed = 0;
    for (const kept of this.memory.variants(url)) removed += this.#drop(kept);
    return removed + (this.disk?.removeUrl(url) ?? 0);
  }

  async removeHost(host: string): Promise<number> {
    let removed = 0;
    for (const kept of [...this.memory]) if (kept.entry.host === host) removed += this.#drop(kept);
    return removed + ((await this.disk?.removeHost(host)) ?? 0);
  }

  async removeAll(): Promise<number> {
    let removed = 0;
    for (const kept of [...this.memory]) removed += this.#drop(kept);
    return removed + ((await this.disk?.removeAll()) ?? 0);
  }

  /** 1 for a response that was in memory alone: what is on disk, too, is counted there. */
  #drop(kept: Kept): number {
    this.memory.remove(kept);
    return kept.filed === undefined ? 1 : 0;
  }

  /** What had to leave memory goes to disk, where it is not there and may still be of use. */
  #evicted(kept: Kept): void {
    if (!this.options.settings().enabled) return;
    if (kept.filed === undefined && this.#worthFiling(kept.entry)) this.#move(kept);
  }

  #worthFiling(entry: Entry): boolean {
    return canBeValidated(entry) || ageOf(entry, this.options.now()) < entry.freshness.lifetime;
  }

  #move(kept: Kept): void {
    const { disk } = this;
    if (disk === undefined) return;
    const moved = this.#write(disk, kept).catch((error: unknown) =>
      this.options.fault("a response could not be kept on disk", error),
    );
    this.#moving.add(moved);
    void moved.finally(() => this.#moving.delete(moved));
  }

  async #write(disk: DiskShelf, { entry, octets }: Kept): Promise<void> {
    const draft = await disk.draft();
    try {
      if (octets.length > 0) await draft.handle.writeFile(octets);
    } catch (error) {
      await disk.discard(draft);
      throw error;
    }
    // Whatever came meanwhile is newer.
    const wanted = () => !this.memory.variants(entry.url).some((other) => sameKey(other.entry, entry));
    await disk.file(draft, entry, { length: octets.length, checksum: Bun.hash.crc32(octets) }, wanted);
    disk.trim(this.#room.disk);
  }

  /** Takes away what no longer fits after settings were changed; everything, where nothing is to be kept. */
  async trim(): Promise<void> {
    const room = this.#room;
    const { enabled, disk } = this.options.settings();
    this.memory.shrink(enabled ? room.memory : 0);
    if (this.#disk === undefined || this.#disk === "none") return;
    if (!enabled || disk === 0) await this.#disk.removeAll();
    else this.#disk.trim(room.disk);
  }

  /** Waits for the file work that was begun. */
  async settled(): Promise<void> {
    while (this.#moving.size > 0) await Promise.all(this.#moving);
    await this.disk?.settled();
  }

  /** Writes what is in memory alone to the disk, as far as that is quick, and closes. */
  async close(): Promise<void> {
    const end = Date.now() + CLOSING_MS;
    for (const kept of [...this.memory]) {
      if (Date.now() > end) break;
      if (kept.filed !== undefined || !this.#worthFiling(kept.entry)) continue;
      this.memory.remove(kept);
      this.#move(kept);
      if (this.#moving.size >= 16) await Promise.race(this.#moving);
    }
    await this.settled();
    this.memory.clear();
    if (this.#disk !== undefined && this.#disk !== "none") await this.#disk.close();
    this.#disk = "none";
  }
}
