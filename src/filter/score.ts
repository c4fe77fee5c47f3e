/**
 * What all findings come to: a score for each mailbox, whether its copy goes to Junk, whether the message is refused or asked to come
 * again, and the field that says so:
 *
 *     Gatepost-Verdict: junk; score=7.3; required=5; tests=words:4.1,header/capitals:1.3,client/spf-fail:2
 */
import { Refusal } from "../refusal.ts";
import type { Greylist } from "./greylist.ts";
import type { Finding, Hold, Mail, Verdict, Weigher } from "./judgement.ts";

/** What the weigher goes by. */
export interface Thresholds {
  readonly junkAt: number;
  readonly refuseAt: number;
  readonly quarantineAt: number;
  readonly greylistAt: number;
  readonly tarpitSeconds: number;
}

/** The scores from which something happens to the copy of a mailbox. */
type Limits = Pick<Thresholds, "junkAt" | "refuseAt" | "quarantineAt">;
type Wished = { readonly [L in keyof Limits]: number | null };

export interface ScoreParts {
  readonly thresholds: () => Thresholds;
  /** What a mailbox wishes; null: as everywhere. */
  readonly limitsOf: (mailbox: number) => Wished;
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
    const limits = new Map(mailboxes.map((mailbox) => [mailbox, this.#limitsOf(mailbox, thresholds)]));
    const over = (what: keyof Limits) =>
      mailboxes.filter((one) => isOver(scores.get(one) ?? 0, limits.get(one)?.[what] ?? NEVER));
    // The best of them counts for all: what one of the recipients wants is not refused.
    const least = scores.size === 0 ? scoreOf(findings, undefined) : Math.min(...scores.values());
    const refused = over("refuseAt");
    const unwanted = mailboxes.length === 0 ? isOver(least, thresholds.refuseAt) : refused.length === mailboxes.length;
    const refusal = await this.#turnedAway(mail, { least, unwanted, findings }, thresholds);
    if (refusal !== undefined) await this.#wait(thresholds.tarpitSeconds);
    const barred = findings.flatMap(({ test, result, mailbox }) =>
      test === "sender" && result === "unwanted" ? (mailbox ?? []) : [],
    );
    const hold = holdOf(over("quarantineAt"));
    const [only] = mailboxes;
    const shown = mailboxes.length === 1 ? only : undefined;
    const required = (shown === undefined ? undefined : limits.get(shown)?.junkAt) ?? thresholds.junkAt;
    return {
      fields: verdictField(findings, shown, required),
      junk: new Set([...over("junkAt"), ...refused, ...barred]),
      limits: new Map([...limits].map(([mailbox, { junkAt }]) => [mailbox, junkAt])),
      ...(refusal !== undefined && { refusal }),
      ...(hold !== undefined && { hold }),
    };
  }

  #limitsOf(mailbox: number, usual: Limits): Limits {
    const { junkAt, refuseAt, quarantineAt } = this.parts.limitsOf(mailbox);
    return {
      junkAt: junkAt ?? usual.junkAt,
      refuseAt: refuseAt ?? usual.refuseAt,
      quarantineAt: quarantineAt ?? usual.quarantineAt,
    };
  }

  /** Why a message is not taken now, or not at all. Of collected mail there is nobody who could be told. */
  async #turnedAway(
    mail: Mail,
    { least, unwanted, findings }: { least: number; unwanted: boolean; findings: readonly Finding[] },
    thresholds: Thresholds,
  ): Promise<Refusal | undefined> {
    if (mail.visit.collected === true) return undefined;
    if (!unwanted || mail.visit.recipients.length === 0) return await this.#again(mail, least, findings, thresholds);
    const sentence = "This message is taken for junk. If it is none, please reach the recipient in another way.";
    return new Refusal("senderRefused", sentence, { smtp: { code: 550, enhanced: "5.7.1" } });
  }

  async #again(
    mail: Mail,
    score: number,
    findings: readonly Finding[],
    thresholds: Thresholds,
  ): Promise<Refusal | undefined> {
    if (!isOver(score, thresholds.greylistAt) || findings.some(isTrusted)) return undefined;
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

/** Somebody among the recipients knows the sender, or wants whatever he writes. */
const isTrusted = ({ test, result }: Finding) => test === "known" || (test === "sender" && result === "wanted");

function holdOf(mailboxes: readonly number[]): Hold | undefined {
  if (mailboxes.length === 0) return undefined;
  return { reason: "junk", sentence: "It is surely junk by its score.", mailboxes: new Set(mailboxes) };
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
