/** HTTP dates (RFC 9110 §5.6.7). Pure. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The form that is written today: Sun, 06 Nov 1994 08:49:37 GMT. */
const FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
/** Two that must still be read: Sunday, 06-Nov-94 08:49:37 GMT and Sun Nov  6 08:49:37 1994. */
const RFC850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/** Milliseconds since the epoch, or undefined for what is no date. @param now for years of two digits */
export function parseDate(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  const fixed = FIXDATE.exec(text);
  if (fixed !== null) return moment(fixed[3], fixed[2], fixed[1], fixed[4], fixed[5], fixed[6]);
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) return moment(asctime[6], asctime[1], asctime[2], asctime[3], asctime[4], asctime[5]);
  const old = RFC850.exec(text);
  if (old === null) return undefined;
  // A year that seems to be more than 50 years ahead is the last one in the past with those digits.
  const thisYear = new Date(now).getUTCFullYear();
  let year = Math.floor(thisYear / 100) * 100 + Number(old[3]);
  if (year > thisYear + 50) year -= 100;
  return moment(String(year), old[2], old[1], old[4], old[5], old[6]);
}

type Part = string | undefined;

function moment(year: Part, monthName: Part, day: Part, hour: Part, minute: Part, second: Part): number | undefined {
  const month = MONTHS.indexOf(monthName ?? "");
  const numbers = [Number(day), Number(hour), Number(minute), Number(second)] as const;
  const [d, h, m, s] = numbers;
  if (month < 0 || d < 1 || d > 31 || h > 23 || m > 59 || s > 60) return undefined;
  const at = Date.UTC(Number(year), month, d, h, m, s);
  return new Date(at).getUTCMonth() === month ? at : undefined;
}

/** A date as it is sent. @param at milliseconds since the epoch */
export function formatDate(at: number): string {
  return new Date(at).toUTCString();
}
