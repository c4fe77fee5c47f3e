/** Opening and leaving a folder: SELECT, EXAMINE, CLOSE, UNSELECT, CHECK. */
import { DELETED } from "../../../mailstore/flags.ts";
import { mailboxId } from "../../../mailstore/object-ids.ts";
import { type Command, command, LOGGED_IN, noArguments } from "../command.ts";
import type { Parser } from "../parse.ts";
import { changesNothing } from "../permissions.ts";
import { No } from "../refusals.ts";
import { folderNameOf } from "../respond.ts";
import { catchUp, type Remembered, remembered } from "../resync.ts";
import type { Session } from "../session.ts";
import { Selected } from "../sync.ts";

/**
 * ```
 * C: a1 SELECT INBOX
 * S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
 * S: * 172 EXISTS
 * S: * OK [UIDVALIDITY 3857529045] UIDs are valid
 * S: a1 OK [READ-WRITE] SELECT completed
 * ```
 */
export const select = opening("SELECT", "RFC 9051 §6.3.2", "Opens a folder.");
/** SELECT without the right to change anything, \\Recent included. */
export const examine = opening("EXAMINE", "RFC 9051 §6.3.3", "Opens a folder for reading only.");

interface OpenArguments {
  readonly name: string;
  readonly condstore: boolean;
  /** What a client that comes back knows (RFC 7162 §3.2.5). */
  readonly qresync: Remembered | undefined;
}

function opening(verb: "SELECT" | "EXAMINE", rfc: string, about: string): Command<OpenArguments> {
  return command({
    verb,
    states: LOGGED_IN,
    rfc: `${rfc}, RFC 7162 §3.1.8, §3.2.5, RFC 8474 §4.2`,
    usage: "folder [(CONDSTORE) | (QRESYNC (uid-validity mod-sequence [uid-set [(set uid-set)]]))]",
    about,
    syntax: (p, session) => {
      p.space();
      const name = p.folder();
      const given = p.accept(" ") && p.seesList ? parameters(p, session) : {};
      return { name, condstore: false, qresync: undefined, ...given };
    },
    run: async (session, args) => {
      const readOnly = verb === "EXAMINE";
      if (args.condstore || args.qresync) session.enabled.add("CONDSTORE");
      const { place } = await open(session, args, readOnly);
      return { code: readOnly || changesNothing(place) ? "READ-ONLY" : "READ-WRITE" };
    },
  });
}

/** Select parameters (RFC 4466 §2.1). */
function parameters(p: Parser, session: Session): Partial<OpenArguments> {
  const given: { condstore?: boolean; qresync?: Remembered } = {};
  p.list(() => {
    const word = p.word("a parameter");
    if (word === "CONDSTORE") given.condstore = true;
    else if (word === "QRESYNC") {
      // RFC 7162 §3.2.5: it must have been enabled before.
      if (!session.enabled.qresync) p.fail("QRESYNC needs ENABLE QRESYNC first");
      p.space();
      given.qresync = remembered(p, session.enabled.uidOnly);
    } else p.fail(`${word} is no parameter of SELECT`);
  }, false);
  return given;
}

async function open(session: Session, { name, qresync }: OpenArguments, readOnly: boolean): Promise<Selected> {
  // A failed SELECT leaves no folder selected (RFC 9051 §6.3.2).
  if (session.selected) {
    await session.deselect();
    // RFC 7162 §3.2.11
    if (session.rev2 || session.enabled.qresync) session.untagged("OK [CLOSED] The folder before is closed");
  }
  const asked = session.place(name, "r");
  const { id } = asked.folder;
  const view = await session.mailstore.open(id, asked.reader);
  // Rights may have changed while it was read.
  const place = session.places.renewed(asked);
  if (place === undefined || place.reader !== asked.reader) {
    view.close();
    throw new No("UNAVAILABLE", "What you may do here has just changed; try again");
  }
  // Whoever may change nothing does not take \Recent from others either (RFC 3501 §6.3.2).
  const claim =
    readOnly || changesNothing(place)
      ? () => session.recents.first(id)
      : (next: number) => session.recents.claim(id, next);
  const selected = new Selected(view, place, readOnly, session.enabled, claim, session.store.turns);
  session.selected = selected;
  tellState(session, selected);
  if (qresync?.uidValidity === view.uidValidity) await catchUp(session, selected, qresync);
  return selected;
}

function tellState(session: Session, selected: Selected): void {
  const { out, rev2 } = session;
  const { view } = selected;
  selected.tellKeywords(out, true);
  out.ascii(`* ${selected.exists} EXISTS\r\n`);
  if (!rev2) {
    out.ascii(`* ${selected.recentCount} RECENT\r\n`);
    const unseen = session.enabled.uidOnly ? -1 : view.firstUnseen();
    if (unseen >= 0) out.ascii(`* OK [UNSEEN ${unseen + 1}] The first unseen message\r\n`);
  }
  selected.tellPermanentFlags(out);
  out.ascii(`* OK [UIDVALIDITY ${view.uidValidity}] UIDs are valid\r\n`);
  out.ascii(`* OK [UIDNEXT ${view.uidNext}] The next UID\r\n`);
  out.ascii(`* OK [MAILBOXID (${mailboxId(selected.place.folder)})] The identifier that stays\r\n`);
  session.tellModseq(selected);
  if (rev2) session.untagged(`LIST () "/" ${folderNameOf(selected.place.name, true)}`);
}

/** Removes what has \Deleted without telling, and leaves the folder. */
export const close = command({
  verb: "CLOSE",
  states: ["selected"],
  rfc: "RFC 9051 §6.4.1",
  usage: "",
  about: "Removes messages with \\Deleted and leaves the folder.",
  syntax: noArguments,
  run: async (session) => {
    const { selected } = session;
    // Who may not expunge, or has lost the folder, leaves it all the same (RFC 4314 §4).
    const mayExpunge = selected && !selected.readOnly && !selected.gone && selected.place.rights.includes("e");
    const doomed = mayExpunge ? withDeleted(session, selected) : [];
    if (selected === undefined || doomed.length === 0) {
      await session.deselect();
      return {};
    }
    await session.unasked.report(true);
    const gone = await session.mailstore.expunge(selected.view.folderId, doomed, { origin: selected });
    // RFC 7162 §3.2.8: what CLOSE removes is not told, only where the client stands then.
    selected.forgetGone(gone);
    const { modseq } = selected;
    await session.deselect();
    return session.enabled.condstore ? { code: `HIGHESTMODSEQ ${modseq}` } : {};
  },
});

/** UIDs of the known messages that carry \\Deleted, of those given (ascending) if any are. */
export function withDeleted(session: Session, selected: Selected, among?: Uint32Array): number[] {
  const { view } = selected;
  // Most folders have none, and know it.
  if (session.mailstore.folderById(view.folderId)?.deleted === 0) return [];
  const doomed: number[] = [];
  const uids = among ?? selected.all();
  let index = view.lowerBound(uids[0] ?? 0);
  for (const uid of uids) {
    while (view.uidAt(index) < uid && index < view.count) index++;
    if (view.uidAt(index) === uid && (view.systemAt(index) & DELETED) !== 0) doomed.push(uid);
  }
  return doomed;
}

/** Leaves the folder and removes nothing. */
export const unselect = command({
  verb: "UNSELECT",
  states: ["selected"],
  rfc: "RFC 3691, RFC 9051 §6.4.2",
  usage: "",
  about: "Leaves the folder and removes nothing.",
  capabilities: ["UNSELECT"],
  syntax: noArguments,
  run: async (session) => {
    await session.deselect();
  },
});

/** A checkpoint; everything is on disk when it is answered, so there is nothing left to do. */
export const check = command({
  verb: "CHECK",
  states: ["selected"],
  rfc: "RFC 3501 §6.4.1",
  usage: "",
  about: "Asks for a checkpoint; like NOOP here, because every answer waits for the disk.",
  syntax: noArguments,
  run: async () => {},
});
