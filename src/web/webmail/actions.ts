/**
 * What can be done to messages: mark, star, move, archive, delete. One form posts here from the list (ticked messages, or all of a list)
 * and from the reading pane (the open one). Whatever it is, it is a change of the mail store, seen by every other session at once, and
 * all of it can be taken back for a while.
 */

import { leavingWords } from "../../../views/webmail/send-later.tsx";
import { t, tn } from "../../../views/words/words.ts";
import type { User } from "../../directory/directory.ts";
import { FLAGGED, type Flags, SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { SNOOZED } from "../../mailstore/snoozes.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import type { Access, RoledFolder } from "./access.ts";
import { labelNamed, labelOf, MUTED } from "./labels.ts";
import { folderLabel } from "./rail.ts";
import type { Reversal } from "./undo.ts";

/** What is to be done, and to which messages of the folder. */
export interface Action {
  readonly uids: readonly number[];
  /** The name of a button: "read", "delete" … */
  readonly what: string | undefined;
  /** A folder to move to. */
  readonly to: number | undefined;
  /** The UID whose star is to be turned. */
  readonly star: number | undefined;
  /** A label by its keyword, or a new one by its name. */
  readonly label?: { readonly keyword: string } | { readonly name: string };
  /** When messages that are put off come back: milliseconds since the epoch; undefined for no moment. */
  readonly until?: number | undefined;
}

/** What came of it. */
export interface Done {
  /** For the toast; undefined where nothing is to be said. */
  readonly sentence: string | undefined;
  /** UIDs that are no longer in the folder. */
  readonly gone: readonly number[];
  /** How it is taken back; undefined where nothing was done. */
  readonly reversal?: Reversal;
}

/** Messages that are handled between two looks at whether the work is to go on. */
const PIECE = 2_000;
const LONGEST_SNOOZE_MS = 10 * 365 * 86_400_000;
/** Messages whose conversations are muted at once. */
const MOST_MUTED = 2_000;
/** A page waits so long for an action; what takes longer goes on behind it. For more than a piece it waits hardly at all. */
const PATIENCE_MS = 800;
const LITTLE_PATIENCE_MS = 50;

const nothing = (sentence: string, gone: readonly number[] = []): Done => ({ sentence, gone });

export class Actions {
  /** @param failed hears of work that failed after its page was answered */
  constructor(
    private readonly store: Store,
    private readonly mailstore: Mailstore,
    private readonly access: Access,
    private readonly failed: (fault: unknown) => void,
  ) {}

  /**
   * Does it.
   * @param shown the origin of a change that the answer shows as a whole
   * @throws Refusal "notFound", "notPermitted", "invalid"
   */
  async perform(user: User, folder: RoledFolder, action: Action, shown?: object): Promise<Done> {
    const { uids, star, to } = action;
    if (star !== undefined) return await this.#turnStar(user, folder, star, shown);
    if (uids.length === 0) return nothing(t("Tick some messages first."));
    if (to !== undefined) return await this.#move(user, folder, uids, this.access.folder(user, to));
    switch (action.what) {
      case "read":
        return await this.#flag(user, folder, uids, "add", { system: SEEN });
      case "unread":
        return await this.#flag(user, folder, uids, "remove", { system: SEEN });
      case "flag":
        return await this.#flag(user, folder, uids, "add", { system: FLAGGED });
      case "unflag":
        return await this.#flag(user, folder, uids, "remove", { system: FLAGGED });
      case "archive":
        return await this.#move(user, folder, uids, await this.#special(folder, "Archive"));
      case "junk":
        return await this.#move(user, folder, uids, await this.#special(folder, "Junk"));
      case "restore":
        return await this.#restore(user, folder, uids);
      case "inbox":
        return await this.#move(user, folder, uids, await this.#special(folder, "Inbox"));
      case "delete":
        if (folder.role === "Trash") return await this.#erase(user, folder, uids);
        return await this.#move(user, folder, uids, await this.#special(folder, "Trash"));
      case "erase":
        return await this.#erase(user, folder, uids);
      case "label":
        return await this.#label(user, folder, action);
      case "snooze":
        return await this.#snooze(user, folder, action);
      case "mute":
        return await this.#mute(user, folder, uids);
      case "unmute":
        return await this.#unmute(user, folder, uids);
      default:
        throw new Refusal("invalid", "That cannot be done here. Load the page again.");
    }
  }

  async #turnStar(user: User, folder: RoledFolder, uid: number, shown: object | undefined): Promise<Done> {
    const view = await this.mailstore.open(folder.id);
    const index = view.indexOfUid(uid);
    const set = index >= 0 && (view.systemAt(index) & FLAGGED) !== 0;
    view.close();
    const done = await this.#flag(user, folder, [uid], set ? "remove" : "add", { system: FLAGGED }, shown);
    // The star itself says it, and the same click takes it back.
    return { ...done, sentence: undefined };
  }

  async #flag(
    user: User,
    folder: RoledFolder,
    uids: readonly number[],
    mode: "add" | "remove",
    flags: Flags,
    origin?: object,
  ): Promise<Done> {
    const right = flags.system === SEEN ? "s" : "w";
    this.access.folder(user, folder.id, right);
    const change = async (some: readonly number[], how: "add" | "remove", by?: object) => {
      const storing = { reader: folder.reader, ...(by && { origin: by }) };
      return (await this.mailstore.setFlags(folder.id, some, { mode: how, flags }, storing)).changed;
    };
    const changed: number[] = [];
    const work = new Work(uids, async (piece) => {
      for (const uid of await change(piece, mode, origin)) changed.push(uid);
    });
    await work.begun(this.failed);
    if (work.over && changed.length === 0) return { sentence: undefined, gone: [] };
    return {
      sentence: work.over
        ? tn(changed.length, "{n} message marked.", "{n} messages marked.")
        : tn(uids.length, "Marking {n} message.", "Marking {n} messages."),
      gone: [],
      reversal: {
        reverse: async () => {
          await work.stop();
          this.access.folder(user, folder.id, right);
          const back = await change(changed, mode === "add" ? "remove" : "add");
          return tn(back.length, "{n} message is marked as before.", "{n} messages are marked as before.");
        },
      },
    };
  }

  /** Gives a label, or takes it where all have it. */
  async #label(user: User, folder: RoledFolder, { uids, label = { name: "" } }: Action): Promise<Done> {
    const { labels } = this.mailstore;
    const book = labels.of(folder.mailboxId);
    const named = "name" in label ? labelNamed(book, label.name) : undefined;
    const keyword = "name" in label ? named?.keyword : label.keyword;
    if (keyword === undefined) return nothing(t("Type the name of the label first."));
    this.access.folder(user, folder.id, "w");
    if (named !== undefined && !book.includes(named) && this.access.owns(user, folder))
      await this.store.commit((tx) => labels.setWithin(tx, folder.mailboxId, named));
    const every = named === undefined && (await this.#allHave(folder, uids, keyword));
    const done = await this.#flag(user, folder, uids, every ? "remove" : "add", { system: 0, keywords: [keyword] });
    const name = named?.name ?? labelOf(book, keyword)?.name ?? keyword;
    if (done.sentence === undefined) return done;
    return { ...done, sentence: every ? t("Label {name} taken off.", { name }) : t("Label {name} put on.", { name }) };
  }

  async #allHave({ id }: RoledFolder, uids: readonly number[], keyword: string): Promise<boolean> {
    const view = await this.mailstore.open(id);
    try {
      const wanted = keyword.toLowerCase();
      return uids.every((uid) => {
        const index = view.indexOfUid(uid);
        return index < 0 || view.flagsAt(index).keywords.some((one) => one.toLowerCase() === wanted);
      });
    } finally {
      view.close();
    }
  }

  /** Puts messages off: they come back to this folder at their time. */
  async #snooze(user: User, from: RoledFolder, { uids, until }: Action): Promise<Done> {
    const latest = Date.now() + LONGEST_SNOOZE_MS;
    if (until === undefined || until <= Date.now() || until > latest)
      throw new Refusal("invalid", t("Choose a time that is still to come, within ten years."));
    if (from.role === SNOOZED) return await this.#snoozeAgain(user, from, uids, until);
    const to = await this.#special(from, SNOOZED);
    this.access.folder(user, from.id, "t", "e");
    this.access.folder(user, to.id, "i");
    return await this.#moving(user, from, to, uids, {
      move: async (piece) => {
        const readers = { reader: from.reader, targetReader: to.reader };
        return (await this.mailstore.snoozes.put(from.id, piece, to.id, until, readers)).to;
      },
      done: (count) =>
        tn(count, "{n} message comes back {time}.", "{n} messages come back {time}.", { time: leavingWords(until) }),
    });
  }

  /** What is put off already gets another time. */
  async #snoozeAgain(user: User, folder: RoledFolder, uids: readonly number[], until: number): Promise<Done> {
    this.access.folder(user, folder.id, "t", "e");
    const { snoozes } = this.mailstore;
    const inbox = await this.#special(folder, "Inbox");
    // Those that were moved here by hand have no time yet, and come back there.
    this.access.folder(user, inbox.id, "i");
    const times = uids.map((uid) => ({ uid, due: until }));
    const before = await snoozes.set(folder.id, times, inbox.id);
    return {
      sentence: tn(uids.length, "{n} message comes back {time}.", "{n} messages come back {time}.", {
        time: leavingWords(until),
      }),
      gone: [],
      reversal: {
        reverse: async () => {
          this.access.folder(user, folder.id, "t", "e");
          await snoozes.set(folder.id, before, inbox.id);
          return tn(before.length, "{n} message comes back as before.", "{n} messages come back as before.");
        },
      },
    };
  }

  /** What comes to these conversations goes past the inbox, and they leave it. */
  async #mute(user: User, folder: RoledFolder, uids: readonly number[]): Promise<Done> {
    const contents = await this.#contents(user, folder, uids);
    const { mutes } = this.mailstore;
    const flags = { system: 0, keywords: [MUTED] };
    await this.store.commit((tx) => mutes.addWithin(tx, folder.mailboxId, contents, Date.now()));
    const marked = await this.#flag(user, folder, uids, "add", flags);
    const archive = folder.role === "Inbox" ? await this.#special(folder, "Archive") : undefined;
    const moved = archive && (await this.#move(user, folder, uids, archive));
    return {
      sentence: t("Muted. What comes to this conversation goes to the archive."),
      gone: moved?.gone ?? [],
      reversal: {
        reverse: async () => {
          await this.store.commit((tx) => mutes.removeWithin(tx, folder.mailboxId, contents));
          if (archive === undefined) await marked.reversal?.reverse();
          else {
            // They were given new UIDs there, and are known by what they are.
            const there = await this.#uidsOf(archive, contents);
            await this.mailstore.setFlags(archive.id, there, { mode: "remove", flags });
            await moved?.reversal?.reverse();
          }
          return t("The conversation is heard of as before.");
        },
      },
    };
  }

  async #unmute(user: User, folder: RoledFolder, uids: readonly number[]): Promise<Done> {
    const contents = await this.#contents(user, folder, uids);
    const { mutes } = this.mailstore;
    await this.store.commit((tx) => mutes.removeWithin(tx, folder.mailboxId, contents));
    const marked = await this.#flag(user, folder, uids, "remove", { system: 0, keywords: [MUTED] });
    return {
      sentence: t("What comes to this conversation goes to the inbox again."),
      gone: [],
      reversal: {
        reverse: async () => {
          await this.store.commit((tx) => mutes.addWithin(tx, folder.mailboxId, contents, Date.now()));
          await marked.reversal?.reverse();
          return t("The conversation is muted as before.");
        },
      },
    };
  }

  /** The contents of messages of one's own mailbox. @throws Refusal "notPermitted", "tooMany" */
  async #contents(user: User, folder: RoledFolder, uids: readonly number[]): Promise<number[]> {
    if (!this.access.owns(user, folder))
      throw new Refusal("notPermitted", t("Conversations are muted in one's own mailboxes."));
    if (uids.length > MOST_MUTED) throw new Refusal("tooMany", t("That is too much to be muted at once."));
    const view = await this.mailstore.open(folder.id);
    try {
      return uids
        .map((uid) => view.indexOfUid(uid))
        .filter((at) => at >= 0)
        .map((at) => view.contentAt(at));
    } finally {
      view.close();
    }
  }

  /** The messages of a folder with these contents. */
  async #uidsOf({ id }: RoledFolder, contents: readonly number[]): Promise<number[]> {
    const wanted = new Set(contents);
    const view = await this.mailstore.open(id);
    try {
      return [...view.uids].filter((_, index) => wanted.has(view.contentAt(index)));
    } finally {
      view.close();
    }
  }

  async #move(user: User, from: RoledFolder, uids: readonly number[], to: RoledFolder): Promise<Done> {
    const name = folderLabel(to);
    if (to.id === from.id) return nothing(t("That is {folder} already.", { folder: name }));
    this.access.folder(user, from.id, "t", "e");
    this.access.folder(user, to.id, "i");
    return await this.#moving(user, from, to, uids, {
      move: async (piece) => {
        const readers = { reader: from.reader, targetReader: to.reader, reach: this.access.reach(user, to) };
        return (await this.mailstore.copy(from.id, piece, to.id, { move: true, ...readers })).to;
      },
      done: (count) => tn(count, "{n} message moved to {folder}.", "{n} messages moved to {folder}.", { folder: name }),
    });
  }

  /** Back to where it was before it came into the archive; that folder is made if it is gone. */
  async #restore(user: User, from: RoledFolder, uids: readonly number[]): Promise<Done> {
    this.access.folder(user, from.id, "t", "e");
    const { archive } = this.mailstore;
    const name = this.access.restoresTo(from);
    const target = name === undefined ? undefined : this.mailstore.folder(from.mailboxId, name);
    if (target === undefined) this.access.folder(user, from.id, "k", "i");
    else this.access.folder(user, target.id, "i");
    // Makes the folder, and says which it is.
    const { folder } = await archive.restore(from.mailboxId, { folder: from.id, uids: [] });
    const to = this.access.folder(user, folder);
    return await this.#moving(user, from, to, uids, {
      move: async (piece) => (await archive.restore(from.mailboxId, { folder: from.id, uids: piece })).uids,
      done: (count) =>
        tn(count, "{n} message restored to {folder}.", "{n} messages restored to {folder}.", {
          folder: folderLabel(to),
        }),
    });
  }

  /** Moves messages in whatever way, and knows how they come back. */
  async #moving(
    user: User,
    from: RoledFolder,
    to: RoledFolder,
    uids: readonly number[],
    how: { readonly move: (piece: readonly number[]) => Promise<readonly number[]>; done: (count: number) => string },
  ): Promise<Done> {
    const there: number[] = [];
    const work = new Work(uids, async (piece) => {
      for (const uid of await how.move(piece)) there.push(uid);
    });
    await work.begun(this.failed);
    if (work.over && there.length === 0) return nothing(t("Nothing was moved: the messages are no longer here."), uids);
    const folder = folderLabel(to);
    return {
      sentence: work.over
        ? how.done(there.length)
        : tn(uids.length, "Moving {n} message to {folder}.", "Moving {n} messages to {folder}.", { folder }),
      gone: uids,
      reversal: {
        reverse: async () => {
          await work.stop();
          this.access.folder(user, to.id, "t", "e");
          this.access.folder(user, from.id, "i");
          const readers = { reader: to.reader, targetReader: from.reader, reach: this.access.reach(user, from) };
          const back = await this.mailstore.copy(to.id, there, from.id, { move: true, ...readers });
          return tn(back.to.length, "{n} message is back in {folder}.", "{n} messages are back in {folder}.", {
            folder: folderLabel(from),
          });
        },
      },
    };
  }

  async #erase(user: User, folder: RoledFolder, uids: readonly number[]): Promise<Done> {
    if (folder.role !== "Trash" && folder.role !== "Drafts") {
      throw new Refusal("notPermitted", "Messages are deleted for good only from the trash.");
    }
    this.access.folder(user, folder.id, "t", "e");
    const { reprieve } = this.mailstore;
    const batch = reprieve.batch();
    let gone = 0;
    const work = new Work(uids, async (piece) => {
      gone += (await reprieve.expunge(folder.id, piece, batch)).length;
    });
    await work.begun(this.failed);
    return {
      sentence: work.over
        ? tn(gone, "{n} message deleted for good.", "{n} messages deleted for good.")
        : tn(uids.length, "Deleting {n} message for good.", "Deleting {n} messages for good."),
      gone: uids,
      reversal: {
        reverse: async () => {
          await work.stop();
          this.access.folder(user, folder.id, "i");
          const back = await reprieve.restore(batch, folder.id);
          return tn(back, "{n} message is back in {folder}.", "{n} messages are back in {folder}.", {
            folder: folderLabel(folder),
          });
        },
        settle: async () => {
          await work.finished;
          await reprieve.release(batch);
        },
      },
    };
  }

  /** The folder of a role in the same mailbox, made if need be. */
  async #special(folder: RoledFolder, role: string): Promise<RoledFolder> {
    const { user, mailboxId } = folder;
    const found = this.access.special(user, mailboxId, role);
    if (found !== undefined) return found;
    // Nothing is made for somebody who may not move what he wants to put there.
    this.access.folder(user, folder.id, "t", "e");
    this.access.requireMaking(user, mailboxId);
    const id = await this.store.commit((tx) => this.mailstore.specialFolder(tx, mailboxId, role));
    // There may be one that the user does not reach.
    return this.access.folder(user, id);
  }
}

/** Something done to many messages, a piece after the other, until it is done or stopped. */
class Work {
  over = false;
  #stopped = false;
  #patient = true;
  readonly finished: Promise<void>;
  #failed: ((fault: unknown) => void) | undefined;

  constructor(
    private readonly uids: readonly number[],
    handle: (piece: readonly number[]) => Promise<void>,
  ) {
    this.finished = this.#run(handle);
    // Whoever waits hears of it; behind the page `#failed` does.
    this.finished.catch((fault: unknown) => this.#patient || this.#failed?.(fault));
  }

  async #run(handle: (piece: readonly number[]) => Promise<void>): Promise<void> {
    const { uids } = this;
    for (let at = 0; at < uids.length && !this.#stopped; at += PIECE) await handle(uids.slice(at, at + PIECE));
    this.over = true;
  }

  /** Resolves when it is done, or has taken as long as a page waits. */
  async begun(failed: (fault: unknown) => void): Promise<void> {
    this.#failed = failed;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.uids.length > PIECE ? LITTLE_PATIENCE_MS : PATIENCE_MS);
    });
    try {
      await Promise.race([this.finished, patience]);
    } finally {
      clearTimeout(timer);
      this.#patient = false;
    }
  }

  /** Does no more than is being done; resolves then. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.finished.catch(() => {});
  }
}
