/**
 * What can be done to messages: mark, star, move, archive, delete. One form posts here from the list (ticked messages) and from the
 * reading pane (the open one). Whatever it is, it is one change of the mail store, seen by every other session at once.
 */

import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { FLAGGED, SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import type { Access, RoledFolder } from "./access.ts";
import { folderLabel } from "./rail.ts";

/** What a form asked for. */
export interface Action {
  readonly uids: readonly number[];
  /** The name of a button: "read", "delete" … */
  readonly what: string | undefined;
  /** A folder to move to. */
  readonly to: number | undefined;
  /** The UID whose star is to be turned. */
  readonly star: number | undefined;
}

/** What came of it. */
export interface Done {
  /** For the toast; undefined where the page shows it anyway. */
  readonly sentence: string | undefined;
  /** UIDs that are no longer in the folder. */
  readonly gone: readonly number[];
}

/** Ticked messages of one form; a page has at most 200 rows. */
const MOST_UIDS = 1_000;

/** A message or a folder by its number, as forms send it. */
const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(z.number().min(1));
const chosen = z.union([z.literal("").transform(() => undefined), number]).optional();

/** The form: ticked messages, the name of a button, and where the browser was. */
export const actionForm = z.object({
  uid: z.union([number.transform((uid) => [uid]), z.array(number)]).default([]),
  do: z.string().optional(),
  to: chosen,
  star: chosen,
  back: z.string().optional(),
});

/** What the form asks for. @throws Refusal "tooMany" */
export function actionOf({ uid, do: what, to, star }: z.output<typeof actionForm>): Action {
  if (uid.length > MOST_UIDS) throw new Refusal("tooMany", `At most ${MOST_UIDS} messages at a time.`);
  return { uids: [...new Set(uid)], what: what || undefined, to, star };
}

export class Actions {
  constructor(
    private readonly store: Store,
    private readonly mailstore: Mailstore,
    private readonly access: Access,
  ) {}

  /** Does it. @throws Refusal "notFound", "notPermitted", "invalid" */
  async perform(user: User, folder: RoledFolder, action: Action): Promise<Done> {
    if (action.star !== undefined) return await this.#turnStar(user, folder, action.star);
    if (action.uids.length === 0) return { sentence: "Tick some messages first.", gone: [] };
    if (action.to !== undefined) {
      return await this.#move(user, folder, action.uids, this.access.folder(user, action.to));
    }
    switch (action.what) {
      case "read":
        return await this.#flag(user, folder, action.uids, "add", SEEN);
      case "unread":
        return await this.#flag(user, folder, action.uids, "remove", SEEN);
      case "flag":
        return await this.#flag(user, folder, action.uids, "add", FLAGGED);
      case "unflag":
        return await this.#flag(user, folder, action.uids, "remove", FLAGGED);
      case "archive":
        return await this.#move(user, folder, action.uids, await this.#special(folder, "Archive"));
      case "junk":
        return await this.#move(user, folder, action.uids, await this.#special(folder, "Junk"));
      case "restore":
        return await this.#restore(user, folder, action.uids);
      case "inbox":
        return await this.#move(user, folder, action.uids, await this.#special(folder, "Inbox"));
      case "delete":
        if (folder.role === "Trash") return await this.#erase(user, folder, action.uids);
        return await this.#move(user, folder, action.uids, await this.#special(folder, "Trash"));
      case "erase":
        return await this.#erase(user, folder, action.uids);
      default:
        throw new Refusal("invalid", "That cannot be done here. Load the page again.");
    }
  }

  async #turnStar(user: User, folder: RoledFolder, uid: number): Promise<Done> {
    const view = await this.mailstore.open(folder.id);
    const index = view.indexOfUid(uid);
    const set = index >= 0 && (view.systemAt(index) & FLAGGED) !== 0;
    view.close();
    return await this.#flag(user, folder, [uid], set ? "remove" : "add", FLAGGED);
  }

  async #flag(
    user: User,
    folder: RoledFolder,
    uids: readonly number[],
    mode: "add" | "remove",
    bit: number,
  ): Promise<Done> {
    this.access.folder(user, folder.id, bit === SEEN ? "s" : "w");
    const change = { mode, flags: { system: bit } };
    await this.mailstore.setFlags(folder.id, uids, change, { reader: folder.reader });
    return { sentence: undefined, gone: [] };
  }

  async #move(user: User, from: RoledFolder, uids: readonly number[], to: RoledFolder): Promise<Done> {
    if (to.mailboxId !== from.mailboxId) throw new Refusal("invalid", "Messages are moved within one mailbox.");
    if (to.id === from.id) return { sentence: `That is ${folderLabel(to)} already.`, gone: [] };
    this.access.folder(user, from.id, "t", "e");
    this.access.folder(user, to.id, "i");
    const { from: moved } = await this.mailstore.copy(from.id, uids, to.id, {
      ...{ move: true, reader: from.reader, targetReader: to.reader },
    });
    if (moved.length === 0) return { sentence: "Nothing was moved: the messages are no longer here.", gone: [...uids] };
    return { sentence: `${messages(moved.length)} moved to ${folderLabel(to)}.`, gone: moved };
  }

  /** Back to where it was before it came into the archive; that folder is made if it is gone. */
  async #restore(user: User, folder: RoledFolder, uids: readonly number[]): Promise<Done> {
    this.access.folder(user, folder.id, "t", "e");
    const name = this.access.restoresTo(folder);
    const target = name === undefined ? undefined : this.mailstore.folder(folder.mailboxId, name);
    if (target === undefined) this.access.folder(user, folder.id, "k", "i");
    else this.access.folder(user, target.id, "i");
    const { restored } = await this.mailstore.archive.restore(folder.mailboxId, { folder: folder.id, uids });
    if (restored === 0) return { sentence: "Nothing was restored: the messages are no longer here.", gone: [...uids] };
    return { sentence: `${messages(restored)} restored to ${name === "INBOX" ? "Inbox" : name}.`, gone: [...uids] };
  }

  async #erase(user: User, folder: RoledFolder, uids: readonly number[]): Promise<Done> {
    if (folder.role !== "Trash" && folder.role !== "Drafts") {
      throw new Refusal("notPermitted", "Messages are deleted for good only from the trash.");
    }
    this.access.folder(user, folder.id, "t", "e");
    const erased = await this.mailstore.expunge(folder.id, uids);
    return { sentence: `${messages(erased.length)} deleted for good.`, gone: [...uids] };
  }

  /** The folder of a role in the same mailbox, made if need be. */
  async #special(folder: RoledFolder, role: string): Promise<RoledFolder> {
    const { user, mailboxId } = folder;
    const found = this.access.special(user, mailboxId, role);
    if (found !== undefined) return found;
    const id = await this.store.commit((tx) => this.mailstore.specialFolder(tx, mailboxId, role));
    // There may be one that the user does not reach.
    return this.access.folder(user, id);
  }
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count.toLocaleString("en")} messages`;
}
