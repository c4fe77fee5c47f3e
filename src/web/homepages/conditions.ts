/** Preconditions of requests, RFC 9110 §13. Pure. */

/** What validates a file, as it would be sent now. */
export interface Validators {
  /** With its quotes, such as `"1a2b"`; always a strong one here. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** What comes of the preconditions: go on, answer 304, or answer 412. */
export type Verdict = "go on" | "not modified" | "failed";

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g;

/** Whether a list of entity tags names one; "*" names whatever there is (RFC 9110 §8.8.3.2 on weak and strong comparison). */
const names = (list: string, current: Validators | undefined, weakly: boolean): boolean => {
  if (list.trim() === "*") return current !== undefined;
  if (current === undefined) return false;
  return (list.match(TAG) ?? []).some((tag) => (weakly ? tag.replace(/^W\//, "") : tag) === current.etag);
};

/**
 * A date of HTTP in seconds since the epoch; undefined where it is none. RFC 9110 §5.6.7 has three forms, all in GMT; a reader of dates
 * that takes more would take a local time for GMT.
 */
export const readDate = (text: string | null): number | undefined => {
  if (text === null) return undefined;
  const imf = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
  const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;
  const rfc850 = /^[A-Z][a-z]+, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
  const old = rfc850.exec(text);
  if (old) {
    const year = 2000 + Number(old[3]);
    // RFC 9110 §5.6.7: what seems to lie more than 50 years ahead was in the last century.
    const near = year > new Date().getUTCFullYear() + 50 ? year - 100 : year;
    return secondsOf(`${old[1]} ${old[2]} ${near} ${old[4]} GMT`);
  }
  if (imf.test(text)) return secondsOf(text);
  return asctime.test(text) ? secondsOf(`${text} GMT`) : undefined;
};

const secondsOf = (text: string): number | undefined => {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at / 1000;
};

/** A time as Last-Modified and Date have it. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString();

const secondOf = (ms: number): number => Math.floor(ms / 1000);

/**
 * Asks the preconditions in the order of RFC 9110 §13.2.2, steps 1 to 4.
 * @param current undefined where there is no such file
 */
export const judge = (headers: Headers, current: Validators | undefined, method: string): Verdict => {
  const match = headers.get("if-match");
  const unmodified = readDate(headers.get("if-unmodified-since"));
  if (match !== null) {
    if (!names(match, current, false)) return "failed";
  } else if (unmodified !== undefined && current !== undefined && secondOf(current.modified) > unmodified) {
    return "failed";
  }
  const reads = method === "GET" || method === "HEAD";
  const noneMatch = headers.get("if-none-match");
  if (noneMatch !== null) {
    if (!names(noneMatch, current, true)) return "go on";
    return reads ? "not modified" : "failed";
  }
  const since = readDate(headers.get("if-modified-since"));
  if (!reads || since === undefined || current === undefined) return "go on";
  return secondOf(current.modified) <= since ? "not modified" : "go on";
};

/**
 * Whether a Range is for what would be sent (RFC 9110 §13.1.5): without If-Range it is; a tag must be the same and strong; a date must
 * be the same to the second and, to be strong, older than the last second (§8.8.2.2).
 */
export const rangeStands = (headers: Headers, current: Validators, now: number): boolean => {
  const condition = headers.get("if-range");
  if (condition === null) return true;
  if (condition.includes('"')) return condition.trim() === current.etag;
  const date = readDate(condition);
  return date !== undefined && date === secondOf(current.modified) && secondOf(now) > date;
};
