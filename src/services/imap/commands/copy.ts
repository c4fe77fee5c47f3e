/** COPY, MOVE, EXPUNGE and their UID forms. */
import { flagReach } from "../../../auth/folder-rights.ts";
import { type Command, type Completion, command, noArguments } from "../command.ts";
import type { Parser } from "../parse.ts";
import { needsRights } from "../permissions.ts";
import { No } from "../refusals.ts";
import { formatSet, type SequenceSet } from "../sequence.ts";
import type { Session } from "../session.ts";
import { withDeleted } from "./select.ts";

interface CopyArguments {
  readonly set: SequenceSet;
  readonly name: string;
}

function copyArguments(p: Parser): CopyArguments {
  p.space();
  const set = p.sequenceSet();
  p.space();
  return { set, name: p.folder() };
}

async function transfer(session: Session, args: CopyArguments, byUid: boolean, move: boolean): Promise<Completion> {
  const selected = move ? session.folderWritable : session.folderSelected;
  // What RFC 6851 §3.3 leaves to COPY, STORE and EXPUNGE needs their rights.
  if (move) needsRights(selected.place, "t", "e");
  const target = session.target(args.name);
  const { uids, missing } = session.resolve(args.set, byUid);
  // All or none (RFC 9051 §6.4.7): of numbers whose messages are gone nothing can be copied.
  if (missing) throw new No("EXPUNGEISSUED", "Some of the messages are gone");
  const { uidValidity, from, to } = await session.mailstore.copy(
    selected.view.folderId,
    Array.from(uids),
    target.folder.id,
    {
      ...{ move, origin: selected, reach: flagReach(target.rights) },
      ...{ reader: selected.place.reader, targetReader: target.reader },
      progress: (done, total) => session.progress.at(done, total),
    },
  );
  if (from.length === 0) return { text: "No messages were named" };
  const code = `COPYUID ${uidValidity} ${formatSet(from)} ${formatSet(to)}`;
  if (!move) return { code };
  // The UIDs must be known before the EXPUNGE responses that follow (RFC 6851 §4.3).
  session.untagged(`OK [${code}] Moved`);
  return upToHere(session);
}

/** Where the client stands after what it asked for was expunged and told (RFC 7162 §3.2.7, §3.2.9, RFC 6851 §4.4). */
export function upToHere(session: Session): Completion {
  const selected = session.folderSelected;
  return session.enabled.condstore ? { code: () => `HIGHESTMODSEQ ${selected.modseq}` } : {};
}

function transferring(verb: "COPY" | "MOVE", byUid: boolean): Command<CopyArguments> {
  const move = verb === "MOVE";
  const section = move ? "RFC 6851, RFC 9051 §6.4.8" : "RFC 9051 §6.4.7, RFC 4315";
  return command({
    verb: byUid ? `UID ${verb}` : verb,
    states: ["selected"],
    rfc: byUid ? `${section}, §6.4.9` : section,
    usage: `${byUid ? "uid-set" : "set"} folder`,
    about: `${move ? "Moves" : "Copies"} messages to another folder${byUid ? ", named by UID" : ""}.`,
    ...(move && { capabilities: ["MOVE"] }),
    ...(!byUid && { speaksNumbers: true }),
    syntax: copyArguments,
    run: (session, args) => transfer(session, args, byUid, move),
  });
}

/** Copies messages with flags and dates; all or none. */
export const copy = transferring("COPY", false);
/** COPY by UID. */
export const uidCopy = transferring("COPY", true);
/** Moves messages. */
export const move = transferring("MOVE", false);
/** MOVE by UID. */
export const uidMove = transferring("MOVE", true);

/**
 * ```
 * C: a1 EXPUNGE
 * S: * 3 EXPUNGE
 * S: a1 OK EXPUNGE completed
 * ```
 */
export const expunge = command({
  verb: "EXPUNGE",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.3",
  usage: "",
  about: "Removes messages with \\Deleted for good.",
  syntax: noArguments,
  run: async (session) => {
    return await expungeAmong(session, session.folderWritable.all());
  },
});

/** Removes those with \Deleted among the UIDs given, so that nobody else's are removed by the way (RFC 4315 §2.1). */
export const uidExpunge = command({
  verb: "UID EXPUNGE",
  states: ["selected"],
  rfc: "RFC 4315 §2.1, RFC 9051 §6.4.9",
  usage: "uid-set",
  about: "Removes those of the messages named that have \\Deleted.",
  syntax: (p) => {
    p.space();
    return p.sequenceSet();
  },
  run: async (session, set) => {
    return await expungeAmong(session, session.resolve(set, true).uids);
  },
});

async function expungeAmong(session: Session, uids: Uint32Array): Promise<Completion> {
  const selected = session.folderWritable;
  needsRights(selected.place, "e");
  const doomed = withDeleted(session, selected, uids);
  if (doomed.length > 0) await session.mailstore.expunge(selected.view.folderId, doomed, { origin: selected });
  return upToHere(session);
}
