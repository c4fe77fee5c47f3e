/**
 * What a client asked to be told of by NOTIFY (RFC 5465): this hears what commits change in all folders, keeps what is wanted and
 * may be seen, and tells it when nobody else speaks. Of folders that are not selected their STATUS is told, however often they
 * changed meanwhile. What a client does itself it is not told.
 */
import { folderChanged, foldersChanged } from "../../mailstore/changes.ts";
import type { FolderChange } from "../../mailstore/view.ts";
import { tellStatus } from "./commands/status.ts";
import type { FetchItem } from "./fetch-items.ts";
import { type EventGroup, isSelected, type NotifyEvent, wantsMessages } from "./notify-groups.ts";
import { type ListNews, type Named, NameNews } from "./notify-names.ts";
import type { Place } from "./places.ts";
import type { Session } from "./session.ts";
import type { News } from "./watch.ts";

/** What may wait to be told before it is given up (RFC 5465 §5.8 NOTIFICATIONOVERFLOW). */
const MOST_WAITING = 1_000;
const NO_EVENTS: ReadonlySet<NotifyEvent> = new Set();

/** What one session hears of all folders. */
export class Notifying {
  /** Called when there is something to tell. */
  onNews: (() => void) | undefined;
  readonly #selected: EventGroup | undefined;
  readonly #others: readonly EventGroup[];
  /** Folders whose STATUS is to be told. */
  readonly #changed = new Set<number>();
  readonly #names: NameNews | undefined;
  #overflowed = false;
  readonly #unlisten: readonly (() => void)[];

  constructor(
    private readonly session: Session,
    groups: readonly EventGroup[],
  ) {
    this.#selected = groups.find(({ filter }) => isSelected(filter));
    this.#others = groups.filter(({ filter }) => !isSelected(filter));
    const { changes } = session.store;
    if (this.#others.length === 0) {
      this.#unlisten = [];
      return;
    }
    this.#names = new NameNews(session, (named) => this.#eventsOf(named));
    this.#unlisten = [
      changes.on(folderChanged, ({ mailbox, folder, change }) => this.#hear(mailbox, folder, change)),
      changes.on(foldersChanged, (change) => this.#hearOfList(change)),
    ];
  }

  /** What is told of the selected folder while no command but IDLE runs; nothing where it was not named (RFC 5465 §3.1). */
  get ofSelected(): News {
    const { events, filter } = this.#selected ?? { events: NO_EVENTS, filter: undefined };
    return { selected: wantsMessages(events), expunges: filter?.of === "selected", flags: events.has("FlagChange") };
  }

  /** What is shown of new messages in the selected folder (RFC 5465 §5.2). */
  get itemsOfNew(): readonly FetchItem[] {
    return this.#selected?.items ?? [];
  }

  /** Whether any change of annotations is to be told. */
  get hearsMetadata(): boolean {
    return this.#others.some(({ events }) => events.has("MailboxMetadataChange") || events.has("ServerMetadataChange"));
  }

  /** Whether those of a folder, or (undefined) of the account, are (RFC 5465 §5.6, §5.7). */
  wantsMetadata(place: Place | undefined): boolean {
    if (place === undefined) return this.#others.some(({ events }) => events.has("ServerMetadataChange"));
    return place.rights.includes("r") && this.#eventsOf(place).has("MailboxMetadataChange");
  }

  /** Ends it: nothing is told any more. */
  close(): void {
    for (const unlisten of this.#unlisten) unlisten();
    this.#changed.clear();
    this.#names?.clear();
  }

  /** Tells which folders cannot be watched, and (NOTIFY SET STATUS) the state of all whose messages are. */
  async begin(status: boolean): Promise<void> {
    await this.#names?.tellForbidden();
    if (!status) return;
    const { out, store, places } = this.session;
    await store.settled();
    for (const place of [...places.all()]) {
      const events = this.#eventsOf(place);
      // RFC 5465 §3.1: here mod-sequences are told to whoever wants to hear of flags.
      if (wantsMessages(events)) this.#tellStatus(place, events, events.has("FlagChange"));
      if (out.full) await out.drain();
      if (store.turns.over) await store.turns.next();
    }
  }

  /** Tells what has gathered. */
  async tell(): Promise<void> {
    const { out, places, store, unasked } = this.session;
    if (this.#overflowed) {
      this.session.untagged("OK [NOTIFICATIONOVERFLOW] Too much happens; ask again when you want to hear of it");
      await unasked.notify([]);
      return;
    }
    await this.#names?.tell();
    if (this.#changed.size === 0) return;
    // Mod-sequences that are told must not run ahead of the disk.
    await store.settled();
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) {
      const place = places.ofFolder(id);
      if (place) this.#tellStatus(place, this.#eventsOf(place));
      if (out.full) await out.drain();
    }
  }

  #tellStatus(place: Place, events: ReadonlySet<NotifyEvent>, modseq = this.session.enabled.condstore): void {
    if (!place.rights.includes("r") || !wantsMessages(events) || this.#isSelected(place.folder.id)) return;
    const items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY"];
    if (events.has("FlagChange")) items.push("UNSEEN");
    if (modseq) items.push("HIGHESTMODSEQ");
    tellStatus(this.session, place, items);
  }

  /** What all groups together want of a folder; nothing where one of them wants NONE (RFC 5465 §5, §6). */
  #eventsOf(named: Named): ReadonlySet<NotifyEvent> {
    let all: ReadonlySet<NotifyEvent> = NO_EVENTS;
    for (const { filter, events } of this.#others) {
      if (!this.#belongs(named, filter)) continue;
      if (events.size === 0) return NO_EVENTS;
      all = all.size === 0 ? events : new Set([...all, ...events]);
    }
    return all;
  }

  #belongs(named: Named, filter: EventGroup["filter"]): boolean {
    const { name, mailbox, folder } = named;
    const own = mailbox === this.session.mailbox;
    switch (filter.of) {
      // Rules may deliver into any folder, so all of them are inboxes (RFC 5465 §6.3).
      case "inboxes":
      case "personal":
        return own;
      case "subscribed":
        return this.#isSubscribed(name, own ? folder : undefined);
      case "subtree":
        return filter.names.some((top) => name === top || name.startsWith(`${top}/`));
      case "mailboxes":
        return filter.names.includes(name);
      default:
        return false;
    }
  }

  /** Names in mailboxes of others are kept among the user's own subscriptions. */
  #isSubscribed(name: string, folder: Named["folder"]): boolean {
    return folder?.subscribed ?? this.session.mailstore.subscribedOnly(this.session.mailbox).includes(name);
  }

  #isSelected(folder: number): boolean {
    const { selected } = this.session;
    return selected !== undefined && selected.view.folderId === folder;
  }

  #hear(mailbox: number, folder: number, change: FolderChange): void {
    const event = EVENT_OF[change.kind];
    if (event === undefined || this.#isSelected(folder) || !this.session.places.reaches(mailbox)) return;
    if ("origin" in change && this.session.isMine(change.origin)) return;
    const place = this.session.places.ofFolder(folder);
    if (place === undefined || (change.kind === "marks" && change.reader !== place.reader)) return;
    if (this.#eventsOf(place).has(event)) this.#note(folder);
  }

  #note(folder: number): void {
    this.#changed.add(folder);
    this.#news();
  }

  #hearOfList(change: ListNews): void {
    const { folder, name, before, kind, origin } = change;
    // INBOX is another one then, and its messages are elsewhere.
    const moved = before === "INBOX" || (kind === "created" && name === "INBOX");
    if (moved && !this.session.isMine(origin)) {
      const place = this.session.places.ofFolder(folder);
      if (place && wantsMessages(this.#eventsOf(place))) this.#changed.add(folder);
    }
    this.#names?.hear(change);
    this.#news();
  }

  /** What can be seen in a mailbox of somebody else may be other folders than before. */
  reconsider(mailbox: number): void {
    this.#names?.reconsider(mailbox);
    this.#news();
  }

  #news(): void {
    this.#overflowed ||= this.#changed.size + (this.#names?.waiting ?? 0) > MOST_WAITING;
    if (this.#overflowed) this.close();
    this.onNews?.();
  }
}

const EVENT_OF: Readonly<Record<FolderChange["kind"], NotifyEvent | undefined>> = {
  append: "MessageNew",
  expunge: "MessageExpunge",
  flags: "FlagChange",
  marks: "FlagChange",
  reflagged: "FlagChange",
  deleted: undefined,
};
