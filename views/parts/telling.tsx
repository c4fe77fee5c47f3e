/** Parts that tell something: notices, toasts, badges, lamps, empty states, dates and sizes. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { Icon, type IconName } from "./icon.tsx";

/** What a colour means, the same everywhere. */
export type Kind = "ok" | "warn" | "danger" | "info" | "off";

const KIND_ICON: Record<Kind, IconName> = {
  ok: "checkCircle",
  warn: "warning",
  danger: "warning",
  info: "info",
  off: "info",
};

/** A sentence or more that stays on the page. */
export const Notice = ({ kind, title, children }: PropsWithChildren<{ kind: Kind; title?: string }>) => (
  <div class="notice" data-kind={kind} role={kind === "danger" ? "alert" : undefined}>
    <Icon name={KIND_ICON[kind]} />
    <div class="stack stack-s">
      {title ? <p class="strong">{title}</p> : null}
      {children}
    </div>
  </div>
);

/** What is wrong with a whole form; nothing where nothing is. */
export const Problem = ({ text }: { text?: string | undefined }) =>
  text ? (
    <Notice kind="danger">
      <p>{text}</p>
    </Notice>
  ) : null;

/** What an action answered, shown once. */
export interface Flash {
  readonly kind: Kind;
  readonly text: string;
}

/** One message in the corner; the page's script lets it go after a while. */
export const Toast = ({ kind, text }: Flash) => (
  <div class="toast" data-kind={kind} role="status">
    <Icon name={KIND_ICON[kind]} />
    <p>{text}</p>
    <button class="btn btn-quiet btn-small btn-icon" type="button" data-dismiss aria-label="Close this message">
      <Icon name="close" />
    </button>
  </div>
);

/** A toast beside the main answer of an htmx request (it is added to the page's corner). */
export const ToastPartial = (flash: Flash) => (
  <hx-partial hx-target="#toasts" hx-swap="beforeend">
    <Toast {...flash} />
  </hx-partial>
);

/** A word with a coloured ground. */
export const Badge = ({ kind = "off", children }: PropsWithChildren<{ kind?: Kind }>) => (
  <span class="badge" data-kind={kind}>
    {children}
  </span>
);

/** A small light with a word: running, stopped, in trouble. */
export const Lamp = ({ kind, children }: PropsWithChildren<{ kind: Kind }>) => (
  <span class="lamp" data-kind={kind}>
    {children}
  </span>
);

/** What stands where a list has nothing in it: what this place is for, and the way to fill it. */
export const Empty = ({ icon, title, children }: PropsWithChildren<{ icon: IconName; title: string }>) => (
  <div class="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </div>
);

/** The head of a page: its title, one sentence, and what one can do here. */
export const PageHead = ({ title, lede, children }: PropsWithChildren<{ title: string; lede?: Child }>) => (
  <div class="page-head">
    <div>
      <h1>{title}</h1>
      {lede ? <p class="lede">{lede}</p> : null}
    </div>
    {children ? <div class="row">{children}</div> : null}
  </div>
);

/** Pages of a list, as links. `href` makes the address of a page (1 is the first). */
export const Pager = ({
  page,
  pages,
  total,
  noun,
  href,
}: {
  page: number;
  pages: number;
  total: number;
  noun: string;
  href: (page: number) => string;
}) => (
  <nav class="pager" aria-label="Pages">
    <span class="num">
      {total.toLocaleString("en")} {noun}
      {pages > 1 ? `, page ${page} of ${pages}` : ""}
    </span>
    {pages > 1 ? (
      <span class="row">
        {page > 1 ? (
          <a class="btn btn-small" href={href(page - 1)} rel="prev">
            <Icon name="chevronLeft" />
            Previous
          </a>
        ) : null}
        {page < pages ? (
          <a class="btn btn-small" href={href(page + 1)} rel="next">
            Next
            <Icon name="chevronRight" />
          </a>
        ) : null}
      </span>
    ) : null}
  </nav>
);

const DAY = 86_400_000;

// To make a formatter takes twenty times as long as to use it, and a list has hundreds of dates.
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DATE_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });

/** A moment in few words, near ones by the clock and far ones by the date; the full time is in the title. `now` and `at` are epoch milliseconds. */
export const Moment = ({ at, now }: { at: number; now: number }) => {
  const date = new Date(at);
  return (
    <time class="num" datetime={date.toISOString()} title={fullTime(at)}>
      {momentWords(at, now)}
    </time>
  );
};

/** What happened while a page was being drawn is not to come. */
const DRAWING_MS = 2_000;

/** The words of {@link Moment}: "14:05", "yesterday 14:05", "12 Mar", "12 Mar 2024", and "in 5 min" for what is to come. */
export const momentWords = (at: number, now: number): string => {
  const date = new Date(at);
  const clock = CLOCK.format(date);
  if (at > now + DRAWING_MS) {
    const minutes = Math.ceil((at - now) / 60_000);
    if (minutes < 60) return `in ${minutes} min`;
    if (minutes < 36 * 60) return `in ${Math.round(minutes / 60)} h`;
  } else {
    const today = new Date(now);
    if (date.toDateString() === today.toDateString()) return clock;
    if (date.toDateString() === new Date(now - DAY).toDateString()) return `yesterday ${clock}`;
  }
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? DATE : DATE_AND_YEAR).format(date);
};

/** A day: "12 Mar 2024". */
export const dateWords = (at: number): string => DATE_AND_YEAR.format(at);

/** Date and time in full, for titles and details. */
export const fullTime = (at: number): string => FULL.format(at);

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** Octets in words of a person's size: 1 decimal below ten, none above. */
export const sizeWords = (octets: number): string => {
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
};
