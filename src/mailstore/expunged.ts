/**
 * What is remembered of messages that are gone: their UIDs with the mod-sequence at which they went (RFC 7162 §5.3), so that
 * a client which comes back is told of them. Of each folder the latest are kept; what is older is forgotten, and from where on the
 * memory is whole is kept beside them, as a row of UID 0.
 */
import type { Statement } from "bun:sqlite";
import type { Store } from "../store/store.ts";

/** UIDs remembered of a folder, at most about. A row of them takes some 40 octets of the file. */
const MOST = 100_000;
/** So many more may gather before the oldest are forgotten. */
const SURPLUS = 1_000;
/** UIDs read in one turn of the event loop, or forgotten in one commit. */
const SLICE = 5_000;

export class Expunged {
  readonly #bury: Statement;
  readonly #first: Statement;
  readonly #count: Statement;
  readonly #nth: Statement;
  readonly #forget: Statement;
  readonly #forgetAll: Statement;
  readonly #since: Statement;
  /** By folder: how many were buried since they were last counted. */
  readonly #fresh = new Map<number, number>();

  constructor(
    private readonly store: Store,
    private readonly most = MOST,
  ) {
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#bury = prepare("INSERT OR IGNORE INTO expunged (folder, modseq, uid) VALUES (?, ?, ?)");
    this.#first = prepare("SELECT modseq, uid FROM expunged WHERE folder = ? ORDER BY modseq, uid LIMIT 1");
    this.#count = prepare("SELECT count(*) FROM expunged WHERE folder = ?");
    this.#nth = prepare("SELECT modseq, uid FROM expunged WHERE folder = ? ORDER BY modseq, uid LIMIT 1 OFFSET ?");
    this.#forget = prepare("DELETE FROM expunged WHERE folder = ? AND (modseq, uid) <= (?, ?)");
    this.#forgetAll = prepare("DELETE FROM expunged WHERE folder = ?");
    this.#since = prepare(
      `SELECT modseq, uid FROM expunged WHERE folder = ?1 AND (modseq, uid) > (?2, ?3) AND modseq <= ?4
       ORDER BY modseq, uid LIMIT ${SLICE}`,
    );
  }

  /** Remembers that messages went, inside the commit in which they go. */
  bury(folder: number, modseq: number, uids: readonly number[]): void {
    for (const uid of uids) this.#bury.run(folder, modseq, uid);
    const surplus = Math.min(SURPLUS, this.most);
    // The first of a run of the program counts, too: what an earlier run left is not known here.
    const fresh = (this.#fresh.get(folder) ?? surplus) + uids.length;
    this.#fresh.set(folder, fresh);
    if (fresh >= surplus) this.#prune(folder);
  }

  #prune(folder: number): void {
    const surplus = Number(this.#count.values(folder)[0]?.[0] ?? 0) - this.most;
    if (surplus <= SLICE) this.#fresh.set(folder, 0);
    if (surplus <= 0) return;
    const [modseq, uid] = this.#nth.values(folder, Math.min(surplus, SLICE) - 1)[0] as [number, number];
    this.#forget.run(folder, modseq, uid);
    this.#bury.run(folder, modseq, 0);
  }

  /** The mod-sequence after which all that went is remembered. */
  wholeSince(folder: number): number {
    const [modseq, uid] = (this.#first.values(folder)[0] ?? []) as number[];
    return uid === 0 ? Number(modseq) : 0;
  }

  /**
   * UIDs of what went after one mod-sequence and not after another, ascending; undefined where that is no longer known. Read in
   * slices of the event loop.
   */
  async between(folder: number, after: number, upTo: number): Promise<Uint32Array | undefined> {
    const uids: number[] = [];
    if (after < this.wholeSince(folder)) return undefined;
    for (let at: [number, number] = [after, Number.MAX_SAFE_INTEGER]; ; ) {
      const rows = this.#since.values(folder, ...at, upTo) as [number, number][];
      for (const [, uid] of rows) uids.push(uid);
      const last = rows.at(-1);
      if (last === undefined || rows.length < SLICE) break;
      at = last;
      if (this.store.turns.over) await this.store.turns.next();
      // What was to be read may have been forgotten meanwhile.
      if (at[0] < this.wholeSince(folder)) return undefined;
    }
    return Uint32Array.from(uids).sort();
  }

  /** Forgets a folder that is gone. */
  forgetFolder(folder: number): void {
    this.#forgetAll.run(folder);
    this.#fresh.delete(folder);
  }
}
