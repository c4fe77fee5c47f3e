/** Moments ahead as people choose them: a few that fit often, or a day and an hour in their own time zone. */
import { reader, t } from "../../../views/words/words.ts";

/** A moment that is offered. */
export interface OfferedMoment {
  readonly label: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const MORNING = "08:00";
const EVENING = "18:00";
/** The evening is offered until so long before it. */
const NEAR_MS = 3_600_000;

const zoned = (at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(reader().zone ?? Temporal.Now.timeZoneId());

/** This evening, tomorrow morning, Monday morning: where the reader is. */
export function momentsAhead(now: number): OfferedMoment[] {
  const here = zoned(now);
  const at = (days: number, time: string) => here.add({ days }).withPlainTime(time).epochMilliseconds;
  const untilMonday = 8 - here.dayOfWeek;
  const evening = at(0, EVENING);
  return [
    ...(evening - now > NEAR_MS ? [{ label: t("This evening"), at: evening }] : []),
    { label: t("Tomorrow morning"), at: at(1, MORNING) },
    ...(untilMonday > 1 ? [{ label: t("Monday morning"), at: at(untilMonday, MORNING) }] : []),
  ];
}

/** A moment as a field for day and hour has it, "2026-11-24T08:00", where the reader is. */
export const localMoment = (at: number): string => zoned(at).toPlainDateTime().toString({ smallestUnit: "minute" });

/** The opposite; undefined for what is no moment. */
export function momentOf(local: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(local)) return undefined;
  try {
    const zone = reader().zone ?? Temporal.Now.timeZoneId();
    return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return undefined;
  }
}
