/**
 * The way to a target: its name looked up once, the addresses guarded and judged, and only those connected to (so that a name cannot lead
 * elsewhere between the check and the connection); or through an upstream proxy. Each way to fail is a refusal of its own.
 *
 * RFC 8305 (IPv6 and IPv4 side by side, in net/connect.ts), RFC 9110 §9.3.6, RFC 1928.
 */
import { isIPv4, isIPv6 } from "node:net";
import { connect } from "../net/connect.ts";
import { ConnectFailed, type Connection, DeadlineExceeded, TlsFailed } from "../net/connection.ts";
import type { Parting } from "../net/connection-parts.ts";
import { Deadlines } from "../net/deadlines.ts";
import { DnsError, type Resolver } from "../net/dns.ts";
import type { Guard } from "./guard.ts";
import { isAddress } from "./hosts.ts";
import type { UpstreamValues } from "./upstream.ts";
import { askForTunnel, authorizationOf } from "./upstream-talk.ts";
import { GateRefusal, type Target, type Trip } from "./visit.ts";

export interface DialOptions {
  readonly resolver: Pick<Resolver, "addresses">;
  readonly guard: Guard;
  readonly upstreamFor: (target: Target) => UpstreamValues | undefined;
  /** Seconds. */
  readonly timeouts: () => { readonly connectTimeout: number; readonly upstreamTimeout: number };
  /** Authorities in PEM that vouch for origins, instead of the well-known ones. */
  readonly authorities?: readonly string[] | undefined;
  /** Told when a proxy was not reached and the direct way is taken. */
  readonly onFallback?: (upstream: UpstreamValues, target: Target, error: Error) => void;
}

/** A way that is open. */
export interface Way extends Omit<Trip, "passing"> {
  /** The target's own address; undefined where an upstream proxy found it. */
  readonly address?: string;
}

/** Why the rules do not let somebody go to an address; null stands for one that an upstream proxy finds. */
export type AddressJudge = (address: string | null) => GateRefusal | undefined;

/** How long the other family's addresses are waited for (RFC 8305 §3), in milliseconds. */
const GRACE_MS = 50;
/** Addresses of one name that are looked at, and those of each family that are tried: a name with hundreds must not make us knock at all. */
const MOST_JUDGED = 100;
const MOST_ADDRESSES = 4;

export class Dialler {
  readonly #deadlines = new Deadlines();

  constructor(private readonly options: DialOptions) {}

  /**
   * The addresses of a target that may be reached.
   * @throws GateRefusal "unresolved", "special", or what the rules say
   */
  async addresses(target: Target, judge: AddressJudge): Promise<string[]> {
    return this.#free(target, isAddress(target.host) ? [target.host] : await this.#lookUp(target.host), judge);
  }

  /** Those of the addresses of a target that may be reached. @throws GateRefusal */
  #free(target: Target, all: readonly string[], judge: AddressJudge): string[] {
    if (all.length === 0) throw new GateRefusal("unresolved", `${target.host} has no address.`);
    const free: string[] = [];
    let why: GateRefusal | undefined;
    for (const address of all.length > MOST_JUDGED ? all.slice(0, MOST_JUDGED) : all) {
      if (this.options.guard.problem(address, target.port) !== undefined) continue;
      const refusal = judge(address);
      if (refusal === undefined) free.push(address);
      else why ??= refusal;
    }
    if (free.length === 0) throw why ?? this.#special(target, all[0] as string);
    if (free.length === 1) return free;
    return [...free.filter(isIPv6).slice(0, MOST_ADDRESSES), ...free.filter(isIPv4).slice(0, MOST_ADDRESSES)];
  }

  /** The way to a target. @throws GateRefusal */
  open(target: Target, judge: AddressJudge, signal: Parting | undefined): Promise<Way> {
    const upstream = this.options.upstreamFor(target);
    const way =
      upstream === undefined ? this.#direct(target, judge, signal) : this.#by(upstream, target, judge, signal);
    return target.scheme === "https" ? way.then((open) => this.#secure(open, target)) : way;
  }

  async #direct(target: Target, judge: AddressJudge, signal?: Parting): Promise<Way> {
    const all = isAddress(target.host) ? [target.host] : await this.#lookUp(target.host);
    const addresses = this.#free(target, all, judge);
    const connection = await this.#connect(target.host, addresses, target.port, signal);
    const { address } = connection.remote;
    return { connection, address, beside: (port) => this.#beside(target.host, address, port, signal) };
  }

  async #beside(host: string, address: string, port: number, signal?: Parting): Promise<Connection> {
    if (this.options.guard.problem(address, port) !== undefined) throw this.#special({ host, port }, address);
    return await this.#connect(host, [address], port, signal);
  }

  async #by(upstream: UpstreamValues, target: Target, judge: AddressJudge, signal: Parting | undefined): Promise<Way> {
    const checked = await this.#checked(upstream, target, judge);
    let connection: Connection;
    try {
      connection = await this.#connect(
        upstream.address,
        await this.#upstreamAddresses(upstream),
        upstream.port,
        signal,
      );
    } catch (error) {
      if (!(error instanceof GateRefusal) || signal?.aborted === true) throw error;
      if (upstream.fallback) {
        this.options.onFallback?.(upstream, target, error);
        return await this.#direct(target, judge, signal);
      }
      throw new GateRefusal(
        // The proxy's name is what is not found; that of the site is in order.
        error.kind === "unresolved" ? "unreachable" : error.kind,
        `The proxy ${upstream.address}, through which ${target.host} is reached, cannot be reached.`,
        undefined,
        error,
      );
    }
    const authorization = authorizationOf(upstream);
    // A SOCKS proxy is told the address that was checked; an HTTP proxy goes by names, for its own rules and certificates.
    const host = upstream.kind === "socks5" ? (checked ?? target.host) : target.host;
    const beside = async (port: number): Promise<Connection> => {
      const more = await this.#connect(upstream.address, [connection.remote.address], upstream.port, signal);
      await this.#tunnel(more, upstream, { host, port }, signal);
      return more;
    };
    if (upstream.kind === "http" && target.scheme === "http") {
      return { connection, beside, upstream: { kind: "http", ...(authorization !== undefined && { authorization }) } };
    }
    await this.#tunnel(connection, upstream, { host, port: target.port }, signal);
    return { connection, beside };
  }

  async #tunnel(
    connection: Connection,
    upstream: UpstreamValues,
    target: Pick<Target, "host" | "port">,
    signal: Parting | undefined,
  ): Promise<void> {
    const giveUp = () => connection.destroy();
    signal?.addEventListener("abort", giveUp);
    try {
      if (signal?.aborted === true) giveUp();
      connection.deadline(this.options.timeouts().upstreamTimeout * 1_000);
      await askForTunnel(connection, upstream, target);
      connection.deadline(0);
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** Looks at where a target leads before another proxy goes there. The address that was checked; undefined for names known there only. */
  async #checked(upstream: UpstreamValues, target: Target, judge: AddressJudge): Promise<string | undefined> {
    if (isAddress(target.host) || upstream.checkNames) {
      try {
        return (await this.addresses(target, judge))[0];
      } catch (error) {
        if (!(error instanceof GateRefusal && error.kind === "unresolved")) throw error;
      }
    } else if (/(?:^|\.)localhost$/.test(target.host)) throw this.#special(target, "127.0.0.1");
    const refusal = judge(null);
    if (refusal !== undefined) throw refusal;
    return undefined;
  }

  /** An upstream proxy may stand in the local network: the administrator has named it. It must not be this one. */
  async #upstreamAddresses({ address, port }: UpstreamValues): Promise<string[]> {
    const all = isAddress(address) ? [address] : await this.#lookUp(address);
    const others = all.filter((one) => this.options.guard.problem(one, port) !== "this proxy itself");
    if (others.length === 0 && all.length > 0)
      throw new GateRefusal("special", `The upstream proxy ${address} port ${port} is this server itself.`);
    return others;
  }

  async #lookUp(name: string): Promise<string[]> {
    try {
      return await this.options.resolver.addresses(name, GRACE_MS);
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      const sentence =
        error.kind === "notFound"
          ? `There is no host ${name}.`
          : `No name server could say where ${name} is; try again later.`;
      throw new GateRefusal("unresolved", sentence, undefined, error);
    }
  }

  #special({ host, port }: Pick<Target, "host" | "port">, address: string): GateRefusal {
    const problem = this.options.guard.problem(address, port) ?? "a special address";
    const where = host === address ? `${host} is` : `${host} leads to ${address},`;
    return new GateRefusal(
      "special",
      `${where} ${problem}. The proxies go there only where the administrator allows it.`,
    );
  }

  #connect(host: string, addresses: readonly string[], port: number, signal: Parting | undefined): Promise<Connection> {
    const timeoutMs = this.options.timeouts().connectTimeout * 1_000;
    const deadlines = this.#deadlines;
    return connect({ host, addresses, port, timeoutMs, happyEyeballs: true, deadlines, signal }).catch((error) => {
      if (!(error instanceof ConnectFailed)) throw error;
      const slow = error.attempts.length > 0 && error.attempts.every(({ reason }) => reason.startsWith("no answer"));
      const reason = error.attempts[0]?.reason ?? "no address";
      throw slow
        ? new GateRefusal("timeout", `${host} does not answer on port ${port}.`, undefined, error)
        : new GateRefusal("unreachable", `${host} cannot be reached on port ${port}: ${reason}.`, undefined, error);
    });
  }

  async #secure(way: Way, { host }: Target): Promise<Way> {
    const { connection } = way;
    try {
      connection.deadline(this.options.timeouts().connectTimeout * 1_000);
      const { authorities } = this.options;
      await connection.startTls({
        ...(!isAddress(host) && { serverName: host }),
        ...{ verify: "name", names: [host] },
        ...(authorities && { authorities }),
      });
      connection.deadline(0);
      return way;
    } catch (error) {
      connection.destroy();
      if (!(error instanceof TlsFailed || error instanceof DeadlineExceeded)) throw error;
      throw new GateRefusal(
        "unreachable",
        `No secure connection to ${host} could be made: ${error.message}.`,
        undefined,
        error,
      );
    }
  }
}
