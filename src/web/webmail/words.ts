/** Small words of the list: when, and the letters and colour that stand for a correspondent. */

const DAY = 86_400_000;

// Made once: a list of mail formats a date for each message.
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "long" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DATE_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** A moment in as few words as tell it apart: "14:05", "Tue", "12 Mar", "12 Mar 2024". Times are epoch milliseconds. */
export function listTime(at: number, now: number): string {
  const date = new Date(at);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return CLOCK.format(date);
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at < midnight && at >= midnight - DAY) return "Yesterday";
  if (at < midnight && at >= midnight - 6 * DAY) return WEEKDAY.format(date);
  return (date.getFullYear() === today.getFullYear() ? DATE : DATE_AND_YEAR).format(date);
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
