/** When mail is taken although DMARC fails: it came through somebody the administrator trusts (RFC 7489 §10.5, RFC 8617 §7.2.1). Pure. */
import { AddressSet, parseRange } from "../../net/access.ts";
import type { ArcOutcome, DkimOutcome, ReverseName, SpfOutcome } from "../judgement.ts";

export interface Trust {
  /** Networks and domains. */
  readonly trustedForwarders: readonly string[];
  /** Domains. */
  readonly trustedSealers: readonly string[];
}

/** What is known of the way a message took. */
export interface Way {
  readonly remote: string;
  readonly iprev?: ReverseName;
  readonly spf: SpfOutcome;
  readonly dkim: readonly DkimOutcome[];
  readonly arc: ArcOutcome;
}

/** Why a message is taken all the same. */
export interface Exception {
  /** As reports call it (RFC 7489 appendix C). */
  readonly override: "trusted_forwarder" | "local_policy";
  /** The end of a sentence. */
  readonly because: string;
}

/**
 * Why a message is taken all the same; undefined where nothing speaks for it.
 * @param from the domain of From that fails
 */
export function exceptionFor(trust: Trust, from: string, way: Way): Exception | undefined {
  const forwarder = trust.trustedForwarders.find((one) => cameThrough(one, way));
  if (forwarder !== undefined) {
    return { override: "trusted_forwarder", because: `it came through ${forwarder}, which is trusted` };
  }
  const sealer = vouching(trust.trustedSealers, from, way.arc);
  if (sealer === undefined) return undefined;
  return { override: "local_policy", because: `${sealer}, which is trusted, sealed that it was proven before` };
}

/** A domain counts only where something proves it: anybody can write a name into a header. */
function cameThrough(trusted: string, { remote, iprev, spf, dkim }: Way): boolean {
  if (parseRange(trusted) !== undefined) return new AddressSet([trusted]).has(remote);
  if (iprev?.result === "pass" && isWithin(iprev.hostname ?? "", trusted)) return true;
  if (spf.result === "pass" && isWithin(spf.domain, trusted)) return true;
  return dkim.some((one) => one.result === "pass" && isWithin(one.domain, trusted));
}

/**
 * The sealer who says that DMARC passed. Only the newest sets count, up to the first sealer that is not trusted: what was sealed
 * before him he may have made up.
 */
function vouching(trusted: readonly string[], from: string, arc: ArcOutcome): string | undefined {
  if (arc.result !== "pass") return undefined;
  for (let at = arc.sealers.length - 1; at >= 0; at--) {
    const sealer = arc.sealers[at] as string;
    if (!trusted.some((one) => isWithin(sealer, one))) return undefined;
    if (saysProven(arc.results[at] ?? "", from)) return sealer;
  }
  return undefined;
}

/** Whether the value of an Authentication-Results field says `dmarc=pass` of a domain (RFC 8601 §2.2). */
function saysProven(results: string, from: string): boolean {
  return withoutComments(results)
    .split(";")
    .some((method) => {
      if (!/^\s*dmarc(?:\s*\/\s*1)?\s*=\s*pass(?:\s|$)/i.test(method)) return false;
      return /\sheader\.from\s*=\s*([^\s]+)/i.exec(method)?.[1]?.toLowerCase() === from;
    });
}

/** Comments go, and what is quoted: neither says anything to a program. */
function withoutComments(text: string): string {
  let out = "";
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\\") at++;
    else if (character === '"' && depth === 0) quoted = !quoted;
    else if (quoted) continue;
    else if (character === "(") depth++;
    else if (character === ")") depth = Math.max(0, depth - 1);
    else if (depth === 0) out += character;
  }
  return out;
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
