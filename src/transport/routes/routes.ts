/**
 * Which way outgoing mail takes: asked for every recipient elsewhere when a message comes, and again for all that waits whenever the routes
 * change. The routes stand in an order, and the first that fits counts; then the settings transport.routes and transport.smartHosts, and
 * in the end each domain's own servers.
 */
import { asc, eq, max } from "drizzle-orm";
import type { Directory } from "../../directory/directory.ts";
import { validate } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import { topic } from "../../store/changes.ts";
import { placeWithin } from "../../store/order.ts";
import type { Store, Tx } from "../../store/store.ts";
import { refuseWhereNamed, renameWithin } from "../house-rules/sending-by.ts";
import { isTagged } from "../return-path/batv.ts";
import { byKey, byOf, destinationText, type Route, routeTo, routeVia, wayKey } from "../route.ts";
import { type SmartHost, transportSettings } from "../settings.ts";
import { routes } from "../tables.ts";
import {
  fitsDomain,
  fitsSender,
  hostsOf,
  type RouteInput,
  type RouteValues,
  routeSchema,
  type StoredRoute,
} from "./rule.ts";

/** Most routes there may be. */
const MOST = 1_000;

/** What decides the way of a message to one recipient. */
export interface Departure {
  /** The recipient's, in A-labels, or an address literal. */
  readonly domain: string;
  /** The return path, with or without a tag of ours. */
  readonly sender: string;
  /** Who was logged in when it came. */
  readonly user?: number | null | undefined;
}

/** A route as people see it; its password is not shown. */
export interface RouteView extends Omit<RouteValues, "password"> {
  readonly id: number;
  /** From 1. */
  readonly position: number;
  readonly hasPassword: boolean;
}

/** A way for people to read. */
export interface WayInWords {
  /** The names of the routes that make it. */
  readonly routes: string[];
  readonly servers: string[];
  /** In the end, or at once, the domain's own servers are tried. */
  readonly direct: boolean;
  /** The queue it would stand in. */
  readonly queue: string;
  readonly sentence: string;
}

/** A route that is in use. */
export interface Current extends StoredRoute {
  readonly id: number;
}

/** The routes changed: what waits may go another way. */
export const routesChanged = topic<Record<never, never>>("transport.routes");

export class Routes {
  #ready: readonly Current[] | undefined;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
  ) {
    store.changes.on(routesChanged, () => {
      this.#ready = undefined;
    });
  }

  /**
   * The way for a message, and the names of the routes that make it.
   * @param pinned the route that comes first, whatever fits
   */
  explain(departure: Departure, pinned?: Current): { readonly route: Route; readonly names: string[] } {
    const hosts: SmartHost[] = [];
    const names: string[] = [];
    const through = (last: "wait" | "direct") => ({
      route: wayThrough({ names, hosts, departure, last, pinned }),
      names,
    });
    for (const one of this.#inTurn(departure, pinned)) {
      names.push(one.name);
      hosts.push(...hostsOf(one));
      if (hosts.length === 0 || one.otherwise === "wait") return through("wait");
      if (one.otherwise === "direct") return through("direct");
    }
    const rest = routeTo(departure.domain, this.store.settings.get(transportSettings));
    if (names.length === 0) return { route: rest, names };
    if (rest.kind === "direct") return through("direct");
    hosts.push(...rest.hosts);
    return through("wait");
  }

  /** The way for a message. */
  for(departure: Departure): Route {
    return this.explain(departure).route;
  }

  /** The way for a message that takes this route because a rule says so. */
  by(pinned: Current, departure: Departure): Route {
    return this.explain(departure, pinned).route;
  }

  /** The way on for a message that waits in a queue: what a rule sent by a route stays with it, as long as that is in use. */
  onFrom(destination: string, departure: Departure): Route {
    const id = byOf(destination);
    const pinned = id === undefined ? undefined : this.current.find((one) => one.id === id);
    return this.explain(departure, pinned).route;
  }

  /** A route that is in use. */
  named(name: string): Current | undefined {
    return this.current.find((one) => one.name.toLowerCase() === name.toLowerCase());
  }

  /** The way through a server that a directory names, with or without a port. */
  toHost(host: string): Route {
    const settings = this.store.settings.get(transportSettings);
    const [, name = host, port] = /^(.*?)(?::(\d+))?$/.exec(host.replace(/^\[(.*)\]/, "$1")) ?? [];
    return routeVia(
      { host: name.toLowerCase(), port: port === undefined ? settings.smtpPort : Number(port) },
      settings,
    );
  }

  /** The way for a message in words. */
  describe(departure: Departure): WayInWords {
    const { route, names } = this.explain(departure);
    const hosts = route.kind === "direct" ? [] : route.hosts;
    const servers = hosts.map(({ host, port }) => `${host}:${port}`);
    const direct = route.kind === "direct" || route.otherwise !== undefined;
    const own = `the servers of ${departure.domain} itself`;
    const steps = [...servers, ...(direct ? [own] : [])];
    const by = names.length === 0 ? "no route; as the settings say" : names.map((name) => `“${name}”`).join(", then ");
    const sentence = `It would go to ${steps.join(", then ")} (${names.length > 0 ? "by the route " : ""}${by}).`;
    return { routes: names, servers, direct, queue: destinationText(route.key), sentence };
  }

  /** All in order. */
  list(): RouteView[] {
    return this.#rows().map((row, at) => this.#view(row.id, row.route, at + 1));
  }

  /** @throws Refusal "notFound" */
  require(id: number): RouteView {
    const found = this.list().find((one) => one.id === id);
    if (found === undefined) throw new Refusal("notFound", "There is no such route.");
    return found;
  }

  /** Makes one, at a position from 1 or as the last. @throws Refusal "invalid", "exists", "tooMany", "notFound" for a user or group */
  createWithin(tx: Tx, input: RouteInput, position?: number): RouteView {
    const route = this.#stored(validate(routeSchema(), input));
    this.#refuseTaken(route.name);
    if (this.#rows().length >= MOST) throw new Refusal("tooMany", `There are at most ${MOST} routes.`);
    const last =
      tx.db
        .select({ last: max(routes.position) })
        .from(routes)
        .get()?.last ?? 0;
    const { id } = tx.db
      .insert(routes)
      .values({ position: last + 1, route })
      .returning()
      .get();
    if (position !== undefined) this.#place(tx, id, position);
    tx.emit(routesChanged, {});
    return this.require(id);
  }

  /** Changes what is given; without a password the old one stays. @throws Refusal "notFound", "exists", "invalid" */
  updateWithin(tx: Tx, id: number, patch: Partial<RouteInput>): RouteView {
    const row = this.#row(id);
    const { users, groups } = this.#view(id, row.route, 0);
    const route = this.#stored(validate(routeSchema(), { ...row.route, users, groups, ...patch }));
    if (route.name !== row.route.name) this.#refuseTaken(route.name, id);
    if (route.name !== row.route.name) renameWithin(tx, this.store, row.route.name, route.name);
    tx.db.update(routes).set({ route }).where(eq(routes.id, id)).run();
    tx.emit(routesChanged, {});
    return this.require(id);
  }

  /** @throws Refusal "notFound", "inUse" where a rule of the house sends mail by it */
  removeWithin(tx: Tx, id: number): void {
    refuseWhereNamed(this.store, this.#row(id).route.name);
    tx.db.delete(routes).where(eq(routes.id, id)).run();
    tx.emit(routesChanged, {});
  }

  /** Moves one to a position from 1. @throws Refusal "notFound" */
  moveWithin(tx: Tx, id: number, position: number): RouteView {
    this.#row(id);
    this.#place(tx, id, position);
    tx.emit(routesChanged, {});
    return this.require(id);
  }

  /** The routes that a message takes, as long as none of them is the last. */
  *#inTurn(departure: Departure, pinned: Current | undefined): Generator<Current> {
    if (pinned !== undefined) yield pinned;
    const behind = pinned === undefined ? this.current : this.current.slice(this.current.indexOf(pinned) + 1);
    for (const one of behind) if (one.ruled !== true && this.#fits(one, departure)) yield one;
  }

  #fits({ to, from, users, groups }: StoredRoute, { domain, sender, user }: Departure): boolean {
    if (!fitsDomain(to, domain) || !fitsSender(from, untagged(sender))) return false;
    if (users.length === 0 && groups.length === 0) return true;
    if (user === undefined || user === null) return false;
    return users.includes(user) || (groups.length > 0 && groups.includes(this.#groupOf(user) ?? 0));
  }

  #groupOf(user: number): number | null | undefined {
    const { users, mailboxes } = this.directory;
    return mailboxes.byId(users.byId(user)?.primaryMailbox ?? 0)?.groupId;
  }

  /** The routes that are in use, in their order; another object after any change. */
  get current(): readonly Current[] {
    this.#ready ??= this.#rows()
      .map(({ id, route }) => ({ ...route, id }))
      .filter(({ enabled }) => enabled);
    return this.#ready;
  }

  #stored({ users, groups, ...rest }: RouteValues): StoredRoute {
    const { directory } = this;
    return {
      ...rest,
      users: users.map((login) => goneOf(login) ?? directory.users.require(login, "users").id),
      groups: groups.map((name) => goneOf(name) ?? this.#groupNamed(name)),
    };
  }

  #groupNamed(name: string): number {
    const found = this.directory.mailGroups.list().find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new Refusal("notFound", `There is no mail group “${name}”.`, { field: "groups" });
    return found.id;
  }

  /** Whoever is gone stays as a number: a route for him alone must not become one for everybody. */
  #view(id: number, { password, users, groups, ...route }: StoredRoute, position: number): RouteView {
    const { directory } = this;
    return {
      ...{ ...route, id, position, ruled: route.ruled === true, hasPassword: password !== "" },
      users: users.map((user) => directory.users.byId(user)?.login ?? `#${user}`),
      groups: groups.map((group) => directory.mailGroups.byId(group)?.name ?? `#${group}`),
    };
  }

  #refuseTaken(name: string, except?: number): void {
    const taken = this.#rows().find((one) => one.id !== except && one.route.name.toLowerCase() === name.toLowerCase());
    if (taken === undefined) return;
    throw new Refusal("exists", `There is already a route “${taken.route.name}”; take another name.`, {
      field: "name",
    });
  }

  #place(tx: Tx, id: number, position: number): void {
    placeWithin(
      tx,
      routes,
      this.#rows().map((row) => row.id),
      id,
      position,
    );
  }

  #row(id: number) {
    const row = this.store.db.select().from(routes).where(eq(routes.id, id)).get();
    if (row === undefined) throw new Refusal("notFound", "There is no such route.");
    return row;
  }

  #rows() {
    return this.store.db.select().from(routes).orderBy(asc(routes.position), asc(routes.id)).all();
  }
}

/** Servers in turn. */
interface Turns {
  readonly names: readonly string[];
  readonly hosts: readonly SmartHost[];
  readonly departure: Departure;
  readonly last: "wait" | "direct";
  readonly pinned: Current | undefined;
}

/** What goes through servers in turn; where each domain's own come last, every domain has its own queue. */
function wayThrough({ names, hosts, departure: { domain }, last, pinned }: Turns): Route {
  const name = names.join(" → ");
  const keyFor = (of = "") => (pinned === undefined ? wayKey(name, of) : byKey(pinned.id, name, of));
  if (hosts.length === 0) return { kind: "direct", key: pinned === undefined ? domain : keyFor(domain), domain };
  if (last === "wait") return { kind: "smartHosts", key: keyFor(), hosts };
  return { kind: "smartHosts", key: keyFor(domain), hosts, otherwise: domain };
}

/** The number of somebody who is gone. */
function goneOf(name: string): number | undefined {
  return /^#\d{1,15}$/.test(name) ? Number(name.slice(1)) : undefined;
}

function untagged(sender: string): string {
  const local = sender.slice(0, sender.lastIndexOf("@"));
  return isTagged(local) ? sender.slice(sender.indexOf("=", 5) + 1) : sender;
}
