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

/** Whether the domain's owner says it is not from there. */
export function isDisproven({ dmarc, spf }: Authentication): boolean {
  return dmarc.result === "fail" || spf.result === "fail";
}
