/** What is told to a domain's owner of one message, as one line of JSON: messages with the same line are counted together. Pure. */
import { normaliseAddress } from "../../net/access.ts";
import type { Authentication, DmarcPolicy } from "../judgement.ts";
import type { DmarcRow, Override } from "./dmarc-report.ts";

const MOST_SIGNATURES = 5;
const LONGEST_NAME = 253;

type Line = [
  source: string,
  disposition: DmarcPolicy,
  dkim: 0 | 1,
  spf: 0 | 1,
  override: Override | "",
  headerFrom: string,
  envelopeFrom: string,
  signatures: [domain: string, selector: string, result: string][],
  checked: [domain: string, scope: "mfrom" | "helo", result: string],
];

/**
 * The line of a message; undefined where its domain publishes no policy or wants no reports.
 * @param reversePath "" for the null reverse-path
 */
export function dmarcLine(
  { dmarc, dkim, spf }: Authentication,
  remote: string,
  reversePath: string,
): string | undefined {
  const { aligned, disposition, override = "", domain } = dmarc;
  if (aligned === undefined || dmarc.wantsReports !== true) return undefined;
  const short = (text: string) => text.slice(0, LONGEST_NAME);
  const line: Line = [
    ...([normaliseAddress(remote), disposition, aligned.dkim ? 1 : 0, aligned.spf ? 1 : 0, override] as const),
    short(domain),
    short(reversePath.slice(reversePath.lastIndexOf("@") + 1).toLowerCase()),
    dkim
      .filter((one) => one.domain !== "")
      .slice(0, MOST_SIGNATURES)
      .map((one) => [short(one.domain), short(one.selector), one.result]),
    [short(spf.domain), spf.identity === "helo" ? "helo" : "mfrom", spf.result],
  ];
  return JSON.stringify(line);
}

/** The row of a report that a line becomes. */
export function rowOfLine(line: string, count: number): DmarcRow {
  const [source, disposition, dkim, spf, override, headerFrom, envelopeFrom, signatures, checked] = JSON.parse(
    line,
  ) as Line;
  return {
    ...{ source, count, disposition, dkim: dkim === 1, spf: spf === 1, override, headerFrom, envelopeFrom },
    signatures: signatures.map(([domain, selector, result]) => ({ domain, selector, result })),
    checked: { domain: checked[0], scope: checked[1], result: checked[2] },
  };
}
