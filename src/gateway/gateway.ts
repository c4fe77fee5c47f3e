/**
 * The gateway: who of the local network may reach what, the way there, and what it came to. The services proxy, socks and ftpproxy
 * stand on it; pages and commands change it through the administration.
 *
 * A visit is judged (permission, rules, ports, limits, quota), led there (dial.ts: names looked up once, addresses guarded, upstream
 * proxies), and counted (ledger.ts). What was allowed is judged again when rules, lists, users or settings change, and every half minute
 * while something is open: whoever may not any more is cut off.
 *
 * RFC 6890 (guard.ts), RFC 8305 (dial.ts), RFC 1928, RFC 1929 and RFC 9110 §9.3.6 (upstream-talk.ts).
 */
import { userChanged } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import { hasExpired } from "../directory/expiry.ts";
import type { User } from "../directory/user.ts";
import type { Parting } from "../net/connection-parts.ts";
import type { Resolver } from "../net/dns.ts";
import type { Store } from "../store/store.ts";
import { Accounts } from "./accounts.ts";
import { policyChanged } from "./changes.ts";
import { Dialler, type DialOptions } from "./dial.ts";
import { PeopleGroups } from "./groups.ts";
import { Guard } from "./guard.ts";
import { targetHost } from "./hosts.ts";
import { Ledger, type OpenTrip, quotaRefusal } from "./ledger.ts";
import { HostLists } from "./lists.ts";
import { Outside } from "./outside.ts";
import { Policy, type Verdict } from "./policy.ts";
import { PortSet } from "./ports.ts";
import { Rules } from "./rules.ts";
import { gatewaySettings, proxySettings } from "./settings.ts";
import { Traffic } from "./traffic.ts";
import { type TurnedAway, TurnedAwayLog } from "./turned-away.ts";
import { Upstreams } from "./upstreams.ts";
import { GateRefusal, type GatewayService, type Passing, type Target, type Trip, type Visitor } from "./visit.ts";
import { Warnings } from "./warnings.ts";

export { targetHost } from "./hosts.ts";
export type { TurnedAway } from "./turned-away.ts";
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

export interface GatewayOptions {
  readonly resolver: Pick<Resolver, "addresses">;
  /** Whether an address is of the LAN list. */
  readonly isLan: (address: string) => boolean;
  /** Whether an address and port are one of this server's own proxies. */
  readonly isOwnProxy: (address: string, port: number) => boolean;
  readonly now?: () => number;
  /** The addresses of this machine's interfaces. */
  readonly ownAddresses?: () => readonly string[];
  /** Authorities in PEM that vouch for origins, instead of the well-known ones. */
  readonly authorities?: readonly string[];
  /** Networks besides the public Internet that mail may name; none but in tests. */
  readonly reachableByMail?: readonly string[];
}

const PERMISSIONS = { proxy: "http.proxy", socks: "http.proxy", ftpproxy: "ftp.proxy" } as const;
const SERVICE_WORDS = { proxy: "the web proxy", socks: "SOCKS", ftpproxy: "the FTP proxy" } as const;
const SENTENCE_WORDS = { proxy: "The web proxy", socks: "SOCKS", ftpproxy: "The FTP proxy" } as const;
/** Ports of FTP servers, with and without TLS, and those that people choose themselves. */
const FTP_PORTS = ["21", "990", "1024-65535"];
/** How often what is open is looked at again, in milliseconds. */
const LOOK_MS = 30_000;

export class Gateway {
  readonly rules: Rules;
  readonly groups: PeopleGroups;
  readonly lists: HostLists;
  readonly upstreams: Upstreams;
  /** Limits and what was used of them. */
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
  readonly guard: Guard;
  /** What is fetched because somebody's mail names it. */
  readonly outside: Outside;
  readonly #turnedAway: TurnedAwayLog;
  readonly #warnings: Warnings;
  readonly #dialler: Dialler;
  readonly #now: () => number;
  readonly #guest: number;
  #policy: Policy | undefined;
  #ports: { readonly tunnel: PortSet; readonly web: PortSet; readonly ftp: PortSet } | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #judging: Promise<void> | undefined;
  #judgeAgain = false;
  #closed = false;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly options: GatewayOptions,
  ) {
    this.#now = options.now ?? Date.now;
    this.#guest = directory.users.guest().id;
    const { now } = { now: this.#now };
    const { isOwnProxy, ownAddresses } = options;
    const settings = () => store.settings.get(gatewaySettings);
    this.upstreams = new Upstreams(store);
    const guarding = { isOwnProxy, now, ...(ownAddresses && { own: ownAddresses }) };
    this.guard = new Guard({ ...guarding, reachable: () => settings().reachable });
    const dialling: Omit<DialOptions, "guard"> = {
      ...{ resolver: options.resolver, timeouts: settings, authorities: options.authorities },
      upstreamFor: (target) => this.upstreams.for(target),
      onFallback: ({ address }, { host }, error) => {
        // Where hosts are written nowhere, they are not written here either.
        const whither = this.#keepsHosts() ? host : "a host";
        const text = `The proxy ${address} cannot be reached; ${whither} is reached without it: ${error.message}`;
        store.events.log({ room: "gateway", name: "upstream.fallback", level: "warn", text });
      },
    };
    this.#dialler = new Dialler({ ...dialling, guard: this.guard });
    this.outside = new Outside({ ...dialling, ...guarding, reachable: options.reachableByMail });
    this.groups = new PeopleGroups(store, directory, (group) => this.rules.aboutGroup(group));
    this.lists = new HostLists(store, {
      ...{ dialler: this.#dialler, now },
      ruleAbout: (list) => this.rules.aboutList(list),
    });
    this.rules = new Rules(store, { directory, groups: this.groups, lists: this.lists });
    this.accounts = new Accounts(store, now);
    this.ledger = new Ledger(store, { now, accounts: this.accounts, guest: () => this.#guest });
    this.traffic = new Traffic(store);
    this.#turnedAway = new TurnedAwayLog(store, {
      ...{ now, keeps: () => this.#keepsHosts(), guest: () => this.#guest },
      userOf: (login) => directory.users.get(login)?.id,
    });
    this.#warnings = new Warnings(store, now);
    this.#watch();
  }

  /** Brings the host lists into memory and keeps them up to date from then on. To be called before anything listens. */
  async start(): Promise<void> {
    await this.lists.start();
    if (this.#closed) return;
    this.#looking ??= setInterval(() => this.#judgeAnew(), LOOK_MS);
    this.#looking.unref();
  }

  /** Forgets what is too old, and takes up lists that are due. */
  async keepHouse(): Promise<void> {
    await this.traffic.prune(this.#now());
  }

  /** Writes what was counted, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    await this.lists.close();
    await this.#judging;
    await this.#turnedAway.close();
    await this.ledger.flush();
    this.ledger.close();
    this.accounts.close();
  }

  /** Whether somebody who has not logged in may use a service: the guest entry says so, and only to the local network. */
  mayGuest(service: GatewayService, remote: string): boolean {
    const guest = this.directory.users.byId(this.#guest);
    return guest?.enabled === true && guest.permissions.has(PERMISSIONS[service]) && this.options.isLan(remote);
  }

  /** Whether a proxy may take a password on a connection: by TLS always, otherwise as `proxy.passwords` says. */
  mayTakePassword(remote: string, secure: boolean): boolean {
    const { passwords } = this.store.settings.get(proxySettings);
    return secure || passwords === "any" || (passwords === "lan" && this.options.isLan(remote));
  }

  /** Somebody is not let in to a service, before he has asked for a host: the log says so. */
  turnedAway(one: TurnedAway): void {
    this.#turnedAway.note(one);
  }

  /** Writes what was counted and who was refused. */
  async flush(): Promise<void> {
    await this.ledger.flush();
    await this.#turnedAway.flush();
  }

  /** A service refuses by a setting of its own: the ledger says so, as of any refusal. */
  refused(visitor: Visitor, target: Target, refusal: GateRefusal): void {
    this.ledger.refused(visitor, target, refusal);
  }

  /** Permission, rules, limits and quota. A refusal is written into the ledger. @throws GateRefusal */
  judge(visitor: Visitor, target: Target): void {
    this.#judge(visitor, target, undefined);
  }

  /**
   * `judge`, then the way there: names looked up, addresses guarded, upstream proxies gone through. The trip begins with the call; where it
   * fails its line says why.
   * @throws GateRefusal
   */
  async open(visitor: Visitor, target: Target, options: { readonly signal?: Parting } = {}): Promise<Trip> {
    this.#judge(visitor, target, undefined);
    const passing = this.ledger.begin(visitor, target, undefined);
    try {
      const judge = (address: string | null) => this.#addressRefusal(visitor, target, address);
      const { connection, upstream, address, beside } = await this.#dialler.open(target, judge, options.signal);
      passing.address = address;
      // The user, the rules or the quota may have changed while nobody could be told.
      if (passing.cutBy === undefined) return { connection, upstream, passing, beside };
      connection.destroy();
      throw passing.cutBy;
    } catch (error) {
      if (error instanceof GateRefusal) passing.cut(error);
      passing.close();
      throw error;
    }
  }

  /**
   * `judge`, and a trip over a connection that is there already, or an answer from the cache.
   * @param address the address that the connection leads to, where there is one: rules about networks hold for it
   * @throws GateRefusal
   */
  begin(visitor: Visitor, target: Target, address?: string): Passing {
    this.#judge(visitor, target, address ?? null);
    return this.ledger.begin(visitor, target, address);
  }

  /** `judge`, and the addresses of the target that may be reached: for UDP ASSOCIATE and BIND. @throws GateRefusal */
  async reachable(visitor: Visitor, target: Target): Promise<readonly string[]> {
    this.#judge(visitor, target, undefined);
    try {
      const upstream = this.upstreams.for(target);
      if (upstream !== undefined && !upstream.fallback) {
        const sentence = `${target.host} is reached through the proxy ${upstream.address}, which is not asked for this.`;
        throw new GateRefusal("unreachable", sentence);
      }
      return await this.#dialler.addresses(target, (address) => this.#addressRefusal(visitor, target, address));
    } catch (error) {
      if (error instanceof GateRefusal) this.ledger.refused(visitor, target, error);
      throw error;
    }
  }

  /** The person was told: for some time the rule's warning lets him through to this host. */
  async acceptWarning(visitor: Visitor, host: string): Promise<void> {
    const known = targetHost(host);
    if (known !== undefined) await this.#warnings.accept(visitor, known);
  }

  /**
   * What would be said to a visit, without making it: for the page on which rules are tried.
   * @param address where the host leads to, for rules about networks
   * @param at when it would be, for rules about days and times
   */
  trial(
    visitor: Visitor,
    target: Target,
    address?: string,
    at: number = this.#now(),
  ): { refusal?: GateRefusal; rule?: string } {
    try {
      this.#refuse(visitor, target, address, at);
    } catch (error) {
      if (!(error instanceof GateRefusal)) throw error;
      return { refusal: error, ...(error.rule !== undefined && { rule: error.rule }) };
    }
    const rule = this.#policyNow().judge(visitor, target, at, address).rule?.name;
    return rule === undefined ? {} : { rule };
  }

  #judge(visitor: Visitor, target: Target, address: string | null | undefined): void {
    if (visitor.user !== null) this.#turnedAway.cameIn(visitor.service, visitor.remote);
    try {
      this.#refuse(visitor, target, address);
    } catch (error) {
      if (error instanceof GateRefusal) this.ledger.refused(visitor, target, error);
      throw error;
    }
  }

  /** @throws GateRefusal */
  #refuse(visitor: Visitor, target: Target, address: string | null | undefined, now = this.#now()): void {
    const user = this.#userNow(visitor);
    if (user === undefined)
      throw new GateRefusal("permission", `You may not use ${SERVICE_WORDS[visitor.service]}; ask the administrator.`);
    if (targetHost(target.host) !== target.host || target.port < 1 || target.port > 65_535)
      throw new GateRefusal("unresolved", "That is no host and port.");
    const refusal = this.#ruleRefusal(asNow(visitor, user), target, now, address) ?? this.#limitRefusal(visitor, now);
    if (refusal !== undefined) throw refusal;
  }

  #ruleRefusal(
    visitor: Visitor,
    target: Target,
    now: number,
    address: string | null | undefined,
  ): GateRefusal | undefined {
    const verdict = this.#policyNow().judge(visitor, target, now, address);
    const { rule } = verdict;
    if (rule !== undefined && verdict.action === "bar")
      return new GateRefusal("barred", rule.text || `You may not go to ${target.host} (${rule.name}).`, rule.name);
    if (rule !== undefined && verdict.action === "warn" && !this.#warnings.accepted(visitor, target.host))
      return new GateRefusal(
        "warned",
        rule.text || `Think about whether you want to go to ${target.host} (${rule.name}).`,
        rule.name,
      );
    // What the addresses decide is asked again with them.
    return verdict.action === "open" ? undefined : this.#portRefusal(visitor, target, verdict);
  }

  /** Where no rule names ports, the proxies keep to those of the web and of FTP: they are no way to mail servers and the like. */
  #portRefusal({ service }: Visitor, { scheme, port, host }: Target, { rule }: Verdict): GateRefusal | undefined {
    if ((service !== "proxy" && scheme !== "ftp") || (rule !== undefined && rule.ports.length > 0)) return undefined;
    this.#ports ??= this.#readPorts();
    const ports = scheme === "ftp" ? this.#ports.ftp : scheme === "tunnel" ? this.#ports.tunnel : this.#ports.web;
    if (ports.has(port)) return undefined;
    const sentence = `${SENTENCE_WORDS[service]} does not go to port ${port} of ${host}; the administrator can allow it.`;
    return new GateRefusal("barred", sentence);
  }

  #limitRefusal(visitor: Visitor, now: number): GateRefusal | undefined {
    const account = this.ledger.accountOf(visitor);
    const { connectionsPerClient } = this.store.settings.get(gatewaySettings);
    const { connections } = account.limits;
    if (connections > 0 && account.open >= connections)
      return new GateRefusal("connections", "You have as many connections as you may; end some and try again.");
    if (connectionsPerClient > 0 && this.ledger.ofClient(visitor.remote) >= connectionsPerClient)
      return new GateRefusal("connections", "This device has as many connections as it may; end some and try again.");
    const which = account.usedUp(now);
    return which && quotaRefusal(which);
  }

  /** What the rules say of an address that a name leads to. */
  #addressRefusal(visitor: Visitor, target: Target, address: string | null): GateRefusal | undefined {
    const user = this.#userNow(visitor);
    if (user === undefined) return new GateRefusal("permission", "You may not use this any more.");
    return this.#ruleRefusal(asNow(visitor, user), target, this.#now(), address);
  }

  /** The user as he is now; undefined where he, or the guest, may not use the service (any more). */
  #userNow({ user, service, remote }: Visitor): User | null | undefined {
    if (user === null) return this.mayGuest(service, remote) ? null : undefined;
    const now = this.directory.users.byId(user.id);
    if (now === undefined || !now.enabled || hasExpired(now, this.#now())) return undefined;
    return now.permissions.has(PERMISSIONS[service]) ? now : undefined;
  }

  #policyNow(): Policy {
    this.#policy ??= new Policy(this.rules.stored(), {
      isMember: (group, user) => this.groups.isMember(group, user),
      listHas: (list, host) => this.lists.has(list, host),
    });
    return this.#policy;
  }

  /** Whether it is written down who went where. */
  #keepsHosts(): boolean {
    return this.store.settings.get(gatewaySettings).log === "trips";
  }

  #readPorts() {
    const { tunnelPorts, webPorts } = this.store.settings.get(gatewaySettings);
    return { tunnel: portsOf(tunnelPorts), web: portsOf(webPorts), ftp: portsOf(FTP_PORTS) };
  }

  #watch(): void {
    this.store.changes.on(policyChanged, ({ what }) => {
      if (what === "rules") this.#policy = undefined;
      this.#judgeAnew();
    });
    this.store.changes.on(userChanged, () => this.#judgeAnew());
    this.store.settings.onChange(gatewaySettings, () => {
      this.#ports = undefined;
      this.#judgeAnew();
    });
  }

  /** Cuts off who may not any more. Once more after it is through, where something changed meanwhile. */
  #judgeAnew(): void {
    if (this.ledger.size === 0 || this.#closed) return;
    this.#judgeAgain = true;
    this.#judging ??= this.#judgeOpen().finally(() => {
      this.#judging = undefined;
    });
  }

  async #judgeOpen(): Promise<void> {
    try {
      while (this.#judgeAgain) {
        // Many changes of one turn are looked at together.
        await Promise.resolve();
        this.#judgeAgain = false;
        for (const trip of [...this.ledger.live()]) {
          if (this.#closed) return;
          const why = this.#whyEnds(trip);
          if (why !== undefined) trip.cut(why);
          if (this.store.turns.over) await this.store.turns.next();
        }
      }
    } catch (fault) {
      this.store.events.fault("gateway", "judge what is open", fault);
    }
  }

  #whyEnds({ visitor, target, address }: OpenTrip): GateRefusal | undefined {
    const why = this.#addressRefusal(visitor, target, address ?? null);
    // Whoever went on after a warning, or was there before it, is not stopped half-way.
    if (why !== undefined && why.kind !== "warned") return why;
    const which = this.ledger.accountOf(visitor).usedUp(this.#now());
    return which && quotaRefusal(which);
  }
}

/** The visitor with the user as he is now. */
function asNow(visitor: Visitor, user: User | null): Visitor {
  return user === visitor.user ? visitor : { ...visitor, user };
}

/** Ports of a setting: none at all means none here. */
function portsOf(texts: readonly string[]): PortSet {
  return new PortSet(texts.length === 0 ? ["0-0"] : texts);
}
