/** Dates, times and numbers as a language writes them, in a zone. To make a formatter takes a hundred times as long as to use it, so each is made once. */

/** How one reader's dates and numbers are written. */
export class Formats {
  readonly #made = new Map<string, Intl.DateTimeFormat>();
  #sizes: readonly [whole: Intl.NumberFormat, tenths: Intl.NumberFormat] | undefined;

  /** `locale` is a BCP 47 tag; `zone` an IANA name, undefined for the server's own. */
  constructor(
    private readonly locale: string,
    private readonly zone: string | undefined,
  ) {}

  /** "14:05". */
  clock(at: number): string {
    return this.#dates({ hour: "2-digit", minute: "2-digit" }).format(at);
  }

  /** "12 Mar". */
  date(at: number): string {
    return this.#dates({ day: "numeric", month: "short" }).format(at);
  }

  /** The same of a day on the calendar, "2024-03-12", wherever it is. */
  calendarDay(day: string): string {
    return this.#dates({ day: "numeric", month: "short", timeZone: "UTC" }).format(Date.parse(day));
  }

  /** "12 Mar 2024". */
  dateAndYear(at: number): string {
    return this.#dates({ day: "numeric", month: "short", year: "numeric" }).format(at);
  }

  /** Date and time in full. */
  full(at: number): string {
    return this.#dates({ dateStyle: "full", timeStyle: "medium" }).format(at);
  }

  /** "Tuesday". */
  weekdayName(at: number): string {
    return this.#dates({ weekday: "long" }).format(at);
  }

  /** The weekday with a day and a time, for what is to come in the next days: "Mon, 8 Mar, 09:00". */
  weekday(at: number): string {
    return this.#dates({
      ...{ weekday: "short", day: "numeric", month: "short" },
      ...{ hour: "2-digit", minute: "2-digit" },
    }).format(at);
  }

  /** The calendar's day in the reader's zone, "2024-03-12": to compare days, and for fields of dates. */
  day(at: number): string {
    const parts = this.#dates({ year: "numeric", month: "2-digit", day: "2-digit", calendar: "iso8601" }).formatToParts(
      at,
    );
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? "";
    return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
  }

  /** A number, with its thousands apart. */
  number(value: number): string {
    return value.toLocaleString(this.locale);
  }

  /** A number without decimals from ten on, below with one. */
  size(value: number): string {
    this.#sizes ??= [0, 1].map(
      (digits) => new Intl.NumberFormat(this.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    ) as [Intl.NumberFormat, Intl.NumberFormat];
    return this.#sizes[value >= 10 ? 0 : 1].format(value);
  }

  #dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = Object.entries(options).join();
    let found = this.#made.get(key);
    if (found === undefined) {
      found = new Intl.DateTimeFormat(this.locale, { ...(this.zone && { timeZone: this.zone }), ...options });
      this.#made.set(key, found);
    }
    return found;
  }
}
