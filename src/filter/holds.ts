/** Which of several reasons a copy is held for. Pure. */
import type { Hold, HoldReason } from "./judgement.ts";

/** What only administrators release comes before what the owners of mailboxes do. */
const STRENGTH = {
  ...{ virus: 0, unscanned: 1, attachment: 2, rule: 3 },
  ...{ junk: 4, policy: 5 },
} satisfies Record<HoldReason, number>;

/** The holds of a message in the order in which they take its copies: each copy is held once. */
export function strongestFirst(holds: readonly Hold[]): Hold[] {
  return holds.toSorted((a, b) => STRENGTH[a.reason] - STRENGTH[b.reason]);
}
