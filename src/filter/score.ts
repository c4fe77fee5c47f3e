/**
 * What all findings come to: a score for each mailbox, whether its copy goes to Junk, whether the message is refused or asked to come
 * again, and the field that says so:
 *
 *     Gatepost-Verdict: junk; score=7.3; required=5; tests=words:4.1,header/capitals:1.3,client/spf-fail:2
 */
import { Refusal } from "../refusal.ts";
import type { Greylist } from "./greylist.ts";
import type { Finding, Mail, Verdict, Weigher } from "./judgement.ts";

/** What the weigher goes by. */
export interface Thresholds {
  readonly junkAt: number;
  readonly refuseAt: number;
  readonly greylistAt: number;
  readonly tarpitSeconds: number;
}

export interface ScoreParts {
  readonly thresholds: () => Thresholds;
  /** Where junk begins in a mailbox; undefined: as everywhere. */
  readonly junkAt: (mailbox: number) => number | undefined;
  readonly greylist: Greylist;
}

/** From here on a threshold means never. */
const NEVER = 100;
/** Senders who wait for their refusal at once; further ones are told without waiting. */
const MOST_WAITING = 50;
const LONGEST_LINE = 76;

export class Score implements Weigher {
  #waiting = 0;

  constructor(private readonly parts: ScoreParts) {}

  async weigh(mail: Mail, findings: readonly Finding[]): Promise<Verdict> {
    const thresholds = this.parts.thresholds();
    const mailboxes = [...new Set(mail.visit.recipients.flatMap((one) => one.mailboxes))];
    const scores = new Map(mailboxes.map((mailbox) => [mailbox, scoreOf(findings, mailbox)]));
    // The best of them counts for all: what one of the recipients wants is not refused.
    const least = scores.size === 0 ? scoreOf(findings, undefined) : Math.min(...scores.values());
    const refusal = this.#refusal(mail, least, thresholds) ?? (await this.#again(mail, least, findings, thresholds));
    if (refusal !== undefined) await this.#wait(thresholds.tarpitSeconds);
    const limitOf = (mailbox: number) => this.parts.junkAt(mailbox) ?? thresholds.junkAt;
    const junk = mailboxes.filter((mailbox) => isOver(scores.get(mailbox) ?? 0, limitOf(mailbox)));
    const [only] = mailboxes;
    const shown = mailboxes.length === 1 ? only : undefined;
    const required = shown === undefined ? thresholds.junkAt : limitOf(shown);
    return {
      fields: verdictField(findings, shown, required),
      junk: new Set(junk),
      ...(refusal !== undefined && { refusal }),
    };
  }

  #refusal({ visit }: Mail, score: number, { refuseAt }: Thresholds): Refusal | undefined {
    if (!isOver(score, refuseAt) || visit.recipients.length === 0) return undefined;
    const sentence = "This message is taken for junk. If it is none, please reach the recipient in another way.";
    return new Refusal("senderRefused", sentence, { smtp: { code: 550, enhanced: "5.7.1" } });
  }

  async #again(
    mail: Mail,
    score: number,
    findings: readonly Finding[],
    thresholds: Thresholds,
  ): Promise<Refusal | undefined> {
    if (!isOver(score, thresholds.greylistAt) || findings.some(({ test }) => test === "known")) return undefined;
    const minutes = await this.parts.greylist.ask(mail.visit);
    if (minutes === undefined) return undefined;
    const sentence = `Please try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}: senders who are not known here yet are asked to.`;
    return new Refusal("temporary", sentence, { smtp: { code: 451, enhanced: "4.7.1" } });
  }

  /** Makes whoever sends junk wait; there is a bound to those who wait at once, since each holds a connection. */
  async #wait(seconds: number): Promise<void> {
    if (seconds === 0 || this.#waiting >= MOST_WAITING) return;
    this.#waiting++;
    try {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    } finally {
      this.#waiting--;
    }
  }
}

const isOver = (score: number, limit: number) => limit < NEVER && score >= limit;

/** What findings come to for a mailbox. */
export function scoreOf(findings: readonly Finding[], mailbox: number | undefined): number {
  const sum = findings.reduce((total, one) => total + (counts(one, mailbox) ? one.points : 0), 0);
  return Math.round(sum * 100) / 100;
}

function counts(finding: Finding, mailbox: number | undefined): boolean {
  return finding.mailbox === undefined || finding.mailbox === mailbox;
}

/** The verdict as a header field, folded (RFC 5322 §2.2.3). */
export function verdictField(findings: readonly Finding[], mailbox: number | undefined, required: number): string {
  const score = scoreOf(findings, mailbox);
  const tests = findings
    .filter((one) => one.points !== 0 && counts(one, mailbox))
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points))
    .map(({ test, result, points }) => `${test}/${result.replace(/[^\w.%:-]/g, "_")}:${points}`);
  const limit = required >= NEVER ? "never" : String(required);
  let line = `Gatepost-Verdict: ${isOver(score, required) ? "junk" : "clean"}; score=${score}; required=${limit}; tests=`;
  let field = "";
  for (const [at, test] of tests.entries()) {
    const piece = at + 1 < tests.length ? `${test},` : test;
    if (line.length + piece.length > LONGEST_LINE) {
      field += `${line}\r\n`;
      line = " ";
    }
    line += piece;
  }
  return `${field}${line}${tests.length === 0 ? "none" : ""}\r\n`;
}
