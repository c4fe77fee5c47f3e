/** STATUS, and the items that LIST RETURN (STATUS …) shares with it. */
import { mailboxId } from "../../../mailstore/object-ids.ts";
import { command, LOGGED_IN } from "../command.ts";
import type { Parser } from "../parse.ts";
import type { Place } from "../places.ts";
import { folderNameOf } from "../respond.ts";
import type { Session } from "../session.ts";

type Value = (place: Place, session: Session) => number | string;

/** Each item with how its value is found. An extension adds an entry. */
const ITEMS: Readonly<Record<string, Value>> = {
  MESSAGES: ({ folder }) => folder.exists,
  RECENT: ({ folder }, session) => session.mailstore.countFrom(folder.id, session.recents.first(folder.id)),
  UIDNEXT: ({ folder }) => folder.uidNext,
  UIDVALIDITY: ({ folder }) => folder.uidValidity,
  UNSEEN: ({ folder, reader }, session) => session.mailstore.unseen(folder, reader),
  DELETED: ({ folder }) => folder.deleted,
  "DELETED-STORAGE": ({ folder }, session) => session.mailstore.deletedSize(folder),
  HIGHESTMODSEQ: ({ folder }) => folder.highestModseq,
  MAILBOXID: ({ folder }) => `(${mailboxId(folder)})`,
  SIZE: ({ folder }) => folder.size,
  APPENDLIMIT: (_place, session) => session.settings.maxMessageSize,
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

/** Whoever asks for mod-sequences knows them (RFC 7162 §3.1.7); what was read of folders is on disk when this resolves. */
export async function readyForStatus(session: Session, items: readonly string[]): Promise<void> {
  if (!items.includes("HIGHESTMODSEQ")) return;
  session.useModseqs();
  await session.store.settled();
}

/** Sends the STATUS response of a folder. */
export function tellStatus(session: Session, place: Place, items: readonly string[]): void {
  const values = items.map((item) => `${item} ${ITEMS[item]?.(place, session)}`);
  session.untagged(`STATUS ${folderNameOf(place.name, session.utf8)} (${values.join(" ")})`);
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
  rfc: "RFC 9051 §6.3.11, RFC 7162 §3.1.7, RFC 8438, RFC 7889, RFC 8474 §4.3, RFC 9208 §4.1.4",
  usage: "folder (item …)",
  about: "Counts of a folder without selecting it.",
  syntax: (p) => {
    p.space();
    const name = p.folder();
    p.space();
    return { name, items: statusItems(p) };
  },
  run: async (session, { name, items }) => {
    const place = session.place(name, "r");
    await readyForStatus(session, items);
    tellStatus(session, place, items);
  },
});
