/**
 * \Recent (RFC 3501 §2.3.2): each message is recent for the first session that is told of it. Claims are kept in memory
 * while folders are selected and written when a session leaves one, so that no arriving mail costs a commit for them.
 */
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { Refusal } from "../../refusal.ts";

/** Who may still claim which messages as recent, for all sessions. */
export class Recents {
  /** By folder: the first UID that no session was told of. */
  readonly #next = new Map<number, number>();

  constructor(private readonly mailstore: Mailstore) {}

  /** The first UID that no session was told of. */
  first(folder: number): number {
    return this.#next.get(folder) ?? this.mailstore.folderById(folder)?.recentUid ?? 1;
  }

  /** Takes the messages below `next` for one session; gives the first that was free. */
  claim(folder: number, next: number): number {
    const first = this.first(folder);
    if (next > first) this.#next.set(folder, next);
    return first;
  }

  /** Writes what was claimed in a folder. On a full disk it stays in memory: a folder can be left all the same. */
  async keep(folder: number): Promise<void> {
    const next = this.#next.get(folder);
    if (next === undefined) return;
    try {
      await this.mailstore.claimRecent(folder, next);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.kind === "noSpace") return;
      throw thrown;
    }
    if (this.#next.get(folder) === next) this.#next.delete(folder);
  }
}
