/** Sends reports on their way: composed, received like any other message, and ready to be part of the commit that made them needful. */
import { newTrace } from "../store/events.ts";
import type { Envelope, Notify } from "./envelope.ts";
import type { Parts } from "./parts.ts";
import { composeReport, type ReportedMessage, type ReportedRecipient, type ReportKind } from "./report.ts";
import type { Sealed } from "./sealed.ts";
import { transportSettings } from "./settings.ts";

/** The message a report is about, with what is needed to log and to attach it. */
export interface ReportSubject extends ReportedMessage {
  readonly trace: string;
  /** Gives the whole message where `full` is set. */
  readonly octets?: () => AsyncIterable<Uint8Array>;
}

/** Whether a recipient's sender wants to hear of this (RFC 3461 §4.1: unsaid means FAILURE, and DELAY at our discretion). */
export function wants(notify: readonly string[] | undefined, what: Exclude<Notify, "NEVER">): boolean {
  if (notify === undefined || notify.length === 0) return what !== "SUCCESS";
  return notify.includes(what);
}

/**
 * A report to the sender, or undefined where nobody is to be told: no report is ever made about a report (RFC 5321 §4.5.5).
 */
export async function reportReceiver(
  parts: Parts,
  kind: ReportKind,
  recipients: readonly ReportedRecipient[],
  subject: ReportSubject,
): Promise<Sealed | undefined> {
  const { reversePath } = subject;
  const to = reversePath === "" ? lostTo(parts, kind, recipients, subject) : parts.returnPaths.plain(reversePath);
  if (to === undefined) return undefined;
  const now = parts.now();
  const trace = newTrace();
  const domain = parts.directory.domains.primary()?.name ?? parts.hostname();
  const report = composeReport({
    kind,
    recipients,
    now,
    hostname: parts.hostname(),
    from: `postmaster@${domain}`,
    id: trace,
    message: { ...subject, reversePath: to },
  });
  const envelope: Envelope = {
    reversePath: "",
    recipients: [{ address: to, notify: ["NEVER"] }],
    origin: { kind: "system", session: subject.trace, trace },
    body: "8BITMIME",
    smtputf8: /[^\x00-\x7f]/.test(to),
  };
  await parts.whereabouts.ask([to]);
  const receiver = parts.receive(envelope);
  try {
    await receiver.write(report.head);
    if (subject.full && subject.octets !== undefined) {
      for await (const chunk of subject.octets()) await receiver.write(chunk);
    }
    await receiver.write(report.tail);
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  return await receiver.seal();
}

/** What is itself a report and cannot be delivered is logged; the postmaster hears of failures if he wants to. */
function lostTo(
  parts: Parts,
  kind: ReportKind,
  recipients: readonly ReportedRecipient[],
  subject: ReportSubject,
): string | undefined {
  if (kind !== "failed") return undefined;
  const text = recipients.map((one) => `${one.address}: ${one.sentence}`).join("; ");
  parts.store.events.log({
    room: "transport",
    name: "report.dropped",
    level: "warn",
    trace: subject.trace,
    text: `A message without a return address could not be delivered to ${text}`,
  });
  if (parts.store.settings.get(transportSettings).doubleBounces !== "postmaster") return undefined;
  const postmaster = parts.directory.resolve("postmaster");
  // Where the postmaster's own mailbox is the problem, telling him cannot help.
  if (postmaster.kind !== "local" || recipients.some((one) => one.address === postmaster.address)) return undefined;
  return postmaster.address;
}
