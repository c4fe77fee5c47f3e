/** Small words of the list: when, and the letters and colour that stand for a correspondent. */

const DAY = 86_400_000;

/** A moment in as few words as tell it apart: "14:05", "Tue", "12 Mar", "12 Mar 2024". Times are epoch milliseconds. */
export function listTime(at: number, now: number): string {
  const date = new Date(at);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) {
    return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  }
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at < midnight && at >= midnight - DAY) return "Yesterday";
  if (at < midnight && at >= midnight - 6 * DAY) return date.toLocaleDateString("en-GB", { weekday: "long" });
  const year = date.getFullYear() === today.getFullYear() ? {} : ({ year: "numeric" } as const);
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year });
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
