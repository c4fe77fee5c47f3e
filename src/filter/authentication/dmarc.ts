/**
 * DMARC: whether a message is proven to be from the domain in From, and what that domain asks to do with what is not (RFC 7489).
 * The policy is looked for while SPF and the signatures are still being checked; `judgeDmarc` puts them together.
 */
import { domainToASCII } from "node:url";
import { flatten, scanAddressList } from "../../mime/addresses.ts";
import type { Structure } from "../../mime/structure.ts";
import type { DkimOutcome, DmarcOutcome, DmarcPolicy, SpfOutcome } from "../judgement.ts";
import { isNotFound, type Lookups } from "../questions.ts";
import { type DmarcRecord, isDmarcRecord, parseDmarcRecord } from "./dmarc-record.ts";
import { aligned, organizationalDomain } from "./organization.ts";

/** What is published for one domain of From. */
export interface Publication {
  readonly domain: string;
  /** No name server could say. */
  readonly unknown: boolean;
  /** Where the record was found: the domain, or the one that was registered. */
  readonly policyDomain?: string;
  readonly record?: DmarcRecord;
}

/** What a message proves of itself. */
export interface Proof {
  readonly spf: SpfOutcome;
  readonly dkim: readonly DkimOutcome[];
  /** 0 up to 100, for pct=: the policy holds where it is less than that. */
  readonly sample: number;
}

/** More domains than this in From are nobody's honest message. */
const MOST_DOMAINS = 5;
const MOST_ADDRESSES = 100;
const SEVERITY: Readonly<Record<DmarcPolicy, number>> = { none: 0, quarantine: 1, reject: 2 };

/**
 * The domains in From, lower case and in ASCII, each once. A message should have one (RFC 7489 §6.6.1); where there are several, in one field or
 * in many, none is left out, so that nobody hides a forged one behind his own.
 */
export function fromDomains({ root }: Structure): string[] {
  const domains = new Set<string>();
  for (const field of root.header?.rawAll("from") ?? []) {
    for (const { domain } of flatten(scanAddressList(Buffer.from(field, "latin1").toString("utf8"), MOST_ADDRESSES))) {
      const name = (/^[\x00-\x7f]*$/.test(domain) ? domain : domainToASCII(domain)).toLowerCase().replace(/\.$/, "");
      if (name !== "") domains.add(name);
    }
  }
  return [...domains];
}

/**
 * What is said of a message whose header is longer than what is kept of it: From may stand in the rest, where only others' programs see it.
 * Undefined for all others.
 */
export function judgeUnread({ root, headerBytes }: Structure): DmarcOutcome | undefined {
  if (root.bodyStart - root.headerStart <= headerBytes.length) return undefined;
  const sentence = "Its header is too long to be read to its end, so nobody can say whom it is from.";
  return { result: "permerror", domain: "", disposition: "quarantine", sentence };
}

/** Asks for the records of all domains at once. Never throws. */
export async function publications(domains: readonly string[], lookups: Lookups): Promise<Publication[]> {
  return await Promise.all(domains.slice(0, MOST_DOMAINS).map((domain) => publicationOf(domain, lookups)));
}

/** RFC 7489 §6.6.3: at the domain itself, else at the one that was registered. Both are asked at once. */
async function publicationOf(domain: string, lookups: Lookups): Promise<Publication> {
  const registered = organizationalDomain(domain);
  const names = [...new Set([domain, registered])];
  const asked = names.map((name) => recordsAt(name, lookups));
  // The second answer is not awaited where the first one decides.
  for (const one of asked) one.catch(() => {});
  try {
    for (const [at, answer] of asked.entries()) {
      const texts = await answer;
      if (texts.length === 0) continue;
      // Several records are as good as none.
      const record = texts.length === 1 ? parseDmarcRecord(texts[0] as string) : undefined;
      return record === undefined
        ? { domain, unknown: false }
        : { domain, unknown: false, policyDomain: names[at] as string, record };
    }
    return { domain, unknown: false };
  } catch {
    return { domain, unknown: true };
  }
}

async function recordsAt(domain: string, lookups: Lookups): Promise<string[]> {
  try {
    return (await lookups.txt(`_dmarc.${domain}`)).filter(isDmarcRecord);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Judges by every domain in From; the one that asks for most counts. */
export function judgeDmarc(domains: readonly string[], published: readonly Publication[], proof: Proof): DmarcOutcome {
  if (domains.length > MOST_DOMAINS) {
    const sentence = `From names ${domains.length} domains, which no honest message does.`;
    return { result: "permerror", domain: domains[0] ?? "", disposition: "quarantine", sentence };
  }
  const outcomes = published.map((one) => judge(one, proof));
  const [first, ...others] = outcomes;
  if (first === undefined) {
    return { result: "none", domain: "", disposition: "none", sentence: "From names no domain that could be asked." };
  }
  return others.reduce((worst, one) => (severity(one) > severity(worst) ? one : worst), first);
}

function severity({ disposition, result }: DmarcOutcome): number {
  return SEVERITY[disposition] * 2 + Number(result === "fail");
}

function judge({ domain, unknown, policyDomain, record }: Publication, proof: Proof): DmarcOutcome {
  if (unknown) {
    const sentence = `No name server could say what ${domain} asks for.`;
    return { result: "temperror", domain, disposition: "none", sentence };
  }
  if (record === undefined || policyDomain === undefined) {
    return { result: "none", domain, disposition: "none", sentence: `${domain} asks for nothing (DMARC).` };
  }
  const policy = policyDomain === domain ? record.policy : record.subdomains;
  const by = provenBy(domain, record, proof);
  const about = {
    ...{ domain, policyDomain, policy, wantsReports: record.reportsTo !== "" },
    aligned: { dkim: by.signature !== undefined, spf: by.spf !== undefined },
  } as const;
  const proves = by.signature ?? by.spf;
  if (proves !== undefined)
    return { ...about, result: "pass", disposition: "none", sentence: `${proves} proves that it is from ${domain}.` };
  if (mayStillBeProven(domain, record, proof)) {
    const sentence = `Whether it is from ${domain} could not be found out, because a name server did not answer.`;
    const disposition = WEAKER[policy];
    return {
      ...{ ...about, result: "temperror", disposition, sentence },
      ...(disposition !== policy && { override: "local_policy" as const }),
    };
  }
  const disposition = proof.sample < record.percent ? policy : WEAKER[policy];
  return {
    ...about,
    result: "fail",
    disposition,
    ...(disposition !== policy && { override: "sampled_out" as const }),
    sentence: `Nothing proves that it is from ${domain}, ${WISHES[policy]}.`,
  };
}

/** RFC 7489 §6.6.4: how mail beyond the percentage is treated. */
const WEAKER: Readonly<Record<DmarcPolicy, DmarcPolicy>> = { reject: "quarantine", quarantine: "none", none: "none" };

const WISHES: Readonly<Record<DmarcPolicy, string>> = {
  none: "which only wants to be told of that",
  quarantine: "which asks to put such mail aside",
  reject: "which asks to refuse such mail",
};

/** RFC 7489 §3.1: what passes and is aligned with From, in words. */
function provenBy(domain: string, record: DmarcRecord, { spf, dkim }: Proof): { signature?: string; spf?: string } {
  const signature = dkim.find((one) => one.result === "pass" && aligned(one.domain, domain, record.dkim));
  const passes = spf.result === "pass" && aligned(spf.domain, domain, record.spf);
  return {
    ...(signature !== undefined && { signature: `The signature of ${signature.domain}` }),
    ...(passes && { spf: `SPF for ${spf.domain}` }),
  };
}

/**
 * A failing name server is no reason to refuse what might have been proven; but whoever finds a name of that domain whose servers
 * fail must not get past its policy either. Such mail is treated by the next weaker one (RFC 7489 §6.6.2 leaves it open).
 */
function mayStillBeProven(domain: string, record: DmarcRecord, { spf, dkim }: Proof): boolean {
  return (
    (spf.result === "temperror" && aligned(spf.domain, domain, record.spf)) ||
    dkim.some((one) => one.result === "temperror" && aligned(one.domain, domain, record.dkim))
  );
}
