/** Opening and leaving a folder: SELECT, EXAMINE, CLOSE, UNSELECT, CHECK. */
import { DELETED } from "../../../mailstore/flags.ts";
import { type Command, command, LOGGED_IN, noArguments } from "../command.ts";
import type { Parser } from "../parse.ts";
import { folderNameOf } from "../respond.ts";
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
export const select: Command<string> = opening("SELECT", "RFC 9051 §6.3.2", "Opens a folder.");
/** SELECT without the right to change anything, \Recent included. */
export const examine: Command<string> = opening("EXAMINE", "RFC 9051 §6.3.3", "Opens a folder for reading only.");

function opening(verb: "SELECT" | "EXAMINE", rfc: string, about: string): Command<string> {
  return command({
    verb,
    states: LOGGED_IN,
    rfc,
    usage: "folder",
    about,
    syntax: (p) => {
      p.space();
      const name = p.folder();
      if (p.accept(" ") && p.seesList) parameters(p);
      return name;
    },
    run: async (session, name) => {
      const readOnly = verb === "EXAMINE";
      await open(session, name, readOnly);
      return { code: readOnly ? "READ-ONLY" : "READ-WRITE" };
    },
  });
}

/** Select parameters are for extensions (RFC 4466 §2.1); none is known yet. */
function parameters(p: Parser): void {
  p.list(() => {
    const word = p.word("a parameter");
    return p.fail(`${word} is no parameter of SELECT`);
  });
}

async function open(session: Session, name: string, readOnly: boolean): Promise<void> {
  // A failed SELECT leaves no folder selected (RFC 9051 §6.3.2).
  if (session.selected) {
    await session.deselect();
    if (session.rev2) session.untagged("OK [CLOSED] The folder before is closed");
  }
  const folder = session.folder(name);
  const view = await session.mailstore.open(folder.id);
  const claim = readOnly
    ? () => session.recents.first(folder.id)
    : (next: number) => session.recents.claim(folder.id, next);
  const telling = {
    get recent() {
      return !session.rev2;
    },
  };
  const selected = new Selected(view, folder.name, readOnly, telling, claim, session.store.turns);
  session.selected = selected;
  tellState(session, selected);
}

function tellState(session: Session, selected: Selected): void {
  const { out, rev2 } = session;
  const { view } = selected;
  selected.tellKeywords(out, true);
  out.ascii(`* ${selected.exists} EXISTS\r\n`);
  if (!rev2) {
    out.ascii(`* ${selected.recentCount} RECENT\r\n`);
    const unseen = view.firstUnseen();
    if (unseen >= 0) out.ascii(`* OK [UNSEEN ${unseen + 1}] The first unseen message\r\n`);
  }
  const permanent = selected.readOnly
    ? "()"
    : `(${["\\Answered \\Flagged \\Deleted \\Seen \\Draft", ...view.keywords, "\\*"].join(" ")})`;
  out.ascii(`* OK [PERMANENTFLAGS ${permanent}] Flags that can be kept\r\n`);
  out.ascii(`* OK [UIDVALIDITY ${view.uidValidity}] UIDs are valid\r\n`);
  out.ascii(`* OK [UIDNEXT ${view.uidNext}] The next UID\r\n`);
  if (rev2) session.untagged(`LIST () "/" ${folderNameOf(selected.name, true)}`);
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
    const selected = session.folderSelected;
    const { folderId } = selected.view;
    const doomed = selected.readOnly || selected.gone ? [] : withDeleted(selected);
    await session.deselect();
    if (doomed.length > 0) await session.mailstore.expunge(folderId, doomed);
  },
});

/** UIDs of the known messages that carry \Deleted, of those given if any are. */
export function withDeleted(selected: Selected, among: Uint32Array = selected.all()): number[] {
  const doomed: number[] = [];
  for (const uid of among) {
    const index = selected.view.indexOfUid(uid);
    if (index >= 0 && (selected.view.systemAt(index) & DELETED) !== 0) doomed.push(uid);
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
