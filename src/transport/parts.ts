/** What the parts of transport share. Made once by the Transport. */
import type { Directory } from "../directory/directory.ts";
import type { Filter } from "../filter/filter.ts";
import type { Signing } from "../filter/signing.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { Store } from "../store/store.ts";
import type { Autoresponder } from "./autoresponder.ts";
import type { Envelope } from "./envelope.ts";
import type { IsOwnAddress } from "./placement.ts";
import type { Queue } from "./queue/queue.ts";
import type { Receiver } from "./receiver.ts";
import type { Sorting } from "./sorting/sorting.ts";

export interface Parts {
  readonly store: Store;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly queue: Queue;
  /** Judges mail from outside; none is judged where it is left out. */
  readonly filter?: Pick<Filter, "judges" | "begin"> | undefined;
  /** Signs what people of this house send; nothing is signed where it is left out. */
  readonly signing?: Pick<Signing, "begin"> | undefined;
  readonly autoresponder: Autoresponder;
  /** The Sieve scripts. */
  readonly sorting: Sorting;
  /** The clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** The name this server gives itself. */
  readonly hostname: () => string;
  readonly isOwnAddress: IsOwnAddress;
  /** Begins a message: the one way in. @throws Refusal */
  readonly receive: (envelope: Envelope) => Receiver;
}
