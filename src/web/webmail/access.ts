/**
 * Which mailboxes and folders a user reaches here, and what he may do in them. Every route that has a folder's number in its
 * address gets the folder from here and nowhere else; what is not the user's own or shared with him is "not found", so that nobody
 * learns what exists. Rights are those of RFC 4314, kept by the directory.
 */

import type { Directory, Mailbox, User } from "../../directory/directory.ts";
import type { Folder } from "../../mailstore/folders.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { Refusal } from "../../refusal.ts";

/** Rights of RFC 4314 §2.1 that webmail asks for. */
export type Right = "r" | "s" | "w" | "i" | "t" | "e" | "k" | "x";

const WORDS: Record<Exclude<Right, "r">, string> = {
  s: "mark messages as read or unread",
  w: "mark messages",
  i: "put messages",
  t: "delete messages",
  e: "delete messages for good",
  k: "make folders",
  x: "delete folders",
};

/** A folder with the role it has for its reader. */
export interface RoledFolder extends Folder {
  /** "Inbox", or the special use of RFC 6154 ("Sent", "Trash", …). */
  readonly role: string | undefined;
  /** The folder of the user's own drafts, which are gone on with here; other people's are only read. */
  readonly ownDrafts: boolean;
}

export class Access {
  constructor(
    private readonly directory: Directory,
    private readonly mailstore: Mailstore,
  ) {}

  /** Mailboxes a user may read: the primary one first, then his others, then those shared with him. */
  mailboxes(user: User): Mailbox[] {
    const { mailboxes } = this.directory;
    const own = mailboxes.list({ owner: user.id });
    const shared = mailboxes
      .shares({ user: user.id })
      .filter((share) => share.rights.includes("r"))
      .map((share) => mailboxes.byId(share.mailboxId))
      .filter((mailbox) => mailbox !== undefined);
    const primary = own.filter((mailbox) => mailbox.id === user.primaryMailbox);
    return [...primary, ...own.filter((mailbox) => mailbox.id !== user.primaryMailbox), ...shared];
  }

  /** What a mailbox is called beside others: its description, else its return address, else its number. */
  nameOf({ id, description }: Mailbox): string {
    return description || this.directory.aliases.returnAddresses([id]).get(id) || `Mailbox ${id}`;
  }

  /** The folders of a mailbox with their roles. */
  folders(mailbox: number): RoledFolder[] {
    return this.mailstore.folders(mailbox).map((folder) => roled(folder, undefined));
  }

  /**
   * A folder the user may read, and in which he has the further rights asked for.
   * @throws Refusal "notFound" where he may not even read it, "notPermitted" where another right is missing
   */
  folder(user: User, id: number, ...rights: readonly Right[]): RoledFolder {
    const folder = Number.isSafeInteger(id) && id > 0 ? this.mailstore.folderById(id) : undefined;
    const held = folder === undefined ? "" : this.directory.mailboxes.rights(user.id, folder.mailboxId);
    if (folder === undefined || !held.includes("r")) throw new Refusal("notFound", "There is no such folder.");
    for (const right of rights) {
      if (right !== "r" && !held.includes(right)) {
        throw new Refusal("notPermitted", `You may not ${WORDS[right]} in this folder.`);
      }
    }
    return roled(folder, user);
  }

  /** The user's own INBOX. */
  inbox(user: User): RoledFolder {
    const inbox = this.folders(user.primaryMailbox).find((folder) => folder.role === "Inbox");
    if (inbox === undefined) throw new Refusal("notFound", "There is no mailbox for this account.");
    return inbox;
  }

  /**
   * Where messages of a folder of the archive came from, and are restored to: the name of that folder. Undefined for a folder that is not
   * in the archive.
   */
  restoresTo({ id, mailboxId }: RoledFolder): string | undefined {
    return this.mailstore.archive.folders(mailboxId).find(({ folder }) => folder === id)?.original;
  }

  /** The folder of a role in a mailbox, if there is one. */
  special(mailbox: number, role: string): RoledFolder | undefined {
    return this.folders(mailbox).find((folder) => folder.role === role);
  }
}

function roled(folder: Folder, user: User | undefined): RoledFolder {
  const role = folder.name === "INBOX" ? "Inbox" : folder.specialUse;
  return { ...folder, role, ownDrafts: role === "Drafts" && folder.mailboxId === user?.primaryMailbox };
}
