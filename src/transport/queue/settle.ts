/**
 * What follows from an attempt: recipients are through, wait for the next attempt, or come back to the sender. All of it for one
 * message, the reports included, is one commit.
 *
 * RFC 5321 §4.5.4.1 (giving up), RFC 3461 §5.2 (which reports, and who owes them).
 */
import type { Tx } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import type { ReportedRecipient, ReportKind } from "../report.ts";
import { reportReceiver, wants } from "../reporting.ts";
import type { Sealed } from "../sealed.ts";
import type { Failure } from "../send/failure.ts";
import type { Letter, Outcome } from "../send/transaction.ts";
import { transportSettings } from "../settings.ts";
import { wayHome } from "./here.ts";
import { octetsOf, startOf } from "./octets.ts";
import { delayDue, nextAttempt, spanText } from "./retry.ts";
import type { QueuedMessage, QueuedRecipient } from "./rows.ts";

/** A message with what an attempt brought, by recipient id. Recipients without an outcome just wait again. */
export interface Attempted extends Pick<Letter, "message" | "recipients"> {
  readonly destination: string;
  readonly outcomes: ReadonlyMap<number, Outcome>;
}

/** One recipient's fate, decided. */
type Fate =
  | { readonly kind: "sent"; readonly outcome: Extract<Outcome, { kind: "sent" }> }
  | { readonly kind: "here"; readonly outcome: Extract<Outcome, { kind: "here" }> }
  | { readonly kind: "failed" | "expired"; readonly failure: Failure }
  | { readonly kind: "deferred"; readonly failure: Failure; readonly next: number; readonly tell: boolean }
  | { readonly kind: "again" };

type Decided = readonly [recipient: QueuedRecipient, fate: Fate];

/** Octets read to find the end of a message's header. */
const MOST_HEADER = 65_536;

/** What is to be written about one attempt. */
export interface Settlement {
  /** Writes it, inside a commit. May run again if that commit is tried again. */
  commit(tx: Tx): void;
  /** Logs what happened, after the commit. */
  log(): void;
  /** Drops what was prepared, if there was no commit. Never rejects. */
  discard(): Promise<void>;
}

/** Decides, composes the reports, and gives the work for a commit and the log lines to follow it. */
export async function prepareSettlement(parts: Parts, attempted: Attempted): Promise<Settlement> {
  const now = parts.now();
  let decided = attempted.recipients.map((one): Decided => [one, decide(parts, attempted, one, now)]);
  let reports: Sealed[];
  let home: ((tx: Tx) => void) | undefined;
  try {
    reports = await composeReports(parts, attempted, decided, now);
    if (isLost(attempted.message, decided)) home = await wayHome(parts, attempted.message);
  } catch (fault) {
    // Nobody is given up without being told: what cannot be reported now waits. What was sent stays sent.
    parts.store.events.fault("transport", "compose a report", fault, { trace: attempted.message.trace });
    decided = decided.map(([one, fate]) => [one, postponed(parts, attempted, one, fate, now)]);
    reports = [];
  }
  const placed: (() => void)[] = [];
  return {
    commit: (tx) => {
      placed.length = 0;
      if (parts.queue.rows.message(attempted.message.id) === undefined) return;
      write(parts, attempted, decided, now, tx);
      home?.(tx);
      for (const report of reports) {
        const accepted = report.place(tx);
        placed.push(() => report.report(accepted));
      }
      parts.queue.settled(tx, attempted.message.id);
    },
    log: () => {
      log(parts, attempted, decided);
      for (const report of placed) report();
    },
    discard: async () => {
      for (const report of reports) await report.discard().catch(() => undefined);
    },
  };
}

function decide(parts: Parts, attempted: Attempted, recipient: QueuedRecipient, now: number): Fate {
  const outcome = attempted.outcomes.get(recipient.id);
  if (outcome === undefined || outcome.kind === "again") return { kind: "again" };
  if (outcome.kind === "sent") return { kind: "sent", outcome };
  if (outcome.kind === "here") return { kind: "here", outcome };
  const { failure } = outcome;
  const { message } = attempted;
  if (failure.permanent) return { kind: "failed", failure };
  if (now >= message.expiresAt) return { kind: "expired", failure };
  const settings = parts.store.settings.get(transportSettings);
  const next = nextAttempt(recipient.attempts + 1, now, message.expiresAt, settings);
  return { kind: "deferred", failure, next, tell: delayDue(recipient, message.createdAt, now, settings) };
}

/** The fate of a recipient whose report could not be made. */
function postponed(parts: Parts, attempted: Attempted, recipient: QueuedRecipient, fate: Fate, now: number): Fate {
  if (fate.kind === "deferred") return { ...fate, tell: false };
  if (fate.kind !== "failed" && fate.kind !== "expired") return fate;
  const settings = parts.store.settings.get(transportSettings);
  const next = nextAttempt(recipient.attempts + 1, now, attempted.message.expiresAt, settings);
  return { kind: "deferred", failure: fate.failure, next, tell: false };
}

/**
 * Whether a message that a mailbox sent on without keeping it failed with nobody to tell: it has no return path, or its sender does not
 * want to know. The recipient does.
 */
function isLost({ mailbox, reversePath, untold }: QueuedMessage, decided: readonly Decided[]): boolean {
  if (mailbox === null) return false;
  return decided.some(([{ notify }, fate]) => {
    if (fate.kind !== "failed" && fate.kind !== "expired") return false;
    return reversePath === "" || untold || !wants(wishes(notify), "FAILURE");
  });
}

function wishes(notify: string): string[] | undefined {
  return notify === "" ? undefined : notify.split(",");
}

function write(parts: Parts, attempted: Attempted, decided: readonly Decided[], now: number, tx: Tx): void {
  const { rows } = parts.queue;
  for (const [recipient, fate] of decided) {
    if (fate.kind === "here") {
      if (fate.outcome.place(tx)) rows.finish(recipient.id, "sent", now, "It is in the mailbox.");
      else rows.markWaiting([recipient]);
    } else if (fate.kind === "sent")
      rows.finish(recipient.id, "sent", now, `${fate.outcome.remote}: ${fate.outcome.reply}`);
    else if (fate.kind === "again") rows.markWaiting([recipient]);
    else if (fate.kind === "deferred") {
      const delayTold = recipient.delayTold || fate.tell;
      rows.defer(recipient.id, { at: fate.next, now, reply: fate.failure.sentence, delayTold });
    } else rows.finish(recipient.id, fate.kind, now, fate.failure.sentence);
  }
  for (const [failure, recipients] of byFailure(decided)) {
    rows.logAttempt(attempted.message.id, {
      at: now,
      destination: attempted.destination,
      remote: failure.remote ?? null,
      recipients: recipients.length,
      code: failure.code ?? null,
      enhanced: failure.enhanced,
      reply: failure.sentence,
    });
  }
}

/** Recipients that failed in the same way, together. */
function byFailure(decided: readonly Decided[]): Map<Failure, QueuedRecipient[]> {
  const groups = new Map<Failure, QueuedRecipient[]>();
  for (const [recipient, fate] of decided) {
    if (fate.kind === "sent" || fate.kind === "again" || fate.kind === "here") continue;
    const group = groups.get(fate.failure);
    if (group === undefined) groups.set(fate.failure, [recipient]);
    else group.push(recipient);
  }
  return groups;
}

async function composeReports(
  parts: Parts,
  { message }: Attempted,
  decided: readonly Decided[],
  now: number,
): Promise<Sealed[]> {
  const kinds: Record<ReportKind, ReportedRecipient[]> = {
    failed: [],
    delayed: [],
    delivered: [],
    relayed: [],
    expanded: [],
  };
  for (const [recipient, fate] of decided) {
    const reported = reportOf(recipient, fate, message, now);
    if (reported !== undefined) kinds[reported.kind].push(reported.recipient);
  }
  const reports: Sealed[] = [];
  for (const kind of ["failed", "delayed", "delivered", "relayed"] as const) {
    if (kinds[kind].length === 0) continue;
    const report = await reportReceiver(parts, kind, kinds[kind], subjectOf(parts, message, kind));
    if (report !== undefined) reports.push(report);
  }
  return reports;
}

/** What the sender is told of one recipient, if anything. */
function reportOf(
  recipient: QueuedRecipient,
  fate: Fate,
  message: QueuedMessage,
  now: number,
): { kind: ReportKind; recipient: ReportedRecipient } | undefined {
  const notify = wishes(recipient.notify);
  const who = { address: recipient.address, orcpt: recipient.orcpt ?? undefined, lastAttempt: now };
  if (fate.kind === "again" || message.untold) return undefined;
  if (fate.kind === "here") {
    if (!wants(notify, "SUCCESS")) return undefined;
    return { kind: "delivered", recipient: { ...who, status: "2.1.5", sentence: "It is in the mailbox." } };
  }
  if (fate.kind === "sent") {
    // The next server promised reports, or passing it on is all there is to tell (RFC 3461 §5.2.2).
    if (fate.outcome.reports || !wants(notify, "SUCCESS")) return undefined;
    const { remote, reply } = fate.outcome;
    return {
      kind: "relayed",
      recipient: { ...who, status: "2.0.0", remote: hostOf(remote), reply, sentence: `${remote} took it.` },
    };
  }
  const { failure } = fate;
  const what = { remote: hostOf(failure.remote), reply: failure.reply };
  if (fate.kind === "deferred") {
    if (!fate.tell) return undefined;
    const retryUntil = message.expiresAt;
    const status = failure.enhanced;
    return { kind: "delayed", recipient: { ...who, ...what, status, sentence: failure.sentence, retryUntil } };
  }
  // The failure of a report is nobody's wish to suppress: it is logged (reporting.ts).
  if (message.reversePath !== "" && !wants(notify, "FAILURE")) return undefined;
  // What goes back to the mailbox that sent it on needs no report to anybody.
  if (message.reversePath === "" && message.mailbox !== null) return undefined;
  if (fate.kind === "failed") {
    return { kind: "failed", recipient: { ...who, ...what, status: failure.enhanced, sentence: failure.sentence } };
  }
  const sentence = `It could not be delivered for ${spanText(now - message.createdAt)}. The last attempt: ${failure.sentence}`;
  // RFC 3463 §3.5: delivery time expired.
  return { kind: "failed", recipient: { ...who, ...what, status: "5.4.7", sentence } };
}

/** The name in `name [address]`. */
function hostOf(remote: string | undefined): string | undefined {
  return remote?.split(" ", 1)[0];
}

function subjectOf(parts: Parts, message: QueuedMessage, kind: ReportKind) {
  const { content } = parts.store;
  const start = startOf(content, message, MOST_HEADER);
  const blank = Buffer.from(start.buffer, start.byteOffset, start.length).indexOf("\r\n\r\n");
  return {
    trace: message.trace,
    reversePath: message.reversePath,
    envid: message.envid ?? undefined,
    arrivedAt: message.createdAt,
    helo: message.helo ?? undefined,
    header: start.subarray(0, blank === -1 ? start.length : blank + 4),
    full: kind === "failed" && comesBackWhole(parts, message),
    octets: () => octetsOf(content, message),
  };
}

/**
 * Whether a returned message comes back with its body: not where its sender wants the header only (RFC 3461 §4.3), not in the clear
 * where it had to be encrypted (RFC 8689 §5), not where the report could not hold it.
 */
function comesBackWhole(parts: Parts, message: QueuedMessage): boolean {
  if (message.ret === "HDRS" || message.requireTls || message.body === "BINARYMIME") return false;
  return message.size <= parts.store.settings.get(transportSettings).returnOctets;
}

function log(parts: Parts, attempted: Attempted, decided: readonly Decided[]): void {
  const about = { room: "transport", trace: attempted.message.trace };
  const { events } = parts.store;
  const addresses = (recipients: readonly QueuedRecipient[]) => recipients.slice(0, 20).map((one) => one.address);
  const here = decided.filter(([, fate]) => fate.kind === "here");
  if (here.length > 0) {
    events.log({ ...about, name: "message.delivered", data: { to: addresses(here.map(([recipient]) => recipient)) } });
  }
  const sent = decided.filter(([, fate]) => fate.kind === "sent");
  const first = sent[0]?.[1];
  if (first?.kind === "sent") {
    const { remote, reply } = first.outcome;
    const data = { to: addresses(sent.map(([recipient]) => recipient)), recipients: sent.length };
    events.log({ ...about, name: "message.sent", remote, text: reply, data });
  }
  for (const [failure, recipients] of byFailure(decided)) {
    const fate = decided.find(([recipient]) => recipient === recipients[0])?.[1];
    const name = fate?.kind === "deferred" ? "message.deferred" : "message.bounced";
    const remote = failure.remote === undefined ? {} : { remote: failure.remote };
    const data = {
      to: addresses(recipients),
      recipients: recipients.length,
      enhanced: failure.enhanced,
      ...(fate?.kind === "deferred" && { next: fate.next }),
    };
    events.log({ ...about, name, level: "warn", ...remote, text: failure.sentence, data });
  }
}
