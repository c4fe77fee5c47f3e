/** The queue: what waits for other servers, and one waiting message. */
import { ActionButton, SearchBox } from "../parts/forms.tsx";
import { type Found, listHref } from "../parts/list.tsx";
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
import { AskToRemove } from "./confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

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
}

export type QueueFilter = "all" | "waiting" | "held";

/** The list. */
export interface QueuePage extends Found {
  readonly filter: QueueFilter;
  readonly lines: readonly QueueLine[];
  readonly destinations: readonly {
    readonly text: string;
    readonly waiting: number;
    readonly held: number;
    readonly nextAttempt?: number;
    readonly lastReply?: string;
  }[];
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
    readonly nextAttempt?: number;
    readonly lastReply?: string;
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

const filterHref = (filter: QueueFilter, search: string, page = 1, live = false) =>
  listHref("/admin/queue", { state: filter === "all" ? "" : filter, q: search, live: live ? "1" : "" }, page);

const FILTERS: readonly { filter: QueueFilter; label: string }[] = [
  { filter: "all", label: "All" },
  { filter: "waiting", label: "Waiting" },
  { filter: "held", label: "Held" },
];

const Line = ({ line, now }: { line: QueueLine; now: number }) => (
  <tr>
    <td>
      <span class="two">
        <a class="clip" href={`/admin/queue/${line.id}`}>
          {line.subject || "(no subject)"}
        </a>
        <span class="muted small clip">
          {line.from || "report"} to {line.to}
          {line.more > 0 ? ` and ${line.more} more` : ""}
        </span>
        {line.lastReply ? <span class="small clip reply">{line.lastReply}</span> : null}
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

export const Queue = ({ frame, page }: { frame: AdminFrame; page: QueuePage }) => (
  <Admin title="Queue" frame={frame} place="queue">
    <PageHead
      title="Queue"
      lede="Outgoing mail that other servers have not taken yet. It is tried again by itself, and returned to its sender after four days."
    >
      {page.total > 0 ? (
        <ActionButton
          action="/admin/queue/all/retry"
          csrf={frame.csrf}
          label="Try all now"
          icon="refresh"
          class="btn btn-primary"
        />
      ) : null}
    </PageHead>
    <div
      class="stack"
      id="list"
      hx-get={filterHref(page.filter, page.search, page.page, true)}
      hx-trigger="every 20s"
      hx-select="#list"
      hx-swap="outerMorph"
      hx-target="this"
    >
      <div class="spread wrap">
        <nav class="pills" aria-label="Which messages">
          {FILTERS.map(({ filter, label }) => (
            <a href={filterHref(filter, page.search)} aria-current={filter === page.filter ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <SearchBox action="/admin/queue" value={page.search} label="Search sender, recipient or trace" target="#found">
          {page.filter === "all" ? null : <input type="hidden" name="state" value={page.filter} />}
        </SearchBox>
      </div>
      <section class="panel panel-flush" id="found">
        {page.lines.length === 0 ? (
          <Empty icon="queue" title={page.search || page.filter !== "all" ? "Nothing matches" : "Nothing is waiting"}>
            <p>
              Mail that another server could not take yet stands here, with the reason and the time of the next try.
            </p>
          </Empty>
        ) : (
          <>
            <div class="table-wrap">
              <table class="table table-stacks table-fixed">
                <thead>
                  <tr>
                    <th>Message</th>
                    <th class="w-s">State</th>
                    <th class="w-s">Next try</th>
                    <th class="w-m">Since</th>
                    <th class="w-s end">Size</th>
                  </tr>
                </thead>
                <tbody>
                  {page.lines.map((line) => (
                    <Line line={line} now={frame.now} />
                  ))}
                </tbody>
              </table>
            </div>
            <Pager
              page={page.page}
              pages={page.pages}
              total={page.total}
              noun={page.total === 1 ? "message" : "messages"}
              href={(to) => filterHref(page.filter, page.search, to)}
            />
          </>
        )}
      </section>
      {page.destinations.length > 1 ? (
        <section class="panel panel-flush" aria-labelledby="destinations">
          <div class="panel-head">
            <h2 id="destinations">By destination</h2>
          </div>
          <ul class="lines">
            {page.destinations.map((destination) => (
              <li>
                <span class="two">
                  <span class="strong clip">{destination.text}</span>
                  {destination.lastReply ? <span class="muted small clip">{destination.lastReply}</span> : null}
                </span>
                <span class="muted num end">
                  {destination.waiting} waiting{destination.held > 0 ? `, ${destination.held} held` : ""}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
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
        <div class="row">
          <ActionButton
            action={`${here}/retry`}
            csrf={frame.csrf}
            label="Try now"
            icon="refresh"
            class="btn btn-primary"
          />
          {page.state === "held" ? (
            <ActionButton action={`${here}/release`} csrf={frame.csrf} label="Release" icon="play" class="btn" />
          ) : (
            <ActionButton action={`${here}/hold`} csrf={frame.csrf} label="Hold" icon="pause" class="btn" />
          )}
          <AskToRemove href={`${here}/delete`} label="Delete" />
        </div>
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
                    {recipient.lastReply ? <span class="muted small wraps">{recipient.lastReply}</span> : null}
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
              <a class="mono" href={`/admin/log?trace=${encodeURIComponent(page.trace)}`}>
                {page.trace}
              </a>
            </dd>
          </dl>
        </section>
      </div>
    </Admin>
  );
};
