/** A route as people write it: which mail takes it, and the servers that take that mail. Pure. */
import { z } from "zod";
import { fold, normaliseDomain } from "../../directory/address.ts";
import { fits } from "../../directory/wildcards.ts";
import type { SmartHost } from "../settings.ts";

const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most, `At most ${most} characters.`)
    .regex(/^[^\p{Cc}]*$/u, "A single line.");

const DOMAIN_WORDS = "A domain is written like example.com, or *.example.com for everything below it.";
const SENDER_WORDS = "A sender is an address, a domain, *.domain, an address with stars, or <> for reports.";
const HOST_WORDS = "A server is written like smtp.example.com:587.";

/** A domain in A-labels, perhaps with `*.` in front; undefined for anything else. */
function domainPattern(text: string): string | undefined {
  if (text === "*") return text;
  const below = text.startsWith("*.");
  const name = normaliseDomain(below ? text.slice(2) : text);
  return name === undefined ? undefined : `${below ? "*." : ""}${name}`;
}

/** A sender as it is compared: folded, its domain in A-labels. */
function senderPattern(text: string): string | undefined {
  if (text === "<>" || text === "*") return text;
  const at = text.lastIndexOf("@");
  const domain = domainPattern(text.slice(at + 1));
  if (at < 0 || domain === undefined) return domain;
  return at === 0 ? undefined : `${fold(text.slice(0, at))}@${domain}`;
}

const checked = (pattern: (text: string) => string | undefined, words: string) =>
  z
    .string()
    .trim()
    .max(300)
    .refine((text) => pattern(text) !== undefined, words)
    .transform((text) => pattern(text) ?? text);

export const ROUTE_TLS = ["starttls", "implicit", "opportunistic", "none"] as const;
export const OTHERWISE = ["wait", "direct", "next"] as const;

/** What a route may be. Made when it is asked for: schemas are large, and routes are seldom changed. */
export const routeSchema = () =>
  z.strictObject({
    name: line(100).min(1, "A route has a name."),
    enabled: z.boolean().default(true),
    ruled: z
      .boolean()
      .default(false)
      .describe("Only rules of the house send mail by it; nothing takes it because it fits."),
    to: z
      .array(checked(domainPattern, DOMAIN_WORDS))
      .max(2_000)
      .default([])
      .describe("Domains of recipients: example.com, *.example.com; none: all."),
    from: z
      .array(checked(senderPattern, SENDER_WORDS))
      .max(2_000)
      .default([])
      .describe("Return paths: addresses, domains, *.example.com, addresses with stars, <> for reports; none: all."),
    users: z.array(line(128)).max(1_000).default([]).describe("Login names of who sends; none: everybody."),
    groups: z.array(line(100)).max(100).default([]).describe("Mail groups of who sends; none: everybody."),
    hosts: z
      .array(
        z
          .string()
          .trim()
          .max(300)
          .refine((text) => hostOf(text) !== undefined, HOST_WORDS),
      )
      .max(10)
      .default([])
      .describe("Servers that take this mail, in their order: smtp.example.com:587; none: each domain's own."),
    tls: z
      .enum(ROUTE_TLS)
      .default("starttls")
      .describe(
        "starttls: required; implicit: from the first octet; opportunistic: where offered; none: never (passwords are not sent then).",
      ),
    verify: z.boolean().default(true).describe("Whether the servers' certificates must be valid for their names."),
    login: line(255).default("").describe("Login name at the servers; empty: no login."),
    password: z.string().max(1_000).default("").describe("Password at the servers."),
    otherwise: z
      .enum(OTHERWISE)
      .default("wait")
      .describe(
        "Where none of them can be reached: wait, go direct to each domain's own servers, or try the next route that fits.",
      ),
  });
export type RouteInput = z.input<ReturnType<typeof routeSchema>>;
export type RouteValues = z.output<ReturnType<typeof routeSchema>>;

/** As it is kept: people and groups by id. */
export interface StoredRoute extends Omit<RouteValues, "users" | "groups" | "ruled"> {
  /** Missing in older ones. */
  readonly ruled?: boolean;
  readonly users: readonly number[];
  readonly groups: readonly number[];
}

/** A server and its port; 587 where none is said. */
function hostOf(text: string): { readonly host: string; readonly port: number } | undefined {
  const bare = /^[A-Za-z0-9._-]+$/.test(text) ? { host: text, port: "587" } : undefined;
  const [, host = "", port = ""] = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  const found = bare ?? (host === "" ? undefined : { host: host.replace(/^\[|\]$/g, ""), port });
  if (found === undefined || Number(found.port) < 1 || Number(found.port) > 65_535) return undefined;
  return { host: found.host, port: Number(found.port) };
}

/** The servers of a route. */
export function hostsOf({ hosts, tls, verify, login, password }: StoredRoute): SmartHost[] {
  return hosts.flatMap((text) => {
    const place = hostOf(text);
    return place === undefined ? [] : { ...place, tls, verify, login, password };
  });
}

/** Whether a domain in A-labels is one of those. */
export function fitsDomain(patterns: readonly string[], domain: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => fitsOne(pattern, domain));
}

/** Whether a return path is one of those; "" is that of reports. */
export function fitsSender(patterns: readonly string[], sender: string): boolean {
  if (patterns.length === 0) return true;
  if (sender === "") return patterns.includes("<>");
  const at = sender.lastIndexOf("@");
  const raw = sender.slice(at + 1);
  const domain = normaliseDomain(raw) ?? raw.toLowerCase();
  const local = fold(sender.slice(0, Math.max(0, at)));
  return patterns.some((pattern) => {
    const cut = pattern.lastIndexOf("@");
    if (cut < 0) return fitsOne(pattern, domain);
    return fitsOne(pattern.slice(cut + 1), domain) && fits(pattern.slice(0, cut).split("*"), local);
  });
}

function fitsOne(pattern: string, domain: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? domain.endsWith(pattern.slice(1)) : pattern === domain;
}
