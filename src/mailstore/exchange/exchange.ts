/**
 * Mail that comes in files and goes out in them. An import goes on in the background, one a mailbox; what it came to is known until the next
 * one, or the end of the process. Files that browsers bring lie in the folder "imports" beside the database until they were read.
 *
 * RFC 4155 (mbox). Called by the administration; loaded when somebody first asks.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, statfs } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../../refusal.ts";
import type { ExchangeParts } from "./exporting.ts";
import { Importing, type ImportProgress, type ImportWish, type Source } from "./importing.ts";

/** Octets that are written between two looks at the disk. */
const UNASKED = 16_777_216;
const UPLOAD = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class Exchange {
  readonly #running = new Map<number, Importing>();
  readonly #folder: string;

  constructor(
    private readonly parts: ExchangeParts,
    private readonly now: () => number,
  ) {
    this.#folder = join(parts.store.folder, "imports");
    // What an earlier run left is of no use to anybody.
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Keeps a file that somebody brings, as it comes; gives the name by which it is imported, or dropped.
   * @param keepFree octets of the disk that are left to others
   * @throws Refusal "noSpace"
   */
  async keep(octets: AsyncIterable<Uint8Array>, keepFree: number): Promise<string> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const name = randomUUID();
    const file = await open(join(this.#folder, name), "wx", 0o600);
    try {
      let unasked = 0;
      for await (const piece of octets) {
        unasked -= piece.length;
        if (unasked < 0) {
          const { bavail, bsize } = await statfs(this.#folder);
          if (bavail * bsize < keepFree + UNASKED) throw new Refusal("noSpace", "The disk is full.");
          unasked = UNASKED - piece.length;
        }
        await writeAll(file, piece);
      }
    } catch (thrown) {
      this.drop(name);
      throw thrown;
    } finally {
      await file.close();
    }
    return name;
  }

  /** Lets go of a file that was kept and is not imported. */
  drop(name: string): void {
    if (UPLOAD.test(name)) rmSync(join(this.#folder, name), { force: true });
  }

  /**
   * Begins to import a file: one that was kept, by its name, or any of this machine by its whole path.
   * @throws Refusal "notFound", "inUse" while another import into the mailbox goes on
   */
  async start(
    wish: ImportWish,
    file: { readonly kept: string } | { readonly path: string },
    mostOctets: number,
  ): Promise<Importing> {
    if (this.progress(wish.mailbox)?.state === "running")
      throw new Refusal("inUse", "Mail is being imported into this mailbox already. Wait for it, or stop it.");
    const source = await this.#source(file);
    const importing = new Importing(this.parts, source, wish, {
      mostOctets,
      now: this.now,
      fault: (thrown) => this.parts.store.events.fault("mailstore", "import mail", thrown),
    });
    this.#running.set(wish.mailbox, importing);
    return importing;
  }

  async #source(file: { readonly kept: string } | { readonly path: string }): Promise<Source> {
    const kept = "kept" in file;
    const noFile = () => new Refusal("notFound", "There is no such file, or it cannot be read here.");
    if (kept && !UPLOAD.test(file.kept)) throw noFile();
    const handle = await open(kept ? join(this.#folder, file.kept) : file.path, "r").catch(() => {
      throw noFile();
    });
    const { size } = await handle.stat();
    return {
      size,
      read: async (at, length) => {
        const octets = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
        const { bytesRead } = await handle.read(octets, 0, octets.length, at);
        return octets.subarray(0, bytesRead);
      },
      close: async () => {
        await handle.close();
        if (kept) this.drop(file.kept);
      },
    };
  }

  /** How the latest import into a mailbox stands. */
  progress(mailbox: number): ImportProgress | undefined {
    return this.#running.get(mailbox)?.progress;
  }

  /** @throws Refusal "invalid" where none goes on */
  stop(mailbox: number): void {
    if (this.progress(mailbox)?.state !== "running")
      throw new Refusal("invalid", "No mail is being imported into this mailbox.");
    this.#running.get(mailbox)?.stop();
  }

  /** Ends all that goes on, and waits for it. */
  async close(): Promise<void> {
    for (const importing of this.#running.values()) importing.stop();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}

async function writeAll(file: FileHandle, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length; ) at += (await file.write(octets, at, octets.length - at)).bytesWritten;
}
