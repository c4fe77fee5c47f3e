/**
 * What mailing lists add to the mail they pass on: a mark in the subject, a footer. It is the same on what members write and on the junk
 * that slips through, so it must not vouch for either. Pure.
 */
import type { Header } from "../../mime/header.ts";

/** Fields that lists set (RFC 2369, RFC 2919) and those of their programs. */
export const LIST_FIELDS =
  /^(list-|x-beenthere|x-mailman|x-mailing-list|x-list|x-loop|mailing-list|sender$|errors-to|precedence|mail-followup-to|x-original-date|x-reply-to|x-egroups|x-yahoogroups)/;

const MARK = /^((?:(?:re|fwd?|aw|sv)\s*:\s*){0,4})\[[^\]]{1,40}\]\s*/i;
/** Characters at the end of a text in which a footer is looked for. */
const FOOTER_WITHIN = 900;
const RULER = /^(?:[_=*#-]{10,}|-- ?)[ \t]*\r?$/m;
const OF_LIST = /\blists?\b|subscri|archive|maintainer|https?:/i;
const LAST_LINES = /^\s*(?:to (?:un)?subscribe|unsubscribe|https?:\/\/\S{1,100}\/(?:listinfo|mailman)\/)/im;

/** Whether a message came by a mailing list. */
export function isOfList(header: Header): boolean {
  return ["list-id", "list-post", "mailing-list", "x-mailing-list", "x-beenthere"].some(
    (key) => header.field(key) !== undefined,
  );
}

/** A subject without the mark of a list. */
export function unmarked(subject: string): string {
  return subject.replace(MARK, "$1");
}

/** A text without the footer of a list. */
export function withoutFooter(text: string): string {
  const from = Math.max(0, text.length - FOOTER_WITHIN);
  const tail = text.slice(from);
  const ruler = RULER.exec(tail)?.index;
  if (ruler !== undefined && OF_LIST.test(tail.slice(ruler))) return text.slice(0, from + ruler);
  const last = LAST_LINES.exec(tail)?.index;
  return last === undefined ? text : text.slice(0, from + last);
}
