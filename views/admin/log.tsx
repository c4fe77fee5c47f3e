/** The live log: what happened, the latest first; new lines come by themselves. */

import { Icon } from "../parts/icon.tsx";
import { listHref } from "../parts/list.tsx";
import { Empty, PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line. */
export interface LogLine {
  readonly at: number;
  readonly level: LogLevel;
  readonly room: string;
  readonly name: string;
  readonly text: string;
  readonly trace?: string;
  readonly session?: string;
  readonly user?: string;
  readonly remote?: string;
  /** More about it, such as a stack, as text. */
  readonly detail?: string;
}

/** What is looked at. */
export interface LogFilter {
  readonly room: string;
  readonly level: LogLevel | "";
  readonly trace: string;
  readonly session: string;
}

/** What the page shows. */
export interface LogPage {
  readonly filter: LogFilter;
  readonly rooms: readonly string[];
  readonly lines: readonly LogLine[];
  /** The id from which the next page goes on; undefined at the end. */
  readonly older?: number;
  /** This is an older page: nothing new is added to it. */
  readonly past: boolean;
}

/** The most lines that the live list keeps. */
const MOST_LINES = 500;

const logHref = (filter: LogFilter, at = "", before = "") => listHref(`/admin/log${at}`, { ...filter, before });

const DATE = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });

const time = (at: number) => `${DATE.format(at)} ${new Date(at).toLocaleTimeString("en-GB")}`;

/** One line; also what the stream sends. */
export const Entry = ({ line }: { line: LogLine }) => (
  <li class="log-line" data-level={line.level}>
    <time class="num" datetime={new Date(line.at).toISOString()}>
      {time(line.at)}
    </time>
    <a class="log-room" href={`/admin/log?room=${encodeURIComponent(line.room)}`}>
      {line.room}
    </a>
    <span class="log-text">
      <span class="log-name">{line.name}</span>
      {line.text ? ` ${line.text}` : ""}
      <span class="log-about">
        {line.user ? <span>{line.user}</span> : null}
        {line.remote ? <span>{line.remote}</span> : null}
        {line.trace ? (
          <a class="mono" href={`/admin/log?trace=${encodeURIComponent(line.trace)}`}>
            {line.trace}
          </a>
        ) : line.session ? (
          <a class="mono" href={`/admin/log?session=${encodeURIComponent(line.session)}`}>
            {line.session}
          </a>
        ) : null}
      </span>
      {line.detail ? (
        <details>
          <summary>More</summary>
          <pre class="code">{line.detail}</pre>
        </details>
      ) : null}
    </span>
  </li>
);

const Option = ({ value, label, chosen }: { value: string; label: string; chosen: string }) => (
  <option value={value} selected={value === chosen}>
    {label}
  </option>
);

export const Log = ({ frame, page }: { frame: AdminFrame; page: LogPage }) => {
  const { filter } = page;
  return (
    <Admin title="Live log" frame={frame} place="log">
      <PageHead title={page.past ? "Log" : "Live log"} lede="Everything that happens here, the latest first.">
        {page.past ? (
          <a class="btn" href={logHref(filter)}>
            Back to now
          </a>
        ) : null}
      </PageHead>
      <div class="stack">
        <form class="row filters" action="/admin/log" method="get">
          <select class="input" name="room" aria-label="Which part">
            <Option value="" label="All parts" chosen={filter.room} />
            {page.rooms.map((room) => (
              <Option value={room} label={room} chosen={filter.room} />
            ))}
          </select>
          <select class="input" name="level" aria-label="How grave">
            <Option value="" label="All levels" chosen={filter.level} />
            <Option value="error" label="Errors" chosen={filter.level} />
            <Option value="warn" label="Warnings" chosen={filter.level} />
            <Option value="info" label="Information" chosen={filter.level} />
            <Option value="debug" label="Debug" chosen={filter.level} />
          </select>
          <input
            class="input mono"
            name="trace"
            value={filter.trace}
            placeholder="Trace of a message"
            aria-label="Trace of a message"
            autocomplete="off"
            spellcheck={false}
          />
          {filter.session ? <input type="hidden" name="session" value={filter.session} /> : null}
          <button class="btn" type="submit">
            <Icon name="filter" />
            Show
          </button>
          {Object.values(filter).some((value) => value !== "") ? (
            <a class="btn btn-quiet" href="/admin/log">
              Everything
            </a>
          ) : null}
        </form>
        <section class="panel panel-flush" aria-label="Log">
          {page.past ? null : (
            <p class="live-head muted small">
              <span class="live-dot" />
              New lines come by themselves while scripts are on.
            </p>
          )}
          <ol
            class="log"
            id="log"
            data-follow={String(MOST_LINES)}
            {...(page.past
              ? {}
              : {
                  "hx-sse:connect": logHref(filter, "/stream"),
                  "hx-swap": "afterbegin",
                  "hx-target": "this",
                })}
          >
            {page.lines.map((line) => (
              <Entry line={line} />
            ))}
          </ol>
          {page.lines.length === 0 ? (
            <Empty icon="log" title="Nothing here yet">
              <p>
                No event fits what you asked for. Events are kept for thirty days unless the settings say otherwise.
              </p>
            </Empty>
          ) : null}
          {page.older === undefined ? null : (
            <nav class="pager" aria-label="Pages">
              <span />
              <a class="btn btn-small" href={logHref(filter, "", String(page.older))}>
                Older
                <Icon name="chevronRight" />
              </a>
            </nav>
          )}
        </section>
      </div>
    </Admin>
  );
};
