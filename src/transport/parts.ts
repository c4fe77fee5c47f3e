/** What the parts of transport share. Made once by the Transport. */
import type { Directory } from "../directory/directory.ts";
import type { Filter } from "../filter/filter.ts";
import type { Quarantine } from "../filter/quarantine/quarantine.ts";
import type { Signing } from "../filter/signing.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { Store } from "../store/store.ts";
import type { Autoresponder } from "./autoresponder.ts";
import type { Envelope } from "./envelope.ts";
import type { Barred } from "./house-rules/barred.ts";
import type { HouseRules } from "./house-rules/house-rules.ts";
import type { IsOwnAddress } from "./placement.ts";
import type { Queue } from "./queue/queue.ts";
import type { Receiver } from "./receiver.ts";
import type { Reports } from "./reports/reports.ts";
import type { ReturnPaths } from "./return-path/return-paths.ts";
import type { Routes } from "./routes/routes.ts";
import type { Sorting } from "./sorting/sorting.ts";
import type { Traces } from "./traces/traces.ts";
import type { Whereabouts } from "./whereabouts.ts";

export interface Parts {
  readonly store: Store;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly queue: Queue;
  /** Judges mail from outside; none is judged where it is left out. */
  readonly filter?: Pick<Filter, "judges" | "begin" | "scan"> | undefined;
  /** What is held; its code is read when it is first asked for. */
  readonly quarantine: () => Promise<Quarantine>;
  /** Signs what people of this house send; nothing is signed where it is left out. */
  readonly signing?: Pick<Signing, "begin"> | undefined;
  readonly autoresponder: Autoresponder;
  /** Reports between mail servers. */
  readonly reports: Reports;
  /** Tagged return paths. */
  readonly returnPaths: ReturnPaths;
  /** What directories elsewhere say of addresses here. */
  readonly whereabouts: Whereabouts;
  /** Which way mail leaves. */
  readonly routes: Routes;
  /** What is done with messages that fit, and the journals. */
  readonly house: HouseRules;
  /** From whom and to whom no mail is taken. */
  readonly barred: Barred;
  /** The Sieve scripts. */
  readonly sorting: Sorting;
  /** Which messages came by. */
  readonly traces: Traces;
  /** The clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** The name this server gives itself. */
  readonly hostname: () => string;
  readonly isOwnAddress: IsOwnAddress;
  /** Begins a message: the one way in. @throws Refusal */
  readonly receive: (envelope: Envelope) => Receiver;
}
