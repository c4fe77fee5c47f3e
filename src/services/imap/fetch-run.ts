/** Answers a FETCH: message by message, in slices of the event loop, and marks as seen what is read (RFC 9051 §6.4.5). */
import { SEEN } from "../../mailstore/flags.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import type { FetchItem } from "./fetch-items.ts";
import { type FetchGround, fetchValue, type Row, type Value } from "./fetch-values.ts";
import { EndSession, No } from "./refusals.ts";
import type { Session } from "./session.ts";
import { beginFetch, type Known } from "./telling.ts";

/** Messages whose stored texts are read together and whose \Seen is set together. */
const BATCH = 256;
/** Messages answered between two looks at the clock. */
const STRIDE = 32;

function setsSeen(item: FetchItem): boolean {
  return (item.kind === "section" || item.kind === "binary") && !item.peek;
}

/** What a FETCH does beside giving values. */
interface FetchOptions {
  /** What is read stays as unseen as it was: nobody asked for it just now. */
  readonly quiet?: boolean;
}

/** One FETCH under way. */
export class Fetch {
  readonly #values: readonly Value[];
  /** What is told beside of messages that this FETCH makes \Seen (RFC 9051 §6.4.5): what is not asked for anyway. */
  readonly #ofSeen: readonly Value[];
  readonly #marksSeen: boolean;
  readonly #ground: FetchGround;
  readonly #quiet: boolean;
  #gone = false;
  /** Why something of a message could not be given. */
  #refused: No | undefined;

  constructor(
    private readonly session: Session,
    items: readonly FetchItem[],
    { quiet = false }: FetchOptions = {},
  ) {
    this.#quiet = quiet;
    const { store, mailstore, out, enabled } = session;
    const selected = session.folderSelected;
    const has = (kind: FetchItem["kind"]) => items.some((item) => item.kind === kind);
    const showsAll = !enabled.condstore || has("modseq");
    this.#ground = { store, mailstore, out, selected, showsAll };
    this.#values = items.map((item) => fetchValue(item, this.#ground));
    // Without the right "s" what is read stays unseen (RFC 4314 §4).
    this.#marksSeen = !quiet && !selected.readOnly && selected.place.rights.includes("s") && items.some(setsSeen);
    const ofSeen: FetchItem[] = [];
    if (enabled.uids && !enabled.uidOnly && !has("uid")) ofSeen.push({ kind: "uid" });
    if (!has("flags")) ofSeen.push({ kind: "flags" });
    if (!showsAll) ofSeen.push({ kind: "modseq" });
    this.#ofSeen = this.#marksSeen ? ofSeen.map((item) => fetchValue(item, this.#ground)) : [];
  }

  /**
   * Answers for all messages; true if some went meanwhile.
   * @throws No "UNKNOWN-CTE" after all others, where one could not be decoded (RFC 3516 §4.3) and somebody waits for an answer
   */
  async all(uids: Uint32Array): Promise<boolean> {
    const { out } = this.session;
    const { turns } = this.session.store;
    const { selected } = this.#ground;
    const { view } = selected;
    for (let from = 0; from < uids.length; from += BATCH) {
      const batch = uids.subarray(from, from + BATCH);
      const marked = this.#marksSeen ? await this.#markSeen(batch) : undefined;
      for (const value of this.#values) value.batch?.(batch);
      let index = view.lowerBound(batch[0] as number);
      for (let n = 0; n < batch.length; n++) {
        const uid = batch[n] as number;
        if (view.uidAt(index) !== uid) index = view.indexOfUid(uid);
        if (index < 0) this.#gone = true;
        else {
          const pending = this.#message({ uid, index, content: view.contentAt(index) }, marked?.has(uid) === true);
          if (pending) await pending;
        }
        index++;
        const { full } = out;
        if (full) await out.drain();
        if ((full || n % STRIDE === 0) && turns.over) await turns.next();
        // Whoever may no longer read the folder gets nothing more of it, also in the middle of an answer.
        if (selected.gone) return true;
      }
    }
    if (this.#refused && !this.#quiet) throw this.#refused;
    return this.#gone;
  }

  async #markSeen(batch: Uint32Array): Promise<ReadonlySet<number>> {
    const { selected, mailstore } = this.#ground;
    const { view } = selected;
    const unseen = Array.from(batch).filter((uid) => {
      const index = view.indexOfUid(uid);
      return index >= 0 && (view.systemAt(index) & SEEN) === 0;
    });
    if (unseen.length === 0) return new Set();
    const change = { mode: "add", flags: { system: SEEN } } as const;
    try {
      await mailstore.setFlags(view.folderId, unseen, change, {
        origin: selected,
        reader: selected.place.reader,
      });
    } catch (thrown) {
      // On a full disk mail can be read all the same; it stays unseen.
      if (thrown instanceof Refusal && thrown.kind === "noSpace") return new Set();
      throw thrown;
    }
    return new Set(unseen);
  }

  /** One message's response. Gives a promise only where something has to be waited for. */
  #message(row: Row, marked: boolean): Promise<void> | undefined {
    const values = marked ? [...this.#ofSeen, ...this.#values] : this.#values;
    let waiting: Promise<void>[] | undefined;
    try {
      for (const value of values) {
        const pending = value.read(row);
        if (pending) waiting = [...(waiting ?? []), pending];
      }
    } catch (thrown) {
      this.#passOver(thrown);
      return undefined;
    }
    const known = this.#ground.selected.knownAt(row.index);
    if (waiting === undefined) return this.#send(known, values);
    return Promise.all(waiting).then(
      () => this.#send(known, values),
      (thrown) => this.#passOver(thrown),
    );
  }

  /** A message that went between two looks is no fault; nor does one that cannot be decoded stand in the way of others. */
  #passOver(thrown: unknown): void {
    if (thrown instanceof No) {
      this.#refused ??= thrown;
      return;
    }
    if (!(thrown instanceof Refusal) || thrown.kind !== "notFound") throw thrown;
    this.#gone = true;
  }

  #send(known: Known, values: readonly Value[]): Promise<void> | undefined {
    const { out, enabled } = this.session;
    beginFetch(out, enabled, known);
    for (let i = 0; i < values.length; i++) {
      if (i > 0) out.ascii(" ");
      const pending = (values[i] as Value).send(out);
      if (pending) return this.#sendRest(pending, values, i + 1);
    }
    out.ascii(")\r\n");
    return undefined;
  }

  async #sendRest(pending: Promise<void>, values: readonly Value[], next: number): Promise<void> {
    const { out } = this.session;
    try {
      await pending;
      for (const value of values.slice(next)) {
        out.ascii(" ");
        await value.send(out);
      }
    } catch (thrown) {
      if (thrown instanceof ConnectionClosed) throw thrown;
      // Inside a literal nothing can be said any more; the client learns what happened when it comes back.
      this.session.fault("send a message", thrown);
      throw new EndSession(undefined);
    }
    out.ascii(")\r\n");
  }
}
