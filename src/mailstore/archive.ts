/**
 * Messages that grow old: rules let those of a folder go to the archive or away after some days in it. The archive is the tree of folders
 * below the one with the role \Archive: what expires in `Work/2026` goes to `Archive/Work/2026`, and back from there when it is restored.
 * Age is the time since a message came into its folder (RFC 8514 SAVEDATE), so what was moved or restored begins anew.
 *
 * Called by the transport's sweep and by those who show the archive. RFC 6154 (\Archive), RFC 8514 §2 (the date saved).
 */
import type { Statement } from "bun:sqlite";
import { casemap } from "../mime/casemap.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Folder, Folders } from "./folders.ts";
import { FOLDER_SPAN } from "./keys.ts";
import type { Messages } from "./messages.ts";
import { folderName, SEPARATOR } from "./names.ts";
import { LONGEST_INDEXED, type SearchIndex } from "./search.ts";
import type { Listing, Summaries } from "./summaries.ts";

/** What happens to old messages of a folder. */
export interface ExpiryRule {
  /** A folder's name; `*` is every folder that has no rule of its own, but for Drafts and the archive. */
  readonly folder: string;
  readonly days: number;
  readonly action: "archive" | "delete";
}

/** What a sweep did. */
export interface Expired {
  readonly archived: number;
  readonly deleted: number;
}

/** One folder of the archive. */
export interface ArchiveFolder {
  readonly folder: number;
  /** Its own name: `Archive/Work`. */
  readonly name: string;
  /** The name of the folder from which its messages came, and to which they are restored. */
  readonly original: string;
  readonly messages: number;
  /** Octets. */
  readonly size: number;
}

/** One message that was found in the archive. */
export interface ArchiveFind {
  readonly folder: number;
  readonly original: string;
  readonly uid: number;
  /** Milliseconds since the epoch: INTERNALDATE. */
  readonly internalDate: number;
  readonly size: number;
  readonly listing: Listing | undefined;
}

/** What was found, newest first in each folder. */
export interface ArchiveFinds {
  readonly found: readonly ArchiveFind[];
  /** There may be more: as many as were asked for were found. */
  readonly more: boolean;
}

const DAY_MS = 86_400_000;
const ARCHIVE = "Archive";
/** Messages handled between two looks at the folder. */
const SLICE = 2_000;
/** Characters of a text that is searched for. */
const LONGEST_NEEDLE = 500;

interface Row {
  id: number;
  content: number;
  size: number;
  internalDate: number;
}

export class Archive {
  readonly #oldest: Statement<{ id: number; savedDate: number }, [number, number, number]>;
  readonly #uids: Statement<{ id: number }, [number, number, number]>;
  readonly #newest: Statement<Row, [number, number, number]>;

  /** Whoever listens for what people move knows by the origin that nobody did. */
  readonly #moving = { move: true, origin: this } as const;

  constructor(
    private readonly store: Store,
    private readonly stock: { readonly folders: Folders; readonly messages: Messages },
    private readonly reading: { readonly summaries: Summaries; readonly index: SearchIndex },
  ) {
    const { client } = store;
    this.#oldest = client.prepare(
      "SELECT id, saved_date AS savedDate FROM messages WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
    );
    this.#uids = client.prepare("SELECT id FROM messages WHERE id > ? AND id < ? ORDER BY id LIMIT ?");
    this.#newest = client.prepare(
      `SELECT id, content, size, internal_date AS internalDate FROM messages
       WHERE id > ? AND id < ? ORDER BY id DESC LIMIT ?`,
    );
  }

  /**
   * Lets the messages of a mailbox expire that are due by its rules, in slices. Sessions that have a folder open hear of it as of any
   * other removal.
   *
   * @param now milliseconds since the epoch
   */
  async expire(mailbox: number, rules: readonly ExpiryRule[], now: number): Promise<Expired> {
    const done = { archived: 0, deleted: 0 };
    for (const { folder, rule } of this.#due(mailbox, rules)) {
      const count = await this.#expireFolder(mailbox, folder, rule, now);
      if (rule.action === "archive") done.archived += count;
      else done.deleted += count;
    }
    return done;
  }

  /** The folders of a mailbox's archive, the archive itself first. */
  folders(mailbox: number): ArchiveFolder[] {
    const root = this.#root(mailbox);
    if (root === undefined) return [];
    return this.stock.folders
      .list(mailbox)
      .filter((folder) => isWithin(root.name, folder.name))
      .map((folder) => ({
        folder: folder.id,
        name: folder.name,
        original: originalName(root.name, folder.name),
        messages: folder.exists,
        size: folder.size,
      }));
  }

  /** The name of the folder from which messages of a folder of the archive came; undefined for a folder that is not in it. */
  originalOf({ mailboxId, name }: Pick<Folder, "mailboxId" | "name">): string | undefined {
    const root = this.#root(mailboxId);
    return root !== undefined && isWithin(root.name, name) ? originalName(root.name, name) : undefined;
  }

  /**
   * The messages of a mailbox's archive in which a text stands (substring, in any case); with no text the newest of all.
   *
   * @param options.folder only in this folder of the archive
   * @param options.limit at most so many, 100 unless told
   */
  async search(
    mailbox: number,
    text: string,
    options: { readonly folder?: number; readonly limit?: number } = {},
  ): Promise<ArchiveFinds> {
    const { summaries, index } = this.reading;
    const limit = options.limit ?? 100;
    const needle = casemap(text.slice(0, LONGEST_NEEDLE).trim());
    const candidates = index.candidates(needle);
    const found: ArchiveFind[] = [];
    const wanted = this.folders(mailbox).filter((one) => options.folder === undefined || one.folder === options.folder);
    for (const { folder, original } of wanted) {
      const base = folder * FOLDER_SPAN;
      for (let below = base + FOLDER_SPAN; ; ) {
        const rows = this.#newest.all(base, below, SLICE);
        for (const { id, content, size, internalDate } of rows) {
          below = id;
          if (this.store.turns.over) await this.store.turns.next();
          if (needle !== "" && !(candidates.has(content) && this.#contains(content, needle))) continue;
          if (found.length === limit) return { found, more: true };
          const listing = summaries.listing(content);
          found.push({ folder, original, uid: id - base, internalDate, size, listing });
        }
        if (rows.length < SLICE) break;
      }
    }
    return { found, more: false };
  }

  /**
   * Moves messages of the archive back to the folder they came from, which is made where it is gone; what lay in the archive itself goes to
   * INBOX. They do not expire at once again: their time begins anew. UIDs that are gone are passed over.
   *
   * @param what.folder id of a folder of the archive
   * @param what.uids messages of it; all of them unless told
   * @returns how many were restored, and the folder they are in now, with their UIDs in it
   * @throws Refusal "notFound" where the folder is none of this mailbox's archive, "tooMany" folders
   */
  async restore(
    mailbox: number,
    what: { readonly folder: number; readonly uids?: readonly number[] },
  ): Promise<{
    readonly restored: number;
    readonly folder: number;
    readonly name: string;
    readonly uids: readonly number[];
  }> {
    const from = this.folders(mailbox).find((one) => one.folder === what.folder);
    if (from === undefined) throw new Refusal("notFound", "There is no such folder in the archive.");
    const to = await this.store.commit((tx) => this.#ensure(tx, mailbox, from.original));
    const { messages } = this.stock;
    if (what.uids !== undefined) {
      const moved = await messages.copy(from.folder, what.uids, to, this.#moving);
      return { restored: moved.to.length, folder: to, name: from.original, uids: moved.to };
    }
    const all: number[] = [];
    const base = from.folder * FOLDER_SPAN;
    for (let rows = this.#uids.all(base, base + FOLDER_SPAN, SLICE); rows.length > 0; ) {
      const moved = await messages.copy(
        from.folder,
        rows.map((row) => row.id - base),
        to,
        this.#moving,
      );
      for (const uid of moved.to) all.push(uid);
      const last = rows.at(-1)?.id ?? base;
      rows = this.#uids.all(last, base + FOLDER_SPAN, SLICE);
    }
    return { restored: all.length, folder: to, name: from.original, uids: all };
  }

  /** The folders that a rule is about, and the rule. */
  #due(mailbox: number, rules: readonly ExpiryRule[]): { folder: Folder; rule: ExpiryRule }[] {
    if (rules.length === 0) return [];
    const archive = this.#root(mailbox)?.name ?? ARCHIVE;
    const own = new Map<string, ExpiryRule>();
    for (const rule of rules) {
      const name = rule.folder === "*" ? "" : nameOf(rule.folder);
      // Of two rules about one folder the first counts.
      if (name !== "" && !own.has(name)) own.set(name, rule);
    }
    const others = rules.find((rule) => rule.folder === "*");
    const due: { folder: Folder; rule: ExpiryRule }[] = [];
    for (const folder of this.stock.folders.list(mailbox)) {
      const archived = isWithin(archive, folder.name);
      const rule = own.get(folder.name) ?? (archived || folder.specialUse === "Drafts" ? undefined : others);
      // What is in the archive cannot be archived.
      if (rule === undefined || (archived && rule.action === "archive") || folder.exists === 0) continue;
      due.push({ folder, rule });
    }
    return due;
  }

  async #expireFolder(mailbox: number, folder: Folder, rule: ExpiryRule, now: number): Promise<number> {
    const before = now - rule.days * DAY_MS;
    const base = folder.id * FOLDER_SPAN;
    const { messages } = this.stock;
    let to: number | undefined;
    let count = 0;
    for (let after = base; ; ) {
      // UIDs are given in the order in which messages come, so the oldest are in front.
      const rows = this.#oldest.all(after, base + FOLDER_SPAN, SLICE);
      const young = rows.findIndex((row) => row.savedDate > before);
      const old = young === -1 ? rows : rows.slice(0, young);
      if (old.length === 0) return count;
      after = old.at(-1)?.id ?? after;
      const uids = old.map((row) => row.id - base);
      if (rule.action === "delete") count += (await messages.expunge(folder.id, uids)).length;
      else {
        to ??= await this.store.commit((tx) => this.#archiveFor(tx, mailbox, folder.name));
        count += (await messages.copy(folder.id, uids, to, this.#moving)).to.length;
      }
      if (young !== -1 || rows.length < SLICE) return count;
      await this.store.turns.next();
    }
  }

  /** The folder of the archive for what comes from a folder. A name that cannot be made below it is no reason to keep the mail. */
  #archiveFor(tx: Tx, mailbox: number, name: string): number {
    const root = this.stock.folders.special(tx, mailbox, ARCHIVE);
    const archive = this.stock.folders.byId(root)?.name ?? ARCHIVE;
    try {
      return this.#ensure(tx, mailbox, `${archive}${SEPARATOR}${name}`);
    } catch (error) {
      if (error instanceof Refusal && (error.kind === "invalid" || error.kind === "tooMany")) return root;
      throw error;
    }
  }

  #ensure(tx: Tx, mailbox: number, name: string): number {
    const { folders } = this.stock;
    return folders.byName(mailbox, name)?.id ?? folders.createWithin(tx, mailbox, name).id;
  }

  #root(mailbox: number): Folder | undefined {
    const { folders } = this.stock;
    return folders.byUse(mailbox, ARCHIVE) ?? folders.byName(mailbox, ARCHIVE);
  }

  #contains(content: number, needle: string): boolean {
    return this.reading.index.text(content, LONGEST_INDEXED).includes(needle);
  }
}

/** A rule's folder as names are kept; one that can be no name is about no folder. */
function nameOf(name: string): string {
  try {
    return folderName(name);
  } catch (error) {
    if (error instanceof Refusal) return "";
    throw error;
  }
}

function isWithin(archive: string, name: string): boolean {
  return name === archive || name.startsWith(`${archive}${SEPARATOR}`);
}

/** Where the messages of an archive folder came from; INBOX for the archive itself. */
function originalName(archive: string, name: string): string {
  return name === archive ? "INBOX" : folderName(name.slice(archive.length + SEPARATOR.length));
}
