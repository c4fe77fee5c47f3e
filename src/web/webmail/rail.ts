/** The folders as the rail and the "move to" menus show them. */

import type { IconName } from "../../../views/parts/icon.tsx";
import type { FolderGroup, FolderLink } from "../../../views/webmail/folders.tsx";
import type { MoveTarget } from "../../../views/webmail/list.tsx";
import type { User } from "../../directory/directory.ts";
import type { Access, RoledFolder } from "./access.ts";
import { oneLine } from "./names.ts";

const ICONS: Readonly<Record<string, IconName>> = {
  Inbox: "inbox",
  Drafts: "draft",
  Sent: "send",
  Archive: "archive",
  Junk: "junk",
  Trash: "trash",
};

const ROLE_ORDER = ["Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash"];

/** The address of a folder's list. */
export const folderHref = (id: number): string => `/mail/f/${id}`;

/** A folder's name for people: the last level, and usual words for the usual ones. */
export function folderLabel(folder: RoledFolder): string {
  if (folder.role === "Inbox") return "Inbox";
  return oneLine(folder.name.split("/").pop() ?? folder.name, 100);
}

/** Folders in the order people expect: those with a role first, then by name, each below its parent. */
function inOrder(folders: readonly RoledFolder[]): RoledFolder[] {
  const place = (folder: RoledFolder) => {
    const top = folder.name.split("/")[0] ?? "";
    const parent = folders.find((other) => other.name === top);
    const index = ROLE_ORDER.indexOf(parent?.role ?? "");
    return index < 0 ? ROLE_ORDER.length : index;
  };
  const key = (folder: RoledFolder) => folder.name.split("/").join("\u0001").toLowerCase();
  return [...folders].sort((a, b) => place(a) - place(b) || (key(a) < key(b) ? -1 : 1));
}

const depthOf = (folder: RoledFolder): number => folder.name.split("/").length - 1;
const iconOf = (folder: RoledFolder): IconName => ICONS[folder.role ?? ""] ?? "folder";

/** What the number beside a folder counts. */
function countOf(folder: RoledFolder): number {
  if (folder.role === "Drafts") return folder.exists;
  return folder.role === "Sent" || folder.role === "Trash" ? 0 : folder.unseen;
}

/** All folders the user reaches, mailbox by mailbox. */
export function railOf(access: Access, user: User, current: number | undefined): FolderGroup[] {
  return access.mailboxes(user).map((mailbox) => {
    const folders = inOrder(access.folders(user, mailbox.id)).map(
      (folder): FolderLink => ({
        id: folder.id,
        href: folderHref(folder.id),
        label: folderLabel(folder),
        depth: depthOf(folder),
        icon: iconOf(folder),
        count: countOf(folder),
        current: folder.id === current,
      }),
    );
    return mailbox.id === user.primaryMailbox ? { folders } : { title: oneLine(access.nameOf(mailbox), 60), folders };
  });
}

/** Where messages of a folder can be moved: the other folders of the same mailbox. */
export function moveTargets(access: Access, from: RoledFolder): MoveTarget[] {
  return inOrder(access.folders(from.user, from.mailboxId))
    .filter((folder) => folder.id !== from.id && folder.role !== "Drafts")
    .map((folder) => ({ id: folder.id, label: folderLabel(folder), depth: depthOf(folder), icon: iconOf(folder) }));
}
