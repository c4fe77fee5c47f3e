/** Whom a login name means: a user by login name or by an address of his, or a mailbox with a name of its own. */
import { fold, splitAddress } from "../directory/address.ts";
import type { Directory } from "../directory/directory.ts";
import type { Credentials, User } from "../directory/user.ts";

/** Longest login name that is looked at, in characters. */
const MOST_LOGIN = 512;

/** Whose password it is. */
export interface Subject {
  /** Distinguishes subjects in caches: `u` and the user's id, or `m` and the mailbox's. */
  readonly key: string;
  readonly user: User;
  readonly mailbox: number;
  readonly mailboxOnly: boolean;
  readonly credentials: Credentials;
}

/** Finds the subject of a login name; undefined where there is none, or where an address is several users'. */
export function findSubject(directory: Directory, login: string): Subject | undefined {
  if (login.length === 0 || login.length > MOST_LOGIN) return undefined;
  const user = directory.users.get(login) ?? userOfAddress(directory, login);
  if (user !== undefined) return user.kind === "user" ? userSubject(directory, user) : undefined;
  const mailbox = directory.mailboxes.byLogin(login);
  const owner = mailbox === undefined ? undefined : directory.users.byId(mailbox.ownerId);
  const credentials = mailbox === undefined ? undefined : directory.mailboxes.credentials(mailbox.id);
  if (mailbox === undefined || owner === undefined || credentials === undefined) return undefined;
  return { key: `m${mailbox.id}`, user: owner, mailbox: mailbox.id, mailboxOnly: true, credentials };
}

/** The name under which failures are counted: one for all names of a user, and the same kind for nobody. */
export function accountOf(directory: Directory, login: string, subject: Subject | undefined): string {
  if (subject !== undefined) return subject.user.login;
  const parts = splitAddress(login.slice(0, MOST_LOGIN));
  return parts !== undefined && directory.domains.byNormalName(parts.domain) !== undefined
    ? fold(parts.local)
    : fold(login);
}

function userSubject(directory: Directory, user: User): Subject | undefined {
  const credentials = directory.users.credentials(user.id);
  if (credentials === undefined) return undefined;
  return { key: `u${user.id}`, user, mailbox: user.primaryMailbox, mailboxOnly: false, credentials };
}

function userOfAddress(directory: Directory, login: string): User | undefined {
  if (!login.includes("@")) return undefined;
  const found = directory.resolve(login);
  if (found.kind !== "local" || found.via !== "address" || found.detail !== undefined) return undefined;
  const owners = new Set(found.mailboxes.map((id) => directory.mailboxes.byId(id)?.ownerId));
  const [owner] = owners;
  return owners.size === 1 && owner !== undefined ? directory.users.byId(owner) : undefined;
}
