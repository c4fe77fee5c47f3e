/**
 * Which mailboxes and folders a user reaches here, and what he may do in them. Every route that has a folder's number in its
 * address gets the folder from here and nowhere else; what is not the user's own or shared with him is "not found", so that nobody
 * learns what exists. Rights are those of RFC 4314, on the mailbox or on the folder.
 */

import { FolderRights, flagReach } from "../../auth/folder-rights.ts";
import type { Directory, Mailbox, User } from "../../directory/directory.ts";
import type { FlagReach } from "../../mailstore/flags.ts";
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
  /** Who reaches it. */
  readonly user: User;
  /** Whose read marks are shown and set; undefined: the flags of the messages themselves. */
  readonly reader: number | undefined;
}

/** A mailbox in which a user may read, and what of it. */
export interface Reached {
  readonly mailbox: Mailbox;
  readonly folders: readonly RoledFolder[];
}

export class Access {
  readonly #rights: FolderRights;

  constructor(
    private readonly directory: Directory,
    private readonly mailstore: Mailstore,
  ) {
    this.#rights = new FolderRights(directory, mailstore);
  }

  /** Mailboxes in which a user may read: the primary one first, then his others, then those shared with him. */
  mailboxes(user: User): Mailbox[] {
    const readable = ({ id, ownerId }: Mailbox) => ownerId === user.id || this.folders(user, id).length > 0;
    return this.#ordered(user).filter(readable);
  }

  /** The same, each with the folders that he may read. */
  reached(user: User): Reached[] {
    return this.#ordered(user)
      .map((mailbox) => ({ mailbox, folders: this.folders(user, mailbox.id) }))
      .filter(({ mailbox, folders }) => mailbox.ownerId === user.id || folders.length > 0);
  }

  #ordered(user: User): Mailbox[] {
    const all = this.#rights.mailboxes({ user: user.id });
    return all.sort((a, b) => Number(b.id === user.primaryMailbox) - Number(a.id === user.primaryMailbox));
  }

  /** What a mailbox is called beside others: its description, else its return address, else its number. */
  nameOf({ id, description }: Mailbox): string {
    return description || this.directory.aliases.returnAddresses([id]).get(id) || `Mailbox ${id}`;
  }

  /** The folders of a mailbox that a user may read, with their roles. */
  folders(user: User, mailbox: number): RoledFolder[] {
    const found = this.#rights.inMailbox({ user: user.id }, mailbox);
    return found.filter(({ rights }) => rights.includes("r")).map(({ folder }) => this.#roled(folder, user));
  }

  #roled(folder: Folder, user: User): RoledFolder {
    const role = folder.name === "INBOX" ? "Inbox" : folder.specialUse;
    const reader = this.#rights.reader({ user: user.id }, folder.mailboxId);
    const ownDrafts = role === "Drafts" && folder.mailboxId === user.primaryMailbox;
    return { ...folder, role, ownDrafts, user, reader, unseen: this.mailstore.unseen(folder, reader) };
  }

  /** Whether a folder stands in a mailbox of the user's own. */
  owns(user: User, { mailboxId }: RoledFolder): boolean {
    return this.directory.mailboxes.byId(mailboxId)?.ownerId === user.id;
  }

  /** Whether a user has a right in a folder. */
  permits(user: User, folder: RoledFolder, right: Right): boolean {
    return this.#rights.of({ user: user.id }, folder).includes(right);
  }

  /**
   * A folder the user may read, and in which he has the further rights asked for.
   * @throws Refusal "notFound" where he may not even read it, "notPermitted" where another right is missing
   */
  folder(user: User, id: number, ...rights: readonly Right[]): RoledFolder {
    const folder = this.find(user, id);
    if (folder === undefined) throw new Refusal("notFound", "There is no such folder.");
    const held = this.#rights.of({ user: user.id }, folder);
    for (const right of rights) {
      if (right !== "r" && !held.includes(right)) {
        throw new Refusal("notPermitted", `You may not ${WORDS[right]} in this folder.`);
      }
    }
    return folder;
  }

  /** A folder that the user may read; undefined for any other. */
  find(user: User, id: number): RoledFolder | undefined {
    const folder = Number.isSafeInteger(id) && id > 0 ? this.mailstore.folderById(id) : undefined;
    if (folder === undefined || !this.#rights.of({ user: user.id }, folder).includes("r")) return undefined;
    return this.#roled(folder, user);
  }

  /** @throws Refusal "notPermitted" for whoever may not make folders beside those of a mailbox */
  requireMaking(user: User, mailbox: number): void {
    if (!this.#rights.onMailbox({ user: user.id }, mailbox).includes("k"))
      throw new Refusal("notPermitted", "You may not make folders there.");
  }

  /** Which flags of messages a user may set in a folder: those that come with messages from elsewhere included. */
  reach(user: User, folder: RoledFolder): FlagReach {
    return flagReach(this.#rights.of({ user: user.id }, folder));
  }

  /** The user's own INBOX. */
  inbox(user: User): RoledFolder {
    const inbox = this.folders(user, user.primaryMailbox).find((folder) => folder.role === "Inbox");
    if (inbox === undefined) throw new Refusal("notFound", "There is no mailbox for this account.");
    return inbox;
  }

  /**
   * Where messages of a folder of the archive came from, and are restored to: the name of that folder. Undefined for a folder that is not
   * in the archive.
   */
  restoresTo(folder: RoledFolder): string | undefined {
    return this.mailstore.archive.originalOf(folder);
  }

  /** The folder of a role in a mailbox, if there is one that the user may read. */
  special(user: User, mailbox: number, role: string): RoledFolder | undefined {
    const { mailstore } = this;
    const folder = role === "Inbox" ? mailstore.folder(mailbox, "INBOX") : mailstore.folderOfUse(mailbox, role);
    const found = folder && this.find(user, folder.id);
    // INBOX is nothing else, whatever role it was given.
    return found?.role === role ? found : undefined;
  }
}
