/**
 * The web proxy: fetches http:// for the people of the local network and makes tunnels for the rest (ports 3128 and 3129). The appliance
 * runs a session on each connection; where somebody may go is the gateway's to say, how a stored response is used the cache's.
 *
 * An intermediary that writes every head anew from what it has understood and passes nothing on as it came: two readers of the same
 * octets cannot be led to see two messages. Whatever could be read in two ways is refused.
 *
 * RFC 9110 (HTTP: §7.6 forwarding, §9.3.6 CONNECT, §9.3.8 TRACE, §10.1.1 Expect, §11.7 proxy authentication), RFC 9112 (HTTP/1.1: framing,
 * §9 connections), RFC 7617 (Basic), RFC 9209 (Proxy-Status), RFC 6455 (WebSocket, through Upgrade). Not HTTP/2 to a proxy: browsers use
 * it only over TLS to proxies on the Internet.
 */
import { randomBytes } from "node:crypto";
import { policyChanged } from "../../gateway/changes.ts";
import type { Connection } from "../../net/connection.ts";
import type { ProxyDeps, Shared } from "./deps.ts";
import { OriginPool } from "./origin.ts";
import { BarredUrls } from "./screening.ts";
import { ProxySession } from "./session.ts";
import { boundsOf, proxySettings } from "./settings.ts";
import { Warnings } from "./warnings.ts";

export type { ProxyDeps } from "./deps.ts";

/** Serves the connections of all clients. */
export class WebProxy {
  readonly #shared: Shared;

  constructor(deps: ProxyDeps) {
    const { store } = deps;
    const now = deps.now ?? Date.now;
    const settings = () => store.settings.get(proxySettings);
    const pool = new OriginPool(() => {
      const { originIdle, originKeepAlive } = settings();
      return { most: originIdle, idleMs: originKeepAlive * 1_000 };
    });
    // Another policy may have another way to a place.
    store.changes.on(policyChanged, () => pool.clear());
    this.#shared = {
      ...{ ...deps, now, settings, pool, bounds: boundsOf(settings) },
      warnings: new Warnings(now),
      barredUrls: new BarredUrls(() => settings().barredUrls),
      heads: new WeakMap(),
      pseudonym: `gatepost-${randomBytes(4).toString("hex")}`,
    };
  }

  /** Serves one connection; resolves when it is over, never rejects. */
  serve(connection: Connection): Promise<void> {
    return new ProxySession(connection, this.#shared).run();
  }

  /** Closes the connections that are kept for another request. */
  close(): void {
    this.#shared.pool.clear();
  }
}
