/** Folders themselves: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, NAMESPACE. */
import { command, LOGGED_IN, noArguments } from "../command.ts";
import type { Parser } from "../parse.ts";
import { No } from "../refusals.ts";
import type { Session } from "../session.ts";

function folderName(p: Parser): string {
  p.space();
  return p.folder();
}

/**
 * ```
 * C: a1 CREATE Work/2026
 * S: a1 OK CREATE completed
 * ```
 * Missing levels above are made too. A trailing separator only says that more will come below (RFC 3501 §6.3.3).
 */
export const create = command({
  verb: "CREATE",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.4",
  usage: "folder",
  about: "Makes a folder and the levels above it.",
  syntax: folderName,
  run: async (session, name) => {
    await session.mailstore.createFolder(session.mailbox, name);
  },
});

/** Deletes a folder with its messages; folders below it stay, and INBOX cannot be deleted. */
export const remove = command({
  verb: "DELETE",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.5",
  usage: "folder",
  about: "Deletes a folder and the messages in it; folders below it stay.",
  syntax: folderName,
  run: async (session, name) => {
    if (name !== "INBOX") await leave(session, name);
    await session.mailstore.deleteFolder(session.mailbox, name);
  },
});

/** Leaves the folder of this name if it is the selected one, because it will be another or none. */
async function leave(session: Session, name: string): Promise<void> {
  const folder = session.mailstore.folder(session.mailbox, name);
  if (folder === undefined || session.selected?.view.folderId !== folder.id) return;
  await session.deselect();
  if (session.rev2) session.untagged("OK [CLOSED] The selected folder is no longer what it was");
}

/** Renames a folder and what is below it; from INBOX the messages are moved and INBOX stays, empty. */
export const rename = command({
  verb: "RENAME",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.6",
  usage: "folder new-name",
  about: "Renames a folder and those below it; renaming INBOX moves its messages out.",
  syntax: (p) => {
    const from = folderName(p);
    return { from, to: folderName(p) };
  },
  run: async (session, { from, to }) => {
    if (from === "INBOX") await leave(session, from);
    await session.mailstore.renameFolder(session.mailbox, from, to.endsWith("/") ? to.slice(0, -1) : to);
  },
});

/** Subscribes to a folder; the name must exist now, and stays subscribed when the folder goes (RFC 9051 §6.3.7). */
export const subscribe = command({
  verb: "SUBSCRIBE",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.7",
  usage: "folder",
  about: "Adds a folder to those that clients show.",
  syntax: folderName,
  run: async (session, name) => {
    session.folder(name);
    await session.mailstore.subscribe(session.mailbox, name, true);
  },
});

/** Ends a subscription, also to a folder that is gone. */
export const unsubscribe = command({
  verb: "UNSUBSCRIBE",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.8",
  usage: "folder",
  about: "Takes a folder from those that clients show.",
  syntax: folderName,
  run: async (session, name) => {
    const { mailstore, mailbox } = session;
    if (mailstore.folder(mailbox, name) === undefined && !mailstore.subscribedOnly(mailbox).includes(name)) {
      throw new No("NONEXISTENT", `There is no folder "${name}"`);
    }
    await mailstore.subscribe(mailbox, name, false);
  },
});

/**
 * ```
 * C: a1 NAMESPACE
 * S: * NAMESPACE (("" "/")) NIL NIL
 * ```
 */
export const namespace = command({
  verb: "NAMESPACE",
  states: LOGGED_IN,
  rfc: "RFC 2342, RFC 9051 §6.3.10",
  usage: "",
  about: "Tells where one's own folders, other users' and shared ones are found.",
  capabilities: ["NAMESPACE"],
  syntax: noArguments,
  run: async (session) => {
    session.out.ascii('* NAMESPACE (("" "/")) NIL NIL\r\n');
  },
});
