/** What the web proxy needs from the rooms below, and what all its sessions share. */
import type { z } from "zod";
import type { Auth } from "../../auth/auth.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Connection } from "../../net/connection.ts";
import type { Tunnels } from "../../net/tunnels.ts";
import type { Store } from "../../store/store.ts";
import type { Cache, ProxiedResponse } from "./exchange.ts";
import type { OriginPool } from "./origin.ts";
import type { BarredUrls } from "./screening.ts";
import type { Bounds, proxySettings } from "./settings.ts";
import type { Warnings } from "./warnings.ts";

/** What of the gateway the web proxy asks for. */
export type Gate = Pick<
  Gateway,
  "mayGuest" | "mayTakePassword" | "turnedAway" | "judge" | "refused" | "open" | "begin" | "acceptWarning"
>;

/** What the web proxy is built with. */
export interface ProxyDeps {
  readonly store: Store;
  readonly auth: Auth;
  readonly gateway: Gate;
  readonly tunnels: Tunnels;
  /** The name of this server. */
  hostname(): string;
  /** The proxy's own ports, as far as they listen. */
  ports(): { readonly plain: number | undefined; readonly tls: number | undefined };
  /** Keeps public responses; left out where nothing is kept. */
  readonly cache?: Cache | undefined;
  readonly now?: () => number;
}

/** What all sessions share. */
export interface Shared extends ProxyDeps {
  readonly pool: OriginPool;
  readonly warnings: Warnings;
  readonly barredUrls: BarredUrls;
  /** By what this proxy knows in Via that a message was here before (RFC 9110 §7.6.3). */
  readonly pseudonym: string;
  readonly now: () => number;
  /** Heads of stored responses as they are sent on connections that stay. */
  readonly heads: WeakMap<ProxiedResponse, string>;
  settings(): z.output<typeof proxySettings.schema>;
  bounds(): Bounds;
}

/** Counts against an address what no program sends that means well. */
export function strike({ auth }: Shared, { remote }: Connection, sentence: string): void {
  auth.lockout.strike(remote.address, "protocol", { detail: `web proxy: ${sentence}` });
}

/** Writes a fault of this program into the log. */
export function noteFault({ store }: Shared, { id, remote }: Connection, doing: string, fault: unknown): void {
  store.events.fault("proxy", doing, fault, { session: id, remote: remote.address });
}
