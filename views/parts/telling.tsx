/** Parts that tell something: notices, toasts, badges, lamps, empty states, dates and sizes. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { formats, said, t } from "../words/words.ts";
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
      <p>{said(text)}</p>
    </Notice>
  ) : null;

/** What an action answered, shown once. */
export interface Flash {
  readonly kind: Kind;
  readonly text: string;
  /** Where it is taken back. */
  readonly undo?: string;
  /** For how long that is offered, where not as long as usual. */
  readonly undoSeconds?: number;
}

/** One message in the corner; the page's script lets it go after a while. `csrf` is for the form that takes back what it tells of. */
export const Toast = ({ kind, text, undo, undoSeconds, csrf }: Flash & { csrf?: string }) => (
  <div class="toast" data-kind={kind} data-seconds={undoSeconds} role={kind === "danger" ? "alert" : undefined}>
    <Icon name={KIND_ICON[kind]} />
    <p>{text}</p>
    {undo ? (
      <form action={undo} method="post" hx-post={undo} hx-target="#main" hx-swap="outerMorph" hx-replace-url="true">
        <input type="hidden" name="csrf" value={csrf} />
        <button class="btn btn-small" type="submit" data-key="z">
          {t("Undo")}
        </button>
      </form>
    ) : null}
    <button class="btn btn-quiet btn-small btn-icon" type="button" data-dismiss aria-label={t("Close this message")}>
      <Icon name="close" />
    </button>
  </div>
);

/** A toast beside the main answer of an htmx request (it is added to the page's corner). */
export const ToastPartial = (flash: Flash & { csrf?: string }) => (
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
  <nav class="pager" aria-label={t("Pages")}>
    <span class="num">
      {pages > 1
        ? t("{total} {noun}, page {page} of {pages}", { total, noun, page, pages })
        : `${formats().number(total)} ${noun}`}
    </span>
    {pages > 1 ? (
      <span class="row">
        {page > 1 ? (
          <a class="btn btn-small" href={href(page - 1)} rel="prev">
            <Icon name="chevronLeft" />
            {t("Previous")}
          </a>
        ) : null}
        {page < pages ? (
          <a class="btn btn-small" href={href(page + 1)} rel="next">
            {t("Next")}
            <Icon name="chevronRight" />
          </a>
        ) : null}
      </span>
    ) : null}
  </nav>
);

const DAY = 86_400_000;

/** A moment in few words, near ones by the clock and far ones by the date; the full time is in the title. `now` and `at` are epoch milliseconds. */
export const Moment = ({ at, now }: { at: number; now: number }) => (
  <time class="num" datetime={new Date(at).toISOString()} title={fullTime(at)}>
    {momentWords(at, now)}
  </time>
);

/** What happened while a page was being drawn is not to come. */
const DRAWING_MS = 2_000;

/** The words of {@link Moment}: "14:05", "yesterday 14:05", "12 Mar", "12 Mar 2024", and "in 5 min" for what is to come. */
export const momentWords = (at: number, now: number): string => {
  const write = formats();
  const day = write.day(at);
  if (at > now + DRAWING_MS) {
    const minutes = Math.ceil((at - now) / 60_000);
    if (minutes < 60) return t("in {n} min", { n: minutes });
    if (minutes < 36 * 60) return t("in {n} h", { n: Math.round(minutes / 60) });
  } else {
    if (day === write.day(now)) return write.clock(at);
    if (day === write.day(now - DAY)) return t("yesterday {time}", { time: write.clock(at) });
  }
  const sameYear = day.slice(0, 4) === write.day(now).slice(0, 4);
  return sameYear ? write.date(at) : write.dateAndYear(at);
};

/** A day: "12 Mar 2024". */
export const dateWords = (at: number): string => formats().dateAndYear(at);

/** Date and time in full, for titles and details. */
export const fullTime = (at: number): string => formats().full(at);

/** The same for programs, to the minute. */
export const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** Octets in words of a person's size: 1 decimal below ten, none above. */
export const sizeWords = (octets: number): string => {
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? formats().number(value) : formats().size(value)} ${UNITS[unit]}`;
};
