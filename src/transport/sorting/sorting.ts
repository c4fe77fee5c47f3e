/**
 * Sieve scripts at delivery: the door behind which they are run. Most mailboxes have none, and then nothing of them is read.
 *
 * For each mailbox that keeps a message the house's script `before` runs, then the mailbox's active one, then the house's `after`. One
 * follows the other as long as the message would still be kept; what was put into folders or sent on stays done. The mailbox's
 * forwarding and autoresponder have their turn beside that: scripts decide about the copy that stays.
 */
import type { Memory } from "../../sieve/memory.ts";
import type { Scripts } from "../../sieve/scripts.ts";
import { sieveSettings } from "../../sieve/settings.ts";
import type { Store, Tx } from "../../store/store.ts";
import type { Envelope } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Sealed } from "../sealed.ts";
import type { FolderRuns } from "./folder-runs.ts";
import type { Explained, Judged, Runner, Trial } from "./runner.ts";
import type { Arrival, Sorted, Version } from "./sorted.ts";

/** What the scripts that run for a message make of it, where some run. */
export type Sort = (arrival: Arrival) => Promise<Sorted | undefined>;

/** A letter that goes beside a message, if it is still wanted when that is committed. */
export interface Beside {
  readonly mailbox: number;
  readonly sealed: Sealed;
  /** Notes that it goes, in the commit; false if it shall not. */
  readonly note: (tx: Tx) => boolean;
  /** Puts a copy of it into a folder, in the commit. */
  readonly file?: (tx: Tx) => void;
}

const DAY_MS = 86_400_000;
/** What scripts did with one message, as far as one line of the log tells it. */
const MOST_TOLD = 20;

export class Sorting {
  #runner: Promise<Runner> | undefined;
  #folderRuns: Promise<FolderRuns> | undefined;

  constructor(
    private readonly store: Store,
    readonly scripts: Scripts,
    readonly memory: Memory,
  ) {}

  /**
   * The scripts for one message.
   * @param message as it came, with what this server put in front of it
   * @param judged what the filter found; undefined where it did not look
   */
  for(parts: Parts, envelope: Envelope, message: Version, judged: Judged | undefined): Sort {
    return async (arrival) => {
      if (!this.#concerns(envelope, arrival)) return undefined;
      const runner = await this.#open(parts);
      return await runner.sort(envelope, arrival, message, judged);
    };
  }

  /** What scripts would make of a message, and why; nothing is done. @throws SieveError */
  async explain(parts: Parts, trial: Trial): Promise<Explained> {
    return await (await this.#open(parts)).explain(trial);
  }

  /** The runs of scripts on folders. Their code is read when the first one is asked for. */
  folderRuns(parts: Parts): Promise<FolderRuns> {
    this.#folderRuns ??= Promise.all([import("./folder-runs.ts"), this.#open(parts)]).then(
      ([{ FolderRuns }, runner]) => new FolderRuns(parts, (mailbox, sender) => runner.surroundings(mailbox, sender)),
    );
    return this.#folderRuns;
  }

  async stop(): Promise<void> {
    await (await this.#folderRuns)?.stop();
  }

  /** Whether scripts run for a message in a mailbox. */
  sorts(envelope: Envelope, mailbox: number): boolean {
    return this.#concerns(envelope, { mailbox });
  }

  /** What this server writes to the owner of a mailbox himself stays where he finds it, also if his rules are what is wrong. */
  #concerns({ origin, recipients }: Envelope, { mailbox }: Pick<Arrival, "mailbox">): boolean {
    if (origin.kind === "system" && recipients.some((one) => one.mailbox !== undefined)) return false;
    return this.scripts.isSorted(mailbox) && this.store.settings.get(sieveSettings).enabled;
  }

  /** Automatic replies and notifications that scripts asked for, and what their owners are to know. */
  async beside(
    parts: Parts,
    envelope: Envelope,
    sorted: readonly Sorted[],
    answered: ReadonlySet<number>,
  ): Promise<Beside[]> {
    if (sorted.length === 0) return [];
    const { besides } = await import("./beside.ts");
    return await besides(parts, envelope, sorted, answered);
  }

  /** Remembers what `duplicate` saw, in the commit that keeps the message (RFC 7352 §3). */
  rememberWithin(tx: Tx, sorted: readonly Sorted[], now: number): void {
    const { maxDuplicateDays } = this.store.settings.get(sieveSettings);
    for (const { mailbox, remember } of sorted) {
      for (const { id, seconds } of remember) {
        const until = now + Math.min(seconds * 1_000, maxDuplicateDays * DAY_MS);
        this.memory.noteWithin(tx, { mailbox, kind: "duplicate", key: id, at: now, until });
      }
    }
  }

  /** Says in the log what scripts did, after the commit. */
  report({ origin: { trace, session } }: Envelope, sorted: readonly Sorted[]): void {
    for (const { mailbox, story } of sorted) {
      if (story.length === 0) continue;
      const about = { room: "transport", name: "sieve.sorted", trace, session };
      const told = story.slice(0, MOST_TOLD);
      const text = told.map(({ script, rule, what }) => `${script}${rule ? ` (${rule})` : ""}: ${what}`).join("; ");
      this.store.events.log({ ...about, text, data: { mailbox, did: told } });
    }
  }

  #open(parts: Parts): Promise<Runner> {
    this.#runner ??= import("./runner.ts").then(({ Runner }) => new Runner(parts, this.scripts, this.memory));
    return this.#runner;
  }
}
