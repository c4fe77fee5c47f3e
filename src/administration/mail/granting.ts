/** Giving rights on single folders, with the line in the audit log: for the operations, and for SETACL of IMAP. */
import type { FolderRights } from "../../auth/folder-rights.ts";
import type { Directory } from "../../directory/directory.ts";
import { ANYONE } from "../../directory/mailboxes.ts";
import type { Folder } from "../../mailstore/folders.ts";
import type { Grantee } from "../../mailstore/grants.ts";
import type { Tx } from "../../store/store.ts";
import type { Change } from "../audit.ts";
import { subjectOfMailbox } from "./mailbox-view.ts";

/** Where something is given, and by which rules. */
export interface Granting {
  readonly directory: Directory;
  readonly rights: FolderRights;
  readonly folder: Folder;
}

/**
 * Gives a name the rights that `after` makes of those it has; undefined: those of the whole mailbox again.
 * @throws Refusal "notPermitted" for the owner, "tooMany"
 */
export function grantWithin(
  tx: Tx,
  note: (change: Change) => void,
  { directory, rights, folder }: Granting,
  grantee: Grantee,
  after: (before: string) => string | undefined,
): void {
  const before = rights.given(folder, grantee);
  const wanted = after(before);
  if (wanted === undefined) rights.resetWithin(tx, folder, grantee);
  else rights.setWithin(tx, folder, grantee, wanted);
  const mailbox = directory.mailboxes.require(folder.mailboxId);
  const name = grantee.user === directory.mailboxes.anyone ? ANYONE : directory.users.byId(grantee.user)?.login;
  const key = `rights of ${grantee.negative ? "-" : ""}${name}`;
  note({
    subject: `${subjectOfMailbox({ directory }, mailbox)}, folder ${folder.name}`,
    before: { [key]: before },
    after: { [key]: rights.given(folder, grantee) },
  });
}
