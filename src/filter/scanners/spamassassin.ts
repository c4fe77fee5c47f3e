/**
 * SpamAssassin by the protocol of spamd (spamd/PROTOCOL in its sources):
 *
 *     C: REPORT SPAMC/1.5
 *     C: Content-length: 1234
 *     C: (blank line, message)
 *     S: SPAMD/1.1 0 EX_OK
 *     S: Spam: True ; 15.3 / 5.0
 *     S: (blank line, a report with a line for each rule)
 */
import type { Finding } from "../judgement.ts";
import { exchange, NoAnswer } from "./exchange.ts";
import { findingsOf, type OuterVerdict, word } from "./outer-verdict.ts";

export interface SpamdQuestion {
  readonly place: string;
  readonly seconds: number;
  /** Trace fields in front of the message: it looks there for who brought it. */
  readonly head: string;
  /** Octets of the message without them. */
  readonly size: number;
  readonly octets: () => AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** Octets: its own client sends no larger message, since it takes seconds for them. */
export const SPAMD_MOST_OCTETS = 512_000;
const LONGEST_ANSWER = 256_000;
/** Where the description of a rule goes on in the next line. */
const INDENTED = " ".repeat(20);

/** @throws NoAnswer */
export async function askSpamd(question: SpamdQuestion, factor: number): Promise<Finding[]> {
  const { fields, body } = await tell(question, "REPORT", []);
  const [, score, required] = /^Spam: \w+ ; (-?[\d.]+) \/ (-?[\d.]+)$/im.exec(fields) ?? [];
  if (score === undefined || required === undefined) throw new NoAnswer("SpamAssassin gives no score");
  return findingsOf("spamassassin", { score: Number(score), required: Number(required), tests: testsIn(body) }, factor);
}

/** Teaches SpamAssassin a message. @throws NoAnswer where it does not take it */
export async function teachSpamd(question: SpamdQuestion, kind: "ham" | "spam"): Promise<void> {
  await tell(question, "TELL", [`Message-class: ${kind}`, "Set: local"]);
}

async function tell(
  { place, seconds, head, size, octets, signal }: SpamdQuestion,
  verb: string,
  more: readonly string[],
): Promise<{ readonly fields: string; readonly body: string }> {
  const front = Buffer.from(head);
  const lines = [`${verb} SPAMC/1.5`, ...more, `Content-length: ${front.length + size}`, "", ""];
  const whole = (async function* () {
    yield Buffer.from(lines.join("\r\n"));
    if (front.length > 0) yield front;
    yield* octets();
  })();
  const answer = (await exchange(place, whole, { seconds, mostOctets: LONGEST_ANSWER, signal })).toString("utf8");
  const code = /^SPAMD\/[\d.]+ (\d+) /.exec(answer)?.[1];
  const end = answer.indexOf("\r\n\r\n");
  if (code === undefined) throw new NoAnswer("what answers is no SpamAssassin");
  if (code !== "0") throw new NoAnswer(`SpamAssassin says “${word(answer, 200)}”`);
  const fields = (end === -1 ? answer : answer.slice(0, end)).replace(/\r/g, "");
  return { fields, body: end === -1 ? "" : answer.slice(end + 4) };
}

/** The lines of the table of a report. */
function testsIn(report: string): OuterVerdict["tests"] {
  const lines = report.split(/\r?\n/);
  const first = lines.findIndex((line) => /^-{2,} -{2,}/.test(line));
  const tests: { name: string; points: number; about: string }[] = [];
  for (const line of first === -1 ? [] : lines.slice(first + 1)) {
    const [, points, name, about = ""] = /^ {0,4}(-?\d+(?:\.\d+)?) +([A-Z]\w{1,80})(?: +(.*))?$/.exec(line) ?? [];
    const last = tests.at(-1);
    if (points !== undefined && name !== undefined) tests.push({ name, points: Number(points), about });
    else if (last !== undefined && line.startsWith(INDENTED)) last.about += ` ${line.trim()}`;
  }
  return tests.map((test) => ({ ...test, about: test.about || test.name }));
}
