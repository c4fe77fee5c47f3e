/** The web proxy's cache: opened when somebody first asks for something, since an idle server does without it. */
import { join } from "node:path";
import type { ResponseCache } from "../services/proxy/cache/cache.ts";
import { cacheSettings } from "../services/proxy/cache/settings.ts";
import type { Store } from "../store/store.ts";

/** Its folder in the data folder; whatever is in it may be deleted at any time. */
const FOLDER = "cache";

export class WebCache {
  #cache: Promise<ResponseCache> | undefined;

  constructor(private readonly store: Store) {
    store.settings.onChange(cacheSettings, () => {
      void this.#trim();
    });
  }

  async #trim(): Promise<void> {
    try {
      await (await this.#cache)?.trim();
    } catch (fault) {
      this.#fault("make room in the cache", fault);
    }
  }

  /** The cache, for the proxy and for the administration. */
  open(): Promise<ResponseCache> {
    this.#cache ??= this.#make();
    return this.#cache;
  }

  async #make(): Promise<ResponseCache> {
    const { ResponseCache } = await import("../services/proxy/cache/cache.ts");
    return new ResponseCache({
      folder: join(this.store.folder, FOLDER),
      settings: () => this.store.settings.get(cacheSettings),
      fault: (doing, fault) => this.#fault(doing, fault),
    });
  }

  #fault(doing: string, fault: unknown): void {
    this.store.events.fault("proxy", doing, fault);
  }

  /** Writes what is in memory alone to the disk, as far as that is quick. */
  async close(): Promise<void> {
    await (await this.#cache)?.close();
  }
}
