/**
 * The URLs by which a client names octets of messages on this server (RFC 5092, RFC 4469 §3, RFC 5550 §3.4): pure.
 * "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.2/;partial=0.1024", or ";UID=20" in the selected folder.
 */
import { fetchItems, type OctetRange, type Section } from "./fetch-items.ts";
import { GrammarError, inboxName, LiteralPending, Parser } from "./parse.ts";

/** Octets of a message. */
export interface MessageUrl {
  /** The folder's name; undefined for the one that is selected. */
  readonly folder: string | undefined;
  readonly uidValidity: number | undefined;
  readonly uid: number;
  readonly section: Section;
  /** A part of the section; to its end where the count is left out. */
  readonly partial: OctetRange | undefined;
}

const URL_PARTS =
  /^(?:\/(?<folder>[^;]+?)(?:;UIDVALIDITY=(?<validity>[1-9]\d{0,9}))?\/)?;UID=(?<uid>[1-9]\d{0,9})(?:\/;SECTION=(?<section>[^;]+?))?(?:\/;PARTIAL=(?<offset>\d{1,15})(?:\.(?<count>[1-9]\d{0,14}))?)?$/i;

/** Reads a URL; undefined for one that is none, or of another server. */
export function messageUrl(text: string): MessageUrl | undefined {
  const parts = URL_PARTS.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const folder = decoded(parts.folder);
  const section = sectionOf(decoded(parts.section) ?? "");
  if (section === undefined || folder === undefined) {
    if (section === undefined || parts.folder !== undefined) return undefined;
  }
  const { validity, uid, offset, count } = parts;
  return {
    folder: folder === undefined ? undefined : inboxName(folder.normalize("NFC")),
    uidValidity: validity === undefined ? undefined : Number(validity),
    uid: Number(uid),
    section,
    partial: offset === undefined ? undefined : { offset: Number(offset), count: count ? Number(count) : Infinity },
  };
}

/** Undefined for what is not UTF-8 in percent signs, or holds what no name holds. */
function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const plain = decodeURIComponent(text);
    return /[\0\r\n]/.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}

/** What stands in the brackets of BODY[…]. */
function sectionOf(text: string): Section | undefined {
  const p = new Parser({ lines: [Buffer.from(`BODY.PEEK[${text}]`)], literals: [] });
  try {
    const [item] = fetchItems(p);
    p.end();
    return item?.kind === "section" && item.partial === undefined ? item.section : undefined;
  } catch (thrown) {
    if (thrown instanceof GrammarError || thrown instanceof LiteralPending) return undefined;
    throw thrown;
  }
}

/** A URL as it may stand in a response code (RFC 4469 §5 `url-resp-text`). */
export function urlText(text: string): string {
  return text.replace(/[^\x21-\x5b\x5e-\x7e]/gu, (char) => encodeURIComponent(char.toWellFormed()).slice(0, 12));
}
