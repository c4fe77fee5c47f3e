/**
 * What NOTIFY tells of the list of folders (RFC 5465 §5.4, §5.5, §5.9): names that come, go and change, in the own mailbox as they
 * are told by commits, in those of others by comparing what can be seen with what could be. What is told of a name is how it
 * stands then, once, whatever happened to it before.
 */
import type { foldersChanged } from "../../mailstore/changes.ts";
import { parentsOf } from "../../mailstore/names.ts";
import { attributesOf, entriesOf } from "./commands/list.ts";
import type { NotifyEvent } from "./notify-groups.ts";
import type { Place } from "./places.ts";
import { folderNameOf } from "./respond.ts";
import type { Session } from "./session.ts";

/** A folder, or the name of one that is gone. */
export type Named = Pick<Place, "name" | "mailbox"> & { readonly folder?: Place["folder"] };

/** A change of a list of folders. */
export type ListNews = NonNullable<(typeof foldersChanged)["example"]>;

/** A folder of somebody else as the client was told of it. */
interface Known {
  readonly mailbox: number;
  readonly name: string;
  readonly readable: boolean;
}

/** What is to be told of a name. */
interface Note {
  /** What it was called before. */
  readonly before?: string | undefined;
  /** It can be looked up no more; that its name went was not asked for. */
  readonly lost?: true;
}

/** Names that one session is to be told of. */
export class NameNews {
  /** In the order in which something happened to them. */
  readonly #notes = new Map<string, Note>();
  /** Folders in mailboxes of others, by id. */
  readonly #known = new Map<number, Known>();
  /** Mailboxes of others in which other folders may be seen than before. */
  readonly #stale = new Set<number>();

  /** @param eventsOf what the client asked for of a folder */
  constructor(
    private readonly session: Session,
    private readonly eventsOf: (named: Named) => ReadonlySet<NotifyEvent>,
  ) {
    const { places, mailbox } = session;
    const others = places.mailboxes().filter((each) => each !== mailbox);
    for (const place of others.flatMap((each) => [...places.within(each)])) {
      this.#known.set(place.folder.id, knownOf(place));
    }
  }

  /** How much waits to be told. */
  get waiting(): number {
    return this.#notes.size;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#notes.clear();
    this.#stale.clear();
  }

  /** Somebody changed a list of folders. */
  hear(change: ListNews): void {
    const { kind, mailbox, name, before, along, origin } = change;
    const mine = this.session.isMine(origin);
    if (mailbox !== this.session.mailbox) {
      if (mine) this.#learn(change);
      else this.reconsider(mailbox);
      return;
    }
    // What is below a folder goes along with it, and INBOX stays where it is (RFC 5465 §5.4).
    if (mine || along || (kind === "created" && name === "INBOX")) return;
    if (kind === "subscribed") this.#note(name, "SubscriptionChange");
    else if (kind === "renamed") this.#note(name, "MailboxName", before);
    else this.#noteWithParent(name);
  }

  /** In a mailbox of somebody else folders came or went, or the right to see them (RFC 4314 §4). */
  reconsider(mailbox: number): void {
    if (mailbox !== this.session.mailbox && this.session.places.reachesOthers) this.#stale.add(mailbox);
  }

  /** The client itself changed a folder of somebody else. */
  #learn({ folder }: ListNews): void {
    const place = this.session.places.ofFolder(folder);
    if (place?.rights.includes("l")) this.#known.set(folder, knownOf(place));
    else this.#known.delete(folder);
  }

  #note(name: string, event: NotifyEvent, before?: string): void {
    const wanted = [name, before].some((each) => each !== undefined && this.eventsOf(this.#named(each)).has(event));
    if (!wanted) return;
    const earlier = this.#notes.get(name)?.before;
    this.#notes.delete(name);
    this.#notes.set(name, { before: before ?? earlier });
  }

  /** Whoever has more or fewer folders below him has changed, too (RFC 5465 §5.4). */
  #noteWithParent(name: string): void {
    this.#note(name, "MailboxName");
    const above = parentsOf(name).at(-1);
    if (above !== undefined) this.#note(above, "MailboxName");
  }

  #named(name: string): Named {
    const { places, mailbox } = this.session;
    return places.find(name) ?? { name, mailbox: places.mailboxOf(name) ?? mailbox };
  }

  /** Compares the folders that can be looked up in a mailbox with those before. */
  #look(mailbox: number): void {
    const now = new Map([...this.session.places.within(mailbox)].map((place) => [place.folder.id, knownOf(place)]));
    const renamed = new Map<string, string>();
    for (const [id, was] of [...this.#known]) {
      if (was.mailbox !== mailbox) continue;
      const is = now.get(id);
      if (is === undefined) this.#goes(id, was);
      else {
        this.#known.set(id, is);
        if (is.name !== was.name) renamed.set(was.name, is.name);
        if (is.readable !== was.readable && needsReading(this.eventsOf(is))) this.#notes.set(is.name, {});
      }
    }
    for (const [id, is] of now) {
      if (this.#known.has(id)) continue;
      this.#known.set(id, is);
      this.#noteWithParent(is.name);
      if (!is.readable && needsReading(this.eventsOf(is))) this.#notes.set(is.name, {});
    }
    for (const [before, name] of renamed) {
      const along = parentsOf(before).some((above) => {
        const top = renamed.get(above);
        return top !== undefined && name === top + before.slice(above.length);
      });
      if (!along) this.#note(name, "MailboxName", before);
    }
  }

  #goes(id: number, { name, mailbox }: Known): void {
    this.#known.delete(id);
    this.#noteWithParent(name);
    const lost = this.session.mailstore.folderById(id) !== undefined;
    // RFC 5465 §5.9; whoever asked for names hears that it went.
    const events = this.eventsOf({ name, mailbox });
    if (lost && needsReading(events) && !events.has("MailboxName")) this.#notes.set(name, { lost: true });
  }

  /** Names the folders that may be looked up while what was asked for of them cannot be told (RFC 5465 §3.1). */
  async tellForbidden(): Promise<void> {
    for (const { name, readable, mailbox } of this.#known.values()) {
      if (!readable && needsReading(this.eventsOf({ name, mailbox }))) this.#notes.set(name, {});
    }
    await this.tell();
  }

  /** Tells what has gathered. */
  async tell(): Promise<void> {
    for (const mailbox of this.#stale) this.#look(mailbox);
    this.#stale.clear();
    if (this.#notes.size === 0) return;
    const notes = new Map(this.#notes);
    this.#notes.clear();
    const { session } = this;
    const entries = await entriesOf(session);
    const said = new Set<string>();
    const say = (name: string, { before, lost }: Note) => {
      if (said.has(name)) return;
      said.add(name);
      const entry = entries.get(name);
      const attributes = entry ? attributesOf(entry, true) : ["\\NonExistent", "\\Noselect"];
      if (lost || (entry?.place && !entry.place.rights.includes("r"))) attributes.push("\\NoAccess");
      const told = lost && !entry ? ["\\NoAccess"] : attributes;
      const old = before !== undefined && entry?.place ? ` ("OLDNAME" (${folderNameOf(before, session.utf8)}))` : "";
      session.untagged(`LIST (${told.join(" ")}) "/" ${folderNameOf(name, session.utf8)}${old}`);
      // Of what was renamed and then went, the client knows the earlier name.
      if (before !== undefined && !entry?.place) say(before, {});
    };
    for (const [name, note] of notes) {
      say(name, note);
      if (session.out.full) await session.out.drain();
    }
  }
}

function knownOf({ name, mailbox, rights }: Place): Known {
  return { name, mailbox, readable: rights.includes("r") };
}

/** Whether events are asked for that need the right to read (RFC 5465 §5). */
function needsReading(events: ReadonlySet<NotifyEvent>): boolean {
  return [...events].some((event) => event !== "MailboxName" && event !== "SubscriptionChange");
}
