/** The ports: opens them, keeps their rules, and shows them to the pages and to `gatepost services`. */

import type { PortState, ServiceBoard, ServiceState } from "../administration/parts.ts";
import type { Lockout } from "../auth/lockout.ts";
import { barsChanged } from "../auth/lockout-hand.ts";
import { GATEWAY_SERVICES } from "../gateway/visit.ts";
import { type AccessRule, AddressSet, KeptAccess } from "../net/access.ts";
import type { Connection } from "../net/connection.ts";
import { type Admission, Crowd, type Listener, listen, type Refused } from "../net/listener.ts";
import type { ContextFor } from "../net/tls.ts";
import { Refusal } from "../refusal.ts";
import { proxySettings as webProxySettings } from "../services/proxy/settings.ts";
import type { Store, Tx } from "../store/store.ts";
import { isOwnAddress } from "../transport/own.ts";
import { webSettings } from "../web/settings.ts";
import { fileLimit } from "./machine.ts";
import { PORTS, type Port, SERVICES, type ServiceName } from "./ports.ts";
import { accessSchema, networkSettings, portSettings } from "./settings.ts";

/** What serves a mail port: the session, and its words for those who are not let in. */
export interface Protocol {
  readonly session: (connection: Connection) => Promise<void>;
  readonly refusal: (why: Refused) => string | undefined;
}

/** What serves the web ports: the session of each connection, TLS and all. */
export interface WebServer {
  open(tls: boolean): { readonly session: (connection: Connection) => Promise<void>; stop(): Promise<void> };
}

/** Where and how to listen. */
export interface Placement {
  /** An address, or undefined for all. */
  readonly address: string | undefined;
  /** Added to every standard port. */
  readonly offset: number;
}

interface Opened {
  readonly port: Port;
  readonly listener: Pick<Listener, "connections" | "stop" | "update" | "drop">;
}

const ALL = "*";
/** The part of the files a process may open that connections of mail services never take: pages, queue and database need some. */
const RESERVED_FILES = 0.25;
/** As many of those may be connections to the web ports, each of which takes three. */
const WEB_FILES = 0.15;
const FILES_OF_WEB = 3;
/** And connections to the gateway's ports, each of which takes two while it idles; the pipes that octets pass through are bounded by themselves. */
const GATEWAY_FILES = 0.6;
const FILES_OF_GATEWAY = 2;
const GATEWAY_PORTS: ReadonlySet<string> = new Set(GATEWAY_SERVICES);
/** How often it is said that no more connections are let in, in milliseconds. */
const TELL_FULL_MS = 60_000;

export class Listening implements ServiceBoard {
  #placement: Placement | undefined;
  readonly #opened = new Map<string, Opened>();
  readonly #problems = new Map<string, string>();
  readonly #crowd = new Crowd();
  readonly #webCrowd = new Crowd();
  /** Whoever fills the proxies keeps nobody from his mail. */
  readonly #gatewayCrowd = new Crowd();
  /** The LAN list made ready, as long as it is the same. */
  #lanSet: { readonly networks: readonly string[]; readonly set: AddressSet } | undefined;
  /** The access rules of ports made ready, by port. */
  readonly #kept = new Map<string, KeptAccess>();
  #toldFull = Number.NEGATIVE_INFINITY;
  /** How many connections the system lets this process have beside its files. */
  readonly #mostConnections = Math.floor(fileLimit() * (1 - RESERVED_FILES));
  readonly #mostGatewayConnections = Math.floor((fileLimit() * GATEWAY_FILES) / FILES_OF_GATEWAY);
  readonly #mostWebConnections = Math.floor((fileLimit() * WEB_FILES) / FILES_OF_WEB);

  constructor(
    private readonly store: Store,
    private readonly contextFor: ContextFor,
    private readonly protocols: Readonly<Record<Exclude<ServiceName, "web">, Protocol>>,
    private readonly web: () => WebServer,
    private readonly lockout: Lockout,
  ) {
    store.settings.onChange(networkSettings, () => this.#admitAnew());
    store.settings.onChange(webSettings, () => this.#admitAnew());
    store.settings.onChange(webProxySettings, () => this.#admitAnew());
    store.changes.on(barsChanged, () => this.#dropBarred());
  }

  /** Opens every enabled port; answers with a sentence for each that could not be opened. */
  start(placement: Placement): string[] {
    this.#placement = placement;
    this.#problems.clear();
    this.#compareLimits();
    for (const port of PORTS) if (this.#rule(port).enabled) this.#open(port);
    return [...this.#problems.values()];
  }

  /** Closes every port; sessions may finish what they began for as long as the setting says. */
  async stop(graceMs = this.store.settings.get(networkSettings).stopSeconds * 1_000): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map(({ listener }) => listener.stop({ graceMs })));
  }

  list(): ServiceState[] {
    return Object.entries(SERVICES).map(([name, label]) => ({
      name,
      label,
      ports: PORTS.filter((port) => port.service === name).map((port) => this.#state(port)),
    }));
  }

  updateWithin(tx: Tx, portId: string, { enabled, access }: { enabled: boolean; access: AccessRule }): void {
    const port = portOf(portId);
    const parsed = accessSchema.safeParse(access);
    if (!parsed.success) throw new Refusal("invalid", parsed.error.issues[0]?.message ?? "That is no access rule.");
    const { rules } = this.store.settings.get(portSettings);
    const rule = { enabled, access: parsed.data };
    this.store.settings.setWithin(tx, portSettings, { rules: { ...rules, [port.id]: rule } });
  }

  async apply(portId: string): Promise<void> {
    if (this.#placement === undefined) return;
    const port = portOf(portId);
    const opened = this.#opened.get(port.id);
    if (!this.#rule(port).enabled) {
      this.#opened.delete(port.id);
      this.#problems.delete(port.id);
      await opened?.listener.stop({ graceMs: 0 });
    } else if (opened === undefined) this.#open(port);
    else this.#admitAnew();
    const problem = this.#problems.get(port.id);
    if (problem !== undefined) throw new Refusal("inUse", problem);
  }

  lan(): readonly string[] {
    return this.store.settings.get(networkSettings).lan;
  }

  setLanWithin(tx: Tx, networks: readonly string[]): void {
    this.store.settings.setWithin(tx, networkSettings, { lan: [...networks] });
  }

  /** Whether an address is of the LAN list. */
  isLan(address: string): boolean {
    const networks = this.lan();
    // The proxies ask with every request.
    if (this.#lanSet?.networks !== networks) this.#lanSet = { networks, set: new AddressSet(networks) };
    return this.#lanSet.set.has(address);
  }

  /** Whether a client's address may use a port. */
  permits(portId: string, address: string): boolean {
    const port = PORTS.find(({ id }) => id === portId);
    if (port === undefined) return false;
    // The pages ask with every request.
    const kept = this.#kept.get(portId) ?? new KeptAccess();
    this.#kept.set(portId, kept);
    return kept.permits(this.#rule(port).access, this.lan(), address);
  }

  /** Whether an address and port lead back to this server: to any of its services, or to one of some. */
  isSelf(address: string, port: number, services?: readonly string[]): boolean {
    const offset = this.#placement?.offset ?? 0;
    const here = PORTS.some(
      ({ standardPort, service }) => port === standardPort + offset && services?.includes(service) !== false,
    );
    return here && isOwnAddress(address);
  }

  /** The state of one port. */
  port(id: string): PortState | undefined {
    const port = PORTS.find((candidate) => candidate.id === id);
    return port && this.#state(port);
  }

  #rule(port: Port): { enabled: boolean; access: AccessRule } {
    return this.store.settings.get(portSettings).rules[port.id] ?? { enabled: true, access: port.access };
  }

  #state(port: Port): PortState {
    const rule = this.#rule(port);
    const opened = this.#opened.get(port.id);
    const problem = this.#problems.get(port.id);
    return {
      id: port.id,
      address: this.#placement?.address ?? "",
      port: port.standardPort + (this.#placement?.offset ?? 0),
      standardPort: port.standardPort,
      tls: port.tls,
      enabled: rule.enabled,
      access: rule.access,
      state: opened !== undefined ? "listening" : problem !== undefined ? "failed" : "stopped",
      ...(problem !== undefined && { problem }),
      connections: opened?.listener.connections ?? 0,
    };
  }

  #open(port: Port): void {
    const { address, offset } = this.#placement ?? { address: undefined, offset: 0 };
    const number = port.standardPort + offset;
    try {
      const listener =
        port.service === "web" ? this.#openWeb(port, number, address) : this.#openMail(port, number, address);
      this.#opened.set(port.id, { port, listener });
      this.#problems.delete(port.id);
    } catch (error) {
      this.#problems.set(port.id, sentenceOf(error, number));
    }
  }

  #openMail(port: Port & { service: string }, number: number, address: string | undefined): Listener {
    const protocol = this.protocols[port.service as Exclude<ServiceName, "web">];
    return listen({
      address: address ?? ALL,
      port: number,
      tls: port.tls,
      crowd: GATEWAY_PORTS.has(port.service) ? this.#gatewayCrowd : this.#crowd,
      contextFor: this.contextFor,
      ...this.#admission(port),
      session: protocol.session,
      door: (remote) => this.lockout.turnAway(remote),
      refusal: protocol.refusal,
      onRefused: (remote, why) => this.#refused(port, remote, why),
      onFault: (fault, connection) =>
        this.store.events.fault(port.service, "serve a session", fault, {
          session: connection.id,
          remote: connection.remote.address,
        }),
    });
  }

  #refused(port: Port, remote: string, why: Refused): void {
    const { events } = this.store;
    events.log({ room: "net", name: "connection.refused", level: "debug", remote, text: `${port.id}: ${why}` });
    if (why !== "total" || performance.now() - this.#toldFull < TELL_FULL_MS) return;
    this.#toldFull = performance.now();
    const crowd = GATEWAY_PORTS.has(port.service) ? this.#gatewayCrowd : this.#crowd;
    const text = `There are ${crowd.admitted} connections, as many as are let in; others are refused for now.`;
    events.log({ room: "net", name: "connections.full", level: "warn", remote, text });
  }

  #openWeb(port: Port, number: number, address: string | undefined): Opened["listener"] {
    const site = this.web().open(port.tls === "implicit");
    const listener = listen({
      address: address ?? ALL,
      port: number,
      tls: "none",
      crowd: this.#webCrowd,
      ...this.#admission(port),
      session: site.session,
      // The pages tell why, and let those go on who are signed in.
      door: (remote) => (this.lockout.turnAwayStrangers(remote) === "close" ? "close" : undefined),
      onRefused: (remote, why) => this.#refused(port, remote, why),
      onFault: (fault, { id, remote }) =>
        this.store.events.fault("web", "pass a connection on", fault, { session: id, remote: remote.address }),
    });
    const stop: Listener["stop"] = async (options) => {
      await Promise.all([listener.stop(options), site.stop()]);
    };
    return {
      get connections() {
        return listener.connections;
      },
      update: (change) => listener.update(change),
      drop: (client) => listener.drop(client),
      stop,
    };
  }

  #admission(port: Port): Admission {
    const network = this.store.settings.get(networkSettings);
    const perAddress = network.connectionsPerAddress;
    if (port.service === "web") {
      const { proxies: forwarders } = this.store.settings.get(webSettings);
      const caps = { total: Math.min(network.connections, this.#mostWebConnections), perAddress };
      // The access rule is held by the pages: they know the client behind a proxy, and can say why.
      return { access: "any", lan: [], proxies: [], forwarders, caps };
    }
    const gateway = GATEWAY_PORTS.has(port.service);
    const most = gateway ? this.#mostGatewayConnections : this.#mostConnections;
    const browsers = this.store.settings.get(webProxySettings).connectionsPerAddress;
    return {
      access: this.#rule(port).access,
      lan: network.lan,
      proxies: network.proxies,
      caps: {
        total: Math.min(network.connections, most),
        perAddress: port.service === "proxy" ? browsers : perAddress,
      },
    };
  }

  /** Says where the system allows fewer connections than the setting. */
  #compareLimits(): void {
    const { connections } = this.store.settings.get(networkSettings);
    if (connections <= this.#mostConnections) return;
    this.store.events.log({
      room: "net",
      name: "connections.limited",
      text:
        `The system lets this process open ${fileLimit()} files: at most ${this.#mostConnections} connections ` +
        `are let in, not the ${connections} of the setting network.connections.`,
    });
  }

  /** Whom an administrator bars is gone at once, whatever he has begun. */
  #dropBarred(): void {
    const barred = (remote: string) => this.lockout.barred(remote)?.why === "hand";
    for (const { listener } of this.#opened.values()) listener.drop(barred);
  }

  /** Rules and caps changed: they hold for the next connections. */
  #admitAnew(): void {
    for (const { port, listener } of this.#opened.values()) listener.update(this.#admission(port));
  }
}

/** @throws Refusal "notFound" */
function portOf(id: string): Port {
  const port = PORTS.find((one) => one.id === id);
  if (port === undefined) throw new Refusal("notFound", `There is no port “${id}”.`);
  return port;
}

function sentenceOf(error: unknown, port: number): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EACCES" || code === "EPERM") return `Port ${port} may only be opened by root.`;
  if (code === "EADDRINUSE") return `Port ${port} is taken by another program.`;
  return `Port ${port} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`;
}
