/** One page of a folder's list, or of what a search in it found: read from the open view and the stored summaries, never from bodies. */

import type { ListRow, MailList } from "../../../views/webmail/list.tsx";
import { ANSWERED, FLAGGED, SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { View } from "../../mailstore/view.ts";
import type { Access, RoledFolder } from "./access.ts";
import { oneLine } from "./names.ts";
import { type Found, NOTHING_YET, parseQuery, search } from "./query.ts";
import { folderHref, folderLabel, moveTargets } from "./rail.ts";
import { initialsOf, listTime, toneOf } from "./words.ts";

/** Which part of a list is wanted. */
export interface ListWish {
  /** 1 is the newest page. */
  readonly page: number;
  readonly query: string;
  /** UID of the message in the reading pane, 0 for none. */
  readonly open: number;
}

/** Keyword that mail programs set on forwarded messages (RFC 9051 §2.3.2). */
export const FORWARDED = "$Forwarded";

const MOST_REMEMBERED = 50;
/** Pages of a search that anybody turns. */
const MOST_PAGES = 200;

export class Lists {
  /** What searches found, until the folder changes; so that turning pages does not search again. */
  readonly #found = new Map<string, Found>();

  constructor(
    private readonly mailstore: Mailstore,
    private readonly access: Access,
    private readonly now: () => number,
  ) {}

  /** Reads one page. */
  async read(folder: RoledFolder, wish: ListWish, pageSize: number): Promise<MailList> {
    const view = await this.mailstore.open(folder.id, folder.reader);
    try {
      const query = oneLine(wish.query, 500);
      // One more than the pages up to this one hold, to know whether there is another.
      const found =
        query === ""
          ? undefined
          : await this.#search(folder, view, query, Math.min(wish.page, MOST_PAGES) * pageSize + 1);
      const total = found?.uids.length ?? view.count;
      const pages = Math.max(1, Math.ceil(total / pageSize));
      const page = Math.min(Math.max(1, wish.page), pages);
      const start = (page - 1) * pageSize;
      const rows: ListRow[] = [];
      for (let at = start; at < Math.min(total, start + pageSize); at++) {
        const index = found ? view.indexOfUid(found.uids[at] ?? 0) : view.count - 1 - at;
        if (index >= 0) rows.push(this.#row(view, index, folder, { ...wish, page, query }));
      }
      const href = (to: number) => addressOf(folder.id, undefined, { page: to, query });
      return {
        title: folderLabel(folder),
        folderHref: folderHref(folder.id),
        href: href(page),
        back: wish.open > 0 ? addressOf(folder.id, wish.open, { page, query }) : href(page),
        actHref: `${folderHref(folder.id)}/act`,
        rows,
        first: start + 1,
        total,
        unread: folder.unseen,
        query,
        partial: found !== undefined && !found.done,
        newer: page > 1 ? href(page - 1) : undefined,
        older: page < pages ? href(page + 1) : undefined,
        role: folder.role,
        restoresTo: restoreWords(this.access.restoresTo(folder)),
        moveTo: moveTargets(this.access, folder),
        opensCompose: folder.ownDrafts,
      };
    } finally {
      view.close();
    }
  }

  /** One row as it looks now; undefined if the message is gone. */
  async row(folder: RoledFolder, uid: number, wish: ListWish): Promise<ListRow | undefined> {
    const view = await this.mailstore.open(folder.id, folder.reader);
    try {
      const index = view.indexOfUid(uid);
      return index < 0 ? undefined : this.#row(view, index, folder, wish);
    } finally {
      view.close();
    }
  }

  async #search({ reader }: RoledFolder, view: View, query: string, enough: number): Promise<Found> {
    const conditions = parseQuery(query);
    // Flags change with every message that is read; only a search that asks for them must be run again then.
    const state = conditions.some((condition) => condition.kind === "is") ? view.highestModseq : view.uidNext;
    const key = `${view.folderId} ${view.uidValidity} ${reader ?? ""} ${state} ${query}`;
    const known = this.#found.get(key) ?? NOTHING_YET;
    if (known.done || known.uids.length >= enough) return known;
    const found = await search(this.mailstore, view, conditions, known, enough);
    if (this.#found.size >= MOST_REMEMBERED) this.#found.delete(this.#found.keys().next().value ?? "");
    this.#found.set(key, found);
    return found;
  }

  #row(view: View, index: number, folder: RoledFolder, wish: ListWish): ListRow {
    const uid = view.uidAt(index);
    const { system, keywords } = view.flagsAt(index);
    const listing = this.mailstore.listing(view.contentAt(index));
    const outgoing = folder.role === "Sent" || folder.role === "Drafts";
    const named = oneLine((outgoing ? listing?.recipients : listing?.sender) ?? "", 200);
    const who = named || (outgoing ? "(no recipient)" : "(no sender)");
    const at = view.internalDateAt(index);
    return {
      uid,
      href: folder.ownDrafts ? `/mail/compose?draft=${folder.id}.${uid}` : addressOf(folder.id, uid, wish),
      who,
      subject: oneLine(listing?.subject ?? "", 200) || "(no subject)",
      at,
      when: listTime(at, this.now()),
      initials: initialsOf(who),
      tone: toneOf(who),
      unread: (system & SEEN) === 0 && folder.role !== "Drafts",
      flagged: (system & FLAGGED) !== 0,
      answered: (system & ANSWERED) !== 0,
      forwarded: keywords.some((keyword) => keyword.toLowerCase() === FORWARDED.toLowerCase()),
      attachments: listing?.attachments ?? false,
      current: uid === wish.open,
    };
  }
}

/** Where messages of the archive go back to, as a button says it. */
export function restoreWords(original: string | undefined): string | undefined {
  return original === "INBOX" ? "the inbox" : original;
}

/** The address of a list or of a message in it; page and search are kept so that the list beside the message stays. */
export function addressOf(folder: number, uid: number | undefined, wish: { page: number; query: string }): string {
  const parameters = new URLSearchParams();
  if (wish.query !== "") parameters.set("q", wish.query);
  if (wish.page > 1) parameters.set("page", String(wish.page));
  const query = parameters.size > 0 ? `?${parameters}` : "";
  return `${folderHref(folder)}${uid === undefined ? "" : `/m/${uid}`}${query}`;
}
