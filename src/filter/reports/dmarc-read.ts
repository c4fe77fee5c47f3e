/**
 * Reads aggregate reports of DMARC (RFC 7489 appendix C; RFC 9990 adds a namespace and renames little). What reporters leave out or misspell is
 * borne as far as the figures stay clear. Rows are handed on as they come, so that a long report is never in memory as a whole. Pure.
 */
import { isIP } from "node:net";
import { type Element, elementsIn, readingXml, textIn } from "../../mime/xml.ts";
import { Refusal } from "../../refusal.ts";
import type { DmarcPolicy } from "../judgement.ts";
import { type DmarcReport, type DmarcRow, OVERRIDES, type PublishedPolicy } from "./dmarc-report.ts";
import { LARGEST_REPORT } from "./unpack.ts";

const LIMITS = { octets: LARGEST_REPORT, elements: 500_000, depth: 16, piece: 16_384 };
/** Rows of one report that are read; the rest of it is left. */
export const MOST_ROWS = 10_000;
const MOST_SIGNATURES = 10;
const LONGEST_TEXT = 255;
/** More messages from one address in one report nobody believes. */
const MOST_MESSAGES = 1_000_000_000;
/** The year 2100: what lies behind it is no time. */
const LATEST = 4_102_444_800;

/**
 * Reads a report in slices.
 * @param onRow told each row, `MOST_ROWS` of them at most
 * @throws Refusal "invalid", "tooLarge" with what is wrong
 */
export function* readingDmarc(octets: Uint8Array, onRow: (row: DmarcRow) => void): Generator<void, DmarcReport> {
  let rows = 0;
  const root = yield* readingXml(octets, LIMITS, (element) => {
    if (element.name !== "record") return false;
    if (++rows <= MOST_ROWS) onRow(rowOf(element));
    return true;
  });
  if (root.name !== "feedback") throw bad("it is no report about DMARC");
  const [about, published] = [child(root, "report_metadata"), child(root, "policy_published")];
  if (about === undefined) throw bad("it does not say who reports");
  if (published === undefined) throw bad("it does not say about which domain");
  const range = child(about, "date_range");
  const [begin, end] = [timeOf(text(range, "begin")), timeOf(text(range, "end"))];
  if (begin === undefined || end === undefined || end < begin) throw bad("it does not say about which time");
  return {
    organization: text(about, "org_name"),
    email: text(about, "email"),
    id: text(about, "report_id"),
    ...{ begin, end, published: publishedOf(published) },
  };
}

function publishedOf(element: Element): PublishedPolicy {
  const domain = nameOf(text(element, "domain"));
  if (domain === "") throw bad("it does not say about which domain");
  const policy = policyOf(text(element, "p"));
  const subdomains = text(element, "sp");
  const percent = text(element, "pct");
  return {
    ...{ domain, policy, subdomains: subdomains === "" ? policy : policyOf(subdomains) },
    dkim: text(element, "adkim") === "s" ? "strict" : "relaxed",
    spf: text(element, "aspf") === "s" ? "strict" : "relaxed",
    percent: /^\d{1,3}$/.test(percent) ? Math.min(100, Number(percent)) : 100,
  };
}

function rowOf(record: Element): DmarcRow {
  const row = child(record, "row");
  const evaluated = row && child(row, "policy_evaluated");
  const identifiers = child(record, "identifiers");
  const results = child(record, "auth_results");
  const source = text(row, "source_ip");
  const count = Number(/^\d{1,10}$/.exec(text(row, "count"))?.[0] ?? Number.NaN);
  if (isIP(source) === 0) throw bad("a row names no address");
  if (!(count >= 1 && count <= MOST_MESSAGES)) throw bad("a row does not say how many messages");
  const reason = evaluated && child(evaluated, "reason");
  const checked = results && child(results, "spf");
  return {
    ...{ source: source.toLowerCase(), count },
    disposition: policyOf(text(evaluated, "disposition")),
    dkim: text(evaluated, "dkim").toLowerCase() === "pass",
    spf: text(evaluated, "spf").toLowerCase() === "pass",
    override: reason === undefined ? "" : (OVERRIDES.find((one) => one === text(reason, "type")) ?? "other"),
    headerFrom: nameOf(text(identifiers, "header_from")),
    envelopeFrom: nameOf(text(identifiers, "envelope_from")),
    signatures: (results === undefined ? [] : elementsIn(results))
      .filter(({ name }) => name === "dkim")
      .slice(0, MOST_SIGNATURES)
      .map((one) => ({
        domain: nameOf(text(one, "domain")),
        selector: text(one, "selector"),
        result: text(one, "result").toLowerCase(),
      })),
    checked: {
      domain: nameOf(text(checked, "domain")),
      scope: text(checked, "scope") === "helo" ? "helo" : "mfrom",
      result: text(checked, "result").toLowerCase(),
    },
  };
}

function child(element: Element, name: string): Element | undefined {
  return elementsIn(element).find((one) => one.name === name);
}

/** The text of a child, short and in one line; "" where there is none. */
function text(element: Element | undefined, name: string): string {
  const found = element && child(element, name);
  return found === undefined
    ? ""
    : textIn(found)
        .replace(/\p{Cc}+/gu, " ")
        .trim()
        .slice(0, LONGEST_TEXT);
}

function nameOf(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, "");
}

/** RFC 9990 calls what is done to mail that passes "pass". */
function policyOf(word: string): DmarcPolicy {
  const lower = word.toLowerCase();
  return lower === "quarantine" || lower === "reject" ? lower : "none";
}

/** Seconds; some write fractions. */
function timeOf(word: string): number | undefined {
  const seconds = /^(\d{1,10})(?:\.\d*)?$/.exec(word)?.[1];
  return seconds === undefined || Number(seconds) > LATEST ? undefined : Number(seconds);
}

function bad(what: string): Refusal {
  return new Refusal("invalid", `The report cannot be read: ${what}.`);
}
