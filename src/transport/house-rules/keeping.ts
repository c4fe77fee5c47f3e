/** A message as it was before a rule took files out of it: held in the quarantine, from where it can be released whole. */
import { Refusal } from "../../refusal.ts";
import { type Holding, holdWithin, tellOfHolding } from "../held.ts";
import type { Parts } from "../parts.ts";
import type { Sealed } from "../sealed.ts";

/** What puts it there, in the commit that accepts the rest. */
export async function keeping(parts: Parts, holding: Holding): Promise<Sealed> {
  const { store } = parts;
  const quarantine = await parts.quarantine();
  let id: number | undefined;
  return {
    place: (tx) => {
      id = holdWithin(tx, store, quarantine, holding);
      store.content.discardUnused(tx, holding.staged);
      return { trace: holding.envelope.origin.trace, delivered: [], queueId: undefined };
    },
    report: () => tellOfHolding(store, holding, id),
    discard: async () => {
      const { parked } = holding.staged;
      if (parked !== undefined) await store.content.drop(parked.id);
    },
    copy: () => {
      throw new Refusal("temporary", "What is held has no copies.");
    },
  };
}
