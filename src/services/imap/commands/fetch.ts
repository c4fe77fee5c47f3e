/** FETCH and UID FETCH. */
import { SEEN } from "../../../mailstore/flags.ts";
import { ConnectionClosed } from "../../../net/errors.ts";
import { Refusal } from "../../../refusal.ts";
import { type Command, type Completion, command } from "../command.ts";
import { type FetchItem, fetchItems } from "../fetch-items.ts";
import { type FetchGround, fetchValue, type Row, type Value } from "../fetch-values.ts";
import type { Parser } from "../parse.ts";
import { EndSession } from "../refusals.ts";
import type { SequenceSet } from "../sequence.ts";
import type { Session } from "../session.ts";

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
}

/** Messages whose stored texts are read together and whose \Seen is set together. */
const BATCH = 256;
/** Messages answered between two looks at the clock. */
const STRIDE = 32;

function fetchArguments(p: Parser): FetchArguments {
  p.space();
  const set = p.sequenceSet();
  p.space();
  return { set, items: fetchItems(p) };
}

async function run(session: Session, { set, items }: FetchArguments, byUid: boolean): Promise<Completion> {
  const { uids, missing } = session.resolve(set, byUid);
  const withUid = byUid && !items.some((item) => item.kind === "uid");
  const fetch = new Fetch(session, withUid ? [{ kind: "uid" }, ...items] : items);
  const gone = await fetch.all(uids);
  // RFC 2180 §4.1.1: the client is told what is left, and that there is something to hear about with the next NOOP.
  return (missing || gone) && !byUid ? { code: "EXPUNGEISSUED", text: "Some of the messages are gone" } : {};
}

function setsSeen(item: FetchItem): boolean {
  return (item.kind === "section" || item.kind === "binary") && !item.peek;
}

/** One FETCH under way. */
class Fetch {
  readonly #values: readonly Value[];
  /** FLAGS for messages that this FETCH makes \Seen (RFC 9051 §6.4.5), where FLAGS is not asked for anyway. */
  readonly #flags: Value | undefined;
  readonly #marksSeen: boolean;
  readonly #ground: FetchGround;
  #gone = false;

  constructor(
    private readonly session: Session,
    items: readonly FetchItem[],
  ) {
    const { store, mailstore, out } = session;
    const selected = session.folderSelected;
    this.#ground = { store, mailstore, out, selected };
    this.#values = items.map((item) => fetchValue(item, this.#ground));
    this.#marksSeen = !selected.readOnly && items.some(setsSeen);
    const hasFlags = items.some((item) => item.kind === "flags");
    this.#flags = this.#marksSeen && !hasFlags ? fetchValue({ kind: "flags" }, this.#ground) : undefined;
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
      await mailstore.setFlags(view.folderId, unseen, change, { origin: selected });
    } catch (thrown) {
      // On a full disk mail can be read all the same; it stays unseen.
      if (thrown instanceof Refusal && thrown.kind === "noSpace") return new Set();
      throw thrown;
    }
    return new Set(unseen);
  }

  /** One message's response. Gives a promise only where something has to be waited for. */
  #message(row: Row, marked: boolean): Promise<void> | undefined {
    const values = marked && this.#flags ? [this.#flags, ...this.#values] : this.#values;
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
    const number = this.#ground.selected.numberAt(row.index);
    if (waiting === undefined) return this.#send(number, values);
    return Promise.all(waiting).then(
      () => this.#send(number, values),
      (thrown) => this.#passOver(thrown),
    );
  }

  /** A message that went between two looks is no fault. */
  #passOver(thrown: unknown): void {
    if (!(thrown instanceof Refusal) || thrown.kind !== "notFound") throw thrown;
    this.#gone = true;
  }

  #send(number: number, values: readonly Value[]): Promise<void> | undefined {
    const { out } = this.session;
    out.ascii("* ").number(number).ascii(" FETCH (");
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
  rfc: "RFC 9051 §6.4.5",
  usage: "set item|(item …)|ALL|FAST|FULL",
  about: "Gives flags, structure and content of messages.",
  holdsNumbers: true,
  syntax: fetchArguments,
  run: (session, args) => run(session, args, false),
});

/** FETCH by UID; every response carries the UID (RFC 9051 §6.4.9). */
export const uidFetch: Command<FetchArguments> = command({
  verb: "UID FETCH",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.9",
  usage: "uid-set item|(item …)|ALL|FAST|FULL",
  about: "Gives flags, structure and content of messages named by UID.",
  syntax: fetchArguments,
  run: (session, args) => run(session, args, true),
});
