/** Reports about TLS in transport (RFC 8460 §4): JSON in, a value out, and the other way round. Pure. */
import { Refusal } from "../../refusal.ts";

const POLICY_TYPES = ["sts", "tlsa", "no-policy-found"] as const;
export type PolicyType = (typeof POLICY_TYPES)[number];

/** Why a session failed (§4.3). */
const RESULT_TYPES = [
  "starttls-not-supported",
  "certificate-host-mismatch",
  "certificate-expired",
  "certificate-not-trusted",
  "validation-failure",
  "tlsa-invalid",
  "dnssec-invalid",
  "dane-required",
  "sts-policy-fetch-error",
  "sts-policy-invalid",
  "sts-webpki-invalid",
] as const;
export type ResultType = (typeof RESULT_TYPES)[number];

export interface TlsReport {
  readonly organization: string;
  readonly contact: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly begin: number;
  readonly end: number;
  readonly policies: readonly TlsPolicy[];
}

export interface TlsPolicy {
  readonly type: PolicyType;
  readonly domain: string;
  /** The policy as it was found, a line each. */
  readonly strings: readonly string[];
  /** The servers that the policy names. */
  readonly servers: readonly string[];
  readonly successes: number;
  readonly failures: number;
  readonly details: readonly TlsFailure[];
}

export interface TlsFailure {
  /** One of RESULT_TYPES; others are borne in what is read. */
  readonly type: string;
  readonly sender: string;
  readonly server: string;
  readonly address: string;
  readonly count: number;
  /** More words; "" where there are none. */
  readonly reason: string;
}

/** Octets of the largest report that is read: it is parsed in one go. */
const LARGEST_TLS_REPORT = 1_048_576;
const DEEPEST = 16;
const [QUOTE, BACKSLASH, BRACKET, BRACE] = [34, 92, 91, 123];
const MOST_POLICIES = 100;
const MOST_DETAILS = 1_000;
const MOST_STRINGS = 100;
const LONGEST = 1_000;
const MOST_SESSIONS = 1_000_000_000;
const LATEST = Date.UTC(2100, 0);

/** Reads a report. @throws Refusal "invalid", "tooLarge" with what is wrong */
export function readTlsReport(octets: Uint8Array): TlsReport {
  if (octets.length > LARGEST_TLS_REPORT) {
    throw new Refusal("tooLarge", `A report about TLS has at most ${LARGEST_TLS_REPORT} octets.`);
  }
  const whole = parsed(octets);
  const range = recordOf(whole["date-range"]);
  const [begin, end] = [timeOf(range["start-datetime"]), timeOf(range["end-datetime"])];
  if (begin === undefined || end === undefined || end < begin) throw bad("it does not say about which time");
  const policies = listOf(whole.policies).slice(0, MOST_POLICIES).map(policyOf);
  if (policies.length === 0) throw bad("it does not say about which domain");
  return {
    organization: textOf(whole["organization-name"]),
    contact: textOf(whole["contact-info"]),
    id: textOf(whole["report-id"]),
    ...{ begin, end, policies },
  };
}

function parsed(octets: Uint8Array): Record<string, unknown> {
  // A parser takes long for what is deep.
  if (depthOf(octets) > DEEPEST) throw bad("it is too deep");
  try {
    return recordOf(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets)));
  } catch {
    throw bad("it is no JSON");
  }
}

/** How deep arrays and objects lie in each other, those in texts not counted. */
function depthOf(octets: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at];
    if (octet === QUOTE) quoted = !quoted;
    else if (quoted && octet === BACKSLASH) at++;
    else if (quoted) continue;
    else if (octet === BRACKET || octet === BRACE) deepest = Math.max(deepest, ++depth);
    else if (octet === BRACKET + 2 || octet === BRACE + 2) depth--;
  }
  return deepest;
}

function policyOf(value: unknown): TlsPolicy {
  const { policy, summary, "failure-details": details } = recordOf(value);
  const about = recordOf(policy);
  const counted = recordOf(summary);
  const domain = textOf(about["policy-domain"]).toLowerCase().replace(/\.$/, "");
  if (domain === "") throw bad("it does not say about which domain");
  const texts = (list: unknown) => listOf(list).slice(0, MOST_STRINGS).map(textOf);
  return {
    type: POLICY_TYPES.find((one) => one === about["policy-type"]) ?? "no-policy-found",
    domain,
    strings: texts(about["policy-string"]),
    // §4.4 calls it mx-host; some write one name where a list should be.
    servers: typeof about["mx-host"] === "string" ? [textOf(about["mx-host"])] : texts(about["mx-host"]),
    successes: countOf(counted["total-successful-session-count"]),
    failures: countOf(counted["total-failure-session-count"]),
    details: listOf(details).slice(0, MOST_DETAILS).map(failureOf),
  };
}

function failureOf(value: unknown): TlsFailure {
  const one = recordOf(value);
  return {
    type: textOf(one["result-type"]),
    sender: textOf(one["sending-mta-ip"]),
    server: textOf(one["receiving-mx-hostname"]),
    address: textOf(one["receiving-ip"]),
    count: countOf(one["failed-session-count"]),
    reason: [one["failure-reason-code"], one["additional-information"]].map(textOf).filter(Boolean).join(" "),
  };
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string"
    ? value
        .replace(/\p{Cc}+/gu, " ")
        .trim()
        .slice(0, LONGEST)
    : "";
}

function countOf(value: unknown): number {
  const count = Number(value ?? 0);
  if (!Number.isSafeInteger(count) || count < 0 || count > MOST_SESSIONS) throw bad("a count is none");
  return count;
}

function timeOf(value: unknown): number | undefined {
  const time = Date.parse(textOf(value));
  return Number.isNaN(time) || time < 0 || time > LATEST ? undefined : time;
}

function bad(what: string): Refusal {
  return new Refusal("invalid", `The report cannot be read: ${what}.`);
}

/** The JSON of a report (§4.4). */
export function writeTlsReport({ organization, contact, id, begin, end, policies }: TlsReport): string {
  return JSON.stringify({
    "organization-name": organization,
    "date-range": { "start-datetime": instant(begin), "end-datetime": instant(end) },
    "contact-info": contact,
    "report-id": id,
    policies: policies.map((one) => ({
      policy: {
        "policy-type": one.type,
        ...(one.strings.length > 0 && { "policy-string": one.strings }),
        "policy-domain": one.domain,
        ...(one.servers.length > 0 && { "mx-host": one.servers }),
      },
      summary: { "total-successful-session-count": one.successes, "total-failure-session-count": one.failures },
      ...(one.details.length > 0 && { "failure-details": one.details.map(detailOf) }),
    })),
  });
}

function detailOf({ type, sender, server, address, count, reason }: TlsFailure) {
  return {
    "result-type": type,
    ...(sender !== "" && { "sending-mta-ip": sender }),
    ...(server !== "" && { "receiving-mx-hostname": server }),
    ...(address !== "" && { "receiving-ip": address }),
    "failed-session-count": count,
    ...(reason !== "" && { "additional-information": reason }),
  };
}

/** ISO 8601 in seconds (RFC 8460 §4.4). */
function instant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** §5.1: sender "!" policy-domain "!" begin "!" end "!" id. */
export function tlsFileName(
  sender: string,
  domain: string,
  { begin, end, id }: Pick<TlsReport, "begin" | "end" | "id">,
) {
  return `${sender}!${domain}!${Math.floor(begin / 1_000)}!${Math.floor(end / 1_000)}!${id}.json.gz`;
}

/** §5.3. */
export function tlsSubject(sender: string, domain: string, { id }: Pick<TlsReport, "id">): string {
  return `Report Domain: ${domain} Submitter: ${sender} Report-ID: <${id}>`;
}
