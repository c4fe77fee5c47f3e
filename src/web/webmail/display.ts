/** From a stored message to the values that the reading pane draws. */

import type { IconName } from "../../../views/parts/icon.tsx";
import { momentWords } from "../../../views/parts/telling.tsx";
import type { AttachmentLink, Body, MailMessage, Person } from "../../../views/webmail/message.tsx";
import { FLAGGED } from "../../mailstore/flags.ts";
import { type Attachment, attachmentsOf } from "../../mime/attachments.ts";
import type { Access, RoledFolder } from "./access.ts";
import { addressOf, restoreWords } from "./listing.ts";
import type { StoredMessage } from "./message.ts";
import { fileName, humanSize, oneLine } from "./names.ts";
import { peopleOf, pretendsToBeAnother } from "./people.ts";
import { folderHref, folderLabel, moveTargets } from "./rail.ts";
import { isPicture, type ReadingWish, type Rendered, type Renderings } from "./rendering.ts";
import { readText } from "./text.ts";
import { initialsOf, toneOf } from "./words.ts";

/** Where the reader comes from, and how he wants to see the message. */
export interface OpenWish extends ReadingWish {
  readonly page: number;
  readonly query: string;
}

const MOST_ATTACHMENTS = 200;

/** Usual file names for parts that have none. */
const NAMELESS: readonly (readonly [RegExp, string])[] = [
  [/^message\/(?:rfc822|global)$/, "message.eml"],
  [/^message\/delivery-status$/, "delivery-report.txt"],
  [/^text\/calendar$/, "invitation.ics"],
  [/^text\/(?:x-)?vcard$/, "contact.vcf"],
  [/^text\/html$/, "text.html"],
  [/^text\//, "text.txt"],
  [/^image\/jpe?g$/, "picture.jpg"],
  [/^image\/(png|gif|webp|avif|bmp)$/, "picture.$1"],
  [/^application\/pdf$/, "document.pdf"],
];

const ICONS: readonly (readonly [RegExp, IconName])[] = [
  [/^image\//, "image"],
  [/^(?:audio|video)\//, "play"],
  [/^message\//, "mail"],
  [/^text\/calendar/, "clock"],
  [/^text\/(?:x-)?vcard/, "contacts"],
  [/^application\/(?:zip|gzip|x-tar|x-7z|x-rar|vnd\.rar)/, "archive"],
  [/^(?:text|application\/(?:pdf|msword|vnd\.(?:openxmlformats|oasis|ms-)))/, "draft"],
];

/** A file's name for saving it, whatever its sender called it. */
export function nameOf(file: Attachment): string {
  const usual = NAMELESS.find(([type]) => type.test(file.mediaType));
  return fileName(file.fileName, usual === undefined ? "attachment" : file.mediaType.replace(...usual));
}

/** Draws the values together. */
export async function displayMessage(
  about: {
    readonly access: Access;
    readonly renderings: Renderings;
    readonly folder: RoledFolder;
    readonly now: number;
  },
  message: StoredMessage,
  wish: OpenWish,
): Promise<MailMessage> {
  const { access, renderings, folder, now } = about;
  const { envelope, uid } = message;
  const here = `${folderHref(folder.id)}/m/${uid}`;
  const author = envelope.from[0];
  const from: Person =
    author === undefined ? { name: "", address: "" } : (peopleOf([author])[0] ?? { name: "", address: "" });
  const sender = peopleOf(envelope.sender)[0];
  const rendered = await renderings.render(message, wish);
  const at = envelope.date?.time ?? message.internalDate;
  const name = from.name || from.address;
  return {
    uid,
    subject: oneLine(envelope.subject, 2000) || "(no subject)",
    from,
    sender: sender !== undefined && sender.address !== from.address ? sender : undefined,
    replyTo: peopleOf(envelope.replyTo).filter((person) => person.address !== from.address),
    to: peopleOf(envelope.to),
    cc: peopleOf(envelope.cc),
    bcc: peopleOf(envelope.bcc),
    at: clampDate(at, message.internalDate),
    when: momentWords(clampDate(at, message.internalDate), now),
    initials: initialsOf(name),
    tone: toneOf(name),
    flagged: (message.flags.system & FLAGGED) !== 0,
    body: bodyOf(rendered, wish, folder.id, uid),
    warnings: warningsOf(from, envelope.from.length, rendered),
    attachments: attachmentLinks(message, rendered, here),
    role: folder.role,
    restoresTo: restoreWords(access.restoresTo(folder)),
    moveTo: moveTargets(access, folder),
    actHref: `${folderHref(folder.id)}/act`,
    listHref: addressOf(folder.id, undefined, wish),
    listTitle: folderLabel(folder),
    back: addressOf(folder.id, uid, wish),
    links: {
      reply: `/mail/compose?reply=${folder.id}.${uid}`,
      replyAll: `/mail/compose?all=${folder.id}.${uid}`,
      forward: `/mail/compose?forward=${folder.id}.${uid}`,
      source: `${here}/source`,
      headers: `${here}/headers`,
      download: `${here}/message.eml`,
      otherView: otherView(rendered, wish, here),
      edit: folder.ownDrafts ? `/mail/compose?draft=${folder.id}.${uid}` : undefined,
    },
  };
}

function bodyOf(rendered: Rendered, wish: OpenWish, folder: number, uid: number): Body {
  if (rendered.kind === "text") {
    const compose = (address: string) => `/mail/compose?mailto=${encodeURIComponent(`mailto:${address}`)}`;
    return { kind: "text", blocks: readText(rendered.text, rendered.format, compose), clipped: rendered.clipped };
  }
  const show = new URL(addressOf(folder, uid, wish), "http://here");
  show.searchParams.set("pictures", "1");
  return {
    kind: "html",
    frameHref: `${folderHref(folder)}/m/${uid}/body${wish.pictures ? "?pictures=1" : ""}`,
    held: rendered.remotePictures,
    showHref: show.pathname + show.search,
    shown: wish.pictures,
    clipped: rendered.clipped,
  };
}

function otherView(rendered: Rendered, wish: OpenWish, here: string) {
  if (wish.asText) return { label: "View with its formatting", href: here };
  return rendered.kind === "html" ? { label: "View as text", href: `${here}?view=text` } : undefined;
}

function warningsOf(from: Person, authors: number, rendered: Rendered): string[] {
  const warnings: string[] = [];
  if (pretendsToBeAnother(from)) {
    warnings.push(
      `The name of the sender looks like an address, but the message comes from another one: ${from.address}.`,
    );
  }
  if (authors > 1) warnings.push("This message names several authors; only the first is shown. That is unusual.");
  if (rendered.kind === "text" && rendered.warning !== undefined) warnings.push(rendered.warning);
  return warnings;
}

/** Files that are listed: all but the pictures that stand in the text. */
function attachmentLinks(message: StoredMessage, rendered: Rendered, here: string): AttachmentLink[] {
  const shown = new Set(rendered.kind === "html" ? [...rendered.pictures.values()] : []);
  return attachmentsOf(message.structure)
    .filter((file) => !shown.has(file.part))
    .slice(0, MOST_ATTACHMENTS)
    .map((file) => {
      const href = `${here}/part/${file.partNumber}`;
      return {
        name: nameOf(file),
        size: humanSize(file.size),
        icon: ICONS.find(([type]) => type.test(file.mediaType))?.[1] ?? "attachment",
        href,
        viewHref: isPicture(file) ? `${href}?view=1` : undefined,
      };
    });
}

/** A Date that no calendar holds, or that lies far in the future, is not shown as if it were one. */
function clampDate(at: number, internalDate: number): number {
  const plausible = Number.isFinite(at) && at > -62_135_596_800_000 && at < internalDate + 366 * 86_400_000;
  return plausible ? at : internalDate;
}
