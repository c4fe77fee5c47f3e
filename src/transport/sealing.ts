/** Makes a message ready for the one commit that does all it leads to, and says afterwards what happened. */
import { deliverWithin } from "./copies-here.ts";
import { enqueueWithin, waitingCopies } from "./copies-queued.ts";
import type { Accepted } from "./envelope.ts";
import { holdWithin, tellOfHolding } from "./held.ts";
import type { Parts } from "./parts.ts";
import type { Sealed } from "./sealed.ts";
import { printable } from "./send/reply.ts";
import { passing } from "./traces/passing.ts";
import type { TraceResult } from "./traces/traces.ts";
import { stagedOf, type Whole } from "./whole.ts";

/** Makes it ready for its commit. */
export async function sealed(parts: Parts, whole: Whole): Promise<Sealed> {
  const { envelope, structure, staged, spread, reports, replies, changes, holdings } = whole;
  const quarantine = holdings.length === 0 ? undefined : await parts.quarantine();
  const placed = new Map<Sealed, Accepted>();
  const traced = passing(envelope, structure, parts.now());
  let copied = false;
  /** Their numbers in the quarantine; undefined where they are thrown away. */
  let heldAs: (number | undefined)[] = [];
  return {
    place: (tx) => {
      placed.clear();
      whole.masks?.place(tx);
      const { delivered, full } = deliverWithin(parts, tx, whole);
      const queued = [
        ...spread.sendings.map((sending) => enqueueWithin(parts, tx, whole, stagedOf(whole, sending.changed), sending)),
        ...full
          .flatMap((kept) => waitingCopies(whole, kept))
          .map((copy) => enqueueWithin(parts, tx, whole, copy.staged, copy)),
      ];
      whole.intake?.place(tx, staged);
      for (const report of reports) placed.set(report, report.place(tx));
      const waiting = new Set(full.map((kept) => kept.mailbox));
      for (const reply of replies) {
        if (waiting.has(reply.mailbox) || !reply.note(tx)) continue;
        placed.set(reply.sealed, reply.sealed.place(tx));
        reply.file?.(tx);
      }
      parts.sorting.rememberWithin(tx, spread.sorted, parts.now());
      if (quarantine !== undefined) heldAs = holdings.map((one) => holdWithin(tx, parts.store, quarantine, one));
      const held = heldAs.some((id) => id !== undefined);
      parts.traces.noteWithin(tx, traced, resultOf(whole, { delivered, queued, held }), whole.digest);
      // Nothing may have come of it, or of what scripts made of it.
      if (!copied) parts.store.content.discardUnused(tx, staged);
      for (const changed of changes.values()) parts.store.content.discardUnused(tx, changed);
      return { trace: envelope.origin.trace, delivered, queueId: queued[0] };
    },
    report: (accepted) => {
      log(parts, whole, accepted);
      if (whole.orders !== undefined) parts.house.report(envelope, whole.orders);
      parts.sorting.report(envelope, spread.sorted);
      for (const [at, holding] of holdings.entries()) tellOfHolding(parts.store, holding, heldAs[at]);
      for (const [report, result] of placed) report.report(result);
    },
    discard: async () => {
      for (const sealed of [...reports, ...replies.map((reply) => reply.sealed)]) await sealed.discard();
      for (const { parked } of [staged, ...changes.values()]) {
        if (parked !== undefined) await parts.store.content.drop(parked.id);
      }
    },
    copy: () => {
      copied = true;
      return { staged, structure };
    },
  };
}

/** Under which other addresses it goes on. */
function ways({ ledOn }: Whole["plan"], { sendings }: Whole["spread"]): string[] {
  const led = ledOn.map(({ from, to }) => `What comes to ${printable(from)} goes to ${printable(to)}.`);
  const paths = sendings.filter(({ reversePath, sender }) => reversePath !== sender);
  const left = paths.map(({ reversePath }) => `It leaves with the return path <${printable(reversePath)}>.`);
  return [...new Set([...led, ...left])];
}

function log(parts: Parts, { envelope, plan, spread, staged, skip }: Whole, { delivered, queueId }: Accepted): void {
  const { origin, reversePath, recipients } = envelope;
  const about = {
    room: "transport",
    trace: origin.trace,
    session: origin.session,
    ...(origin.user !== undefined && { user: origin.user.login }),
    ...(origin.remote !== undefined && { remote: origin.remote }),
  };
  const { events } = parts.store;
  const to = recipients.slice(0, 20).map((one) => one.address);
  const data = {
    ...{ from: reversePath, to, recipients: recipients.length, size: staged.size - skip, origin: origin.kind },
    ...(origin.helo !== undefined && { helo: origin.helo }),
    ...(origin.hostname !== undefined && { hostname: origin.hostname }),
    ...(origin.protocol !== undefined && { protocol: origin.protocol }),
    ...(origin.tls !== undefined && { tls: origin.tls.version }),
  };
  const text = `From <${printable(reversePath)}> to ${printable(to.slice(0, 3).join(", "))}${recipients.length > 3 ? " …" : ""}`;
  events.log({ ...about, name: "message.accepted", text, data });
  if (delivered.length > 0) events.log({ ...about, name: "message.delivered", data: { delivered } });
  for (const text of ways(plan, spread)) events.log({ ...about, name: "path.rewritten", text });
  if (queueId !== undefined) events.log({ ...about, name: "message.queued", data: { queueId } });
}

/** What became of it first; what waits has its result later. */
function resultOf(
  { spread, junk, intake }: Whole,
  { delivered, queued, held }: { delivered: Accepted["delivered"]; queued: readonly number[]; held: boolean },
): TraceResult {
  if (queued.length > 0) return "waiting";
  if (delivered.length === 0) return held ? "held" : intake !== undefined ? "delivered" : "deleted";
  return spread.kept.every((kept) => junk.has(kept.mailbox)) ? "junk" : "delivered";
}
