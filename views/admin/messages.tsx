/** Messages that came by: the list with its search, and the way of one in plain words. */
import { FormActions, SearchBox, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { listHref, Pills } from "../parts/list.tsx";
import { LiveEvents, renewedBy } from "../parts/live.tsx";
import { Badge, Empty, fullTime, type Kind, Moment, PageHead, sizeWords } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

export type MessageResult = "delivered" | "junk" | "held" | "waiting" | "sent" | "returned" | "deleted" | "refused";

/** One message. */
export interface MessageLine {
  readonly trace: string;
  readonly at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly result: MessageResult;
  readonly reply?: string;
}

/** What is looked for. Times are days. */
export interface MessageWishes {
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly id: string;
  readonly result: MessageResult | "";
  readonly since: string;
  readonly until: string;
}

export interface MessagesPage {
  readonly wishes: MessageWishes;
  readonly lines: readonly MessageLine[];
  /** The id from which the next page goes on; undefined at the end. */
  readonly older?: number;
  /** This is an older page: nothing new is added to it. */
  readonly past: boolean;
  /** How long they are kept. */
  readonly days: number;
}

export const RESULT_WORDS: Readonly<Record<MessageResult, { kind: Kind; word: string }>> = {
  delivered: { kind: "ok", word: "delivered" },
  sent: { kind: "ok", word: "sent" },
  junk: { kind: "warn", word: "junk" },
  held: { kind: "warn", word: "held" },
  waiting: { kind: "warn", word: "waiting" },
  returned: { kind: "danger", word: "returned" },
  refused: { kind: "danger", word: "refused" },
  deleted: { kind: "off", word: "deleted" },
};

const FILTERS: readonly { result: MessageResult | ""; label: string }[] = [
  { result: "", label: "All" },
  { result: "delivered", label: "Delivered" },
  { result: "sent", label: "Sent" },
  { result: "waiting", label: "Waiting" },
  { result: "returned", label: "Returned" },
  { result: "junk", label: "Junk" },
  { result: "held", label: "Held" },
  { result: "refused", label: "Refused" },
];

const AT = "/admin/messages";
const hrefOf = (wishes: MessageWishes, before = "") => listHref(AT, { ...wishes, before });

const Line = ({ line, now }: { line: MessageLine; now: number }) => {
  const { kind, word } = RESULT_WORDS[line.result];
  return (
    <tr>
      <td>
        <span class="two">
          <a class="clip" href={`${AT}/${encodeURIComponent(line.trace)}`}>
            {line.subject || "(no subject)"}
          </a>
          <span class="muted small clip">
            {line.from || "report"} to {line.to[0] ?? "nobody"}
            {line.to.length > 1 ? ` and ${line.to.length - 1} more` : ""}
          </span>
          {line.reply ? <span class="small clip reply">{line.reply}</span> : null}
        </span>
      </td>
      <td data-label="What became of it">
        <Badge kind={kind}>{word}</Badge>
      </td>
      <td data-label="When" class="num">
        <Moment at={line.at} now={now} />
      </td>
    </tr>
  );
};

/** Wishes that a form keeps, but for those it has fields for. */
const Kept = ({ wishes, but }: { wishes: MessageWishes; but: readonly (keyof MessageWishes)[] }) => (
  <>
    {Object.entries(wishes).map(([name, value]) =>
      value === "" || but.some((one) => one === name) ? null : <input type="hidden" name={name} value={value} />,
    )}
  </>
);

const CLOSER = ["from", "to", "subject", "id", "since", "until"] as const;

const Closer = ({ wishes }: { wishes: MessageWishes }) => (
  <details class="fold" open={CLOSER.some((name) => wishes[name] !== "")}>
    <summary>Search closer</summary>
    <form class="form" action={AT} method="get">
      <Kept wishes={wishes} but={CLOSER} />
      <div class="grid">
        <TextField label="Sender" name="from" value={wishes.from} />
        <TextField label="Recipient" name="to" value={wishes.to} />
        <TextField label="Subject" name="subject" value={wishes.subject} />
        <TextField label="Message-ID" name="id" value={wishes.id} />
        <TextField label="From this day" name="since" type="date" value={wishes.since} />
        <TextField label="To this day" name="until" type="date" value={wishes.until} />
      </div>
      <FormActions label="Search" icon="search" cancel={AT} />
    </form>
  </details>
);

export const Messages = ({ frame, page }: { frame: AdminFrame; page: MessagesPage }) => {
  const { wishes, lines, past, older, days } = page;
  const asked = Object.values(wishes).some((value) => value !== "");
  return (
    <Admin title="Messages" frame={frame} place="messages">
      <PageHead title="Messages" lede={`Every message that came by in the last ${days} days, and what became of it.`}>
        {past ? (
          <a class="btn" href={hrefOf(wishes)}>
            Back to now
          </a>
        ) : null}
      </PageHead>
      {past ? null : <LiveEvents at={`${AT}/events?live=1`} />}
      <div class="stack">
        <div class="spread wrap">
          <Pills
            label="What became of them"
            choices={FILTERS.map(({ result, label }) => ({
              label,
              href: hrefOf({ ...wishes, result }),
              current: result === wishes.result,
            }))}
          />
          <SearchBox action={AT} value={wishes.q} label="Search sender, recipient, subject or id" target="#list">
            <Kept wishes={wishes} but={["q"]} />
          </SearchBox>
        </div>
        <Closer wishes={wishes} />
        <div class="stack" id="list" {...(past ? {} : renewedBy(hrefOf(wishes)))}>
          <section class="panel panel-flush" aria-label="Messages">
            {lines.length === 0 ? (
              <Empty icon="mail" title={asked ? "Nothing matches" : "Nothing came by yet"}>
                <p>
                  {asked
                    ? "Try a shorter piece of it. Older messages are forgotten."
                    : "Mail that is received, sent or refused is listed here."}
                </p>
              </Empty>
            ) : (
              <div class="table-wrap">
                <table class="table table-stacks table-fixed">
                  <thead>
                    <tr>
                      <th>Message</th>
                      <th class="w-m">What became of it</th>
                      <th class="w-m">When</th>
                    </tr>
                  </thead>
                  <tbody>
                    {lines.map((line) => (
                      <Line line={line} now={frame.now} />
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            {older === undefined ? null : (
              <nav class="pager" aria-label="Pages">
                <span />
                <a class="btn btn-small" href={hrefOf(wishes, String(older))}>
                  Older
                  <Icon name="chevronRight" />
                </a>
              </nav>
            )}
          </section>
        </div>
      </div>
    </Admin>
  );
};

/** One step of a message's way. */
export interface MessageStep {
  readonly at: number;
  readonly title: string;
  readonly text: string;
  readonly details: readonly string[];
  readonly mood: "good" | "waiting" | "bad" | "plain";
}

/** One message and its way. */
export interface MessagePage {
  readonly trace: string;
  readonly messages: readonly (MessageLine & {
    readonly size: number;
    readonly messageId: string;
    readonly login?: string;
    readonly remote?: string;
  })[];
  readonly steps: readonly MessageStep[];
  /** Its number in the queue, while it stands there. */
  readonly queued?: number;
}

const MOODS: Readonly<Record<MessageStep["mood"], Kind>> = { good: "ok", waiting: "warn", bad: "danger", plain: "off" };

export const Message = ({ frame, page }: { frame: AdminFrame; page: MessagePage }) => {
  const here = `${AT}/${encodeURIComponent(page.trace)}`;
  const title = page.messages.find((one) => one.subject !== "")?.subject ?? "(no subject)";
  return (
    <Admin title={title} frame={frame} place="messages">
      <Crumbs href={AT} label="Messages" here={page.trace} />
      <div class="page-head">
        <h1>{title}</h1>
        <div class="row wrap">
          {page.queued === undefined ? null : (
            <a class="btn btn-primary" href={`/admin/queue/${page.queued}`}>
              <Icon name="queue" />
              In the queue
            </a>
          )}
          <a class="btn" href={`/admin/log?trace=${encodeURIComponent(page.trace)}`}>
            <Icon name="log" />
            Log lines
          </a>
        </div>
      </div>
      <LiveEvents at={`${AT}/events?live=1`} />
      <div class="split" id="list" {...renewedBy(here)}>
        <section class="panel panel-flush" aria-labelledby="way">
          <div class="panel-head">
            <h2 id="way">Its way</h2>
          </div>
          {page.steps.length === 0 ? (
            <Empty icon="clock" title="Nothing is known of its way">
              <p>The log does not reach back that far.</p>
            </Empty>
          ) : (
            <ol class="lines">
              {page.steps.map((step) => (
                <li>
                  <span class="two">
                    <span class="wraps">
                      <Badge kind={MOODS[step.mood]}>{step.title}</Badge> {step.text}
                    </span>
                    {step.details.map((line) => (
                      <span class="muted small wraps">{line}</span>
                    ))}
                  </span>
                  <span class="muted num end small" title={fullTime(step.at)}>
                    {new Date(step.at).toLocaleTimeString("en-GB")}
                  </span>
                </li>
              ))}
            </ol>
          )}
        </section>
        <div class="stack">
          {page.messages.map((message) => (
            <section class="panel" aria-label="About this message">
              <dl class="facts facts-tight">
                <dt>Result</dt>
                <dd>
                  <Badge kind={RESULT_WORDS[message.result].kind}>{RESULT_WORDS[message.result].word}</Badge>
                </dd>
                <dt>From</dt>
                <dd class="wraps">{message.from || "a server (a report)"}</dd>
                <dt>To</dt>
                <dd class="wraps">{message.to.join(", ")}</dd>
                <dt>When</dt>
                <dd title={fullTime(message.at)}>
                  <Moment at={message.at} now={frame.now} />
                </dd>
                {message.login === undefined ? null : (
                  <>
                    <dt>Sent by</dt>
                    <dd>{message.login}</dd>
                  </>
                )}
                {message.remote === undefined ? null : (
                  <>
                    <dt>Client</dt>
                    <dd class="mono">{message.remote}</dd>
                  </>
                )}
                {message.size === 0 ? null : (
                  <>
                    <dt>Size</dt>
                    <dd class="num">{sizeWords(message.size)}</dd>
                  </>
                )}
                {message.messageId === "" ? null : (
                  <>
                    <dt>Message-ID</dt>
                    <dd class="mono wraps">{message.messageId}</dd>
                  </>
                )}
              </dl>
              {message.reply ? <p class="muted small wraps">{message.reply}</p> : null}
            </section>
          ))}
        </div>
      </div>
    </Admin>
  );
};
