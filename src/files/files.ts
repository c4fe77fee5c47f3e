/**
 * The folders of people: the data folder's `files/`, reached over FTP, home pages and WebDAV. `rootFor` gives a person's jail, through
 * which everything is done; `shares` has the shared folders; limits and usage are asked and set here.
 *
 * On disk: `people/<login>/` is a user's own folder and `people/<login>/www/` his home page, unless his properties name others;
 * `public/` is the guest entry's; `shared/<name>/` a shared folder, unless it is said to lie elsewhere. All of it belongs to this
 * program: it may be backed up and looked at, and what is put there by hand counts as soon as it is counted again.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { Refusal } from "../refusal.ts";
import { topic } from "../store/changes.ts";
import type { Store, Tx } from "../store/store.ts";
import { type Limits, Turns, type Usage } from "./account.ts";
import { AtOnce } from "./at-once.ts";
import { disk, openBase, requireHandles, within } from "./handles.ts";
import { Jail, type JailRoom, type Mount } from "./jail.ts";
import { type Octets, octetsOf, segmentsOf } from "./names.ts";
import { filesSettings } from "./settings.ts";
import { type Share, Shares, sharedChanged } from "./shares.ts";
import { Sweep } from "./sweep.ts";
import { filesPeople } from "./tables.ts";
import { refusalOf } from "./trouble.ts";
import { AccountBook, apart, type Holder } from "./usage.ts";

export type { Account, Limits, Usage } from "./account.ts";
export type { Entry, EntryKind } from "./entry.ts";
export type { Jail } from "./jail.ts";
export type { OpenFile } from "./open-file.ts";
export type { SharedFolder } from "./shares.ts";
export type { Upload, WriteOptions } from "./upload.ts";

/** What is known of somebody with folders; the directory's users are that. */
export interface Person {
  readonly id: number;
  readonly kind: "user" | "guest" | "template";
  readonly login: string;
  /** Paths below `files/`; null for the usual ones. */
  readonly homePageFolder: string | null;
  readonly ftpDirectory: string | null;
}

/** Told after somebody's own limits changed. */
export const limitsChanged = topic<{ readonly userId: number }>("files.limits");

/** Where guests are, unless the guest entry names another folder. */
const PUBLIC = "public";
const HOME_PAGE = "www";
/** Octets of a folder's name that is made from a login name; longer ones are named by the account's number. */
const MOST_OCTETS = 200;

export class Files {
  readonly shares: Shares;
  readonly #book: AccountBook;
  readonly #room: JailRoom;
  readonly #busy = new Set<string>();
  #base: Promise<number> | undefined;
  #opened: number | undefined;
  #atOnce: AtOnce | null | undefined;
  /** Resolves when what is shared has its folders. */
  #making: Promise<void> = Promise.resolve();
  /** Paths of people's own folders, by user id. */
  readonly #ownFolders = new Map<number, string>();
  #mounts = new Map<number, readonly Mount[]>();

  constructor(
    private readonly store: Store,
    /** The user of an id, as the directory has him. */
    private readonly people: (id: number) => Person | undefined,
  ) {
    this.shares = new Shares(store);
    const base = () => this.#folder();
    this.#book = new AccountBook(store, new Sweep(base, this.#busy), (holder) => this.#placesOf(holder));
    this.#room = {
      base,
      opened: () => this.#opened,
      atOnce: () => {
        // Loaded when a file is first asked for.
        if (this.#atOnce === undefined) this.#atOnce = AtOnce.create() ?? null;
        return this.#atOnce ?? undefined;
      },
      uploads: {
        busy: this.#busy,
        keepFree: () => store.settings.get(filesSettings).keepFree,
        durable: () => store.settings.get(filesSettings).durable,
      },
      descents: new Turns(),
      mountPoint: () => store.settings.get(filesSettings).sharedName,
    };
    store.changes.on(sharedChanged, ({ id }) => {
      this.#mounts = new Map();
      this.#book.refresh({ kind: "shared", id });
      this.#making = this.#makeShared().catch((fault: unknown) =>
        store.events.fault("files", "make a shared folder", fault),
      );
    });
    store.changes.on(limitsChanged, ({ userId }) => this.#book.refresh({ kind: "user", id: userId }));
  }

  /** Where it all lies on disk. */
  get folder(): string {
    return join(this.store.folder, "files");
  }

  /**
   * The jail of somebody, its folder made where it is missing. The FTP root holds the shared folders open to him; guests (the guest
   * entry) read only.
   * @throws Refusal "notPermitted" where files cannot be served here
   */
  async rootFor(person: Person, what: "ftp" | "homepage"): Promise<Jail> {
    if (this.#ownFolders.get(person.id) === undefined) await this.store.commit((tx) => this.#enrol(tx, person));
    await this.#make(this.#namesOf(person, what));
    if (what === "ftp") await this.#makeShared();
    return this.#jailOf(person, what);
  }

  /**
   * The same where the folder was made before, and undefined where it was not: nothing is made. A folder of the usual name may be one that
   * somebody had who is gone.
   */
  existingRoot(person: Person, what: "ftp" | "homepage"): Jail | undefined {
    const named = what === "ftp" ? person.ftpDirectory : person.homePageFolder;
    if (named === null && this.#enrolledFolder(person) === undefined) return undefined;
    return this.#base !== undefined || existsSync(this.folder) ? this.#jailOf(person, what) : undefined;
  }

  /** Where somebody's folder lies, below `files/`: the property, or the usual place. */
  pathOf(person: Person, what: "ftp" | "homepage"): string {
    const { ftpDirectory, homePageFolder } = person;
    if (what === "ftp") return ftpDirectory ?? this.#ownFolder(person);
    return homePageFolder ?? `${this.#ownFolder(person)}/${HOME_PAGE}`;
  }

  /** The shared folders somebody reaches. */
  sharedWith(person: Person): Share[] {
    return this.shares.of(person);
  }

  /** Limits that are somebody's own (null: the setting's), those that hold, and how much there is. */
  usageOf(person: Person): { readonly usage: Usage; readonly limits: Limits; readonly own: Limits } {
    const { usage, limits } = this.#book.of({ kind: "user", id: person.id });
    const row = this.store.db.select().from(filesPeople).where(eq(filesPeople.userId, person.id)).get();
    return { usage, limits, own: { octets: row?.maxOctets ?? null, files: row?.maxFiles ?? null } };
  }

  /** How much lies in a shared folder. */
  sharedUsage(id: number): { readonly usage: Usage; readonly limits: Limits } {
    const { usage, limits } = this.#book.of({ kind: "shared", id });
    return { usage, limits };
  }

  /** Sets somebody's own limits; they hold from the next upload on. @throws Refusal "invalid" */
  setLimitsWithin(tx: Tx, person: Person, limits: Partial<Limits>): void {
    for (const value of [limits.octets, limits.files]) {
      if (value !== undefined && value !== null && !(Number.isSafeInteger(value) && value >= 0)) {
        throw new Refusal("invalid", "A limit is a whole number, or nothing for the usual limit.");
      }
    }
    this.#enrol(tx, person);
    const values = {
      ...(limits.octets !== undefined && { maxOctets: limits.octets }),
      ...(limits.files !== undefined && { maxFiles: limits.files }),
    };
    if (Object.keys(values).length === 0) return;
    tx.db.update(filesPeople).set(values).where(eq(filesPeople.userId, person.id)).run();
    tx.emit(limitsChanged, { userId: person.id });
  }

  /** Counts somebody's files anew, in slices. */
  async recount(who: Person | { readonly sharedId: number }): Promise<void> {
    await this.#book.count("sharedId" in who ? { kind: "shared", id: who.sharedId } : { kind: "user", id: who.id });
  }

  /** Forgets the rights of a user who was removed. What lies in the folder stays, and nobody else gets it with the name. */
  removeUserWithin(tx: Tx, userId: number): void {
    this.shares.forgetUserWithin(tx, userId);
  }

  /** Sweeps and counts where the last run did not end in order. Resolves when that is done; nobody needs to wait. */
  async start(): Promise<void> {
    // Where nobody has a folder yet there is nothing to look at, and none is made.
    if (!existsSync(this.folder)) return;
    try {
      await this.#book.recover();
    } catch (fault) {
      this.store.events.fault("files", "count files", fault);
    }
  }

  /** Counts what was not counted for long. */
  async keepHouse(): Promise<void> {
    if (existsSync(this.folder)) await this.#book.keepHouse(Date.now());
  }

  /** Writes usage down. Call when nobody reads or writes any more. */
  async close(): Promise<void> {
    await this.#making;
    await this.#book.stop();
    const base = await this.#base?.catch(() => undefined);
    this.#opened = undefined;
    if (base !== undefined) await disk.close(base);
    this.#base = undefined;
  }

  /** The handle of `files/`, which is made where it is missing. */
  #folder(): Promise<number> {
    this.#base ??= this.#open().catch((error) => {
      this.#base = undefined;
      throw refusalOf(error);
    });
    return this.#base;
  }

  async #open(): Promise<number> {
    requireHandles();
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#opened = await openBase(this.folder);
    return this.#opened;
  }

  async #make(folder: readonly Octets[]): Promise<void> {
    await within(await this.#folder(), folder, async () => undefined, true);
  }

  /** Makes the folders of what is shared. */
  async #makeShared(): Promise<void> {
    for (const { folder } of this.shares.list()) await this.#make(segmentsOf(folder).map(octetsOf));
  }

  #namesOf(person: Person, what: "ftp" | "homepage"): Octets[] {
    return segmentsOf(this.pathOf(person, what)).map(octetsOf);
  }

  #jailOf(person: Person, what: "ftp" | "homepage"): Jail {
    const guest = person.kind !== "user";
    const account = this.#book.of({ kind: "user", id: person.id });
    const mounts = what === "ftp" ? () => this.#mountsOf(person) : undefined;
    return new Jail(this.#room, { folder: this.#namesOf(person, what), account }, mounts, !guest);
  }

  /** The path of somebody's own folder, or what it would be called. */
  #ownFolder(person: Person): string {
    return this.#enrolledFolder(person) ?? usualFolder(person);
  }

  /** The path of somebody's own folder; undefined where he has none yet. */
  #enrolledFolder(person: Person): string | undefined {
    const known = this.#ownFolders.get(person.id);
    if (known !== undefined) return known;
    const row = this.store.db.select().from(filesPeople).where(eq(filesPeople.userId, person.id)).get();
    if (row !== undefined && !this.store.client.inTransaction) this.#ownFolders.set(person.id, row.folder);
    return row?.folder;
  }

  /** Gives somebody a folder of his own: one that nobody had before. */
  #enrol(tx: Tx, person: Person): void {
    const { db } = tx;
    if (db.select().from(filesPeople).where(eq(filesPeople.userId, person.id)).get() !== undefined) return;
    const usual = usualFolder(person);
    const taken = db.select().from(filesPeople).where(eq(filesPeople.folder, usual)).get() !== undefined;
    db.insert(filesPeople)
      .values({ userId: person.id, folder: taken ? `${usual}-${person.id}` : usual })
      .run();
  }

  /** What somebody reaches now, as mounts; made once until something about shared folders changes. */
  #mountsOf(person: Person): readonly Mount[] {
    const known = this.#mounts.get(person.id);
    if (known !== undefined) return known;
    const mounts = this.shares.of(person).map(({ shared, right }) => ({
      name: shared.name,
      writable: right === "write",
      root: {
        folder: segmentsOf(shared.folder).map(octetsOf),
        account: this.#book.of({ kind: "shared", id: shared.id }),
      },
    }));
    this.#mounts.set(person.id, mounts);
    return mounts;
  }

  #placesOf({ kind, id }: Holder): Octets[][] {
    if (kind === "shared") return apart([this.shares.byId(id)?.folder ?? ""].filter((path) => path !== ""));
    const person = this.people(id);
    return person === undefined ? [] : apart([this.pathOf(person, "ftp"), this.pathOf(person, "homepage")]);
  }
}

function usualFolder({ id, kind, login }: Person): string {
  if (kind === "guest") return PUBLIC;
  const name = login.normalize("NFC").toLowerCase();
  return octetsOf(name).length <= MOST_OCTETS ? `people/${name}` : `people/user-${id}`;
}
