/**
 * The policy by which a domain asks that its mail is brought over verified TLS only (MTA-STS, RFC 8461): its text, which the web sites
 * serve, and the records that lead to it.
 */
import { createHash } from "node:crypto";
import type { Resolver } from "../../net/dns.ts";
import { type CheckedRecord, checked, seen, unasked, type WantedRecord } from "./record.ts";

export type PolicyMode = "off" | "testing" | "enforce";

/** The name under which the policy of a domain is asked for (RFC 8461 §3.3). */
export const POLICY_HOST = "mta-sts.";

/** How long others remember the policy, in seconds: a week, as RFC 8461 §10.2 has it. */
const MAX_AGE = 604_800;

/** The policy of a server (RFC 8461 §3.2). */
export function policyText(mode: Exclude<PolicyMode, "off">, host: string): string {
  return ["version: STSv1", `mode: ${mode}`, `mx: ${host}`, `max_age: ${MAX_AGE}`, ""].join("\r\n");
}

/** What the records of the policy depend on. */
export interface PolicySituation {
  readonly resolver: Resolver;
  readonly domain: string;
  readonly host: string;
  readonly mode: PolicyMode;
  /** The server has a certificate that others believe for a name. */
  readonly isTrusted: (name: string) => boolean;
}

/** The record that says that there is a policy, and the name it is fetched from; nothing where there is none, and none is wanted. */
export async function policyRecords({
  resolver,
  domain,
  host,
  mode,
  isTrusted,
}: PolicySituation): Promise<CheckedRecord[]> {
  const there = await seen(resolver.txt(`_mta-sts.${domain}`));
  const found = there.values.filter((text) => /^v=STSv1\s*;/.test(text));
  const wanted = (value: string): WantedRecord => ({
    ...{ name: `_mta-sts.${domain}`, type: "TXT", value, need: "optional" },
    purpose: "Says that mail for this domain is to be brought over verified TLS (MTA-STS).",
  });
  if (mode === "off") {
    if (found.length === 0) return [];
    const sentence = "It promises a policy, but this server offers none. Set records.mtaSts, or remove the record.";
    return [checked(wanted(""), "wrong", sentence, found)];
  }
  // Another policy needs another id, or nobody fetches it (§3.1).
  const id = createHash("sha256").update(policyText(mode, host)).digest("hex").slice(0, 20);
  return [
    judged(
      wanted(`v=STSv1; id=${id}`),
      there.unknown,
      found,
      [host, `${POLICY_HOST}${domain}`].filter((name) => !isTrusted(name)),
    ),
    await policyHost(resolver, domain, host),
  ];
}

function judged(
  wanted: WantedRecord,
  unknown: boolean,
  found: readonly string[],
  unproven: readonly string[],
): CheckedRecord {
  if (unproven.length > 0) {
    const sentence = `This server has no certificate of a public authority for ${unproven.join(" and ")}; without that nobody can follow the policy.`;
    return checked(wanted, found.length > 0 ? "wrong" : "missing", sentence, found);
  }
  if (unknown) return unasked(wanted);
  if (found.length === 0) return checked(wanted, "missing", "Nobody knows that there is a policy.");
  if (found.length > 1)
    return checked(wanted, "wrong", "There are several such records, so none of them counts. Keep one.", found);
  if (found[0]?.trim().replace(/;$/, "") === wanted.value)
    return checked(wanted, "right", "The policy is announced.", found);
  return checked(wanted, "wrong", "The policy changed since; with its old id others do not fetch it again.", found);
}

async function policyHost(resolver: Resolver, domain: string, host: string): Promise<CheckedRecord> {
  const name = `${POLICY_HOST}${domain}`;
  const wanted: WantedRecord = {
    ...{ name, type: "CNAME", value: `${host}.`, need: "optional" },
    purpose: "Where the policy is fetched from; port 443 must be open to everybody for that.",
  };
  const [there, here] = await Promise.all([seen(resolver.addresses(name)), seen(resolver.addresses(host))]);
  if (there.unknown) return unasked(wanted);
  if (there.values.length === 0) return checked(wanted, "missing", "Nobody can fetch the policy.");
  if (there.values.some((address) => here.values.includes(address))) {
    return checked(wanted, "right", "It leads to this server.", there.values);
  }
  return checked(wanted, "wrong", "It leads to another server.", there.values);
}
