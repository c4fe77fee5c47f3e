/** What a message leads to: deliveries, queue rows, reports, replies, what is held of it. */
import type { Structure } from "../mime/structure.ts";
import type { Staged } from "../store/content-writer.ts";
import type { Envelope } from "./envelope.ts";
import type { Spread } from "./forwarding.ts";
import type { Holding } from "./held.ts";
import type { Orders } from "./house-rules/engine.ts";
import type { Masks } from "./masks.ts";
import type { Plan } from "./placement.ts";
import type { Intake } from "./reports/reports.ts";
import type { Sealed } from "./sealed.ts";
import type { Changed } from "./sorting/sorted.ts";
import type { Beside } from "./sorting/sorting.ts";
import type { Telling } from "./telling.ts";

/** A message that is there, with all it leads to. */
export interface Whole {
  readonly envelope: Envelope;
  readonly plan: Plan;
  readonly structure: Structure;
  readonly staged: Staged;
  readonly spread: Spread;
  readonly telling: Telling;
  /** Octets of the head that stay here. */
  readonly skip: number;
  /** What another server sent, and from whom: it may come again (traces.ts). */
  readonly digest: Uint8Array | undefined;
  /** What becomes of it where it is a report for this server itself. */
  readonly intake: Intake | undefined;
  /** Mailboxes for which it is junk. */
  readonly junk: ReadonlySet<number>;
  readonly reports: readonly Sealed[];
  /** Automatic replies, notifications, and whatever else goes out on its behalf. */
  readonly replies: readonly Beside[];
  /** The message as scripts changed it. */
  readonly changes: ReadonlyMap<Changed, Staged>;
  /** DKIM-Signature fields or an ARC set for the copies that leave; "" where it is not signed. */
  readonly signatures: string;
  /** What of it goes into the quarantine. */
  readonly holdings: readonly Holding[];
  /** What rules of the house wanted. */
  readonly orders: Orders | undefined;
  /** Opaque senders that were asked for. */
  readonly masks: Masks | undefined;
}

/** Its octets, or those of the form that a script gave it. */
export function stagedOf({ staged, changes }: Whole, changed: Changed | undefined): Staged {
  return (changed && changes.get(changed)) ?? staged;
}
