/** Which way a message leaves: straight to a domain's own servers, through smart hosts, or to a mailbox here that was full. Pure. */
import type { SmartHost } from "./settings.ts";

export interface RouteSettings {
  readonly smartHosts: readonly SmartHost[];
  readonly routes: readonly { readonly domain: string; readonly smartHosts: readonly SmartHost[] }[];
}

/** A way out. Messages with the same key stand in one queue and share connections. */
export type Route =
  | { readonly kind: "direct"; readonly key: string; readonly domain: string }
  | {
      readonly kind: "smartHosts";
      readonly key: string;
      readonly hosts: readonly SmartHost[];
      /** The domain whose own servers take the mail where none of these can be reached; undefined: it waits. */
      readonly otherwise?: string;
    };

/** The way to a domain (in A-labels, or an address literal). */
export function routeTo(domain: string, settings: RouteSettings): Route {
  const rule = settings.routes.find((route) => matches(route.domain, domain));
  const hosts = rule?.smartHosts ?? settings.smartHosts;
  if (hosts.length === 0) return { kind: "direct", key: domain, domain };
  return { kind: "smartHosts", key: rule === undefined ? "smarthost" : `route:${rule.domain}`, hosts };
}

function matches(pattern: string, domain: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? domain.endsWith(pattern.slice(1)) : pattern === domain;
}

const MAILBOX = "mailbox:";

/** What follows the number of a mailbox where its junk folder is meant. */
const JUNK = ":junk";

/** A mailbox of this server for which mail waits. */
export interface Home {
  readonly mailbox: number;
  /** The filter took it for junk. */
  readonly junk: boolean;
}

/** The queue in which mail waits for a mailbox of this server. No domain has a colon. */
export function mailboxKey({ mailbox, junk }: Home): string {
  return `${MAILBOX}${mailbox}${junk ? JUNK : ""}`;
}

/** The mailbox of such a key; undefined for all other ways. */
export function mailboxOf(key: string): Home | undefined {
  if (!key.startsWith(MAILBOX)) return undefined;
  const junk = key.endsWith(JUNK);
  return { mailbox: Number(key.slice(MAILBOX.length, junk ? -JUNK.length : undefined)), junk };
}

const WAY = "way:";

/** The queue of a route by its name; of one domain alone where its own servers may be spoken to. */
export function wayKey(name: string, domain = ""): string {
  return `${WAY}${domain}/${name}`;
}

const BY = "by:";

/** The queue of what takes a route because a rule of the house says so, whatever fits; of one domain alone as above. */
export function byKey(id: number, name: string, domain = ""): string {
  return `${BY}${id}:${domain}/${name}`;
}

/** The number of the route of such a key; undefined for all other ways. */
export function byOf(key: string): number | undefined {
  const [, id] = /^by:(\d+):/.exec(key) ?? [];
  return id === undefined ? undefined : Number(id);
}

const VIA = "via:";

/** A server through which some mail goes because an administrator said so, whatever the routes are. */
export interface Via {
  readonly host: string;
  readonly port: number;
}

/** The queue of what goes through such a server. */
export function viaKey({ host, port }: Via): string {
  return `${VIA}${host.toLowerCase()}:${port}`;
}

/** The server of such a key; undefined for all other ways. */
export function viaOf(key: string): Via | undefined {
  if (!key.startsWith(VIA)) return undefined;
  const colon = key.lastIndexOf(":");
  return { host: key.slice(VIA.length, colon), port: Number(key.slice(colon + 1)) };
}

/** The way through such a server: with the login of a smart host where it is one, else as to any server. */
export function routeVia({ host, port }: Via, { smartHosts, routes }: RouteSettings): Route {
  const known = [...smartHosts, ...routes.flatMap((route) => route.smartHosts)];
  const found = known.find((one) => one.host.toLowerCase() === host && one.port === port);
  const tls = port === 465 ? "implicit" : "opportunistic";
  const plain = { host, port, tls, verify: false, login: "", password: "" } as const;
  return { kind: "smartHosts", key: viaKey({ host, port }), hosts: [found ?? plain] };
}

/** A destination key in words. */
export function destinationText(key: string): string {
  const via = viaOf(key);
  if (via !== undefined) return `${via.host}, port ${via.port}`;
  if (mailboxOf(key) !== undefined) return "a mailbox here";
  if (key === "smarthost") return "the smart host";
  const [, domain, name] = /^(?:way:|by:\d+:)([^/]*)\/(.*)$/s.exec(key) ?? [];
  if (name !== undefined) return domain ? `${domain} by the route ${name}` : `the route ${name}`;
  return key.startsWith("route:") ? `the route for ${key.slice(6)}` : key;
}
