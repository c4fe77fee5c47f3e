/**
 * Puts the messages of a file into the folders of a mailbox, in the background: received one by one, a batch to a commit, and between two
 * batches everybody else has his turn. Nothing is sorted, answered or judged; the mailbox's limits hold.
 */
import { parseDate } from "../../mime/dates.ts";
import { Header } from "../../mime/header.ts";
import { StructureParser } from "../../mime/parser.ts";
import type { Lying } from "../../mime/unzip.ts";
import { Refusal } from "../../refusal.ts";
import type { ContentWriter } from "../../store/content-writer.ts";
import { ANSWERED, DRAFT, FLAGGED, SEEN } from "../flags.ts";
import type { Incoming } from "../messages.ts";
import type { ExchangeParts } from "./exporting.ts";
import { type Brought, messagesIn } from "./reading.ts";

/** What is wanted. */
export interface ImportWish {
  readonly mailbox: number;
  /** The folder into which goes what the file names none for; the others are made below it, or beside the inbox where this is INBOX. */
  readonly folder: string;
  /** What the file is called among people. */
  readonly called: string;
}

/** How an import stands. */
export interface ImportProgress {
  readonly called: string;
  readonly folder: string;
  readonly state: "running" | "done" | "stopped" | "failed";
  /** Octets of the file, and how many of them were read. */
  readonly size: number;
  readonly read: number;
  readonly messages: number;
  /** What could not be taken, such as messages that are larger than one may be. */
  readonly leftOut: number;
  readonly error: string | undefined;
}

/** A file that is read, and let go of at the end. */
export interface Source extends Lying {
  close(): Promise<void>;
}

/** Messages and octets of one commit, which others wait for: it holds the event loop for some milliseconds. */
const BATCH = 25;
const BATCH_OCTETS = 2_097_152;
/** Commits that wait for the disk while more is read; it has them in one go. */
const AT_ONCE = 3;
/** Octets of a header that are looked at. */
const HEADER_OCTETS = 65_536;

export class Importing {
  #state: ImportProgress["state"] = "running";
  #read = 0;
  #messages = 0;
  #leftOut = 0;
  #error: string | undefined;
  readonly #folders = new Map<string, number>();
  /** Resolves at the end, whatever it is. */
  readonly ended: Promise<void>;

  constructor(
    private readonly parts: ExchangeParts,
    private readonly source: Source,
    private readonly wish: ImportWish,
    private readonly about: {
      readonly mostOctets: number;
      readonly now: () => number;
      readonly fault: (thrown: unknown) => void;
    },
  ) {
    this.ended = this.#run();
  }

  get progress(): ImportProgress {
    const { called, folder } = this.wish;
    return {
      ...{ called, folder, state: this.#state, size: this.source.size },
      read: this.#state === "done" ? this.source.size : this.#read,
      ...{ messages: this.#messages, leftOut: this.#leftOut, error: this.#error },
    };
  }

  /** What was taken stays. */
  stop(): void {
    if (this.#state === "running") this.#state = "stopped";
  }

  async #run(): Promise<void> {
    const taking: Promise<void>[] = [];
    try {
      const { turns } = this.parts.store;
      let batch: Received[] = [];
      let octets = 0;
      for await (const brought of messagesIn(this.#counted())) {
        if (this.#state === "stopped") break;
        const received = await this.#receive(brought);
        if (received === undefined) this.#leftOut++;
        else {
          const { folder } = received;
          if (!this.#folders.has(folder)) this.#folders.set(folder, await this.#folderFor(folder));
          batch.push(received);
          octets += received.writer.size;
        }
        if (batch.length >= BATCH || octets >= BATCH_OCTETS) {
          if (taking.length >= AT_ONCE) await taking.shift();
          taking.push(this.#take(batch, octets));
          batch = [];
          octets = 0;
        }
        if (turns.over) await turns.next();
      }
      taking.push(this.#take(batch, octets));
      for (const one of taking) await one;
      if (this.#state === "running") this.#state = "done";
    } catch (thrown) {
      this.#state = "failed";
      this.#error = thrown instanceof Refusal ? thrown.sentence : "Something went wrong here; the log says more.";
      if (!(thrown instanceof Refusal)) this.about.fault(thrown);
    } finally {
      await Promise.allSettled(taking);
      await this.source.close();
    }
  }

  /** The file, counting how far it was read. */
  #counted(): Lying {
    const { source } = this;
    return {
      size: source.size,
      read: async (at, length) => {
        const octets = await source.read(at, length);
        // The directory of an archive stands at its end, and is read between.
        if (at + octets.length < source.size || source.size <= length)
          this.#read = Math.max(this.#read, at + octets.length);
        return octets;
      },
    };
  }

  /** Undefined for what is no message, or too large for one. */
  async #receive({ folder, flags, at, octets }: Brought): Promise<Received | undefined> {
    const { store } = this.parts;
    const parser = new StructureParser();
    const writer = store.content.writer();
    try {
      const head: Uint8Array[] = [];
      let held = 0;
      for await (const piece of octets) {
        if (writer.size + piece.length > this.about.mostOctets) {
          await writer.abort();
          return undefined;
        }
        if (held < HEADER_OCTETS) held += head.push(piece.slice(0, HEADER_OCTETS)) && piece.length;
        parser.write(piece);
        await writer.write(piece);
        if (store.turns.over) await store.turns.next();
      }
      const structure = parser.end();
      if (writer.size === 0 || structure.root.bodyStart === structure.root.headerStart) {
        await writer.abort();
        return undefined;
      }
      this.parts.mailstore.prepare(structure);
      const header = new Header(Buffer.concat(head).subarray(0, structure.root.bodyStart));
      const staged = await writer.finish({ park: false });
      const came = at ?? parseDate(header.raw("date") ?? "")?.time ?? this.about.now();
      const system = flags | flagsIn(header);
      return {
        folder,
        writer,
        message: { content: staged, structure, internalDate: Math.min(came, this.about.now()), flags: { system } },
      };
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
  }

  /** Puts messages into their folders, all of them in one commit. Whoever is not waited for at once is at the end. */
  #take(batch: readonly Received[], octets: number): Promise<void> {
    const taken = this.#takeNow(batch, octets);
    taken.catch(() => undefined);
    return taken;
  }

  async #takeNow(batch: readonly Received[], octets: number): Promise<void> {
    if (batch.length === 0) return;
    const { store, mailstore } = this.parts;
    try {
      // For all of them at once: within the commit the limits would be read anew for each.
      mailstore.room.check(this.wish.mailbox, batch.length, octets);
      await store.commit((tx) => {
        for (const { folder, message } of batch)
          mailstore.append(tx, { ...message, folder: this.#folders.get(folder) ?? 0 });
      });
      this.#messages += batch.length;
    } catch (thrown) {
      for (const { writer } of batch) await writer.abort();
      throw thrown;
    }
  }

  async #folderFor(brought: string): Promise<number> {
    const { mailbox, folder } = this.wish;
    const below = brought === "" || /^inbox$/i.test(brought) ? "" : nameFrom(brought);
    const name = below === "" ? folder : folder === "INBOX" ? below : `${folder}/${below}`;
    return (this.parts.mailstore.folder(mailbox, name) ?? (await this.parts.mailstore.createFolder(mailbox, name))).id;
  }
}

interface Received {
  readonly folder: string;
  readonly writer: ContentWriter;
  readonly message: Omit<Incoming, "folder">;
}

/** A name that a folder here can have: levels of which nothing is left go without saying. */
function nameFrom(name: string): string {
  const levels = name.split("/").map((level) =>
    level
      .replace(/[\p{Cc}\p{Cs}%*]/gu, "_")
      .trim()
      .slice(0, 100),
  );
  return (
    levels
      .filter((level) => level !== "")
      .slice(0, 10)
      .join("/") || "INBOX"
  );
}

/** What programs that keep mail in files note in the header: Status and X-Status (mbox), X-Mozilla-Status, labels of Gmail. */
function flagsIn(header: Header): number {
  const status = `${header.raw("status") ?? ""} ${header.raw("x-status") ?? ""}`;
  const mozilla = Number.parseInt(header.raw("x-mozilla-status") ?? "", 16) || 0;
  const labels = header.raw("x-gmail-labels");
  const has = (is: boolean, bit: number) => (is ? bit : 0);
  return (
    has(
      /R/.test(status) || (mozilla & 1) !== 0 || (labels !== undefined && !/\bUnread\b|\bUngelesen\b/i.test(labels)),
      SEEN,
    ) |
    has(/A/.test(status) || (mozilla & 2) !== 0, ANSWERED) |
    has(/F/.test(status) || (mozilla & 4) !== 0 || /\bStarred\b|\bMarkiert\b/i.test(labels ?? ""), FLAGGED) |
    has(/T/.test(status), DRAFT)
  );
}
