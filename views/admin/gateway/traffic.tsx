/** Who goes where through the gateway, and how much: now, in sums, and line by line. */
import { ActionButton } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { listHref } from "../../parts/list.tsx";
import { Badge, Empty, type Kind, Moment, PageHead, sizeWords } from "../../parts/telling.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";
import { Figure, numberWords, renewing } from "./parts.tsx";
import { type Boards, Pickets } from "./pickets.tsx";
import { TrafficTabs } from "./policy-tabs.tsx";
import { SERVICE_WORDS } from "./rule-words.ts";

export const TRAFFIC = "/admin/gateway";

/** Trips and octets, summed. */
export interface SumLine {
  readonly trips: number;
  readonly refused: number;
  readonly sent: number;
  readonly received: number;
}

export interface LiveLine {
  readonly id: number;
  readonly since: number;
  readonly login: string;
  readonly client: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly sent: number;
  readonly received: number;
}

export interface NowPage {
  readonly connections: readonly LiveLine[];
  readonly total: number;
  readonly today: SumLine;
  readonly hours: readonly Boards[];
  readonly days: readonly Boards[];
  /** The web proxy or SOCKS listens. */
  readonly listens: boolean;
}

const LIVE_ROWS = 200;

const serviceWords = (service: string) => (SERVICE_WORDS[service] ?? service).replace(/^the /, "");

/** Whoever is nobody is named as he typed it, in quotes. */
const whoWords = (login: string, known: boolean): string => {
  if (known) return login === "guest" ? "Guest" : login;
  return login === "" ? "several" : `“${login}”`;
};

const Who = ({ login, client, known = true }: { login: string; client: string; known?: boolean }) => (
  <span class="two">
    <span class={known ? "strong clip" : "muted clip"}>{whoWords(login, known)}</span>
    <span class="muted small mono clip">{client}</span>
  </span>
);

const Where = ({ host, port }: { host: string; port: number }) => (
  <span class="wraps">
    {host === "" ? <span class="muted">several hosts</span> : host}
    {host === "" || port === 443 || port === 80 ? "" : `:${port}`}
  </span>
);

const Live = ({ page, frame }: { page: NowPage; frame: AdminFrame }) => (
  <section
    class="panel panel-flush"
    id="live"
    aria-labelledby="live-title"
    {...renewing(`${TRAFFIC}?live`, "live", "5s")}
  >
    <div class="panel-head">
      <h2 id="live-title">Open now</h2>
      <span class="muted num">{numberWords(page.total)}</span>
    </div>
    {page.connections.length === 0 ? (
      <Empty icon="services" title="Nobody goes through at the moment">
        {page.listens ? (
          <p>
            Devices must be told to use this server: <a href="/admin/gateway/devices">Set up devices</a>
          </p>
        ) : (
          <p>
            Neither the web proxy nor SOCKS listens. <a href="/admin/services">Open their ports</a>
          </p>
        )}
      </Empty>
    ) : (
      <div class="table-wrap">
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>Who</th>
              <th>Where</th>
              <th>Down / up</th>
              <th>Since</th>
              <th>
                <span class="visually-hidden">End</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {page.connections.slice(0, LIVE_ROWS).map((line) => (
              <tr>
                <td class="who">
                  <Who login={line.login} client={line.client} />
                </td>
                <td class="where" data-label="Where">
                  <span class="two">
                    <Where host={line.host} port={line.port} />
                    <span class="muted small">{serviceWords(line.service)}</span>
                  </span>
                </td>
                <td data-label="Down / up" class="num one-line">
                  {`${sizeWords(line.received)} / ${sizeWords(line.sent)}`}
                </td>
                <td data-label="Since">
                  <Moment at={line.since} now={frame.now} />
                </td>
                <td class="end">
                  <ActionButton
                    action={`${TRAFFIC}/cut`}
                    csrf={frame.csrf}
                    label="End"
                    about={`${line.login} to ${line.host}, number ${line.id}`}
                    fields={{ id: String(line.id) }}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
    {page.total > LIVE_ROWS ? (
      <p class="pager muted">{`The oldest ${LIVE_ROWS} of ${numberWords(page.total)} are shown.`}</p>
    ) : null}
  </section>
);

export const Now = ({ frame, page }: { frame: AdminFrame; page: NowPage }) => (
  <Admin title="Traffic" frame={frame} place="gateway">
    <PageHead title="Traffic" lede="Who goes where through the web proxy, SOCKS and the FTP proxy, and how much." />
    <TrafficTabs current="now" />
    <div class="stack stack-l">
      <div class="grid grid-wide">
        <section class="panel" aria-labelledby="day-title">
          <div class="panel-head">
            <h2 id="day-title">Today</h2>
          </div>
          <div class="figures">
            <Figure value={sizeWords(page.today.received)} label="received" />
            <Figure value={sizeWords(page.today.sent)} label="sent" />
            <Figure value={numberWords(page.today.trips)} label="requests" />
            <Figure value={numberWords(page.today.refused)} label="refused" />
          </div>
          <Pickets boards={page.hours} label="The last 24 hours" />
        </section>
        <section class="panel" aria-labelledby="month-title">
          <div class="panel-head">
            <h2 id="month-title">The last 30 days</h2>
            <a class="small" href={`${TRAFFIC}/totals`}>
              Totals
            </a>
          </div>
          <div class="figures">
            <Figure value={sizeWords(page.days.reduce((sum, one) => sum + one.received, 0))} label="received" />
            <Figure value={sizeWords(page.days.reduce((sum, one) => sum + one.sent, 0))} label="sent" />
          </div>
          <Pickets boards={page.days} label="The last 30 days" />
        </section>
      </div>
      <Live page={page} frame={frame} />
    </div>
  </Admin>
);

export interface TotalsPage {
  readonly from: string;
  readonly to: string;
  readonly error?: string;
  readonly total: SumLine;
  readonly users: readonly (SumLine & { readonly login: string })[];
  readonly hosts: readonly (SumLine & { readonly host: string })[];
  readonly days: readonly (SumLine & { readonly day: string })[];
  /** Only totals are kept. */
  readonly totalsOnly: boolean;
}

const Ranking = ({
  title,
  id,
  rows,
}: {
  title: string;
  id: string;
  rows: readonly (SumLine & { readonly words: string; readonly href?: string })[];
}) => {
  const most = Math.max(1, ...rows.map(({ sent, received }) => sent + received));
  return (
    <section class="panel panel-flush" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
      </div>
      <ul class="lines ranking">
        {rows.map((row) => (
          <li>
            <span class="two">
              {row.href ? (
                <a class="strong wraps" href={row.href}>
                  {row.words}
                </a>
              ) : (
                <span class="strong wraps">{row.words}</span>
              )}
              <meter
                class="share"
                min={0}
                max={most}
                value={row.sent + row.received}
                aria-label={`Share of ${row.words}`}
              />
            </span>
            <span class="end two">
              <span class="num">{sizeWords(row.sent + row.received)}</span>
              <span class="muted small num">
                {numberWords(row.trips)} {row.trips === 1 ? "request" : "requests"}
                {row.refused > 0 ? `, ${numberWords(row.refused)} refused` : ""}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
};

/** The first and the last day that are asked for. */
const Days = ({ of: { from, to } }: { of: { readonly from: string; readonly to: string } }) => (
  <>
    <label>
      From
      <input class="input" type="date" name="from" value={from} />
    </label>
    <label>
      To
      <input class="input" type="date" name="to" value={to} />
    </label>
  </>
);

const Span = ({ page }: { page: TotalsPage }) => (
  <form class="row wrap filters" action={`${TRAFFIC}/totals`} method="get">
    <Days of={page} />
    <button class="btn" type="submit">
      Show
    </button>
    {page.error ? <span class="error">{page.error}</span> : null}
  </form>
);

export const Totals = ({ frame, page }: { frame: AdminFrame; page: TotalsPage }) => {
  const log = (wishes: Record<string, string>) =>
    listHref(`${TRAFFIC}/log`, { ...wishes, from: page.from, to: page.to });
  return (
    <Admin title="Totals" frame={frame} place="gateway">
      <PageHead title="Traffic" lede="How much was transferred in some days, by whom, and with which hosts.">
        <a class="btn" href={`${listHref(`${TRAFFIC}/totals.csv`, { from: page.from, to: page.to })}`}>
          <Icon name="download" />
          Totals as CSV
        </a>
      </PageHead>
      <TrafficTabs current="totals" />
      <div class="stack stack-l">
        <Span page={page} />
        {page.total.trips === 0 ? (
          <section class="panel panel-flush">
            <Empty icon="chart" title="Nothing in these days">
              <p>Choose other days above; totals are kept as long as the settings say.</p>
            </Empty>
          </section>
        ) : (
          <>
            <section class="panel" aria-label="In these days">
              <div class="figures figures-end">
                <Figure value={sizeWords(page.total.received)} label="received" />
                <Figure value={sizeWords(page.total.sent)} label="sent" />
                <Figure value={numberWords(page.total.trips)} label="requests" />
                <Figure value={numberWords(page.total.refused)} label="refused" />
              </div>
            </section>
            <div class="grid grid-wide">
              <Ranking
                title="By user"
                id="by-user"
                rows={page.users.map(({ login, ...sum }) => ({
                  ...sum,
                  words: login === "guest" ? "Guests" : login,
                  ...(!login.startsWith("#") && { href: log({ login }) }),
                }))}
              />
              {page.hosts.length > 0 ? (
                <Ranking
                  title="By host"
                  id="by-host"
                  rows={page.hosts.map(({ host, ...sum }) => ({
                    ...sum,
                    words: host || "others, too many to be told apart",
                    ...(host !== "" && { href: log({ host }) }),
                  }))}
                />
              ) : null}
              {page.totalsOnly ? (
                <p class="hint">
                  Hosts are not kept, as the <a href="/admin/settings/gateway">settings</a> say.
                </p>
              ) : null}
              {page.days.length > 1 ? (
                <Ranking
                  title="By day"
                  id="by-day"
                  rows={page.days.map(({ day, ...sum }) => ({
                    ...sum,
                    words: day,
                    href: listHref(`${TRAFFIC}/totals`, { from: day, to: day }),
                  }))}
                />
              ) : null}
            </div>
          </>
        )}
      </div>
    </Admin>
  );
};

export interface TripLine {
  readonly id: number;
  readonly at: number;
  readonly login: string;
  readonly client: string;
  readonly service: string;
  /** Empty for whoever was turned away. */
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly sent: number;
  readonly received: number;
  readonly verdict: string;
  readonly rule: string;
  readonly why: string;
  readonly times: number;
  /** Somebody has this login name. */
  readonly known: boolean;
}

/** What the log is asked for, as typed. */
export interface LogWishes {
  readonly login: string;
  readonly host: string;
  readonly client: string;
  readonly service: string;
  readonly verdict: string;
  readonly from: string;
  readonly to: string;
}

export interface LogPage {
  readonly wishes: LogWishes;
  readonly error?: string;
  readonly trips: readonly TripLine[];
  /** The id from which older lines go on. */
  readonly older?: number;
  readonly totalsOnly: boolean;
}

/** What became of a trip. */
const VERDICTS: Readonly<Record<string, { kind: Kind; words: string }>> = {
  allowed: { kind: "ok", words: "allowed" },
  login: { kind: "danger", words: "not logged in" },
  permission: { kind: "danger", words: "no permission" },
  barred: { kind: "danger", words: "barred" },
  warned: { kind: "warn", words: "warned" },
  quota: { kind: "warn", words: "quota used up" },
  special: { kind: "danger", words: "local target" },
  unresolved: { kind: "off", words: "unknown name" },
  unreachable: { kind: "off", words: "unreachable" },
  timeout: { kind: "off", words: "no answer" },
  connections: { kind: "warn", words: "too many at once" },
  ended: { kind: "warn", words: "ended by hand" },
};

/** He had not got as far as asking for a host. */
const isTurnedAway = ({ scheme }: TripLine): boolean => scheme === "";

const Verdict = ({ trip: { verdict, rule, why } }: { trip: TripLine }) => {
  const { kind, words } = VERDICTS[verdict] ?? { kind: "off" as const, words: verdict };
  return (
    <span class="two">
      <span>
        <Badge kind={kind}>{words}</Badge>
      </span>
      {rule === "" && why === "" ? null : (
        <span class="muted small wraps">{rule === "" ? why : `by the rule “${rule}”`}</span>
      )}
    </span>
  );
};

const LogFilters = ({ wishes }: { wishes: LogWishes }) => {
  const text = (name: "login" | "host" | "client", label: string, placeholder: string) => (
    <label>
      {label}
      <input class="input" name={name} value={wishes[name]} placeholder={placeholder} autocomplete="off" />
    </label>
  );
  const choice = (name: "service" | "verdict", label: string, options: readonly [string, string][]) => (
    <label>
      {label}
      <select class="input" name={name}>
        {options.map(([value, words]) => (
          <option value={value} selected={value === wishes[name]}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <search>
      <form class="panel filter-form" action={`${TRAFFIC}/log`} method="get">
        {text("login", "User", "login name, guest")}
        {text("host", "Host", ".example.com")}
        {text("client", "Client", "192.168.1.20")}
        {choice("service", "Through", [
          ["", "everything"],
          ...Object.keys(SERVICE_WORDS).map((service): [string, string] => [service, serviceWords(service)]),
        ])}
        {choice("verdict", "Outcome", [
          ["", "all"],
          ["refused", "all that failed"],
          ...Object.entries(VERDICTS).map(([value, { words }]): [string, string] => [value, words]),
        ])}
        <Days of={wishes} />
        <button class="btn" type="submit">
          <Icon name="search" />
          Show
        </button>
      </form>
    </search>
  );
};

export const Log = ({ frame, page }: { frame: AdminFrame; page: LogPage }) => {
  const wishes = { ...page.wishes };
  return (
    <Admin title="Log" frame={frame} place="gateway">
      <PageHead
        title="Traffic"
        lede="Every request and tunnel that has ended, and everybody who was turned away, the latest first."
      >
        <a class="btn" href="/admin/settings/gateway">
          Privacy and retention
        </a>
        <a class="btn" href={listHref(`${TRAFFIC}/log.csv`, wishes)}>
          <Icon name="download" />
          These as CSV
        </a>
      </PageHead>
      <TrafficTabs current="log" />
      <div class="stack">
        <LogFilters wishes={page.wishes} />
        <section class="panel panel-flush" aria-label="Log">
          {page.trips.length === 0 ? (
            <Empty icon="log" title={page.error ?? "Nothing that fits"}>
              {page.totalsOnly ? (
                <p>
                  Only totals are kept, as the <a href="/admin/settings/gateway">settings</a> say: who went where is not
                  written down.
                </p>
              ) : (
                <p>Ask for less above, or look at what is open now.</p>
              )}
            </Empty>
          ) : (
            <div class="table-wrap">
              <table class="table table-stacks">
                <thead>
                  <tr>
                    <th>When</th>
                    <th>Who</th>
                    <th>Where</th>
                    <th>Down / up</th>
                    <th>Outcome</th>
                  </tr>
                </thead>
                <tbody>
                  {page.trips.map((trip) => (
                    <tr>
                      <td>
                        <Moment at={trip.at} now={frame.now} />
                      </td>
                      <td class="who" data-label="Who">
                        <Who login={trip.login} client={trip.client} known={trip.known} />
                      </td>
                      <td class="where" data-label="Where">
                        <span class="two">
                          {isTurnedAway(trip) ? null : <Where host={trip.host} port={trip.port} />}
                          <span class="muted small">
                            {serviceWords(trip.service)}
                            {trip.times > 1 ? `, ${numberWords(trip.times)} times` : ""}
                          </span>
                        </span>
                      </td>
                      <td data-label="Down / up" class="num one-line">
                        {isTurnedAway(trip) ? "" : `${sizeWords(trip.received)} / ${sizeWords(trip.sent)}`}
                      </td>
                      <td data-label="Outcome">
                        <Verdict trip={trip} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
        {page.older === undefined ? null : (
          <p>
            <a class="btn" href={listHref(`${TRAFFIC}/log`, { ...wishes, before: String(page.older) })} rel="next">
              Older
              <Icon name="chevronRight" />
            </a>
          </p>
        )}
      </div>
    </Admin>
  );
};
