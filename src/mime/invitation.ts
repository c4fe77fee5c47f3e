/**
 * Invitations as they come by mail, and the answers to them: iTIP (RFC 5546) in iMIP (RFC 6047). Reads the one event that a message is
 * about, with its times as moments; writes the reply. Pure, bounded by content-lines.ts.
 */
import { type Component, type ContentLine, componentsIn, folded, lineOf, textValue } from "./content-lines.ts";
import { zoneMoment, zoneNamed } from "./zones.ts";

/** Who takes part, by his address. */
export interface Attendee {
  readonly address: string;
  readonly name: string;
  /** PARTSTAT in lower case: "accepted", "needs-action" … */
  readonly status: string;
}

/** A moment, or with `wholeDay` a day (at midnight UTC). */
export interface CalendarTime {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly wholeDay: boolean;
  /** It has no zone: the same clock everywhere (RFC 5545 §3.3.5, form 1). */
  readonly floating: boolean;
}

/** What a message says about an event. */
export interface Invitation {
  /** METHOD in capitals: REQUEST, CANCEL, REPLY, PUBLISH, COUNTER … */
  readonly method: string;
  readonly uid: string;
  readonly summary: string;
  readonly location: string;
  readonly description: string;
  readonly start: CalendarTime | undefined;
  /** Where the event ends; of days the last one. */
  readonly end: CalendarTime | undefined;
  readonly organizer: Attendee | undefined;
  readonly attendees: readonly Attendee[];
  /** How often it repeats: FREQ in lower case, and each how many of them; undefined for one that does not. */
  readonly repeats: { readonly frequency: string; readonly interval: number } | undefined;
  /** It is about one of a repeating event. */
  readonly single: boolean;
  readonly cancelled: boolean;
  /** What an answer needs of it. */
  readonly source: Source;
}

interface Source {
  readonly event: Component;
  readonly zones: readonly Component[];
}

const MOST_ATTENDEES = 500;
const LONGEST_ADDRESS = 320;
/** One address, and nothing that could end its field or begin another address. */
const ADDRESS = /^[^\s@<>,;]+@[^\s@<>,;]+$/;
const METHODS = /^(?:REQUEST|CANCEL|REPLY|PUBLISH|ADD|REFRESH|COUNTER|DECLINECOUNTER)$/;

/** The event that a calendar is about; undefined where it holds none. @param method what the part's type said, if anything */
export function invitationIn(text: string, method: string): Invitation | undefined {
  const calendar = componentsIn(text).find(({ name }) => name === "VCALENDAR");
  const event = calendar?.components.find(({ name }) => name === "VEVENT");
  if (calendar === undefined || event === undefined) return undefined;
  const said = (lineOf(calendar, "METHOD")?.value || method).trim().toUpperCase();
  const zones = calendar.components.filter(({ name }) => name === "VTIMEZONE");
  const start = timeOf(lineOf(event, "DTSTART"), zones);
  const organizer = lineOf(event, "ORGANIZER");
  return {
    method: METHODS.test(said) ? said : "PUBLISH",
    uid: textOf(event, "UID"),
    summary: textOf(event, "SUMMARY"),
    location: textOf(event, "LOCATION"),
    description: textOf(event, "DESCRIPTION"),
    start,
    end: endOf(event, start, zones),
    organizer: organizer && attendeeOf(organizer),
    attendees: event.lines
      .filter(({ name }) => name === "ATTENDEE")
      .slice(0, MOST_ATTENDEES)
      .flatMap((line) => attendeeOf(line) ?? []),
    repeats: repetition(lineOf(event, "RRULE")?.value ?? ""),
    single: lineOf(event, "RECURRENCE-ID") !== undefined,
    cancelled: said === "CANCEL" || textOf(event, "STATUS").toUpperCase() === "CANCELLED",
    source: { event, zones },
  };
}

const textOf = (event: Component, name: string): string => textValue(lineOf(event, name)?.value ?? "").trim();

function attendeeOf({ value, parameters }: ContentLine): Attendee | undefined {
  const written = /^mailto:(.+@.+)$/i.exec(value.trim().slice(0, 2 * LONGEST_ADDRESS))?.[1];
  const address = percentDecoded(written ?? "");
  if (!ADDRESS.test(address) || address.length > LONGEST_ADDRESS) return undefined;
  const status = parameters.get("PARTSTAT")?.[0] ?? "needs-action";
  return { address, name: parameters.get("CN")?.[0] ?? "", status: status.toLowerCase() };
}

function repetition(rule: string): Invitation["repeats"] {
  const part = (name: string) => new RegExp(`(?:^|;)${name}=([^;]*)`, "i").exec(rule)?.[1];
  const frequency = part("FREQ")?.toLowerCase();
  const interval = Number(/^\d{1,4}$/.exec(part("INTERVAL") ?? "")?.[0] ?? 1);
  return frequency === undefined ? undefined : { frequency, interval: Math.max(interval, 1) };
}

/** An address in a URI (RFC 6068 §2). */
function percentDecoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

const TIME = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/i;

function timeOf(line: ContentLine | undefined, zones: readonly Component[]): CalendarTime | undefined {
  const match = TIME.exec(line?.value.trim() ?? "");
  if (line === undefined || match === null) return undefined;
  const [, year, month, day, hour, minute, second, utc] = match;
  const [h = 0, m = 0, s = 0] = [hour, minute, second].map((part) => Number(part ?? 0));
  const clock = Date.UTC(Number(year), Number(month) - 1, Number(day), h, m, s);
  if (hour === undefined) return { at: clock, wholeDay: true, floating: false };
  const name = line.parameters.get("TZID")?.[0];
  if (utc) return { at: clock, wholeDay: false, floating: false };
  const zone = name === undefined ? undefined : zoneNamed(name);
  if (zone !== undefined) return { at: zoneMoment(clock, zone), wholeDay: false, floating: false };
  const offset = name === undefined ? undefined : offsetOf(zones, name);
  return { at: clock - (offset ?? 0), wholeDay: false, floating: offset === undefined };
}

/** The standard offset of a zone that only the calendar knows, in milliseconds: close enough to be looked at. */
function offsetOf(zones: readonly Component[], name: string): number | undefined {
  const zone = zones.find((one) => lineOf(one, "TZID")?.value === name);
  const standard = zone?.components.find((one) => one.name === "STANDARD") ?? zone?.components[0];
  const match = /^([+-])(\d{2})(\d{2})/.exec((standard && lineOf(standard, "TZOFFSETTO")?.value) ?? "");
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

const DAY_MS = 86_400_000;

function endOf(
  event: Component,
  start: CalendarTime | undefined,
  zones: readonly Component[],
): CalendarTime | undefined {
  const end = timeOf(lineOf(event, "DTEND"), zones);
  // The end of days is the first that is no longer of it (RFC 5545 §3.6.1).
  if (end !== undefined) return end.wholeDay ? { ...end, at: Math.max(end.at - DAY_MS, start?.at ?? end.at) } : end;
  const lasts = durationOf(lineOf(event, "DURATION")?.value ?? "");
  if (start === undefined || lasts === undefined) return undefined;
  return { ...start, at: start.wholeDay ? start.at + Math.max(lasts - DAY_MS, 0) : start.at + lasts };
}

/** RFC 5545 §3.3.6, in milliseconds. */
function durationOf(text: string): number | undefined {
  const match = /^\+?P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000;
}

/** What somebody answers (RFC 5545 §3.2.12). */
export type Participation = "ACCEPTED" | "TENTATIVE" | "DECLINED";

/** Properties of the event that an answer repeats as they came (RFC 5546 §3.2.3). */
const REPEATED = ["UID", "SEQUENCE", "RECURRENCE-ID", "ORGANIZER", "DTSTART", "DTEND", "DURATION", "SUMMARY"];

/** The calendar with which somebody answers an invitation. @param now epoch milliseconds */
export function replyTo(
  { source }: Invitation,
  who: { readonly address: string; readonly name: string },
  participation: Participation,
  now: number,
): string {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const repeated = source.event.lines.filter(({ name }) => REPEATED.includes(name)).map(({ text }) => text);
  const name = who.name.replace(/["\p{Cc}]/gu, "");
  const lines = [
    ...["BEGIN:VCALENDAR", "PRODID:-//Gatepost//Webmail//EN", "VERSION:2.0", "METHOD:REPLY"],
    ...source.zones.flatMap(linesOf),
    ...["BEGIN:VEVENT", ...repeated, `DTSTAMP:${stamp}`],
    `ATTENDEE;PARTSTAT=${participation}${name === "" ? "" : `;CN="${name}"`}:mailto:${who.address}`,
    ...["REQUEST-STATUS:2.0;Success", "END:VEVENT", "END:VCALENDAR"],
  ];
  return lines.map(folded).join("");
}

/** A component as it came. */
function linesOf({ name, lines, components }: Component): string[] {
  return [`BEGIN:${name}`, ...lines.map(({ text }) => text), ...components.flatMap(linesOf), `END:${name}`];
}
