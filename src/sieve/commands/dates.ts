/** The tests `date` and `currentdate` (RFC 5260 §4, §5). */
import { formatDate, type MailDate, parseDate } from "../../mime/dates.ts";
import type { Call, TestSpec } from "../call.ts";
import { Value } from "../comparators.ts";
import { COMPARE, INDEX, MIME } from "../options.ts";
import type { Run } from "../run.ts";
import { checkFieldNames } from "./base-tests.ts";
import { headersOf, indexOf, valuesOf } from "./sources.ts";

/** Reading a date costs about as much as comparing so many characters. */
const DATE_WORK = 500;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** Days from 17 November 1858, day 0 of the modified Julian date, to 1 January 1970. */
const JULIAN_OF_1970 = 40_587;

const digits = (number: number, width = 2): string => String(number).padStart(width, "0");

function zone(offset: number): string {
  const minutes = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${digits(Math.floor(minutes / 60))}${digits(minutes % 60)}`;
}

/** RFC 5260 §4.2: the parts of a date; `local` has the clock of the zone in its UTC fields. */
const DATE_PARTS: Readonly<Record<string, (local: Date, offset: number) => string>> = {
  year: (local) => digits(local.getUTCFullYear(), 4),
  month: (local) => digits(local.getUTCMonth() + 1),
  day: (local) => digits(local.getUTCDate()),
  date: (local) => local.toISOString().slice(0, 10),
  julian: (local) => String(Math.floor(local.getTime() / DAY) + JULIAN_OF_1970),
  hour: (local) => digits(local.getUTCHours()),
  minute: (local) => digits(local.getUTCMinutes()),
  second: (local) => digits(local.getUTCSeconds()),
  time: (local) => local.toISOString().slice(11, 19),
  iso8601: (local, offset) => `${local.toISOString().slice(0, 19)}${zone(offset).replace(/(\d\d)$/, ":$1")}`,
  std11: (local, offset) => formatDate(local.getTime() - offset * MINUTE, offset),
  zone: (_, offset) => zone(offset),
  weekday: (local) => String(local.getUTCDay()),
};

const ZONED = { zone: { takes: "string", group: "zone" } } as const;

export const date: TestSpec = {
  rfc: "RFC 5260 §4",
  extension: "date",
  tags: { ...COMPARE, ...INDEX, ...MIME, ...ZONED, originalzone: { group: "zone" } },
  takes: [
    { name: "header name", kind: "string" },
    { name: "date part", kind: "string" },
    { name: "key list", kind: "strings" },
  ],
  readsBody: (call) => call.has(":mime"),
  build(call) {
    checkFieldNames(call, "header name");
    const name = call.texts("header name");
    const headers = headersOf(call);
    const pick = indexOf(call);
    const part = partOf(call);
    const offset = zoneOf(call);
    const original = call.has(":originalzone");
    const matcher = call.matcher("key list");
    return (run) => {
      const [field = ""] = run.texts(name);
      const values = valuesOf(headers(run), [field], pick).flatMap(({ text }) => {
        run.spend(DATE_WORK);
        const found = dateIn(text);
        if (found === undefined) return [];
        return [new Value(part(run, found.time, original ? found.offset : offset(run, found.time)), field)];
      });
      return matcher.any(run, values);
    };
  },
};

/** A date at the end of a structured field such as Received stands behind its last semicolon. */
function dateIn(text: string): MailDate | undefined {
  return parseDate(text.slice(text.lastIndexOf(";") + 1));
}

export const currentdate: TestSpec = {
  rfc: "RFC 5260 §5",
  extension: "date",
  tags: { ...COMPARE, ...ZONED },
  takes: [
    { name: "date part", kind: "string" },
    { name: "key list", kind: "strings" },
  ],
  build(call) {
    const part = partOf(call);
    const offset = zoneOf(call);
    const matcher = call.matcher("key list");
    return (run) => {
      const { now } = run.surroundings;
      return matcher.any(run, [new Value(part(run, now, offset(run, now)), "The date now")]);
    };
  },
};

function partOf(call: Call): (run: Run, time: number, offset: number) => string {
  const name = (call.fixed("date part")[0] ?? "").toLowerCase();
  const make = Object.hasOwn(DATE_PARTS, name) ? DATE_PARTS[name] : undefined;
  if (make === undefined) {
    const known = Object.keys(DATE_PARTS).join(", ");
    throw call.error(`a date has no part “${name}”; it has ${known}.`, call.place("date part"));
  }
  return (_, time, offset) => make(new Date(time + offset * MINUTE), offset);
}

/** The zone a date is shown in: the one named, or that of the server's clock. */
function zoneOf(call: Call): (run: Run, time: number) => number {
  if (!call.has(":zone")) return (run, time) => run.surroundings.offsetAt(time);
  const text = call.text(":zone");
  if (typeof text === "string" && offsetOf(text) === undefined) {
    throw call.error(`“${text}” is no time zone; it is written like "+0100".`, call.place(":zone"));
  }
  return (run, time) => offsetOf(run.text(text)) ?? run.surroundings.offsetAt(time);
}

function offsetOf(text: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d)([0-5]\d)$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

export const dateTests = { date, currentdate };
