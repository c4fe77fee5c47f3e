/**
 * Which files a letter has: those of the draft that is stored, of the message it forwards, and what just came from the browser. Pictures
 * that its text shows stand apart. A draft keeps pictures that its text no longer shows, since a change can be taken back; what is sent
 * has only those it shows.
 */
import type { DraftFile } from "../../../views/webmail/compose.tsx";
import { type Attachment, attachmentsOf } from "../../mime/attachments.ts";
import { Refusal } from "../../refusal.ts";
import type { ContentStore } from "../../store/content.ts";
import type { ContentWriter } from "../../store/content-writer.ts";
import type { LetterFile, LetterFiles } from "./composition.ts";
import type { Sheet } from "./desk.ts";
import { nameOf } from "./display.ts";
import { nameForFile } from "./download.ts";
import type { LetterForm } from "./letter-form.ts";
import type { StoredMessage } from "./message.ts";
import type { FilePart } from "./multipart.ts";
import { fileName, humanSize } from "./names.ts";
import type { Fields } from "./prefill.ts";
import { isPicture } from "./rendering.ts";
import { picturesOf } from "./tidy.ts";

/** A picture of that Content-ID in a message. */
export function pictureOf(message: StoredMessage | undefined, contentId: string): Attachment | undefined {
  if (message === undefined) return undefined;
  return attachmentsOf(message.structure).find((file) => file.contentId === contentId && isPicture(file));
}

/** Pictures that stand, or stood, in the text of a letter; a plain one has none. */
const inText = (file: Attachment, format: Fields["format"]): boolean =>
  format === "rich" && file.inline && file.contentId !== undefined && isPicture(file);

/** The files of a draft that are listed below its text. */
export function shownAsFiles(stored: StoredMessage | undefined, format: Fields["format"]): Attachment[] {
  if (stored === undefined) return [];
  return attachmentsOf(stored.structure).filter((file) => !inText(file, format));
}

/** The name by which a message that goes along whole is ticked. */
const WHOLE = "whole";

/** The files of a forwarded message that may go along; or the message itself. */
export function offeredFiles(
  source: StoredMessage | undefined,
  { format, html }: Fields,
  enclosed: boolean,
): (DraftFile & { readonly taken: boolean })[] {
  if (source === undefined) return [];
  if (enclosed) return [{ part: WHOLE, name: `${nameForFile(source)}.eml`, size: humanSize(source.size), taken: true }];
  const shown = format === "rich" ? picturesOf(html) : new Set<string>();
  return attachmentsOf(source.structure)
    .filter((file) => !(shown.has(file.contentId ?? "") && isPicture(file)))
    .map((file) => ({ ...described(file), taken: !file.inline }));
}

/** A file as the page lists it. */
export const described = (file: Attachment): DraftFile => ({
  part: file.partNumber,
  name: nameOf(file),
  size: humanSize(file.size),
});

/**
 * The files of the next version of a letter.
 * @param stored the version before
 * @param source the message it is about
 * @param most octets of all files together
 * @param pictures "shown": only those the text shows
 * @throws Refusal "invalid" for a picture that is none; "tooLarge" while the files are read
 */
export function lettersFiles(
  form: LetterForm,
  { fields, subject }: Sheet,
  stored: StoredMessage | undefined,
  source: StoredMessage | undefined,
  most: number,
  pictures: "all" | "shown",
): LetterFiles {
  const { format } = fields;
  const kept = stored === undefined ? [] : attachmentsOf(stored.structure);
  const left = new Left(most - kept.reduce((sum, file) => sum + file.size, 0), most);
  const wanted = picturesOf(format === "rich" ? fields.html : "");
  const standing = kept.filter((file) => inText(file, format));
  const known = new Set(standing.map(({ contentId }) => contentId));
  const quoted = [...wanted].filter((id) => !known.has(id)).map((id) => pictureOf(source, id));
  return {
    pictures: [
      ...(stored === undefined
        ? []
        : standing
            .filter((file) => pictures === "all" || wanted.has(file.contentId ?? ""))
            .map((file) => partOf(stored, file))),
      ...(source === undefined ? [] : quoted.filter((file) => file !== undefined).map((file) => partOf(source, file))),
      ...(form.picture === undefined ? [] : [uploadedPicture(form.picture, form.values, left)]),
    ],
    files: otherFiles(form, format, stored, subject?.kind === "forward" ? source : undefined, left),
  };
}

/** Files that were received whole, as a form; until `release` they lie in the store, referred to by nothing. */
export async function received(
  form: LetterForm,
  content: ContentStore,
): Promise<{ form: LetterForm; release: () => Promise<void> }> {
  const writers: ContentWriter[] = [];
  const release = async () => {
    for (const writer of writers) await writer.abort();
  };
  const receive = async (file: FilePart): Promise<FilePart> => {
    const writer = content.writer();
    writers.push(writer);
    for await (const chunk of file.body) await writer.write(chunk);
    const staged = await writer.finish({ park: true });
    return { ...file, body: content.streamStaged(staged) };
  };
  try {
    const picture = form.picture && (await receive(form.picture));
    const files: FilePart[] = [];
    for await (const file of form.files) files.push(await receive(file));
    return { form: { ...form, picture, files: each(files) }, release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function* each(files: readonly FilePart[]): AsyncGenerator<FilePart> {
  yield* files;
}

async function* otherFiles(
  { values, take, files }: LetterForm,
  format: Fields["format"],
  stored: StoredMessage | undefined,
  forwarded: StoredMessage | undefined,
  left: Left,
): AsyncGenerator<LetterFile> {
  for (const file of shownAsFiles(stored, format)) {
    if (stored !== undefined && file.partNumber !== values.remove) yield partOf(stored, file);
  }
  // With its first version the draft takes over what is ticked.
  if (stored === undefined && forwarded !== undefined) {
    if (take.includes(WHOLE))
      yield { kind: "message", content: forwarded.content, name: `${nameForFile(forwarded)}.eml` };
    for (const file of attachmentsOf(forwarded.structure)) {
      if (take.includes(file.partNumber)) yield partOf(forwarded, file);
    }
  }
  for await (const { fileName: name, type, body } of files) {
    // A browser sends an empty part where no file was chosen.
    if (name !== "") yield { kind: "file", name: fileName(name, "attachment"), type, body: left.count(body) };
  }
}

const partOf = (message: StoredMessage, { part }: Attachment): LetterFile => ({
  kind: "part",
  content: message.content,
  part,
});

/** RFC 2392 §2: as a Message-ID is written; the browser makes it up. */
const CONTENT_ID = /^[\w.-]{1,64}@[\w.-]{1,128}$/;
/** Types that browsers only draw. */
const PICTURE = /^image\/(?:png|jpe?g|gif|webp|bmp|avif)$/;

function uploadedPicture(
  { fileName: name, type, body }: FilePart,
  values: LetterForm["values"],
  left: Left,
): LetterFile {
  const contentId = values.cid ?? "";
  if (!PICTURE.test(type) || !CONTENT_ID.test(contentId) || values.format !== "rich")
    throw new Refusal("invalid", "This cannot stand in the text as a picture. Attach it as a file instead.");
  return { kind: "file", name: fileName(name, "picture"), type, body: left.count(body), contentId };
}

/** Octets that may still come. */
class Left {
  constructor(
    private octets: number,
    private readonly most: number,
  ) {}

  async *count(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.octets -= chunk.length;
      if (this.octets < 0)
        throw new Refusal("tooLarge", `The files of one message may have ${humanSize(this.most)} together.`);
      yield chunk;
    }
  }
}
