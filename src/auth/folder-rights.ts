/**
 * Who may do what in which folder (RFC 4314): the one place where ownership, the sharing of whole mailboxes and the rights
 * given on single folders come together. IMAP, the webmail and the pages ask here.
 *
 * The owner has every right everywhere, and nothing takes it from him. Somebody else has what his own name and "anyone" are
 * given, together, less what negative entries take. What a folder says about a name holds there instead of what the mailbox
 * says about it. Whoever signed in with a mailbox's own password has that mailbox and nothing else.
 */
import type { Directory, Mailbox, User } from "../directory/directory.ts";
import { ANYONE, RIGHTS, sortedRights } from "../directory/mailboxes.ts";
import { ANSWERED, DELETED, DRAFT, FLAGGED, type FlagReach, SEEN } from "../mailstore/flags.ts";
import type { Folder } from "../mailstore/folders.ts";
import type { Grant, Grantee } from "../mailstore/grants.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import { Refusal } from "../refusal.ts";
import type { Tx } from "../store/store.ts";
import type { Login } from "./attempt.ts";
import { saslprep } from "./saslprep.ts";

/** One right of RFC 4314 §2.1. */
export type Right = "l" | "r" | "s" | "w" | "i" | "p" | "k" | "x" | "t" | "e" | "a";

/** Whose rights are asked for. */
export interface Holder {
  readonly user: number;
  /** The only mailbox that the login opens. */
  readonly only?: number;
}

/** A folder as far as rights go. */
export type Ground = Pick<Folder, "id" | "mailboxId">;

/** One line of a folder's list of rights. */
export interface Entry extends Grantee {
  /** RFC 4314 §2: a login name or "anyone"; after "-" where it takes rights away. */
  readonly identifier: string;
  readonly rights: string;
  /** Given on this folder, and not with the whole mailbox. */
  readonly own: boolean;
}

/** Who has logged in, as far as rights go. */
export function holderOf({ user, mailbox, mailboxOnly }: Login): Holder {
  return mailboxOnly ? { user: user.id, only: mailbox } : { user: user.id };
}

/** Which flags somebody with these rights may change: \Seen with "s", \Deleted with "t", all others with "w". */
export function flagReach(rights: string): FlagReach {
  const others = rights.includes("w");
  const system =
    (rights.includes("s") ? SEEN : 0) |
    (rights.includes("t") ? DELETED : 0) |
    (others ? ANSWERED | FLAGGED | DRAFT : 0);
  return { system, keywords: others };
}

/** Works rights out, and changes those on folders. Keeps nothing. */
export class FolderRights {
  constructor(
    private readonly directory: Directory,
    private readonly mailstore: Mailstore,
  ) {}

  /** The rights in a folder, in the standard's order; none for what is none of his business. */
  of(holder: Holder, folder: Ground): string {
    return this.#whole(holder, folder.mailboxId) ?? this.#judged(holder, folder, this.mailstore.grants.of(folder.id));
  }

  /** The rights in a mailbox above all its folders. */
  onMailbox(holder: Holder, mailbox: number): string {
    return this.#whole(holder, mailbox) ?? this.directory.mailboxes.rights(holder.user, mailbox);
  }

  /** The folders of a mailbox, each with the rights in it. */
  inMailbox(holder: Holder, mailbox: number): { folder: Folder; rights: string }[] {
    const folders = this.mailstore.folders(mailbox);
    const whole = this.#whole(holder, mailbox);
    if (whole !== undefined) return folders.map((folder) => ({ folder, rights: whole }));
    const grants = this.mailstore.grants.ofMailbox(mailbox);
    const general = this.directory.mailboxes.rights(holder.user, mailbox);
    return folders.map((folder) => {
      const own = grants.get(folder.id);
      return { folder, rights: own === undefined ? general : this.#judged(holder, folder, own) };
    });
  }

  /** The mailboxes in which somebody may have rights: his own, and those in which he or anyone was given some. */
  mailboxes(holder: Holder): Mailbox[] {
    const { mailboxes } = this.directory;
    if (holder.only !== undefined) return [mailboxes.byId(holder.only)].filter((found) => found !== undefined);
    const own = mailboxes.list({ owner: holder.user });
    const others = new Set<number>();
    for (const user of [holder.user, mailboxes.anyone]) {
      for (const { mailboxId } of mailboxes.shares({ user })) others.add(mailboxId);
      for (const id of this.mailstore.grants.mailboxesFor(user)) others.add(id);
    }
    for (const { id } of own) others.delete(id);
    const shared = [...others].sort((a, b) => a - b).map((id) => mailboxes.byId(id));
    return [...own, ...shared.filter((found) => found !== undefined)];
  }

  /** Whose read marks somebody sees and sets in a mailbox: undefined for the flags of the messages themselves. */
  reader({ user, only }: Holder, mailbox: number): number | undefined {
    const found = this.directory.mailboxes.byId(mailbox);
    if (found === undefined || !found.ownReadMarks || found.ownerId === user || only === mailbox) return undefined;
    return user;
  }

  /** A folder's list of rights: the owner, then what holds with the whole mailbox, then what is given on the folder. */
  entries(folder: Ground): Entry[] {
    const { users, mailboxes } = this.directory;
    const grants = this.mailstore.grants.of(folder.id);
    const shares = mailboxes
      .shares({ mailbox: folder.mailboxId })
      .filter(({ userId }) => !grants.some(({ user, negative }) => user === userId && !negative))
      .map(({ userId, rights }) => ({ user: userId, negative: false, rights, own: false }));
    const owner = users.byId(mailboxes.byId(folder.mailboxId)?.ownerId ?? 0);
    const given = [...shares, ...grants.map((grant) => ({ ...grant, own: true }))].flatMap((entry) => {
      const name = this.#nameOf(entry.user);
      // Whoever is gone has no name, and none has a line whose rights are none. What was said of the owner before he was it is idle.
      if (name === undefined || entry.rights === "" || entry.user === owner?.id) return [];
      const { user, negative, rights, own } = entry;
      return [{ user, negative, rights, own, identifier: negative ? `-${name}` : name }];
    });
    if (owner === undefined) return given;
    return [{ identifier: owner.login, user: owner.id, negative: false, rights: RIGHTS, own: false }, ...given];
  }

  /** Whom an identifier means. @throws Refusal "invalid" for what is none, "notFound" for nobody here */
  granteeOf(identifier: string): Grantee {
    const negative = identifier.startsWith("-");
    const name = saslprep(negative ? identifier.slice(1) : identifier);
    if (name === undefined || name === "") throw new Refusal("invalid", "That is no name that rights can be given to.");
    if (name.toLowerCase() === ANYONE) return { user: this.directory.mailboxes.anyone, negative };
    const user = this.directory.users.get(name);
    if (user?.kind !== "user") throw new Refusal("notFound", `Nobody here signs in as “${name.slice(0, 100)}”.`);
    return { user: user.id, negative };
  }

  /** Whether this is the owner of the mailbox, with rights or "-". */
  isOwner({ mailboxId }: Ground, { user }: Grantee): boolean {
    return this.directory.mailboxes.byId(mailboxId)?.ownerId === user;
  }

  /** What a name has in a folder by the entry for it, there or in the whole mailbox. */
  given(folder: Ground, { user, negative }: Grantee): string {
    const grant = this.mailstore.grants.of(folder.id).find((each) => each.user === user && each.negative === negative);
    if (grant !== undefined) return grant.rights;
    return negative ? "" : this.directory.mailboxes.sharedWith(folder.mailboxId, user);
  }

  /**
   * Gives a name these rights in a folder, or takes them; what it has in the whole mailbox does not hold there any more.
   * @throws Refusal "notPermitted" for the owner, "tooMany"
   */
  setWithin(tx: Tx, folder: Ground, grantee: Grantee, rights: string): void {
    this.#refuseOwner(folder, grantee);
    const beside = !grantee.negative && this.directory.mailboxes.sharedWith(folder.mailboxId, grantee.user) !== "";
    const sorted = sortedRights(rights);
    this.#write(tx, folder, grantee, sorted === "" && !beside ? undefined : sorted);
  }

  /** Lets what holds in the whole mailbox hold for a name in a folder again. @throws Refusal "notPermitted" */
  resetWithin(tx: Tx, folder: Ground, grantee: Grantee): void {
    this.#refuseOwner(folder, grantee);
    this.#write(tx, folder, grantee, undefined);
  }

  #write(tx: Tx, { id, mailboxId }: Ground, grantee: Grantee, rights: string | undefined): void {
    this.mailstore.grants.setWithin(tx, { mailbox: mailboxId, folder: id }, grantee, rights);
  }

  #refuseOwner(folder: Ground, grantee: Grantee): void {
    if (!this.isOwner(folder, grantee)) return;
    throw new Refusal("notPermitted", "The owner of a mailbox has every right in it, and keeps them.");
  }

  /** All for the owner, and for whoever signed in to this mailbox alone; undefined where entries say. */
  #whole({ user, only }: Holder, mailbox: number): string | undefined {
    if (only !== undefined) return only === mailbox ? RIGHTS : "";
    const found = this.directory.mailboxes.byId(mailbox);
    if (found === undefined) return "";
    return found.ownerId === user ? RIGHTS : undefined;
  }

  #judged({ user }: Holder, { mailboxId }: Ground, grants: readonly Grant[]): string {
    const { mailboxes } = this.directory;
    const { anyone } = mailboxes;
    let held = "";
    for (const name of [user, anyone]) {
      const own = grants.find((grant) => grant.user === name && !grant.negative);
      held += own?.rights ?? mailboxes.sharedWith(mailboxId, name);
    }
    const taken = grants.filter((grant) => grant.negative && (grant.user === user || grant.user === anyone));
    return sortedRights([...held].filter((right) => !taken.some(({ rights }) => rights.includes(right))).join(""));
  }

  #nameOf(user: number): string | undefined {
    if (user === this.directory.mailboxes.anyone) return ANYONE;
    const found: User | undefined = this.directory.users.byId(user);
    return found?.login;
  }
}
