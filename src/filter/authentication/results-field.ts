/** The Authentication-Results field (RFC 8601): what was found, for whoever reads the message later. Pure. */
import type { ArcOutcome, Authentication, DkimOutcome, DmarcOutcome, SpfOutcome, Visit } from "../judgement.ts";

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$/;
/** An address that needs no quoting: what RFC 8601 §2.2 calls a pvalue. */
const PLAIN_ADDRESS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$/;
/** Characters of a text that comes from elsewhere. */
const LONGEST_VALUE = 255;
/** Signatures of one message that are shown. */
const MOST_SIGNATURES = 20;

/** What was checked; a check that was switched off is not there. */
export type Checked = Partial<Authentication>;

/**
 * The field's value, its methods folded onto lines of their own: also what an ARC set holds after `i=` (RFC 8617 §4.1.1).
 * @param host the authserv-id (RFC 8601 §2.5)
 */
export function resultsValue(
  host: string,
  checked: Checked,
  visit: Pick<Visit, "remote" | "helo" | "reversePath">,
): string {
  const { iprev, spf, dkim, arc, dmarc } = checked;
  const methods: string[] = [];
  if (iprev !== undefined) {
    const name = iprev.hostname === undefined ? "" : ` (${comment(iprev.hostname)})`;
    methods.push(`iprev=${iprev.result}${name} policy.iprev=${value(visit.remote)}`);
  }
  if (spf !== undefined) methods.push(spfMethod(spf, visit));
  if (dkim !== undefined) methods.push(...dkimMethods(dkim));
  if (arc !== undefined) methods.push(arcMethod(arc, visit.remote));
  if (dmarc !== undefined) methods.push(dmarcMethod(dmarc));
  // "none" where no check was made at all (§2.2).
  return [value(host), ...(methods.length === 0 ? ["none"] : methods)].join(";\r\n ");
}

/** The complete field. */
export function resultsField(resultsOf: string): string {
  return `Authentication-Results: ${resultsOf}\r\n`;
}

function spfMethod(
  { result, identity, domain, sentence }: SpfOutcome,
  visit: Pick<Visit, "helo" | "reversePath">,
): string {
  const { reversePath, helo } = visit;
  const said =
    identity === "helo"
      ? `smtp.helo=${value(helo)}`
      : `smtp.mailfrom=${PLAIN_ADDRESS.test(reversePath) && reversePath.length <= LONGEST_VALUE ? reversePath : value(domain)}`;
  return `spf=${result}${result.endsWith("error") ? reason(sentence) : ""} ${said}`;
}

function dkimMethods(signatures: readonly DkimOutcome[]): string[] {
  if (signatures.length === 0) return ["dkim=none"];
  return signatures.slice(0, MOST_SIGNATURES).map((one) => {
    const why = one.result === "pass" ? "" : reason(one.sentence);
    const properties = [
      ["header.d", one.domain],
      ["header.i", one.identity ?? ""],
      ["header.s", one.selector],
      ["header.a", one.algorithm],
      ["header.b", one.signature],
    ].filter(([, text]) => text !== "");
    return `dkim=${one.result}${why}${properties.map(([name, text]) => ` ${name}=${value(text as string)}`).join("")}`;
  });
}

/** RFC 8617 §8.1 and §10.2. */
function arcMethod({ result, oldestPass, sentence }: ArcOutcome, remote: string): string {
  if (result === "none") return "arc=none";
  const oldest = oldestPass === undefined ? "" : ` header.oldest-pass=${oldestPass}`;
  return `arc=${result}${result === "fail" ? reason(sentence) : ""}${oldest} smtp.remote-ip=${value(remote)}`;
}

function dmarcMethod({ result, domain, policy, disposition }: DmarcOutcome): string {
  const asked = policy === undefined ? "" : ` (p=${policy} dis=${disposition})`;
  return `dmarc=${result}${asked}${domain === "" ? "" : ` header.from=${value(domain)}`}`;
}

/** A value as a token or a quoted string (RFC 2045 §5.1); nothing in it can end the field or begin another. */
function value(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]+/g, "?").slice(0, LONGEST_VALUE);
  return TOKEN.test(plain) || PLAIN_ADDRESS.test(plain) ? plain : `"${plain.replace(/["\\]/g, "\\$&")}"`;
}

function reason(sentence: string): string {
  return ` reason="${sentence
    .replace(/[“”"\\]/g, "'")
    .replace(/[^\x20-\x7e]+/g, "?")
    .slice(0, LONGEST_VALUE)}"`;
}

function comment(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, "?").slice(0, LONGEST_VALUE);
}
