/**
 * Which servers take a message, in the order they are tried (RFC 5321 §5): the MX hosts by preference, equal ones in random
 * order; the domain itself where it has no MX; never a null MX (RFC 7505), never ourselves. Or the smart hosts as set.
 */
import { isIP } from "node:net";
import { DnsError, type Mx, type Resolver } from "../../net/dns.ts";
import type { Route } from "../route.ts";
import type { SmartHost } from "../settings.ts";
import { type Failure, failed } from "./failure.ts";
import type { LoginSecret } from "./login.ts";

/** A host to be tried; its addresses are looked up when its turn comes. */
export interface Host {
  readonly name: string;
  readonly port: number;
  readonly tls: SmartHost["tls"];
  /** Its certificate has to be valid for its name. */
  readonly verify: boolean;
  readonly login: LoginSecret | undefined;
  /** Set up by the administrator: what is wrong with it is ours to repair, so the mail waits. */
  readonly ours: boolean;
}

/** One address of a host. */
export interface Target extends Host {
  readonly address: string;
}

export interface TargetSettings {
  readonly smtpPort: number;
  readonly addressFamilies: "any" | "ipv4" | "ipv6";
}

export interface TargetParts {
  readonly resolver: Pick<Resolver, "mx" | "addresses">;
  readonly hostname: string;
  /** Whether an address and port lead back to this server. */
  readonly isSelf: (address: string, port: number) => boolean;
  readonly settings: TargetSettings;
}

/** Addresses tried in one attempt. */
const MOST_TARGETS = 10;

/** Every target of a route in turn; where one cannot be found out, its failure. */
export async function* targetsOf(route: Route, parts: TargetParts): AsyncGenerator<Target | Failure> {
  const hosts = route.kind === "direct" ? await directHosts(route.domain, parts) : route.hosts.map(smartHost);
  if (!Array.isArray(hosts)) {
    yield hosts;
    return;
  }
  let left = MOST_TARGETS;
  for (const host of hosts) {
    const addresses = await addressesOf(host, parts);
    if (!Array.isArray(addresses)) {
      yield addresses;
      continue;
    }
    for (const address of addresses) {
      if (parts.isSelf(address, host.port)) {
        // What stands behind ourselves in the list would only send it back to us (RFC 5321 §5.1).
        yield loopsBack(host.name);
        return;
      }
      if (left-- === 0) return;
      yield { ...host, address };
    }
  }
}

function smartHost(host: SmartHost): Host {
  const login = host.login === "" ? undefined : { login: host.login, password: host.password };
  return { name: host.host, port: host.port, tls: host.tls, verify: host.verify, login, ours: true };
}

async function directHosts(domain: string, parts: TargetParts): Promise<Host[] | Failure> {
  const host = (name: string): Host => ({
    name,
    port: parts.settings.smtpPort,
    tls: "opportunistic",
    verify: false,
    login: undefined,
    ours: false,
  });
  const literal = /^\[(?:ipv6:)?(.*)\]$/i.exec(domain)?.[1];
  if (literal !== undefined) return [host(literal)];
  let records: Mx[];
  try {
    records = await parts.resolver.mx(domain);
  } catch (error) {
    return lookUpFailed(error, `The domain ${domain} does not exist.`, "5.1.2", domain);
  }
  if (records.length === 0) return [host(domain)];
  const usable = records.filter((record) => record.exchange !== "");
  if (usable.length === 0)
    return failed("route", "5.1.10", `The domain ${domain} takes no mail at all.`, undefined, 556);
  const own = usable.find((record) => record.exchange === parts.hostname.toLowerCase());
  const better = own === undefined ? usable : usable.filter((record) => record.preference < own.preference);
  if (better.length === 0) return loopsBack(domain);
  return shuffled(better).map((record) => host(record.exchange));
}

/** By preference, equal ones in random order (RFC 5321 §5.1). */
function shuffled(records: readonly Mx[]): Mx[] {
  return records
    .map((record) => ({ record, lot: Math.random() }))
    .sort((a, b) => a.record.preference - b.record.preference || a.lot - b.lot)
    .map(({ record }) => record);
}

async function addressesOf(host: Host, parts: TargetParts): Promise<string[] | Failure> {
  const wanted = parts.settings.addressFamilies;
  let all: string[];
  try {
    all = await parts.resolver.addresses(host.name);
  } catch (error) {
    return lookUpFailed(error, `The host ${host.name} does not exist.`, host.ours ? "4.4.4" : "5.4.4", host.name);
  }
  const addresses = all.filter((one) => wanted === "any" || isIP(one) === (wanted === "ipv4" ? 4 : 6));
  if (addresses.length > 0) return addresses;
  return failed("route", host.ours ? "4.4.4" : "5.4.4", `The host ${host.name} has no address that can be used.`);
}

function lookUpFailed(error: unknown, missing: string, status: string, name: string): Failure {
  if (error instanceof DnsError && error.kind === "notFound") return failed("route", status, missing);
  const why = error instanceof Error ? error.message : String(error);
  return failed("route", "4.4.3", `The name servers could not say where mail for ${name} goes: ${why}`);
}

function loopsBack(name: string): Failure {
  return failed("route", "5.4.6", `Mail for ${name} would come back to this server, which does not know that domain.`);
}
