/**
 * Reports on recipients whose fate is known when their message has come in: those who do not exist, addresses a mailbox forwards to that
 * do not, and successes that were asked for (RFC 3461 §4, §5.2).
 */
import type { Envelope, EnvelopeRecipient } from "./envelope.ts";
import type { Spread } from "./forwarding.ts";
import type { Parts } from "./parts.ts";
import type { Plan } from "./placement.ts";
import type { ReportedRecipient, ReportKind } from "./report.ts";
import { reportReceiver, wants } from "./reporting.ts";
import type { Sealed } from "./sealed.ts";
import { printable } from "./send/reply.ts";
import type { Telling } from "./telling.ts";

/** What the reports are about. */
export interface Reported {
  readonly envelope: Envelope;
  readonly plan: Plan;
  /** Its header as its sender would see it elsewhere. */
  readonly header: Uint8Array;
  /** Octets, as it is kept. */
  readonly size: number;
  readonly telling: Telling;
}

/** A kind of report, on whom, to whom. */
type Wanted = readonly [kind: ReportKind, recipients: readonly ReportedRecipient[], to: string];

const SUCCESS = {
  delivered: { status: "2.1.5", sentence: "It is in the mailbox." },
  expanded: { status: "2.0.0", sentence: "It was sent on to several addresses, which report no success." },
} as const;

/** The reports, ready for the commit that accepts the message. */
export async function earlyReports(parts: Parts, about: Reported, spread: Spread): Promise<Sealed[]> {
  const { envelope, header } = about;
  const reports: Sealed[] = [];
  for (const [kind, recipients, reversePath] of [...failures(about, spread), ...successes(parts, about, spread)]) {
    if (recipients.length === 0) continue;
    if (about.telling !== "all" && reversePath === envelope.reversePath) {
      withhold(parts, envelope, recipients);
      continue;
    }
    const report = await reportReceiver(parts, kind, recipients, {
      trace: envelope.origin.trace,
      reversePath,
      envid: envelope.envid,
      arrivedAt: parts.now(),
      helo: envelope.origin.helo,
      header,
      full: false,
    });
    if (report !== undefined) reports.push(report);
  }
  return reports;
}

/** Nobody knows whether the sender is who he says; the log knows what he would have heard. */
function withhold({ store }: Parts, { origin, reversePath }: Envelope, recipients: readonly ReportedRecipient[]): void {
  const what = recipients.map(({ address, sentence }) => `${printable(address)}: ${sentence}`).join("; ");
  const text = `<${printable(reversePath)}> did not prove to have sent this, and is not told: ${what}`;
  store.events.log({ room: "transport", name: "report.withheld", trace: origin.trace, session: origin.session, text });
}

function failures({ envelope, plan }: Reported, spread: Spread): Wanted[] {
  const failed: ReportedRecipient[] = [];
  for (const { recipient, status, sentence } of plan.returned) {
    if (wants(recipient.notify, "FAILURE")) failed.push({ ...reported(recipient), status, sentence });
  }
  const undone = spread.undone.filter(({ notify }) => wants(notify, "FAILURE"));
  return [
    ["failed", failed, envelope.reversePath],
    ...undone.map((one): Wanted => ["failed", one.recipients, one.reversePath]),
  ];
}

/** What is told to a sender who asked to hear of success. Those who wait because they are full are told of when they have it. */
function successes({ mailstore }: Parts, { envelope, plan, size }: Reported, spread: Spread): Wanted[] {
  const told = { delivered: [] as ReportedRecipient[], expanded: [] as ReportedRecipient[] };
  for (const recipient of plan.local) {
    if (recipient.notify?.includes("SUCCESS") !== true) continue;
    const kept = spread.kept.filter((one) => one.recipient === recipient);
    if (kept.length > 0 && kept.every(({ mailbox }) => !mailstore.room.fits(mailbox, 1, size))) continue;
    const kind = spread.success(recipient);
    if (kind !== undefined) told[kind].push({ ...reported(recipient), ...SUCCESS[kind] });
  }
  const { reversePath } = envelope;
  return [
    ["delivered", told.delivered, reversePath],
    ["expanded", told.expanded, reversePath],
  ];
}

function reported(recipient: EnvelopeRecipient): Pick<ReportedRecipient, "address" | "orcpt"> {
  return { address: recipient.address, orcpt: recipient.orcpt };
}
