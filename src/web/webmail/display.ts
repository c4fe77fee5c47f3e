/** From a stored message to the values that the reading pane draws. */

import type { IconName } from "../../../views/parts/icon.tsx";
import { momentWords } from "../../../views/parts/telling.tsx";
import type {
  AttachmentLink,
  Body,
  MailMessage,
  OtherView,
  Person,
  PictureChoice,
  Warning,
} from "../../../views/webmail/message.tsx";
import type { Offer } from "../../../views/webmail/offers.tsx";
import { TEMPLATES } from "../../../views/webmail/options-templates.tsx";
import { t } from "../../../views/words/words.ts";
import { FLAGGED } from "../../mailstore/flags.ts";
import { type Attachment, attachmentsOf } from "../../mime/attachments.ts";
import { octetsIn, type Part } from "../../mime/structure.ts";
import type { Access, RoledFolder } from "./access.ts";
import type { PictureSender } from "./letters.ts";
import { addressOf, restoreWords } from "./listing.ts";
import type { StoredMessage } from "./message.ts";
import { fileName, humanSize, oneLine } from "./names.ts";
import type { PackedEntry } from "./packed.ts";
import { peopleOf } from "./people.ts";
import { folderHref, folderLabel, moveTargets, ruleHref } from "./rail.ts";
import { isPdf, isPicture, type ReadingWish, type Rendered } from "./rendering.ts";
import { readText } from "./text.ts";
import { initialsOf, toneOf } from "./words.ts";

/** Where the reader comes from, and how he wants to see the message. */
export interface OpenWish extends ReadingWish {
  readonly page: number;
  readonly query: string;
}

const MOST_ATTACHMENTS = 200;
/** Octets of a picture, as sent, that is shown below the text without being asked for. */
const LARGEST_THUMB = 3_000_000;

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

/** What is known around a message. */
export interface About {
  readonly access: Access;
  readonly folder: RoledFolder;
  readonly now: number;
  readonly rendered: Rendered;
  readonly warnings: readonly Warning[];
  readonly offers: readonly Offer[];
  /** The files in parts that hold some. */
  readonly packed: ReadonlyMap<Part, readonly PackedEntry[]>;
  /** Undefined where it may be somebody else who wrote. */
  readonly pictureSender: PictureSender | undefined;
}

/** Draws the values together. */
export function displayMessage(about: About, message: StoredMessage, wish: OpenWish): MailMessage {
  const { access, folder, now, rendered } = about;
  const { envelope, uid } = message;
  const here = `${folderHref(folder.id)}/m/${uid}`;
  const author = envelope.from[0];
  const from: Person =
    author === undefined ? { name: "", address: "" } : (peopleOf([author])[0] ?? { name: "", address: "" });
  const sender = peopleOf(envelope.sender)[0];
  const at = envelope.date?.time ?? message.internalDate;
  const name = from.name || from.address;
  return {
    uid,
    subject: oneLine(envelope.subject, 2000) || t("(no subject)"),
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
    body: bodyOf(rendered, wish, folder.id, uid, about.pictureSender),
    warnings: about.warnings,
    offers: about.offers,
    attachments: attachmentLinks(message, about, here),
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
      enclose: `/mail/compose?enclose=${folder.id}.${uid}`,
      redirect: `/mail/compose/redirect?message=${folder.id}.${uid}`,
      source: `${here}/source`,
      headers: `${here}/headers`,
      why: `${here}/why`,
      template: `${TEMPLATES}/new?like=${folder.id}.${uid}`,
      rule: access.owns(folder.user, folder) ? ruleHref(folder, uid) : undefined,
      download: `${here}/message.eml`,
      zip: `${here}/attachments.zip`,
      views: otherViews(rendered, wish, here),
      edit: folder.ownDrafts ? `/mail/compose?draft=${folder.id}.${uid}` : undefined,
    },
  };
}

function bodyOf(
  rendered: Rendered,
  wish: OpenWish,
  folder: number,
  uid: number,
  pictureSender: About["pictureSender"],
): Body {
  if (rendered.kind === "text") {
    const compose = (address: string) => `/mail/compose?mailto=${encodeURIComponent(`mailto:${address}`)}`;
    return { kind: "text", blocks: readText(rendered.text, rendered.format, compose), clipped: rendered.clipped };
  }
  const here = `${folderHref(folder)}/m/${uid}`;
  const show = new URL(addressOf(folder, uid, wish), "http://here");
  show.searchParams.set("pictures", "1");
  const wishes = new URLSearchParams({
    ...(wish.pictures && { pictures: "1" }),
    ...(wish.originalColours && { colours: "1" }),
  });
  const sender: PictureChoice | undefined = pictureSender && { ...pictureSender, href: `${here}/pictures` };
  return {
    kind: "html",
    frameHref: `${here}/body${wishes.size > 0 ? `?${wishes}` : ""}`,
    remote: rendered.remotePictures,
    showHref: show.pathname + show.search,
    shown: wish.pictures,
    sender,
    clipped: rendered.clipped,
  };
}

function otherViews(rendered: Rendered, wish: OpenWish, here: string): OtherView[] {
  const wishes = new URLSearchParams({ ...(wish.asText && { view: "text" }), ...(wish.pictures && { pictures: "1" }) });
  const printed = `${here}/print${wishes.size > 0 ? `?${wishes}` : ""}`;
  const print: OtherView = { label: t("Print"), icon: "print", href: printed, apart: true };
  if (wish.asText) return [{ label: t("View with its formatting"), icon: "log", href: here }, print];
  if (rendered.kind !== "html") return [print];
  const colours: OtherView = wish.originalColours
    ? { label: t("View in my colours"), icon: "moon", href: here }
    : { label: t("View in its own colours"), icon: "sun", href: `${here}?colours=1` };
  return [
    { label: t("View as text"), icon: "log", href: `${here}?view=text` },
    ...(rendered.coloured ? [colours] : []),
    print,
  ];
}

/** Files that are listed: all but the pictures that stand in the text. */
function attachmentLinks(message: StoredMessage, { rendered, packed }: About, here: string): AttachmentLink[] {
  const shown = new Set(rendered.kind === "html" ? [...rendered.pictures.values()] : []);
  return attachmentsOf(message.structure)
    .filter((file) => !shown.has(file.part))
    .slice(0, MOST_ATTACHMENTS)
    .flatMap((file): AttachmentLink[] => {
      const href = `${here}/part/${file.partNumber}`;
      const inside = packed.get(file.part) ?? [];
      if (inside.length > 0)
        return inside.map((one, number) => packedLink(one, `${here}/packed/${file.partNumber}/${number}`));
      const link = {
        name: nameOf(file),
        size: humanSize(file.size),
        icon: ICONS.find(([type]) => type.test(file.mediaType))?.[1] ?? "attachment",
        href,
        viewHref: isPicture(file) || isPdf(file) ? `${href}?view=1` : undefined,
        picture: isPicture(file) && octetsIn(file.part) <= LARGEST_THUMB,
      };
      return [link];
    });
}

const packedLink = ({ name, size, mediaType }: PackedEntry, href: string): AttachmentLink => ({
  ...{ name, size: humanSize(size), href },
  icon: ICONS.find(([type]) => type.test(mediaType))?.[1] ?? "attachment",
  ...{ viewHref: undefined, picture: false },
});

/** A Date that no calendar holds, or that lies far in the future, is not shown as if it were one. */
function clampDate(at: number, internalDate: number): number {
  const plausible = Number.isFinite(at) && at > -62_135_596_800_000 && at < internalDate + 366 * 86_400_000;
  return plausible ? at : internalDate;
}
