/** Which domain a message is proven to be from, for those who trust a sender: trust in a name that anybody can write is none. */
import { aligned } from "./authentication/organization.ts";
import type { Authentication } from "./judgement.ts";

/** Whether the domain of the author is proven: by DMARC, or as DMARC would if the domain had a policy. */
export function isProven({ dmarc, spf, dkim }: Authentication, domain: string): boolean {
  if (dmarc.result === "pass") return true;
  const author = domain.toLowerCase();
  return (
    dkim.some((one) => one.result === "pass" && aligned(one.domain, author, "relaxed")) ||
    (spf.result === "pass" && spf.identity === "mailfrom" && aligned(spf.domain, author, "relaxed"))
  );
}

/**
 * Whether the domain of the return path sent it: by SPF of that domain, or a signature of it. A report to anybody else would be mail that
 * he never asked for.
 */
export function returnPathOf(authentication: Authentication, reversePath: string): "proven" | "unknown" | "disproven" {
  if (isDisproven(authentication)) return "disproven";
  const { spf, dkim } = authentication;
  const domain = reversePath.slice(reversePath.lastIndexOf("@") + 1).toLowerCase();
  const signed = dkim.some((one) => one.result === "pass" && aligned(one.domain, domain, "relaxed"));
  return signed || (spf.result === "pass" && spf.identity === "mailfrom") ? "proven" : "unknown";
}

/** Whether the domain's owner says it is not from there. */
export function isDisproven({ dmarc, spf }: Authentication): boolean {
  return dmarc.result === "fail" || spf.result === "fail";
}
