/**
 * The gateway: who of the local network may reach what, the way there, and what it came to. The services proxy, socks and ftpproxy
 * stand on it.
 */
import type { GatewayService, Passing, Target, Trip, Visitor } from "./visit.ts";

export { targetHost } from "./hosts.ts";
export {
  GateRefusal,
  type GateRefusalKind,
  type GatewayService,
  type Passing,
  type Scheme,
  type Target,
  type Trip,
  type Visitor,
} from "./visit.ts";

export interface Gateway {
  /** Whether somebody who has not logged in may use a service: the guest entry says so, and only to the local network. */
  mayGuest(service: GatewayService, remote: string): boolean;
  /** Whether a proxy may take a password on a connection: by TLS always, otherwise as `proxy.passwords` says. */
  mayTakePassword(remote: string, secure: boolean): boolean;
  /** Permission, rules, limits and quota. A refusal is written into the ledger. @throws GateRefusal */
  judge(visitor: Visitor, target: Target): void;
  /** `judge`, then the way there: names looked up, addresses guarded, upstream proxies gone through. @throws GateRefusal */
  open(visitor: Visitor, target: Target, options?: { readonly signal?: AbortSignal }): Promise<Trip>;
  /**
   * `judge`, and a trip over a connection that is there already, or an answer from the cache.
   * @param address the address that the connection leads to, where there is one: rules about networks hold for it
   * @throws GateRefusal
   */
  begin(visitor: Visitor, target: Target, address?: string): Passing;
  /** `judge`, and the addresses of the target that may be reached: for UDP ASSOCIATE and BIND. @throws GateRefusal */
  reachable(visitor: Visitor, target: Target): Promise<readonly string[]>;
  /** The person was told: for some time the rule's warning lets him through to this host. */
  acceptWarning(visitor: Visitor, host: string): Promise<void>;
}
