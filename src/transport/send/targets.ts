/**
 * Which servers take a message, in the order they are tried (RFC 5321 §5): the MX hosts by preference, equal ones in random
 * order; the domain itself where it has no MX; never a null MX (RFC 7505), never ourselves. Or the smart hosts as set.
 *
 * A domain may say how its servers are to be known: by signed records (DANE, RFC 7672) or by a policy (MTA-STS, RFC 8461 §5). Then a
 * server that cannot show who it is gets no mail; signed records go before the policy (RFC 8461 §2). Mail that only goes encrypted goes
 * to no other servers than those that one of the two vouches for (RFC 8689 §4.2.1).
 */
import { isIP } from "node:net";
import { isUsable, type Tlsa, textOfTlsa, tlsaFrom } from "../../net/dane.ts";
import { DnsError, type Mx, type Resolver } from "../../net/dns.ts";
import type { Route } from "../route.ts";
import type { SmartHost } from "../settings.ts";
import { type Failure, failed } from "./failure.ts";
import type { LoginSecret } from "./login.ts";
import { policyNames, policyStrings, type StsPolicy } from "./sts-policy.ts";
import type { TlsWish } from "./tls-outcome.ts";

/** A host to be tried; its addresses are looked up when its turn comes. */
export interface Host {
  readonly name: string;
  readonly port: number;
  readonly tls: SmartHost["tls"];
  /** Its certificate has to be valid for its name. */
  readonly verify: boolean;
  /** What its domain asks for, where somebody may want to hear how that went. */
  readonly wish?: TlsWish;
  /** Signed records that say what certificate it has, instead of authorities. */
  readonly tlsa?: readonly Tlsa[];
  readonly login: LoginSecret | undefined;
  /** Set up by the administrator: what is wrong with it is ours to repair, so the mail waits. */
  readonly ours: boolean;
}

/** A host that the DNS names. */
interface NamedHost extends Host {
  /** Its name came in a signed answer, so what the DNS says of its certificate may count. */
  readonly mayBeSigned?: boolean;
}

/** One address of a host. */
export interface Target extends Host {
  readonly address: string;
}

export interface TargetSettings {
  readonly smtpPort: number;
  readonly addressFamilies: "any" | "ipv4" | "ipv6";
  readonly dane: boolean;
  readonly mtaSts: boolean;
}

export interface TargetParts {
  readonly resolver: Pick<Resolver, "mx" | "addresses" | "tlsa" | "isSigned">;
  /** The MTA-STS policy of a domain. */
  readonly policyOf: (domain: string) => Promise<StsPolicy | undefined>;
  readonly hostname: string;
  /** Whether an address and port lead back to this server. */
  readonly isSelf: (address: string, port: number) => boolean;
  readonly settings: TargetSettings;
}

/** Addresses tried in one attempt. */
const MOST_TARGETS = 10;

/** Every target of a route in turn; where one cannot be found out, its failure. @param strict only those whose names are secured */
export async function* targetsOf(route: Route, parts: TargetParts, strict = false): AsyncGenerator<Target | Failure> {
  let left = MOST_TARGETS;
  for await (const named of hostsOf(route, parts, strict)) {
    const reached = "sentence" in named ? named : await placeOf(named, parts);
    if ("sentence" in reached) {
      yield reached;
      continue;
    }
    const { host, addresses } = reached;
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

/** The hosts of a route; those of the domain are looked up only when no smart host is left. */
async function* hostsOf(route: Route, parts: TargetParts, strict: boolean): AsyncGenerator<NamedHost | Failure> {
  if (route.kind === "smartHosts") yield* route.hosts.map(smartHost);
  const domain = route.kind === "direct" ? route.domain : route.otherwise;
  if (domain !== undefined) yield* await directHosts(domain, parts, strict);
}

/** Where a host is, and how it is to be known. */
async function placeOf(
  named: NamedHost,
  parts: TargetParts,
): Promise<{ readonly host: Host; readonly addresses: readonly string[] } | Failure> {
  const addresses = await addressesOf(named, parts);
  if (!Array.isArray(addresses)) return addresses;
  const host = named.mayBeSigned === true ? await bySignedRecords(named, parts) : named;
  return "sentence" in host ? host : { host, addresses };
}

function smartHost(host: SmartHost): Host {
  const login = host.login === "" ? undefined : { login: host.login, password: host.password };
  return { name: host.host, port: host.port, tls: host.tls, verify: host.verify, login, ours: true };
}

async function directHosts(domain: string, parts: TargetParts, strict: boolean): Promise<(NamedHost | Failure)[]> {
  const host = (name: string, mayBeSigned: boolean): NamedHost => ({
    ...{ name, port: parts.settings.smtpPort, tls: "opportunistic", verify: false, login: undefined, ours: false },
    mayBeSigned,
  });
  const literal = /^\[(?:ipv6:)?(.*)\]$/i.exec(domain)?.[1];
  if (literal !== undefined) return [host(literal, false)];
  let records: Mx[];
  let signed: boolean;
  try {
    records = await parts.resolver.mx(domain);
    signed = (parts.settings.dane || strict) && (await parts.resolver.isSigned(domain, "MX"));
  } catch (error) {
    return [lookUpFailed(error, `The domain ${domain} does not exist.`, "5.1.2", domain)];
  }
  const policy = parts.settings.mtaSts || strict ? await parts.policyOf(domain) : undefined;
  const wish = wishOf(domain, policy);
  const asked = (named: NamedHost) =>
    policy?.mode === "enforce" ? byPolicy({ ...named, wish }, policy, domain) : { ...named, wish };
  // Without an MX the name is the domain's own: nobody can have put another in its place.
  if (records.length === 0) return [asked(host(domain, signed))];
  const usable = records.filter((record) => record.exchange !== "");
  if (usable.length === 0)
    return [failed("route", "5.1.10", `The domain ${domain} takes no mail at all.`, undefined, 556)];
  const own = usable.find((record) => record.exchange === parts.hostname.toLowerCase());
  const better = own === undefined ? usable : usable.filter((record) => record.preference < own.preference);
  if (better.length === 0) return [loopsBack(domain)];
  const vouched = ({ exchange }: Mx) =>
    signed || (policy !== undefined && policy.mode !== "none" && policyNames(policy, exchange));
  return shuffled(better).map((record) =>
    strict && !vouched(record) ? unvouched(domain, record.exchange) : asked(host(record.exchange, signed)),
  );
}

/** RFC 8689 §4.2.1: an MX record that is neither signed nor confirmed by a policy may name anybody's server. */
function unvouched(domain: string, name: string): Failure {
  const text = `The message may only go encrypted, as its sender requires, and nothing vouches that ${name} is the server of ${domain} (DNSSEC or MTA-STS).`;
  return failed("tls", "5.7.30", text, name);
}

/** RFC 8460 §4.2: what the sessions are counted under. */
function wishOf(domain: string, policy: StsPolicy | undefined): TlsWish {
  if (policy === undefined || policy.mode === "none") {
    return { type: "no-policy-found", domain, strings: [], servers: [] };
  }
  return { type: "sts", domain, strings: policyStrings(policy), servers: policy.mx };
}

/** RFC 8461 §4.1, §5: only servers that the policy names, each with a certificate of its own from an authority. */
function byPolicy(host: NamedHost, policy: StsPolicy, domain: string): NamedHost | Failure {
  if (policyNames(policy, host.name)) return { ...host, tls: "starttls", verify: true };
  const text = `The policy of ${domain} (MTA-STS) does not name ${host.name} among its servers.`;
  const failure = failed("tls", "4.7.0", text, host.name);
  if (host.wish === undefined) return failure;
  return { ...failure, tls: { wish: host.wish, type: "validation-failure", server: host.name, address: "" } };
}

/**
 * What signed records say of a host's certificate (RFC 7672 §2.2). Where nobody can say whether there are any, it gets no mail now: that
 * is what somebody in between would bring about.
 */
async function bySignedRecords(host: Host, parts: TargetParts): Promise<Host | Failure> {
  const { resolver } = parts;
  try {
    if (!(await isSignedHost(host.name, resolver))) return host;
    const name = `_${host.port}._tcp.${host.name}`;
    const records = (await resolver.tlsa(name)).flatMap((text) => tlsaFrom(text) ?? []);
    if (records.length === 0 || !(await resolver.isSigned(name, "TLSA"))) return host;
    const tlsa = records.filter(isUsable);
    const wish = host.wish && { ...host.wish, type: "tlsa" as const, strings: records.map(textOfTlsa), servers: [] };
    const signed = { ...host, tls: "starttls" as const, ...(wish && { wish }) };
    // §2.2: records of which none can be used ask for encryption all the same.
    return tlsa.length > 0 ? { ...signed, verify: true, tlsa } : signed;
  } catch (error) {
    if (error instanceof DnsError && error.kind === "notFound") return host;
    const failure = lookUpFailed(error, "", "4.7.0", host.name);
    if (host.wish === undefined) return failure;
    const wish: TlsWish = { ...host.wish, type: "tlsa", strings: [], servers: [] };
    return { ...failure, tls: { wish, type: "dnssec-invalid", server: host.name, address: "" } };
  }
}

async function isSignedHost(name: string, resolver: TargetParts["resolver"]): Promise<boolean> {
  const kinds = await Promise.all((["A", "AAAA"] as const).map((type) => resolver.isSigned(name, type)));
  return kinds.includes(true);
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
