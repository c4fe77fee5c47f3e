/**
 * What a client asked to be told of by NOTIFY (RFC 5465): this hears what commits change in all folders, keeps what is wanted and
 * may be seen, and tells it when nobody else speaks. Of folders that are not selected their STATUS is told, however often they
 * changed meanwhile; of the list of folders each change.
 */
import { folderChanged, foldersChanged } from "../../mailstore/changes.ts";
import type { FolderChange } from "../../mailstore/view.ts";
import { tellStatus } from "./commands/status.ts";
import type { FetchItem } from "./fetch-items.ts";
import { Fetch } from "./fetch-run.ts";
import { type EventGroup, isSelected, type NotifyEvent, type NotifySet, wantsMessages } from "./notify-groups.ts";
import type { Place } from "./places.ts";
import { folderNameOf } from "./respond.ts";
import type { Session } from "./session.ts";
import type { Selected } from "./sync.ts";
import type { News } from "./watch.ts";

/** What may wait to be told before it is given up (RFC 5465 §5.8 NOTIFICATIONOVERFLOW). */
const MOST_WAITING = 1_000;

/** A folder, or the name of one that is gone. */
type Named = Pick<Place, "name" | "mailbox"> & { readonly folder?: Place["folder"] };

/** A change of the list of folders. */
interface ListChange {
  readonly name: string;
  readonly attributes: string;
  /** The name before, where it was renamed. */
  readonly before?: string | undefined;
}

/** What one session hears of all folders. */
export class Notifying {
  /** Called when there is something to tell. */
  onNews: (() => void) | undefined;
  readonly #selected: EventGroup | undefined;
  readonly #others: readonly EventGroup[];
  /** Folders whose STATUS is to be told. */
  readonly #changed = new Set<number>();
  #listed: ListChange[] = [];
  /** Names in mailboxes of others that the user could look up when they were last looked at, with their mailbox. */
  readonly #visible = new Map<string, number>();
  /** Mailboxes of others in which other folders may be seen than before. */
  readonly #stale = new Set<number>();
  #overflowed = false;
  readonly #unlisten: readonly (() => void)[];

  constructor(
    private readonly session: Session,
    { groups }: NotifySet,
  ) {
    this.#selected = groups.find(({ filter }) => isSelected(filter));
    this.#others = groups.filter(({ filter }) => !isSelected(filter));
    const { changes } = session.store;
    const hears = this.#others.length > 0;
    this.#unlisten = hears
      ? [
          changes.on(folderChanged, ({ mailbox, folder, change }) => this.#hear(mailbox, folder, change)),
          changes.on(foldersChanged, (change) => this.#hearOfList(change)),
        ]
      : [];
    if (this.#watchesNames) this.#lookAround();
    if (session.selected) this.adopt(session.selected);
  }

  /** What is told of the selected folder while no command runs; undefined where the usual is. */
  get ofSelected(): News | undefined {
    const group = this.#selected;
    if (group === undefined) return undefined;
    const { events, filter } = group;
    return { selected: wantsMessages(group), expunges: filter.of === "selected", flags: events.has("FlagChange") };
  }

  /** New messages of a folder that was selected are shown as the client asked (RFC 5465 §5.1). */
  adopt(selected: Selected): void {
    const items = this.#selected?.items;
    if (items === undefined) return;
    const { enabled } = this.session;
    const has = (kind: FetchItem["kind"]) => items.some((item) => item.kind === kind);
    selected.showNew = async (uids) => {
      const shown = [...items];
      if (!has("uid") && !enabled.uidOnly) shown.unshift({ kind: "uid" });
      // RFC 7162 §3.1: whoever knows mod-sequences is told them with whatever he did not ask for just now.
      if (!has("modseq") && enabled.condstore) shown.push({ kind: "modseq" });
      await new Fetch(this.session, shown, { quiet: true }).all(uids);
    };
  }

  /** Ends it: nothing is told any more. */
  close(): void {
    if (this.session.selected) this.session.selected.showNew = undefined;
    this.#forget();
  }

  #forget(): void {
    for (const unlisten of this.#unlisten) unlisten();
    this.#changed.clear();
    this.#listed = [];
  }

  /** Tells the state of all folders whose messages are asked for (NOTIFY SET STATUS). */
  async tellAll(): Promise<void> {
    const { out, store } = this.session;
    for (const place of [...this.session.places.all()]) {
      const group = this.#groupOf(place);
      if (group && wantsMessages(group)) this.#tellStatus(place, group);
      if (out.full) await out.drain();
      if (store.turns.over) await store.turns.next();
    }
  }

  /** Tells what has gathered. */
  async tell(): Promise<void> {
    const { out, places, utf8 } = this.session;
    if (this.#overflowed) return this.#giveUp();
    for (const mailbox of this.#stale) this.#look(mailbox);
    this.#stale.clear();
    for (const { name, attributes, before } of this.#listed.splice(0)) {
      const old = before === undefined ? "" : ` ("OLDNAME" (${folderNameOf(before, utf8)}))`;
      this.session.untagged(`LIST (${attributes}) "/" ${folderNameOf(name, utf8)}${old}`);
      if (out.full) await out.drain();
    }
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) {
      const place = places.ofFolder(id);
      const group = place && this.#groupOf(place);
      if (group) this.#tellStatus(place, group);
      if (out.full) await out.drain();
    }
  }

  #giveUp(): void {
    this.session.untagged("OK [NOTIFICATIONOVERFLOW] Too much happens; ask again when you want to hear of it");
    this.session.stopNotifying();
  }

  #tellStatus(place: Place, { events }: EventGroup): void {
    if (!place.rights.includes("r") || this.#isSelected(place.folder.id)) return;
    const items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY"];
    if (events.has("FlagChange")) items.push("UNSEEN");
    if (this.session.enabled.condstore) items.push("HIGHESTMODSEQ");
    tellStatus(this.session, place, items);
  }

  /** The first group that a folder belongs to. */
  #groupOf(place: Named): EventGroup | undefined {
    return this.#others.find(({ filter }) => this.#belongs(place, filter));
  }

  #belongs(place: Named, filter: EventGroup["filter"]): boolean {
    const { name, mailbox, folder } = place;
    const own = mailbox === this.session.mailbox;
    switch (filter.of) {
      case "inboxes":
        return own && name === "INBOX";
      case "personal":
        return own;
      case "subscribed":
        return this.#isSubscribed(place, own ? folder : undefined);
      case "subtree":
        return filter.names.some((top) => name === top || name.startsWith(`${top}/`));
      case "mailboxes":
        return filter.names.includes(name);
      default:
        return false;
    }
  }

  /** Names in mailboxes of others are kept among the user's own subscriptions. */
  #isSubscribed({ name }: Named, folder: Named["folder"]): boolean {
    return folder?.subscribed ?? this.session.mailstore.subscribedOnly(this.session.mailbox).includes(name);
  }

  #isSelected(folder: number): boolean {
    const { selected } = this.session;
    return selected !== undefined && selected.view.folderId === folder;
  }

  #hear(mailbox: number, folder: number, change: FolderChange): void {
    const event = EVENT_OF[change.kind];
    if (event === undefined || this.#isSelected(folder) || !this.session.places.reaches(mailbox)) return;
    const place = this.session.places.ofFolder(folder);
    if (place === undefined || (change.kind === "marks" && change.reader !== place.reader)) return;
    if (!this.#groupOf(place)?.events.has(event)) return;
    this.#changed.add(folder);
    this.#news();
  }

  #news(): void {
    this.#overflowed ||= this.#changed.size + this.#listed.length > MOST_WAITING;
    if (this.#overflowed) this.#forget();
    this.onNews?.();
  }

  #hearOfList({ kind, mailbox, folder, name, before }: ListNews): void {
    if (mailbox !== this.session.mailbox) {
      this.reconsider(mailbox);
      return;
    }
    const { mailstore, places } = this.session;
    const found = mailstore.folderById(folder);
    const place = { name, mailbox, ...(found && { folder: found }) };
    const group =
      this.#groupOf(place) ?? (before === undefined ? undefined : this.#groupOf({ ...place, name: before }));
    const wanted: NotifyEvent = kind === "subscribed" ? "SubscriptionChange" : "MailboxName";
    if (!group?.events.has(wanted)) return;
    const attributes = found || places.find(name)?.rights.includes("l") ? [] : ["\\NonExistent"];
    if (kind !== "deleted" && this.#isSubscribed(place, found)) attributes.push("\\Subscribed");
    this.#listed.push({ name, attributes: attributes.join(" "), before });
    this.#news();
  }

  /** In a mailbox of somebody else folders came or went, or the right to see them (RFC 5465 §5.4, RFC 4314 §4). */
  reconsider(mailbox: number): void {
    if (mailbox === this.session.mailbox || !this.#watchesNames) return;
    this.#stale.add(mailbox);
    this.#news();
  }

  get #watchesNames(): boolean {
    return this.session.places.reachesOthers && this.#others.some(({ events }) => events.has("MailboxName"));
  }

  #lookAround(): void {
    const { places, mailbox } = this.session;
    for (const place of places.all()) if (place.mailbox !== mailbox) this.#visible.set(place.name, place.mailbox);
  }

  /** Compares the names that can be looked up in a mailbox with those before. */
  #look(mailbox: number): void {
    const now = new Set([...this.session.places.within(mailbox)].map(({ name }) => name));
    const tell = (name: string, attributes: string) => {
      if (this.#groupOf({ name, mailbox })?.events.has("MailboxName")) this.#listed.push({ name, attributes });
    };
    for (const [name, of] of [...this.#visible]) {
      if (of !== mailbox || now.has(name)) continue;
      this.#visible.delete(name);
      tell(name, "\\NonExistent");
    }
    for (const name of now) {
      if (this.#visible.has(name)) continue;
      this.#visible.set(name, mailbox);
      tell(name, "");
    }
  }
}

type ListNews = NonNullable<(typeof foldersChanged)["example"]>;

const EVENT_OF: Readonly<Record<FolderChange["kind"], NotifyEvent | undefined>> = {
  append: "MessageNew",
  expunge: "MessageExpunge",
  flags: "FlagChange",
  marks: "FlagChange",
  reflagged: "FlagChange",
  deleted: undefined,
};
