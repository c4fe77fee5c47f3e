/** Reads the sources of host lists piece by piece into hashes, and hashes back from the store. Others have their turns in between. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import type { Dialler } from "./dial.ts";
import { fetchList } from "./list-fetch.ts";
import { ListText } from "./list-text.ts";
import type { ReadList } from "./lists.ts";
import type { lists } from "./tables.ts";

/** The form in which hashes are kept; another number is read anew from the source. */
const VERSION = 1;
const HEAD_WORDS = 4;
/** Octets of a text that are read between two looks at the clock. */
const PIECE = 16_384;

type Source = Pick<typeof lists.$inferSelect, "source" | "location" | "etag" | "modified" | "content">;

export class ListReader {
  constructor(
    private readonly store: Store,
    private readonly dialler: Dialler,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads a source; undefined where it has not changed. @throws Refusal */
  source(source: Source, most: number): Promise<ReadList | undefined> {
    // Without what it said is good for, an answer "not changed" would be worth nothing.
    const known = source.content === null ? { etag: "", modified: "" } : validatorsOf(source);
    if (source.source === "url") return this.#url(source.location, known, most);
    if (source.source === "file") return this.#file(join(this.store.folder, "lists", source.location), known, most);
    return this.upload([Buffer.from(source.location)], most);
  }

  /** Reads a text that comes in pieces. @throws Refusal "tooLarge" */
  async upload(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, most: number): Promise<ReadList> {
    const text = new ListText();
    let room = most;
    for await (const piece of pieces) {
      room -= piece.length;
      if (room < 0) throw tooLarge();
      await this.#push(text, piece);
    }
    return await this.#stage(text, { etag: "", modified: "" });
  }

  async #url(url: string, known: { etag: string; modified: string }, most: number): Promise<ReadList | undefined> {
    const text = new ListText();
    const { dialler, signal } = this;
    const onPiece = (piece: Uint8Array) => this.#push(text, piece);
    const validators = await fetchList(url, { ...known, ...{ dialler, signal, most, onPiece } });
    return validators && (await this.#stage(text, validators));
  }

  async #file(path: string, known: { modified: string }, most: number): Promise<ReadList | undefined> {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw new Refusal("notFound", `There is no file ${path}.`);
    if (found.size > most) throw tooLarge();
    const modified = `${found.mtimeMs} ${found.size}`;
    if (modified === known.modified) return undefined;
    const text = new ListText();
    try {
      for await (const piece of createReadStream(path, { highWaterMark: PIECE, signal: this.signal })) {
        await this.#push(text, piece as Uint8Array);
      }
    } catch (error) {
      throw new Refusal("temporary", `The file ${path} cannot be read: ${String(error)}.`, { cause: error });
    }
    return await this.#stage(text, { etag: "", modified });
  }

  async #push(text: ListText, piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; at += PIECE) {
      text.push(piece.subarray(at, at + PIECE));
      if (this.store.turns.over) await this.store.turns.next();
    }
  }

  async #stage(text: ListText, validators: { etag: string; modified: string }): Promise<ReadList> {
    text.end();
    const [names, exceptions] = [text.names.pairs, text.exceptions.pairs];
    const writer = this.store.content.writer();
    await writer.write(octetsOf(Uint32Array.of(VERSION, names.length, exceptions.length, 0)));
    for (const pairs of [names, exceptions]) {
      const octets = octetsOf(pairs);
      for (let at = 0; at < octets.length; at += 4 * PIECE) await writer.write(octets.subarray(at, at + 4 * PIECE));
    }
    const staged = await writer.finish();
    return { staged, pairs: names, exceptions, skipped: text.skipped, ...validators };
  }
}

/** Reads the hashes that a content holds; undefined where they are of another form. */
export async function readPairs(
  store: Store,
  content: number,
): Promise<{ readonly pairs: Uint32Array; readonly exceptions: Uint32Array } | undefined> {
  const octets = new Uint8Array(store.content.size(content));
  let at = 0;
  for await (const piece of store.content.stream(content)) {
    octets.set(piece, at);
    at += piece.length;
  }
  const words = new Uint32Array(octets.buffer, 0, Math.floor(octets.length / 4));
  const [version, names = 0, exceptions = 0] = words;
  if (version !== VERSION) return undefined;
  const end = HEAD_WORDS + names;
  return { pairs: words.subarray(HEAD_WORDS, end), exceptions: words.subarray(end, end + exceptions) };
}

function validatorsOf({ etag, modified }: Source): { etag: string; modified: string } {
  return { etag: etag ?? "", modified: modified ?? "" };
}

function octetsOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function tooLarge(): Refusal {
  return new Refusal("tooLarge", "The list is larger than the setting gateway.listMegabytes allows.");
}
