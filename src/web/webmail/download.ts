/**
 * Parts of messages as files: never as pages of this site. A download says "attachment", its type is one that no browser runs, and
 * even where somebody opens its address by itself it stands in a sandbox without anything (polyglots, HTML called a picture).
 */

import { t } from "../../../views/words/words.ts";
import { type Attachment, attachmentsOf } from "../../mime/attachments.ts";
import type { Part } from "../../mime/structure.ts";
import type { PackedFile } from "../../mime/tnef.ts";
import { zip } from "../../mime/zip.ts";
import { Refusal } from "../../refusal.ts";
import { nameOf } from "./display.ts";
import { type Messages, partOf, type StoredMessage } from "./message.ts";
import { contentDisposition, DistinctNames, fileName, oneLine } from "./names.ts";
import { isPdf, isPicture } from "./rendering.ts";

/** Types that a browser may be told: it hands them to another program or plays them. Anything else is octets. */
const TOLD =
  /^(?:image\/(?:png|jpeg|gif|webp|bmp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/(?:pdf|zip|msword|vnd\.(?:openxmlformats-officedocument|oasis\.opendocument|ms-(?:excel|powerpoint))[\w.+-]*)|text\/calendar|text\/vcard|message\/rfc822)$/;

/** Headers of what may never be a page of this site. */
export const SEALED: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "private, no-store",
};

/**
 * What a PDF may do that is looked at. Browsers show it in a viewer of their own, which does not start in a sandbox; its type and `nosniff`
 * see to it that nothing else is made of it.
 */
const PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** A stream for a response: pulls only as fast as the browser reads. */
export function bodyStream(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** One part as a download, or with `view` as a picture or PDF to look at. @throws Refusal "notFound" */
export function partResponse(messages: Messages, message: StoredMessage, number: string, view: boolean): Response {
  const part = partOf(message, number);
  const file = attachmentsOf(message.structure).find((one) => one.part === part);
  const pdf = file !== undefined && isPdf(file);
  const looking = view && file !== undefined && (isPicture(file) || pdf);
  if (view && !looking) throw new Refusal("notFound", "This cannot be looked at here; save it instead.");
  return new Response(bodyStream(messages.decoded(message.content, part)), {
    headers: {
      ...SEALED,
      ...(looking && pdf && { "content-security-policy": PDF_POLICY }),
      "content-type": typeOf(part),
      "content-disposition": contentDisposition(looking ? "inline" : "attachment", downloadName(file, part)),
    },
  });
}

function typeOf(part: Part): string {
  const type = `${part.type}/${part.subtype}`;
  return TOLD.test(type) ? type : "application/octet-stream";
}

function downloadName(file: Attachment | undefined, part: Part): string {
  return file === undefined ? `part-${part.partNumber}.${part.subtype === "html" ? "html" : "txt"}` : nameOf(file);
}

/** The whole message as a file. */
export function messageResponse(messages: Messages, message: StoredMessage): Response {
  return new Response(bodyStream(messages.stream(message.content)), {
    headers: {
      ...SEALED,
      "content-type": "message/rfc822",
      "content-length": String(message.size),
      "content-disposition": contentDisposition("attachment", `${nameForFile(message)}.eml`),
    },
  });
}

/** All files of a message in one archive. @throws Refusal "notFound" */
export function archiveResponse(messages: Messages, message: StoredMessage): Response {
  const files = attachmentsOf(message.structure);
  if (files.length === 0) throw new Refusal("notFound", t("This message has no attachments."));
  const names = new DistinctNames();
  const listed = files.map((file) => ({
    name: names.give(nameOf(file)),
    at: message.internalDate,
    content: messages.decoded(message.content, file.part),
  }));
  return new Response(bodyStream(zip(listed)), {
    headers: {
      ...SEALED,
      "content-type": "application/zip",
      "content-disposition": contentDisposition("attachment", `${nameForFile(message)}.zip`),
    },
  });
}

/** A file that was packed in another, for saving. */
export const packedResponse = ({ name, octets }: PackedFile): Response =>
  new Response(octets as BodyInit, {
    headers: {
      ...SEALED,
      "content-type": "application/octet-stream",
      "content-disposition": contentDisposition("attachment", fileName(name, "attachment")),
    },
  });

/** What a message is called as a file. */
export const nameForFile = ({ envelope }: Pick<StoredMessage, "envelope">): string =>
  fileName(oneLine(envelope.subject, 80).replace(/[/\\]/g, "-"), "message");

/** The octets of a message as text in the browser. */
export function sourceResponse(messages: Messages, message: StoredMessage): Response {
  return new Response(bodyStream(messages.stream(message.content)), {
    headers: {
      ...SEALED,
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": contentDisposition("inline", "message.txt"),
    },
  });
}
