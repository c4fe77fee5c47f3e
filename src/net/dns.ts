/**
 * The resolver: asks the network's name servers about other domains. Called by sending (MX, addresses), by the checks of
 * mail that arrives (TXT, PTR) and by the pages that show a domain's records.
 *
 * It speaks DNS itself (RFC 1035 over UDP with EDNS0 (RFC 6891), TCP where an answer is truncated, RFC 7766), because the
 * platform's resolver does not tell a time to live, a checked signature or a name error from a failing server. Answers
 * are cached as long as they say, absence as RFC 2308 says, failures for seconds (RFC 9520); concurrent questions
 * share one query; every query ends within its deadline.
 */

import { getServers } from "node:dns";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { type DnsServer, exchange, serverOf } from "./dns-exchange.ts";
import {
  addressOf,
  type DnsMessage,
  encodeName,
  mxOf,
  nameOf,
  negativeTtl,
  RCODES,
  type RecordType,
  type ResourceRecord,
  type Srv,
  srvOf,
  TYPES,
  tlsaOf,
  txtOf,
} from "./dns-wire.ts";

/** A mail exchanger; `exchange` is "" for a null MX (RFC 7505). */
export interface Mx {
  readonly preference: number;
  readonly exchange: string;
}

/** What a question was answered with. Without records, the name exists but has none of this type. */
export interface Answer {
  readonly message: DnsMessage;
  readonly records: readonly ResourceRecord[];
  /** A name server that is believed says that it checked the signatures (DNSSEC). */
  readonly authenticated: boolean;
}

/** Why there is no answer: the name does not exist, or nobody could say now. */
export class DnsError extends Error {
  override readonly name = "DnsError";
  constructor(
    readonly kind: "notFound" | "temporary",
    message: string,
  ) {
    super(message);
  }
}

export interface ResolverOptions {
  /** The name servers, `address` or `address:port` or `[address]:port`; none: those of the operating system. */
  readonly servers?: () => readonly string[];
  /** Seconds for the first try at one server; the second round waits twice as long. */
  readonly timeout?: () => number;
  /** The file that names hosts of the local network; "" for none. */
  readonly hostsFile?: string;
  /** Whether a server's word is believed that it checked the signatures of an answer (RFC 4035 §4.9.3); of none where left out. */
  readonly believes?: (server: DnsServer) => boolean;
  readonly now?: () => number;
}

type Cached = { readonly until: number; readonly answer: Answer | DnsError };

const ROUNDS = 2;
/** About 20,000 usual answers. */
const MOST_CACHED_OCTETS = 12_000_000;
const MOST_AT_ONCE = 256;
const LONGEST_TTL = 3_600;
const NEGATIVE_TTL = 60;
const LONGEST_NEGATIVE_TTL = 300;
const FAILURE_TTL = 5;
const MOST_ALIASES = 8;
const HOSTS_MS = 30_000;

export class Resolver {
  readonly #cache = new Map<string, Cached>();
  readonly #asking = new Map<string, Promise<Answer>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #cachedOctets = 0;
  #hosts: { readonly until: number; readonly names: ReadonlyMap<string, string[]> } | undefined;
  #system: { readonly until: number; readonly servers: readonly string[] } | undefined;
  readonly #now: () => number;

  constructor(private readonly options: ResolverOptions = {}) {
    this.#now = options.now ?? Date.now;
  }

  /**
   * The mail exchangers of a domain by preference, the best first; none where the domain exists without MX.
   * @throws DnsError
   */
  async mx(name: string): Promise<Mx[]> {
    const found = await this.#read(name, "MX", mxOf);
    return found.sort((a, b) => a.preference - b.preference);
  }

  /**
   * The addresses of a host, IPv6 before IPv4; an address in place of the name is its own answer.
   * @param graceMs how long the other family is waited for once there are addresses of one (RFC 8305 §3), in milliseconds; as long as it
   *   takes where left out
   * @throws DnsError notFound if the name does not exist, temporary if neither kind of address could be asked for.
   */
  async addresses(name: string, graceMs?: number): Promise<string[]> {
    const literal = name.replace(/^\[(.*)\]$/, "$1");
    if (isIP(literal) !== 0) return [literal];
    const known = this.#fromHostsFile(name);
    if (known !== undefined) return known;
    const both = [this.#read(name, "AAAA", addressOf), this.#read(name, "A", addressOf)];
    const answers = graceMs === undefined ? await Promise.allSettled(both) : await settledSoon(both, graceMs);
    const found = answers.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    const failures = answers.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    if (found.length > 0 || failures.length === 0) return found;
    throw failures.find((one) => !(one instanceof DnsError && one.kind === "notFound")) ?? failures[0];
  }

  /** The addresses of one kind that the DNS has for a name, whatever the hosts file says. @throws DnsError */
  async addressesOf(name: string, type: "A" | "AAAA"): Promise<string[]> {
    return await this.#read(name, type, addressOf);
  }

  /** The text records of a name, each with its strings joined. @throws DnsError */
  async txt(name: string): Promise<string[]> {
    const found = await this.#read(name, "TXT", txtOf);
    return found.map((octets) => new TextDecoder().decode(octets));
  }

  /** The names an address has in reverse; none where it has none. @throws DnsError temporary */
  async ptr(address: string): Promise<string[]> {
    try {
      return await this.#read(reverseName(address), "PTR", nameOf);
    } catch (error) {
      if (error instanceof DnsError && error.kind === "notFound") return [];
      throw error;
    }
  }

  /** Where a service of a domain is (RFC 2782). @throws DnsError */
  srv(name: string): Promise<Srv[]> {
    return this.#read(name, "SRV", srvOf);
  }

  /** Which keys a server may show (RFC 6698), as zone files have it. @throws DnsError */
  tlsa(name: string): Promise<string[]> {
    return this.#read(name, "TLSA", tlsaOf);
  }

  /** Whether what the DNS has of that type for a name, be it nothing, is signed. @throws DnsError temporary */
  async isSigned(name: string, type: RecordType): Promise<boolean> {
    try {
      return (await this.query(name, type)).authenticated;
    } catch (error) {
      if (error instanceof DnsError && error.kind === "notFound") return false;
      throw error;
    }
  }

  /** Asks for the records of one type, following aliases. @throws DnsError */
  async query(name: string, type: RecordType): Promise<Answer> {
    let target = canonical(name);
    let authenticated = true;
    for (let hops = 0; hops <= MOST_ALIASES; hops++) {
      const answer = await this.#answer(target, type);
      authenticated &&= answer.authenticated;
      const { message } = answer;
      const { records, target: next } = follow(message, target, TYPES[type]);
      if (records.length > 0 || next === target) return { message, records, authenticated };
      target = next;
    }
    throw new DnsError("temporary", `${name} is an alias of an alias without end`);
  }

  /** The records of a type, each read by `reader`. */
  async #read<T>(
    name: string,
    type: RecordType,
    reader: (message: DnsMessage, record: ResourceRecord) => T,
  ): Promise<T[]> {
    const { message, records } = await this.query(name, type);
    try {
      return records.map((record) => reader(message, record));
    } catch (error) {
      throw new DnsError("temporary", `The ${type} record of ${name} cannot be read: ${String(error)}`);
    }
  }

  /** Forgets every answer: after the servers were changed. */
  forget(): void {
    this.#cache.clear();
    this.#cachedOctets = 0;
    this.#system = undefined;
    this.#hosts = undefined;
  }

  #answer(name: string, type: RecordType): Promise<Answer> {
    const key = `${type} ${name}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > this.#now()) {
      // Put last again: the cache forgets what was not asked for longest.
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return cached.answer instanceof DnsError ? Promise.reject(cached.answer) : Promise.resolve(cached.answer);
    }
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#ask(key, name, type).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return asking;
  }

  async #ask(key: string, name: string, type: RecordType): Promise<Answer> {
    const wire = encodeName(name);
    if (wire === undefined) throw new DnsError("notFound", `"${name}" cannot be a domain name`);
    if (this.#busy >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy++;
    try {
      const answer = await this.#askServers(wire, name, type);
      this.#remember(key, answer, ttlOf(answer));
      return answer;
    } catch (error) {
      if (error instanceof NameError) {
        const missing = new DnsError("notFound", `The domain name ${name} does not exist`);
        this.#remember(key, missing, error.ttl);
        throw missing;
      }
      const failure = error instanceof DnsError ? error : new DnsError("temporary", `${name}: ${String(error)}`);
      this.#remember(key, failure, FAILURE_TTL);
      throw failure;
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  async #askServers(wire: Uint8Array, name: string, type: RecordType): Promise<Answer> {
    const servers = this.#servers();
    if (servers.length === 0) throw new DnsError("temporary", "No name server is known; set dns.servers");
    const first = (this.options.timeout?.() ?? 2) * 1_000;
    let last = "";
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of servers) {
        try {
          const message = await exchange(server, wire, name, TYPES[type], first * (round + 1));
          if (message.rcode === RCODES.nameError) throw new NameError(negative(message));
          if (message.rcode === RCODES.noError) {
            const authenticated = message.authenticated && this.options.believes?.(server) === true;
            return { message, records: [], authenticated };
          }
          last = `${server.address} answered with code ${message.rcode}`;
        } catch (error) {
          if (error instanceof NameError) throw error;
          last = `${server.address}: ${error instanceof Error ? error.message : String(error)}`;
        }
      }
    }
    throw new DnsError("temporary", `No name server could answer for ${name} (${last})`);
  }

  #remember(key: string, answer: Answer | DnsError, ttl: number): void {
    this.#drop(key);
    if (ttl <= 0) return;
    this.#cache.set(key, { until: this.#now() + ttl * 1000, answer });
    this.#cachedOctets += weightOf(answer);
    while (this.#cachedOctets > MOST_CACHED_OCTETS) {
      const oldest = this.#cache.keys().next().value;
      if (oldest === undefined) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const cached = this.#cache.get(key);
    if (cached === undefined) return;
    this.#cache.delete(key);
    this.#cachedOctets -= weightOf(cached.answer);
  }

  #servers(): DnsServer[] {
    const set = this.options.servers?.() ?? [];
    return (set.length > 0 ? set : this.#systemServers()).flatMap((text) => serverOf(text) ?? []);
  }

  #systemServers(): readonly string[] {
    if (this.#system === undefined || this.#system.until < this.#now()) {
      this.#system = { until: this.#now() + HOSTS_MS, servers: getServers() };
    }
    return this.#system.servers;
  }

  /** Local names win over the DNS, as everywhere else on the machine; localhost needs no file (RFC 6761 §6.3). */
  #fromHostsFile(name: string): string[] | undefined {
    const wanted = canonical(name);
    if (wanted === "localhost" || wanted.endsWith(".localhost")) return ["::1", "127.0.0.1"];
    if (this.#hosts === undefined || this.#hosts.until < this.#now()) {
      this.#hosts = { until: this.#now() + HOSTS_MS, names: readHosts(this.options.hostsFile ?? hostsFile()) };
    }
    return this.#hosts.names.get(wanted);
  }
}

const LATE: PromiseRejectedResult = {
  status: "rejected",
  reason: new DnsError("temporary", "The answer did not come in time"),
};

/** The outcomes of some look-ups: once one has found something, the others have only so much time left. */
function settledSoon<T>(work: readonly Promise<T[]>[], graceMs: number): Promise<PromiseSettledResult<T[]>[]> {
  const outcomes: PromiseSettledResult<T[]>[] = work.map(() => LATE);
  return new Promise((resolve) => {
    let left = work.length;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const note = (at: number, outcome: PromiseSettledResult<T[]>) => {
      outcomes[at] = outcome;
      left--;
      if (left === 0) {
        clearTimeout(timer);
        resolve(outcomes);
      } else if (outcome.status === "fulfilled" && outcome.value.length > 0) {
        timer ??= setTimeout(() => resolve([...outcomes]), graceMs);
      }
    };
    for (const [at, one] of work.entries()) {
      one.then(
        (value) => note(at, { status: "fulfilled", value }),
        (reason: unknown) => note(at, { status: "rejected", reason }),
      );
    }
  });
}

/** The name does not exist; it may be remembered for `ttl` seconds. */
class NameError extends Error {
  constructor(readonly ttl: number) {
    super("the name does not exist");
  }
}

/** About what a cached answer takes in memory, in octets. */
function weightOf(answer: Answer | DnsError): number {
  return answer instanceof DnsError ? 300 : 500 + answer.message.bytes.length;
}

function negative(message: DnsMessage): number {
  return Math.min(negativeTtl(message) ?? NEGATIVE_TTL, LONGEST_NEGATIVE_TTL);
}

function ttlOf({ message }: Answer): number {
  if (message.answers.length === 0) return negative(message);
  return Math.min(LONGEST_TTL, ...message.answers.map((record) => record.ttl));
}

/** The records of a type that belong to a name in an answer, through the aliases in it. */
function follow(message: DnsMessage, name: string, type: number): { records: ResourceRecord[]; target: string } {
  let target = name;
  for (let hops = 0; hops <= MOST_ALIASES; hops++) {
    const records = message.answers.filter((record) => record.type === type && record.name === target);
    if (records.length > 0) return { records, target };
    const alias = message.answers.find((record) => record.type === TYPES.CNAME && record.name === target);
    if (alias === undefined) break;
    target = nameOf(message, alias);
  }
  return { records: [], target };
}

/** Lower-case, without the last dot, international names in their ASCII form (RFC 5890). */
function canonical(name: string): string {
  const bare = name.replace(/\.$/, "").toLowerCase();
  return /^[\x00-\x7f]*$/.test(bare) ? bare : domainToASCII(bare);
}

/** The name under which an address is looked up in reverse (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  if (isIP(address) !== 6) throw new DnsError("notFound", `"${address}" is not an address`);
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill("0000"), ...after];
  return `${groups.join("").split("").reverse().join(".")}.ip6.arpa`;
}

function groupsOf(text: string): string[] {
  return text.split(":").flatMap((group) => {
    if (group === "") return [];
    if (!group.includes(".")) return [group.padStart(4, "0")];
    const hex = group.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
    return [hex.slice(0, 2).join(""), hex.slice(2).join("")];
  });
}

function hostsFile(): string {
  return process.platform === "win32" ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : "/etc/hosts";
}

function readHosts(file: string): ReadonlyMap<string, string[]> {
  const names = new Map<string, string[]>();
  let text = "";
  try {
    if (file !== "") text = readFileSync(file, "utf8");
  } catch {
    // Without such a file there are no local names.
  }
  for (const line of text.split(/\r?\n/)) {
    const [address, ...hosts] = (line.split("#")[0] ?? "").trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const host of hosts) {
      const known = names.get(host.toLowerCase());
      if (known === undefined) names.set(host.toLowerCase(), [address]);
      else known.push(address);
    }
  }
  return names;
}
