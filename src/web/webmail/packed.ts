/** The files in winmail.dat, listed and saved as if they were attachments of the message itself. */

import { t } from "../../../views/words/words.ts";
import { attachmentsOf } from "../../mime/attachments.ts";
import { octetsIn, type Part } from "../../mime/structure.ts";
import { type PackedFile, unpackTnef } from "../../mime/tnef.ts";
import { Refusal } from "../../refusal.ts";
import { type Messages, partOf, type StoredMessage } from "./message.ts";

/** Octets, as sent, that are opened of all in a message: they are held in memory whole. */
const LARGEST = 40_000_000;
const MOST_PARTS = 3;

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

/** The files in a part; the message's HTML is one of them. None for what cannot be read. */
export async function filesIn(messages: Messages, message: StoredMessage, part: Part): Promise<PackedFile[]> {
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
