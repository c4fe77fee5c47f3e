/** What collecting tells the change feed. */
import { topic } from "../../store/changes.ts";

/** An account elsewhere was made, changed or removed, or a look at it ended. */
export const collectionChanged = topic<{
  readonly id: number;
  readonly mailbox: number;
  /** `set`: what is set about it is another; `run`: only how it stands. */
  readonly change: "set" | "run";
}>("transport.collection");
