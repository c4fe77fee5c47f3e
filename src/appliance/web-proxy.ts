/** The web proxy, made when the first client comes: an idle server does without it. */
import type { Auth } from "../auth/auth.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Connection } from "../net/connection.ts";
import type { Tunnels } from "../net/tunnels.ts";
import type { WebProxy } from "../services/proxy/proxy.ts";
import type { Store } from "../store/store.ts";
import type { WebCache } from "./web-cache.ts";

/** What it is made of. */
export interface WebProxyRooms {
  readonly store: Store;
  readonly auth: Auth;
  readonly gateway: Gateway;
  readonly tunnels: Tunnels;
  readonly webCache: WebCache;
  readonly hostname: () => string;
  /** The number of a port, where it listens. */
  readonly listens: (id: string) => number | undefined;
}

export class WebProxyPart {
  #proxy: Promise<WebProxy> | undefined;

  constructor(private readonly rooms: WebProxyRooms) {}

  /** Serves one client's connection. */
  async serve(connection: Connection): Promise<void> {
    this.#proxy ??= this.#make();
    await (await this.#proxy).serve(connection);
  }

  async #make(): Promise<WebProxy> {
    const { listens, webCache } = this.rooms;
    const [{ WebProxy }, cache] = await Promise.all([import("../services/proxy/proxy.ts"), webCache.open()]);
    const ports = () => ({ plain: listens("proxy-3128"), tls: listens("proxy-3129") });
    return new WebProxy({ ...this.rooms, ports, cache });
  }

  /** Lets go of kept connections. */
  async close(): Promise<void> {
    (await this.#proxy)?.close();
  }
}
