/** The files in a message. */

import { textOfOctets } from "./octets.ts";
import { textParameter } from "./parameters.ts";
import { octetsIn, type Part, type Structure } from "./structure.ts";

/** A part that is a file to its reader. */
export interface Attachment {
  readonly part: Part;
  readonly partNumber: string;
  /** Decoded (RFC 2231, RFC 2047), without folders and control characters; "" if the sender gave none. */
  readonly fileName: string;
  /** E.g. "application/pdf". */
  readonly mediaType: string;
  /** Octets after decoding; for encoded parts an estimate that is off by a few. */
  readonly size: number;
  /** Shown within the text, such as an image of an HTML body: not a file its reader would look for. */
  readonly inline: boolean;
  /** Content-ID without angle brackets, by which HTML refers to it (RFC 2392). */
  readonly contentId: string | undefined;
}

/** The attachments of a message in their order, those of inner messages not included. */
export function attachmentsOf(structure: Structure): Attachment[] {
  const found: Attachment[] = [];
  collect(structure.root, undefined, found);
  return found;
}

function collect(part: Part, parent: Part | undefined, found: Attachment[]): void {
  if (part.children.length > 0) {
    for (const child of part.children) collect(child, part, found);
  } else if (isAttachment(part, parent)) found.push(describe(part, parent));
}

/** Text that is neither called an attachment nor named is there to be read; so are other forms of it. */
function isAttachment(part: Part, parent: Part | undefined): boolean {
  if (part.disposition?.type === "attachment") return true;
  if (part.type !== "text") return true;
  if (fileNameOf(part) !== "") return part.disposition !== undefined || parent?.subtype !== "alternative";
  return part.subtype === "rfc822-headers";
}

function describe(part: Part, parent: Part | undefined): Attachment {
  const contentId = part.id === undefined ? undefined : textOfOctets(part.id).replace(/^<|>$/g, "");
  return {
    part,
    partNumber: part.partNumber,
    fileName: fileNameOf(part),
    mediaType: `${part.type}/${part.subtype}`,
    size: decodedSize(part),
    inline: isInline(part, parent, contentId),
    contentId,
  };
}

function isInline(part: Part, parent: Part | undefined, contentId: string | undefined): boolean {
  if (part.disposition?.type === "attachment") return false;
  const ofText = parent?.subtype === "related" && parent.children[0] !== part && contentId !== undefined;
  return ofText || (part.disposition?.type === "inline" && contentId !== undefined && part.type === "image");
}

/** The file name of a part: `filename` (RFC 2183), else `name` (RFC 2045); "" if there is none. */
export function fileNameOf(part: Part): string {
  const name =
    (part.disposition && textParameter(part.disposition.params, "filename")) ?? textParameter(part.params, "name");
  if (!name) return "";
  const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  return base.replace(/[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "").trim();
}

/** How many octets the body has after decoding; exact where there is no encoding. */
function decodedSize(part: Part): number {
  const octets = octetsIn(part);
  if (part.encoding === "base64") return Math.max(0, Math.floor(((octets - 2 * part.lines) * 3) / 4));
  if (part.encoding.endsWith("uuencode") || part.encoding === "x-uue") return Math.floor((octets * 44) / 63);
  return octets;
}

/** Whether the message has files its reader would look for. */
export function hasAttachments(structure: Structure): boolean {
  return attachmentsOf(structure).some((attachment) => !attachment.inline);
}
