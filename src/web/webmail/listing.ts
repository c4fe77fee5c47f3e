/** One page of a folder's list, or of what a search in it found: read from the open view and the stored summaries, never from bodies. */

import type { AsideChoices } from "../../../views/webmail/labels.tsx";
import type { MailList } from "../../../views/webmail/list.tsx";
import type { ListRow } from "../../../views/webmail/list-rows.tsx";
import type { Marks } from "../../../views/webmail/message-marks.tsx";
import type { ReadLine } from "../../../views/webmail/page.tsx";
import { reader, t } from "../../../views/words/words.ts";
import type { User } from "../../directory/directory.ts";
import type { Arrangement, Cursor, Member } from "../../mailstore/arrangement.ts";
import { FLAGGED } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { SNOOZED } from "../../mailstore/snoozes.ts";
import type { View } from "../../mailstore/view.ts";
import { Refusal } from "../../refusal.ts";
import type { Turns } from "../../turns.ts";
import type { Access, RoledFolder } from "./access.ts";
import { addressOf, rowsHref } from "./addresses.ts";
import { Arrangements } from "./arrangements.ts";
import { labelChoices, labelsOf } from "./labels.ts";
import { localMoment, momentsAhead } from "./moments.ts";
import { oneLine } from "./names.ts";
import { parseQuery } from "./query.ts";
import { folderHref, folderLabel, moveTargets } from "./rail.ts";
import { Rows, type RowsOf } from "./rows.ts";
import { boxOf } from "./searches.ts";
import { type FoundInFolder, NOTHING_YET, searchFolder } from "./searching.ts";

export { addressOf } from "./addresses.ts";

/** Which part of a list is wanted. */
export interface ListWish {
  /** 1 is the newest page. */
  readonly page: number;
  readonly query: string;
  /** UID of the message in the reading pane, 0 for none. */
  readonly open: number;
}

/** Some lines of a list. */
export interface Lines {
  readonly rows: readonly ListRow[];
  /** Where the lines behind them are fetched; undefined where there are none. */
  readonly more: string | undefined;
  /** Where these lines are fetched again; undefined where only the whole list is. */
  readonly again: string | undefined;
}

/** The list of a folder from its top. */
const EVERYTHING: ListWish = { page: 1, query: "", open: 0 };
/** Rows that are made in one turn of the event loop. */
const ROWS_AT_ONCE = 25;
/** Searches of folders that are remembered, messages that all of them found, and for how long (milliseconds). */
const MOST_REMEMBERED = 50;
const MOST_FOUND = 500_000;
const REMEMBERED_MS = 5 * 60_000;
/** How long it is looked for all that a search finds, in milliseconds. */
const LONGEST_SEARCH_MS = 60_000;
/** Pages of a search that anybody turns. */
const MOST_PAGES = 200;
/** Lines that are fetched again at a time: mail that came since may have made a part of a list longer. */
export const MOST_AGAIN = 400;
/** In these folders every message stands alone, and is dealt with alone. */
const SINGLE = new Set(["Drafts", "Sent", "Junk", "Trash", SNOOZED]);
/** Here nothing is put off, and no conversation muted. */
const ASIDE_NOWHERE = new Set(["Drafts", "Sent", "Junk", "Trash"]);

export class Lists {
  /** What searches found, until the folder changes; so that turning pages does not search again. */
  readonly #found = new Map<string, FoundInFolder>();
  #forget: ReturnType<typeof setTimeout> | undefined;
  readonly #arrangements: Arrangements;
  readonly #rows: Rows;

  /** @param together whether somebody wants his mail in conversations */
  constructor(
    private readonly mailstore: Mailstore,
    private readonly access: Access,
    private readonly now: () => number,
    private readonly turns: Turns,
    private readonly together: (user: User) => boolean,
  ) {
    this.#arrangements = new Arrangements(mailstore);
    this.#rows = new Rows(mailstore, now);
  }

  /** Reads one page. */
  async read(folder: RoledFolder, wish: ListWish, pageSize: number): Promise<MailList> {
    const query = oneLine(wish.query, 500);
    return await this.#within(folder, { ...wish, query }, async (of) => {
      const { view, wish } = of;
      const page = query === "" ? await this.#page(of, pageSize) : await this.#foundPage(of, pageSize);
      const at = { page: page.number, query };
      const href = addressOf(folder.id, undefined, at);
      const { newer, older, ...lines } = page;
      return {
        ...lines,
        title: folderLabel(folder),
        box: boxOf(query, folder, true),
        folderHref: folderHref(folder.id),
        href,
        back: wish.open > 0 ? addressOf(folder.id, wish.open, at) : href,
        actHref: `${folderHref(folder.id)}/act`,
        unread: folder.unseen,
        below: view.uidNext,
        query,
        newer: newer ? addressOf(folder.id, undefined, { ...at, page: at.page - 1 }) : undefined,
        older: older ? addressOf(folder.id, undefined, { ...at, page: at.page + 1 }) : undefined,
        together: of.together !== undefined,
        role: folder.role,
        restoresTo: restoreWords(this.access.restoresTo(folder)),
        moveTo: moveTargets(this.access, folder),
        aside: this.aside(folder, view.keywords),
        opensCompose: folder.ownDrafts,
      };
    });
  }

  /** The lines of a folder behind a place in its list; or those up to another place, as they are now. */
  async lines(
    folder: RoledFolder,
    wish: ListWish,
    part: { readonly after: Cursor | undefined; readonly to: Cursor | undefined; readonly head: boolean },
    pageSize: number,
  ): Promise<Lines> {
    return await this.#within(folder, wish, async (of) => {
      const { arranged } = of;
      const { after, to, head } = part;
      const found = to === undefined ? arranged.after(after, pageSize + 1) : arranged.between(after, to, MOST_AGAIN);
      const shown = to === undefined ? found.slice(0, pageSize) : found;
      const last = to ?? shown.at(-1);
      const behind = to !== undefined || found.length > pageSize;
      return {
        rows: shown.flatMap(({ uid }) => this.#rows.row(of, uid) ?? []),
        more: behind && last !== undefined ? rowsHref(folder.id, of.wish, { after: last }) : undefined,
        again: last && rowsHref(folder.id, of.wish, { after, to: last, head }),
      };
    });
  }

  /** The page of a folder as it lies. */
  async #page(of: RowsIn, pageSize: number) {
    const { arranged, wish, folder } = of;
    const { total } = arranged;
    const pages = Math.max(1, Math.ceil(total / pageSize));
    const number = Math.min(Math.max(1, wish.page), pages);
    const skip = (number - 1) * pageSize;
    // The line above the page is where the page begins, whatever comes in further up.
    const found = arranged.from(Math.max(0, skip - 1), skip === 0 ? pageSize : pageSize + 1);
    const after = skip === 0 ? undefined : found.shift();
    const last = found.at(-1);
    const at = { page: number, query: "" };
    return {
      number,
      rows: found.flatMap(({ uid }) => this.#rows.row(of, uid) ?? []),
      first: skip + 1,
      total,
      partial: false,
      newer: number > 1,
      older: number < pages,
      more: number < pages && last !== undefined ? rowsHref(folder.id, at, { after: last }) : undefined,
      again: rowsHref(folder.id, at, { after, to: number < pages ? last : undefined, head: true }),
    };
  }

  /** The page of what a search finds. */
  async #foundPage(of: RowsIn, pageSize: number) {
    const { folder, view, wish } = of;
    // One more than the pages up to this one hold, to know whether there is another.
    const enough = Math.min(wish.page, MOST_PAGES) * pageSize + 1;
    const { uids, done } = await this.#search(folder, view, wish.query, enough);
    const pages = Math.max(1, Math.ceil(uids.length / pageSize));
    const number = Math.min(Math.max(1, wish.page), pages);
    const start = (number - 1) * pageSize;
    return {
      number,
      rows: uids.slice(start, start + pageSize).flatMap((uid) => this.#rows.row(of, uid) ?? []),
      first: start + 1,
      total: uids.length,
      partial: !done,
      newer: number > 1,
      older: number < pages,
      more: undefined,
      again: undefined,
    };
  }

  async #within<T>(folder: RoledFolder, wish: ListWish, work: (of: RowsIn) => Promise<T>): Promise<T> {
    const { user, mailboxId } = folder;
    const view = await this.mailstore.open(folder.id, folder.reader);
    try {
      const together = this.together(user) && !SINGLE.has(folder.role ?? "");
      const sent = together ? this.access.special(user, mailboxId, "Sent") : undefined;
      const beside = together ? (sent === undefined ? [] : [sent.id]) : undefined;
      const arranged = await this.#arrangements.of(folder.id, beside);
      // What a search found stands alone: it is that message that was looked for.
      const lines = together && wish.query === "" ? arranged : undefined;
      const book = this.mailstore.labels.of(mailboxId);
      return await work({
        ...{ folder, view, arranged, together: lines, wish },
        labels: (keywords) => labelsOf(book, keywords),
        due: folder.role === SNOOZED ? (uid) => this.mailstore.snoozes.dueAt(folder.id, uid) : undefined,
      });
    } finally {
      view.close();
    }
  }

  /** UIDs of all messages that a search finds in a folder. @throws Refusal "temporary" where it takes too long */
  async found(folder: RoledFolder, query: string): Promise<readonly number[]> {
    const view = await this.mailstore.open(folder.id, folder.reader);
    const end = performance.now() + LONGEST_SEARCH_MS;
    try {
      for (let before: FoundInFolder | undefined; ; ) {
        before = await this.#search(folder, view, oneLine(query, 500), Number.POSITIVE_INFINITY, before);
        if (before.done) return before.uids;
        if (performance.now() > end)
          throw new Refusal("temporary", t("This search takes too long to do something with all that it finds."));
      }
    } finally {
      view.close();
    }
  }

  /** One row as it looks now, undefined if the message is gone; and how much is in its list, but for a search. */
  async line(folder: RoledFolder, uid: number, wish: ListWish): Promise<ReadLine> {
    return await this.#within(folder, wish, async (of) => {
      const { total } = of.arranged;
      const counted = { query: "", partial: false, older: undefined, total, together: of.together !== undefined };
      return {
        row: this.#rows.row(of, uid),
        counted: wish.query === "" ? { ...counted, unread: folder.unseen, role: folder.role } : undefined,
      };
    });
  }

  /** The marks of one message as they are now; undefined if it is gone. */
  async marks(folder: RoledFolder, uid: number): Promise<Marks | undefined> {
    return await this.#within(folder, EVERYTHING, async ({ view, labels }) => {
      const index = view.indexOfUid(uid);
      if (index < 0) return undefined;
      const { system, keywords } = view.flagsAt(index);
      return { flagged: (system & FLAGGED) !== 0, labels: labels(keywords) };
    });
  }

  /** What the menus offer in a folder for what is marked or put aside. */
  aside(folder: RoledFolder, keywords: readonly string[]): AsideChoices {
    const now = this.now();
    const moments = momentsAhead(now);
    const awake = !ASIDE_NOWHERE.has(folder.role ?? "");
    return {
      labels: labelChoices(this.mailstore.labels.of(folder.mailboxId), keywords),
      snooze: awake ? { moments, local: localMoment(moments[0]?.at ?? now) } : undefined,
      mute: awake && this.access.owns(folder.user, folder),
    };
  }

  /** The rows of messages, and of conversations once, as they look now. */
  async rows(folder: RoledFolder, uids: readonly number[], wish: ListWish): Promise<ListRow[]> {
    const lines = await this.#within(folder, wish, async ({ together }) => [
      ...new Set(uids.map((uid) => together?.leader(uid) || uid)),
    ]);
    const rows: ListRow[] = [];
    for (let at = 0; at < lines.length; at += ROWS_AT_ONCE) {
      const some = lines.slice(at, at + ROWS_AT_ONCE);
      const made = await this.#within(folder, wish, async (of) => some.flatMap((uid) => this.#rows.row(of, uid) ?? []));
      rows.push(...made);
      if (this.turns.over) await this.turns.next();
    }
    return rows;
  }

  /** The latest messages that belong to one of a folder, oldest first; by the UID of the line that stands for them. */
  async conversation(
    folder: RoledFolder,
    uid: number,
    most: number,
  ): Promise<{ readonly leader: number; readonly members: readonly Member[] }> {
    return await this.#within(folder, EVERYTHING, async ({ together }) => ({
      leader: together?.leader(uid) || uid,
      members: together?.latest(uid, most).members ?? [],
    }));
  }

  /** UIDs of messages, and of all of their folder that belong to one of them. */
  async belonging(folder: RoledFolder, uids: readonly number[]): Promise<ReadonlySet<number>> {
    return await this.#within(folder, EVERYTHING, async ({ together }) => together?.belonging(uids) ?? new Set(uids));
  }

  /** @param before where this search stopped, though the folder may have changed since */
  async #search(
    { reader: marks }: RoledFolder,
    view: View,
    query: string,
    enough: number,
    before?: FoundInFolder,
  ): Promise<FoundInFolder> {
    const tokens = parseQuery(query, { now: this.now(), zone: reader().zone });
    // Flags change with every message that is read; only a search that asks for them must be run again then.
    const state = tokens.some(({ condition: { kind } }) => kind === "is" || kind === "label")
      ? view.highestModseq
      : view.uidNext;
    const key = `${view.folderId} ${view.uidValidity} ${marks ?? ""} ${state} ${query}`;
    const known = before ?? this.#found.get(key) ?? NOTHING_YET;
    if (known.done || known.uids.length >= enough) return known;
    const { mailstore, turns } = this;
    const found = await searchFolder({ mailstore, turns }, view, tokens, known, enough);
    this.#remember(key, found);
    return found;
  }

  #remember(key: string, found: FoundInFolder): void {
    this.#found.delete(key);
    this.#found.set(key, found);
    let uids = [...this.#found.values()].reduce((sum, one) => sum + one.uids.length, 0);
    for (const [oldest, one] of this.#found) {
      if ((uids <= MOST_FOUND && this.#found.size <= MOST_REMEMBERED) || oldest === key) break;
      this.#found.delete(oldest);
      uids -= one.uids.length;
    }
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => this.#found.clear(), REMEMBERED_MS);
    this.#forget.unref();
  }
}

/** What the lines of a folder are made from. */
interface RowsIn extends RowsOf {
  readonly arranged: Arrangement;
}

/** Where messages of the archive go back to, as a button says it. */
export function restoreWords(original: string | undefined): string | undefined {
  return original === "INBOX" ? t("the inbox") : original;
}
