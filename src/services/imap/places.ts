/**
 * Where folders stand for one user (RFC 2342), and what he may do in them (RFC 4314): his own under their plain names, those of
 * other mailboxes under "Other Users/<address>" and "Shared/<address>". Every command that takes a folder's name gets the
 * folder here, and says which rights it needs.
 *
 * Of a folder that somebody may neither look up nor use, he hears exactly what he hears of one that does not exist (RFC 4314 §6).
 */
import type { FolderRights, Holder, Right } from "../../auth/folder-rights.ts";
import type { Directory, Mailbox } from "../../directory/directory.ts";
import { RIGHTS } from "../../directory/mailboxes.ts";
import type { Folder } from "../../mailstore/folders.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { parentsOf } from "../../mailstore/names.ts";
import { inboxName } from "./parse.ts";
import { No } from "./refusals.ts";

/** A folder as one user sees it. */
export interface Place {
  readonly mailbox: number;
  readonly folder: Folder;
  /** Its name for this user, his namespaces included. */
  readonly name: string;
  /** The rights he has here, in RFC 4314's order. */
  readonly rights: string;
  /** Whose read marks are shown; undefined: the flags of the messages themselves. */
  readonly reader: number | undefined;
}

/** Where a folder is to be made, or moved to. */
export interface Site {
  readonly mailbox: number;
  /** Its name in the mailbox. */
  readonly path: string;
  /** The rights in the nearest folder above it that exists, or in the mailbox (RFC 4314 §4, CREATE). */
  readonly rights: string;
  /** Whether its user may see where that is. */
  readonly visible: boolean;
}

/** Between levels, also of the namespaces. */
const SEPARATOR = "/";
/** Where mailboxes of other people stand, and one's own further ones. */
export const OTHER_USERS = "Other Users";
/** Where mailboxes stand that are shared with everybody. */
export const SHARED = "Shared";

/** A mailbox besides the one that was opened. */
interface Root {
  readonly mailbox: number;
  /** "Other Users/ann@home.example". */
  readonly prefix: string;
}

/** What places are made from. */
export interface PlaceSources {
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly rights: FolderRights;
  /** Grows when who reaches which mailbox, or what one is called, may have changed. */
  readonly epoch: number;
}

/** The folders of one session's user. */
export class Places {
  #roots: readonly Root[] = [];
  #epoch = -1;

  constructor(
    private readonly sources: PlaceSources,
    private readonly holder: Holder,
    /** The mailbox that was opened. */
    readonly home: number,
  ) {}

  /** Other mailboxes can be reached at all: not by whoever signed in to one mailbox alone. */
  get reachesOthers(): boolean {
    return this.holder.only === undefined;
  }

  /** The folder of a name, whatever its user may do in it; undefined where there is none. @throws Refusal "invalid" */
  find(name: string): Place | undefined {
    const own = this.sources.mailstore.folder(this.home, name);
    if (own !== undefined) return this.#place(own, own.name);
    const root = this.#rootOf(name);
    if (root === undefined) return undefined;
    const folder = this.sources.mailstore.folder(root.mailbox, inboxName(name.slice(root.prefix.length + 1)));
    return folder && this.#place(folder, `${root.prefix}${SEPARATOR}${folder.name}`);
  }

  /**
   * The folder of a name, for somebody who needs all these rights in it.
   * @throws No "NONEXISTENT" if there is none, or he may not know; "NOPERM" if he may see it, but not do that
   */
  require(name: string, needed: readonly Right[]): Place {
    const place = this.find(name);
    if (place !== undefined && needed.every((right) => place.rights.includes(right))) return place;
    throw place?.rights.includes("l") ? notAllowed(name) : noFolder(name);
  }

  /**
   * The folder of a name, for putting messages into it.
   * @throws No "TRYCREATE" where there is none and he may make it, "NONEXISTENT", "NOPERM"
   */
  target(name: string): Place {
    const place = this.find(name);
    if (place?.rights.includes("i")) return place;
    if (place?.rights.includes("l")) throw notAllowed(name);
    throw noFolder(name, this.site(name).rights.includes("k") ? "TRYCREATE" : "NONEXISTENT");
  }

  /** The folder of a name, for somebody who needs one of these rights in it. @throws No "NONEXISTENT" */
  requireAny(name: string, needed: readonly Right[]): Place {
    const place = this.find(name);
    if (place === undefined || !needed.some((right) => place.rights.includes(right))) throw noFolder(name);
    return place;
  }

  /** A name as it is kept for a subscription, whether its folder exists or not. */
  canonical(name: string): string {
    const root = this.#rootOf(name);
    return root ? `${root.prefix}${SEPARATOR}${inboxName(name.slice(root.prefix.length + 1))}` : name;
  }

  /** Where a folder of this name would be made. @throws Refusal "invalid" */
  site(name: string): Site {
    const root = this.#rootOf(name);
    if (root === undefined) {
      const [first] = name.split(SEPARATOR);
      const reserved = this.reachesOthers && (first === OTHER_USERS || first === SHARED);
      // Among the mailboxes of others nobody makes folders; whoever had one of such a name before keeps it.
      const makes = !reserved || this.sources.mailstore.folder(this.home, first) !== undefined;
      return { mailbox: this.home, path: name, rights: makes ? RIGHTS : "", visible: true };
    }
    const path = inboxName(name.slice(root.prefix.length + 1));
    const { mailstore, rights } = this.sources;
    for (const above of parentsOf(path.endsWith(SEPARATOR) ? path.slice(0, -1) : path).reverse()) {
      const parent = mailstore.folder(root.mailbox, above);
      if (parent === undefined) continue;
      const held = rights.of(this.holder, parent);
      return { mailbox: root.mailbox, path, rights: held, visible: held.includes("l") };
    }
    return { mailbox: root.mailbox, path, rights: rights.onMailbox(this.holder, root.mailbox), visible: true };
  }

  /** A folder that was found before, as it is for its user now; undefined if he may not read it any more. */
  renewed({ folder, name }: Place): Place | undefined {
    const found = this.sources.mailstore.folderById(folder.id);
    const place = found && this.#place(found, name);
    return place?.rights.includes("r") ? place : undefined;
  }

  /** The mailboxes whose folders stand here: the one that was opened, then others. */
  mailboxes(): number[] {
    return [this.home, ...this.#others().map(({ mailbox }) => mailbox)];
  }

  /** What stands before the names of a mailbox's folders; nothing before one's own. */
  prefixOf(mailbox: number): string {
    return this.#others().find((root) => root.mailbox === mailbox)?.prefix ?? "";
  }

  /** The mailbox that a name leads into besides the own one, whether there is such a folder or not. */
  mailboxOf(name: string): number | undefined {
    return this.#rootOf(`${name}${SEPARATOR}`)?.mailbox;
  }

  /** Whether some folder of a mailbox may be read. */
  readsIn(mailbox: number): boolean {
    if (mailbox === this.home) return true;
    return this.sources.rights.inMailbox(this.holder, mailbox).some(({ rights }) => rights.includes("r"));
  }

  /** Whether a mailbox is among those whose folders stand here. */
  reaches(mailbox: number): boolean {
    return mailbox === this.home || this.#others().some((root) => root.mailbox === mailbox);
  }

  /** Where a folder stands for its user, whatever he may do in it; undefined where it does not, or is gone. */
  ofFolder(id: number): Place | undefined {
    const folder = this.sources.mailstore.folderById(id);
    if (folder === undefined) return undefined;
    if (folder.mailboxId === this.home) return this.#place(folder, folder.name);
    const root = this.#others().find(({ mailbox }) => mailbox === folder.mailboxId);
    return root && this.#place(folder, `${root.prefix}${SEPARATOR}${folder.name}`);
  }

  /** All folders that the user may look up: his own, then mailbox by mailbox. */
  *all(): Generator<Place> {
    for (const folder of this.sources.mailstore.folders(this.home)) yield this.#place(folder, folder.name);
    for (const root of this.#others()) yield* this.#within(root);
  }

  /** Those of one mailbox of somebody else. */
  *within(mailbox: number): Generator<Place> {
    const root = this.#others().find((each) => each.mailbox === mailbox);
    if (root) yield* this.#within(root);
  }

  *#within({ mailbox, prefix }: Root): Generator<Place> {
    const { rights } = this.sources;
    const reader = rights.reader(this.holder, mailbox);
    for (const { folder, rights: held } of rights.inMailbox(this.holder, mailbox)) {
      if (!held.includes("l")) continue;
      yield { mailbox, folder, name: `${prefix}${SEPARATOR}${folder.name}`, rights: held, reader };
    }
  }

  #place(folder: Folder, name: string): Place {
    const { rights } = this.sources;
    const held = rights.of(this.holder, folder);
    const reader = rights.reader(this.holder, folder.mailboxId);
    return { mailbox: folder.mailboxId, folder, name, rights: held, reader };
  }

  /** The mailbox that a name leads to, besides the own one. */
  #rootOf(name: string): Root | undefined {
    if (!name.startsWith(`${OTHER_USERS}${SEPARATOR}`) && !name.startsWith(`${SHARED}${SEPARATOR}`)) return undefined;
    const normal = name.normalize("NFC");
    return this.#others().find(({ prefix }) => normal.startsWith(prefix) && normal[prefix.length] === SEPARATOR);
  }

  #others(): readonly Root[] {
    const { epoch } = this.sources;
    if (this.#epoch !== epoch) {
      this.#roots = this.reachesOthers ? this.#look() : [];
      this.#epoch = epoch;
    }
    return this.#roots;
  }

  #look(): Root[] {
    const { directory, rights } = this.sources;
    const others = rights.mailboxes(this.holder).filter(({ id }) => id !== this.home);
    const addresses = directory.aliases.returnAddresses(others.map(({ id }) => id));
    const taken = new Set<string>();
    return others.map((mailbox) => {
      const label = labelOf(mailbox, addresses.get(mailbox.id));
      const root = directory.mailboxes.sharedWith(mailbox.id, directory.mailboxes.anyone) === "" ? OTHER_USERS : SHARED;
      const plain = `${root}${SEPARATOR}${label}`;
      const prefix = taken.has(plain) ? `${plain} (${mailbox.id})` : plain;
      taken.add(prefix);
      return { mailbox: mailbox.id, prefix };
    });
  }
}

/** What a mailbox is called: its return address, where that can be a level of a folder's name; else its number. */
function labelOf({ id }: Mailbox, address: string | undefined): string {
  return address === undefined || /[/%*\s\p{C}]/u.test(address) ? `Mailbox ${id}` : address.normalize("NFC");
}

/** There is no folder, or none that he may know of. */
export function noFolder(name: string, code = "NONEXISTENT"): No {
  return new No(code, `There is no folder "${name}"`);
}

/** He may see the folder, but not do this. */
export function notAllowed(name: string): No {
  return new No("NOPERM", `You may not do that in "${name}"`);
}
