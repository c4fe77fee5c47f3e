/** Folders themselves: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, NAMESPACE. */
import { specialUses } from "../../../mailstore/names.ts";
import { mailboxId } from "../../../mailstore/object-ids.ts";
import { Refusal } from "../../../refusal.ts";
import { command, LOGGED_IN, noArguments } from "../command.ts";
import type { Parser } from "../parse.ts";
import { noFolder, notAllowed, OTHER_USERS, SHARED, type Site } from "../places.ts";
import { No } from "../refusals.ts";
import type { Session } from "../session.ts";

function folderName(p: Parser): string {
  p.space();
  return p.folder();
}

/** Uses that a CREATE may name, and those that one folder can have (RFC 6154 §3). */
const MOST_USES = 16;

/** ` (USE (\Sent …))` (RFC 6154 §3): the uses without their backslashes. */
function uses(p: Parser): string[] {
  if (!p.accept(" ")) return [];
  let given: string[] = [];
  p.list(() => {
    const word = p.word("a parameter");
    if (word !== "USE") p.fail(`${word} is no parameter of CREATE`);
    p.space();
    given = p.list(() => {
      p.expect("\\");
      return p.atom("a use");
    });
    if (given.length > MOST_USES) p.fail("Too many uses");
  }, false);
  return given;
}

/**
 * ```
 * C: a1 CREATE Work/2026
 * S: a1 OK [MAILBOXID (F42)] CREATE completed
 * C: a2 CREATE Gesendet (USE (\Sent))
 * S: a2 NO [USEATTR] Another folder already has the role Sent.
 * ```
 * Missing levels above are made too. A trailing separator only says that more will come below (RFC 3501 §6.3.3).
 */
export const create = command({
  verb: "CREATE",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.4, RFC 6154 §3, RFC 8474 §4.1",
  usage: "folder [(USE (\\use))]",
  about: "Makes a folder and the levels above it, also one for a special use that no other folder has.",
  capabilities: ["CREATE-SPECIAL-USE"],
  syntax: (p) => ({ name: folderName(p), wanted: uses(p) }),
  run: async (session, { name, wanted }) => {
    const { mailbox, path } = buildingSite(session, name);
    const specialUse = specialUseOf(session, mailbox, wanted);
    const options = { ...(specialUse !== undefined && { specialUse }), origin: session.origin };
    const folder = await session.mailstore.createFolder(mailbox, path, options).catch((thrown: unknown) => {
      const taken = specialUse !== undefined && thrown instanceof Refusal && thrown.kind === "exists";
      throw taken && session.mailstore.folder(mailbox, path) === undefined
        ? new No("USEATTR", thrown.sentence)
        : thrown;
    });
    return { code: `MAILBOXID (${mailboxId(folder)})` };
  },
});

/** The use that a new folder is to have. @throws No "USEATTR" where that cannot be (RFC 6154 §3) */
function specialUseOf(session: Session, mailbox: number, wanted: readonly string[]): string | undefined {
  const [first, ...more] = new Set(wanted.map((use) => use.toLowerCase()));
  if (first === undefined) return undefined;
  // Which folder of another is for what is told to his programs alone.
  if (mailbox !== session.mailbox) throw new No("USEATTR", "Special uses are for folders of your own");
  const use = specialUses.find((each) => each.toLowerCase() === first);
  if (use === undefined || more.length > 0) {
    throw new No("USEATTR", `A folder has one special use, of ${specialUses.join(", ")}`);
  }
  return use;
}

/** Where a folder of this name may be made (RFC 4314 §4). @throws No "NOPERM", "NONEXISTENT" */
function buildingSite(session: Session, name: string): Site {
  const site = session.places.site(name);
  if (site.rights.includes("k")) return site;
  throw site.visible ? notAllowed(name) : noFolder(name);
}

/** Deletes a folder with its messages; folders below it stay, and INBOX cannot be deleted. */
export const remove = command({
  verb: "DELETE",
  states: LOGGED_IN,
  rfc: "RFC 9051 §6.3.5",
  usage: "folder",
  about: "Deletes a folder and the messages in it; folders below it stay.",
  syntax: folderName,
  run: async (session, name) => {
    const { mailbox, folder } = session.place(name, "x");
    if (folder.name !== "INBOX") await leave(session, folder.id);
    await session.mailstore.deleteFolder(mailbox, folder.name, session.origin);
  },
});

/** Leaves a folder if it is the selected one, because it will be another or none. */
async function leave(session: Session, folder: number): Promise<void> {
  if (session.selected?.view.folderId !== folder) return;
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
    const { mailbox, folder } = session.place(from, "x");
    const site = buildingSite(session, to.endsWith("/") ? to.slice(0, -1) : to);
    if (site.mailbox !== mailbox) throw new No("CANNOT", "A folder stays in its mailbox; copy its messages instead");
    if (folder.name === "INBOX") await leave(session, folder.id);
    await session.mailstore.renameFolder(mailbox, folder.name, site.path, session.origin);
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
    const place = session.place(name, "l");
    await session.mailstore.subscribe(session.mailbox, place.name, true, session.origin);
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
    const known = mailstore.folder(mailbox, name)?.name ?? session.places.canonical(name);
    if (mailstore.folder(mailbox, known) === undefined && !mailstore.subscribedOnly(mailbox).includes(known)) {
      throw noFolder(name);
    }
    await mailstore.subscribe(mailbox, known, false, session.origin);
  },
});

/**
 * ```
 * C: a1 NAMESPACE
 * S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
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
    const { reachesOthers } = session.places;
    const told = [OTHER_USERS, SHARED].map((root) => (reachesOthers ? `(("${root}/" "/"))` : "NIL"));
    session.out.ascii(`* NAMESPACE (("" "/")) ${told.join(" ")}\r\n`);
  },
});
