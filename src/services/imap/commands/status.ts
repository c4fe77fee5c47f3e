/** STATUS, and the items that LIST RETURN (STATUS …) shares with it. */
import type { Folder } from "../../../mailstore/folders.ts";
import { command, LOGGED_IN } from "../command.ts";
import type { Parser } from "../parse.ts";
import { folderNameOf } from "../respond.ts";
import type { Session } from "../session.ts";

type Value = (folder: Folder, session: Session) => number;

/** Each item with how its value is found. An extension adds an entry. */
const ITEMS: Readonly<Record<string, Value>> = {
  MESSAGES: (folder) => folder.exists,
  RECENT: (folder, session) => session.mailstore.countFrom(folder.id, session.recents.first(folder.id)),
  UIDNEXT: (folder) => folder.uidNext,
  UIDVALIDITY: (folder) => folder.uidValidity,
  UNSEEN: (folder) => folder.unseen,
  DELETED: (folder) => folder.deleted,
  SIZE: (folder) => folder.size,
  APPENDLIMIT: (_folder, session) => session.settings.maxMessageSize,
};

/** The names of all items, for the reference. */
export const statusItemNames: readonly string[] = Object.keys(ITEMS);

/** Reads `(ITEM …)`. */
export function statusItems(p: Parser): string[] {
  return p.list(() => {
    const word = p.word("a STATUS item");
    return Object.hasOwn(ITEMS, word) ? word : p.fail(`${word} is no STATUS item`);
  }, false);
}

/** Sends the STATUS response of a folder. */
export function tellStatus(session: Session, folder: Folder, items: readonly string[]): void {
  const values = items.map((item) => `${item} ${ITEMS[item]?.(folder, session)}`);
  session.untagged(`STATUS ${folderNameOf(folder.name, session.rev2)} (${values.join(" ")})`);
}

/**
 * ```
 * C: a1 STATUS INBOX (MESSAGES UNSEEN)
 * S: * STATUS INBOX (MESSAGES 231 UNSEEN 4)
 * ```
 */
export const status = command({
  verb: "STATUS",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.11, RFC 8438, RFC 7889",
  usage: "folder (item …)",
  about: "Counts of a folder without selecting it.",
  syntax: (p) => {
    p.space();
    const name = p.folder();
    p.space();
    return { name, items: statusItems(p) };
  },
  run: async (session, { name, items }) => {
    tellStatus(session, session.folder(name), items);
  },
});
