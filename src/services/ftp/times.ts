/** Times as FTP writes them (RFC 3659 §2.3), in UTC. Pure. */

/** "20261122193000", with milliseconds where they are not zero. */
export function formatTime(ms: number): string {
  const text = new Date(ms).toISOString();
  const millis = text.slice(20, 23);
  return text.slice(0, 19).replace(/[-T:]/g, "") + (millis === "000" ? "" : `.${millis}`);
}

/** Reads it; undefined where it is none. The seconds may be missing, as in SITE UTIME. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const fraction = match[7] === undefined ? 0 : Math.floor(Number(`0.${match[7]}`) * 1000);
  // RFC 3659 §2.3: 60 is a leap second.
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, fraction);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const HALF_YEAR = 183 * 86_400_000;

/** As ls writes it: with the time of day for half a year, then with the year. */
export function listTime(ms: number, now: number): string {
  const date = new Date(ms);
  const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  const recent = ms <= now + 86_400_000 && ms > now - HALF_YEAR;
  return recent ? `${day} ${date.toISOString().slice(11, 16)}` : `${day} ${String(date.getUTCFullYear()).padStart(5)}`;
}
