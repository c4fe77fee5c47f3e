/**
 * The servers of one database: which of them is asked, over which connection, and for how long. They are asked in the order they are
 * set; one that failed comes last for a while. Connections are kept for the next who asks, those that search apart from those that
 * bind users, because a bind changes who a connection belongs to (RFC 4511 §4.2.1). Nobody waits longer than is set, also not in line.
 */
import { Slots } from "../slots.ts";
import { DirectoryAway, LdapLink, type LinkOptions, within } from "./link.ts";
import { describeResult } from "./results.ts";
import { parseServer, type ServerPlace } from "./server-url.ts";

/** For what a connection is wanted: the entries as the bind DN sees them, or the check of a user's password. */
export type Purpose = "search" | "bind";

/** A server that failed is asked after the others for so long, and not at all by those who come right behind (milliseconds). */
const LAST_MS = 30_000;
const REST_MS = 2_000;
/** A connection nobody used is closed after this time (milliseconds). */
const IDLE_MS = 60_000;
/** How many may wait for a connection. */
const MOST_WAITING = 200;

interface Server {
  readonly place: ServerPlace;
  readonly idle: Record<Purpose, LdapLink[]>;
  failedAt: number;
  why: string;
}

export interface ServersOptions extends LinkOptions {
  readonly now: () => number;
  /** Told when a server stops answering as it should, and when it does again. */
  readonly onChange: (server: string, why: string | undefined) => void;
}

export class Servers {
  readonly #servers: Server[];
  readonly #slots: Slots;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  readonly #busy = new Set<AbortController>();

  constructor(private readonly options: ServersOptions) {
    this.#servers = options.properties.servers
      .map(parseServer)
      .filter((place) => typeof place !== "string")
      .map((place) => ({ place, idle: { search: [], bind: [] }, failedAt: Number.NEGATIVE_INFINITY, why: "" }));
    const running = options.properties.connections;
    this.#slots = new Slots(() => ({ running, waiting: MOST_WAITING }));
  }

  /**
   * Does something over a connection for the purpose, on the first server with which it works. `patience` is in milliseconds and counts
   * everything: waiting in line, connecting, and all servers that are tried.
   * @throws DirectoryAway, Refusal "temporary" where too many wait
   */
  async use<T>(purpose: Purpose, work: (link: LdapLink) => Promise<T>, patience: number): Promise<T> {
    const until = performance.now() + patience;
    return await within(
      patience,
      this.#slots.run(() => this.#attempt(purpose, work, until)),
    );
  }

  /** Closes all connections, those in use too. */
  close(): void {
    this.#closed = true;
    for (const abort of this.#busy) abort.abort();
    clearTimeout(this.#idleTimer);
    this.#closeIdle();
  }

  async #attempt<T>(purpose: Purpose, work: (link: LdapLink) => Promise<T>, until: number): Promise<T> {
    const now = this.options.now();
    const lately = (server: Server, ms: number) => now - server.failedAt < ms;
    const rested = this.#servers
      .filter((server) => !lately(server, REST_MS))
      .sort((left, right) => Number(lately(left, LAST_MS)) - Number(lately(right, LAST_MS)));
    let last = new DirectoryAway(this.#servers[0]?.why ?? "no server is set", this.#servers.length === 0);
    for (const [at, server] of rested.entries()) {
      const left = until - performance.now();
      if (left <= 0 || this.#closed) break;
      const abort = new AbortController();
      this.#busy.add(abort);
      try {
        const share = this.#share(left, at < rested.length - 1);
        const done = await within(share, this.#onServer(server, purpose, work, abort.signal));
        this.#recovered(server);
        return done;
      } catch (error) {
        if (!(error instanceof DirectoryAway)) throw error;
        this.#failed(server, error);
        last = error;
      } finally {
        this.#busy.delete(abort);
        abort.abort();
      }
    }
    throw last;
  }

  /** How much of the time that is left one server may take: a silent one must leave some for the next. */
  #share(left: number, another: boolean): number {
    const { timeoutSeconds, connectSeconds } = this.options.properties;
    const hurried = another && left <= timeoutSeconds * 1000;
    return hurried ? Math.min(left, Math.max(connectSeconds * 1000, left / 2)) : left;
  }

  /** Over a kept connection, and where that turns out to be dead, over a new one. */
  async #onServer<T>(
    server: Server,
    purpose: Purpose,
    work: (link: LdapLink) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const kept = this.#kept(server, purpose);
    if (kept !== undefined) {
      try {
        return await this.#over(server, purpose, kept, work, signal);
      } catch (error) {
        if (!(error instanceof DirectoryAway) || kept.open || signal.aborted) throw error;
      }
    }
    const link = await LdapLink.open(server.place, this.options, signal);
    return await this.#over(server, purpose, link, work, signal);
  }

  async #over<T>(
    server: Server,
    purpose: Purpose,
    link: LdapLink,
    work: (link: LdapLink) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const giveUp = () => link.close();
    signal.addEventListener("abort", giveUp);
    try {
      if (signal.aborted) throw new DirectoryAway("there was no answer in time");
      if (purpose === "search") await this.#bindToSearch(link);
      const done = await work(link);
      signal.removeEventListener("abort", giveUp);
      this.#keep(server, purpose, link);
      return done;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  async #bindToSearch(link: LdapLink): Promise<void> {
    const { bindPassword, properties } = this.options;
    if (properties.bindDn === "" || link.boundAs === properties.bindDn) return;
    const refused = await link.bind(properties.bindDn, bindPassword);
    if (refused === undefined) return;
    throw new DirectoryAway(
      `the server does not let ${properties.bindDn} in: ${describeResult(refused)}`,
      ![51, 52, 80].includes(refused.code),
    );
  }

  #kept(server: Server, purpose: Purpose): LdapLink | undefined {
    const links = server.idle[purpose];
    for (let link = links.pop(); link !== undefined; link = links.pop()) if (link.open) return link;
    return undefined;
  }

  #keep(server: Server, purpose: Purpose, link: LdapLink): void {
    if (this.#closed || !link.open) {
      link.close();
      return;
    }
    server.idle[purpose].push(link);
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#closeIdle(), IDLE_MS);
    this.#idleTimer.unref();
  }

  #closeIdle(): void {
    for (const { idle } of this.#servers)
      for (const link of [...idle.search.splice(0), ...idle.bind.splice(0)]) link.close();
  }

  #failed(server: Server, { why }: DirectoryAway): void {
    const known = server.why === why;
    server.failedAt = this.options.now();
    server.why = why;
    if (!known) this.options.onChange(server.place.url, why);
  }

  #recovered(server: Server): void {
    if (server.why === "") return;
    server.failedAt = Number.NEGATIVE_INFINITY;
    server.why = "";
    this.options.onChange(server.place.url, undefined);
  }
}
