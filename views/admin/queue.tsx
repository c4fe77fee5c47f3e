/** The queue: what waits for other servers and why, and one waiting message. */
import { ActionButton, CsrfField, SearchBox } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Found, listHref, Pills } from "../parts/list.tsx";
import { LiveEvents, renewedBy } from "../parts/live.tsx";
import {
  Badge,
  Empty,
  fullTime,
  type Kind,
  Moment,
  momentWords,
  PageHead,
  Pager,
  sizeWords,
} from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";
import { DO, type QueueAction } from "./queue-ask.tsx";

/** What a reply means, and what to do about it. */
export interface ShownReason {
  readonly what: string;
  readonly next: string;
}

/** One waiting message. */
export interface QueueLine {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  /** Recipients besides `to`. */
  readonly more: number;
  readonly subject: string;
  readonly size: number;
  readonly createdAt: number;
  readonly nextAttempt?: number;
  readonly state: "waiting" | "sending" | "held";
  readonly lastReply?: string;
  readonly reason?: ShownReason;
}

export type QueueFilter = "all" | "waiting" | "held";

/** Where mail waits to go. */
export interface QueueDestination {
  readonly destination: string;
  /** The same in words. */
  readonly text: string;
  readonly waiting: number;
  readonly held: number;
  readonly nextAttempt?: number;
  readonly lastReply?: string;
  readonly reason?: ShownReason;
}

/** The list. */
export interface QueuePage extends Found {
  readonly filter: QueueFilter;
  /** Only what waits for it; "" for all. */
  readonly destination: string;
  readonly lines: readonly QueueLine[];
  readonly destinations: readonly QueueDestination[];
}

/** One message. */
export interface QueueMessagePage extends QueueLine {
  readonly trace: string;
  readonly expiresAt: number;
  readonly recipients: readonly {
    readonly address: string;
    readonly state: string;
    readonly kind: Kind;
    readonly attempts: number;
    readonly lastReply?: string;
    readonly reason?: ShownReason;
  }[];
  readonly attempts: readonly {
    readonly at: number;
    readonly destination: string;
    readonly remote: string;
    readonly code?: number;
    readonly reply: string;
  }[];
}

const STATES: Record<QueueLine["state"], { kind: Kind; word: string }> = {
  waiting: { kind: "warn", word: "waiting" },
  sending: { kind: "ok", word: "sending" },
  held: { kind: "info", word: "held" },
};

const ACTIONS: readonly { readonly action: QueueAction; readonly label: string }[] = [
  { action: "retry", label: "Try now" },
  { action: "hold", label: "Hold" },
  { action: "release", label: "Release" },
  { action: "reroute", label: "Send another way …" },
  { action: "bounce", label: "Return to sender …" },
  { action: "delete", label: "Delete …" },
];

type Wishes = Pick<QueuePage, "filter" | "search" | "destination">;

const queueHref = ({ filter, search, destination }: Wishes, page = 1) =>
  listHref("/admin/queue", { state: filter === "all" ? "" : filter, to: destination, q: search }, page);

const FILTERS: readonly { filter: QueueFilter; label: string }[] = [
  { filter: "all", label: "All" },
  { filter: "waiting", label: "Waiting" },
  { filter: "held", label: "Held" },
];

/** What is behind a reply, and the reply itself. */
const Why = ({ reason, lastReply }: { reason?: ShownReason | undefined; lastReply?: string | undefined }) => (
  <>
    {reason === undefined ? null : (
      <span class="wraps">
        {reason.what} <span class="muted">{reason.next}</span>
      </span>
    )}
    {lastReply === undefined ? null : <span class="muted small wraps">{lastReply}</span>}
  </>
);

const Line = ({ line, now }: { line: QueueLine; now: number }) => (
  <tr>
    <td class="pick-cell">
      <input
        class="pick"
        type="checkbox"
        name="id"
        value={String(line.id)}
        aria-label={`Choose message ${line.id}`}
        autocomplete="off"
      />
    </td>
    <td>
      <span class="two">
        <a class="clip" href={`/admin/queue/${line.id}`}>
          {line.subject || "(no subject)"}
        </a>
        <span class="muted small clip">
          {line.from || "report"} to {line.to}
          {line.more > 0 ? ` and ${line.more} more` : ""}
        </span>
        {line.reason || line.lastReply ? (
          <span class="small clip reply" title={line.lastReply}>
            {line.reason?.what ?? line.lastReply}
          </span>
        ) : null}
      </span>
    </td>
    <td data-label="State">
      <Badge kind={STATES[line.state].kind}>{STATES[line.state].word}</Badge>
    </td>
    <td data-label="Next try" class="num">
      {line.nextAttempt === undefined ? "—" : line.nextAttempt <= now ? "now" : momentWords(line.nextAttempt, now)}
    </td>
    <td data-label="Since" class="num">
      <Moment at={line.createdAt} now={now} />
    </td>
    <td data-label="Size" class="num end">
      {sizeWords(line.size)}
    </td>
  </tr>
);

/** What is done to those that were chosen; seen once one is. */
const Bulk = () => (
  <fieldset class="bulk" aria-label="Do something with the chosen">
    <span class="bulk-count" data-picked aria-live="polite" />
    <select class="input" name="action" aria-label="What to do with the chosen">
      {ACTIONS.map(({ action, label }) => (
        <option value={action}>{label}</option>
      ))}
    </select>
    <button class="btn btn-primary" type="submit">
      Do it
    </button>
  </fieldset>
);

const Messages = ({ page, csrf, now }: { page: QueuePage; csrf: string; now: number }) => (
  <form action={DO} method="post" id="chosen">
    <CsrfField token={csrf} />
    <input type="hidden" name="back" value={queueHref(page, page.page)} />
    <div class="table-wrap">
      <table class="table table-stacks table-fixed table-picks">
        <thead>
          <tr>
            <th class="pick-cell">
              <input type="checkbox" data-pick-all aria-label="Choose all on this page" hidden />
            </th>
            <th>Message</th>
            <th class="w-s">State</th>
            <th class="w-s">Next try</th>
            <th class="w-m">Since</th>
            <th class="w-s end">Size</th>
          </tr>
        </thead>
        <tbody>
          {page.lines.map((line) => (
            <Line line={line} now={now} />
          ))}
        </tbody>
      </table>
    </div>
    <Bulk />
    <Pager
      page={page.page}
      pages={page.pages}
      total={page.total}
      noun={page.total === 1 ? "message" : "messages"}
      href={(to) => queueHref(page, to)}
    />
  </form>
);

const countWords = ({ waiting, held }: QueueDestination) =>
  [waiting > 0 || held === 0 ? `${waiting} waiting` : "", held > 0 ? `${held} held` : ""].filter(Boolean).join(", ");

/** Destinations that stand open in the list; the others are folded. */
const OPEN = 6;

const Destinations = ({ page }: { page: QueuePage }) => {
  const line = (one: QueueDestination) => (
    <li>
      <span class="two">
        <a class="strong clip" href={queueHref({ filter: "all", search: "", destination: one.destination })}>
          {one.text}
        </a>
        {one.reason === undefined ? null : <span class="muted small wraps">{one.reason.what}</span>}
      </span>
      <span class="muted num end">{countWords(one)}</span>
    </li>
  );
  const folded = page.destinations.slice(OPEN);
  return (
    <section class="panel panel-flush" aria-labelledby="destinations">
      <div class="panel-head">
        <h2 id="destinations">By destination</h2>
      </div>
      <ul class="lines">{page.destinations.slice(0, OPEN).map(line)}</ul>
      {folded.length === 0 ? null : (
        <details class="fold fold-in">
          <summary>{folded.length} more</summary>
          <ul class="lines">{folded.map(line)}</ul>
        </details>
      )}
    </section>
  );
};

/** A button for something done to mail: at once, or after a question. */
const Act = ({
  action,
  label,
  icon,
  fields,
  csrf,
  primary,
}: {
  action: QueueAction;
  label: string;
  icon: Parameters<typeof Icon>[0]["name"];
  fields: Readonly<Record<string, string>>;
  csrf: string;
  primary?: boolean;
}) => {
  const style = primary ? "btn btn-primary" : "btn";
  if (action === "retry" || action === "hold" || action === "release") {
    return (
      <ActionButton action={DO} csrf={csrf} label={label} icon={icon} class={style} fields={{ ...fields, action }} />
    );
  }
  const href = listHref("/admin/queue/ask", { ...fields, action });
  return (
    <a class={style} href={href} hx-get={href} hx-target="#dialog">
      <Icon name={icon} />
      {label}
    </a>
  );
};

/** What can be done with mail, in a row. */
const Acts = ({
  fields,
  csrf,
  held,
  waiting,
}: {
  fields: Readonly<Record<string, string>>;
  csrf: string;
  held: boolean;
  waiting: boolean;
}) => (
  <div class="row wrap">
    {waiting ? <Act action="retry" label="Try now" icon="refresh" fields={fields} csrf={csrf} primary /> : null}
    {held ? <Act action="release" label="Release" icon="play" fields={fields} csrf={csrf} /> : null}
    {waiting ? <Act action="hold" label="Hold" icon="pause" fields={fields} csrf={csrf} /> : null}
    <Act action="reroute" label="Send another way" icon="forward" fields={fields} csrf={csrf} />
    <Act action="bounce" label="Return" icon="reply" fields={fields} csrf={csrf} />
    <Act action="delete" label="Delete" icon="trash" fields={fields} csrf={csrf} />
  </div>
);

/** The one destination that is looked at. */
const Destination = ({ page, csrf, now }: { page: QueuePage; csrf: string; now: number }) => {
  const found = page.destinations.find((one) => one.destination === page.destination);
  const next = found?.nextAttempt;
  return (
    <section class="panel" aria-labelledby="destination">
      <div class="spread wrap">
        <h2 id="destination">For {found?.text ?? page.destination}</h2>
        <a class="btn btn-quiet" href="/admin/queue">
          All destinations
        </a>
      </div>
      {found === undefined ? (
        <p class="muted">Nothing waits for it any more.</p>
      ) : (
        <div class="stack">
          <p class="muted">
            {countWords(found)}
            {next === undefined ? "" : `; next try ${next <= now ? "now" : momentWords(next, now)}`}
          </p>
          <p class="two">
            <Why reason={found.reason} lastReply={found.lastReply} />
          </p>
          <Acts
            fields={{ id: "all", destination: page.destination, back: queueHref(page) }}
            csrf={csrf}
            held={found.held > 0}
            waiting={found.waiting > 0}
          />
        </div>
      )}
    </section>
  );
};

export const Queue = ({ frame, page }: { frame: AdminFrame; page: QueuePage }) => (
  <Admin title="Queue" frame={frame} place="queue">
    <PageHead
      title="Queue"
      lede="Outgoing mail that other servers have not taken yet. It is tried again by itself, and returned to its sender when that takes too long."
    >
      {page.destinations.length > 0 && page.destination === "" ? (
        <Act
          action="retry"
          label="Try all now"
          icon="refresh"
          fields={{ id: "all", back: queueHref(page) }}
          csrf={frame.csrf}
          primary
        />
      ) : null}
    </PageHead>
    <LiveEvents at="/admin/queue/events?live=1" />
    <div class="stack">
      <div class="spread wrap">
        <Pills
          label="Which messages"
          choices={FILTERS.map(({ filter, label }) => ({
            label,
            href: queueHref({ ...page, filter }),
            current: filter === page.filter,
          }))}
        />
        <SearchBox action="/admin/queue" value={page.search} label="Search sender, recipient or trace" target="#list">
          {page.filter === "all" ? null : <input type="hidden" name="state" value={page.filter} />}
          {page.destination === "" ? null : <input type="hidden" name="to" value={page.destination} />}
        </SearchBox>
      </div>
      <div class="stack" id="list" {...renewedBy(queueHref(page, page.page))}>
        {page.destination !== "" ? (
          <Destination page={page} csrf={frame.csrf} now={frame.now} />
        ) : page.destinations.length > 1 ? (
          <Destinations page={page} />
        ) : null}
        <section class="panel panel-flush" id="found">
          {page.lines.length === 0 ? (
            <Empty icon="queue" title={page.search || page.filter !== "all" ? "Nothing matches" : "Nothing is waiting"}>
              <p>
                Mail that another server could not take yet stands here, with the reason and the time of the next try.
              </p>
            </Empty>
          ) : (
            <Messages page={page} csrf={frame.csrf} now={frame.now} />
          )}
        </section>
      </div>
    </div>
  </Admin>
);

export const QueueMessage = ({ frame, page }: { frame: AdminFrame; page: QueueMessagePage }) => {
  const here = `/admin/queue/${page.id}`;
  return (
    <Admin title={page.subject || "Waiting message"} frame={frame} place="queue">
      <Crumbs href="/admin/queue" label="Queue" here={page.id} />
      <div class="page-head">
        <h1>{page.subject || "(no subject)"}</h1>
        <Acts
          fields={{ id: String(page.id), back: here }}
          csrf={frame.csrf}
          held={page.state === "held"}
          waiting={page.state !== "held"}
        />
      </div>
      <div class="split">
        <div class="stack">
          <section class="panel panel-flush" aria-labelledby="recipients">
            <div class="panel-head">
              <h2 id="recipients">Recipients</h2>
            </div>
            <ul class="lines">
              {page.recipients.map((recipient) => (
                <li>
                  <span class="two">
                    <span class="strong clip">{recipient.address}</span>
                    <Why reason={recipient.reason} lastReply={recipient.lastReply} />
                  </span>
                  <span class="row end num">
                    <Badge kind={recipient.kind}>{recipient.state}</Badge>
                    <span class="muted small">
                      {recipient.attempts} {recipient.attempts === 1 ? "try" : "tries"}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          </section>
          <section class="panel panel-flush" aria-labelledby="attempts">
            <div class="panel-head">
              <h2 id="attempts">What was tried</h2>
            </div>
            {page.attempts.length === 0 ? (
              <Empty icon="clock" title="Nothing yet">
                <p>The first try comes in a moment.</p>
              </Empty>
            ) : (
              <ul class="lines">
                {page.attempts.map((attempt) => (
                  <li>
                    <span class="two">
                      <span class="wraps">{attempt.reply}</span>
                      <span class="muted small clip">{attempt.remote || attempt.destination}</span>
                    </span>
                    <span class="muted num end small">
                      <Moment at={attempt.at} now={frame.now} />
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </section>
        </div>
        <section class="panel" aria-label="About this message">
          <dl class="facts facts-tight">
            <dt>From</dt>
            <dd>{page.from || "this server (a report)"}</dd>
            <dt>Size</dt>
            <dd class="num">{sizeWords(page.size)}</dd>
            <dt>Accepted</dt>
            <dd title={fullTime(page.createdAt)}>
              <Moment at={page.createdAt} now={frame.now} />
            </dd>
            <dt>Next try</dt>
            <dd>{page.nextAttempt === undefined ? "—" : momentWords(page.nextAttempt, frame.now)}</dd>
            <dt>Returned after</dt>
            <dd title={fullTime(page.expiresAt)}>
              <Moment at={page.expiresAt} now={frame.now} />
            </dd>
            <dt>Trace</dt>
            <dd>
              <a class="mono" href={`/admin/messages/${encodeURIComponent(page.trace)}`}>
                {page.trace}
              </a>
            </dd>
          </dl>
          <p>
            <a class="btn" href={`${here}/message`} hx-get={`${here}/message`} hx-target="#dialog">
              <Icon name="eye" />
              Look at it
            </a>
          </p>
        </section>
      </div>
    </Admin>
  );
};
