/** How TLS with a domain's servers went, as it is told to the domain (RFC 8460 §4.3). Pure. */
import type { PolicyType, ResultType, TlsFailure, TlsPolicy } from "../../filter/reports/tls-report.ts";

/** What a domain asks of those who bring mail to it. */
export interface TlsWish {
  readonly type: PolicyType;
  readonly domain: string;
  /** The policy as it was found, a line each. */
  readonly strings: readonly string[];
  /** The servers that it names. */
  readonly servers: readonly string[];
}

/** A session that failed. */
export interface TlsTrouble {
  readonly wish: TlsWish;
  readonly type: ResultType;
  /** The server by name; "" where it was not about one. */
  readonly server: string;
  /** Its address. */
  readonly address: string;
}

/** Why a handshake failed or a certificate is not good, by what was said about it. */
export function troubleOf(said: string): ResultType {
  if (/expired|out of date|not yet valid/i.test(said)) return "certificate-expired";
  if (/altname|does not match|no name to compare/i.test(said)) return "certificate-host-mismatch";
  if (/self.signed|issuer|unable to verify|not trusted|unknown ca/i.test(said)) return "certificate-not-trusted";
  return "validation-failure";
}

type Line = [
  type: PolicyType,
  strings: readonly string[],
  servers: readonly string[],
  trouble: ResultType | "",
  server: string,
  address: string,
];

const MOST_STRINGS = 20;
const LONGEST = 300;

/** What is counted of a session, as one line of JSON: the same are counted together. */
export function tlsLine({ type, strings, servers }: TlsWish, trouble: TlsTrouble | undefined): string {
  const short = (list: readonly string[]) => list.slice(0, MOST_STRINGS).map((text) => text.slice(0, LONGEST));
  const { type: what = "", server = "", address = "" } = trouble ?? {};
  return JSON.stringify([type, short(strings), short(servers), what, server, address] satisfies Line);
}

/** The policies of a report that lines become (RFC 8460 §4.4). */
export function policiesOf(
  domain: string,
  lines: readonly { readonly line: string; readonly count: number }[],
): TlsPolicy[] {
  const policies = new Map<string, TlsPolicy & { successes: number; failures: number; details: TlsFailure[] }>();
  for (const { line, count } of lines) {
    const [type, strings, servers, trouble, server, address] = JSON.parse(line) as Line;
    const key = JSON.stringify([type, strings]);
    const policy = policies.get(key) ?? { type, domain, strings, servers, successes: 0, failures: 0, details: [] };
    policies.set(key, policy);
    if (trouble === "") policy.successes += count;
    else {
      policy.failures += count;
      policy.details.push({ type: trouble, sender: "", server, address, count, reason: "" });
    }
  }
  return [...policies.values()];
}
