/** Small words of the list: when, and the letters and colour that stand for a correspondent. */

import { formats, t } from "../../../views/words/words.ts";

const DAY = 86_400_000;

/**
 * A moment in as few words as tell it apart, in the reader's language and zone: "14:05", "Yesterday", "Tuesday", "12 Mar", "12 Mar 2024".
 * Times are epoch milliseconds.
 */
export function listTime(at: number, now: number): string {
  const write = formats();
  const day = write.day(at);
  if (day === write.day(now)) return write.clock(at);
  if (at < now && at > now - 7 * DAY) {
    if (day === write.day(now - DAY)) return t("Yesterday");
    if (day >= write.day(now - 6 * DAY)) return write.weekdayName(at);
  }
  return day.slice(0, 4) === write.day(now).slice(0, 4) ? write.date(at) : write.dateAndYear(at);
}

/** One or two letters for a name: of its first and last word. */
export function initialsOf(name: string): string {
  if (/^\(no \w+\)$/.test(name)) return "?";
  const words = name.replace(/["'(<].*$/, "").match(/[\p{L}\p{N}]+/gu) ?? name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const first = [...(words[0] ?? "?")];
  const last = words.length > 1 && !name.includes("@") ? [...(words.at(-1) ?? "")][0] : first[1];
  return `${first[0] ?? "?"}${last ?? ""}`.toLocaleUpperCase("en");
}

/** One of eight colours, always the same for the same name. */
export function toneOf(name: string): number {
  let sum = 0;
  for (const character of name.toLowerCase()) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum % 8;
}
