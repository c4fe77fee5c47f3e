/** Days and hours as the server's time zone has them. Pure, but for the zone. */
import { DAYS, type Day } from "./rule.ts";

/** When a rule holds: begins on these days (none: all) at a minute of the day, and lasts to another, maybe of the next day. */
export interface Window {
  readonly days: readonly Day[];
  /** "8:30"; "" for the beginning of the day. */
  readonly from: string;
  /** "22:00"; "" for the end of the day. */
  readonly to: string;
}

/** A moment as the clock on the wall shows it. */
export interface WallTime {
  /** 0 for Sunday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly minute: number;
}

const DAY_MINUTES = 1_440;

/** What the clock shows. What the clock shows twice a year, or never, counts as it is shown. */
export function wallTime(at: number): WallTime {
  const date = new Date(at);
  return { weekday: date.getDay(), minute: date.getHours() * 60 + date.getMinutes() };
}

function minuteOf(text: string, missing: number): number {
  if (text === "") return missing;
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** A window as a test of moments; undefined where it always holds. */
export function windowTest({ days, from, to }: Window): ((time: WallTime) => boolean) | undefined {
  if (days.length === 0 && from === "" && to === "") return undefined;
  const begins = new Set(days.length === 0 ? DAYS.keys() : days.map((day) => DAYS.indexOf(day)));
  const start = minuteOf(from, 0);
  const end = minuteOf(to, DAY_MINUTES);
  if (start < end) return ({ weekday, minute }) => begins.has(weekday) && minute >= start && minute < end;
  // Over midnight: what began yesterday still holds. The same time twice is a whole day.
  return ({ weekday, minute }) =>
    (begins.has(weekday) && minute >= start) || (begins.has((weekday + 6) % 7) && minute < end);
}

/** A day as a number like 20261122. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/** The first moment of the next day. */
export function nextDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}

/** The day so many days before a moment. */
export function dayBefore(at: number, days: number): number {
  const date = new Date(at);
  return dayOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() - days).getTime());
}

/** The moment at which a day begins. */
export function beginningOf(day: number): number {
  return new Date(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100).getTime();
}
