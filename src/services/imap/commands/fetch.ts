/** FETCH and UID FETCH. */
import { type Command, type Completion, command } from "../command.ts";
import { type FetchItem, fetchItems } from "../fetch-items.ts";
import { type FetchModifiers, fetchModifiers, sliceOf } from "../fetch-modifiers.ts";
import { Fetch } from "../fetch-run.ts";
import type { Parser } from "../parse.ts";
import { changedSince, goneSince } from "../resync.ts";
import { normaliseRanges, rangesOf, type SequenceSet, selectAscending } from "../sequence.ts";
import type { Session } from "../session.ts";
import { tellVanished } from "../telling.ts";

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  readonly modifiers: FetchModifiers;
}

function fetchArguments(p: Parser, session: Session, byUid: boolean): FetchArguments {
  p.space();
  const set = p.sequenceSet();
  p.space();
  const items = fetchItems(p);
  return { set, items, modifiers: fetchModifiers(p, { byUid, qresync: session.enabled.qresync }) };
}

async function run(session: Session, args: FetchArguments, byUid: boolean): Promise<Completion> {
  const { set, modifiers } = args;
  const { changedSince: since, partial } = modifiers;
  const has = (kind: FetchItem["kind"]) => args.items.some((item) => item.kind === kind);
  const items = [...args.items];
  // RFC 7162 §3.1.4.1: CHANGEDSINCE asks for MODSEQ, too.
  if (since !== undefined && !has("modseq")) items.push({ kind: "modseq" });
  if (byUid && !has("uid") && !session.enabled.uidOnly) items.unshift({ kind: "uid" });
  if (since !== undefined || has("modseq")) session.useModseqs();
  const named = session.resolve(set, byUid);
  if (since !== undefined && modifiers.vanished) await tellGone(session, set, since);
  // RFC 9394 §3.4: first the part of those named, then what changed of it.
  const part = partial === undefined ? named.uids : sliceOf(named.uids, partial);
  const wanted =
    since === undefined ? part : selectAscending(part, changedSince(session, session.folderSelected, since), true);
  const gone = await new Fetch(session, items).all(wanted);
  // RFC 2180 §4.1.1: the client is told what is left, and that there is something to hear about with the next NOOP.
  return (named.missing || gone) && !byUid ? { code: "EXPUNGEISSUED", text: "Some of the messages are gone" } : {};
}

/** Tells which of the UIDs named belonged to messages that went after a mod-sequence (RFC 7162 §3.2.6). */
async function tellGone(session: Session, set: SequenceSet, modseq: number): Promise<void> {
  const selected = session.folderSelected;
  const ranges = set === "saved" ? rangesOf(session.saved) : normaliseRanges(set, selected.largestUid);
  await tellVanished(session.out, session.store.turns, await goneSince(session, selected, modseq, ranges), true);
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
