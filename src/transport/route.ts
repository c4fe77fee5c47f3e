/** Which way a message leaves: straight to a domain's own servers, through smart hosts, or to a mailbox here that was full. Pure. */
import type { SmartHost } from "./settings.ts";

export interface RouteSettings {
  readonly smartHosts: readonly SmartHost[];
  readonly routes: readonly { readonly domain: string; readonly smartHosts: readonly SmartHost[] }[];
}

/** A way out. Messages with the same key stand in one queue and share connections. */
export type Route =
  | { readonly kind: "direct"; readonly key: string; readonly domain: string }
  | { readonly kind: "smartHosts"; readonly key: string; readonly hosts: readonly SmartHost[] };

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

/** A destination key in words. */
export function destinationText(key: string): string {
  if (mailboxOf(key) !== undefined) return "a mailbox here";
  if (key === "smarthost") return "the smart host";
  return key.startsWith("route:") ? `the route for ${key.slice(6)}` : key;
}
