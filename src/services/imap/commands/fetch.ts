/** FETCH and UID FETCH. */
import { SEEN } from "../../../mailstore/flags.ts";
import { ConnectionClosed } from "../../../net/errors.ts";
import { Refusal } from "../../../refusal.ts";
import { type Command, type Completion, command } from "../command.ts";
import { type FetchItem, fetchItems } from "../fetch-items.ts";
import { type FetchModifiers, fetchModifiers, sliceOf } from "../fetch-modifiers.ts";
import { type FetchGround, fetchValue, type Row, type Value } from "../fetch-values.ts";
import type { Parser } from "../parse.ts";
import { EndSession } from "../refusals.ts";
import { goneSince } from "../resync.ts";
import { normaliseRanges, rangesOf, type SequenceSet, selectAscending } from "../sequence.ts";
import type { Session } from "../session.ts";
import { beginFetch, type Known, tellVanished } from "../telling.ts";

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  readonly modifiers: FetchModifiers;
}

/** Messages whose stored texts are read together and whose \Seen is set together. */
const BATCH = 256;
/** Messages answered between two looks at the clock. */
const STRIDE = 32;

function fetchArguments(p: Parser, session: Session, byUid: boolean): FetchArguments {
  p.space();
  const set = p.sequenceSet();
  p.space();
  const items = fetchItems(p);
  return { set, items, modifiers: fetchModifiers(p, { byUid, qresync: session.enabled.qresync }) };
}

async function run(session: Session, args: FetchArguments, byUid: boolean): Promise<Completion> {
  const { set, modifiers } = args;
  const { changedSince, partial } = modifiers;
  const has = (kind: FetchItem["kind"]) => args.items.some((item) => item.kind === kind);
  const items = [...args.items];
  // RFC 7162 §3.1.4.1: CHANGEDSINCE asks for MODSEQ, too.
  if (changedSince !== undefined && !has("modseq")) items.push({ kind: "modseq" });
  if (byUid && !has("uid") && !session.enabled.uidOnly) items.unshift({ kind: "uid" });
  if (changedSince !== undefined || has("modseq")) session.useModseqs();
  const named = session.resolve(set, byUid);
  if (changedSince !== undefined && modifiers.vanished) await tellGone(session, set, changedSince);
  const changed = changedSince === undefined ? named.uids : changedAfter(session, named.uids, changedSince);
  const fetch = new Fetch(session, items);
  const gone = await fetch.all(partial === undefined ? changed : sliceOf(changed, partial));
  // RFC 2180 §4.1.1: the client is told what is left, and that there is something to hear about with the next NOOP.
  return (named.missing || gone) && !byUid ? { code: "EXPUNGEISSUED", text: "Some of the messages are gone" } : {};
}

/** Tells which of the UIDs named belonged to messages that went after a mod-sequence (RFC 7162 §3.2.6). */
async function tellGone(session: Session, set: SequenceSet, modseq: number): Promise<void> {
  const selected = session.folderSelected;
  const ranges = set === "saved" ? rangesOf(session.saved) : normaliseRanges(set, selected.largestUid);
  await tellVanished(session.out, await goneSince(session, selected, modseq, ranges), true);
}

function changedAfter(session: Session, uids: Uint32Array, modseq: number): Uint32Array {
  const { view } = session.folderSelected;
  const changed = Uint32Array.from(view.changedSince(modseq), (index) => view.uidAt(index));
  return selectAscending(uids, changed, true);
}

function setsSeen(item: FetchItem): boolean {
  return (item.kind === "section" || item.kind === "binary") && !item.peek;
}

/** One FETCH under way. */
class Fetch {
  readonly #values: readonly Value[];
  /** What is told beside of messages that this FETCH makes \Seen (RFC 9051 §6.4.5): what is not asked for anyway. */
  readonly #ofSeen: readonly Value[];
  readonly #marksSeen: boolean;
  readonly #ground: FetchGround;
  #gone = false;

  constructor(
    private readonly session: Session,
    items: readonly FetchItem[],
  ) {
    const { store, mailstore, out, enabled } = session;
    const selected = session.folderSelected;
    const has = (kind: FetchItem["kind"]) => items.some((item) => item.kind === kind);
    const showsAll = !enabled.condstore || has("modseq");
    this.#ground = { store, mailstore, out, selected, showsAll };
    this.#values = items.map((item) => fetchValue(item, this.#ground));
    // Without the right "s" what is read stays unseen (RFC 4314 §4).
    this.#marksSeen = !selected.readOnly && selected.place.rights.includes("s") && items.some(setsSeen);
    const ofSeen: FetchItem[] = [];
    if (enabled.uids && !enabled.uidOnly && !has("uid")) ofSeen.push({ kind: "uid" });
    if (!has("flags")) ofSeen.push({ kind: "flags" });
    if (!showsAll) ofSeen.push({ kind: "modseq" });
    this.#ofSeen = this.#marksSeen ? ofSeen.map((item) => fetchValue(item, this.#ground)) : [];
  }

  /** Answers for all messages; true if some went meanwhile. */
  async all(uids: Uint32Array): Promise<boolean> {
    const { out } = this.session;
    const { turns } = this.session.store;
    const { view } = this.#ground.selected;
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
      }
    }
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

  /** A message that went between two looks is no fault. */
  #passOver(thrown: unknown): void {
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

/**
 * ```
 * C: a1 FETCH 2:4 (FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)])
 * S: * 2 FETCH (FLAGS (\Seen) BODY[HEADER.FIELDS (DATE FROM)] {94}
 * S: …
 * ```
 */
export const fetch: Command<FetchArguments> = command({
  verb: "FETCH",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.5, RFC 7162 §3.1.4",
  usage: "set item|(item …)|ALL|FAST|FULL [(CHANGEDSINCE mod-sequence)]",
  about: "Gives flags, structure and content of messages.",
  holdsNumbers: true,
  speaksNumbers: true,
  syntax: (p, session) => fetchArguments(p, session, false),
  run: (session, args) => run(session, args, false),
});

/** FETCH by UID; every response carries the UID (RFC 9051 §6.4.9). */
export const uidFetch: Command<FetchArguments> = command({
  verb: "UID FETCH",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.9, RFC 7162 §3.1.4, §3.2.6, RFC 9394",
  usage: "uid-set item|(item …)|ALL|FAST|FULL [([CHANGEDSINCE mod-sequence [VANISHED]] [PARTIAL first:last])]",
  about: "Gives flags, structure and content of messages named by UID.",
  syntax: (p, session) => fetchArguments(p, session, true),
  run: (session, args) => run(session, args, true),
});
