/** The files in winmail.dat, listed and saved as if they were attachments of the message itself. */

import { t } from "../../../views/words/words.ts";
import { attachmentsOf } from "../../mime/attachments.ts";
import { octetsIn, type Part } from "../../mime/structure.ts";
import { type PackedFile, unpackTnef } from "../../mime/tnef.ts";
import { Refusal } from "../../refusal.ts";
import { type Messages, partOf, type StoredMessage } from "./message.ts";
import { fileName } from "./names.ts";

/** Octets, as sent, that are opened of all in a message: they are held in memory whole. */
const LARGEST = 40_000_000;
const MOST_PARTS = 3;
/** Lists that are remembered, of 200 files at most. */
const MOST_KEPT = 50;

/** The parts of a message that are packed so (MS-OXCMAIL §2.2.3.4.1.1). */
export function packedParts({ structure }: StoredMessage): Part[] {
  const packed = attachmentsOf(structure).filter(({ mediaType }) => mediaType.endsWith("/ms-tnef"));
  const parts: Part[] = [];
  let left = LARGEST;
  for (const { part } of packed.slice(0, MOST_PARTS)) {
    left -= octetsIn(part);
    if (left >= 0) parts.push(part);
  }
  return parts;
}

/** A file in such a part, as a list says it. */
export interface PackedEntry {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
}

/** What is in such parts, remembered for a while: nothing is unpacked again for the names of its files alone. */
export class PackedLists {
  /** By content and part, in order of last use. */
  readonly #kept = new Map<string, readonly PackedEntry[]>();

  constructor(private readonly messages: Messages) {}

  /** The files in a part. */
  async of(message: StoredMessage, part: Part): Promise<readonly PackedEntry[]> {
    const key = `${message.content} ${part.partNumber}`;
    const entries = this.#kept.get(key) ?? (await filesIn(this.messages, message, part)).map(entryOf);
    this.#kept.delete(key);
    this.#kept.set(key, entries);
    const [oldest = key] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return entries;
  }
}

const entryOf = ({ name, mediaType, octets }: PackedFile): PackedEntry => ({
  ...{ name: fileName(name, "attachment"), mediaType, size: octets.length },
});

/** The files in a part; the message's HTML is one of them. None for what cannot be read. */
async function filesIn(messages: Messages, message: StoredMessage, part: Part): Promise<PackedFile[]> {
  const octets = Buffer.concat(await Array.fromAsync(messages.decoded(message.content, part)));
  const unpacked = unpackTnef(octets);
  if (unpacked === undefined) return [];
  const { files, html } = unpacked;
  return [...files, ...(html === undefined ? [] : [{ name: "message.html", mediaType: "text/html", octets: html }])];
}

/** One of them. @throws Refusal "notFound" */
export async function fileAt(
  messages: Messages,
  message: StoredMessage,
  partNumber: string,
  number: number,
): Promise<PackedFile> {
  const part = partOf(message, partNumber);
  const files = packedParts(message).includes(part) ? await filesIn(messages, message, part) : [];
  const file = files[number];
  if (file === undefined) throw new Refusal("notFound", t("There is no such file in this message."));
  return file;
}
