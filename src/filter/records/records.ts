/**
 * Every record that a domain should have in the DNS, each looked at as the world sees it, with what is wrong in plain words. Called by
 * the administration for the page and `gatepost dns`; all questions are asked at once.
 *
 * RFC 5321 §5 (MX), RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), RFC 8460 (TLS reports), RFC 8461 (MTA-STS), RFC 7672 (DANE), RFC 6186 and RFC 8314 (where
 * mail programs find their servers).
 */
import type { DkimKey } from "../keys/keys.ts";
import { type Door, daneRecord, doorRecord } from "./door-records.ts";
import {
  dmarcRecord,
  hostRecords,
  keyRecords,
  mxRecord,
  reportConsentRecord,
  reverseRecords,
  type Situation,
  spfRecord,
  tlsReportRecord,
} from "./mail-records.ts";
import { type PolicyMode, policyRecords } from "./mta-sts.ts";
import type { CheckedRecord } from "./record.ts";

export type { Door } from "./door-records.ts";
export { type CheckedRecord, formName, zoneLine } from "./record.ts";

/** What else there is to publish. */
export interface Furnishing extends Situation {
  readonly doors: readonly Door[];
  /** SHA-256 of the public key that this server shows, in hexadecimal; undefined where it has no certificate. */
  readonly keyDigest: string | undefined;
  /** Whether the domains ask for verified TLS. */
  readonly mtaSts: PolicyMode;
  /** This server has a certificate that others believe for a name. */
  readonly isTrusted: (name: string) => boolean;
  /** When the record of a key that was replaced is not needed any more. */
  readonly removableAt: (key: DkimKey) => number | undefined;
}

/** Looks at all of them; the more important ones first. */
export async function domainRecords(situation: Furnishing): Promise<CheckedRecord[]> {
  const { resolver, domain, host, doors, keyDigest, removableAt, mtaSts, isTrusted } = situation;
  const groups = await Promise.all([
    hostRecords(situation),
    mxRecord(situation),
    reverseRecords(situation),
    spfRecord(situation),
    keyRecords(situation, removableAt),
    dmarcRecord(situation),
    reportConsentRecord(situation),
    tlsReportRecord(situation),
    policyRecords({ resolver, domain, host, mode: mtaSts, isTrusted }),
    keyDigest === undefined ? undefined : daneRecord(resolver, host, keyDigest),
    Promise.all(doors.map((door) => doorRecord(resolver, domain, host, door))),
  ]);
  return groups.flat().filter((record) => record !== undefined);
}
