/** Names of folders for people. */
import { key, t } from "./words.ts";

/** What the usual folders are called, by the names that programs give them. */
const USUAL: Readonly<Record<string, string>> = {
  INBOX: key("Inbox"),
  Drafts: key("Drafts"),
  Sent: key("Sent"),
  Archive: key("Archive"),
  Junk: key("Junk"),
  Trash: key("Trash"),
  Snoozed: key("Snoozed"),
};

/** A folder's whole name, in the reader's words where it is a usual one. */
export const folderName = (name: string): string => {
  const usual = Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
  return usual === undefined ? name : t(usual);
};
