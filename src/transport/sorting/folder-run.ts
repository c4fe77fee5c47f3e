/**
 * Runs a script on the mail that lies in a folder, first to see what it would do and then to do it: moves, copies, flags, and into the
 * trash what it throws away. What leaves the house is left out: old mail is neither forwarded nor answered nor refused. Works in slices of
 * the event loop, and a commit for some hundred messages.
 */
import { spamPercent, type Told, toldOf, virusScore } from "../../filter/told.ts";
import { type FlagSet, type Flags, SYSTEM_FLAGS } from "../../mailstore/flags.ts";
import type { View } from "../../mailstore/view.ts";
import { Header } from "../../mime/header.ts";
import { Refusal } from "../../refusal.ts";
import type { Action, FileInto, Outcome } from "../../sieve/outcome.ts";
import type { Script } from "../../sieve/script.ts";
import { run } from "../../sieve/sieve.ts";
import type { SieveMessage, Surroundings } from "../../sieve/surroundings.ts";
import type { Parts } from "../parts.ts";
import { flagsOf, folderFor } from "./folders.ts";

/** What is to be run on which folder. */
export interface FolderWish {
  readonly mailbox: number;
  /** The folder's number. */
  readonly folder: number;
  readonly script: Script;
  /** What the script is called: a rule, or all of them. */
  readonly called: string;
  /** Do it; otherwise only say what would be done. */
  readonly apply: boolean;
}

/** One message of which something comes. */
export interface FolderExample {
  readonly uid: number;
  readonly subject: string;
  readonly from: string;
  /** What is done with it, a few words each. */
  readonly does: readonly string[];
}

/** How a run stands. */
export interface FolderProgress {
  readonly folder: string;
  readonly called: string;
  readonly apply: boolean;
  readonly state: "running" | "done" | "stopped" | "failed" | "undoing" | "undone";
  /** Messages in all, and those that were looked at. */
  readonly total: number;
  readonly seen: number;
  readonly moved: number;
  readonly copied: number;
  readonly flagged: number;
  readonly trashed: number;
  /** Messages that the script would forward, answer or refuse; nothing of that is done. */
  readonly leftOut: number;
  /** Messages at which the script failed; nothing is done with them. */
  readonly failures: number;
  /** How many go into each folder. */
  readonly into: Readonly<Record<string, number>>;
  /** Folders that the script names and that there are not. */
  readonly missing: readonly string[];
  readonly examples: readonly FolderExample[];
  readonly error: string | undefined;
  readonly undoable: boolean;
}

/** Messages of one commit. */
const SLICE = 300;
const MOST_EXAMPLES = 50;
const MOST_FOLDERS = 200;
/** Octets of a header that are looked at. */
const HEADER_OCTETS = 262_144;
const NOT_HERE: ReadonlySet<Action["kind"]> = new Set([
  ...(["redirect", "redirectToList", "reject", "ereject", "vacation", "notify"] as const),
]);

const FLAG_WORDS: Readonly<Record<string, string>> = { "\\Seen": "mark as read", "\\Flagged": "star" };

/** What is wanted with one message. */
interface Wanted {
  readonly uid: number;
  /** Where it goes; undefined: it stays. */
  readonly move: Place | undefined;
  readonly copies: readonly (readonly [Place, Flags])[];
  /** Flags that it has not yet. */
  readonly flags: Flags;
}

/** A folder that there is, one to be made, or the trash. */
interface Place {
  readonly name: string;
  readonly id: number | undefined;
  readonly filing: FileInto | undefined;
}

/** How a step is taken back. */
type Step = () => Promise<unknown>;

export class FolderRun {
  #state: FolderProgress["state"] = "running";
  #seen = 0;
  #counts = { moved: 0, copied: 0, flagged: 0, trashed: 0, leftOut: 0, failures: 0 };
  #error: string | undefined;
  #stopping = false;
  readonly #into = new Map<string, number>();
  readonly #missing = new Set<string>();
  readonly #examples: FolderExample[] = [];
  readonly #undo: Step[] = [];
  #uids: Uint32Array = new Uint32Array(0);
  /** Resolves when nothing of it is under way any more. */
  ended: Promise<void>;

  constructor(
    private readonly parts: Parts,
    private readonly wish: FolderWish,
    private readonly name: string,
    private readonly surroundings: Surroundings,
  ) {
    this.ended = this.#go();
  }

  get progress(): FolderProgress {
    const { called, apply } = this.wish;
    return {
      ...{ folder: this.name, called, apply, state: this.#state, total: this.#uids.length, seen: this.#seen },
      ...this.#counts,
      ...{ into: Object.fromEntries(this.#into), missing: [...this.#missing], examples: this.#examples },
      ...{ error: this.#error, undoable: this.#undo.length > 0 && !["running", "undoing"].includes(this.#state) },
    };
  }

  /** Ends after the slice or step at hand; what was done stays, and can be undone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.ended;
  }

  /** Begins to take back what was done, as far as the messages are still where they were put. @throws Refusal "inUse" */
  undo(): void {
    if (!this.progress.undoable) throw new Refusal("inUse", "There is nothing to take back now.");
    this.#state = "undoing";
    this.#stopping = false;
    this.ended = this.#takeBack();
  }

  async #takeBack(): Promise<void> {
    try {
      while (!this.#stopping && this.#undo.length > 0) await this.#undo.pop()?.();
      this.#state = this.#undo.length > 0 ? "stopped" : "undone";
    } catch (error) {
      this.#fail(error);
    }
  }

  async #go(): Promise<void> {
    try {
      const view = await this.parts.mailstore.open(this.wish.folder);
      try {
        await this.#walk(view);
      } finally {
        view.close();
      }
      this.#state = this.#stopping ? "stopped" : "done";
    } catch (error) {
      this.#fail(error);
    }
    this.#report();
  }

  async #walk(view: View): Promise<void> {
    this.#uids = view.uids.slice();
    for (let at = 0; at < this.#uids.length && !this.#stopping; at += SLICE) {
      const wanted = await this.#look(view, this.#uids.subarray(at, at + SLICE));
      if (this.wish.apply) await this.#do(wanted);
    }
  }

  #fail(error: unknown): void {
    this.#state = "failed";
    this.#error = error instanceof Refusal ? error.sentence : "Something went wrong here; the log says more.";
    if (!(error instanceof Refusal)) this.parts.store.events.fault("transport", "run rules on a folder", error);
  }

  #report(): void {
    if (!this.wish.apply) return;
    const { moved, copied, flagged, trashed } = this.#counts;
    this.parts.store.events.log({
      ...{ room: "transport", name: "sieve.folder", data: { mailbox: this.wish.mailbox, ...this.#counts } },
      text: `${this.wish.called} was run on ${this.name}: ${moved} moved, ${copied} copied, ${flagged} marked, ${trashed} thrown away.`,
    });
  }

  /** What is wanted with some messages. */
  async #look(view: View, uids: Uint32Array): Promise<Wanted[]> {
    const { turns } = this.parts.store;
    const all: Wanted[] = [];
    for (const uid of uids) {
      if (turns.over) await turns.next();
      this.#seen++;
      const index = view.indexOfUid(uid);
      if (index < 0) continue;
      const { message, told, sender } = this.#message(view.contentAt(index));
      const outcome = await run(this.wish.script, message, {
        ...this.surroundings,
        ...{ now: view.internalDateAt(index), envelope: { ...this.surroundings.envelope, from: sender } },
        ...judgedBy(told),
      });
      const wanted = this.#wanted(uid, outcome, view.flagsAt(index));
      this.#tell(view.contentAt(index), wanted);
      all.push(wanted);
    }
    return all;
  }

  #message(content: number): { message: SieveMessage; told: Told | undefined; sender: string } {
    const { store, mailstore, hostname } = this.parts;
    const structure = mailstore.structure(content);
    const { headerStart, bodyStart } = structure.root;
    const octets = store.content.read(content, headerStart, Math.min(bodyStart, headerStart + HEADER_OCTETS));
    const header = new Header(octets);
    return {
      message: {
        structure: { ...structure, headerBytes: octets, root: { ...structure.root, header } },
        read: (start, end) => store.content.read(content, start, end),
      },
      told: toldOf(header, hostname()),
      sender: /<([^<>]*)>/.exec(header.raw("return-path") ?? "")?.[1] ?? "",
    };
  }

  #wanted(uid: number, { actions, error }: Outcome, has: FlagSet): Wanted {
    const stays: Wanted = { uid, move: undefined, copies: [], flags: { system: 0 } };
    if (error !== undefined) {
      this.#counts.failures++;
      return stays;
    }
    if (actions.some(({ kind }) => NOT_HERE.has(kind))) this.#counts.leftOut++;
    const keep = actions.find((action) => action.kind === "keep");
    const filings = actions
      .filter((action) => action.kind === "fileinto")
      .map((action) => ({ action, place: this.#place(action) }));
    const here = filings.find(({ place }) => place?.id === this.wish.folder);
    const gone = filings.filter(({ place }) => place !== undefined && place.id !== this.wish.folder);
    const isKept = keep !== undefined || here !== undefined || gone.length < filings.length;
    const moving = isKept ? undefined : gone[0];
    const copies = gone
      .filter((one) => one !== moving)
      .map(({ action, place }) => [place as Place, flagsOf(action.flags)] as const);
    const thrown = !isKept && gone.length === 0 && actions.some(({ kind }) => kind === "discard");
    const move = thrown && !this.#isTrash ? { name: "Trash", id: undefined, filing: undefined } : moving?.place;
    const flags = flagsOf((moving ?? here)?.action.flags ?? keep?.flags ?? []);
    return { uid, move, copies, flags: lacking(flags, has) };
  }

  get #isTrash(): boolean {
    return this.parts.mailstore.folderById(this.wish.folder)?.specialUse === "Trash";
  }

  /** The folder that is meant; undefined for none. */
  #place(filing: FileInto): Place | undefined {
    const { mailstore } = this.parts;
    const { mailbox } = this.wish;
    const name = filing.mailbox;
    const found = mailstore.folders(mailbox).find((one) => sameName(one.name, name));
    if (found !== undefined) return { name: found.name, id: found.id, filing };
    if (filing.create || filing.specialUse !== undefined || filing.mailboxId !== undefined) {
      return { name, id: undefined, filing };
    }
    if (this.#missing.size < MOST_FOLDERS) this.#missing.add(name);
    return undefined;
  }

  #tell(content: number, { uid, move, copies, flags }: Wanted): void {
    const does = [
      ...(move === undefined ? [] : [move.filing === undefined ? "into the trash" : `to ${move.name}`]),
      ...copies.map(([{ name }]) => `copy to ${name}`),
      ...namesOf(flags).map((flag) => FLAG_WORDS[flag] ?? flag),
    ];
    if (does.length === 0) return;
    if (move?.filing !== undefined) this.#counts.moved++;
    else if (move !== undefined) this.#counts.trashed++;
    this.#counts.copied += copies.length;
    if (namesOf(flags).length > 0) this.#counts.flagged++;
    for (const name of [...(move === undefined ? [] : [move.name]), ...copies.map(([place]) => place.name)]) {
      if (this.#into.size < MOST_FOLDERS || this.#into.has(name)) this.#into.set(name, (this.#into.get(name) ?? 0) + 1);
    }
    if (this.#examples.length >= MOST_EXAMPLES) return;
    const listing = this.parts.mailstore.listing(content);
    this.#examples.push({ uid, subject: listing?.subject ?? "", from: listing?.sender ?? "", does });
  }

  /** Does it: copies first, then what stays, then what goes. */
  async #do(wanted: readonly Wanted[]): Promise<void> {
    const { mailstore } = this.parts;
    const { folder } = this.wish;
    for (const { place, flags, uids } of grouped(wanted, ({ copies }) => copies)) {
      const target = await this.#open(place);
      if (target === folder) continue;
      const { to } = await mailstore.copy(folder, uids, target);
      this.#undo.push(() => mailstore.expunge(target, to));
      if (namesOf(flags).length > 0) await mailstore.setFlags(target, to, { mode: "add", flags });
    }
    for (const { flags, uids } of grouped(wanted, ({ move, flags }) =>
      move === undefined ? [[undefined, flags]] : [],
    )) {
      await this.#mark(folder, uids, flags);
    }
    for (const { place, flags, uids } of grouped(wanted, ({ move, flags }) => (move ? [[move, flags]] : []))) {
      const target = await this.#open(place);
      if (target === folder) await this.#mark(folder, uids, flags);
      else {
        const { to } = await mailstore.copy(folder, uids, target, { move: true });
        this.#undo.push(() => mailstore.copy(target, to, folder, { move: true }));
        await this.#mark(target, to, flags);
      }
    }
  }

  async #mark(folder: number, uids: readonly number[], flags: Flags): Promise<void> {
    if (namesOf(flags).length === 0 || uids.length === 0) return;
    const { mailstore } = this.parts;
    await mailstore.setFlags(folder, uids, { mode: "add", flags });
    this.#undo.push(() => mailstore.setFlags(folder, uids, { mode: "remove", flags }));
  }

  /** The folder of a place, made if need be. */
  async #open({ id, filing }: Place): Promise<number> {
    if (id !== undefined) return id;
    const { parts } = this;
    const { mailbox, folder } = this.wish;
    return await parts.store.commit((tx) =>
      filing === undefined
        ? parts.mailstore.specialFolder(tx, mailbox, "Trash")
        : folderFor(parts, tx, mailbox, { filing }, () => folder),
    );
  }
}

const sameName = (one: string, other: string): boolean =>
  one === other || (/^inbox$/i.test(one) && /^inbox$/i.test(other));

/** The same for several messages. */
interface Group<P> {
  readonly place: P;
  readonly flags: Flags;
  readonly uids: number[];
}

/** Messages of which the same is wanted, together. */
function grouped<P extends Place | undefined>(
  wanted: readonly Wanted[],
  of: (one: Wanted) => readonly (readonly [P, Flags])[],
): Iterable<Group<P>> {
  const groups = new Map<string, Group<P>>();
  for (const one of wanted) {
    for (const [place, flags] of of(one)) {
      const key = JSON.stringify([place?.id, place?.filing && place.name, namesOf(flags)]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { place, flags, uids: [one.uid] });
      else group.uids.push(one.uid);
    }
  }
  return groups.values();
}

/** Flags that a message has not yet. */
function lacking(wanted: Flags, has: FlagSet): Flags {
  const own = new Set(has.keywords.map((keyword) => keyword.toLowerCase()));
  const keywords = (wanted.keywords ?? []).filter((keyword) => !own.has(keyword.toLowerCase()));
  return { system: wanted.system & ~has.system, keywords };
}

function namesOf({ system, keywords = [] }: Flags): string[] {
  const names = Object.entries(SYSTEM_FLAGS).filter(([, bit]) => (system & bit) !== 0);
  return [...names.map(([name]) => name), ...keywords];
}

/** What the filter found when the message came. */
function judgedBy(told: Told | undefined): Pick<Surroundings, "spamPercent" | "virus"> {
  const verdict = told?.verdict;
  return {
    spamPercent: verdict && spamPercent(verdict.score, verdict.required, verdict.junk),
    virus: virusScore(told?.virus),
  };
}
