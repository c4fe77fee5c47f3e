/**
 * Who may be told what became of a message. Return paths are easily forged, and a report about mail that somebody else sent is junk itself:
 * so who did not prove to have sent it hears nothing, and where mail would have to be returned to him it is refused while its client is
 * still there to hear it. Pure.
 */
import type { Judgement } from "../filter/judgement.ts";
import { Refusal } from "../refusal.ts";
import { type Envelope, isOwn } from "./envelope.ts";
import type { Plan } from "./placement.ts";
import type { Sorted } from "./sorting/sorted.ts";

/** `answers`: automatic replies, but no reports. */
export type Telling = "all" | "answers" | "nothing";

/** @param judgement undefined where the filter does not look: there an administrator trusts who sends */
export function tellingOf({ origin }: Envelope, judgement: Judgement | undefined): Telling {
  // What was doubtful enough to be held does not become certain by being released.
  if (origin.released === true && !isOwn(origin)) return "answers";
  if (isOwn(origin) || judgement === undefined) return "all";
  const { junk, returnPath = "unknown" } = judgement;
  if (junk.size > 0 || returnPath === "disproven") return "nothing";
  return returnPath === "proven" ? "all" : "answers";
}

/** The refusal of a message that would only have to be returned, to somebody who may not be told. */
export function refusalInstead(telling: Telling, plan: Plan): Refusal | undefined {
  const [first] = plan.returned;
  const leads = plan.deliveries.length + plan.remote.length + plan.reports.length > 0;
  if (telling === "all" || first === undefined || leads) return undefined;
  return new Refusal("unknownRecipient", first.sentence, { smtp: { code: 550, enhanced: "5.1.1" } });
}

/** What scripts made of a message, without a sender to be answered where he may hear nothing. */
export function answerable(telling: Telling, { reversePath }: Envelope, sorted: readonly Sorted[]): readonly Sorted[] {
  if (telling !== "nothing") return sorted;
  return sorted.map((one) => (one.sender === reversePath ? { ...one, sender: "" } : one));
}
