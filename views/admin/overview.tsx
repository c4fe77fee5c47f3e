/** The overview: what needs attention, today's traffic, what runs. */
import { Icon } from "../parts/icon.tsx";
import { type Kind, Lamp, momentWords, Notice, PageHead, sizeWords } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** Something that an administrator should look at. */
export interface Attention {
  readonly kind: "warn" | "danger" | "info";
  readonly title: string;
  readonly text: string;
  readonly href: string;
  readonly action: string;
}

/** Messages of one hour. */
export interface Hour {
  readonly received: number;
  readonly sent: number;
}

/** What the page shows. */
export interface OverviewPage {
  readonly hostname: string;
  readonly startedAt: number;
  readonly attention: readonly Attention[];
  /** 24 hours, the current one last. */
  readonly hours: readonly Hour[];
  readonly refused: number;
  readonly waiting: number;
  readonly services: readonly {
    readonly label: string;
    readonly kind: Kind;
    readonly state: string;
    readonly ports: string;
    readonly connections: number;
  }[];
  readonly users: number;
  readonly domains: readonly string[];
  readonly memory: number;
  readonly databaseSize: number;
  readonly diskFree: number;
  readonly version: string;
}

const WIDTH = 720;
const HEIGHT = 150;
const SLOT = WIDTH / 24;
const TIP = 7;

/** One picket: a board with a pointed top, `height` units tall, standing on the ground. No height is no board. */
const picket = (x: number, width: number, height: number): string => {
  if (height === 0) return "";
  const board = height - TIP;
  return `M${x} ${HEIGHT}v${-board}l${width / 2} ${-TIP} ${width / 2} ${TIP}v${board}z`;
};

/** The day's traffic as a picket fence: one pair of boards an hour, received and sent. */
export const Traffic = ({ hours, now }: { hours: readonly Hour[]; now: number }) => {
  const most = Math.max(1, ...hours.flatMap((hour) => [hour.received, hour.sent]));
  const tall = (count: number) => (count === 0 ? 0 : 10 + (count / most) * (HEIGHT - 22));
  const path = (of: (hour: Hour) => number, shift: number) =>
    hours.map((hour, index) => picket(index * SLOT + shift, 11, tall(of(hour)))).join("");
  const total = (of: (hour: Hour) => number) => hours.reduce((sum, hour) => sum + of(hour), 0);
  const clock = (ago: number) =>
    new Date(now - ago * 3_600_000)
      .toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
      .replace(/\d\d$/, "00");
  return (
    <figure class="pickets">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`In the last 24 hours ${total((hour) => hour.received)} messages were received and ${total((hour) => hour.sent)} sent; at most ${most} in one hour.`}
      >
        <path class="pickets-received" d={path((hour) => hour.received, 2)} />
        <path class="pickets-sent" d={path((hour) => hour.sent, 15)} />
      </svg>
      <figcaption class="spread small muted num">
        <span>{clock(23)}</span>
        <span class="row">
          <span class="key key-received">received</span>
          <span class="key key-sent">sent</span>
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
};

const Figure = ({ value, label }: { value: string; label: string }) => (
  <div class="figure">
    <b>{value}</b>
    <span>{label}</span>
  </div>
);

const count = (value: number) => value.toLocaleString("en");

/** The part that renews itself every half minute. */
export const Live = ({ page, now }: { page: OverviewPage; now: number }) => {
  const received = page.hours.reduce((sum, hour) => sum + hour.received, 0);
  const sent = page.hours.reduce((sum, hour) => sum + hour.sent, 0);
  return (
    <div
      class="stack stack-l"
      id="live"
      hx-get="/admin?live"
      hx-trigger="every 30s"
      hx-select="#live"
      hx-swap="outerMorph"
      hx-target="this"
    >
      {page.attention.length > 0 ? (
        <section class="stack stack-s" aria-label="Needs attention">
          {page.attention.map((item) => (
            <Notice kind={item.kind} title={item.title}>
              <p>
                {item.text} <a href={item.href}>{item.action}</a>
              </p>
            </Notice>
          ))}
        </section>
      ) : (
        <p class="all-well">
          <Icon name="checkCircle" />
          Everything runs, and nothing waits for you.
        </p>
      )}
      <section class="panel" aria-labelledby="traffic">
        <div class="panel-head">
          <h2 id="traffic">The last 24 hours</h2>
          <a class="small" href="/admin/log">
            Live log
          </a>
        </div>
        <div class="figures">
          <Figure value={count(received)} label="received" />
          <Figure value={count(sent)} label="sent" />
          <Figure value={count(page.refused)} label="refused" />
          <a class="figure" href="/admin/queue">
            <b>{count(page.waiting)}</b>
            <span>waiting now</span>
          </a>
        </div>
        <Traffic hours={page.hours} now={now} />
      </section>
      <div class="split">
        <section class="panel panel-flush" aria-labelledby="services">
          <div class="panel-head">
            <h2 id="services">Services</h2>
            <a class="small" href="/admin/services">
              Ports and access
            </a>
          </div>
          <ul class="lines lines-wrap">
            {page.services.map((service) => (
              <li>
                <Lamp kind={service.kind}>{service.label}</Lamp>
                <span class="muted num clip">{service.kind === "ok" ? service.ports : service.state}</span>
                <span class="muted num end">{service.connections > 0 ? `${count(service.connections)} open` : ""}</span>
              </li>
            ))}
          </ul>
        </section>
        <section class="panel" aria-labelledby="machine">
          <div class="panel-head">
            <h2 id="machine">This server</h2>
          </div>
          <dl class="facts facts-tight">
            <dt>Users</dt>
            <dd class="num">
              <a href="/admin/users">{count(page.users)}</a>
            </dd>
            <dt>Domains</dt>
            <dd>{page.domains.join(", ")}</dd>
            <dt>Mail and data</dt>
            <dd class="num">{sizeWords(page.databaseSize)}</dd>
            <dt>Free on disk</dt>
            <dd class="num">{sizeWords(page.diskFree)}</dd>
            <dt>Memory</dt>
            <dd class="num">{sizeWords(page.memory)}</dd>
            <dt>Running since</dt>
            <dd class="num">{momentWords(page.startedAt, now)}</dd>
            <dt>Version</dt>
            <dd class="num">{page.version}</dd>
          </dl>
        </section>
      </div>
    </div>
  );
};

export const Overview = ({ frame, page }: { frame: AdminFrame; page: OverviewPage }) => (
  <Admin title="Overview" frame={frame} place="overview">
    <PageHead title={page.hostname} lede="What runs here, and what needs you.">
      <a class="btn btn-primary" href="/admin/users/new">
        <Icon name="plus" />
        New user
      </a>
    </PageHead>
    <Live page={page} now={frame.now} />
  </Admin>
);
