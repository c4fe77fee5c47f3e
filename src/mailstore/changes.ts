import { topic } from "../store/changes.ts";
import type { FolderChange } from "./view.ts";

/** Messages came, changed or went in a folder. */
export const folderChanged = topic<{ mailbox: number; folder: number; change: FolderChange }>("mailstore.folder");

/** The list of a mailbox's folders changed. */
export const foldersChanged = topic<{
  kind: "created" | "renamed" | "deleted" | "subscribed";
  mailbox: number;
  /** 0 for a name that somebody subscribes to and that is none of this mailbox's folders. */
  folder: number;
  name: string;
  /** The earlier name, for "renamed". */
  before?: string;
  /** It was renamed along with the folder above it. */
  along?: true;
  /** Whatever the one who asked for it gave to know himself again. */
  origin?: object;
}>("mailstore.folders");

/** Who may do what in a folder changed. */
export const grantsChanged = topic<{ readonly mailbox: number; readonly folder: number }>("mailstore.grants");

/** An annotation of a folder (or of the account as a whole: 0) was set or taken away, by a user for himself or (0) for all. */
export const annotationsChanged = topic<{
  readonly folder: number;
  readonly user: number;
  readonly entry: string;
  readonly origin?: object;
}>("mailstore.annotations");
