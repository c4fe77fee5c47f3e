/** STORE and UID STORE. */
import { flagReach } from "../../../auth/folder-rights.ts";
import type { FlagMode, FlagReach } from "../../../mailstore/flags.ts";
import { type Command, type Completion, command } from "../command.ts";
import { flagsFrom } from "../flags.ts";
import type { Parser } from "../parse.ts";
import { withinReach } from "../permissions.ts";
import { notAllowed, type Place } from "../places.ts";
import { formatSet, type SequenceSet } from "../sequence.ts";
import type { Session } from "../session.ts";
import type { Selected } from "../sync.ts";

interface StoreArguments {
  readonly set: SequenceSet;
  /** Messages with a greater mod-sequence are left as they are (RFC 7162 §3.1.3). */
  readonly unchangedSince: number | undefined;
  readonly mode: FlagMode;
  readonly silent: boolean;
  readonly flags: readonly string[];
}

const MODES: Readonly<Record<string, FlagMode>> = { "+": "add", "-": "remove" };

function storeArguments(p: Parser): StoreArguments {
  p.space();
  const set = p.sequenceSet();
  p.space();
  const unchangedSince = p.seesList ? storeModifier(p) : undefined;
  const sign = p.accept("+") ? "+" : p.accept("-") ? "-" : "";
  const item = p.word("FLAGS or FLAGS.SILENT");
  if (item !== "FLAGS" && item !== "FLAGS.SILENT") p.fail(`${item} is nothing that STORE can change`);
  p.space();
  return { set, unchangedSince, mode: MODES[sign] ?? "replace", silent: item === "FLAGS.SILENT", flags: storeFlags(p) };
}

/** `(UNCHANGEDSINCE 12121230045)` and the space behind it. */
function storeModifier(p: Parser): number {
  const [modseq] = p.list(() => {
    const word = p.word("a STORE modifier");
    if (word !== "UNCHANGEDSINCE") p.fail(`${word} is no modifier of STORE`);
    p.space();
    return p.modseq();
  }, false);
  p.space();
  return modseq as number;
}

/** Flags in parentheses, or side by side without (RFC 9051 §9 `store-att-flags`). */
function storeFlags(p: Parser): string[] {
  if (p.seesList) return p.flagList();
  const flags = [p.flag()];
  while (p.accept(" ")) flags.push(p.flag());
  return flags;
}

async function run(session: Session, args: StoreArguments, byUid: boolean): Promise<Completion> {
  const selected = session.folderWritable;
  const { unchangedSince, silent } = args;
  if (unchangedSince !== undefined) session.useModseqs();
  const reach = reachOf(selected.place, args);
  const { uids, missing } = session.resolve(args.set, byUid);
  const change = { mode: args.mode, flags: flagsFrom(args.flags) };
  // A list that would be too large for one turn is worked through in parts; so is what is told of them.
  const { view, place } = selected;
  const before = view.highestModseq;
  const { stored, modified } = await session.mailstore.setFlags(view.folderId, Array.from(uids), change, {
    ...{ origin: selected, reach, reader: place.reader },
    ...(unchangedSince !== undefined && { unchangedSince }),
  });
  if (!silent) await tellFlags(session, stored, byUid);
  // RFC 7162 §3.1.3: whoever follows mod-sequences hears of those that changed, also where he wanted no flags.
  else if (unchangedSince !== undefined) await tellFlags(session, stored, byUid, true);
  else if (session.enabled.condstore) await tellFlags(session, changedIn(selected, stored, before), byUid, true);
  await tellFlags(session, modified, byUid);
  if (modified.length > 0) return notModified(session, modified, missing, byUid);
  if (missing && !byUid) return { code: "EXPUNGEISSUED", text: "Some of the messages are gone" };
  return {};
}

/**
 * The flags that this STORE may touch; it passes over the others (RFC 4314 §4).
 * @throws No "NOPERM" where none of those it names can be changed
 */
function reachOf({ rights, name }: Place, { mode, flags }: StoreArguments): FlagReach {
  const reach = flagReach(rights);
  const { system, keywords = [] } = withinReach(flagsFrom(flags), reach);
  const touches = mode === "replace" ? reach.system !== 0 : system !== 0 || keywords.length > 0 || flags.length === 0;
  if (!touches) throw notAllowed(name);
  return reach;
}

function changedIn({ view }: Selected, uids: readonly number[], after: number): number[] {
  return uids.filter((uid) => view.modseqAt(view.indexOfUid(uid)) > after);
}

/** RFC 7162 §3.1.3: which messages somebody else had changed; NO where others are not there at all. */
function notModified(session: Session, modified: readonly number[], missing: boolean, byUid: boolean): Completion {
  const selected = session.folderSelected;
  const numbers = byUid ? modified : modified.map((uid) => selected.numberOf(uid));
  const code = `MODIFIED ${formatSet(numbers)}`;
  if (missing && !byUid) return { condition: "NO", code, text: "Some of the messages no longer exist" };
  return { code, text: "Conditional STORE failed" };
}

async function tellFlags(session: Session, uids: readonly number[], byUid: boolean, silent = false): Promise<void> {
  if (uids.length === 0) return;
  const { out } = session;
  const selected = session.folderSelected;
  if (!silent) selected.tellKeywords(out);
  const { turns } = session.store;
  for (const uid of uids) {
    const index = selected.view.indexOfUid(uid);
    if (index < 0) continue;
    selected.tellFlags(out, index, { withUid: byUid, silent });
    if (!silent) selected.wasShown(uid);
    if (out.full) await out.drain();
    if (turns.over) await turns.next();
  }
}

/**
 * ```
 * C: a1 STORE 2:4 +FLAGS (\Deleted)
 * S: * 2 FETCH (FLAGS (\Deleted \Seen))
 * ```
 */
export const store: Command<StoreArguments> = command({
  verb: "STORE",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.6, RFC 7162 §3.1.3",
  usage: "set [(UNCHANGEDSINCE mod-sequence)] [+|-]FLAGS[.SILENT] (flag …)",
  about: "Changes the flags of messages.",
  holdsNumbers: true,
  speaksNumbers: true,
  syntax: storeArguments,
  run: (session, args) => run(session, args, false),
});

/** STORE by UID. */
export const uidStore: Command<StoreArguments> = command({
  verb: "UID STORE",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.9, RFC 7162 §3.1.3",
  usage: "uid-set [(UNCHANGEDSINCE mod-sequence)] [+|-]FLAGS[.SILENT] (flag …)",
  about: "Changes the flags of messages named by UID.",
  syntax: storeArguments,
  run: (session, args) => run(session, args, true),
});
