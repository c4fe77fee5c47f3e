/**
 * Files on their way behind a link. A browser sends each in pieces, so that no request is large, it can tell how far it has come, and a
 * piece that was lost is sent again. What nobody goes on with is dropped, and so is everything when the server ends.
 */
import { statfsSync } from "node:fs";
import { newToken } from "../../auth/tokens.ts";
import type { User } from "../../directory/user.ts";
import { filesSettings } from "../../files/settings.ts";
import { Refusal } from "../../refusal.ts";
import type { ContentWriter } from "../../store/content-writer.ts";
import type { Store } from "../../store/store.ts";
import type { Parcel, Parcels } from "../../transport/parcels.ts";
import { fileName, humanSize } from "./names.ts";
import { webmailSettings } from "./settings.ts";

/** Octets of one piece. */
export const PIECE_OCTETS = 4_000_000;
const IDLE_MS = 15 * 60_000;
const MOST_EACH = 3;
const MOST = 30;
const DAY_MS = 86_400_000;

interface Upload {
  readonly user: number;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly writer: ContentWriter;
  timer: ReturnType<typeof setTimeout>;
  /** What was done with the piece before. */
  before: Promise<void>;
}

export class ParcelUploads {
  readonly #open = new Map<string, Upload>();

  constructor(
    private readonly store: Store,
    private readonly parcels: Parcels,
    private readonly now: () => number,
  ) {}

  /** Begins a file; gives the number by which its pieces name it. @throws Refusal "notPermitted", "tooLarge", "tooMany", "noSpace" */
  begin(user: User, name: string, type: string, size: number): string {
    const { parcelOctets, parcelsOctets } = this.store.settings.get(webmailSettings);
    const mine = [...this.#open.values()].filter((one) => one.user === user.id);
    if (parcelOctets === 0) throw new Refusal("notPermitted", "Files behind links are switched off on this server.");
    if (size > parcelOctets) throw new Refusal("tooLarge", `A file behind a link may have ${humanSize(parcelOctets)}.`);
    const all = mine.reduce((octets, one) => octets + one.size, this.parcels.octetsOf(user.id) + size);
    if (all > parcelsOctets)
      throw new Refusal(
        "tooLarge",
        `Your files behind links may have ${humanSize(parcelsOctets)} together. End some of them first.`,
      );
    if (mine.length >= MOST_EACH || this.#open.size >= MOST)
      throw new Refusal("tooMany", "Too many files are on their way at once. Wait until one of them is there.");
    if (size > this.#room()) throw new Refusal("noSpace", "The disk is full.");
    const id = crypto.randomUUID();
    const writer = this.store.content.writer();
    const upload = { user: user.id, name: fileName(name, "file"), type, size, writer, before: Promise.resolve() };
    this.#open.set(id, { ...upload, timer: this.#dropLater(id) });
    return id;
  }

  /**
   * Takes a piece. One that was taken before is passed over, so that it may be sent again; gives how much is there.
   * @throws Refusal "notFound" for an upload that is none, "invalid" for a piece that leaves a gap
   */
  async piece(user: User, id: string, at: number, octets: Uint8Array): Promise<number> {
    const upload = this.#of(user, id);
    const work = upload.before.then(async () => {
      const { writer, size } = upload;
      if (at > writer.size || at + octets.length > size)
        throw new Refusal("invalid", "A piece of the file is missing. Send it again.");
      if (at + octets.length > writer.size) await writer.write(octets.subarray(writer.size - at));
    });
    upload.before = work.catch(() => undefined);
    clearTimeout(upload.timer);
    upload.timer = this.#dropLater(id);
    await work;
    return upload.writer.size;
  }

  /** The file is there whole: it lies behind its link from now on. @throws Refusal */
  async end(user: User, id: string): Promise<Parcel> {
    const upload = this.#of(user, id);
    await upload.before;
    // It may have been ended or dropped meanwhile.
    const { writer, name, type, size } = this.#of(user, id);
    if (writer.size !== size) throw new Refusal("invalid", "The file did not arrive whole. Send it again.");
    this.#open.delete(id);
    clearTimeout(upload.timer);
    const { parcelDays } = this.store.settings.get(webmailSettings);
    try {
      const staged = await writer.finish({ park: true });
      const expiresAt = this.now() + parcelDays * DAY_MS;
      return await this.store.commit((tx) =>
        this.parcels.addWithin(tx, { userId: user.id, token: newToken(), name, type, expiresAt }, staged),
      );
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /** Gives a file up. */
  async drop(user: User, id: string): Promise<void> {
    const upload = this.#of(user, id);
    this.#open.delete(id);
    clearTimeout(upload.timer);
    await letGo(upload);
  }

  /** Octets that one more file may have, so that mail can still be received when all that is on its way is there. */
  #room(): number {
    const { bavail, bsize } = statfsSync(this.store.folder);
    const coming = [...this.#open.values()].reduce((octets, { size, writer }) => octets + size - writer.size, 0);
    return bavail * bsize - this.store.settings.get(filesSettings).keepFree - coming;
  }

  #of(user: User, id: string): Upload {
    const upload = this.#open.get(id);
    if (upload?.user !== user.id) throw new Refusal("notFound", "This file has to be sent from its beginning.");
    return upload;
  }

  #dropLater(id: string): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      const upload = this.#open.get(id);
      if (upload === undefined) return;
      this.#open.delete(id);
      letGo(upload).catch((fault: unknown) => this.store.events.fault("webmail", "drop a file", fault));
    }, IDLE_MS);
    timer.unref();
    return timer;
  }
}

/** Drops what came, when nothing more of it is being written: what is written behind that would lie there for good. */
async function letGo({ before, writer }: Upload): Promise<void> {
  await before;
  await writer.abort();
}
