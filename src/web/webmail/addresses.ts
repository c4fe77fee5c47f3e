/** The addresses of lists and of the messages in them. */
import type { Cursor } from "../../mailstore/arrangement.ts";
import { folderHref } from "./rail.ts";

/** What an address keeps of the list in which a message is read. */
export interface Whereabouts {
  readonly page: number;
  readonly query: string;
}

/** The address of a list or of a message in it; page and search are kept so that the list beside the message stays. */
export function addressOf(folder: number, uid: number | undefined, wish: Whereabouts): string {
  const parameters = new URLSearchParams();
  if (wish.query !== "") parameters.set("q", wish.query);
  if (wish.page > 1) parameters.set("page", String(wish.page));
  const query = parameters.size > 0 ? `?${parameters}` : "";
  return `${folderHref(folder)}${uid === undefined ? "" : `/m/${uid}`}${query}`;
}

/** A place in a list as addresses have it: `1700000000000.42`. */
export const cursorText = ({ at, uid }: Cursor): string => `${at}.${uid}`;

/** The opposite; undefined for anything else. */
export function cursorOf(text: string | undefined): Cursor | undefined {
  const match = /^(-?\d{1,15})\.(\d{1,15})$/.exec(text ?? "");
  return match === null ? undefined : { at: Number(match[1]), uid: Number(match[2]) };
}

/** Lines of a folder behind one place and up to another, or behind a page of a search. */
export function rowsHref(
  folder: number,
  wish: Whereabouts,
  part: { readonly after?: Cursor | undefined; readonly to?: Cursor | undefined; readonly head?: boolean },
): string {
  const parameters = new URLSearchParams();
  if (wish.query !== "") parameters.set("q", wish.query);
  if (wish.page > 1) parameters.set("page", String(wish.page));
  if (part.after !== undefined) parameters.set("after", cursorText(part.after));
  if (part.to !== undefined) parameters.set("to", cursorText(part.to));
  if (part.head === true) parameters.set("head", "1");
  return `${folderHref(folder)}/rows${parameters.size > 0 ? `?${parameters}` : ""}`;
}
