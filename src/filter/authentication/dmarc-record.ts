/** DMARC records (RFC 7489 §6.3, §6.4): text in, policy out. Pure. */
import type { DmarcPolicy } from "../judgement.ts";

export type AlignmentMode = "strict" | "relaxed";

export interface DmarcRecord {
  /** p= */
  readonly policy: DmarcPolicy;
  /** sp=, for names below the one that has the record; p= where it is not given. */
  readonly subdomains: DmarcPolicy;
  readonly dkim: AlignmentMode;
  readonly spf: AlignmentMode;
  /** pct=: 0 to 100. */
  readonly percent: number;
  /** rua=, as written; "" for none. */
  readonly reportsTo: string;
}

/** Whether a text record is one of DMARC: v= comes first and in this case (§6.4). */
export function isDmarcRecord(text: string): boolean {
  return /^v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text);
}

/**
 * Reads a record. Tags that are unknown or wrong count as not given (§6.3); without a policy that can be read, one that at least asks for
 * reports means "none" (§6.6.3 step 6).
 * @returns undefined where it means nothing
 */
export function parseDmarcRecord(text: string): DmarcRecord | undefined {
  const tags = new Map<string, string>();
  for (const tag of text.split(";")) {
    const at = tag.indexOf("=");
    const name = tag.slice(0, at).trim().toLowerCase();
    if (at > 0 && !tags.has(name)) tags.set(name, tag.slice(at + 1).trim());
  }
  const reportsTo = tags.get("rua") ?? "";
  const subdomains = tags.get("sp");
  let policy = policyOf(tags.get("p"));
  const broken = policy === undefined || (subdomains !== undefined && policyOf(subdomains) === undefined);
  if (broken) {
    if (!/^\s*mailto:/i.test(reportsTo)) return undefined;
    policy = "none";
  }
  return {
    policy: policy ?? "none",
    subdomains: (broken ? undefined : policyOf(subdomains)) ?? policy ?? "none",
    dkim: modeOf(tags.get("adkim")),
    spf: modeOf(tags.get("aspf")),
    percent: percentOf(tags.get("pct")),
    reportsTo,
  };
}

function policyOf(text: string | undefined): DmarcPolicy | undefined {
  const word = text?.toLowerCase();
  return word === "none" || word === "quarantine" || word === "reject" ? word : undefined;
}

function modeOf(text: string | undefined): AlignmentMode {
  return text?.toLowerCase() === "s" ? "strict" : "relaxed";
}

function percentOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Math.min(100, Number(text)) : 100;
}
