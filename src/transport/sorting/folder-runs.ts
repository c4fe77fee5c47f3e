/** The runs of scripts on folders: one a mailbox at a time, and the last one until the next, so that it can be looked at and undone. */
import { Refusal } from "../../refusal.ts";
import type { Surroundings } from "../../sieve/surroundings.ts";
import type { Parts } from "../parts.ts";
import { FolderRun, type FolderWish } from "./folder-run.ts";

/** Runs that are remembered; the oldest go. */
const MOST_REMEMBERED = 20;

export class FolderRuns {
  readonly #runs = new Map<number, FolderRun>();

  constructor(
    private readonly parts: Parts,
    private readonly surroundings: (mailbox: number, sender: string) => Surroundings,
  ) {}

  /** Begins a run. @throws Refusal "notFound", "inUse" while another one is under way */
  begin(wish: FolderWish): FolderRun {
    const folder = this.parts.mailstore.folderById(wish.folder);
    if (folder?.mailboxId !== wish.mailbox) throw new Refusal("notFound", "There is no such folder.");
    const { state } = this.#runs.get(wish.mailbox)?.progress ?? {};
    if (state === "running" || state === "undoing") {
      throw new Refusal(
        "inUse",
        "Rules are being run on a folder of this mailbox already. Wait for them, or stop them.",
      );
    }
    const surroundings = { ...this.surroundings(wish.mailbox, ""), remembers: () => false };
    const run = new FolderRun(this.parts, wish, folder.name, surroundings);
    this.#runs.delete(wish.mailbox);
    this.#runs.set(wish.mailbox, run);
    for (const [mailbox, one] of this.#runs) {
      if (this.#runs.size <= MOST_REMEMBERED) break;
      if (one.progress.state !== "running" && one.progress.state !== "undoing") this.#runs.delete(mailbox);
    }
    return run;
  }

  /** The run of a mailbox that is under way, or was the last. */
  of(mailbox: number): FolderRun | undefined {
    return this.#runs.get(mailbox);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.stop()));
  }
}
