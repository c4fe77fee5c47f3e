/** The lines of a list, a part at a time: as one scrolls the next is fetched, and each can be fetched again where it stands. */
import type { Child } from "hono/jsx";
import { Icon } from "../parts/icon.tsx";
import { fullTime, minuteOf } from "../parts/telling.tsx";
import { t, tn } from "../words/words.ts";

/** A keyword of a message that people gave a name. */
export interface RowLabel {
  readonly name: string;
  /** One of eight colours. */
  readonly tone: number;
}

/** One message in the list, or one conversation. */
export interface ListRow {
  /** Of a conversation that of its newest message. */
  readonly uid: number;
  readonly href: string;
  /** The author; in Sent and Drafts the recipients; of a conversation who takes part. */
  readonly who: string;
  /** Messages of the conversation. */
  readonly count: number;
  readonly subject: string;
  /** What the message begins with; may be empty. */
  readonly words: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly when: string;
  /** Two letters and one of eight colours that stand for the correspondent. */
  readonly initials: string;
  readonly tone: number;
  readonly unread: boolean;
  readonly flagged: boolean;
  readonly answered: boolean;
  readonly forwarded: boolean;
  readonly attachments: boolean;
  readonly labels: readonly RowLabel[];
  /** When it comes back, in words, of what is put off. */
  readonly until: string | undefined;
  readonly muted: boolean;
  /** Open in the reading pane. */
  readonly current: boolean;
}

/** A label as it stands on a message. */
export const LabelChip = ({ label }: { label: RowLabel }) => (
  <bdi class={`mail-label tone-${label.tone}`}>{label.name}</bdi>
);

/** A list that fetches itself anew from an address when the server says that something changed. */
export const liveList = (href: string) => ({
  class: "mail-list",
  id: "list",
  tabindex: -1,
  "hx-get": href,
  "hx-trigger": "changed from:#live",
  "hx-target": "this",
  "hx-swap": "outerMorph",
  "hx-sync": "this:replace",
});

/** A message as it stands in a line, in a folder's list or among what was found. */
interface LineOf {
  readonly row: Omit<ListRow, "uid" | "who" | "subject" | "words">;
  readonly id: string;
  /** What the form sends of it, and what its box is called. */
  readonly value: string | number;
  readonly tick: string;
  readonly opensCompose: boolean;
  readonly who: Child;
  readonly subject: Child;
  /** What stands below the subject. */
  readonly below: Child;
}

/** One line. */
export const Line = ({ row, id, value, tick, opensCompose, who, subject, below }: LineOf) => (
  <li class={row.unread ? "mail-row mail-unread" : "mail-row"} id={id} aria-current={row.current ? "true" : undefined}>
    <label class="mail-pick">
      <input type="checkbox" name="uid" value={value} aria-label={tick} />
      <span class={`mail-avatar tone-${row.tone}`} aria-hidden="true">
        <span>{row.initials}</span>
        <Icon name="check" />
      </span>
    </label>
    <a class="mail-link" href={row.href} data-opens={opensCompose ? "#main" : "#reader"}>
      <span class="mail-who">
        {row.unread ? <span class="visually-hidden">{t("Unread:")} </span> : null}
        <bdi>{who}</bdi>
        {row.count > 1 ? (
          <span class="mail-count num" title={tn(row.count, "{n} message", "{n} messages")}>
            {row.count}
          </span>
        ) : null}
      </span>
      <time class="mail-when num" datetime={minuteOf(row.at)} title={fullTime(row.at)}>
        {row.until === undefined ? (
          row.when
        ) : (
          <>
            <Icon name="clock" label={t("Comes back")} /> {row.until}
          </>
        )}
      </time>
      <span class="mail-subject">
        {row.answered ? <Icon name="reply" label={t("Answered")} /> : null}
        {row.muted ? <Icon name="mute" label={t("Muted")} /> : null}
        {row.forwarded ? <Icon name="forward" label={t("Forwarded")} /> : null}
        <bdi>{subject}</bdi>
        {row.labels.map((label) => (
          <LabelChip label={label} />
        ))}
        {row.attachments ? <Icon name="attachment" label={t("With attachments")} /> : null}
      </span>
      {below}
    </a>
    <button
      class="mail-star"
      type="submit"
      name="star"
      value={value}
      aria-pressed={row.flagged ? "true" : "false"}
      aria-label={t("Star")}
      title={row.flagged ? t("Take the star off") : t("Put a star on")}
    >
      <Icon name="star" filled={row.flagged} />
    </button>
  </li>
);

/** A line of a folder's list; also sent alone, when opening a message changes its looks. */
export const Row = ({ row, compose }: { row: ListRow; compose: boolean }) => (
  <Line
    row={row}
    id={`m${row.uid}`}
    value={row.uid}
    tick={t("Tick the message from {who}: {subject}", { who: row.who, subject: row.subject })}
    opensCompose={compose}
    who={row.who}
    subject={row.subject}
    below={row.words === "" ? null : <bdi class="mail-words clip">{row.words}</bdi>}
  />
);

/** Some lines of a list, and where they are fetched again. */
export interface RowPart {
  readonly rows: readonly ListRow[];
  /** Where the lines behind them are fetched; undefined where there are none. */
  readonly more: string | undefined;
  /** Where these lines are fetched again; undefined where only the whole list is. */
  readonly again: string | undefined;
}

/** A part of the list. The first has the id "rows"; whatever fetches parts again finds the others by their addresses. */
export const Rows = ({ part, compose, first }: { part: RowPart; compose: boolean; first?: boolean }) => (
  <ol class="mail-rows" id={first ? "rows" : undefined} data-again={part.again}>
    {part.rows.map((row) => (
      <Row row={row} compose={compose} />
    ))}
  </ol>
);

/** What stands behind the last line that was fetched: once it is seen, the next come in its place. */
export const More = ({ href }: { href: string }) => (
  <p
    class="mail-more"
    id="more"
    hx-get={href}
    hx-trigger="intersect once threshold:0, more"
    hx-target="this"
    hx-swap="outerHTML"
    aria-hidden="true"
  >
    <span class="spinner" />
  </p>
);

/** The next part of a list, in place of what stood behind the last line. */
export const NextRows = ({ part, compose }: { part: RowPart; compose: boolean }) => (
  <>
    <Rows part={part} compose={compose} />
    {part.more === undefined ? null : <More href={part.more} />}
  </>
);
