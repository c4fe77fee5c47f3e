/** Writes aggregate reports of DMARC as the schema of RFC 7489 appendix C has them, and names them (§7.2.1.1). Pure. */
import { escapeXml } from "../../mime/xml.ts";
import type { DmarcReport, DmarcRow, PublishedPolicy } from "./dmarc-report.ts";

/** A report: `head`, then its rows, then `TAIL`. */
export function dmarcHead({ organization, email, id, begin, end, published }: DmarcReport): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<feedback>",
    "  <version>1.0</version>",
    "  <report_metadata>",
    `    ${tag("org_name", organization)}`,
    `    ${tag("email", email)}`,
    `    ${tag("report_id", id)}`,
    `    <date_range>${tag("begin", String(begin))}${tag("end", String(end))}</date_range>`,
    "  </report_metadata>",
    ...policyLines(published),
    "",
  ].join("\n");
}

export const DMARC_TAIL = "</feedback>\n";

function policyLines({ domain, policy, subdomains, dkim, spf, percent }: PublishedPolicy): string[] {
  const mode = (word: "strict" | "relaxed") => (word === "strict" ? "s" : "r");
  return [
    "  <policy_published>",
    `    ${tag("domain", domain)}`,
    `    ${tag("adkim", mode(dkim))}${tag("aspf", mode(spf))}`,
    `    ${tag("p", policy)}${tag("sp", subdomains)}${tag("pct", String(percent))}`,
    // The schema wants fo=; what it asks for, reports of single messages, nobody gets from here.
    `    ${tag("fo", "0")}`,
    "  </policy_published>",
  ];
}

/** One row. */
export function dmarcRecord(row: DmarcRow): string {
  const { source, count, disposition, override, headerFrom, envelopeFrom, signatures, checked } = row;
  const judged = (passed: boolean) => (passed ? "pass" : "fail");
  return [
    "  <record>",
    `    <row>${tag("source_ip", source)}${tag("count", String(count))}`,
    `      <policy_evaluated>${tag("disposition", disposition)}${tag("dkim", judged(row.dkim))}${tag("spf", judged(row.spf))}`,
    ...(override === "" ? [] : [`        <reason>${tag("type", override)}</reason>`]),
    "      </policy_evaluated>",
    "    </row>",
    `    <identifiers>${tag("envelope_from", envelopeFrom)}${tag("header_from", headerFrom)}</identifiers>`,
    "    <auth_results>",
    ...signatures.map(
      (one) =>
        `      <dkim>${tag("domain", one.domain)}${tag("selector", one.selector)}${tag("result", one.result)}</dkim>`,
    ),
    `      <spf>${tag("domain", checked.domain)}${tag("scope", checked.scope)}${tag("result", checked.result)}</spf>`,
    "    </auth_results>",
    "  </record>",
    "",
  ].join("\n");
}

/** §7.2.1.1: receiver "!" policy-domain "!" begin "!" end, with the unique id. */
export function dmarcFileName(
  receiver: string,
  report: Pick<DmarcReport, "begin" | "end" | "id" | "published">,
): string {
  const { begin, end, id, published } = report;
  return `${receiver}!${published.domain}!${begin}!${end}!${id}.xml.gz`;
}

/** §7.2.1.1. */
export function dmarcSubject(receiver: string, { id, published }: Pick<DmarcReport, "id" | "published">): string {
  return `Report Domain: ${published.domain} Submitter: ${receiver} Report-ID: <${id}>`;
}

function tag(name: string, value: string): string {
  return `<${name}>${escapeXml(value)}</${name}>`;
}
