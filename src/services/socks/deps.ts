/** What SOCKS needs from the rooms below, and what its sessions share. */
import type { z } from "zod";
import type { Auth } from "../../auth/auth.ts";
import type { GateRefusal, Gateway, Visitor } from "../../gateway/gateway.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectFailed } from "../../net/errors.ts";
import type { Tunnels } from "../../net/tunnels.ts";
import type { Store } from "../../store/store.ts";
import { Reply } from "./codec.ts";
import type { Places } from "./places.ts";
import type { socksSettings } from "./settings.ts";

/** What SOCKS asks of the gateway. */
export type Gate = Pick<Gateway, "mayGuest" | "mayTakePassword" | "turnedAway" | "open" | "begin" | "reachable">;

/** What SOCKS is built with. */
export interface SocksDeps {
  readonly store: Store;
  readonly auth: Auth;
  readonly gateway: Gate;
  readonly tunnels: Tunnels;
}

/** What all sessions share. */
export interface Shared extends SocksDeps {
  /** Ports that are held open for clients. */
  readonly places: Places;
  settings(): z.output<typeof socksSettings.schema>;
}

/** A client whose request is being served. */
export interface Client {
  readonly connection: Connection;
  readonly version: 4 | 5;
  readonly visitor: Visitor;
}

const UNREACHABLE: readonly (readonly [string, Reply])[] = [
  ["connection refused", Reply.refused],
  ["host unreachable", Reply.hostUnreachable],
  ["network unreachable", Reply.networkUnreachable],
];

/** RFC 1928 §6: the reply that comes nearest to why the gateway refused. */
export function replyFor({ kind, cause }: GateRefusal): Reply {
  if (kind === "unresolved") return Reply.hostUnreachable;
  if (kind === "timeout") return Reply.expired;
  if (kind === "connections") return Reply.failure;
  if (kind !== "unreachable") return Reply.notAllowed;
  const reasons = cause instanceof ConnectFailed ? cause.attempts.map(({ reason }) => reason) : [];
  return UNREACHABLE.find(([reason]) => reasons.includes(reason))?.[1] ?? Reply.hostUnreachable;
}
