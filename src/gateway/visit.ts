/** What the proxies and the gateway say to each other: who wants to go where, the way there, and why there is none. */
import type { User } from "../directory/user.ts";
import type { Connection } from "../net/connection.ts";
import type { Bucket, Passed } from "../net/tunnels.ts";

/** The services that lead outside through the gateway. */
export const GATEWAY_SERVICES = ["proxy", "socks", "ftpproxy"] as const;
export type GatewayService = (typeof GATEWAY_SERVICES)[number];

/** How somebody wants to go: as a plain web request, TLS to the origin, FTP, a tunnel (CONNECT, SOCKS), or datagrams. */
export const SCHEMES = ["http", "https", "ftp", "tunnel", "udp"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Who wants to go. */
export interface Visitor {
  readonly service: GatewayService;
  /** Null where nobody has logged in: the guest entry counts. */
  readonly user: User | null;
  /** The client's address. */
  readonly remote: string;
  /** Names the session in the log. */
  readonly session: string;
}

/** Where to. */
export interface Target {
  /** Lower-case A-labels without a last dot, or an address without brackets: what `targetHost` gives. */
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  /**
   * The whole address, normalised in scheme, host and port, where a service sees it: the web proxy, of http:// and ftp://. What goes
   * through a tunnel hides it.
   */
  readonly url?: string;
}

/**
 * Why somebody does not get where he wants to.
 * - barred: a rule says no; `rule` names it
 * - warned: a rule wants it said first; goes on after `acceptWarning`
 * - quota: what may be transferred in this day or month is used up
 * - special: the target is this machine, the local network or no address of the Internet at all
 * - unresolved: the name does not exist, or no name server could say
 * - unreachable: nothing listens there, the network says no, the certificate is wrong or an upstream proxy refused
 * - timeout: no answer in time
 * - connections: too many at once for this user or client
 * - ended: the administrator ended it by hand
 * - permission: this user, or guests, may not use the service (any more)
 */
export type GateRefusalKind =
  | "barred"
  | "warned"
  | "quota"
  | "special"
  | "unresolved"
  | "unreachable"
  | "timeout"
  | "connections"
  | "ended"
  | "permission";

/** Why a trip is not made, with a sentence for a person: the rule's own text where it has one. */
export class GateRefusal extends Error {
  override readonly name = "GateRefusal";

  constructor(
    readonly kind: GateRefusalKind,
    readonly sentence: string,
    /** The name of the rule that decided. */
    readonly rule?: string,
    cause?: unknown,
  ) {
    super(sentence, { cause });
  }
}

/** One trip that is under way: counts what passes, and hears when it has to end. */
export interface Passing {
  /** Names it in the live view. */
  readonly id: number;
  /** The user's bandwidth, for tunnels; undefined where there is no limit. */
  readonly bucket?: Bucket | undefined;
  /** Counts more octets: from the client outward, and from outside to the client. */
  add(sent: number, received: number): void;
  /** Counts by totals since the trip began: what `onProgress` of a tunnel gives. Smaller totals count nothing. */
  count(passed: Passed): void;
  /** The trip is over, well or not; writes its line. Calling it again does nothing. */
  close(): void;
  /**
   * Calls back once when the trip must end before its time: the quota is used up, the user may not any more, a rule changed, or
   * somebody ended it by hand. At once, if that has happened. Whoever is called ends his connections and calls `close`.
   */
  onCut(callback: (why: GateRefusal) => void): void;
  /** Cuts it: its line says why, and whoever has asked to be called back is. For what a service finds out on the way. */
  cut(why: GateRefusal): void;
}

/** A way that is open. */
export interface Trip {
  /** To the origin, or through upstream proxies to it; TLS is on for the scheme https. Closing it is the caller's. */
  readonly connection: Connection;
  /** Set where the connection ends at another proxy that wants the absolute form (RFC 9112 §3.2.2), for the scheme http. */
  readonly upstream?:
    | {
        readonly kind: "http";
        /** For Proxy-Authorization. */
        readonly authorization?: string;
      }
    | undefined;
  readonly passing: Passing;
  /**
   * Opens one more connection to the same server by the same way, to another port: for the data connections of FTP. Nothing is looked up
   * again. Whoever closes the trip closes it, too.
   * @throws GateRefusal "special", "unreachable", "timeout"
   */
  beside(port: number): Promise<Connection>;
}
