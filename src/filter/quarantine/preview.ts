/** What somebody sees of a held message before he decides: its text as plain words, and the names of its files. Nothing of it is run or fetched. */
import { type Attachment, attachmentsOf } from "../../mime/attachments.ts";
import { StructureParser } from "../../mime/parser.ts";
import { shownText } from "../../mime/preview.ts";
import type { Store } from "../../store/store.ts";
import type { Held } from "./quarantine.ts";

export interface Preview {
  /** HTML as text, cut at a length. */
  readonly text: string;
  readonly files: readonly Pick<Attachment, "fileName" | "mediaType" | "size">[];
}

/** Characters of text, and files, that are shown. */
const LONGEST_TEXT = 10_000;
const MOST_FILES = 100;

/** Reads a held message. @throws Refusal "notFound" */
export async function previewHeld({ content }: Store, held: Pick<Held, "content" | "skip">): Promise<Preview> {
  const parser = new StructureParser();
  for await (const chunk of content.stream(held.content, held.skip)) parser.write(chunk);
  const structure = parser.end();
  const read = (start: number, end: number) => content.read(held.content, held.skip + start, held.skip + end);
  const files = attachmentsOf(structure).slice(0, MOST_FILES);
  return {
    text: shownText(structure, read, LONGEST_TEXT),
    files: files.map(({ fileName, mediaType, size }) => ({ fileName, mediaType, size })),
  };
}
