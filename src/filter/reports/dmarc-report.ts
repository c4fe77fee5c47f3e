/** An aggregate report of DMARC as a value (RFC 7489 §7.2, appendix C; RFC 9990). Types only. */
import type { DmarcPolicy } from "../judgement.ts";

export interface DmarcReport {
  /** Who reports, as it calls itself. */
  readonly organization: string;
  readonly email: string;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly begin: number;
  readonly end: number;
  readonly published: PublishedPolicy;
}

/** What the reporter found in the DNS. */
export interface PublishedPolicy {
  readonly domain: string;
  readonly policy: DmarcPolicy;
  readonly subdomains: DmarcPolicy;
  readonly dkim: "strict" | "relaxed";
  readonly spf: "strict" | "relaxed";
  readonly percent: number;
}

/** Why mail was not treated as its domain asks (appendix C, PolicyOverrideType). */
export const OVERRIDES = [
  "forwarded",
  "sampled_out",
  "trusted_forwarder",
  "mailing_list",
  "local_policy",
  "other",
] as const;
export type Override = (typeof OVERRIDES)[number];

/** Messages of one source that came to the same. */
export interface DmarcRow {
  readonly source: string;
  readonly count: number;
  readonly disposition: DmarcPolicy;
  /** Passed and aligned. */
  readonly dkim: boolean;
  readonly spf: boolean;
  readonly override: Override | "";
  readonly headerFrom: string;
  /** "" for the null reverse-path, or where it is not told. */
  readonly envelopeFrom: string;
  readonly signatures: readonly { readonly domain: string; readonly selector: string; readonly result: string }[];
  readonly checked: { readonly domain: string; readonly scope: "mfrom" | "helo"; readonly result: string };
}
