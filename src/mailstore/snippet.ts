/** Where a text stands in another, with what stands around it: for lists of what a search found. Pure. */
import { casemap } from "../mime/casemap.ts";

/** A match in its surroundings, white space made single spaces. */
export interface Snippet {
  /** Begins with "…" where more stands before. */
  readonly before: string;
  readonly match: string;
  /** Ends with "…" where more stands behind. */
  readonly after: string;
}

/** Characters that are mapped at a time on the way to a place. */
const STEP = 512;
const ELLIPSIS = "\u2026";

/**
 * The first place of a text in another, compared as searches compare.
 *
 * @param around characters before and after, at most; words are not cut
 * @param before characters before, where that are to be fewer
 * @example snippetOf("We meet for lunch at noon", "LUNCH", 9) // { before: "…meet for ", match: "lunch", after: " at noon" }
 */
export function snippetOf(text: string, needle: string, around = 60, before = around): Snippet | undefined {
  const flat = text.replace(/\s+/g, " ").trim();
  const wanted = casemap(needle.replace(/\s+/g, " "));
  const place = wanted.trim() === "" ? -1 : casemap(flat).indexOf(wanted);
  if (place < 0) return undefined;
  const start = placeBefore(flat, place);
  const last = placeBefore(flat, place + wanted.length - 1);
  const end = last + (isSecondHalf(flat, last + 1) ? 2 : 1);
  // Accents belong to their letter.
  const stop = end + (/^\p{M}+/u.exec(flat.slice(end, end + 8))?.[0].length ?? 0);
  return {
    before: tail(flat.slice(0, start), before),
    match: flat.slice(start, stop),
    after: head(flat.slice(stop), around),
  };
}

/** The index of the character of which the mapped text has something at a place. */
function placeBefore(text: string, place: number): number {
  let mapped = 0;
  let at = 0;
  while (at < text.length) {
    // Both halves of a character are mapped together.
    const end = at + STEP + (isSecondHalf(text, at + STEP) ? 1 : 0);
    const length = casemap(text.slice(at, end)).length;
    if (mapped + length > place) break;
    mapped += length;
    at = end;
  }
  for (const character of text.slice(at, at + STEP + 1)) {
    mapped += casemap(character).length;
    if (mapped > place) return at;
    at += character.length;
  }
  return text.length;
}

function isSecondHalf(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

function tail(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(-most);
  return ELLIPSIS + (text.at(-most - 1) === " " ? cut : cut.slice(cut.indexOf(" ") + 1));
}

function head(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  const space = cut.lastIndexOf(" ");
  return (space > 0 ? cut.slice(0, space) : cut) + ELLIPSIS;
}
