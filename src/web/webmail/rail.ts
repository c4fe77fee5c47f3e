/** The folders as the rail and the "move to" menus show them. */

import type { IconName } from "../../../views/parts/icon.tsx";
import type { FolderGroup, FolderLink, SearchLink } from "../../../views/webmail/folders.tsx";
import type { MoveTarget } from "../../../views/webmail/menus.tsx";
import { searchHref } from "../../../views/webmail/search.tsx";
import { folderName } from "../../../views/words/folders.ts";
import { t } from "../../../views/words/words.ts";
import type { User } from "../../directory/directory.ts";
import type { KeptSearch } from "../../directory/searches.ts";
import { parentsOf } from "../../mailstore/names.ts";
import type { Access, RoledFolder } from "./access.ts";
import { oneLine } from "./names.ts";

const ICONS: Readonly<Record<string, IconName>> = {
  Inbox: "inbox",
  Drafts: "draft",
  Sent: "send",
  Archive: "archive",
  Junk: "junk",
  Trash: "trash",
  Snoozed: "clock",
};

const ROLE_ORDER = ["Inbox", "Snoozed", "Drafts", "Sent", "Archive", "Junk", "Trash"];

/** The address of a folder's list. */
export const folderHref = (id: number): string => `/mail/f/${id}`;

/** A folder's name for people: the last level, and the reader's words for the usual ones. */
export function folderLabel(folder: RoledFolder): string {
  if (folder.role === "Inbox") return t("Inbox");
  if (folder.name === folder.role) return folderName(folder.name);
  return oneLine(folder.name.split("/").pop() ?? folder.name, 100);
}

/** Folders in the order people expect: those with a role first, then by name, each below its parent. */
export function inOrder(folders: readonly RoledFolder[]): RoledFolder[] {
  const roles = new Map(folders.map(({ name, role }) => [name, role ?? ""]));
  const keyed = folders.map((folder) => {
    const levels = folder.name.split("/");
    const place = ROLE_ORDER.indexOf(roles.get(levels[0] ?? "") ?? "");
    return { folder, place: place < 0 ? ROLE_ORDER.length : place, name: levels.join("\u0001").toLowerCase() };
  });
  keyed.sort((a, b) => a.place - b.place || (a.name < b.name ? -1 : 1));
  return keyed.map(({ folder }) => folder);
}

const depthOf = (folder: RoledFolder): number => folder.name.split("/").length - 1;

/** The drawing that stands for a folder. */
export const folderIcon = (folder: RoledFolder): IconName => ICONS[folder.role ?? ""] ?? "folder";

/** What the number beside a folder counts. */
function countOf(folder: RoledFolder): number {
  if (folder.role === "Drafts") return folder.exists;
  if (folder.role === "Snoozed") return 0;
  return folder.role === "Sent" || folder.role === "Trash" ? 0 : folder.unseen;
}

const searchLink = ({ id, name, query }: KeptSearch): SearchLink => ({
  id,
  label: oneLine(name, 60),
  href: searchHref(query),
});

/** Programs do not show it, and nothing in it waits. */
const isAside = (folder: RoledFolder): boolean =>
  !folder.subscribed && folder.role === undefined && folder.unseen === 0;

/** What stands in the rail beside what the folders say themselves. */
export interface RailExtras {
  readonly colours: ReadonlyMap<number, string>;
  /** Messages that wait to be sent. */
  readonly scheduled: number;
  readonly searches: readonly KeptSearch[];
}

/** All folders the user reaches, mailbox by mailbox: those of others below his own. */
export function railOf(
  access: Access,
  user: User,
  current: number | undefined,
  { colours, scheduled, searches }: RailExtras,
): FolderGroup[] {
  return access.reached(user).map(({ mailbox, folders: all }) => {
    const own = mailbox.ownerId === user.id;
    const folders = inOrder(all);
    const link = (folder: RoledFolder): FolderLink => ({
      id: folder.id,
      href: folderHref(folder.id),
      label: folderLabel(folder),
      depth: depthOf(folder),
      icon: folderIcon(folder),
      colour: colours.get(folder.id),
      count: countOf(folder),
      current: folder.id === current,
    });
    // What the owner's programs do not show is his affair; others see what he shares.
    const seen = folders.filter((folder) => !own || !isAside(folder) || folder.id === current);
    const levels = new Set(seen.flatMap(({ name }) => [name, ...parentsOf(name)]));
    const [shown, aside] = [true, false].map((is) => folders.filter(({ name }) => levels.has(name) === is)) as [
      RoledFolder[],
      RoledFolder[],
    ];
    const group = { folders: shown.map(link), more: aside.map(link) };
    return mailbox.id === user.primaryMailbox
      ? { ...group, scheduled, searches: searches.map(searchLink) }
      : { title: oneLine(access.nameOf(mailbox), 60), ...group };
  });
}

/** Folders of other mailboxes that "move to" offers; whoever has more moves by the mouse or a mail program. */
const MOST_ELSEWHERE = 100;

/** Where messages of a folder can be moved: the other folders of the same mailbox, then those of other mailboxes that take them. */
export function moveTargets(access: Access, from: RoledFolder): MoveTarget[] {
  const { user } = from;
  const target = (folder: RoledFolder, group?: string): MoveTarget => ({
    ...{ id: folder.id, label: folderLabel(folder), depth: depthOf(folder), icon: folderIcon(folder) },
    ...(group !== undefined && { group }),
  });
  const here: MoveTarget[] = [];
  const elsewhere: MoveTarget[] = [];
  for (const { mailbox, folders } of access.reached(user)) {
    const open = inOrder(folders).filter((folder) => folder.id !== from.id && folder.role !== "Drafts");
    if (mailbox.id === from.mailboxId) here.push(...open.map((folder) => target(folder)));
    else {
      const taking = open.filter((folder) => access.permits(user, folder, "i"));
      elsewhere.push(...taking.map((folder) => target(folder, oneLine(access.nameOf(mailbox), 60))));
    }
  }
  return [...here, ...elsewhere.slice(0, MOST_ELSEWHERE)];
}

/** Where a rule begins for mail like a message. */
export const ruleHref = (folder: RoledFolder, uid: number): string =>
  `/mail/options/mailboxes/${folder.mailboxId}/rules/new?like=${folder.id}.${uid}`;
