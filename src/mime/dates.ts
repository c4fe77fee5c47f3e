/** Dates of messages (RFC 5322 §3.3 and the obsolete forms of §4.3; also ctime and ISO 8601, which senders write too). */

/** A moment and the clock it was read from. */
export interface MailDate {
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Zone names of RFC 822 in hours; all others say nothing (RFC 5322 §4.3) and count as UTC. */
const ZONES: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

const TIME = "(\\d{1,2})[:.](\\d{1,2})(?:[:.](\\d{1,2})(?:[.,]\\d{1,9})?)?(?: ?([AaPp])[Mm]\\b)?";
const ZONE = "(?: ?(?:(?:UTC|GMT|UT)? ?([+-]\\d{1,2}:?\\d{2})|([A-Za-z]{1,5})))?";
const MAIL = new RegExp(
  `^(?:[A-Za-z]{2,9}\\.?,? ?)?(\\d{1,2})[ -]([A-Za-z]{3})[A-Za-z]{0,6}\\.?,?[ -](\\d{2,4}),? ${TIME}${ZONE}`,
);
const CTIME = new RegExp(`^(?:[A-Za-z]{3,9},? )?([A-Za-z]{3})[A-Za-z]{0,6} (\\d{1,2}),? ${TIME}${ZONE} (\\d{4})\\b`);
const CTIME_ZONE_LAST = new RegExp(
  `^(?:[A-Za-z]{3,9},? )?([A-Za-z]{3})[A-Za-z]{0,6} (\\d{1,2}),? ${TIME} (\\d{4})${ZONE}`,
);
const ISO = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})[ T]${TIME}(?:Z|${ZONE})`);
const MAX_LENGTH = 200;

/** Reads a Date value; undefined if it is none. A missing or unknown zone counts as UTC. */
export function parseDate(value: string): MailDate | undefined {
  const text = withoutComments(value.slice(0, MAX_LENGTH))
    .replace(/[ \t\r\n]+/g, " ")
    .replace(/ ?([:,]) ?/g, spacing)
    .trim();
  let m = MAIL.exec(text);
  if (m) return moment(m[3], monthOf(m[2]), m[1], m.slice(4, 8), m[8], m[9]);
  m = CTIME_ZONE_LAST.exec(text);
  if (m) return moment(m[7], monthOf(m[1]), m[2], m.slice(3, 7), m[8], m[9]);
  m = CTIME.exec(text);
  if (m) return moment(m[9], monthOf(m[1]), m[2], m.slice(3, 7), m[7], m[8]);
  m = ISO.exec(text);
  if (m) return moment(m[1], Number(m[2]) - 1, m[3], m.slice(4, 8), m[8], m[9]);
  return undefined;
}

function spacing(_: string, mark: string): string {
  return mark === "," ? ", " : mark;
}

function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let result = "";
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === "(") depth++;
    else if (c === ")" && depth > 0) {
      depth--;
      result += " ";
    } else if (depth > 0 && c === "\\") i++;
    else if (depth === 0) result += c;
  }
  return result;
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? "").toLowerCase());
}

function moment(
  yearText: string | undefined,
  month: number,
  dayText: string | undefined,
  [hours, minutes, seconds, half]: (string | undefined)[],
  numericZone: string | undefined,
  zoneName: string | undefined,
): MailDate | undefined {
  const year = fullYear(yearText ?? "");
  const day = Number(dayText);
  const hour = (Number(hours) % (half ? 12 : 24)) + (half && /p/i.test(half) ? 12 : 0);
  const minute = Number(minutes);
  const second = Number(seconds ?? 0);
  if (month < 0 || month > 11 || day < 1 || day > daysIn(year, month)) return undefined;
  if (Number(hours) > 24 || minute > 59 || second > 60) return undefined;
  const offset = numericZone ? numericOffset(numericZone) : (ZONES[(zoneName ?? "").toUpperCase()] ?? 0) * 60;
  // Date.UTC would take years below 100 for 19xx; fullYear never gives such.
  return { time: Date.UTC(year, month, day, hour, minute, Math.min(second, 59)) - offset * 60_000, offset };
}

/** RFC 5322 §4.3: two digits below 50 are 20xx, other two and all three digits count from 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length >= 4) return Math.max(year, 100);
  if (text.length === 2 && year < 50) return 2000 + year;
  return 1900 + year;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

function numericOffset(zone: string): number {
  const digits = zone.slice(1).replace(":", "").padStart(4, "0");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  if (Number(digits.slice(2)) > 59 || minutes >= 24 * 60) return 0;
  return zone.startsWith("-") && minutes > 0 ? -minutes : minutes;
}

/**
 * A moment in the form of RFC 5322 §3.3, e.g. "Thu, 13 Feb 1969 23:32:54 -0330".
 *
 * @param time milliseconds since 1970 UTC @param offset minutes east of UTC
 */
export function formatDate(time: number, offset = 0): string {
  const local = new Date(time + offset * 60_000);
  const two = (n: number) => String(n).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const date = `${DAY_NAMES[local.getUTCDay()]}, ${local.getUTCDate()} ${MONTH_NAMES[local.getUTCMonth()]} ${String(local.getUTCFullYear()).padStart(4, "0")}`;
  return `${date} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())} ${zone}`;
}
