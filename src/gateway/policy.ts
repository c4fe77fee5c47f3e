/**
 * The rules made ready: what they name is in sets, so that judging a visit costs microseconds. The first rule that fits decides; where
 * none does, the visit is allowed.
 *
 * A rule about networks of hosts ("192.0.2.0/24") can say something about a name only when its addresses are known. Until then the
 * judgement is open, and is asked for again with each address.
 */
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";
import { AddressSet } from "../net/access.ts";
import { HostSet, isAddress } from "./hosts.ts";
import { PortSet } from "./ports.ts";
import type { Action, StoredRule } from "./rule.ts";
import { type WallTime, wallTime, windowTest } from "./times.ts";
import { SeenUrl, UrlPatterns } from "./urls.ts";
import type { Target, Visitor } from "./visit.ts";

/** A rule as it is kept, with its id. */
export interface NumberedRule extends StoredRule {
  readonly id: number;
}

/** What the rules name and do not hold themselves. */
export interface PolicyWorld {
  /** Whether a user is in a group of the gateway. */
  isMember(group: number, user: number): boolean;
  /** Whether a list, named by its id, has a host. */
  listHas(list: number, host: string): boolean;
}

/** What the rules say of a visit. */
export type Verdict =
  | { readonly action: Action; readonly rule: Pick<NumberedRule, "id" | "name" | "text" | "ports"> | undefined }
  /** The addresses of the name decide. */
  | { readonly action: "open"; readonly rule: undefined };

const FREE: Verdict = { action: "allow", rule: undefined };
const OPEN: Verdict = { action: "open", rule: undefined };

type Visit = Pick<Visitor, "service" | "user" | "remote">;

export class Policy {
  readonly #rules: readonly CompiledRule[];
  /** Whether some rule holds only at times. */
  readonly hasTimes: boolean;
  readonly #hasUrls: boolean;
  /** The last minute that was asked for, and what the clock showed in it. */
  #minute = Number.NaN;
  #time: WallTime = { weekday: 0, minute: 0 };
  /** The last address that was asked for: one request asks several times. */
  #seen: SeenUrl | undefined;

  constructor(rules: readonly NumberedRule[], world: PolicyWorld) {
    this.#rules = rules.filter(({ enabled }) => enabled).map((rule) => new CompiledRule(rule, world));
    this.hasTimes = this.#rules.some((rule) => rule.hasTimes);
    this.#hasUrls = this.#rules.some((rule) => rule.hasUrls);
  }

  /** Whether some enabled rule names a list. */
  get lists(): ReadonlySet<number> {
    return new Set(this.#rules.flatMap((rule) => rule.lists));
  }

  /**
   * What the rules say.
   * @param address where the host leads to, as far as that is known; null where nobody here will know (an upstream proxy looks it up)
   */
  judge(visitor: Visit, target: Target, now: number, address?: string | null): Verdict {
    const time = this.hasTimes ? this.#wallTime(now) : this.#time;
    const url = target.url === undefined || !this.#hasUrls ? undefined : this.#seenUrl(target.url);
    for (const rule of this.#rules) {
      const fit = rule.fits(visitor, target, url, time, address);
      if (fit === "open") return OPEN;
      if (fit) return rule.verdict;
    }
    return FREE;
  }

  #seenUrl(url: string): SeenUrl {
    if (this.#seen?.url !== url) this.#seen = new SeenUrl(url);
    return this.#seen;
  }

  #wallTime(now: number): WallTime {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#time = wallTime(now);
    }
    return this.#time;
  }
}

type PeopleTest = (user: User | null) => boolean;

class CompiledRule {
  readonly verdict: Verdict;
  readonly hasTimes: boolean;
  readonly hasUrls: boolean;
  /** The ids of the lists it names. */
  readonly lists: readonly number[];
  readonly #people: PeopleTest | undefined;
  readonly #services: ReadonlySet<string> | undefined;
  readonly #schemes: ReadonlySet<string> | undefined;
  readonly #networks: AddressSet | undefined;
  readonly #hosts: HostSet | undefined;
  readonly #ports: PortSet | undefined;
  readonly #urls: UrlPatterns | undefined;
  readonly #window: ReturnType<typeof windowTest>;

  constructor(
    rule: NumberedRule,
    private readonly world: PolicyWorld,
  ) {
    const { id, name, text, action, ports } = rule;
    this.verdict = { action, rule: { id, name, text, ports } };
    this.#people = peopleTest(rule, world);
    this.#services = someOf(rule.services);
    this.#schemes = someOf(rule.schemes);
    this.#networks = rule.networks.length === 0 ? undefined : new AddressSet(rule.networks);
    this.#hosts = rule.hosts.length === 0 ? undefined : new HostSet(rule.hosts);
    this.lists = (this.#hosts?.lists ?? []).map(Number);
    this.#ports = rule.ports.length === 0 ? undefined : new PortSet(rule.ports);
    this.#urls = rule.urls.length === 0 ? undefined : new UrlPatterns(rule.urls);
    this.hasUrls = this.#urls !== undefined;
    this.#window = windowTest(rule);
    this.hasTimes = this.#window !== undefined;
  }

  /** Whether it fits; "open" where only the address of the name can say. What is cheap is asked first. */
  fits(
    visitor: Visit,
    target: Target,
    url: SeenUrl | undefined,
    time: WallTime,
    address: string | null | undefined,
  ): boolean | "open" {
    if (this.#services?.has(visitor.service) === false) return false;
    if (this.#schemes?.has(target.scheme) === false) return false;
    if (this.#ports?.has(target.port) === false) return false;
    if (this.#people?.(visitor.user) === false) return false;
    if (this.#window?.(time) === false) return false;
    if (this.#networks?.has(visitor.remote) === false) return false;
    const host = this.#hosts === undefined || this.#fitsHost(this.#hosts, target.host, address);
    return host !== false && this.#urls !== undefined && !this.#fitsUrl(this.#urls, url) ? false : host;
  }

  /** A rule about addresses says nothing of what hides its own. */
  #fitsUrl(urls: UrlPatterns, url: SeenUrl | undefined): boolean {
    if (url === undefined) return false;
    return this.verdict.action === "allow" ? urls.fitsEvery(url) : urls.fitsSome(url);
  }

  #fitsHost(hosts: HostSet, host: string, address: string | null | undefined): boolean | "open" {
    if (hosts.has(host)) return true;
    if (this.lists.some((list) => this.world.listHas(list, host))) return true;
    if (!hosts.hasRanges || address === null || isAddress(host)) return false;
    return address === undefined ? "open" : hosts.hasAddress(address);
  }
}

function someOf(values: readonly string[]): ReadonlySet<string> | undefined {
  return values.length === 0 ? undefined : new Set(values);
}

/** Whom a rule is about; undefined for everybody. */
function peopleTest({ users, groups }: StoredRule, world: PolicyWorld): PeopleTest | undefined {
  if ((users.length === 0 && groups.length === 0) || groups.includes("everybody")) return undefined;
  const ids = new Set(users);
  const own = groups.filter((group) => typeof group === "number");
  const [guests, loggedIn] = [groups.includes("guests"), groups.includes("users")];
  const administrators = groups.includes("administrators");
  return (user) => {
    if (user === null) return guests;
    if (loggedIn || ids.has(user.id)) return true;
    if (administrators && user.permissions.has(ADMINISTRATOR)) return true;
    return own.some((group) => world.isMember(group, user.id));
  };
}
