/** What reports come to, in plain words: who sends in a domain's name, what is wrong with TLS, and what to do next. Pure. */
import { aligned } from "../authentication/organization.ts";
import type { DmarcPolicy } from "../judgement.ts";

/** What is known of an address that sent in a domain's name. */
export interface SourceEvidence {
  readonly passed: number;
  readonly failed: number;
  /** This server. */
  readonly own: boolean;
  /** Domains whose signatures held, and those whose did not. */
  readonly signed: readonly string[];
  readonly broken: readonly string[];
  /** Domains for which SPF passed. */
  readonly senders: readonly string[];
  /** Why reporters let its mail pass. */
  readonly overrides: readonly string[];
}

export type SourceKind = "good" | "own" | "forwarder" | "service" | "forger";

/** Who a source probably is, and what to do about it in one sentence. */
export function judgeSource(domain: string, evidence: SourceEvidence): { kind: SourceKind; sentence: string } {
  const { passed, failed, own, signed, broken, senders, overrides } = evidence;
  if (failed === 0) return { kind: "good", sentence: own ? "This server." : "Its mail proves to be yours." };
  if (own) {
    const sentence = "This server itself: look at the records for SPF and for the keys on the page of DNS records.";
    return { kind: "own", sentence };
  }
  const through = overrides.some((one) => one === "forwarded" || one === "mailing_list" || one === "trusted_forwarder");
  const changed = broken.some((one) => aligned(one, domain, "relaxed"));
  if (through || changed || passed > failed) {
    return { kind: "forwarder", sentence: "Probably a forwarder or a mailing list that changes your mail on its way." };
  }
  const foreign = [...signed, ...senders].find((one) => one !== "" && !aligned(one, domain, "relaxed"));
  if (foreign !== undefined) {
    const sentence = `It proves to be ${foreign}. If that is a service that sends for you (a newsletter, a shop, a cloud service), have it sign with your domain; otherwise it is a forger.`;
    return { kind: "service", sentence };
  }
  return { kind: "forger", sentence: "Nothing proves that it may send for you: probably a forger." };
}

/** What the reports of some days come to. */
export interface DmarcFigures {
  readonly reports: number;
  readonly messages: number;
  readonly passed: number;
  /** Days that the reports tell of. */
  readonly days: number;
  /** What the domain asks for; undefined where no report says. */
  readonly policy: DmarcPolicy | undefined;
  /** Messages that failed by who sent them. */
  readonly failedBy: Readonly<Record<SourceKind, number>>;
}

/** From when on the figures are worth something. */
const LEAST_DAYS = 14;
const LEAST_MESSAGES = 20;
/** Own mail that may fail before a stricter policy does harm: 2 of a hundred. */
const BEARABLE = 0.02;

/** "98 % of 1,240 messages passed." */
export function dmarcSentence({ reports, messages, passed, failedBy }: DmarcFigures): string {
  if (reports === 0)
    return "No reports have come yet. Large providers send one a day about the mail they got in your name.";
  if (messages === 0) return "Nobody got mail in your name.";
  const failed = messages - passed;
  const first = `${percentOf(passed, messages)} of ${count(messages)} messages in your name proved to be yours.`;
  if (failed === 0) return first;
  const by = [
    [failedBy.own, "of this server"],
    [failedBy.service, "of services that may be yours"],
    [failedBy.forwarder, "of forwarders and lists"],
    [failedBy.forger, "of probable forgers"],
  ].flatMap(([many, whose]) => (Number(many) > 0 ? [`${count(Number(many))} ${whose}`] : []));
  return by.length === 0 ? first : `${first} ${count(failed)} did not: ${by.join(", ")}.`;
}

/** What to do next. */
export function dmarcAdvice({ reports, messages, passed, days, policy, failedBy }: DmarcFigures): string {
  if (reports === 0)
    return "See that the record for DMARC on the page of DNS records has the address for reports in it (rua=).";
  const yours = failedBy.own + failedBy.service;
  const real = passed + yours + failedBy.forwarder;
  if (failedBy.own > 0 && failedBy.own > real * BEARABLE) {
    return "First put this server's records right: some of its own mail does not prove to be yours.";
  }
  if (yours > real * BEARABLE) {
    return "First look at the services below: those that are yours should sign with your domain, or they will be refused under a stricter policy.";
  }
  if (policy === "reject") return "Nothing to do: forged mail is refused, and yours arrives.";
  const next = policy === "quarantine" ? "reject" : "quarantine";
  if (days < LEAST_DAYS || messages < LEAST_MESSAGES) {
    return `Wait until there are reports of ${LEAST_DAYS} days and ${LEAST_MESSAGES} messages; then, if all your own mail passes, let the record say p=${next}.`;
  }
  return `All is well: you can let the record for DMARC say p=${next}, so that ${
    next === "reject" ? "forged mail is refused" : "forged mail goes to Junk"
  }.`;
}

/** What is wrong with TLS, by the word of RFC 8460 §4.3, and what to do. */
const FAILURES: Readonly<Record<string, string>> = {
  "starttls-not-supported": "The server did not offer TLS (STARTTLS). Look whether something in between takes it out.",
  "certificate-host-mismatch": "The certificate is not for the server's name. Get one for the name in the MX record.",
  "certificate-expired": "The certificate is out of date. Renew it.",
  "certificate-not-trusted":
    "The certificate is of an authority that others do not know. Get one of a known authority.",
  "validation-failure": "The certificate was not accepted, for another reason.",
  "tlsa-invalid": "The TLSA records cannot be used. Correct or remove them.",
  "dnssec-invalid": "The signatures of the zone (DNSSEC) do not hold. Ask whoever looks after your name servers.",
  "dane-required": "DANE was asked for, but there were no TLSA records.",
  "sts-policy-fetch-error": "The policy (MTA-STS) could not be fetched. Look whether its web server can be reached.",
  "sts-policy-invalid": "The policy (MTA-STS) cannot be read.",
  "sts-webpki-invalid": "The certificate of the web server with the policy (MTA-STS) is not good for its name.",
};

export function tlsFailureSentence(type: string): string {
  return FAILURES[type] ?? "Something went wrong that has no name here.";
}

export function tlsSentence(reports: number, passed: number, failed: number): string {
  if (reports === 0) return "No reports have come yet. Some large providers send one a day about TLS to your servers.";
  const all = passed + failed;
  if (all === 0) return "Nobody tried to bring mail.";
  if (failed === 0) return `All ${count(all)} connections to your servers were encrypted as they should be.`;
  return `${percentOf(passed, all)} of ${count(all)} connections to your servers were encrypted as they should be; ${count(failed)} were not.`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}

/** Rounded down, so that 100 % means all. */
function percentOf(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 1_000) / 10} %`;
}
