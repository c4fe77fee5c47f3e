/** Refusing a message while its sender is still connected (RFC 5429 §2.1.1, §2.2.2). Pure. */
import { Refusal } from "../../refusal.ts";
import type { Envelope } from "../envelope.ts";
import type { Plan } from "../placement.ts";
import { printable } from "../send/reply.ts";
import type { Sorted } from "./sorted.ts";

/** Characters of a reason that fit into a reply. */
const MOST_REASON = 400;
const OTHERWISE = "The recipient does not take this message.";

/**
 * The refusal of a message that the scripts of all its recipients refuse; undefined where somebody takes it, or where the reason can
 * only be told in a letter.
 */
export function refusalOf(envelope: Envelope, plan: Plan, sorted: readonly Sorted[]): Refusal | undefined {
  const [first] = sorted;
  // Whoever sent what is collected is not connected: he can only be told in a letter.
  if (first === undefined || ["system", "collection"].includes(envelope.origin.kind)) return undefined;
  if (plan.remote.length > 0 || plan.returned.length > 0) return undefined;
  const refusals = sorted.flatMap(({ refusal, placings, redirects }) =>
    refusal !== undefined && placings.length === 0 && redirects.length === 0 ? [refusal] : [],
  );
  const everybody = plan.deliveries.every(({ mailbox }) => sorted.some((one) => one.mailbox === mailbox));
  if (!everybody || refusals.length < sorted.length) return undefined;
  const [refusal] = refusals;
  if (refusal === undefined) return undefined;
  const reason = printable(refusal.reason).replace(/\s+/g, " ").trim();
  const fits = reason !== "" && (envelope.smtputf8 === true || /^[\x20-\x7e]+$/.test(reason));
  // RFC 5429 §2.2: reject rather keeps the exact words than the connection; ereject the other way round.
  if (!fits && refusal.kind === "reject" && envelope.reversePath !== "") return undefined;
  return new Refusal("notPermitted", fits ? reason.slice(0, MOST_REASON) : OTHERWISE, {
    smtp: { code: 550, enhanced: "5.7.1" },
  });
}
