/**
 * Time zones by the names that calendars give them: those of the IANA database, also behind a prefix, and those of Windows (Unicode CLDR,
 * windowsZones.xml, the territory 001). Pure.
 */

/** Windows' names and what they are elsewhere. */
const WINDOWS: Readonly<Record<string, string>> = {
  "Dateline Standard Time": "Etc/GMT+12",
  "Hawaiian Standard Time": "Pacific/Honolulu",
  "Alaskan Standard Time": "America/Anchorage",
  "Pacific Standard Time": "America/Los_Angeles",
  "US Mountain Standard Time": "America/Phoenix",
  "Mountain Standard Time": "America/Denver",
  "Central Standard Time": "America/Chicago",
  "Central America Standard Time": "America/Guatemala",
  "Canada Central Standard Time": "America/Regina",
  "Eastern Standard Time": "America/New_York",
  "US Eastern Standard Time": "America/Indiana/Indianapolis",
  "SA Pacific Standard Time": "America/Bogota",
  "Atlantic Standard Time": "America/Halifax",
  "Newfoundland Standard Time": "America/St_Johns",
  "E. South America Standard Time": "America/Sao_Paulo",
  "Argentina Standard Time": "America/Buenos_Aires",
  "Azores Standard Time": "Atlantic/Azores",
  UTC: "Etc/UTC",
  "GMT Standard Time": "Europe/London",
  "Greenwich Standard Time": "Atlantic/Reykjavik",
  "W. Europe Standard Time": "Europe/Berlin",
  "Central Europe Standard Time": "Europe/Budapest",
  "Romance Standard Time": "Europe/Paris",
  "Central European Standard Time": "Europe/Warsaw",
  "W. Central Africa Standard Time": "Africa/Lagos",
  "GTB Standard Time": "Europe/Bucharest",
  "E. Europe Standard Time": "Europe/Chisinau",
  "FLE Standard Time": "Europe/Kiev",
  "Egypt Standard Time": "Africa/Cairo",
  "South Africa Standard Time": "Africa/Johannesburg",
  "Israel Standard Time": "Asia/Jerusalem",
  "Turkey Standard Time": "Europe/Istanbul",
  "Russian Standard Time": "Europe/Moscow",
  "Arab Standard Time": "Asia/Riyadh",
  "Arabian Standard Time": "Asia/Dubai",
  "Iran Standard Time": "Asia/Tehran",
  "Pakistan Standard Time": "Asia/Karachi",
  "India Standard Time": "Asia/Calcutta",
  "SE Asia Standard Time": "Asia/Bangkok",
  "China Standard Time": "Asia/Shanghai",
  "Singapore Standard Time": "Asia/Singapore",
  "W. Australia Standard Time": "Australia/Perth",
  "Tokyo Standard Time": "Asia/Tokyo",
  "Korea Standard Time": "Asia/Seoul",
  "AUS Eastern Standard Time": "Australia/Sydney",
  "New Zealand Standard Time": "Pacific/Auckland",
};

/** Characters of a name, with the path of a program in front; longer ones are nobody's. */
const LONGEST_NAME = 300;

/** The IANA name that a calendar's name of a zone stands for; undefined where nobody here knows it. */
export function zoneNamed(text: string): string | undefined {
  if (text.length > LONGEST_NAME) return undefined;
  const name = text.trim().replace(/^"|"$/g, "");
  const windows = Object.hasOwn(WINDOWS, name) ? WINDOWS[name] : undefined;
  // Some programs put a path of their own in front: /citadel.org/20070227_1/Europe/Berlin.
  const plain = windows ?? /[A-Za-z_]+\/[A-Za-z_/+-]+\d*$/.exec(name)?.[0] ?? name;
  for (const candidate of [plain, plain.split("/").slice(-2).join("/")]) if (isZone(candidate)) return candidate;
  return undefined;
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z_]+\/[\w+/-]{1,60}$|^UTC$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** The moment at which clocks in a zone show a time, given as if it were UTC; of two such moments the first (RFC 5545 §3.3.5). */
export function zoneMoment(clock: number, zone: string): number {
  const shown = (at: number) => clockIn(at, zone);
  // The offset at the moment itself is that of a guess, put right once: the guess may lie on the other side of a change.
  const guess = clock - (shown(clock) - clock);
  return clock - (shown(guess) - guess);
}

function clockIn(at: number, zone: string): number {
  const digits = {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  } as const;
  const format = new Intl.DateTimeFormat("en-US", { ...digits, timeZone: zone, hourCycle: "h23", calendar: "gregory" });
  const parts = format.formatToParts(at);
  const value = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(value("year"), value("month") - 1, value("day"), value("hour"), value("minute"), value("second"));
}
