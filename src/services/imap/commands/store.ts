/** STORE and UID STORE. */
import type { FlagMode } from "../../../mailstore/flags.ts";
import { type Command, type Completion, command } from "../command.ts";
import { flagsFrom } from "../flags.ts";
import type { Parser } from "../parse.ts";
import type { SequenceSet } from "../sequence.ts";
import type { Session } from "../session.ts";

interface StoreArguments {
  readonly set: SequenceSet;
  readonly mode: FlagMode;
  readonly silent: boolean;
  readonly flags: readonly string[];
}

const MODES: Readonly<Record<string, FlagMode>> = { "+": "add", "-": "remove" };

function storeArguments(p: Parser): StoreArguments {
  p.space();
  const set = p.sequenceSet();
  p.space();
  const sign = p.accept("+") ? "+" : p.accept("-") ? "-" : "";
  const item = p.word("FLAGS or FLAGS.SILENT");
  if (item !== "FLAGS" && item !== "FLAGS.SILENT") p.fail(`${item} is nothing that STORE can change`);
  p.space();
  return { set, mode: MODES[sign] ?? "replace", silent: item === "FLAGS.SILENT", flags: storeFlags(p) };
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
  const { uids, missing } = session.resolve(args.set, byUid);
  const change = { mode: args.mode, flags: flagsFrom(args.flags) };
  // A list that would be too large for one turn is worked through in parts; so is what is told of them.
  const { view } = selected;
  const { stored } = await session.mailstore.setFlags(view.folderId, Array.from(uids), change, { origin: selected });
  if (!args.silent) await tellFlags(session, stored, byUid);
  if (missing && !byUid) return { code: "EXPUNGEISSUED", text: "Some of the messages are gone" };
  return {};
}

async function tellFlags(session: Session, uids: readonly number[], byUid: boolean): Promise<void> {
  const { out } = session;
  const selected = session.folderSelected;
  selected.tellKeywords(out);
  const { turns } = session.store;
  for (const uid of uids) {
    const index = selected.view.indexOfUid(uid);
    if (index < 0) continue;
    const flags = selected.flagsText(index);
    out.ascii(`* ${selected.numberAt(index)} FETCH (${byUid ? `UID ${uid} ` : ""}FLAGS ${flags})\r\n`);
    selected.wasShown(uid);
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
  rfc: "RFC 9051 §6.4.6",
  usage: "set [+|-]FLAGS[.SILENT] (flag …)",
  about: "Changes the flags of messages.",
  holdsNumbers: true,
  syntax: storeArguments,
  run: (session, args) => run(session, args, false),
});

/** STORE by UID. */
export const uidStore: Command<StoreArguments> = command({
  verb: "UID STORE",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.9",
  usage: "uid-set [+|-]FLAGS[.SILENT] (flag …)",
  about: "Changes the flags of messages named by UID.",
  syntax: storeArguments,
  run: (session, args) => run(session, args, true),
});
